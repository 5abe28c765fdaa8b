#include "search/top.h"

#include <stdlib.h>

#include "base/memory.h"

bool top_better(const struct top_item *a, const struct top_item *b)
{
    if (a->key != b->key) {
        return a->key > b->key;
    }
    if (a->rank != b->rank) {
        return a->rank < b->rank;
    }
    return a->series < b->series;
}

static void swap(struct top *t, size_t a, size_t b)
{
    struct top_item x = t->items[a];
    t->items[a] = t->items[b];
    t->items[b] = x;
}

static void sift_up(struct top *t, size_t i)
{
    while (i > 0 && top_better(&t->items[(i - 1) / 2], &t->items[i])) {
        swap(t, i, (i - 1) / 2);
        i = (i - 1) / 2;
    }
}

static void sift_down(struct top *t, size_t i)
{
    for (;;) {
        size_t worst = i;
        for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < t->n; c++) {
            if (top_better(&t->items[worst], &t->items[c])) {
                worst = c;
            }
        }
        if (worst == i) {
            return;
        }
        swap(t, i, worst);
        i = worst;
    }
}

static void replace(struct top *t, size_t i, struct top_item item)
{
    t->items[i] = item;
    sift_down(t, i);
    sift_up(t, i);
}

/* Takes the place of the worst of the same dataset where that one has its share already; true: the
 * matter is settled. */
static bool settle_share(struct top *t, struct top_item item)
{
    size_t n = 0, worst = 0;
    for (size_t i = 0; i < t->n; i++) {
        if (t->items[i].rank == item.rank && t->items[i].series != TOP_DATASET) {
            worst = n++ == 0 || top_better(&t->items[worst], &t->items[i]) ? i : worst;
        }
    }
    if (n < t->per_dataset) {
        return false;
    }
    if (top_better(&item, &t->items[worst])) {
        replace(t, worst, item);
    }
    return true;
}

bool top_full(const struct top *t)
{
    return t->n >= t->room;
}

bool top_refuses(const struct top *t, const struct top_item *best)
{
    return t->room == 0 || (t->n >= t->room && !top_better(best, &t->items[0]));
}

void top_add(struct top *t, struct top_item item)
{
    if (top_refuses(t, &item) || (t->has_after && !top_better(&t->after, &item))) {
        return;
    }
    if (t->per_dataset && item.series != TOP_DATASET && settle_share(t, item)) {
        return;
    }
    if (t->n >= t->room) {
        replace(t, 0, item);
        return;
    }
    t->items = mem_grow(t->items, t->n, &t->cap, sizeof *t->items);
    t->items[t->n] = item;
    sift_up(t, t->n++);
}

static int compare(const void *a, const void *b)
{
    return top_better(a, b) ? -1 : top_better(b, a) ? 1 : 0;
}

void top_sort(struct top *t)
{
    if (t->n) {
        qsort(t->items, t->n, sizeof *t->items, compare);
    }
}

void top_free(struct top *t)
{
    mem_free(t->items);
    t->items = NULL;
    t->n = t->cap = 0;
}
