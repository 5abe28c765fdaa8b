/* near_ids.h - could two ids of a dataset be one without case, blanks and leading zeros?
 *
 * The exact answer is a query that folds each id (aggregate.sql, near_ids), takes seconds for
 * millions of them, and more memory than there is for tens of millions. Nearly always the answer is
 * no, and hashes of folded ids prove that: ids that the query holds for near have equal hashes
 * here. Equal hashes prove nothing; then the query is asked, of those ids alone that have one of
 * them.
 *
 * Memory: 2 MiB, 8 more where some are equal; hashes of more than 2^18 series go to temporary files
 * beside the catalog. Threads: none.
 */
#ifndef TSI_CATALOG_NEAR_IDS_H
#define TSI_CATALOG_NEAR_IDS_H

#include <stdbool.h>

#include "base/str.h"

struct near_ids;

/* `path`: of the catalog. */
struct near_ids *near_ids_new(const char *path);
void near_ids_free(struct near_ids *n);
/* Each id once. */
void near_ids_add(struct near_ids *n, struct str id);
/* False: no two are near. True: perhaps, and also where a temporary file failed. */
bool near_ids_possible(struct near_ids *n);
/* Then: could this one of them be near another? */
bool near_ids_has(struct near_ids *n, struct str id);

#endif
