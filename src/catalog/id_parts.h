/* id_parts.h - the SQL function series_id_parts(id VARCHAR, parts BIGINT) -> VARCHAR[]: a series id
 * taken apart.
 *
 * NULL parts are NULL. Bytes that are not UTF-8 stand as \xHH. A text that has not that many parts
 * is one part.
 */
#ifndef TSI_CATALOG_ID_PARTS_H
#define TSI_CATALOG_ID_PARTS_H

#include "catalog/duckdb_api.h"

#include "base/error.h"

MUST_CHECK enum error_code id_parts_register(duckdb_connection con, struct error *err);

#endif
