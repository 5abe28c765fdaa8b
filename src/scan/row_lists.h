/* row_lists.h - files of one series a row, whose lists hold its records: {id, timestamp: [...],
 * target: [...]} or {id, start, freq, target: [...]}.
 *
 * A file is one of these where its time column is a list; or where its time column is called a
 * start, and values are in a list; or where it has no time column at all, and its target is a list.
 * In all others a row is a record, whatever else is in it. Names and types of the footer decide, so
 * that all runs decide alike.
 *
 * A start needs a period: that of the row (a text column `freq`), or that of the dataset (metadata,
 * `frequency`). Without one the file is read without times: none are made up.
 */
#ifndef TSI_SCAN_ROW_LISTS_H
#define TSI_SCAN_ROW_LISTS_H

#include "scan/targets.h"

/* `time`: index of the time column, -1 for none. ERR_UNSUPPORTED: the series of a row are several,
 * in a list of lists. Periods are left to row_lists_find_period. */
MUST_CHECK enum error_code row_lists_resolve(const struct parquet_footer *f, int64_t time,
                                             const struct target_names *want,
                                             struct file_lists *out, struct error *err);

/* Where the lists have a start. `frequency`: of the metadata; NULL. ERR_UNSUPPORTED: the period is
 * not known. */
MUST_CHECK enum error_code row_lists_find_period(const struct parquet_footer *f,
                                                 const char *frequency, struct file_lists *lists,
                                                 struct error *err);

/* A list of numbers. */
bool column_is_number_list(const struct parquet_footer *f, uint32_t column);

#endif
