#include "base/sort.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* With shorter runs than this on average qsort_r is as good: it merges, too. */
#define RUN_LEAST 8

struct sorting {
    size_t size;
    int (*compare)(const void *a, const void *b, void *user);
    void *user;
};

static int order(const struct sorting *s, const char *a, const char *b)
{
    return s->compare(a, b, s->user);
}

/* Where each run begins, and n behind the last; NULL: there are too many of them. */
static size_t *find_runs(const struct sorting *s, const char *items, size_t n, size_t *runs)
{
    size_t *starts = NULL, cap = 0;
    *runs = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && order(s, items + (i - 1) * s->size, items + i * s->size) <= 0) {
            continue;
        }
        if (*runs > n / RUN_LEAST) {
            mem_free(starts);
            return NULL;
        }
        starts = mem_grow(starts, *runs + 1, &cap, sizeof *starts);
        starts[(*runs)++] = i;
    }
    starts[*runs] = n;
    return starts;
}

/* The runs [a, b) and [b, c) of `from` to one of `to`. */
static void merge(const struct sorting *s, const char *from, size_t a, size_t b, size_t c, char *to)
{
    const char *x = from + a * s->size, *y = from + b * s->size;
    const char *x_end = y, *y_end = from + c * s->size;
    char *out = to + a * s->size;
    if (x < x_end && y < y_end && order(s, y_end - s->size, x) < 0) { /* they lie turned round */
        memcpy(out, y, (size_t)(y_end - y));
        memcpy(out + (y_end - y), x, (size_t)(x_end - x));
        return;
    }
    if (x < x_end && y < y_end && order(s, x_end - s->size, y) <= 0) {
        memcpy(out, x, (size_t)(y_end - x));
        return;
    }
    for (; x < x_end && y < y_end; out += s->size) {
        bool second = order(s, y, x) < 0;
        memcpy(out, second ? y : x, s->size);
        y += second ? s->size : 0;
        x += second ? 0 : s->size;
    }
    memcpy(out, x, (size_t)(x_end - x));
    memcpy(out + (x_end - x), y, (size_t)(y_end - y));
}

void sort_runs(void *items, size_t n, size_t size,
               int (*compare)(const void *a, const void *b, void *user), void *user)
{
    const struct sorting s = {size, compare, user};
    size_t runs;
    if (n < 2) {
        return;
    }
    size_t *starts = find_runs(&s, items, n, &runs);
    if (!starts) {
        qsort_r(items, n, size, compare, user);
        return;
    }
    char *other = runs > 1 ? mem_alloc(n * size) : NULL, *from = items, *to = other;
    while (runs > 1) {
        size_t left = 0;
        for (size_t i = 0; i < runs; i += 2) {
            size_t b = starts[i + 1], c = i + 2 <= runs ? starts[i + 2] : b;
            merge(&s, from, starts[i], b, c, to);
            starts[left++] = starts[i];
        }
        starts[left] = n;
        runs = left;
        char *swap = from;
        from = to;
        to = swap;
    }
    if (from != (char *)items) {
        memcpy(items, from, n * size);
    }
    mem_free(other);
    mem_free(starts);
}
