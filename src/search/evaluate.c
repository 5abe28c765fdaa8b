/* evaluate.c - one text against all words of the query: the score, or nothing. Every way to a hit
 * ends here, the oracle's too. */
#include "search/bits.h"
#include "search/find.h"
#include "search/query.h"

static void set_together(const struct query_run *r, const struct found *f, const struct term *t,
                         enum search_field field, size_t len, struct verdict *out)
{
    unsigned rank = score_rank(field, f->match);
    out->together = f->match;
    out->parts =
        (struct score_parts){.words = (unsigned)r->q.n_terms,
                             .typos = f->typos,
                             .together = rank,
                             .quality = rank * SCORE_QUALITY_PER_RANK,
                             .in_order = 1,
                             .coverage = score_series_coverage(f->match, t->text.len, len)};
}

bool query_excludes(const struct query_run *r, struct str text)
{
    for (size_t i = 0; i < r->q.n_excluded; i++) {
        struct found f;
        if (match_exact(&r->q.excluded[i], text, &f) && f.match >= SEARCH_MATCH_EDGE) {
            return true;
        }
    }
    return false;
}

bool evaluate_together(const struct query_run *r, const struct term *t, struct str text,
                       struct verdict *out)
{
    struct found f;
    if (!match_exact(t, text, &f)) {
        return false;
    }
    set_together(r, &f, t, SEARCH_FIELD_SERIES, text.len, out);
    return true;
}

/* Of several words, one that is whole is worth more than one that only begins the text: of "1
 * 1996", 1996_1 has both, 1996_7 has 1996 and the start of it again. */
unsigned evaluate_rank_apart(enum search_match m)
{
    unsigned word = score_rank(SEARCH_FIELD_SERIES, SEARCH_MATCH_WORD);
    unsigned start = score_rank(SEARCH_FIELD_SERIES, SEARCH_MATCH_WORD_START);
    return m == SEARCH_MATCH_PREFIX ? (word + start) / 2 : score_rank(SEARCH_FIELD_SERIES, m);
}

/* Whether so few words are missing as they are that `k` typos in all may do; the rarest ones are
 * looked for first. In the stage of two, more typos are taken as well: there nothing is said. */
static bool may_be_apart(const struct query_run *r, const struct segment_view *v,
                         const struct doc_match *docs, struct str text, int k)
{
    const struct query *q = &r->q;
    int missing = 0;
    bool told = k < 2 && !r->o->brute_force; /* the oracle takes no short cut */
    for (size_t i = 0; told && i < q->n_terms; i++) {
        size_t t = v->rarest[i];
        const struct str word = q->terms[t].text;
        bool known = docs[t].rank && docs[t].typos == 0;
        if (!known && find_bytes(text.data, text.len, 0, word.data, word.len) >= text.len &&
            ++missing > k) {
            return false;
        }
    }
    return true;
}

/* The words apart: each in the id or in the document, at least one in the id. */
static bool apart(const struct query_run *r, const struct doc_match *docs, struct str text, int k,
                  struct verdict *out)
{
    const struct query *q = &r->q;
    unsigned typos = 0, weight = 0, quality = 0, in_id = 0, in_order = 1;
    size_t last = 0, covered = 0;
    for (size_t i = 0; i < q->n_terms; i++) {
        struct found f = {0};
        const struct doc_match *d = &docs[i];
        bool found = match_word(&q->terms[i], text, &f);
        /* A typo in the id is not looked for where the document has the word without one. */
        if (!found && (!d->rank || d->typos)) {
            found = match_fuzzy(&q->terms[i], text, k, &f);
        }
        unsigned rank = found ? evaluate_rank_apart((enum search_match)f.match) : 0;
        unsigned errors = f.typos;
        if (!found ||
            (d->rank && (d->typos < f.typos || (d->typos == f.typos && d->rank > rank)))) {
            if (!d->rank || (d->typos && !k)) {
                return false;
            }
            rank = d->rank;
            errors = d->typos;
        }
        if (found) {
            in_id++;
            covered += q->terms[i].text.len;
            in_order &= f.begin >= last;
            last = f.begin;
        }
        typos += errors;
        weight += r->weights[i];
        quality += r->weights[i] * rank * SCORE_QUALITY_PER_RANK;
    }
    out->together = SEARCH_MATCH_NONE;
    out->parts = (struct score_parts){.words = (unsigned)q->n_terms,
                                      .typos = typos,
                                      .quality = weight ? quality / weight : 0,
                                      .in_order = in_order && in_id == q->n_terms,
                                      .coverage = score_coverage(covered, text.len)};
    return in_id > 0;
}

/* In passes with typos or with the words apart. A text that has all words together with as few
 * typos as apart counts as together: it is taken in that pass. */
bool evaluate_series(const struct query_run *r, const struct segment_view *v, uint32_t dataset,
                     struct str text, struct verdict *out)
{
    const struct query *q = &r->q;
    struct found f;
    if (evaluate_together(r, &q->together, text, out)) {
        return true;
    }
    const struct doc_match *docs = &v->docs[(size_t)dataset * q->n_terms];
    bool found =
        r->apart && may_be_apart(r, v, docs, text, r->stage) && apart(r, docs, text, r->stage, out);
    if (r->apart && !found) {
        return false;
    }
    int k = found && out->parts.typos < (unsigned)r->stage ? (int)out->parts.typos : r->stage;
    if (match_fuzzy(&q->together, text, k, &f)) {
        set_together(r, &f, &q->together, SEARCH_FIELD_SERIES, text.len, out);
        found = true;
    }
    return found;
}

static bool passes(const struct query_run *r, const struct segment *s, uint64_t series)
{
    for (size_t i = 0; i < r->q.n_filters; i++) {
        const struct filter *f = &r->q.filters[i];
        if (!filter_is_series(f)) {
            continue;
        }
        int64_t value;
        enum search_attribute which = f->kind == FILTER_LENGTH    ? SEARCH_LENGTH
                                      : f->kind == FILTER_START   ? SEARCH_START
                                      : f->kind == FILTER_MISSING ? SEARCH_MISSING
                                                                  : SEARCH_END;
        /* What is not known passes neither the filter nor its negation. */
        if (!pack_get(&s->attributes[which], series, &value) ||
            (value >= f->low && value <= f->high) == f->negated) {
            return false;
        }
    }
    return true;
}

void take_series(struct query_run *r, const struct segment_view *v, uint32_t dataset,
                 uint32_t series, const struct verdict *verdict)
{
    uint64_t at = v->s->datasets[dataset].first_series + series;
    if (r->series_filters && !passes(r, v->s, at)) {
        return;
    }
    struct score_parts parts = verdict->parts;
    parts.prior = r->listing ? 0 : segment_prior(v->s, dataset);
    uint32_t rank = v->ranks[dataset];
    r->matched_series++;
    r->whole = r->whole || (verdict->together == SEARCH_MATCH_WHOLE && !parts.typos);
    if (r->series_by_rank) {
        r->series_by_rank[rank]++;
    }
    query_take(r, score_pack(&parts), rank, series);
}
