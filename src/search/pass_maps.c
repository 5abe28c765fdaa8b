/* pass_maps.c - the filters in front of a pass: which blocks and runs may hold what it wants, and
 * what is looked for in those. */
#include <string.h>

#include "search/bits.h"
#include "search/find.h"
#include "search/query.h"

/* So few are looked at rather than filtered once more. */
#define FEW_LEFT      16
#define LONG_PIECE    6   /* bytes */
#define FEW_LEFT_TINY 256 /* of two characters, all grams that begin with them are read */

static uint64_t *all_units(struct query_run *r, const struct gram_index *g)
{
    uint64_t *map = query_map(r, MAP_RESULT, g->n_units);
    memset(map, 0, bitmap_words(g->n_units) * sizeof *map);
    bitmap_fill(map, g->n_units);
    return map;
}

/* The units that may have all words together, anywhere: looked up once, narrowed by each pass. */
static const uint64_t *base_of(struct query_run *r, struct segment_view *v, bool runs)
{
    const struct gram_index *g = runs ? &v->s->run_grams : &v->s->grams;
    if (!v->has_base[runs]) {
        gram_filter_exact(g, r->q.together.text, v->base[runs], &r->scratch->grams);
        v->has_base[runs] = true;
    }
    return v->base[runs];
}

/* What stands before and behind the words, as the pass wants it; 0: anything. */
struct anchors {
    char before, behind;
};

static struct anchors anchors_of(match_mask wanted)
{
    bool anywhere = wanted & MASK(INSIDE);
    bool begins = wanted & (MASK(WHOLE) | MASK(PREFIX) | MASK(PREFIX_WORD));
    bool word = wanted & (MASK(WORD) | MASK(WORD_START));
    return (struct anchors){
        .before = anywhere ? 0
                  : begins ? GRAM_BEGIN
                  : word   ? ' '
                           : 0,
        .behind = anywhere                                    ? 0
                  : wanted & MASK(WHOLE)                      ? GRAM_END
                  : wanted & (MASK(PREFIX_WORD) | MASK(WORD)) ? ' '
                                                              : 0,
    };
}

/* One or two characters: the anchors are what makes a gram of them. */
static void map_tiny(struct query_run *r, const struct gram_index *g, struct anchors a,
                     uint64_t *map)
{
    char text[GRAM_START_LEN + 1];
    size_t n = 0;
    if (a.before) {
        text[n++] = a.before;
    }
    memcpy(text + n, r->q.together.text.data, r->q.together.text.len);
    n += r->q.together.text.len;
    if (a.behind) {
        text[n++] = a.behind;
    }
    while (a.behind == GRAM_END && n < GRAM_START_LEN) {
        text[n++] = GRAM_END;
    }
    if (n < GRAM_START_LEN) {
        gram_filter_exact(g, str_n(text, n), map, &r->scratch->grams);
        return;
    }
    gram_filter_start(g, text, map, &r->scratch->grams);
    if (a.before == ' ') { /* the word may be the last one as well */
        uint64_t *last = query_map(r, MAP_TERM, g->n_units);
        text[n - 1] = GRAM_END;
        gram_filter_start(g, text, last, &r->scratch->grams);
        bitmap_or(map, last, bitmap_words(g->n_units));
    }
}

/* The blocks that have a text of the words alone, as far as lengths tell. */
static void narrow_lengths(struct query_run *r, const struct segment *s, uint64_t *map)
{
    size_t len = r->q.together.text.len;
    uint64_t *fit = query_map(r, MAP_TERM, s->n_blocks);
    find_lengths(s->shortest, s->n_blocks, 0, (uint8_t)(len < UINT8_MAX ? len : UINT8_MAX), fit);
    bitmap_and(map, fit, bitmap_words(s->n_blocks));
}

/* What costs least comes first, and leaves little to the lists of starts and ends. */
static void map_anchored(struct query_run *r, struct segment_view *v, bool runs, match_mask wanted,
                         uint64_t *map)
{
    const struct gram_index *g = runs ? &v->s->run_grams : &v->s->grams;
    const struct anchors a = anchors_of(wanted);
    struct str t = r->q.together.text;
    memcpy(map, base_of(r, v, runs), bitmap_words(g->n_units) * sizeof *map);
    if (wanted == MASK(WHOLE) && !runs) {
        narrow_lengths(r, v->s, map);
    }
    if (a.before == ' ' || (a.before && a.behind == ' ')) {
        gram_narrow_several(g, map, &r->scratch->grams);
    }
    if (a.before) {
        gram_narrow_start(g, a.before, t, map, &r->scratch->grams);
    }
    if (a.behind) {
        gram_narrow_end(g, t, map, &r->scratch->grams);
    }
}

const uint64_t *pass_edges(struct query_run *r, struct segment_view *v)
{
    uint64_t *map = query_map(r, MAP_EDGE, v->s->n_blocks);
    gram_filter_edge(&v->s->grams, r->q.together.text, map, &r->scratch->grams);
    return map;
}

/* The units where all words may stand together, placed as the pass wants. */
const uint64_t *pass_together(struct query_run *r, struct segment_view *v, bool runs,
                              match_mask wanted)
{
    const struct gram_index *g = runs ? &v->s->run_grams : &v->s->grams;
    uint64_t *map = query_map(r, MAP_RESULT, g->n_units);
    struct str t = r->q.together.text;
    if (r->o->brute_force) {
        return all_units(r, g);
    }
    if (t.len < 3) {
        map_tiny(r, g, anchors_of(wanted), map);
    } else if (wanted & MASK(INSIDE)) {
        return base_of(r, v, runs);
    } else {
        map_anchored(r, v, runs, wanted, map);
    }
    if (wanted == MASK(EDGE)) {
        uint64_t *edge = query_map(r, MAP_TERM, g->n_units);
        gram_filter_edge(g, t, edge, &r->scratch->grams);
        bitmap_and(map, edge, bitmap_words(g->n_units));
    }
    return map;
}

/* The units that belong to datasets whose document has the word, with at most so many typos. */
static void or_documents(const struct segment_view *v, const struct doc_match *docs, size_t stride,
                         int typos, bool runs, uint64_t *map)
{
    for (uint32_t d = 0; d < v->s->n_datasets; d++) {
        const struct dataset_record *rec = &v->s->datasets[d];
        if (docs[d * stride].rank && docs[d * stride].typos <= typos) {
            uint32_t first = runs ? rec->first_run : rec->first_block;
            bitmap_set_range(map, first, (size_t)first + (runs ? rec->n_runs : rec->n_blocks));
        }
    }
}

static void map_term(struct query_run *r, const struct gram_index *g, const struct term *t,
                     uint64_t *map)
{
    struct gram_scratch *s = &r->scratch->grams;
    int k = r->stage < t->max_typos ? r->stage : t->max_typos;
    gram_filter_exact(g, t->text, map, s);
    if (k > 0) {
        uint64_t *fuzzy = query_map(r, MAP_OTHER, g->n_units);
        gram_filter_fuzzy(g, t->text, k, fuzzy, s);
        bitmap_or(map, fuzzy, bitmap_words(g->n_units));
    }
}

/* Terms with the rarest grams first: the first often leaves so little that the others need no
 * filter. */
static void order_terms(const struct query_run *r, const struct gram_index *g, size_t *order)
{
    uint32_t rarest[SEARCH_TERMS_MAX];
    for (size_t t = 0; t < r->q.n_terms; t++) {
        size_t len = r->q.terms[t].text.len;
        rarest[t] = len < 3 ? UINT32_MAX - (uint32_t)len : gram_rarest(g, r->q.terms[t].text);
        size_t at = t;
        for (; at > 0 && rarest[order[at - 1]] > rarest[t]; at--) {
            order[at] = order[at - 1];
        }
        order[at] = t;
    }
}

/* Whether a filter by the word costs less than to look into the units that it would leave out. */
static bool is_worth(const struct term *t, size_t units)
{
    return units > (t->text.len >= 3 ? FEW_LEFT : t->text.len == 2 ? FEW_LEFT_TINY : SIZE_MAX - 1);
}

/* The units that have, for each word, the word or a document with it; and some word in any case. */
static void map_apart(struct query_run *r, struct segment_view *v, bool runs, uint64_t *map)
{
    const struct gram_index *g = runs ? &v->s->run_grams : &v->s->grams;
    size_t words = bitmap_words(g->n_units), n_terms = r->q.n_terms, order[SEARCH_TERMS_MAX] = {0};
    uint64_t *term = query_map(r, MAP_TERM, g->n_units), *any = query_map(r, MAP_ANY, g->n_units);
    bool all_asked = true;
    memset(map, 0, words * sizeof *map);
    memset(any, 0, words * sizeof *any);
    bitmap_fill(map, g->n_units);
    order_terms(r, g, order);
    for (size_t i = 0; i < n_terms; i++) {
        size_t t = order[i];
        if (i > 0 && !is_worth(&r->q.terms[t], bitmap_count(map, words))) {
            all_asked = false;
            break;
        }
        map_term(r, g, &r->q.terms[t], term);
        bitmap_or(any, term, words);
        if (r->doc_hits[t]) {
            or_documents(v, v->docs + t, n_terms, PATTERN_EDITS_MAX, runs, term);
        }
        bitmap_and(map, term, words);
    }
    if (all_asked) {
        bitmap_and(map, any, words);
    }
}

/* The same where one typo is allowed in all: the units that have every word but one as it is.
 * `map`: one word had a typo; `none`: no word so far. */
static void map_apart_one(struct query_run *r, struct segment_view *v, bool runs, uint64_t *map)
{
    const struct gram_index *g = runs ? &v->s->run_grams : &v->s->grams;
    size_t words = bitmap_words(g->n_units), n_terms = r->q.n_terms, order[SEARCH_TERMS_MAX] = {0};
    uint64_t *term = query_map(r, MAP_TERM, g->n_units), *any = query_map(r, MAP_ANY, g->n_units);
    uint64_t *none = query_map(r, MAP_NONE, g->n_units);
    uint64_t *fuzzy = query_map(r, MAP_OTHER, g->n_units);
    bool all_asked = true, unhurt = true;
    memset(map, 0, words * sizeof *map);
    memset(any, 0, words * sizeof *any);
    memset(none, 0, words * sizeof *none);
    bitmap_fill(none, g->n_units);
    order_terms(r, g, order);
    for (size_t i = 0; i < n_terms; i++) {
        const struct term *t = &r->q.terms[order[i]];
        if (i > 0 && !is_worth(t, bitmap_count(map, words) + bitmap_count(none, words))) {
            all_asked = false;
            break;
        }
        const struct doc_match *docs = v->docs + order[i];
        gram_filter_exact(g, t->text, term, &r->scratch->grams);
        bitmap_or(any, term, words);
        if (r->doc_hits[order[i]]) {
            or_documents(v, docs, n_terms, 0, runs, term);
        }
        bitmap_and(map, term, words);
        if (unhurt && t->max_typos > 0) {
            gram_filter_fuzzy(g, t->text, 1, fuzzy, &r->scratch->grams);
            bitmap_or(any, fuzzy, words);
            if (r->doc_hits[order[i]]) {
                or_documents(v, docs, n_terms, 1, runs, fuzzy);
            }
            bitmap_and(fuzzy, none, words);
            bitmap_or(map, fuzzy, words);
        }
        bitmap_and(none, term, words);
        unhurt = unhurt && bitmap_next(none, g->n_units, 0) < g->n_units;
    }
    if (all_asked) {
        bitmap_and(map, any, words);
    } else {
        bitmap_or(map, none, words);
    }
}

/* The units for a pass with typos, or for the words apart. */
const uint64_t *pass_loose(struct query_run *r, struct segment_view *v, bool runs)
{
    const struct gram_index *g = runs ? &v->s->run_grams : &v->s->grams;
    uint64_t *map = query_map(r, MAP_RESULT, g->n_units);
    if (r->o->brute_force) {
        return all_units(r, g);
    }
    if (r->apart && r->stage == 1) {
        map_apart_one(r, v, runs, map);
    } else if (r->apart) {
        map_apart(r, v, runs, map);
    } else {
        map_term(r, g, &r->q.together, map);
    }
    return map;
}

/* How many blocks may have the piece, at most, as far as single grams tell. Of one or two
 * characters there is none: the shorter, the more have it. */
static uint64_t count_blocks(const struct gram_index *g, struct str piece)
{
    return piece.len < 3 ? (uint64_t)g->n_units * (4 - piece.len) : gram_rarest(g, piece);
}

/* The `n` pieces that the fewest blocks have; returns the sum of these. */
static uint64_t keep_rarest(const struct gram_index *g, const struct pieces *from, size_t n,
                            struct pieces *out)
{
    uint64_t blocks[MATCH_PIECES_MAX], sum = 0;
    out->n = 0;
    for (size_t i = 0; i < from->n; i++) {
        uint64_t count = count_blocks(g, from->part[i]);
        size_t at = out->n < n ? out->n++ : n;
        for (; at > 0 && blocks[at - 1] > count; at--) {
            if (at < n) {
                blocks[at] = blocks[at - 1];
                out->part[at] = out->part[at - 1];
            }
        }
        if (at < n) {
            blocks[at] = count;
            out->part[at] = from->part[i];
        }
    }
    for (size_t i = 0; i < out->n; i++) {
        sum += blocks[i];
    }
    return sum;
}

/* What a text with the word, and no more typos than the stage allows, has as it is: one piece more
 * than typos, few long ones or the rarest of many short ones. Returns how many blocks may have one
 * of them. */
static uint64_t choose_needle(const struct query_run *r, const struct gram_index *g, struct term *t,
                              struct pieces *out)
{
    size_t k = (size_t)(r->stage < t->max_typos ? r->stage : t->max_typos);
    struct pieces pieces = {.part = {t->text}, .n = 1}, rare;
    if (k > 0 && !match_pieces(t, (int)k, &pieces)) {
        *out = (struct pieces){.n = 0};
        return UINT64_MAX;
    }
    uint64_t blocks = keep_rarest(g, &pieces, k + 1, out);
    if (k > 0 && t->pieces.n > k) {
        keep_rarest(g, &t->pieces, t->pieces.n, &rare);
        t->pieces = rare; /* a text that has too few of them shows it sooner */
        uint64_t fewer = keep_rarest(g, &t->pieces, k + 1, &rare);
        *out = fewer < blocks ? rare : *out;
        blocks = fewer < blocks ? fewer : blocks;
    }
    return blocks;
}

/* Ids of a family have most letters in common: of a long piece, the gram that is rarest in the
 * index tells more than letters do. */
static void needles_of(const struct gram_index *g, const struct pieces *pieces, struct needles *out)
{
    out->n = pieces->n;
    for (size_t i = 0; i < pieces->n; i++) {
        if (pieces->part[i].len >= LONG_PIECE) {
            needle_init_at(&out->part[i], pieces->part[i], gram_rarest_at(g, pieces->part[i]));
        } else {
            needle_init(&out->part[i], pieces->part[i]);
        }
    }
}

static uint64_t set_needles(const struct query_run *r, const struct gram_index *g, struct term *t,
                            struct needles *out)
{
    struct pieces pieces;
    uint64_t blocks = choose_needle(r, g, t, &pieces);
    needles_of(g, &pieces, out);
    return blocks;
}

/* Of all words together, both are kept: which are rarer is another question in each block. */
static void together_needles(struct query_run *r, struct segment_view *v)
{
    const struct gram_index *g = &v->s->grams;
    struct term *t = &r->q.together;
    size_t k = (size_t)(r->stage < t->max_typos ? r->stage : t->max_typos);
    struct pieces pieces = {.n = 0}, rare;
    v->together_needles.n = v->together_pieces.n = 0;
    if (k > 0 && match_pieces(t, (int)k, &pieces)) {
        keep_rarest(g, &t->pieces, t->pieces.n, &rare);
        t->pieces = rare; /* a text that has too few of them shows it sooner */
        needles_of(g, &pieces, &v->together_needles);
        needles_of(g, &t->pieces, &v->together_pieces);
    }
}

void pass_needles(struct query_run *r, struct segment_view *v)
{
    const struct gram_index *g = &v->s->grams;
    uint64_t blocks[SEARCH_TERMS_MAX];
    if (!r->apart) {
        together_needles(r, v);
        return;
    }
    for (size_t t = 0; t < r->q.n_terms; t++) {
        size_t at = t;
        blocks[t] = set_needles(r, g, &r->q.terms[t], &v->needles[t]);
        for (; at > 0 && blocks[v->rarest[at - 1]] > blocks[t]; at--) {
            v->rarest[at] = v->rarest[at - 1];
        }
        v->rarest[at] = (uint8_t)t;
    }
}
