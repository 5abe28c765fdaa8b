/* figures.h - the figures of datasets, on their way into `datasets`.
 *
 * An update of one row of that wide table costs DuckDB milliseconds, of many rows no more. So rows
 * of figures collect in a temporary table, and are taken over together: by figures_apply, which
 * catalog_flush calls and whatever reads or changes the same columns must call before.
 */
#ifndef TSI_CATALOG_FIGURES_H
#define TSI_CATALOG_FIGURES_H

#include "catalog/internal.h"

/* Columns of `datasets` that are figures, by their names. */
#define FIGURES(X)                                                                                 \
    X(total_series)                                                                                \
    X(total_records)                                                                               \
    X(total_bytes)                                                                                 \
    X(avg_series_length)                                                                           \
    X(min_series_length)                                                                           \
    X(max_series_length)                                                                           \
    X(time_unit)                                                                                   \
    X(time_utc)                                                                                    \
    X(first_time)                                                                                  \
    X(last_time)                                                                                   \
    X(first_timestamp)                                                                             \
    X(last_timestamp)                                                                              \
    X(null_times)                                                                                  \
    X(drifting_columns)                                                                            \
    X(near_ids)                                                                                    \
    X(time_kind)                                                                                   \
    X(detected_frequency)                                                                          \
    X(detected_frequency_share)                                                                    \
    X(gaps)                                                                                        \
    X(missing_times)                                                                               \
    X(duplicate_times)                                                                             \
    X(out_of_order_times)                                                                          \
    X(series_with_gaps)                                                                            \
    X(series_with_duplicates)                                                                      \
    X(series_out_of_order)                                                                         \
    X(series_irregular)                                                                            \
    X(series_unordered)                                                                            \
    X(value_targets)                                                                               \
    X(value_count)                                                                                 \
    X(value_nulls)                                                                                 \
    X(value_nans)                                                                                  \
    X(value_infinities)                                                                            \
    X(value_zeros)                                                                                 \
    X(value_negatives)                                                                             \
    X(constant_series)                                                                             \
    X(intermittent_series)                                                                         \
    X(values_unordered)                                                                            \
    X(data_file_count)                                                                             \
    X(files_failed)                                                                                \
    X(bytes_failed)                                                                                \
    X(rows_failed)                                                                                 \
    X(files_without_time)                                                                          \
    X(depth)                                                                                       \
    X(quality)                                                                                     \
    X(quality_note)                                                                                \
    X(indexing_status)                                                                             \
    X(indexing_error)                                                                              \
    X(updated_at)

/* Positions in a row of figures. */
#define FIGURE_ENUM(name) FIGURE_##name,
enum figure_column {
    FIGURE_DATASET,
    FIGURE_DECIDED, /* the three below it are the dataset's now; else they are not looked at */
    FIGURE_ID_COLUMNS,
    FIGURE_TIME_COLUMN,
    FIGURE_ORIGIN,
    FIGURE_WITH_VALUES,
    FIGURES(FIGURE_ENUM)
};

/* Make the temporary table; the catalog's appender of it is c->figures. */
MUST_CHECK enum error_code figures_open(struct catalog *c, struct error *err);
MUST_CHECK enum error_code figures_apply(struct catalog *c, struct error *err);

#endif
