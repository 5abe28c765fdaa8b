#include "search/bounds.h"

#include <string.h>

#include "search/bits.h"

#define LEVELS ((size_t)(UINT8_MAX + 1) * (SCORE_COVERAGE_MAX + 1))

/* The blocks where a word may begin a text, begin a word, end a word. */
struct places {
    uint64_t *begin, *start, *end;
};

static void or_filter(const struct gram_index *g, struct str t, uint64_t *out, uint64_t *other,
                      struct gram_scratch *s)
{
    if (t.len == GRAM_START_LEN) {
        gram_filter_start(g, t.data, other, s);
    } else {
        gram_filter_exact(g, t, other, s);
    }
    bitmap_or(out, other, bitmap_words(g->n_units));
}

/* before + the first characters of the word; `n`: bytes of the gram. */
static struct str anchored(char before, struct str word, size_t n, char room[GRAM_START_LEN])
{
    room[0] = before;
    memcpy(room + 1, word.data, n - 1);
    return str_n(room, n);
}

/* A word of two characters or one is a whole gram with what stands around it; where it is one, the
 * place of its start says nothing more. */
static void fill_tiny_ends(const struct gram_index *g, struct str word, uint64_t *end,
                           uint64_t *other, struct gram_scratch *s)
{
    static const char before[] = {' ', GRAM_BEGIN}, behind[] = {' ', GRAM_END};
    for (int i = 0; i < 4; i++) {
        char text[GRAM_START_LEN] = {before[i / 2], GRAM_END, GRAM_END, GRAM_END};
        size_t n = behind[i % 2] == GRAM_END ? GRAM_START_LEN : word.len + 2;
        memcpy(text + 1, word.data, word.len);
        text[word.len + 1] = behind[i % 2];
        or_filter(g, str_n(text, n), end, other, s);
    }
}

static void fill_places(struct query_run *r, const struct gram_index *g, struct str word,
                        const struct places *p)
{
    struct gram_scratch *s = &r->scratch->grams;
    size_t words = bitmap_words(g->n_units);
    uint64_t *other = query_map(r, MAP_LEVEL, g->n_units);
    char room[GRAM_START_LEN];
    size_t n = word.len < 3 ? word.len + 1 : GRAM_START_LEN;
    memset(p->begin, 0, words * sizeof *p->begin);
    memset(p->start, 0, words * sizeof *p->start);
    memset(p->end, 0, words * sizeof *p->end);
    or_filter(g, anchored(GRAM_BEGIN, word, n, room), p->begin, other, s);
    or_filter(g, anchored(' ', word, n, room), p->start, other, s);
    if (word.len < 3) {
        fill_tiny_ends(g, word, p->end, other, s);
    } else {
        gram_filter_end(g, word, p->end, s);
    }
    bitmap_or(p->start, p->begin, words);
}

/* The worth of a word in the best text of a block, as it is. `alone`: all other words may be in the
 * document, so that this one may be the whole text. */
static unsigned best_rank(const struct places *p, size_t block, bool alone)
{
    bool start = bitmap_get(p->start, block), end = bitmap_get(p->end, block);
    enum search_match m = SEARCH_MATCH_EDGE;
    if (start && end) {
        m = !bitmap_get(p->begin, block) ? SEARCH_MATCH_WORD
            : alone                      ? SEARCH_MATCH_WHOLE
                                         : SEARCH_MATCH_PREFIX_WORD;
    } else if (start) {
        m = bitmap_get(p->begin, block) ? SEARCH_MATCH_PREFIX : SEARCH_MATCH_WORD_START;
    }
    return evaluate_rank_apart(m);
}

static bool others_in_documents(const struct query_run *r, size_t term)
{
    for (size_t t = 0; t < r->q.n_terms; t++) {
        if (t != term && !r->doc_hits[t]) {
            return false;
        }
    }
    return true;
}

/* What a block may be worth: the words as they are, and what one of them may gain by a typo. */
struct worth {
    uint32_t sum, gain;
};

/* Adds what the word is worth in the i-th block. Where one typo is allowed in all, one word gains
 * by it; of two, each may. */
static void add_term(struct query_run *r, const struct segment_view *v, size_t term,
                     const struct bounded *list, size_t n, struct worth *worth)
{
    const struct gram_index *g = &v->s->grams;
    struct places p = {query_map(r, MAP_TERM, g->n_units), query_map(r, MAP_OTHER, g->n_units),
                       query_map(r, MAP_ANY, g->n_units)};
    bool typos = r->stage > 0 && r->q.terms[term].max_typos > 0;
    bool alone = others_in_documents(r, term);
    unsigned loose = evaluate_rank_apart(alone ? SEARCH_MATCH_WHOLE : SEARCH_MATCH_PREFIX);
    uint32_t unit = r->weights[term] * SCORE_QUALITY_PER_RANK;
    fill_places(r, g, r->q.terms[term].text, &p);
    for (size_t i = 0; i < n; i++) {
        unsigned rank = best_rank(&p, list[i].block, alone);
        if (r->doc_hits[term]) {
            uint32_t dataset = v->s->blocks[list[i].block].dataset;
            unsigned known = dataset < v->s->n_datasets
                                 ? v->docs[(size_t)dataset * r->q.n_terms + term].rank
                                 : 0;
            rank = known > rank ? known : rank;
        }
        uint32_t gain = typos && loose > rank ? unit * (loose - rank) : 0;
        worth[i].sum += unit * rank + (r->stage > 1 ? gain : 0);
        worth[i].gain = gain > worth[i].gain ? gain : worth[i].gain;
    }
}

/* 1: the best there is. */
static size_t level_of(const struct bounded *b)
{
    return LEVELS - (b->quality * (SCORE_COVERAGE_MAX + 1u) + b->coverage);
}

/* Best first, by counting; equal ones stay in their order. */
static void sort_bounds(struct bounded *list, size_t n, struct bounded *sorted)
{
    uint32_t at[LEVELS + 1] = {0};
    for (size_t i = 0; i < n; i++) {
        at[level_of(&list[i])]++;
    }
    for (size_t l = 1; l <= LEVELS; l++) {
        at[l] += at[l - 1];
    }
    for (size_t i = 0; i < n; i++) {
        sorted[at[level_of(&list[i]) - 1]++] = list[i];
    }
}

/* Where a word comes twice, with another one between, both are found at one place: that is not the
 * order they were typed in, unless all begin there. */
static bool order_is_possible(const struct query_run *r)
{
    const struct term *t = r->q.terms;
    for (size_t i = 0; i < r->q.n_terms; i++) {
        for (size_t k = i + 2; k < r->q.n_terms; k++) {
            for (size_t m = i + 1; str_eq(t[i].text, t[k].text) && m < k; m++) {
                if (t[m].text.data[0] != t[i].text.data[0]) {
                    return r->stage > 0;
                }
            }
        }
    }
    return true;
}

struct bounds bounds_order(struct query_run *r, struct segment_view *v, const uint64_t *map)
{
    struct query_scratch *s = r->scratch;
    size_t units = v->s->n_blocks, n = 0, n_all = bitmap_count(map, bitmap_words(units));
    if (s->bounds_cap < n_all) {
        mem_free(s->bounds);
        s->bounds = mem_alloc(n_all * (2 * sizeof *s->bounds + sizeof(struct worth)));
        s->bounds_cap = n_all;
    }
    struct bounded *list = s->bounds, *sorted = list + n_all;
    struct worth *worth = (struct worth *)(void *)(sorted + n_all);
    uint32_t weight = 0;
    size_t covered = 0;
    for (size_t i = bitmap_next(map, units, 0); i < units; i = bitmap_next(map, units, i + 1)) {
        worth[n] = (struct worth){0, 0};
        list[n++] = (struct bounded){.block = (uint32_t)i};
    }
    for (size_t t = 0; t < r->q.n_terms; t++) {
        add_term(r, v, t, list, n, worth);
        weight += r->weights[t];
        covered += r->q.terms[t].text.len;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t sum = worth[i].sum + (r->stage == 1 ? worth[i].gain : 0);
        list[i].quality = (uint16_t)(weight ? sum / weight : UINT8_MAX);
        list[i].coverage = (uint16_t)score_coverage(covered, v->s->shortest[list[i].block]);
    }
    sort_bounds(list, n, sorted);
    return (struct bounds){.blocks = sorted, .n = n, .in_order = order_is_possible(r)};
}

uint64_t bounds_score(const struct query_run *r, const struct bounds *b, size_t i, unsigned prior)
{
    return score_pack(&(struct score_parts){.words = (unsigned)r->q.n_terms,
                                            .typos = (unsigned)r->stage,
                                            .quality = b->blocks[i].quality,
                                            .in_order = b->in_order,
                                            .coverage = b->blocks[i].coverage,
                                            .prior = prior});
}
