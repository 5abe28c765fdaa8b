/* bounds.h - where the words stand apart: the best that each block could bring, told by its grams,
 * so that promising blocks come first and the rest is left out. */
#ifndef TSI_SEARCH_BOUNDS_H
#define TSI_SEARCH_BOUNDS_H

#include "search/query.h"

struct bounded {
    uint32_t block;
    uint16_t quality, coverage; /* as in struct score_parts: no text of the block has more */
};

/* The blocks of `map`, best first, and in the order of the index where they are as good. The array
 * belongs to the scratch memory of the query. Returns how many. */
size_t bounds_order(struct query_run *r, struct segment_view *v, const uint64_t *map,
                    struct bounded **out);

/* The best score of a text in such a block, for a dataset of that prior. */
uint64_t bounds_score(const struct query_run *r, const struct bounded *b, unsigned prior);

#endif
