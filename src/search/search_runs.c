/* search_runs.c - the enumerations that the filters left: each number that matches is written out
 * and evaluated like any id. */
#include "search/bits.h"
#include "search/find.h"
#include "search/query.h"

/* A way in which the numbers of the run were gone through already: what it found is not taken
 * again. */
struct search_done {
    const struct term *t;
    int k; /* 0: exactly */
};

struct run_pass {
    struct query_run *r;
    struct segment_view *v;
    const struct run_record *run;
    struct run_view view;
    match_mask wanted;
    struct search_done done[SEARCH_TERMS_MAX + 2];
    size_t n_done;
    char *digits; /* into the view's text */
};

static void write_number(const struct run_pass *p, uint64_t n)
{
    for (uint32_t i = p->view.width; i-- > 0; n /= 10) {
        p->digits[i] = (char)('0' + n % 10);
    }
}

/* Whether number `n` could still be a hit; where not, none behind it can, as all of a run are alike
 * but for their place. */
static bool could_enter(struct run_pass *p, uint64_t n)
{
    struct query_run *r = p->r;
    if (query_counts_all(r) || !top_full(&r->top)) {
        return true;
    }
    struct top_item best = {
        .key = query_best_score(r, p->wanted, p->view.text.len,
                                segment_prior(p->v->s, p->run->dataset)),
        .rank = p->v->ranks[p->run->dataset],
        .series = p->run->first + (uint32_t)(n - p->view.low),
    };
    if (top_refuses(&r->top, &best)) {
        r->at_least = true;
        return false;
    }
    return true;
}

static bool was_found(const struct run_pass *p, struct str text)
{
    for (size_t i = 0; i < p->n_done; i++) {
        const struct term *t = p->done[i].t;
        struct found f;
        enum pattern_begin begin = t->short_word ? PATTERN_AT_WORD : PATTERN_ANYWHERE;
        if (p->done[i].k == 0
                ? match_exact(t, text, &f)
                : pattern_search(t->pattern, text, p->done[i].k, begin, NULL) <= p->done[i].k) {
            return true;
        }
    }
    return false;
}

static uint64_t each_number(void *user, uint64_t n)
{
    struct run_pass *p = user;
    struct query_run *r = p->r;
    struct verdict verdict;
    if (!could_enter(p, n) || ((n & 127) == 0 && !query_tick(r))) {
        return UINT64_MAX;
    }
    write_number(p, n);
    struct str text = p->view.text;
    bool found = p->wanted ? evaluate_together(r, &r->q.together, text, &verdict)
                           : evaluate_series(r, p->v, p->run->dataset, text, &verdict);
    if (found && query_wants(r, &verdict, p->wanted) && !was_found(p, text) &&
        !query_excludes(r, text)) {
        take_series(r, p->v, p->run->dataset, p->run->first + (uint32_t)(n - p->view.low),
                    &verdict);
    }
    return r->stopped ? UINT64_MAX : n + 1;
}

static void find_exact(struct run_pass *p, const struct term *t)
{
    run_find_exact(&p->view, t->text, p->wanted ? p->wanted : ~0u, each_number, p);
    p->done[p->n_done++] = (struct search_done){t, 0};
}

static void find_term(struct run_pass *p, const struct term *t)
{
    int k = p->r->stage < t->max_typos ? p->r->stage : t->max_typos;
    if (k > 0) {
        run_find_fuzzy(&p->view, t, k, each_number, p);
        p->done[p->n_done++] = (struct search_done){t, k};
    }
    /* A short word is found inside of words too, where it has no typos. */
    if (k == 0 || t->short_word) {
        find_exact(p, t);
    }
}

/* Of the words that the document lacks, the one that leaves the fewest numbers; NULL: it has them
 * all. */
static const struct term *rarest(const struct run_pass *p)
{
    const struct query *q = &p->r->q;
    const struct doc_match *docs = &p->v->docs[(size_t)p->run->dataset * q->n_terms];
    const struct term *best = NULL;
    uint64_t fewest = 0;
    for (size_t i = 0; i < q->n_terms; i++) {
        const struct term *t = &q->terms[i];
        if (docs[i].rank) {
            continue;
        }
        uint64_t n = run_count_exact(&p->view, t->text);
        /* With typos, none found exactly says nothing; longer words leave less. */
        if (p->r->stage > 0 && t->max_typos > 0) {
            n = (p->view.end - p->view.low) / t->text.len + n;
        }
        if (!best || n < fewest) {
            best = t;
            fewest = n;
        }
    }
    return best;
}

/* With one typo in all, words that no number of the run has as they are must have it: there may be
 * one of those, and all others are as they are. False: there are more. `*only`: what to look for
 * then, that word with a typo or one of the others as it is, whichever leaves fewer numbers; NULL:
 * nothing is known. */
static bool leaves_one_typo(const struct run_pass *p, const struct term **only, bool *exact)
{
    const struct query *q = &p->r->q;
    const struct doc_match *docs = &p->v->docs[(size_t)p->run->dataset * q->n_terms];
    uint64_t fewest = UINT64_MAX;
    const struct term *wrong = NULL;
    size_t typos = 0;
    *only = NULL;
    for (size_t i = 0; i < q->n_terms; i++) {
        const struct term *t = &q->terms[i];
        uint64_t n = run_count_exact(&p->view, t->text);
        if (docs[i].rank && (docs[i].typos == 0 || n == 0)) {
            typos += docs[i].typos;
        } else if (n == 0) {
            typos++;
            wrong = t;
        } else if (n < fewest) {
            fewest = n;
            *only = t;
        }
    }
    *exact = true;
    if (typos != 1) {
        *only = NULL;
    } else if (wrong && (p->view.end - p->view.low) / wrong->text.len < fewest) {
        *only = wrong;
        *exact = false;
    }
    return typos <= 1 && (!wrong || wrong->max_typos > 0);
}

static void find_apart(struct run_pass *p)
{
    const struct query *q = &p->r->q;
    const struct term *only = NULL;
    bool exact = false;
    if (p->r->stage == 1 && !leaves_one_typo(p, &only, &exact)) {
        return;
    }
    if (only && exact) {
        find_exact(p, only);
        return;
    }
    if (only) {
        find_term(p, only);
        return;
    }
    const struct term *best = rarest(p);
    if (best) {
        find_term(p, best);
        return;
    }
    for (size_t i = 0; i < q->n_terms; i++) { /* any of them may be the one in the id */
        find_term(p, &q->terms[i]);
    }
}

static uint64_t all_numbers(struct run_pass *p)
{
    uint64_t n = p->view.low;
    while (n < p->view.end) {
        n = each_number(p, n);
    }
    return n;
}

static void search_run_record(struct query_run *r, struct segment_view *v,
                              const struct run_record *run, match_mask wanted)
{
    struct run_pass p = {.r = r, .v = v, .run = run, .wanted = wanted};
    run_view_init(&p.view, v->s, run, &r->scratch->run_text);
    p.digits = r->scratch->run_text.data + p.view.digits_at;
    if (r->o->brute_force) {
        all_numbers(&p);
    } else if (wanted) {
        find_exact(&p, &r->q.together);
    } else if (r->apart) {
        find_apart(&p);
    } else {
        find_term(&p, &r->q.together);
    }
}

static size_t len_of(const struct run_record *run)
{
    return (size_t)run->prefix_len + run->width + run->suffix_len;
}

/* Whether nothing of the run could enter, if its ids had `len` bytes. */
static bool refuses(const struct query_run *r, const struct segment_view *v,
                    const struct run_record *run, match_mask wanted, size_t len)
{
    struct top_item best = {
        .key = query_best_score(r, wanted, len, segment_prior(v->s, run->dataset)),
        .rank = v->ranks[run->dataset],
        .series = run->first,
    };
    return top_refuses(&r->top, &best);
}

/* Skeletons do not tell how long a number is: the lengths say at once that some runs cannot hold
 * the words. */
static bool is_too_short(const struct query_run *r, const struct run_record *run)
{
    size_t len = len_of(run), d = r->digits;
    return !r->o->brute_force && (len < r->q.together.text.len ||
                                  (d > run->width && d > run->prefix_len && d > run->suffix_len));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A query of digits alone, as many as the numbers of the run have, can only be one of these where
 * no other digits stand beside them. */
static bool is_another_number(const struct query_run *r, const struct segment *s,
                              const struct run_record *run)
{
    struct str t = r->q.together.text;
    if (r->digits != t.len || t.len != run->width || run->prefix_len >= t.len ||
        run->suffix_len >= t.len) {
        return false;
    }
    const char *text = s->run_text + run->text_at;
    uint64_t value = 0;
    for (size_t i = 0; i < t.len; i++) {
        value = value * 10 + (uint64_t)(t.data[i] - '0');
    }
    bool beside = (run->prefix_len && is_digit(text[run->prefix_len - 1])) ||
                  (run->suffix_len && is_digit(text[run->prefix_len]));
    return !beside && (value < run->low || value - run->low >= run->count);
}

/* Whether the pass can tell without a look that the run has nothing. */
static bool has_nothing(const struct query_run *r, const struct segment *s,
                        const struct run_record *run, match_mask wanted)
{
    return wanted && !r->o->brute_force && is_another_number(r, s, run);
}

void search_runs(struct query_run *r, struct segment_view *v, const uint64_t *map,
                 match_mask wanted)
{
    size_t n = v->s->n_runs, too_long = SIZE_MAX, least = wanted ? r->q.together.text.len : 1;
    for (size_t i = bitmap_next(map, n, 0); i < n; i = bitmap_next(map, n, i + 1)) {
        size_t len = len_of(&v->s->runs[i]);
        if (len >= too_long || (wanted && is_too_short(r, &v->s->runs[i]))) {
            continue;
        }
        const struct run_record *run = segment_run(v->s, (uint32_t)i);
        if (!run) {
            r->failed = error_set(r->err, ERR_CATALOG_DAMAGED,
                                  "run %zu of the search index is damaged: rebuild it", i);
            r->stopped = true;
            return;
        }
        if (!query_allows(v, run->dataset) || has_nothing(r, v->s, run, wanted)) {
            continue;
        }
        if (!query_looks_free(r) && refuses(r, v, run, wanted, len)) {
            r->at_least = true;
            /* Where the datasets stand by size, no run behind it is better but for its length. */
            too_long = v->order.by_size ? len : too_long;
            if (v->order.by_size && refuses(r, v, run, wanted, least)) {
                return;
            }
            continue;
        }
        if (!query_tick(r)) {
            return;
        }
        search_run_record(r, v, run, wanted);
    }
}
