/* suggest.c - "did you mean": datasets whose names share the most letter pairs with the query, when
 * nothing matches. */
#include <stdlib.h>
#include <string.h>

#include "search/query.h"

#define SUGGESTIONS_MAX 3
#define ALIKE_MIN                                                                                  \
    40 /* hundredths of the pairs of both; below, a name has little to do with the query */

struct suggestion {
    unsigned alike;
    uint32_t rank;
    struct str text;
};

static size_t pairs_of(struct str s, uint16_t *out, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i + 1 < s.len && n < room; i++) {
        out[n++] = (uint16_t)((uint8_t)s.data[i] << 8 | (uint8_t)s.data[i + 1]);
    }
    return n;
}

static int by_value(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* Dice's coefficient of the letter pairs, in hundredths. Both lists are sorted. */
static unsigned alike(const uint16_t *a, size_t n_a, const uint16_t *b, size_t n_b)
{
    size_t same = 0;
    for (size_t i = 0, j = 0; i < n_a && j < n_b;) {
        same += a[i] == b[j];
        size_t step_a = a[i] <= b[j], step_b = b[j] <= a[i];
        i += step_a;
        j += step_b;
    }
    return n_a + n_b ? (unsigned)(200 * same / (n_a + n_b)) : 0;
}

static void keep(struct suggestion *list, size_t *n, struct suggestion s)
{
    size_t at = *n;
    while (at > 0 && s.alike > list[at - 1].alike) {
        at--;
    }
    if (at >= SUGGESTIONS_MAX) {
        return;
    }
    size_t last = *n < SUGGESTIONS_MAX ? (*n)++ : SUGGESTIONS_MAX - 1;
    memmove(&list[at + 1], &list[at], (last - at) * sizeof *list);
    list[at] = s;
}

void suggest(struct query_run *r, struct search_result *out)
{
    uint16_t mine[SEARCH_QUERY_MAX], theirs[SEARCH_QUERY_MAX];
    struct suggestion best[SUGGESTIONS_MAX];
    size_t n = 0, n_mine = pairs_of(r->q.together.text, mine, SEARCH_QUERY_MAX);
    qsort(mine, n_mine, sizeof *mine, by_value);
    for (uint32_t rank = 0; rank < r->ix->n_live && query_tick(r); rank++) {
        const struct live_dataset *l = &r->ix->live[rank];
        const struct segment *s = r->ix->segments[l->segment];
        const struct entry_record *e = segment_entry(s, l->dataset, 0);
        size_t n_theirs = pairs_of(segment_entry_folded(s, e), theirs, SEARCH_QUERY_MAX);
        qsort(theirs, n_theirs, sizeof *theirs, by_value);
        unsigned a = alike(mine, n_mine, theirs, n_theirs);
        if (a >= ALIKE_MIN) {
            keep(best, &n, (struct suggestion){a, rank, segment_entry_text(s, e)});
        }
    }
    out->suggestions = arena_array(r->a, SUGGESTIONS_MAX, sizeof *out->suggestions);
    for (size_t i = 0; i < n; i++) {
        out->suggestions[out->n_suggestions++] =
            arena_strndup(r->a, best[i].text.data, best[i].text.len);
    }
}
