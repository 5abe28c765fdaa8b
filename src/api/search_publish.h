/* search_publish.h - keep the search index beside the catalog up to date. */
#ifndef TSI_API_SEARCH_PUBLISH_H
#define TSI_API_SEARCH_PUBLISH_H

#include "base/error.h"
#include "base/memory.h"
#include "catalog/catalog.h"

/* The directory of the index: "<database>.search". */
char *search_directory(const char *database, struct arena *a);

/* Bring the index to the catalog's state: datasets that changed since it was built are added again,
 * those that are gone are taken out; a missing, damaged or other-versioned index is built anew. The
 * catalog must not be held by a writer. `memory`: bytes that this may take, in all; 0: as DuckDB
 * and the builder choose. Below about 512 MiB the tables of the builder alone are more. */
MUST_CHECK enum error_code search_publish(const char *database, uint64_t memory, struct error *err);

/* The same from a catalog that is open, by its writer too, outside a transaction: to open it once
 * more costs more than a small index does. What it holds must be in its file by now
 * (catalog_checkpoint), or the file would look younger than the index. */
MUST_CHECK enum error_code search_publish_from(struct catalog *c, const char *database,
                                               uint64_t memory, struct error *err);

#endif
