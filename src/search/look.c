/* look.c - look into one block: find the texts that are worth it, and evaluate those. */
#include <string.h>

#include "search/bits.h"
#include "search/find.h"
#include "search/fold_bytes.h"
#include "search/query.h"

#define VECTOR ((size_t)32) /* bytes */

/* So few texts are rather looked at than a block is searched for another piece: two, and one for
 * each so many bytes of the block. */
#define FEW_TEXTS 2
#define FEW_BYTES 1024

struct block {
    struct query_run *r;
    struct segment_view *v;
    const struct block_record *b;
    const char *text;
    size_t len;
    bool simple; /* as it is written: each text that is looked at is folded then */
    match_mask wanted;
    size_t too_long; /* texts of so many bytes are not wanted */
};

/* Whether the text may have the words in the order they were typed in. */
static bool may_be_in_order(const struct query *q, struct str text)
{
    size_t at = 0;
    for (size_t i = 0; i < q->n_terms && at < text.len; i++) {
        at = find_bytes(text.data, text.len, at, q->terms[i].text.data, q->terms[i].text.len);
    }
    return at < text.len;
}

/* How far a block was looked through. */
struct position {
    size_t counted, nth; /* behind so many bytes comes the nth text */
};

static struct str folded(const struct block *b, size_t begin, size_t len)
{
    if (!b->simple) {
        return str_n(b->text + begin, len);
    }
    /* Whole vectors: behind the text there is another one, or padding. */
    fold_simple(b->r->scratch->block, b->text + begin, (len + VECTOR - 1) & ~(VECTOR - 1));
    return str_n(b->r->scratch->block, len);
}

#define LENGTH_MAX 4096 /* bytes of a text; longer ones score alike */

/* The least length at which a score is no better than the worst that is kept. */
static size_t least_refused(const struct query_run *r, const struct length_bound *bound)
{
    size_t low = 1, high = LENGTH_MAX;
    while (low < high) {
        size_t len = low + (high - low) / 2;
        uint64_t key = query_best_score(r, bound->wanted, len, bound->prior);
        if (key < bound->worst || (key == bound->worst && bound->ties)) {
            high = len;
        } else {
            low = len + 1;
        }
    }
    return low;
}

/* From how many bytes on no text of the block is wanted, even where it has the words as well as can
 * be; SIZE_MAX: all are. */
static size_t too_long(const struct block *b)
{
    struct query_run *r = b->r;
    if ((!b->wanted && r->apart) || query_looks_free(r) || !top_full(&r->top)) {
        return SIZE_MAX;
    }
    const struct top_item *worst = &r->top.items[0];
    uint32_t rank = b->v->ranks[b->b->dataset];
    struct length_bound bound = {
        .worst = worst->key,
        .wanted = b->wanted,
        .prior = segment_prior(b->v->s, b->b->dataset),
        .stage = r->stage,
        .ties = rank > worst->rank || (rank == worst->rank && b->b->first >= worst->series),
    };
    const struct length_bound *known = &r->bound;
    if (known->too_long && known->worst == bound.worst && known->wanted == bound.wanted &&
        known->prior == bound.prior && known->stage == bound.stage && known->ties == bound.ties) {
        return known->too_long < LENGTH_MAX ? known->too_long : SIZE_MAX;
    }
    bound.too_long = least_refused(r, &bound);
    r->bound = bound;
    return bound.too_long < LENGTH_MAX ? bound.too_long : SIZE_MAX;
}

static void take(const struct block *b, struct str text, size_t nth)
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
    if (found && query_wants(b->r, &verdict, b->wanted) && !query_excludes(b->r, text)) {
        take_series(b->r, b->v, b->b->dataset, b->b->first + (uint32_t)nth, &verdict);
    }
}

/* The text around `at`, which begins at or behind `from`. Returns where the next one begins. */
static size_t take_around(const struct block *b, struct position *p, size_t from, size_t at)
{
    const char *start = memrchr(b->text + from, 0, at - from);
    size_t begin = start ? (size_t)(start - b->text) + 1 : from;
    const char *stop = memchr(b->text + at, 0, b->len - at);
    size_t end = stop ? (size_t)(stop - b->text) : b->len;
    if (end - begin >= b->too_long) {
        b->r->at_least = true;
        return end + 1;
    }
    p->nth += find_count_nul(b->text, p->counted, begin);
    p->counted = begin;
    take(b, folded(b, begin, end - begin), p->nth);
    return end + 1;
}

/* In a pass for one place it is known what stands around the word. A block has the grams of the
 * word and of the place more often than both together. */
static struct around around_of(match_mask wanted)
{
    const match_mask begins = MASK(WHOLE) | MASK(PREFIX) | MASK(PREFIX_WORD);
    const match_mask words = MASK(WORD) | MASK(WORD_START);
    enum beside before = !(wanted & ~begins)  ? BESIDE_EDGE
                         : !(wanted & ~words) ? BESIDE_BLANK
                                              : BESIDE_ANY;
    switch (wanted) {
    case MASK(WHOLE):
        return (struct around){before, BESIDE_EDGE};
    case MASK(PREFIX_WORD):
        return (struct around){before, BESIDE_BLANK};
    case MASK(WORD):
        return (struct around){before, BESIDE_EITHER};
    case MASK(PREFIX):
    case MASK(WORD_START):
        return (struct around){before, BESIDE_MORE};
    default:
        return (struct around){before, BESIDE_ANY};
    }
}

/* Texts side by side, NULs between and behind: where they lie, and the number of the first. */
struct stretch {
    size_t begin, end, nth;
};

/* The texts of a stretch that are short enough, where they have the word. */
static void take_short(const struct block *b, const struct needle *word, struct around around,
                       const struct stretch *s)
{
    uint32_t ends[BLOCK_IDS];
    const char *text = b->text + s->begin;
    size_t n = find_ends(text, s->end - s->begin, ends, BLOCK_IDS);
    for (size_t i = 0, begin = 0, last; i < n; begin = ends[last] + 1, i = last + 1) {
        last = i;
        if (ends[i] - begin >= b->too_long) {
            continue;
        }
        while (last + 1 < n && ends[last + 1] - ends[last] <= b->too_long) {
            last++;
        }
        /* Texts i to last. */
        for (size_t k = i, from = begin; k <= last; from = ends[k++] + 1) {
            size_t at = needle_find(word, text, ends[last], from, around, NULL);
            if (at >= ends[last]) {
                break;
            }
            for (; ends[k] < at; k++) {
                from = ends[k] + 1;
            }
            take(b, folded(b, s->begin + from, ends[k] - from), s->nth + k);
        }
    }
}

/* Where the groups from `first` to before `end` lie; false: the record does not tell. */
static bool stretch_of(const struct block *b, const struct group_record *r, size_t first,
                       size_t end, struct stretch *out)
{
    size_t groups = (b->b->n_ids + GROUP_IDS - 1) / GROUP_IDS;
    *out = (struct stretch){first ? r->at[first] : 0, end < groups ? r->at[end] : b->len,
                            first * GROUP_IDS};
    bool known = out->begin != GROUP_FAR && (end >= groups || out->end != GROUP_FAR);
    return known && out->begin < out->end && out->end <= b->len && b->text[out->end - 1] == 0 &&
           (out->begin == 0 || b->text[out->begin - 1] == 0);
}

/* Every short text that has the word where it is wanted: groups of long ones are left alone. */
static void take_groups(const struct block *b, const struct needle *word, match_mask wanted)
{
    const struct group_record *r = &b->v->s->groups[b->b - b->v->s->blocks];
    size_t groups = (b->b->n_ids + GROUP_IDS - 1) / GROUP_IDS;
    const struct around around = around_of(wanted);
    for (size_t g = 0, end; g < groups; g = end) {
        struct stretch s;
        for (end = g; end < groups && r->shortest[end] < b->too_long; end++) {
        }
        if (end == g) {
            end++;
        } else if (stretch_of(b, r, g, end, &s)) {
            take_short(b, word, around, &s);
        } else {
            take_short(b, word, around, &(struct stretch){0, b->len, 0});
            return;
        }
    }
}

/* Every text that has the word where it is wanted. False: the word is nowhere in the block. */
static bool take_word(const struct block *b, const struct needle *word, match_mask wanted)
{
    const struct around around = around_of(wanted);
    struct position p = {0};
    bool any = false;
    for (size_t from = 0; from < b->len;) {
        size_t at = needle_find(word, b->text, b->len, from, around, &any);
        if (at >= b->len) {
            break;
        }
        from = take_around(b, &p, from, at);
    }
    return any;
}

static void take_all(const struct block *b)
{
    size_t nth = 0;
    for (size_t at = 0; at < b->len; nth++) {
        const char *stop = memchr(b->text + at, 0, b->len - at);
        size_t end = stop ? (size_t)(stop - b->text) : b->len;
        take(b, folded(b, at, end - at), nth);
        at = end + 1;
    }
}

/* ---- which words or pieces to look for: what is rare elsewhere may be in every text here ---- */

/* Some of those that are told apart, with how often each may be in the block; ascending. */
struct choice {
    const struct needle *needles[MATCH_PIECES_MAX];
    size_t counts[MATCH_PIECES_MAX], n, room;
    size_t absent; /* of all that were offered */
};

static void offer(struct choice *c, const struct block *b, const struct needle *needle)
{
    size_t limit = c->n == c->room && c->n ? c->counts[c->n - 1] : SIZE_MAX;
    size_t count = needle_count(needle, b->text, b->len, limit), at;
    c->absent += count == 0;
    if (c->n == c->room && count >= limit) {
        return;
    }
    at = c->n < c->room ? c->n++ : c->n - 1;
    for (; at > 0 && c->counts[at - 1] > count; at--) {
        c->counts[at] = c->counts[at - 1];
        c->needles[at] = c->needles[at - 1];
    }
    c->counts[at] = count;
    c->needles[at] = needle;
}

static size_t few_texts(const struct block *b)
{
    return FEW_TEXTS + b->len / FEW_BYTES;
}

static size_t sum_of(const struct choice *c)
{
    size_t sum = 0;
    for (size_t i = 0; i < c->n; i++) {
        sum += c->counts[i];
    }
    return c->n == c->room ? sum : SIZE_MAX;
}

static void take_needles(struct needles *out, const struct choice *c)
{
    out->n = c->n;
    for (size_t i = 0; i < c->n; i++) {
        out->part[i] = *c->needles[i];
    }
}

/* The words that the document lacks, until too many are nowhere in the block. */
static void offer_words(struct choice *c, const struct block *b)
{
    const struct query *q = &b->r->q;
    const struct doc_match *docs = &b->v->docs[(size_t)b->b->dataset * q->n_terms];
    for (size_t i = 0;
         i < q->n_terms && c->absent <= (size_t)b->r->stage && sum_of(c) > few_texts(b); i++) {
        size_t t = b->v->rarest[i];
        if (!docs[t].rank) {
            offer(c, b, &q->terms[t].needle);
        }
    }
}

static void offer_all(struct choice *c, const struct block *b, const struct needles *from)
{
    for (size_t i = 0; i < from->n; i++) {
        offer(c, b, &from->part[i]);
    }
}

enum needed { NEEDED_ALL, NEEDED_NONE, NEEDED_SOME };

static enum needed better_of(const struct choice *a, const struct choice *b, struct needles *out)
{
    size_t one = sum_of(a), other = sum_of(b);
    if (one == SIZE_MAX && other == SIZE_MAX) {
        return NEEDED_ALL;
    }
    take_needles(out, one <= other ? a : b);
    return NEEDED_SOME;
}

/* All words together with k typos: one of k + 1 pieces, few long ones or any of many short ones,
 * those first that are rarest in the index. Every further search of the block is to save more. */
static enum needed needed_together(const struct block *b, struct needles *out)
{
    const struct needles *pieces = &b->v->together_pieces;
    size_t k = (size_t)b->r->stage, allowed = few_texts(b);
    struct choice few = {.room = b->v->together_needles.n}, any = {.room = k + 1};
    if (b->v->together_needles.n == 0) {
        return NEEDED_ALL;
    }
    if (pieces->n <= k + 1) {
        *out = b->v->together_needles;
        return NEEDED_SOME;
    }
    offer_all(&few, b, &b->v->together_needles);
    for (size_t i = 0; i < pieces->n && sum_of(&any) > allowed && sum_of(&few) > allowed; i++) {
        offer(&any, b, &pieces->part[i]);
        if (any.absent > k) {
            return NEEDED_NONE;
        }
        allowed += few_texts(b) / 2;
    }
    return better_of(&few, &any, out);
}

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

/* Words apart, of which those that the document lacks must be in the id: with one typo in all, of
 * any two one is as it is. With more, a piece of the rarest one. */
static enum needed needed_apart(const struct block *b, struct needles *out)
{
    int stage = b->r->stage, t = needed_term(b);
    if (t < 0) {
        return NEEDED_ALL;
    }
    struct choice words = {.room = (size_t)stage + 1};
    struct choice one = {.room = stage ? b->v->needles[t].n : 0};
    if (stage < 2) {
        offer_words(&words, b);
        if (words.absent > (size_t)stage) {
            return NEEDED_NONE;
        }
    }
    if (stage > 0) {
        offer_all(&one, b, &b->v->needles[t]);
        one.room = one.room ? one.room : 1; /* of none, nothing is known */
    }
    return stage ? better_of(&one, &words, out) : (take_needles(out, &words), NEEDED_SOME);
}

static const struct around anywhere = {BESIDE_ANY, BESIDE_ANY};

/* The first of the pieces at or behind `from`, all of which have been found up to `next`. */
static size_t next_piece(const struct block *b, const struct needles *p, size_t from, size_t *next)
{
    size_t best = b->len;
    for (size_t i = 0; i < p->n; i++) {
        if (next[i] < from) {
            next[i] = needle_find(&p->part[i], b->text, b->len, from, anywhere, NULL);
        }
        best = next[i] < best ? next[i] : best;
    }
    return best;
}

/* Pieces are looked for in the whole block at once: most blocks that the filter lets through have
 * none, and texts are told apart only where there is one. */
static void take_pieces(const struct block *b, const struct needles *pieces)
{
    size_t next[MATCH_PIECES_MAX];
    struct position p = {0};
    for (size_t i = 0; i < pieces->n; i++) {
        next[i] = needle_find(&pieces->part[i], b->text, b->len, 0, anywhere, NULL);
    }
    for (size_t from = 0; from < b->len;) {
        size_t at = next_piece(b, pieces, from, next);
        if (at >= b->len) {
            return;
        }
        from = take_around(b, &p, from, at);
    }
}

static void take_loose(const struct block *b)
{
    struct needles needles;
    enum needed needed = b->r->apart ? needed_apart(b, &needles) : needed_together(b, &needles);
    if (needed == NEEDED_ALL) {
        take_all(b);
    } else if (needed == NEEDED_SOME) {
        take_pieces(b, &needles);
    }
}

/* Where it has not the words together at all, no later pass looks into it. */
static void take_placed(const struct block *b)
{
    if (b->too_long != SIZE_MAX) {
        b->r->at_least = true;
        take_groups(b, &b->r->q.together.needle, b->wanted);
        return;
    }
    if (!take_word(b, &b->r->q.together.needle, b->wanted) && b->v->has_base[0]) {
        bitmap_clear(b->v->base[0], (size_t)(b->b - b->v->s->blocks));
    }
}

/* The best places first: with a full page only these are wanted still, and to find them costs less
 * than to evaluate all that have the words. All places are asked for where few blocks are left: of
 * those, the count is to be exact. */
static void take_places(struct block *b)
{
    const match_mask wanted = b->wanted;
    bool apiece = wanted & (wanted - 1) && wanted != ALL_MATCHES && top_full(&b->r->top) &&
                  !query_looks_free(b->r);
    if (!apiece) {
        take_placed(b);
        return;
    }
    for (match_mask place = MASK(WHOLE); place; place >>= 1) {
        bool elsewhere = place == MASK(EDGE) && b->r->edges &&
                         !bitmap_get(b->r->edges, (size_t)(b->b - b->v->s->blocks));
        b->wanted = elsewhere ? 0 : wanted & place;
        b->too_long = b->wanted ? too_long(b) : 0;
        if (b->too_long > b->b->shortest) {
            take_placed(b);
        } else {
            b->r->at_least = b->r->at_least || b->wanted;
        }
    }
}

void look_into_block(struct query_run *r, struct segment_view *v, const struct block_record *b,
                     match_mask wanted)
{
    struct query_scratch *s = r->scratch;
    struct block block = {.r = r, .v = v, .b = b, .wanted = wanted};
    size_t need = (size_t)b->text_len + 2 * FIND_PADDING;
    if (s->block_cap < need) {
        mem_free(s->block);
        s->block = mem_alloc(need);
        s->block_cap = need;
    }
    block.too_long = too_long(&block);
    block.text = segment_block_text(v->s, b, &block.len, &block.simple);
    if (r->o->brute_force) {
        take_all(&block);
    } else if (wanted) {
        take_places(&block);
    } else {
        take_loose(&block);
    }
}
