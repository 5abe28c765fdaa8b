/* id_runs.h - the id columns of one row group as runs of series.
 *
 * One reader a column yields (code, rows) runs; they are cut at each other's ends and merged, so a
 * composite key of clustered columns still costs runs and not rows. Codes become series once per
 * dictionary entry (one column) or once per distinct pair (several: codes are folded pairwise, left
 * to right, through small tables), never once per row.
 *
 * Series are numbered per file, in the order they are met, by their text form.
 */
#ifndef TSI_SCAN_ID_RUNS_H
#define TSI_SCAN_ID_RUNS_H

#include "base/map.h"
#include "parquet/chunk.h"
#include "scan/columns.h"

/* Longest text of one id. Ids are names; a megabyte of text in an id column is not an id column. */
#define ID_TEXT_MAX ((size_t)64 << 10)

/* The distinct series of one file. */
struct id_set {
    struct map texts; /* text form -> unused; the entry's index is the series */
};

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

#endif
