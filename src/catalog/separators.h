/* separators.h - the SQL function blank_separators(VARCHAR): '_', '-', '.', '/', ':' and '|' become
 * blanks.
 *
 * DuckDB's translate builds a table for each row; this costs a tenth of it over millions of ids.
 */
#ifndef TSI_CATALOG_SEPARATORS_H
#define TSI_CATALOG_SEPARATORS_H

#include "catalog/duckdb_api.h"

#include "base/error.h"

MUST_CHECK enum error_code separators_register(duckdb_connection con, struct error *err);

#endif
