/* file_plan.h - which bytes of a file carry the answer.
 *
 * Given a footer, the columns and the depth: for each row group, which id columns are proven
 * constant by statistics, whether statistics give the bounds of time, and what has to be read for
 * the rest. The row groups to read are cut into slices that are fetched in one batch each, so that
 * memory follows the slice and not the file.
 */
#ifndef TSI_SCAN_FILE_PLAN_H
#define TSI_SCAN_FILE_PLAN_H

#include "model/depth.h"
#include "scan/columns.h"

/* Bytes of column chunks in one batch. A row group above this is a slice of its own. */
#define SLICE_BYTES_MAX ((uint64_t)16 << 20)
/* Of these, bytes of id columns. Ids that are all different take up to 32 times as much in memory,
 * and each processor is busy with a slice. */
#define SLICE_ID_BYTES_MAX ((uint64_t)4 << 20)
/* Row groups in one batch: files with thousands of tiny row groups still need only a few batches.
 */
#define SLICE_GROUPS_MAX 1024

struct group_plan {
    uint32_t read_ids; /* bit i: id column i must be read; clear: constant by statistics */
    bool read_time;
    bool read_targets;
    bool read_lengths; /* of lists that hold the records, also where these are read as times or
                          values */
    bool read_periods;
    bool time_proven; /* statistics give every time (none, one, or all the same); only where every
                         id column is constant */
};

/* Row groups that are fetched together. */
struct file_slice {
    size_t first, n;
};

struct file_plan {
    struct group_plan *groups; /* one a row group */
    size_t n_groups;
    struct file_slice *slices; /* of the row groups, in order */
    size_t n_slices;
    uint64_t bytes;  /* of all chunks to read */
    uint64_t proven; /* row groups that need no byte */
};

void file_plan_make(const struct parquet_footer *f, const struct file_columns *c, enum depth depth,
                    struct arena *a, struct file_plan *out);

/* Read no times after all. The slices stay where they are: somebody may have counted them. */
void file_plan_drop_time(struct file_plan *p);

/* Bounds of a chunk's integers from statistics, as 64-bit values; false where they prove nothing.
 * *times: non-null. */
bool stats_time_bounds(const struct parquet_column *c, const struct parquet_chunk *chunk,
                       int64_t *lo, int64_t *hi, uint64_t *times);

/* Does every row of the chunk hold the same value (or every row none)? */
bool stats_constant(const struct parquet_column *c, const struct parquet_chunk *chunk,
                    bool *is_null, struct str *value);

#endif
