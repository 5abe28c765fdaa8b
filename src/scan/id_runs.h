/* id_runs.h - the id columns of one row group as runs of series.
 *
 * One column is read in the form that costs least (chunk_next_batch): codes become series once per
 * dictionary entry, values without codes go straight into the set. Several columns yield (code,
 * rows) runs; they are cut at each other's ends and merged, so a composite key of clustered columns
 * still costs runs and not rows. Codes are folded pairwise, left to right, through small tables,
 * and become series once per distinct key, never once per row.
 *
 * Series are numbered per set, in the order they are met.
 */
#ifndef TSI_SCAN_ID_RUNS_H
#define TSI_SCAN_ID_RUNS_H

#include "parquet/chunk.h"
#include "scan/columns.h"
#include "scan/id_set.h"

/* Longest text of one id. Ids are names; a megabyte of text in an id column is not an id column. */
#define ID_TEXT_MAX ((size_t)64 << 10)

struct id_run {
    uint32_t series;
    uint32_t rows;
};

/* One id column of a row group: read from its bytes, or proven constant by statistics. */
struct id_source {
    const struct parquet_column *column;
    struct chunk_reader *reader; /* NULL: constant */
    bool constant_null;
    struct str constant; /* PLAIN bytes */
};

struct id_runs;

/* `sources` are borrowed until id_runs_close. `rows` is the row group's row count. */
struct id_runs *id_runs_open(struct id_source *sources, size_t n, uint64_t rows,
                             struct id_set *set);
void id_runs_close(struct id_runs *r);

/* Up to `cap` runs; *n == 0 at the end. The rows of all runs add up to the row group's. */
MUST_CHECK enum error_code id_runs_next(struct id_runs *r, struct id_run *out, size_t cap,
                                        size_t *n, struct error *err);

/* The same in one of two forms, whichever is at hand: `n` runs, or `n` rows of a series each. Valid
 * until the next call; n == 0 at the end. */
struct id_batch {
    size_t n;
    const struct id_run *runs; /* or NULL */
    const uint32_t *series;
};
MUST_CHECK enum error_code id_runs_next_batch(struct id_runs *r, struct id_batch *out,
                                              struct error *err);

#endif
