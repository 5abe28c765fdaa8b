/* result.c - the hits of one page: their texts, what of them matched, and why they stand where they
 * stand. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search/find.h"
#include "search/fold.h"
#include "search/query.h"

#define RANGES_MAX                                                                                 \
    ((size_t)SEARCH_TERMS_MAX *                                                                    \
     4)               /* a word that occurs more often in one text is marked so often */
#define FACETS_MAX 50 /* values of one field that are returned, the most frequent first */

const char *search_field_name(enum search_field f)
{
    static const char *const names[SEARCH_FIELD_COUNT] = {
        [SEARCH_FIELD_SERIES] = "series",
        [SEARCH_FIELD_DATASET] = "dataset",
        [SEARCH_FIELD_NAME] = "name",
        [SEARCH_FIELD_TAG] = "tag",
        [SEARCH_FIELD_THEME] = "theme",
        [SEARCH_FIELD_SOURCE] = "source",
        [SEARCH_FIELD_FREQUENCY] = "frequency",
        [SEARCH_FIELD_TARGET] = "target",
        [SEARCH_FIELD_COVARIATE] = "covariate",
        [SEARCH_FIELD_FOLDER] = "folder",
        [SEARCH_FIELD_DESCRIPTION] = "description",
    };
    return f < SEARCH_FIELD_COUNT ? names[f] : "?";
}

const char *search_match_name(enum search_match m)
{
    static const char *const names[] = {"apart", "inside", "after a letter", "word start",
                                        "word",  "prefix", "first words",    "whole"};
    return m <= SEARCH_MATCH_WHOLE ? names[m] : "?";
}

/* ---- marks ---- */

struct marker {
    struct arena *a;
    struct str folded;
    const uint32_t *begins, *ends; /* of the original, per folded byte */
    struct search_range ranges[RANGES_MAX];
    size_t n;
};

static void mark(struct marker *m, size_t begin, size_t end)
{
    if (end > begin && end <= m->folded.len && m->n < RANGES_MAX) {
        m->ranges[m->n++] = (struct search_range){m->begins[begin], m->ends[end - 1]};
    }
}

static bool mark_term(struct marker *m, const struct term *t, int k)
{
    size_t n = t->text.len;
    size_t at = find_bytes(m->folded.data, m->folded.len, 0, t->text.data, n);
    bool any = at < m->folded.len;
    while (at < m->folded.len) {
        mark(m, at, at + n);
        at = find_bytes(m->folded.data, m->folded.len, at + n, t->text.data, n);
    }
    struct found f;
    if (!any && match_locate(t, m->folded, k, &f)) {
        mark(m, f.begin, f.end);
        any = true;
    }
    return any;
}

static int by_begin(const void *a, const void *b)
{
    const struct search_range *x = a, *y = b;
    return x->begin != y->begin ? (x->begin < y->begin ? -1 : 1)
           : x->end < y->end    ? -1
                                : x->end > y->end;
}

static void store_marks(struct marker *m, struct search_hit *h)
{
    if (!m->n) {
        return;
    }
    qsort(m->ranges, m->n, sizeof *m->ranges, by_begin);
    size_t n = 1;
    for (size_t i = 1; i < m->n; i++) {
        struct search_range *last = &m->ranges[n - 1];
        if (m->ranges[i].begin <= last->end) {
            last->end = m->ranges[i].end > last->end ? m->ranges[i].end : last->end;
        } else {
            m->ranges[n++] = m->ranges[i];
        }
    }
    h->ranges = arena_array(m->a, n, sizeof *h->ranges);
    memcpy(h->ranges, m->ranges, n * sizeof *h->ranges);
    h->n_ranges = n;
}

/* The marks of all words in the original text of the hit. All words together are marked as one
 * where they stand so. */
static void set_ranges(const struct query_run *r, struct search_hit *h)
{
    size_t bound = fold_bound(h->text.len);
    struct strbuf folded;
    struct marker m = {.a = r->a};
    uint32_t *begins = mem_alloc(bound * sizeof *begins), *ends = mem_alloc(bound * sizeof *ends);
    static const char zeros[FIND_PADDING];
    strbuf_init(&folded, SIZE_MAX);
    fold_text(h->text, &folded, begins, ends);
    m.folded = str_n(folded.data, folded.len);
    m.begins = begins;
    m.ends = ends;
    strbuf_add(&folded, zeros, sizeof zeros);
    m.folded.data = folded.data;
    bool together = h->match != SEARCH_MATCH_NONE && mark_term(&m, &r->q.together, h->typos);
    for (size_t i = 0; !together && i < r->q.n_terms; i++) {
        mark_term(&m, &r->q.terms[i], h->typos);
    }
    store_marks(&m, h);
    mem_free(begins);
    mem_free(ends);
    strbuf_free(&folded);
}

/* ---- hits ---- */

static enum search_match match_of_rank(enum search_field field, unsigned rank)
{
    for (int m = SEARCH_MATCH_WHOLE; m > SEARCH_MATCH_NONE; m--) {
        if (score_rank(field, (enum search_match)m) == rank) {
            return (enum search_match)m;
        }
    }
    return SEARCH_MATCH_NONE;
}

/* The rules of score.h in their order, in words, with the weight of each word of several. */
static void set_explain(const struct query_run *r, struct search_hit *h)
{
    struct score_parts p = score_unpack(h->score);
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX);
    if (!r->q.n_terms) {
        strbuf_printf(&b, "listed: the query has no words; ");
    } else if (p.together) {
        strbuf_printf(&b, "%zu of %zu words, together: %s in %s (%u of %u)", r->q.n_terms,
                      r->n_asked, search_match_name(h->match), search_field_name(h->field),
                      p.together, SCORE_RANK_MAX);
    } else {
        strbuf_printf(&b, "%zu of %zu words, apart%s", r->q.n_terms, r->n_asked,
                      p.in_order ? " and in order" : "");
    }
    if (r->q.n_terms) {
        strbuf_printf(&b, "; %u typo%s; quality %u of %u", p.typos, p.typos == 1 ? "" : "s",
                      p.quality, SCORE_RANK_MAX * SCORE_QUALITY_PER_RANK);
    }
    for (size_t i = 0; r->docs_known && r->q.n_terms > 1 && i < r->q.n_terms; i++) {
        strbuf_printf(&b, "%s" STR_FMT " x%u", i ? ", " : "; rarity ", STR_ARG(r->q.terms[i].text),
                      r->weights[i]);
    }
    if (r->q.n_terms) {
        strbuf_printf(&b, "; covers %u/%u of the text; ", p.coverage, SCORE_COVERAGE_MAX);
    }
    strbuf_printf(&b, "size of the dataset %u/%d; score %" PRIu64, p.prior, PRIOR_MAX, h->score);
    h->explain = arena_strndup(r->a, b.data, b.len);
    strbuf_free(&b);
}

static void fill_series(struct query_run *r, const struct top_item *item, struct search_hit *h)
{
    const struct live_dataset *l = &r->ix->live[item->rank];
    const struct segment *s = r->ix->segments[l->segment];
    struct strbuf *id = &r->scratch->id;
    strbuf_clear(id);
    if (!segment_series_id(s, l->dataset, item->series, id)) {
        r->failed = error_set(r->err, ERR_CATALOG_DAMAGED,
                              "series %u of a dataset is missing in the search index: rebuild it",
                              item->series);
        return;
    }
    h->series = item->series;
    h->text = str_n(arena_strndup(r->a, id->data, id->len), id->len);
    h->field = SEARCH_FIELD_SERIES;
    uint64_t at = s->datasets[l->dataset].first_series + item->series;
    for (uint32_t i = 0; i < SEARCH_ATTRIBUTE_COUNT; i++) {
        h->has |= pack_get(&s->attributes[i], at, &h->values[i]) ? 1u << i : 0;
    }
}

/* The field that matched best, and its text: of all words together, else of the first word. */
static struct str best_field(const struct query_run *r, const struct segment_view *v,
                             uint32_t dataset, struct search_hit *h)
{
    const struct doc_match *m = &v->together[dataset];
    h->field = SEARCH_FIELD_DATASET;
    if (!r->q.n_terms) {
        return segment_dataset_id(v->s, dataset);
    }
    if (!score_unpack(h->score).together) {
        m = &v->docs[(size_t)dataset * r->q.n_terms];
    }
    h->field = (enum search_field)m->field;
    return segment_entry_text(v->s, &v->s->entries[m->entry]);
}

static void fill_dataset(struct query_run *r, const struct top_item *item, struct search_hit *h)
{
    const struct live_dataset *l = &r->ix->live[item->rank];
    const struct segment_view *v = &r->views[l->segment];
    const struct dataset_record *d = &v->s->datasets[l->dataset];
    h->is_dataset = true;
    struct str text = best_field(r, v, l->dataset, h);
    h->text = str_n(arena_strndup(r->a, text.data, text.len), text.len);
    h->values[SEARCH_LENGTH] = (int64_t)d->records;
    h->values[SEARCH_START] = d->start;
    h->values[SEARCH_END] = d->end;
    h->has = 1u << SEARCH_LENGTH | (d->has_times ? 1u << SEARCH_START | 1u << SEARCH_END : 0);
}

static void fill_hit(struct query_run *r, const struct top_item *item, struct search_hit *h)
{
    const struct live_dataset *l = &r->ix->live[item->rank];
    const struct segment *s = r->ix->segments[l->segment];
    struct score_parts p = score_unpack(item->score);
    struct str id = segment_dataset_id(s, l->dataset);
    h->score = item->score;
    h->dataset = item->rank;
    h->dataset_id = arena_strndup(r->a, id.data, id.len);
    h->typos = r->q.n_terms ? (uint8_t)p.typos : 0;
    h->words_matched = r->q.n_terms ? (uint8_t)r->q.n_terms : 0;
    if (item->series == TOP_DATASET) {
        fill_dataset(r, item, h);
    } else {
        fill_series(r, item, h);
    }
    if (r->failed != OK) {
        return;
    }
    h->match = match_of_rank(h->field, p.together);
    if (r->q.n_terms) {
        set_ranges(r, h);
    }
    if (r->o->explain) {
        set_explain(r, h);
    }
}

static void fill_page(struct query_run *r, struct search_result *out)
{
    size_t skip = r->o->offset < r->top.n ? r->o->offset : r->top.n;
    out->n_hits = r->top.n - skip;
    out->hits = arena_array(r->a, out->n_hits + 1, sizeof *out->hits);
    for (size_t i = 0; i < out->n_hits && r->failed == OK; i++) {
        fill_hit(r, &r->top.items[skip + i], &out->hits[i]);
    }
    if (out->n_hits && top_full(&r->top)) {
        const struct top_item *last = &r->top.items[r->top.n - 1];
        out->cursor =
            arena_printf(r->a, "%llx-%llx-%x-%x", (unsigned long long)r->ix->manifest.sequence,
                         (unsigned long long)last->key, last->rank, last->series);
    }
}

/* ---- facets ---- */

static struct search_facet *facet_of(struct search_facet **list, size_t *n, size_t *cap,
                                     enum search_field field, const char *value)
{
    for (size_t i = 0; i < *n; i++) {
        if ((*list)[i].field == field && strcmp((*list)[i].value, value) == 0) {
            return &(*list)[i];
        }
    }
    *list = mem_grow(*list, *n, cap, sizeof **list);
    (*list)[*n] = (struct search_facet){.field = field, .value = value};
    return &(*list)[(*n)++];
}

static int by_frequency(const void *a, const void *b)
{
    const struct search_facet *x = a, *y = b;
    if (x->field != y->field) {
        return x->field < y->field ? -1 : 1;
    }
    if (x->series != y->series) {
        return x->series > y->series ? -1 : 1;
    }
    if (x->datasets != y->datasets) {
        return x->datasets > y->datasets ? -1 : 1;
    }
    return strcmp(x->value, y->value);
}

static void fill_facets(struct query_run *r, struct search_result *out)
{
    static const enum search_field fields[] = {SEARCH_FIELD_DATASET, SEARCH_FIELD_THEME,
                                               SEARCH_FIELD_SOURCE, SEARCH_FIELD_FREQUENCY};
    struct search_facet *list = NULL;
    size_t n = 0, cap = 0, of_field = 0;
    for (uint32_t rank = 0; rank < r->ix->n_live; rank++) {
        uint64_t series = r->series_by_rank[rank], dataset = r->dataset_by_rank[rank];
        struct search_doc doc;
        if (!series && !dataset) {
            continue;
        }
        const struct live_dataset *l = &r->ix->live[rank];
        segment_doc(r->ix->segments[l->segment], l->dataset, r->a, &doc);
        const char *values[] = {doc.dataset_id, doc.theme, doc.source, doc.frequency};
        for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
            if (values[f]) {
                struct search_facet *x = facet_of(&list, &n, &cap, fields[f], values[f]);
                x->series += series;
                x->datasets += dataset;
            }
        }
    }
    if (n) {
        qsort(list, n, sizeof *list, by_frequency);
    }
    out->facets = arena_array(r->a, n + 1, sizeof *out->facets);
    for (size_t i = 0; i < n; i++) {
        of_field = i && list[i].field == list[i - 1].field ? of_field + 1 : 0;
        if (of_field < FACETS_MAX) {
            out->facets[out->n_facets++] = list[i];
        }
    }
    mem_free(list);
}

void result_fill(struct query_run *r, struct search_result *out)
{
    out->matched_datasets = r->matched_datasets;
    out->matched_series = r->matched_series;
    out->at_least = r->at_least || r->partial;
    out->partial = r->partial;
    out->typos = (uint8_t)r->stage;
    out->blocks_read = r->visited;
    fill_page(r, out);
    if (r->o->facets) {
        fill_facets(r, out);
    }
    if (out->n_hits == 0 && r->q.n_terms && !r->matched_series && !r->matched_datasets) {
        suggest(r, out);
    }
}
