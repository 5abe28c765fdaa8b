/* id_parts.h - a series id taken apart, as a VARCHAR[].
 *
 * NULL parts are NULL. Bytes that are not UTF-8 stand as \xHH. A text that has not that many parts
 * is one part.
 */
#ifndef TSI_CATALOG_ID_PARTS_H
#define TSI_CATALOG_ID_PARTS_H

#include "catalog/duckdb_api.h"

#include "base/str.h"

/* Set row `row` of a list vector; rows must be set in order, each once. */
void id_parts_put(duckdb_vector list, idx_t row, struct str id, size_t n_parts);

#endif
