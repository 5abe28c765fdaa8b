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

/* Where no more units than this can hold the words together, they are all looked at: passes would
 * cost more than they save. */
#define FEW_UNITS       32
#define TICKS_PER_CLOCK 64 /* units between two looks at the clock and the cancel flag */
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

uint32_t *query_list(struct query_run *r, size_t n)
{
    struct query_scratch *s = r->scratch;
    if (s->list_cap < n) {
        mem_free(s->list);
        s->list = mem_alloc(n * sizeof *s->list);
        s->list_cap = n;
    }
    return s->list;
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

/* ---- passes ---- */

/* Whether the segment could bring a hit that is wanted still. */
static bool could_enter(const struct query_run *r, const struct segment_view *v, match_mask wanted)
{
    struct top_item best = query_best_of(r, v, wanted, r->q.together.text.len);
    return query_looks_free(r) || !top_refuses(&r->top, &best);
}

#define REST_PLACES (MASK(WORD) | MASK(WORD_START) | MASK(EDGE) | MASK(INSIDE))

enum pass_units { PASS_RUNS = 1, PASS_BLOCKS = 2, PASS_BOTH = 3 };

static void pass(struct query_run *r, match_mask wanted, bool apart, unsigned units)
{
    r->apart = apart;
    for (uint32_t i = 0; i < r->ix->n_segments && !r->stopped; i++) {
        struct segment_view *v = &r->views[i];
        if (!could_enter(r, v, wanted)) {
            r->at_least = true;
            continue;
        }
        if (!wanted) {
            pass_needles(r, v);
        }
        if (v->s->n_runs && units & PASS_RUNS) {
            const uint64_t *map =
                wanted ? pass_together(r, v, true, wanted) : pass_loose(r, v, true);
            search_runs(r, v, map, wanted);
        }
        if (v->s->n_blocks && units & PASS_BLOCKS && !r->stopped) {
            const uint64_t *map =
                wanted ? pass_together(r, v, false, wanted) : pass_loose(r, v, false);
            r->edges = wanted == REST_PLACES ? pass_edges(r, v) : NULL;
            search_blocks(r, v, map, wanted);
            r->edges = NULL;
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
    for (uint32_t i = 0; i < r->ix->n_segments; i++) {
        if (could_enter(r, &r->views[i], wanted)) {
            return true;
        }
    }
    r->at_least = r->at_least || r->ix->n_segments > 0;
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
            sum += bitmap_count(pass_together(r, v, runs, ALL_MATCHES), bitmap_words(units));
        }
    }
    return sum;
}

/* The places of the words from the best on; the last four as one pass where few units are left. */
static const match_mask all_passes[] = {MASK(WHOLE), MASK(PREFIX_WORD), MASK(PREFIX),
                                        MASK(WORD),  MASK(WORD_START),  MASK(EDGE),
                                        MASK(INSIDE)};
#define N_PASSES   (sizeof all_passes / sizeof *all_passes)
#define REST_PASS  3
#define REST_UNITS 512

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
    mem_free(s->list);
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

/* The oracle takes no short cut. */
static void forget_pieces(struct query_run *r)
{
    r->q.together.pieces.n = 0;
    for (size_t i = 0; i < r->q.n_terms; i++) {
        r->q.terms[i].pieces.n = 0;
    }
}

void query_run_once(struct query_run *r)
{
    if (r->o->brute_force) {
        forget_pieces(r);
    }
    r->stage = 0;
    r->visited_max = r->o->work_limit;
    docs_prepare(r);
    for (size_t i = 0; i < r->q.n_filters; i++) {
        r->series_filters = r->series_filters || filter_is_series(&r->q.filters[i]);
    }
    if (r->q.n_terms) {
        search_words(r);
    } else {
        query_list_all(r);
    }
    if (r->scratch->grams.damaged) {
        r->scratch->grams.damaged = false;
        r->failed = error_set(r->err, ERR_CATALOG_DAMAGED,
                              "a posting list of the search index is damaged: rebuild it");
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
    query_run_once(&r);
    query_relax(&r, out);
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
