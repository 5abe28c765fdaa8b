/* suggest.c - "did you mean": datasets whose names share the most letter pairs with the query, when
 * nothing matches. */
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

static uint16_t pair_at(struct str s, size_t i)
{
    return (uint16_t)((uint8_t)s.data[i] << 8 | (uint8_t)s.data[i + 1]);
}

/* Dice's coefficient of the letter pairs, in hundredths. `mine`: how many there are of each pair of
 * the query, `n_mine` in all; it is as it was when this returns. */
static unsigned alike(uint16_t *mine, size_t n_mine, struct str name)
{
    uint16_t taken[SEARCH_QUERY_MAX];
    size_t same = 0, n = name.len > SEARCH_QUERY_MAX ? SEARCH_QUERY_MAX : name.len;
    for (size_t i = 0; i + 1 < n; i++) {
        uint16_t pair = pair_at(name, i);
        if (mine[pair]) {
            mine[pair]--;
            taken[same++] = pair;
        }
    }
    for (size_t i = 0; i < same; i++) {
        mine[taken[i]]++;
    }
    size_t both = n_mine + (n ? n - 1 : 0);
    return both ? (unsigned)(200 * same / both) : 0;
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
    struct suggestion best[SUGGESTIONS_MAX];
    struct str text = r->q.together.text;
    uint16_t *mine = mem_zalloc((UINT16_MAX + 1) * sizeof *mine);
    size_t n = 0, n_mine = text.len ? text.len - 1 : 0;
    for (size_t i = 0; i < n_mine; i++) {
        mine[pair_at(text, i)]++;
    }
    for (uint32_t rank = 0; rank < r->ix->n_live && query_tick(r); rank++) {
        const struct live_dataset *l = &r->ix->live[rank];
        const struct segment *s = r->ix->segments[l->segment];
        const struct entry_record *e = segment_entry(s, l->dataset, 0);
        unsigned a = alike(mine, n_mine, segment_entry_folded(s, e));
        if (a >= ALIKE_MIN) {
            keep(best, &n, (struct suggestion){a, rank, segment_entry_text(s, e)});
        }
    }
    mem_free(mine);
    out->suggestions = arena_array(r->a, SUGGESTIONS_MAX, sizeof *out->suggestions);
    for (size_t i = 0; i < n; i++) {
        out->suggestions[out->n_suggestions++] =
            arena_strndup(r->a, best[i].text.data, best[i].text.len);
    }
}
