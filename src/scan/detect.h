/* detect.h - id and time columns of a dataset that does not name them: by name first, then
 * confirmed by data.
 *
 * Candidates come from names and types (candidates.h). A candidate key is confirmed on the first
 * row group that has rows:
 *
 *   - together with the time it is (nearly) unique: at most one row in a hundred repeats (id,
 * time); and
 *   - it repeats: a column with as many values as rows numbers rows, it does not name series.
 *
 * Where a row is a series (row_lists.h) the first candidate wins that is (nearly) unique by itself:
 * at most one row in a hundred goes on with a series that another one began.
 *
 * The first candidate that passes wins: single columns before pairs. Where none passes, the dataset
 * has no key, its rows are counted all the same, and its report says so. Keys named by the metadata
 * are taken at their word.
 */
#ifndef TSI_SCAN_DETECT_H
#define TSI_SCAN_DETECT_H

#include "parquet/chunk.h"
#include "scan/targets.h"

/* Columns looked at, the time column included: candidates beyond the first few are guesses. */
#define DETECT_COLUMNS_MAX 6
/* Rows looked at: enough to meet repetition, few enough to sort at once. */
#define DETECT_ROWS_MAX ((uint64_t)1 << 18)
/* One repeated (id, time) in a hundred is bad data; more is the wrong key. */
#define DETECT_REPEATS_PER_ROW 0.01

struct detect_chunk {
    uint32_t column;
    const struct parquet_chunk *chunk;
    struct chunk_piece piece; /* set by the caller before detect_finish */
};

struct detection {
    const struct parquet_footer *footer;
    struct arena *arena;
    struct scan_columns columns; /* the answer; n_id 0: no key was found */
    bool decided;
    bool no_rows; /* nothing is decided: a file without rows proves nothing, ask the next one */
    size_t row_group;
    struct detect_chunk chunks[DETECT_COLUMNS_MAX]; /* the id candidates in order, then the time */
    size_t n_chunks, n_ids;
    bool has_time;
    bool lists; /* a row is a series: its id names one row, or few */
};

/* `hint` holds what the metadata names. Decides at once where names suffice; else `chunks` are
 * wanted. */
void detect_begin(struct detection *d, const struct parquet_footer *f,
                  const struct scan_columns *hint, const struct target_names *targets,
                  struct arena *a);
bool detect_is_decided(const struct detection *d);
MUST_CHECK enum error_code detect_finish(struct detection *d, struct counters *counters,
                                         struct error *err);

#endif
