/* search_cache.h - answers that were given before, and the line on which queries replace each
 * other.
 *
 * A cache is a table of `entries` places, four to a bucket; the least recently asked of a bucket
 * makes room. A mutex is held for a look-up or an entry, never while a query runs. Results are
 * shared by counting owners, so that one may be freed while another thread still reads it.
 */
#ifndef TSI_API_SEARCH_CACHE_H
#define TSI_API_SEARCH_CACHE_H

#include "search/search.h"
#include "tsindexer.h"

/* A query of 64 KiB, which is refused, and its options. */
#define CACHE_KEY_MAX ((size_t)80 * 1024)

/* Everything that an answer depends on. A longer query than fits gives no key, and is not kept. */
void cache_key(struct strbuf *key, const struct search_info *index, const char *query,
               const struct tsi_search_options *o);
/* One more owner of the result, or NULL. */
struct tsi_result *cache_get(struct tsi_search_cache *c, struct str key,
                             struct tsi_search_facts *facts);
void cache_put(struct tsi_search_cache *c, struct str key, struct tsi_result *r,
               const struct tsi_search_facts *facts);

struct search_line *line_of(struct tsi_search_line *l); /* NULL gives NULL */

#endif
