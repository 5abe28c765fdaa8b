/* top.h - the best hits so far, in a total order: key (the score), then dataset id, then the place
 * in the dataset. */
#ifndef TSI_SEARCH_TOP_H
#define TSI_SEARCH_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOP_DATASET UINT32_MAX /* `series` of a hit that is a dataset */

struct top_item {
    uint64_t key; /* what is ordered by: larger is better; the score, unless asked otherwise */
    uint64_t score;
    uint32_t rank, series;
};

struct top {
    struct top_item *items; /* a heap: the worst is first */
    size_t n, cap, room;    /* room: how many are wanted */
    size_t per_dataset;     /* 0: no bound */
    struct top_item after;  /* only what comes behind it is taken, where has_after */
    bool has_after;
};

bool top_better(const struct top_item *a, const struct top_item *b);
void top_add(struct top *t, struct top_item item);
bool top_full(const struct top *t);
/* Whether nothing as good as `best` could enter. */
bool top_refuses(const struct top *t, const struct top_item *best);
void top_sort(struct top *t); /* best first; nothing may be added afterwards */
void top_free(struct top *t);

#endif
