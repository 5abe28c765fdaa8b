/* search_blocks.c - look into the blocks that the filters left, the promising ones first, and stop
 * when nothing can get better. */
#include <string.h>

#include "search/bits.h"
#include "search/bounds.h"
#include "search/find.h"
#include "search/query.h"

#define UTF8_MAX 4 /* bytes of a character */
/* Where a filter left fewer than one block in so many, a list of them costs less than maps of all.
 */
#define SPARSE       16
#define FIRST_BLOCKS 8
/* The records of so many blocks are asked of the memory at once, and the texts of so many ahead.
 */
#define BATCH       16
#define TEXTS_AHEAD 4

uint64_t query_best_score(const struct query_run *r, match_mask wanted, size_t shortest,
                          unsigned prior)
{
    struct score_parts p = {.words = (unsigned)r->q.n_terms,
                            .typos = (unsigned)r->stage,
                            .in_order = 1,
                            .prior = prior,
                            .coverage = SCORE_COVERAGE_MAX};
    if (wanted) {
        enum search_match m = (enum search_match)(31 - __builtin_clz(wanted));
        p.together = score_rank(SEARCH_FIELD_SERIES, m);
        p.quality = p.together * SCORE_QUALITY_PER_RANK;
        p.coverage = score_series_coverage(m, r->q.together.text.len, shortest);
    } else if (r->apart) {
        p.quality = 255;
        p.dataset = 1; /* datasets with the words apart come in this pass too */
    } else {
        /* The words are the whole of a text that is hardly longer only. */
        size_t whole = r->q.together.text.len + (size_t)r->stage * UTF8_MAX;
        p.together = score_rank(SEARCH_FIELD_SERIES,
                                shortest <= whole ? SEARCH_MATCH_WHOLE : SEARCH_MATCH_PREFIX);
        p.quality = p.together * SCORE_QUALITY_PER_RANK;
        p.coverage = score_coverage(r->q.together.text.len, shortest);
    }
    return score_pack(&p);
}

struct top_item query_best_of(const struct query_run *r, const struct segment_view *v,
                              match_mask wanted, size_t shortest)
{
    return (struct top_item){
        .key = query_best_score(r, wanted, shortest, v->order.best_prior),
        .rank = v->order.best_rank,
    };
}

bool query_wants(const struct query_run *r, const struct verdict *v, match_mask wanted)
{
    if (wanted) {
        return v->together && v->parts.typos == 0 && wanted >> v->together & 1;
    }
    bool typos = r->stage < 2 ? v->parts.typos == (unsigned)r->stage : v->parts.typos >= 2;
    return typos && (v->together == SEARCH_MATCH_NONE) == r->apart;
}

static const struct block_record *block_at(struct query_run *r, const struct segment *s, uint32_t i)
{
    const struct block_record *b = segment_block(s, i);
    if (!b) {
        r->failed = error_set(r->err, ERR_CATALOG_DAMAGED,
                              "block %u of the search index is damaged: rebuild it", i);
        r->stopped = true;
    }
    return b;
}

/* Coverage is what the scores of a pass can differ in most before a block is looked at, and a block
 * cannot have more than its shortest id gives: the blocks of the best coverage come first. */
struct level {
    unsigned coverage;
    uint8_t low, high; /* lengths of the shortest id */
};

/* The levels of a pass, best first. Returns how many. */
static size_t levels_of(const struct query_run *r, match_mask wanted,
                        struct level out[SCORE_COVERAGE_MAX + 1])
{
    size_t n = 0, words = r->q.together.text.len;
    enum search_match m =
        wanted ? (enum search_match)(31 - __builtin_clz(wanted)) : SEARCH_MATCH_WHOLE;
    if (!wanted && r->apart) {
        out[0] = (struct level){SCORE_COVERAGE_MAX, 0, UINT8_MAX};
        return 1;
    }
    /* A block of longer ids only has no id that is the words and nothing else: of two digits, grams
     * alone say so of hardly any block. */
    if (wanted == 1u << SEARCH_MATCH_WHOLE) {
        out[0] = (struct level){SCORE_COVERAGE_MAX, 0, (uint8_t)(words < 255 ? words : 255)};
        return 1;
    }
    for (size_t len = 1; len <= UINT8_MAX; len++) {
        unsigned c = score_series_coverage(m, words, len);
        if (n == 0 || c < out[n - 1].coverage) {
            out[n++] = (struct level){c, (uint8_t)len, (uint8_t)len};
        }
        out[n - 1].high = (uint8_t)len;
    }
    out[0].low = 0;
    return n;
}

enum verdict_on_block { BLOCK_LOOK, BLOCK_REFUSED, BLOCK_SKIPPED };

/* Whether the block could bring a hit that is wanted still. */
static enum verdict_on_block weigh(struct query_run *r, const struct segment_view *v,
                                   const struct block_record *b, match_mask wanted)
{
    if (!query_allows(v, b->dataset)) {
        return BLOCK_SKIPPED;
    }
    if (query_looks_free(r) || !top_full(&r->top)) {
        return BLOCK_LOOK;
    }
    struct top_item best = {
        .key = query_best_score(r, wanted, b->shortest, segment_prior(v->s, b->dataset)),
        .rank = v->ranks[b->dataset],
        .series = b->first,
    };
    return top_refuses(&r->top, &best) ? BLOCK_REFUSED : BLOCK_LOOK;
}

/* Looks into the block where it could bring something. False: nothing behind it in its level can.
 */
static bool visit(struct query_run *r, struct segment_view *v, uint32_t i, match_mask wanted)
{
    const struct block_record *b = block_at(r, v->s, i);
    if (!b) {
        return false;
    }
    enum verdict_on_block say = weigh(r, v, b, wanted);
    if (say == BLOCK_REFUSED) {
        r->at_least = true;
        /* Where the datasets stand by size, all behind one that is refused are no better. */
        return !v->order.by_size;
    }
    if (say == BLOCK_LOOK) {
        if (!query_tick(r)) {
            return false;
        }
        look_into_block(r, v, b, wanted);
    }
    return !r->stopped;
}

/* The text of the block is about to be looked at, or only those groups of it that have short ids.
 */
static void fetch_ahead(const struct query_run *r, const struct segment_view *v, size_t i,
                        match_mask wanted)
{
    const struct length_bound *b = &r->bound;
    if (wanted && b->too_long && b->wanted == wanted && b->stage == r->stage) {
        segment_fetch_groups(v->s, i, b->too_long);
    } else {
        segment_fetch_text(v->s, i);
    }
}

/* Blocks to look into, in this order. */
struct batch {
    uint32_t block[BATCH];
    size_t n;
};

/* Looks into the blocks of a batch. False: nothing behind them can be better. */
static bool search_batch(struct query_run *r, struct segment_view *v, const struct batch *b,
                         match_mask wanted)
{
    for (size_t i = 0; i < TEXTS_AHEAD && i < b->n; i++) {
        fetch_ahead(r, v, b->block[i], wanted);
    }
    for (size_t i = 0; i < b->n; i++) {
        if (i + TEXTS_AHEAD < b->n) {
            fetch_ahead(r, v, b->block[i + TEXTS_AHEAD], wanted);
        }
        if (!visit(r, v, b->block[i], wanted)) {
            return false;
        }
    }
    return true;
}

/* The next blocks of `map` from `*at` on. */
static void take_batch(const struct segment *s, const uint64_t *map, size_t *at, struct batch *out)
{
    for (out->n = 0; out->n < BATCH; out->n++) {
        *at = bitmap_next(map, s->n_blocks, *at);
        if (*at >= s->n_blocks) {
            return;
        }
        segment_fetch_record(s, *at);
        out->block[out->n] = (uint32_t)(*at)++;
    }
}

static void search_level(struct query_run *r, struct segment_view *v, const uint64_t *map,
                         size_t from, match_mask wanted)
{
    struct batch batches[2];
    size_t at = from;
    take_batch(v->s, map, &at, &batches[0]);
    for (int now = 0; batches[now].n; now = !now) {
        take_batch(v->s, map, &at, &batches[!now]); /* their records come meanwhile */
        if (!search_batch(r, v, &batches[now], wanted)) {
            return;
        }
    }
}

/* The same of a list. */
static size_t list_batch(const struct segment *s, const uint32_t *blocks, size_t n,
                         struct batch *out)
{
    out->n = n < BATCH ? n : BATCH;
    for (size_t i = 0; i < out->n; i++) {
        segment_fetch_record(s, blocks[i]);
        out->block[i] = blocks[i];
    }
    return out->n;
}

static void search_listed(struct query_run *r, struct segment_view *v, const uint32_t *blocks,
                          size_t n, match_mask wanted)
{
    struct batch batches[2];
    size_t at = list_batch(v->s, blocks, n, &batches[0]);
    for (int now = 0; batches[now].n; now = !now) {
        at += list_batch(v->s, blocks + at, n - at, &batches[!now]);
        if (!search_batch(r, v, &batches[now], wanted)) {
            return;
        }
    }
}

/* Where the words stand apart: blocks in the order of the best that they could bring, until that is
 * no better than what there is. */
static void search_bounded(struct query_run *r, struct segment_view *v, const uint64_t *map)
{
    struct bounds bounds = bounds_order(r, v, map);
    const struct bounded *list = bounds.blocks;
    for (size_t i = 0; i < bounds.n && !r->stopped; i++) {
        segment_fetch_text(v->s, i + 1 < bounds.n ? list[i + 1].block : SIZE_MAX);
        segment_fetch_record(v->s, i + 2 < bounds.n ? list[i + 2].block : SIZE_MAX);
        const struct block_record *b = block_at(r, v->s, list[i].block);
        if (!b || !query_allows(v, b->dataset)) {
            continue;
        }
        struct top_item best = {
            .key = bounds_score(r, &bounds, i, segment_prior(v->s, b->dataset)),
            .rank = v->ranks[b->dataset],
            .series = b->first,
        };
        struct top_item any = {.key = bounds_score(r, &bounds, i, v->order.best_prior)};
        if (!query_looks_free(r) && top_refuses(&r->top, &best)) {
            r->at_least = true;
            if (v->order.by_size || top_refuses(&r->top, &any)) {
                return;
            }
        } else if (query_tick(r)) {
            best.key &= ~SCORE_IN_ORDER;
            r->in_order = r->stage == 0 && !query_looks_free(r) && top_refuses(&r->top, &best);
            r->at_least = r->at_least || r->in_order;
            look_into_block(r, v, b, 0);
            r->in_order = false;
        }
    }
}

/* Whether nothing of a level can enter, nor of those behind it. */
static bool level_is_refused(struct query_run *r, const struct segment_view *v,
                             const struct level *l, match_mask wanted)
{
    struct top_item best = query_best_of(r, v, wanted, l->low ? l->low : 1);
    if (query_looks_free(r) || !top_refuses(&r->top, &best)) {
        return false;
    }
    r->at_least = true;
    return true;
}

/* The blocks of a pass that are not looked into yet: those of `map` at or behind `from`. */
struct rest {
    const uint64_t *map;
    size_t from, count;
};

/* Many blocks: a map of each level is made when it is come to. */
static void search_dense(struct query_run *r, struct segment_view *v, const struct rest *rest,
                         match_mask wanted, const struct level *levels, size_t n)
{
    size_t units = v->s->n_blocks;
    uint64_t *level_map = query_map(r, MAP_LEVEL, units);
    for (size_t i = 0; i < n && !r->stopped && !level_is_refused(r, v, &levels[i], wanted); i++) {
        find_lengths(v->s->shortest, units, levels[i].low, levels[i].high, level_map);
        bitmap_and(level_map, rest->map, bitmap_words(units));
        search_level(r, v, level_map, rest->from, wanted);
    }
}

/* Few blocks: they are sorted by level once, by counting; equal ones stay in their order. */
static void search_sparse(struct query_run *r, struct segment_view *v, const struct rest *rest,
                          match_mask wanted, const struct level *levels, size_t n)
{
    size_t units = v->s->n_blocks, starts[SCORE_COVERAGE_MAX + 3] = {0}, count = 0;
    uint8_t level_of[UINT8_MAX + 1];
    uint32_t *blocks = query_list(r, 2 * rest->count), *sorted = blocks + rest->count;
    memset(level_of, (int)n, sizeof level_of); /* in no level: not wanted */
    for (size_t l = 0; l < n; l++) {
        memset(level_of + levels[l].low, (int)l, (size_t)levels[l].high - levels[l].low + 1);
    }
    for (size_t i = bitmap_next(rest->map, units, rest->from); i < units;
         i = bitmap_next(rest->map, units, i + 1)) {
        blocks[count++] = (uint32_t)i;
        starts[level_of[v->s->shortest[i]] + 1]++;
    }
    for (size_t l = 1; l <= n; l++) {
        starts[l] += starts[l - 1];
    }
    for (size_t i = 0; i < count; i++) {
        sorted[starts[level_of[v->s->shortest[blocks[i]]]]++] = blocks[i];
    }
    for (size_t l = 0; l < n && !r->stopped && !level_is_refused(r, v, &levels[l], wanted); l++) {
        size_t first = l ? starts[l - 1] : 0;
        search_listed(r, v, sorted + first, starts[l] - first, wanted);
    }
}

/* The first few of many blocks, whatever their level: they are of the largest datasets, and with a
 * full page the search of the better levels, which often hold nothing, is one for short ids. */
static void look_first(struct query_run *r, struct segment_view *v, struct rest *rest,
                       match_mask wanted)
{
    size_t units = v->s->n_blocks;
    for (int n = 0; n < FIRST_BLOCKS && !r->stopped; n++) {
        size_t i = bitmap_next(rest->map, units, rest->from);
        if (i >= units) {
            return;
        }
        (void)visit(r, v, (uint32_t)i, wanted);
        rest->from = i + 1;
        rest->count--;
    }
}

/* Leaves out the levels at the end that are refused already, and their blocks. Returns how many are
 * left. */
static size_t drop_levels(struct query_run *r, struct segment_view *v, struct rest *rest,
                          match_mask wanted, const struct level *levels, size_t n)
{
    size_t units = v->s->n_blocks, left = n;
    while (left && level_is_refused(r, v, &levels[left - 1], wanted)) {
        left--;
    }
    if (left && left < n) {
        uint64_t *map = query_map(r, MAP_NONE, units);
        find_lengths(v->s->shortest, units, 0, levels[left - 1].high, map);
        bitmap_and(map, rest->map, bitmap_words(units));
        rest->map = map;
        rest->count = bitmap_count(map, bitmap_words(units));
    }
    return left;
}

void search_blocks(struct query_run *r, struct segment_view *v, const uint64_t *map,
                   match_mask wanted)
{
    size_t units = v->s->n_blocks;
    struct rest rest = {map, 0, bitmap_count(map, bitmap_words(units))};
    struct level levels[SCORE_COVERAGE_MAX + 1];
    if (!wanted && r->apart && !query_counts_all(r) && rest.count > QUERY_FREE_BLOCKS) {
        search_bounded(r, v, map);
        return;
    }
    if (rest.count == 0) {
        return;
    }
    size_t n = levels_of(r, wanted, levels);
    if (n > 1 && rest.count > (size_t)2 * FIRST_BLOCKS && v->order.by_size) {
        look_first(r, v, &rest, wanted);
        n = drop_levels(r, v, &rest, wanted, levels, n);
    }
    if (rest.count <= units / SPARSE + QUERY_FREE_BLOCKS) {
        search_sparse(r, v, &rest, wanted, levels, n);
    } else {
        search_dense(r, v, &rest, wanted, levels, n);
    }
}
