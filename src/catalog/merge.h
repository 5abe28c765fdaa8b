/* merge.h - the spans of a dataset to its series: one pass in order of series and time.
 *
 * DuckDB sends the spans once, in any order; they are sorted here (span_sort.h), the states of one
 * series at a time are merged, and its row goes to the appender. Memory: what the sort may take,
 * and one state. The order is by content, never by arrival,
 * so the figures do not depend on how the spans came in.
 */
#ifndef TSI_CATALOG_MERGE_H
#define TSI_CATALOG_MERGE_H

#include "catalog/dataset_files.h"
#include "catalog/near_ids.h"
#include "catalog/series_totals.h"

struct merge_options {
    const char *dataset_id;
    struct dataset_files *files;
    enum time_unit unit; /* of the dataset's times; NONE: no time figures */
    bool rounded;        /* some times are no multiples of `unit` */
    size_t n_parts;      /* id columns */
    const char *quality;
    bool partial; /* files are missing: `quality` says why */
};

/* Fill series_metadata and series_values for the dataset; its older rows are gone already, the new
 * ones wait in the appenders (catalog_flush_series). What they come to is added to *totals. *near:
 * where some ids may be one without case, blanks and leading zeros, what tells which; the caller's;
 * else NULL. */
MUST_CHECK enum error_code merge_series(struct catalog *c, const struct merge_options *o,
                                        struct series_totals *totals, struct near_ids **near,
                                        struct error *err);

#endif
