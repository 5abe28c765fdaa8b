/* export.h - an answer as a Parquet file, written by DuckDB. */
#ifndef TSI_CATALOG_EXPORT_H
#define TSI_CATALOG_EXPORT_H

#include "base/error.h"
#include "model/table.h"

/* Writes `path` anew. A column is BIGINT, DOUBLE or BOOLEAN where all its values are, else text:
 * times in ISO 8601, documents as JSON. At most BULK_MAX_COLUMNS columns. */
MUST_CHECK enum error_code export_parquet(const struct table *t, const char *path,
                                          struct error *err);

#endif
