/* bounds.h - where the words stand apart: the best that each block could bring, told by its grams,
 * so that promising blocks come first and the rest is left out. */
#ifndef TSI_SEARCH_BOUNDS_H
#define TSI_SEARCH_BOUNDS_H

#include "search/query.h"

struct bounded {
    uint32_t block;
    uint16_t quality, coverage; /* as in struct score_parts: no text of the block has more */
};

struct bounds {
    struct bounded *blocks; /* in the scratch memory of the query */
    size_t n;
    bool in_order; /* a text may have the words in the order they were typed in */
};

/* The blocks of `map`, best first, and in the order of the index where they are as good. */
struct bounds bounds_order(struct query_run *r, struct segment_view *v, const uint64_t *map);

/* The best score of a text in the i-th of them, for a dataset of that prior. */
uint64_t bounds_score(const struct query_run *r, const struct bounds *b, size_t i, unsigned prior);

#endif
