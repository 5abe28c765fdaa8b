/* search_blocks.c - look into the blocks that the filters left, the promising ones first, and stop
 * when nothing can get better. */
#include <string.h>

#include "search/bits.h"
#include "search/bounds.h"
#include "search/find.h"
#include "search/query.h"

#define UTF8_MAX 4 /* bytes of a character */

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

bool query_wants(const struct query_run *r, const struct verdict *v, match_mask wanted)
{
    if (wanted) {
        return v->together && v->parts.typos == 0 && wanted >> v->together & 1;
    }
    bool typos = r->stage < 2 ? v->parts.typos == (unsigned)r->stage : v->parts.typos >= 2;
    return typos && (v->together == SEARCH_MATCH_NONE) == r->apart;
}

/* ---- one block ---- */

struct block {
    struct query_run *r;
    struct segment_view *v;
    const struct block_record *b;
    const char *text;
    size_t len;
    match_mask wanted;
};

static bool excluded(const struct query_run *r, struct str text)
{
    for (size_t i = 0; i < r->q.n_excluded; i++) {
        struct found f;
        if (match_exact(&r->q.excluded[i], text, &f) && f.match >= SEARCH_MATCH_EDGE) {
            return true;
        }
    }
    return false;
}

/* Whether the text may have the words in the order they were typed in. */
static bool may_be_in_order(const struct query *q, struct str text)
{
    size_t at = 0;
    for (size_t i = 0; i < q->n_terms && at < text.len; i++) {
        at = find_bytes(text.data, text.len, at, q->terms[i].text.data, q->terms[i].text.len);
    }
    return at < text.len;
}

static void take(const struct block *b, struct str text, uint32_t nth)
{
    struct verdict verdict;
    if (nth >= b->b->n_ids) {
        return; /* a damaged block has more texts than ids */
    }
    if (b->r->in_order && !may_be_in_order(&b->r->q, text)) {
        return;
    }
    bool found = b->wanted ? evaluate_together(b->r, &b->r->q.together, text, &verdict)
                           : evaluate_series(b->r, b->v, b->b->dataset, text, &verdict);
    if (found && query_wants(b->r, &verdict, b->wanted) && !excluded(b->r, text)) {
        take_series(b->r, b->v, b->b->dataset, b->b->first + nth, &verdict);
    }
}

/* What may follow the word in a pass for one place; the byte behind it is known before the text is
 * told apart from its neighbours. */
enum behind { BEHIND_ANY, BEHIND_BLANK, BEHIND_END, BEHIND_WORD_END, BEHIND_MORE };

static enum behind behind_of(match_mask wanted)
{
    switch (wanted) {
    case 1u << SEARCH_MATCH_WHOLE:
        return BEHIND_END;
    case 1u << SEARCH_MATCH_PREFIX_WORD:
        return BEHIND_BLANK;
    case 1u << SEARCH_MATCH_WORD:
        return BEHIND_WORD_END;
    case 1u << SEARCH_MATCH_PREFIX:
    case 1u << SEARCH_MATCH_WORD_START:
        return BEHIND_MORE;
    default:
        return BEHIND_ANY;
    }
}

static bool goes_behind(const struct block *b, size_t at, enum behind behind)
{
    char c = at < b->len ? b->text[at] : 0;
    switch (behind) {
    case BEHIND_BLANK:
        return c == ' ';
    case BEHIND_END:
        return c == 0;
    case BEHIND_WORD_END:
        return c == ' ' || c == 0;
    case BEHIND_MORE:
        return c != ' ' && c != 0;
    default:
        return true;
    }
}

/* Every text that has the needle, whose first `skip` bytes stand before the word itself, followed
 * by what is wanted behind it. */
static void take_containing(const struct block *b, struct str needle, size_t skip,
                            enum behind behind)
{
    size_t begin = 0, nth = 0, from = 0;
    for (;;) {
        size_t at = find_bytes(b->text, b->len, from, needle.data, needle.len) + skip;
        if (at >= b->len) {
            return;
        }
        if (!goes_behind(b, at - skip + needle.len, behind)) {
            from = at - skip + 1;
            continue;
        }
        nth += find_count_nul(b->text, begin, at);
        const char *start = memrchr(b->text + begin, 0, at - begin);
        begin = start ? (size_t)(start - b->text) + 1 : begin;
        const char *stop = memchr(b->text + at, 0, b->len - at);
        size_t end = stop ? (size_t)(stop - b->text) : b->len;
        take(b, str_n(b->text + begin, end - begin), (uint32_t)nth);
        if (end + 1 >= b->len) {
            return;
        }
        /* The NUL behind this text may be the byte before the next word. */
        from = end + 1 - skip;
        begin = end + 1;
        nth++;
    }
}

/* In a pass for one place the bytes around the word are known: a block has the grams of the word
 * and of the place more often than both together, and this tells at once. */
static void take_placed(const struct block *b, struct str word, match_mask wanted)
{
    const match_mask begins =
        1u << SEARCH_MATCH_WHOLE | 1u << SEARCH_MATCH_PREFIX | 1u << SEARCH_MATCH_PREFIX_WORD;
    const match_mask words = 1u << SEARCH_MATCH_WORD | 1u << SEARCH_MATCH_WORD_START;
    char needle[SEARCH_QUERY_MAX + 3] = "";
    enum behind behind = behind_of(wanted);
    size_t len = word.len + 1;
    if ((wanted & ~begins && wanted & ~words) || word.len > SEARCH_QUERY_MAX) {
        take_containing(b, word, 0, behind);
        return;
    }
    needle[0] = wanted & words ? ' ' : 0;
    memcpy(needle + 1, word.data, word.len);
    if (behind == BEHIND_BLANK) {
        needle[len++] = ' ';
    }
    if (wanted & begins && b->len > word.len && memcmp(b->text, word.data, word.len) == 0) {
        const char *stop = memchr(b->text, 0, b->len);
        take(b, str_n(b->text, stop ? (size_t)(stop - b->text) : b->len), 0);
    }
    take_containing(b, str_n(needle, len), 1, behind == BEHIND_BLANK ? BEHIND_ANY : behind);
}

static void take_all(const struct block *b)
{
    uint32_t nth = 0;
    for (size_t at = 0; at < b->len; nth++) {
        const char *stop = memchr(b->text + at, 0, b->len - at);
        size_t end = stop ? (size_t)(stop - b->text) : b->len;
        take(b, str_n(b->text + at, end - at), nth);
        at = end + 1;
    }
}

/* ---- typos: which texts of a block are worth the automaton ---- */

/* The rarest of the words that the document lacks; -1: any word may be the one in the id. */
static int needed_term(const struct block *b)
{
    const struct query *q = &b->r->q;
    const struct doc_match *docs = &b->v->docs[(size_t)b->b->dataset * q->n_terms];
    for (size_t i = 0; i < q->n_terms; i++) {
        size_t t = b->v->rarest[i];
        if (!docs[t].rank) {
            return (int)t;
        }
    }
    return -1;
}

/* With one typo in all, of any two words that the document lacks one is as it is: the two that the
 * fewest blocks have. Returns how many have them; UINT64_MAX: there are no two. */
static uint64_t two_words(const struct block *b, struct pieces *out)
{
    const struct query *q = &b->r->q;
    const struct doc_match *docs = &b->v->docs[(size_t)b->b->dataset * q->n_terms];
    uint64_t blocks[2] = {0};
    out->n = 0;
    for (size_t t = 0; b->r->stage == 1 && t < q->n_terms; t++) {
        uint64_t n = b->v->word_blocks[t];
        if (docs[t].rank || (out->n == 2 && n >= blocks[1])) {
            continue;
        }
        size_t at = out->n > 0 && n >= blocks[0];
        if (at == 0) {
            out->part[1] = out->part[0];
            blocks[1] = blocks[0];
        }
        out->part[at] = q->terms[t].text;
        blocks[at] = n;
        out->n += out->n < 2;
    }
    return out->n == 2 ? blocks[0] + blocks[1] : UINT64_MAX;
}

/* What a text must have one of: pieces of all words together, or (apart) of what the document
 * lacks. False: nothing that would tell. */
static bool needed_pieces(const struct block *b, struct pieces *out)
{
    if (!b->r->apart) {
        *out = b->v->together_needle;
        return out->n;
    }
    int t = needed_term(b);
    uint64_t one = t < 0 ? UINT64_MAX : b->v->needle_blocks[t];
    if (two_words(b, out) >= one) {
        out->n = 0;
        if (t >= 0) {
            *out = b->v->needles[t];
        }
    }
    return out->n;
}

/* The first of the pieces at or behind `from`, all of which have been found up to `next`. */
static size_t next_piece(const struct block *b, const struct pieces *p, size_t from, size_t *next)
{
    size_t best = b->len;
    for (size_t i = 0; i < p->n; i++) {
        if (next[i] < from) {
            next[i] = find_bytes(b->text, b->len, from, p->part[i].data, p->part[i].len);
        }
        best = next[i] < best ? next[i] : best;
    }
    return best;
}

/* Pieces are looked for in the whole block at once: most blocks that the filter lets through have
 * none, and texts are told apart only where there is one. */
static void take_fuzzy(const struct block *b)
{
    struct pieces pieces;
    size_t next[MATCH_PIECES_MAX], begin = 0, nth = 0;
    if (!needed_pieces(b, &pieces)) {
        take_all(b);
        return;
    }
    for (size_t i = 0; i < pieces.n; i++) {
        next[i] = find_bytes(b->text, b->len, 0, pieces.part[i].data, pieces.part[i].len);
    }
    for (size_t from = 0; from < b->len;) {
        size_t at = next_piece(b, &pieces, from, next);
        if (at >= b->len) {
            return;
        }
        nth += find_count_nul(b->text, begin, at);
        const char *start = memrchr(b->text + begin, 0, at - begin);
        begin = start ? (size_t)(start - b->text) + 1 : begin;
        const char *stop = memchr(b->text + at, 0, b->len - at);
        size_t end = stop ? (size_t)(stop - b->text) : b->len;
        take(b, str_n(b->text + begin, end - begin), (uint32_t)nth);
        from = begin = end + 1;
        nth++;
    }
}

/* The needle of a pass without typos: all words together, or (apart) the rarest one that the
 * document lacks. */
static bool exact_needle(const struct block *b, struct str *out)
{
    const struct query *q = &b->r->q;
    int t = b->wanted ? -1 : needed_term(b);
    *out = t < 0 ? q->together.text : q->terms[t].text;
    return b->wanted || t >= 0;
}

/* Whether the block has the words together at all. Where not, no later pass looks into it. */
static bool has_words(const struct block *b)
{
    struct str t = b->r->q.together.text;
    if (find_bytes(b->text, b->len, 0, t.data, t.len) < b->len) {
        return true;
    }
    if (b->v->has_base[0]) {
        bitmap_clear(b->v->base[0], (size_t)(b->b - b->v->s->blocks));
    }
    return false;
}

static void search_block(struct query_run *r, struct segment_view *v, const struct block_record *b,
                         match_mask wanted)
{
    struct query_scratch *s = r->scratch;
    struct str needle;
    struct block block = {.r = r, .v = v, .b = b, .wanted = wanted};
    size_t need = (size_t)b->text_len + 2 * FIND_PADDING;
    if (s->block_cap < need) {
        mem_free(s->block);
        s->block = mem_alloc(need);
        s->block_cap = need;
    }
    block.text = segment_block_folded(v->s, b, s->block, &block.len);
    if (r->o->brute_force) {
        take_all(&block);
    } else if (r->stage > 0) {
        take_fuzzy(&block);
    } else if (wanted && !has_words(&block)) {
        return;
    } else if (exact_needle(&block, &needle)) {
        take_placed(&block, needle, wanted ? wanted : ~0u);
    } else {
        take_all(&block);
    }
}

/* ---- the order ---- */

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

/* The blocks of one level. Where the datasets stand by size, all behind one that is refused are no
 * better. */
static void search_level(struct query_run *r, struct segment_view *v, const uint64_t *map,
                         match_mask wanted)
{
    size_t units = v->s->n_blocks, first = bitmap_next(map, units, 0);
    size_t next = bitmap_next(map, units, first + 1), after;
    for (size_t i = first; i < units; i = next, next = after) {
        after = bitmap_next(map, units, next + 1);
        segment_fetch_text(v->s, next);
        segment_fetch_record(v->s, after);
        const struct block_record *b = block_at(r, v->s, (uint32_t)i);
        if (!b) {
            return;
        }
        enum verdict_on_block say = weigh(r, v, b, wanted);
        if (say == BLOCK_REFUSED) {
            r->at_least = true;
            if (v->by_size) {
                return;
            }
        } else if (say == BLOCK_LOOK) {
            if (!query_tick(r)) {
                return;
            }
            search_block(r, v, b, wanted);
        }
        if (r->stopped) {
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
        struct top_item any = {.key = bounds_score(r, &bounds, i, PRIOR_MAX)};
        if (!query_looks_free(r) && top_refuses(&r->top, &best)) {
            r->at_least = true;
            if (v->by_size || top_refuses(&r->top, &any)) {
                return;
            }
        } else if (query_tick(r)) {
            best.key &= ~SCORE_IN_ORDER;
            r->in_order = r->stage == 0 && !query_looks_free(r) && top_refuses(&r->top, &best);
            r->at_least = r->at_least || r->in_order;
            search_block(r, v, b, 0);
            r->in_order = false;
        }
    }
}

void search_blocks(struct query_run *r, struct segment_view *v, const uint64_t *map,
                   match_mask wanted)
{
    if (!wanted && r->apart && !query_counts_all(r) &&
        bitmap_count(map, bitmap_words(v->s->n_blocks)) > QUERY_FREE_BLOCKS) {
        search_bounded(r, v, map);
        return;
    }
    struct level levels[SCORE_COVERAGE_MAX + 1];
    size_t n = levels_of(r, wanted, levels), words = bitmap_words(v->s->n_blocks);
    uint64_t *level_map = query_map(r, MAP_LEVEL, v->s->n_blocks);
    if (bitmap_next(map, v->s->n_blocks, 0) == v->s->n_blocks) {
        return;
    }
    for (size_t i = 0; i < n && !r->stopped; i++) {
        struct top_item best = {.key = query_best_score(r, wanted, levels[i].low, PRIOR_MAX)};
        if (!query_looks_free(r) && top_refuses(&r->top, &best)) {
            r->at_least = true;
            return;
        }
        find_lengths(v->s->shortest, v->s->n_blocks, levels[i].low, levels[i].high, level_map);
        bitmap_and(level_map, map, words);
        search_level(r, v, level_map, wanted);
    }
}
