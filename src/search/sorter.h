/* sorter.h - the series of one dataset in natural order, in bounded memory: beyond the bound,
 * sorted pieces go to disk. */
#ifndef TSI_SEARCH_SORTER_H
#define TSI_SEARCH_SORTER_H

#include "search/search.h"

struct sorter;

struct sorter *sorter_new(const char *dir, uint64_t memory);
void sorter_free(struct sorter *s);
MUST_CHECK enum error_code sorter_add(struct sorter *s, const struct search_series *series,
                                      struct error *err);
/* Hands all series to `each`, sorted, and empties the sorter. Equal ids: ERR_USAGE. */
MUST_CHECK enum error_code
sorter_drain(struct sorter *s, void (*each)(void *user, const struct search_series *series),
             void *user, struct error *err);

#endif
