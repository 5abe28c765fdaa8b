/* query.c - the plan: exact before typos, better places before worse, and no further than the hits
 * that are wanted.
 *
 * Stage 0 has the passes "whole", "first words", "prefix", "word", "word start", "edge", "inside"
 * (all words together, each pass with filters of its own) and "apart" (the words anywhere in the
 * id, or in the document of its dataset). Stages 1 and 2 allow typos, and come only where the
 * stages before found nothing (or, on request, fewer hits than are wanted): what they find scores
 * less in any case.
 */
#include <stdio.h>

#include "base/clock.h"
#include "search/bits.h"
#include "search/hex.h"
#include "search/query.h"

#define MASK(m)     (1u << SEARCH_MATCH_##m)
#define ALL_MATCHES ((2u << SEARCH_MATCH_WHOLE) - 2)
/* Where no more units than this can hold the words together, they are all looked at: passes would
 * cost more than they save. */
#define FEW_UNITS 32
/* So few are looked at rather than filtered once more. */
#define FEW_LEFT        16
#define FEW_LEFT_TINY   256 /* of two characters, all grams that begin with them are read */
#define TICKS_PER_CLOCK 64  /* units between two looks at the clock and the cancel flag */
#define DEFAULT_LIMIT   20

uint64_t *query_map(struct query_run *r, enum query_map_slot slot, size_t units)
{
    struct query_scratch *s = r->scratch;
    size_t words = bitmap_words(units) + 1;
    if (s->map_words[slot] < words) {
        mem_free(s->maps[slot]);
        s->maps[slot] = mem_alloc(words * sizeof(uint64_t));
        s->map_words[slot] = words;
    }
    return s->maps[slot];
}

bool query_counts_all(const struct query_run *r)
{
    return r->o->count || r->o->facets || r->o->brute_force || r->o->sort != SEARCH_BY_SCORE;
}

bool query_looks_free(const struct query_run *r)
{
    return query_counts_all(r) || r->visited < QUERY_FREE_BLOCKS;
}

bool query_tick(struct query_run *r)
{
    if (r->stopped) {
        return false;
    }
    if (r->visited_max && r->visited >= r->visited_max) {
        r->partial = r->stopped = true;
        return false;
    }
    if (r->visited++ % TICKS_PER_CLOCK) {
        return true;
    }
    bool replaced =
        r->o->line && atomic_load_explicit(&r->o->line->latest, memory_order_relaxed) != r->ticket;
    if (replaced || (r->o->cancel && atomic_load_explicit(r->o->cancel, memory_order_relaxed))) {
        r->failed = error_set(r->err, ERR_CANCELLED, "the query was cancelled%s",
                              replaced ? ": a newer one replaces it" : "");
        r->stopped = true;
    } else if (r->o->deadline_ns && clock_monotonic_ns() > r->o->deadline_ns) {
        r->partial = r->stopped = true;
    }
    return !r->stopped;
}

/* ---- the order that was asked for ---- */

/* The number of a hit that is sorted by; false: it is not known. */
static bool sort_value(const struct query_run *r, uint32_t rank, uint32_t series, int64_t *out)
{
    static const enum search_attribute attributes[SEARCH_SORT_COUNT] = {
        [SEARCH_BY_LENGTH] = SEARCH_LENGTH,
        [SEARCH_BY_START] = SEARCH_START,
        [SEARCH_BY_END] = SEARCH_END,
        [SEARCH_BY_MISSING] = SEARCH_MISSING,
    };
    const struct live_dataset *l = &r->ix->live[rank];
    const struct segment *s = r->ix->segments[l->segment];
    const struct dataset_record *d = &s->datasets[l->dataset];
    enum search_attribute which = attributes[r->o->sort];
    if (series != TOP_DATASET) {
        return pack_get(&s->attributes[which], d->first_series + series, out);
    }
    *out = which == SEARCH_LENGTH ? (int64_t)d->records : which == SEARCH_START ? d->start : d->end;
    return which == SEARCH_LENGTH || (which != SEARCH_MISSING && d->has_times);
}

/* Larger is better: 0 where nothing is known, which is last in either direction. */
static uint64_t sort_key(const struct query_run *r, uint64_t score, uint32_t rank, uint32_t series)
{
    int64_t value;
    if (r->o->sort == SEARCH_BY_SCORE) {
        return score;
    }
    if (r->o->sort == SEARCH_BY_NAME) { /* ranks are in the order of names */
        uint64_t place = (uint64_t)rank << 32 | (series == TOP_DATASET ? 0 : series + 1);
        return r->o->descending ? place : UINT64_MAX - place;
    }
    if (!sort_value(r, rank, series, &value)) {
        return 0;
    }
    uint64_t place = (uint64_t)value ^ 1ull << 63; /* in the order of signed numbers */
    place = place > UINT64_MAX - 1 ? UINT64_MAX - 1 : place;
    return r->o->descending ? place + 1 : UINT64_MAX - place;
}

void query_take(struct query_run *r, uint64_t score, uint32_t rank, uint32_t series)
{
    top_add(&r->top, (struct top_item){sort_key(r, score, rank, series), score, rank, series});
}

/* ---- filters of a pass ---- */

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
    char text[5];
    size_t n = 0;
    if (a.before) {
        text[n++] = a.before;
    }
    memcpy(text + n, r->q.together.text.data, r->q.together.text.len);
    n += r->q.together.text.len;
    if (a.behind) {
        text[n++] = a.behind;
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

static void map_anchored(struct query_run *r, struct segment_view *v, bool runs, struct anchors a,
                         uint64_t *map)
{
    const struct gram_index *g = runs ? &v->s->run_grams : &v->s->grams;
    struct str t = r->q.together.text;
    memcpy(map, base_of(r, v, runs), bitmap_words(g->n_units) * sizeof *map);
    if (a.before) {
        char gram[GRAM_START_LEN] = {a.before, t.data[0], t.data[1], t.data[2]};
        gram_narrow(g, str_n(gram, sizeof gram), map, &r->scratch->grams);
    }
    if (a.behind) {
        char gram[3] = {t.data[t.len - 2], t.data[t.len - 1], a.behind};
        gram_narrow(g, str_n(gram, sizeof gram), map, &r->scratch->grams);
    }
}

/* The units where all words may stand together, placed as the pass wants. */
static const uint64_t *map_together(struct query_run *r, struct segment_view *v, bool runs,
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
        map_anchored(r, v, runs, anchors_of(wanted), map);
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
    size_t words = bitmap_words(g->n_units), n_terms = r->q.n_terms, order[SEARCH_TERMS_MAX];
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
    size_t words = bitmap_words(g->n_units), n_terms = r->q.n_terms, order[SEARCH_TERMS_MAX];
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
static uint64_t *map_loose(struct query_run *r, struct segment_view *v, bool runs)
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

static void choose_needles(struct query_run *r, struct segment_view *v)
{
    const struct gram_index *g = &v->s->grams;
    uint64_t blocks[SEARCH_TERMS_MAX];
    if (!r->apart) {
        choose_needle(r, g, &r->q.together, &v->together_needle);
        return;
    }
    for (size_t t = 0; t < r->q.n_terms; t++) {
        size_t at = t;
        blocks[t] = choose_needle(r, g, &r->q.terms[t], &v->needles[t]);
        for (; at > 0 && blocks[v->rarest[at - 1]] > blocks[t]; at--) {
            v->rarest[at] = v->rarest[at - 1];
        }
        v->rarest[at] = (uint8_t)t;
    }
}

enum pass_units { PASS_RUNS = 1, PASS_BLOCKS = 2, PASS_BOTH = 3 };

static void pass(struct query_run *r, match_mask wanted, bool apart, unsigned units)
{
    r->apart = apart;
    for (uint32_t i = 0; i < r->ix->n_segments && !r->stopped; i++) {
        struct segment_view *v = &r->views[i];
        if (!wanted) {
            choose_needles(r, v);
        }
        if (v->s->n_runs && units & PASS_RUNS) {
            const uint64_t *map = wanted ? map_together(r, v, true, wanted) : map_loose(r, v, true);
            search_runs(r, v, map, wanted);
        }
        if (v->s->n_blocks && units & PASS_BLOCKS && !r->stopped) {
            const uint64_t *map =
                wanted ? map_together(r, v, false, wanted) : map_loose(r, v, false);
            search_blocks(r, v, map, wanted);
        }
    }
}

/* Whether the pass could bring a hit that is wanted still. A pass that is left out makes the counts
 * lower bounds. */
static bool goes_on(struct query_run *r, match_mask wanted, bool apart)
{
    if (r->stopped) {
        return false;
    }
    r->apart = apart;
    struct top_item best = {
        .key = query_best_score(r, wanted, r->q.together.text.len, PRIOR_MAX),
    };
    if (query_looks_free(r) || !top_refuses(&r->top, &best)) {
        return true;
    }
    r->at_least = true;
    return false;
}

/* How many blocks, or runs, may have the words together; at most FEW_UNITS + 1 or so. */
static size_t count_units(struct query_run *r, bool runs)
{
    size_t sum = 0;
    for (uint32_t i = 0; i < r->ix->n_segments && sum <= FEW_UNITS; i++) {
        struct segment_view *v = &r->views[i];
        size_t units = runs ? v->s->n_runs : v->s->n_blocks;
        if (units) {
            sum += bitmap_count(map_together(r, v, runs, ALL_MATCHES), bitmap_words(units));
        }
    }
    return sum;
}

/* The places of the words from the best on; the last four as one pass where few units are left. */
static const match_mask all_passes[] = {MASK(WHOLE), MASK(PREFIX_WORD), MASK(PREFIX),
                                        MASK(WORD),  MASK(WORD_START),  MASK(EDGE),
                                        MASK(INSIDE)};
#define N_PASSES    (sizeof all_passes / sizeof *all_passes)
#define REST_PASS   3
#define REST_PLACES (MASK(WORD) | MASK(WORD_START) | MASK(EDGE) | MASK(INSIDE))
#define REST_UNITS  512

/* All words together, place by place. */
static void exact_together(struct query_run *r)
{
    /* The numbers of a run are many even where the runs are few: those keep their passes. */
    size_t runs = count_units(r, true), blocks = r->o->exact ? SIZE_MAX : count_units(r, false);
    bool few = blocks <= FEW_UNITS && !r->o->brute_force;
    bool rest = blocks <= REST_UNITS && !r->o->brute_force;
    if (few) {
        pass(r, ALL_MATCHES, false, PASS_BLOCKS);
    }
    for (size_t i = 0; i < (r->o->exact ? 1 : N_PASSES) && (runs || !few); i++) {
        if (!goes_on(r, all_passes[i], false)) {
            return;
        }
        if (i == REST_PASS && rest && !few) {
            pass(r, REST_PLACES, false, PASS_BLOCKS);
        }
        bool in_blocks = !few && (!rest || i < REST_PASS);
        if (runs || in_blocks) {
            pass(r, all_passes[i], false, (runs ? PASS_RUNS : 0) | (in_blocks ? PASS_BLOCKS : 0));
        }
    }
}

static void stage_exact(struct query_run *r)
{
    docs_together(r);
    if (r->o->kinds != SEARCH_DATASETS_ONLY) {
        exact_together(r);
    }
    /* Where the query is a whole id or name, that is what was meant. */
    if (r->q.n_terms > 1 && !r->o->exact && !r->whole && goes_on(r, 0, true)) {
        docs_apart(r);
        if (r->o->kinds != SEARCH_DATASETS_ONLY && goes_on(r, 0, true)) {
            pass(r, 0, true, PASS_BOTH);
        }
    }
}

static bool wants_typos(const struct query_run *r)
{
    bool nothing = r->matched_series + r->matched_datasets == 0;
    return !r->stopped && !r->o->exact && (nothing || (r->o->more_typos && !top_full(&r->top)));
}

/* Numbers match loosely only where nothing matches exactly. */
static int typos_of(const struct query_run *r, const struct term *t)
{
    bool nothing = r->matched_series + r->matched_datasets == 0;
    return t->digits && !nothing ? 0 : t->max_typos;
}

static bool apart_has_typos(const struct query_run *r, int stage)
{
    int sum = 0;
    for (size_t i = 0; i < r->q.n_terms; i++) {
        sum += typos_of(r, &r->q.terms[i]);
    }
    return sum >= stage;
}

/* The ids, with typos. Two of them are looked for in so many blocks only. */
static void bounded_pass(struct query_run *r, bool apart)
{
    bool bounded = r->stage == 2 && !r->o->work_limit && !query_counts_all(r);
    r->visited_max = bounded ? r->visited + QUERY_TWO_TYPO_BLOCKS : r->o->work_limit;
    pass(r, 0, apart, PASS_BOTH);
    r->visited_max = r->o->work_limit;
}

/* With typos, as without, the words together come before the words apart, and those only where hits
 * are wanted still. */
static void stage_typos(struct query_run *r, int stage)
{
    bool together = typos_of(r, &r->q.together) >= stage;
    bool apart = r->q.n_terms > 1 && apart_has_typos(r, stage);
    if (!together && !apart) {
        return;
    }
    bool series = r->o->kinds != SEARCH_DATASETS_ONLY;
    r->stage = stage;
    docs_together(r);
    if (together && series) {
        bounded_pass(r, false);
    }
    if (apart && wants_typos(r)) {
        docs_apart(r);
        if (series) {
            bounded_pass(r, true);
        }
    }
}

static size_t longest_number(struct str t)
{
    size_t best = 0, n = 0;
    for (size_t i = 0; i < t.len; i++) {
        n = t.data[i] >= '0' && t.data[i] <= '9' ? n + 1 : 0;
        best = n > best ? n : best;
    }
    return best;
}

static void search_words(struct query_run *r)
{
    r->digits = longest_number(r->q.together.text);
    stage_exact(r);
    for (int stage = 1; stage <= PATTERN_EDITS_MAX && wants_typos(r); stage++) {
        stage_typos(r, stage);
    }
}

/* ---- no words ---- */

static void list_series(struct query_run *r, uint32_t rank)
{
    const struct live_dataset *l = &r->ix->live[rank];
    struct segment_view *v = &r->views[l->segment];
    struct verdict verdict = {.parts = {.typos = 0}};
    r->listing = true;
    uint64_t n = v->s->datasets[l->dataset].n_series;
    for (uint64_t i = 0; i < n && !r->stopped; i++) {
        if (top_full(&r->top) && !query_counts_all(r)) {
            r->at_least = true;
            return;
        }
        if (i % PACK_GROUP == 0 && !query_tick(r)) {
            return;
        }
        take_series(r, v, l->dataset, (uint32_t)i, &verdict);
    }
}

static bool lists_series(const struct query_run *r)
{
    bool named = r->series_filters;
    for (size_t i = 0; i < r->q.n_filters; i++) {
        named = named || r->q.filters[i].kind == FILTER_DATASET;
    }
    return r->o->kinds == SEARCH_SERIES_ONLY || (r->o->kinds == SEARCH_BOTH && named);
}

/* Datasets by size, then name; series in their own order, where the query is about some. */
static void list_all(struct query_run *r)
{
    bool datasets = r->o->kinds != SEARCH_SERIES_ONLY && !r->series_filters;
    for (uint32_t rank = 0; datasets && rank < r->ix->n_live; rank++) {
        const struct live_dataset *l = &r->ix->live[rank];
        struct segment_view *v = &r->views[l->segment];
        if (!query_allows(v, l->dataset)) {
            continue;
        }
        struct score_parts p = {.dataset = 1, .prior = segment_prior(v->s, l->dataset)};
        r->matched_datasets++;
        if (r->dataset_by_rank) {
            r->dataset_by_rank[rank] = 1;
        }
        /* All datasets before all series: the words of the score are free to say so. */
        p.words = 1;
        query_take(r, score_pack(&p), rank, TOP_DATASET);
    }
    for (uint32_t rank = 0; lists_series(r) && rank < r->ix->n_live && !r->stopped; rank++) {
        const struct live_dataset *l = &r->ix->live[rank];
        if (query_allows(&r->views[l->segment], l->dataset)) {
            list_series(r, rank);
        }
    }
}

/* ---- running ---- */

void query_scratch_free(struct query_scratch *s)
{
    if (!s) {
        return;
    }
    gram_scratch_free(&s->grams);
    mem_free(s->bases);
    for (int i = 0; i < MAP_SLOTS; i++) {
        mem_free(s->maps[i]);
    }
    mem_free(s->block);
    mem_free(s->docs);
    mem_free(s->bounds);
    mem_free(s->touched);
    strbuf_free(&s->run_text);
    strbuf_free(&s->id);
    mem_free(s);
}

static struct query_scratch *scratch_take(struct search_index *ix)
{
    for (size_t i = 0; i < INDEX_SCRATCH_SLOTS; i++) {
        struct query_scratch *p = atomic_exchange(&ix->scratch[i], NULL);
        if (p) {
            return p;
        }
    }
    struct query_scratch *s = mem_zalloc(sizeof *s);
    strbuf_init(&s->run_text, SIZE_MAX);
    strbuf_init(&s->id, SIZE_MAX);
    return s;
}

static void scratch_give(struct search_index *ix, struct query_scratch *s)
{
    for (size_t i = 0; i < INDEX_SCRATCH_SLOTS; i++) {
        struct query_scratch *none = NULL;
        if (atomic_compare_exchange_strong(&ix->scratch[i], &none, s)) {
            return;
        }
    }
    query_scratch_free(s);
}

static void run_once(struct query_run *r)
{
    r->stage = 0;
    r->visited_max = r->o->work_limit;
    docs_prepare(r);
    for (size_t i = 0; i < r->q.n_filters; i++) {
        r->series_filters = r->series_filters || filter_is_series(&r->q.filters[i]);
    }
    if (r->q.n_terms) {
        search_words(r);
    } else {
        list_all(r);
    }
    if (r->scratch->grams.damaged) {
        r->scratch->grams.damaged = false;
        r->failed = error_set(r->err, ERR_CATALOG_DAMAGED,
                              "a posting list of the search index is damaged: rebuild it");
    }
}

/* Whether anything has the word, typos included. */
static bool found_alone(const struct query_run *r, size_t term)
{
    struct query_run one = *r;
    one.q.terms[0] = one.q.together = r->q.terms[term];
    one.q.n_terms = 1;
    one.top = (struct top){.room = 1};
    run_once(&one);
    top_free(&one.top);
    return one.matched_series + one.matched_datasets > 0;
}

/* The word to do without: one that is nowhere, else the least telling. */
static size_t least_useful(const struct query_run *r)
{
    size_t drop = 0;
    for (size_t t = 0; t < r->q.n_terms; t++) {
        if (!found_alone(r, t)) {
            return t;
        }
        bool less = r->weights[t] < r->weights[drop] ||
                    (r->weights[t] == r->weights[drop] &&
                     r->q.terms[t].text.len <= r->q.terms[drop].text.len);
        drop = less ? t : drop;
    }
    return drop;
}

/* Nothing has all the words: one is dropped, as often as needed. */
static void relax(struct query_run *r, struct search_result *out)
{
    while (r->q.n_terms > 1 && !r->stopped && !r->o->exact && r->failed == OK &&
           r->matched_series + r->matched_datasets == 0) {
        size_t drop = least_useful(r);
        out->dropped[out->n_dropped++] =
            arena_strndup(r->a, r->q.terms[drop].text.data, r->q.terms[drop].text.len);
        query_drop(&r->q, drop, true, r->a);
        run_once(r);
    }
}

/* Four numbers joined by '-'; the last two have 32 bits. */
static bool read_cursor(const char *text, uint64_t field[4])
{
    for (int i = 0; i < 4; i++) {
        if (!hex_take(&text, &field[i]) || *text != (i < 3 ? '-' : '\0')) {
            return false;
        }
        text += i < 3;
    }
    return field[2] <= UINT32_MAX && field[3] <= UINT32_MAX;
}

static enum error_code set_paging(struct query_run *r, struct error *err)
{
    const struct search_options *o = r->o;
    uint64_t field[4]; /* sequence, score, rank, series */
    size_t limit = o->limit ? o->limit : DEFAULT_LIMIT;
    r->top.room = limit > SIZE_MAX - o->offset ? SIZE_MAX : limit + o->offset;
    r->top.per_dataset = o->per_dataset;
    if (!o->cursor) {
        return OK;
    }
    if (o->offset || o->per_dataset) {
        return error_set(err, ERR_USAGE,
                         "a cursor goes with neither offset nor a bound per dataset");
    }
    if (!read_cursor(o->cursor, field)) {
        return error_set(err, ERR_USAGE, "\"%s\" is no cursor of a search", o->cursor);
    }
    if (field[0] != r->ix->manifest.sequence) {
        return error_set(err, ERR_USAGE,
                         "the index has changed since the cursor was given: search again");
    }
    r->top.after = (struct top_item){field[1], field[1], (uint32_t)field[2], (uint32_t)field[3]};
    r->top.has_after = true;
    return OK;
}

static void prepare_result(const struct search_index *ix, struct query_run *r,
                           struct search_result *out)
{
    out->total_datasets = ix->n_live;
    out->total_series = ix->n_series;
    out->dropped = arena_array(&out->arena, SEARCH_TERMS_MAX, sizeof *out->dropped);
    if (r->o->facets) {
        r->series_by_rank = arena_array(&out->arena, (size_t)ix->n_live + 1, sizeof(uint32_t));
        r->dataset_by_rank = arena_array(&out->arena, (size_t)ix->n_live + 1, 1);
    }
}

enum error_code search_run(const struct search_index *ix, struct str text,
                           const struct search_options *options, struct search_result *out,
                           struct error *err)
{
    static const struct search_options none = {0};
    /* The pool of scratch memory is the one part of an index that queries write, by atomic
     * exchange. */
    struct search_index *pool = (struct search_index *)(uintptr_t)ix;
    struct query_run r = {.ix = ix, .o = options ? options : &none, .a = &out->arena, .err = err};
    *out = (struct search_result){0};
    arena_init(&out->arena);
    if (r.o->line) {
        r.ticket = atomic_fetch_add(&r.o->line->latest, 1) + 1;
    }
    enum error_code rc = query_parse(text, !r.o->exact, r.a, &r.q, err);
    rc = rc == OK ? set_paging(&r, err) : rc;
    if (rc != OK) {
        return rc;
    }
    r.n_asked = r.q.n_terms;
    r.scratch = scratch_take(pool);
    prepare_result(ix, &r, out);
    run_once(&r);
    relax(&r, out);
    if (r.failed == OK) {
        top_sort(&r.top);
        result_fill(&r, out);
    }
    top_free(&r.top);
    scratch_give(pool, r.scratch);
    return r.failed;
}

void search_result_free(struct search_result *r)
{
    arena_reset(&r->arena);
    *r = (struct search_result){0};
}
