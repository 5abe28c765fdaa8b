/* docs.c - the documents of the datasets: which pass the filters, which have which word, which are
 * hits themselves. */
#include <string.h>

#include "search/bits.h"
#include "search/find.h"
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
    /* Without stars, one of the words of a text is enough: theme:energy finds "renewable energy".
     */
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

static bool passes_text(const struct segment *s, uint32_t dataset, const struct filter *f)
{
    bool words = f->kind != FILTER_DATASET && f->kind != FILTER_FREQUENCY;
    for (uint32_t i = 0; i < s->datasets[dataset].n_entries; i++) {
        const struct entry_record *e = segment_entry(s, dataset, i);
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
        bool match =
            f->kind < FILTER_GLOBS ? passes_text(s, dataset, f) : n >= f->low && n <= f->high;
        if (match == f->negated) {
            return false;
        }
    }
    return true;
}

static void all_texts(const struct gram_index *g, uint64_t *map)
{
    memset(map, 0, bitmap_words(g->n_units) * sizeof *map);
    bitmap_fill(map, g->n_units);
}

/* Datasets of which some text has a word that no hit may have. */
static void exclude(struct query_run *r, struct segment_view *v)
{
    uint32_t n = v->s->n_entries;
    uint64_t *map = query_map(r, MAP_TERM, n);
    for (size_t t = 0; t < r->q.n_excluded; t++) {
        if (r->o->brute_force) {
            all_texts(&v->s->doc_grams, map);
        } else {
            gram_filter_exact(&v->s->doc_grams, r->q.excluded[t].text, map, &r->scratch->grams);
        }
        for (size_t i = bitmap_next(map, n, 0); i < n; i = bitmap_next(map, n, i + 1)) {
            const struct entry_record *e = &v->s->entries[i];
            if (!query_excludes(r, segment_entry_folded(v->s, e))) {
                continue;
            }
            for (uint32_t d = 0; d < e->n_datasets; d++) {
                v->allowed[v->s->entry_datasets[e->first_dataset + d]] = 0;
            }
        }
    }
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
        v->allowed[d] = v->ranks[d] != RANK_DEAD && passes(r, v->s, d);
    }
    exclude(r, v);
}

/* ---- words ---- */

/* One or two characters stand inside of almost every document: there, they count as (starts of)
 * words only. */
#define TINY_BYTES 2

/* The texts that may have the term, into `map`. What has it without typos was found in stage 0. */
static void filter_texts(struct query_run *r, struct segment_view *v, const struct term *t, int k,
                         uint64_t *map)
{
    struct query_scratch *s = r->scratch;
    const struct gram_index *g = &v->s->doc_grams;
    if (r->o->brute_force) {
        all_texts(g, map);
    } else if (k == 0 && t->text.len <= TINY_BYTES) {
        char text[TINY_BYTES + 1] = " ";
        memcpy(text + 1, t->text.data, t->text.len);
        gram_filter_exact(g, str_n(text, t->text.len + 1), map, &s->grams);
    } else if (k == 0) {
        gram_filter_exact(g, t->text, map, &s->grams);
    } else {
        gram_filter_fuzzy(g, t->text, k, map, &s->grams);
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

/* One text matches: all documents that have it do. Returns how many live ones did not before. */
static uint32_t spread(struct query_run *r, const struct segment_view *v, uint32_t entry,
                       const struct found *f, struct doc_match *first, size_t stride)
{
    const struct entry_record *e = &v->s->entries[entry];
    unsigned rank = score_rank((enum search_field)e->field, (enum search_match)f->match);
    uint32_t fresh = 0;
    for (uint32_t i = 0; i < e->n_datasets; i++) {
        uint32_t d = v->s->entry_datasets[e->first_dataset + i];
        struct doc_match *m = &first[d * stride];
        if (m->rank && (m->typos < f->typos || (m->typos == f->typos && m->rank >= rank))) {
            continue;
        }
        if (!m->rank) {
            touch(r->scratch, m);
            fresh += v->ranks[d] != RANK_DEAD;
        }
        *m = (struct doc_match){(uint8_t)rank, f->typos, (uint8_t)e->field, f->match, entry};
    }
    return fresh;
}

/* What is left by the filters is often much, for words of ten letters and two typos nearly all:
 * most of it lacks every piece of the word, which is told without the automaton. */
static bool may_match(struct str text, const struct pieces *p)
{
    for (size_t i = 0; i < p->n; i++) {
        if (find_bytes(text.data, text.len, 0, p->part[i].data, p->part[i].len) < text.len) {
            return true;
        }
    }
    return p->n == 0;
}

/* Finds the documents with the term, with the typos of the stage. Returns how many more live ones
 * have it now. */
static uint32_t match_docs(struct query_run *r, struct segment_view *v, const struct term *t,
                           struct doc_match *first, size_t stride)
{
    uint32_t n = v->s->n_entries, fresh = 0;
    int k = r->stage < t->max_typos ? r->stage : t->max_typos;
    uint64_t *map = query_map(r, MAP_TERM, n);
    if (r->stage > k) {
        return 0; /* the stage before was the last for this term */
    }
    filter_texts(r, v, t, k, map);
    struct pieces pieces = {.n = 0};
    if (k > 0 && !r->o->brute_force && !match_pieces(t, k, &pieces)) {
        pieces.n = 0; /* too short a word for pieces: everything is compared */
    }
    for (size_t i = bitmap_next(map, n, 0); i < n; i = bitmap_next(map, n, i + 1)) {
        struct found f;
        struct str text = segment_entry_folded(v->s, &v->s->entries[i]);
        if (query_tick(r) && may_match(text, &pieces) && match_term(t, text, k, &f) &&
            (t->text.len > TINY_BYTES || f.match >= SEARCH_MATCH_WORD_START)) {
            fresh += spread(r, v, (uint32_t)i, &f, first, stride);
        }
    }
    return fresh;
}

/* 1 + the binary logarithm of (documents / documents with the word): rare words weigh up to about
 * 17 times as much. */
static uint32_t weight_of(uint32_t documents, uint32_t with)
{
    uint32_t ratio = (documents + 1) / (with + 1);
    return 1 + (ratio ? 31 - (uint32_t)__builtin_clz(ratio) : 0);
}

/* Room for `n` matches, all zero: what the last query touched is cleared, what none has touched is
 * zero still. */
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

/* Room for the bases of all segments. */
static void share_bases(struct query_run *r)
{
    struct query_scratch *s = r->scratch;
    size_t total = 0, at = 0;
    for (uint32_t i = 0; i < r->ix->n_segments; i++) {
        const struct segment *g = r->ix->segments[i];
        total += bitmap_words(g->n_blocks) + bitmap_words(g->n_runs);
    }
    if (s->bases_cap < total) {
        mem_free(s->bases);
        s->bases = mem_alloc(total * sizeof *s->bases);
        s->bases_cap = total;
    }
    for (uint32_t i = 0; i < r->ix->n_segments; i++) {
        struct segment_view *v = &r->views[i];
        v->base[0] = s->bases + at;
        at += bitmap_words(v->s->n_blocks);
        v->base[1] = s->bases + at;
        at += bitmap_words(v->s->n_runs);
    }
}

void docs_prepare(struct query_run *r)
{
    memset(r->doc_hits, 0, sizeof r->doc_hits);
    r->doc_together = 0;
    r->docs_known = false;
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
        v->order = r->ix->orders[i];
        v->docs = room;
        v->together = terms == 1 ? room : room + n * terms;
        room += n * per_dataset;
        allow(r, v);
    }
    share_bases(r);
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

static bool in_stage(const struct query_run *r, unsigned typos)
{
    return r->stage < 2 ? typos == (unsigned)r->stage : typos >= 2;
}

/* Whether a dataset could be among the best, even if it is as large as can be and its text is no
 * longer than the words: mostly that is told without a look at either. */
static bool could_enter(const struct query_run *r, struct score_parts best)
{
    best.dataset = 1;
    best.coverage = SCORE_COVERAGE_MAX;
    best.prior = PRIOR_MAX;
    struct top_item item = {.key = score_pack(&best)};
    return r->o->sort != SEARCH_BY_SCORE || !top_refuses(&r->top, &item);
}

static void take_dataset(struct query_run *r, struct segment_view *v, uint32_t d,
                         struct score_parts *parts, bool whole)
{
    if (!in_stage(r, parts->typos) || (r->o->exact && !whole)) {
        return;
    }
    uint32_t rank = v->ranks[d];
    r->matched_datasets++;
    if (r->dataset_by_rank) {
        r->dataset_by_rank[rank] = 1;
    }
    if (could_enter(r, *parts)) {
        parts->prior = segment_prior(v->s, d);
        parts->dataset = 1;
        query_take(r, score_pack(parts), rank, TOP_DATASET);
    }
}

/* As together, unless the words apart have fewer typos: then it was taken in a stage before. */
static void take_together(struct query_run *r, struct segment_view *v, uint32_t d)
{
    const struct doc_match *t = &v->together[d];
    struct score_parts parts;
    if (!t->rank || (r->q.n_terms > 1 && all_terms(r, &v->docs[d * r->q.n_terms], &parts) &&
                     parts.typos < t->typos)) {
        return;
    }
    parts = (struct score_parts){.words = (unsigned)r->q.n_terms,
                                 .typos = t->typos,
                                 .together = t->rank,
                                 .quality = t->rank * SCORE_QUALITY_PER_RANK,
                                 .in_order = 1};
    if (could_enter(r, parts)) {
        parts.coverage = score_coverage(r->q.together.text.len, v->s->entries[t->entry].folded_len);
    }
    bool whole = t->match == SEARCH_MATCH_WHOLE && !t->typos;
    r->whole = r->whole || (whole && t->rank == SCORE_RANK_MAX);
    take_dataset(r, v, d, &parts, whole);
}

static void take_apart(struct query_run *r, struct segment_view *v, uint32_t d)
{
    const struct doc_match *t = &v->together[d];
    struct score_parts parts;
    if (all_terms(r, &v->docs[d * r->q.n_terms], &parts) && !(t->rank && t->typos <= parts.typos)) {
        take_dataset(r, v, d, &parts, false);
    }
}

/* The view to which a match belongs: of a word, or of all words together; NULL: it is of the other
 * kind. Matches mostly follow each other: `*hint` is where the last one was. */
static struct segment_view *view_of(struct query_run *r, const struct doc_match *m, bool together,
                                    uint32_t *hint)
{
    size_t per_dataset = together ? 1 : r->q.n_terms;
    for (uint32_t i = 0; i < r->ix->n_segments; i++) {
        struct segment_view *v = &r->views[*hint];
        const struct doc_match *first = together ? v->together : v->docs;
        if (m >= first && m < first + v->s->n_datasets * per_dataset) {
            return v;
        }
        *hint = (*hint + 1) % r->ix->n_segments;
    }
    return NULL;
}

static void take_all_together(struct query_run *r)
{
    uint32_t hint = 0;
    struct query_scratch *s = r->scratch;
    for (size_t i = 0; i < s->n_touched; i++) {
        const struct doc_match *m = &s->docs[s->touched[i]];
        struct segment_view *v = view_of(r, m, true, &hint);
        if (v && query_allows(v, (uint32_t)(m - v->together))) {
            take_together(r, v, (uint32_t)(m - v->together));
        }
    }
}

/* The datasets that have the word which the fewest have: others lack it. */
static void take_all_apart(struct query_run *r)
{
    uint32_t hint = 0;
    size_t rarest = 0, terms = r->q.n_terms;
    struct query_scratch *s = r->scratch;
    for (size_t t = 0; t < terms; t++) {
        rarest = r->doc_hits[t] < r->doc_hits[rarest] ? t : rarest;
    }
    for (size_t i = 0; terms && i < s->n_touched; i++) {
        const struct doc_match *m = &s->docs[s->touched[i]];
        struct segment_view *v = view_of(r, m, false, &hint);
        size_t at = v ? (size_t)(m - v->docs) : 0;
        if (v && at % terms == rarest && query_allows(v, (uint32_t)(at / terms))) {
            take_apart(r, v, (uint32_t)(at / terms));
        }
    }
}

/* Datasets are hits where their own words match; filters on series are not about them. */
static bool takes_datasets(const struct query_run *r)
{
    return r->o->kinds != SEARCH_SERIES_ONLY && !r->series_filters;
}

void docs_together(struct query_run *r)
{
    for (uint32_t i = 0; i < r->ix->n_segments && !r->stopped; i++) {
        struct segment_view *v = &r->views[i];
        r->doc_together += match_docs(r, v, &r->q.together, v->together, 1);
    }
    if (r->doc_together && takes_datasets(r)) {
        take_all_together(r);
    }
}

static void match_words(struct query_run *r)
{
    for (uint32_t i = 0; i < r->ix->n_segments && !r->stopped; i++) {
        struct segment_view *v = &r->views[i];
        for (size_t t = 0; t < r->q.n_terms; t++) {
            r->doc_hits[t] += match_docs(r, v, &r->q.terms[t], v->docs + t, r->q.n_terms);
        }
    }
}

void docs_apart(struct query_run *r)
{
    uint32_t all = UINT32_MAX;
    if (!r->docs_known) {
        int stage = r->stage;
        r->stage = 0;
        match_words(r);
        r->stage = stage;
        r->docs_known = true;
        for (size_t t = 0; t < r->q.n_terms; t++) {
            r->weights[t] = weight_of(r->ix->n_live, r->doc_hits[t]);
        }
    }
    if (r->stage) {
        match_words(r);
    }
    for (size_t t = 0; t < r->q.n_terms; t++) {
        all = r->doc_hits[t] < all ? r->doc_hits[t] : all;
    }
    if (all && takes_datasets(r)) {
        take_all_apart(r);
    }
}
