/* period_reader.h - the period of each row, from a column of text, or one for all rows. Each
 * distinct text is read once. A text that is no period is an error that names it.
 */
#ifndef TSI_SCAN_PERIOD_READER_H
#define TSI_SCAN_PERIOD_READER_H

#include "model/period.h"
#include "parquet/chunk.h"

#define PERIOD_RUNS 64

struct period_reader {
    struct chunk_reader *chunk; /* NULL: `all` is that of all rows */
    struct period all;
    const struct parquet_column *column;
    struct period *periods; /* one a code; NONE: not read yet */
    size_t n_periods;
    struct chunk_run runs[PERIOD_RUNS];
    size_t run, n_runs;
};

/* The next row's. A null is an error: the row's times are not known. */
MUST_CHECK enum error_code period_reader_next(struct period_reader *r, struct period *out,
                                              struct error *err);
void period_reader_close(struct period_reader *r);

#endif
