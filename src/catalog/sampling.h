/* sampling.h - the figures of a dataset of which only a sample of files was read beyond the footer.
 *
 * Rows and bytes are exact, since all footers are read. The rest is estimated from the files that
 * were drawn (model/sample.h) and stands with its 95 % interval in datasets.sampling.
 */
#ifndef TSI_CATALOG_SAMPLING_H
#define TSI_CATALOG_SAMPLING_H

#include "catalog/internal.h"

/* In place of the figures that aggregate.c has just written. `records`: all rows of the dataset;
 * `with_time`: the drawn files were read to depth `time`. */
MUST_CHECK enum error_code sampling_estimate(struct catalog *c, const char *dataset_id,
                                             int64_t records, bool with_time, struct error *err);

#endif
