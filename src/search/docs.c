/* docs.c - the documents of the datasets: which pass the filters, which have which word, which are hits themselves. */
#include <string.h>

#include "search/bits.h"
#include "search/query.h"

/* ---- filters ---- */

static bool glob_has(struct str glob, struct str text, bool words)
{
    if (filter_glob_matches(glob, text)) {
        return true;
    }
    if (!words || memchr(glob.data, '*', glob.len)) {
        return false;
    }
    /* Without stars, one of the words of a text is enough: theme:energy finds "renewable energy". */
    for (size_t at = 0; at + glob.len <= text.len; at++) {
        bool begins = at == 0 || text.data[at - 1] == ' ';
        bool ends = at + glob.len == text.len || text.data[at + glob.len] == ' ';
        if (begins && ends && memcmp(text.data + at, glob.data, glob.len) == 0) {
            return true;
        }
    }
    return false;
}

static bool field_of_filter(enum filter_kind kind, enum search_field field)
{
    switch (kind) {
    case FILTER_DATASET:
        return field == SEARCH_FIELD_DATASET || field == SEARCH_FIELD_NAME;
    case FILTER_THEME:
        return field == SEARCH_FIELD_THEME;
    case FILTER_SOURCE:
        return field == SEARCH_FIELD_SOURCE;
    case FILTER_TAG:
        return field == SEARCH_FIELD_TAG;
    case FILTER_FREQUENCY:
        return field == SEARCH_FIELD_FREQUENCY;
    case FILTER_COLUMN:
        return field == SEARCH_FIELD_TARGET || field == SEARCH_FIELD_COVARIATE;
    case FILTER_FOLDER:
        return field == SEARCH_FIELD_FOLDER;
    default:
        return false;
    }
}

static bool passes_text(const struct segment *s, const struct dataset_record *d,
                        const struct filter *f)
{
    bool words = f->kind != FILTER_DATASET && f->kind != FILTER_FREQUENCY;
    for (uint32_t i = 0; i < d->n_entries; i++) {
        const struct entry_record *e = &s->entries[d->first_entry + i];
        if (field_of_filter(f->kind, (enum search_field)e->field) &&
            glob_has(f->glob, segment_entry_folded(s, e), words)) {
            return true;
        }
    }
    return false;
}

static bool passes(const struct query_run *r, const struct segment *s, uint32_t dataset)
{
    const struct dataset_record *d = &s->datasets[dataset];
    for (size_t i = 0; i < r->q.n_filters; i++) {
        const struct filter *f = &r->q.filters[i];
        if (filter_is_series(f)) {
            continue;
        }
        int64_t n = (int64_t)(f->kind == FILTER_SERIES ? d->series : d->records);
        bool match = f->kind < FILTER_GLOBS ? passes_text(s, d, f) : n >= f->low && n <= f->high;
        if (match == f->negated) {
            return false;
        }
    }
    return true;
}

static bool has_excluded(const struct query_run *r, const struct segment *s,
                         const struct dataset_record *d)
{
    for (uint32_t i = 0; r->q.n_excluded && i < d->n_entries; i++) {
        struct str text = segment_entry_folded(s, &s->entries[d->first_entry + i]);
        for (size_t k = 0; k < r->q.n_excluded; k++) {
            struct found f;
            if (match_exact(&r->q.excluded[k], text, &f) && f.match >= SEARCH_MATCH_EDGE) {
                return true;
            }
        }
    }
    return false;
}

static void allow(struct query_run *r, struct segment_view *v)
{
    bool dataset_filters = r->q.n_excluded > 0;
    for (size_t i = 0; i < r->q.n_filters; i++) {
        dataset_filters = dataset_filters || !filter_is_series(&r->q.filters[i]);
    }
    r->filtered = dataset_filters;
    if (!dataset_filters) {
        return;
    }
    v->allowed = arena_alloc(r->a, (size_t)v->s->n_datasets + 1);
    for (uint32_t d = 0; d < v->s->n_datasets; d++) {
        v->allowed[d] = v->ranks[d] != RANK_DEAD && passes(r, v->s, d) &&
                        !has_excluded(r, v->s, &v->s->datasets[d]);
    }
}

/* ---- words ---- */

/* The documents that may have the term, into `map`. */
static void filter_docs(struct query_run *r, struct segment_view *v, const struct term *t,
                        uint64_t *map)
{
    struct query_scratch *s = r->scratch;
    const struct gram_index *g = &v->s->doc_grams;
    if (r->o->brute_force) {
        memset(map, 0, bitmap_words(g->n_units) * sizeof *map);
        bitmap_fill(map, g->n_units);
        return;
    }
    gram_filter_exact(g, t->text, map, &s->grams);
    int k = r->stage < t->max_typos ? r->stage : t->max_typos;
    if (k > 0) {
        uint64_t *fuzzy = query_map(r, MAP_OTHER, g->n_units);
        gram_filter_fuzzy(g, t->text, k, fuzzy, &s->grams);
        bitmap_or(map, fuzzy, bitmap_words(g->n_units));
    }
}

static void match_doc(const struct query_run *r, const struct segment *s, uint32_t dataset,
                      const struct term *t, struct doc_match *out)
{
    const struct dataset_record *d = &s->datasets[dataset];
    for (uint32_t i = 0; i < d->n_entries; i++) {
        const struct entry_record *e = &s->entries[d->first_entry + i];
        struct found f;
        int k = out->rank && out->typos < r->stage ? out->typos : r->stage;
        if (!match_term(t, segment_entry_folded(s, e), k, &f)) {
            continue;
        }
        unsigned rank = score_rank((enum search_field)e->field, f.match);
        if (!out->rank || f.typos < out->typos || (f.typos == out->typos && rank > out->rank)) {
            *out = (struct doc_match){(uint8_t)rank, f.typos, (uint8_t)e->field, f.match};
        }
    }
}

/* Remembers what must be zero again before the next query. */
static void touch(struct query_scratch *s, const struct doc_match *m)
{
    s->touched = mem_grow(s->touched, s->n_touched, &s->touched_cap, sizeof *s->touched);
    s->touched[s->n_touched++] = (size_t)(m - s->docs);
}

static void docs_release(struct query_scratch *s)
{
    for (size_t i = 0; i < s->n_touched; i++) {
        s->docs[s->touched[i]] = (struct doc_match){0};
    }
    s->n_touched = 0;
}

/* Fills in the documents that did not match with fewer typos. Returns how many live documents match. */
static uint32_t match_docs(struct query_run *r, struct segment_view *v, const struct term *t,
                           struct doc_match *first, size_t stride)
{
    uint32_t n = v->s->n_datasets, count = 0;
    uint64_t *map = query_map(r, MAP_TERM, n);
    filter_docs(r, v, t, map);
    for (size_t d = bitmap_next(map, n, 0); d < n; d = bitmap_next(map, n, d + 1)) {
        struct doc_match *m = &first[d * stride];
        if (v->ranks[d] == RANK_DEAD) {
            continue;
        }
        if (!m->rank && query_tick(r)) {
            match_doc(r, v->s, (uint32_t)d, t, m);
            if (m->rank) {
                touch(r->scratch, m);
            }
        }
        count += m->rank != 0;
    }
    return count;
}

/* 1 + the binary logarithm of (documents / documents with the word): rare words weigh up to about 17 times as much. */
static uint32_t weight_of(uint32_t documents, uint32_t with)
{
    uint32_t ratio = (documents + 1) / (with + 1);
    return 1 + (ratio ? 31 - (uint32_t)__builtin_clz(ratio) : 0);
}

/* Room for `n` matches, all zero: what the last query touched is cleared, what none has touched is zero still. */
static struct doc_match *docs_room(struct query_scratch *s, size_t n)
{
    docs_release(s);
    if (s->docs_cap < n) {
        mem_free(s->docs);
        s->docs = mem_zalloc(n * sizeof *s->docs);
        s->docs_cap = n;
    }
    return s->docs;
}

void docs_prepare(struct query_run *r)
{
    size_t terms = r->q.n_terms ? r->q.n_terms : 1, total = 0;
    size_t per_dataset = terms == 1 ? 1 : terms + 1; /* one word is all words together */
    for (uint32_t i = 0; i < r->ix->n_segments; i++) {
        total += r->ix->segments[i]->n_datasets * per_dataset;
    }
    struct doc_match *room = docs_room(r->scratch, total + 1);
    r->views = arena_array(r->a, r->ix->n_segments + 1, sizeof *r->views);
    for (uint32_t i = 0; i < r->ix->n_segments; i++) {
        struct segment_view *v = &r->views[i];
        size_t n = r->ix->segments[i]->n_datasets;
        v->s = r->ix->segments[i];
        v->ranks = r->ix->ranks[i];
        v->docs = room;
        v->together = terms == 1 ? room : room + n * terms;
        room += n * per_dataset;
        allow(r, v);
    }
}

static bool all_terms(const struct query_run *r, const struct doc_match *docs,
                      struct score_parts *out)
{
    unsigned weight = 0, quality = 0;
    *out = (struct score_parts){.words = (unsigned)r->q.n_terms};
    for (size_t i = 0; i < r->q.n_terms; i++) {
        if (!docs[i].rank) {
            return false;
        }
        out->typos += docs[i].typos;
        weight += r->weights[i];
        quality += r->weights[i] * docs[i].rank * SCORE_QUALITY_PER_RANK;
    }
    out->quality = weight ? quality / weight : 0;
    return true;
}

static size_t field_length(const struct segment *s, uint32_t dataset, const struct doc_match *m,
                           const struct term *t, int k)
{
    const struct dataset_record *d = &s->datasets[dataset];
    for (uint32_t i = 0; i < d->n_entries; i++) {
        const struct entry_record *e = &s->entries[d->first_entry + i];
        struct found f;
        if (e->field == m->field && match_term(t, segment_entry_folded(s, e), k, &f) &&
            f.typos == m->typos && f.match == m->match) {
            return e->folded_len;
        }
    }
    return 0;
}

static bool in_stage(const struct query_run *r, unsigned typos)
{
    return r->stage < 2 ? typos == (unsigned)r->stage : typos >= 2;
}

static void take_dataset(struct query_run *r, struct segment_view *v, uint32_t d)
{
    struct score_parts parts;
    const struct doc_match *t = &v->together[d];
    bool apart = all_terms(r, &v->docs[d * r->q.n_terms], &parts);
    if (t->rank && (!apart || t->typos <= parts.typos)) {
        parts = (struct score_parts){.words = (unsigned)r->q.n_terms,
                                     .typos = t->typos,
                                     .together = t->rank,
                                     .quality = t->rank * SCORE_QUALITY_PER_RANK,
                                     .in_order = 1};
        size_t len = field_length(v->s, d, t, &r->q.together, r->stage);
        parts.coverage = score_coverage(r->q.together.text.len, len);
    } else if (!apart) {
        return;
    }
    bool whole = t->rank && t->match == SEARCH_MATCH_WHOLE && !t->typos;
    if (!in_stage(r, parts.typos) || (r->o->exact && !whole)) {
        return;
    }
    const struct dataset_record *rec = &v->s->datasets[d];
    uint32_t rank = v->ranks[d];
    parts.prior = segment_prior(rec->records <= INT64_MAX, (int64_t)rec->records);
    parts.dataset = 1;
    r->matched_datasets++;
    if (r->dataset_by_rank) {
        r->dataset_by_rank[rank] = 1;
    }
    top_add(&r->top, (struct top_item){score_pack(&parts), rank, TOP_DATASET});
}

void docs_stage(struct query_run *r)
{
    const struct query *q = &r->q;
    uint32_t with[SEARCH_TERMS_MAX] = {0}, together = 0, all = UINT32_MAX;
    for (uint32_t i = 0; i < r->ix->n_segments && !r->stopped; i++) {
        struct segment_view *v = &r->views[i];
        for (size_t t = 0; t < q->n_terms; t++) {
            with[t] += match_docs(r, v, &q->terms[t], v->docs + t, q->n_terms);
        }
        if (q->n_terms > 1) {
            together += match_docs(r, v, &q->together, v->together, 1);
        }
    }
    for (size_t t = 0; t < q->n_terms; t++) {
        if (r->stage == 0) {
            r->weights[t] = weight_of(r->ix->n_live, with[t]);
        }
        r->doc_hits[t] = with[t];
        all = with[t] < all ? with[t] : all;
    }
    /* Datasets are hits where their own words match; filters on series are not about them. */
    if (r->o->kinds == SEARCH_SERIES_ONLY || r->series_filters || (!together && !all)) {
        return;
    }
    for (uint32_t i = 0; i < r->ix->n_segments; i++) {
        for (uint32_t d = 0; d < r->views[i].s->n_datasets; d++) {
            if (query_allows(&r->views[i], d)) {
                take_dataset(r, &r->views[i], d);
            }
        }
    }
}
