/* Searching, over the index of src/search. */
#include <string.h>
#include <sys/stat.h>

#include "api/error_api.h"
#include "api/result.h"
#include "api/search_cache.h"
#include "api/search_publish.h"
#include "base/log.h"
#include "model/time.h"
#include "search/search.h"
#include "tsindexer.h"

/* Room for the ranges or the reasons of one hit as text. */
#define HIT_TEXT_MAX ((size_t)64 << 10)

struct tsi_search {
    struct search_index *index;
    struct search_info info;
};

static int64_t mtime_ns(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 ? (int64_t)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec : -1;
}

/* Is the catalog's file younger than the index? Asked of the file system, so that the usual answer
 * does not cost the opening of a database. */
static bool may_be_stale(const char *database, const char *dir, struct arena *a)
{
    return mtime_ns(database) > mtime_ns(arena_printf(a, "%s/MANIFEST", dir));
}

int tsi_search_open(const char *database, struct tsi_search **out, struct tsi_error *err)
{
    struct error e = {0}, why = {0};
    struct search_index *index = NULL;
    struct arena a;
    arena_init(&a);
    *out = NULL;
    error_publish_none(err);
    const char *dir = search_directory(database, &a);
    enum error_code published = OK;
    if (may_be_stale(database, dir, &a) || search_open(dir, &index, &e)) {
        published = search_publish(database, 0, &why);
        if (search_open(dir, &index, &e) && published) {
            e = why; /* why there is none is the better answer than that there is none */
        } else if (published) {
            log_warn("search", "the index may be older than the catalog: %s", why.text);
        }
    }
    arena_reset(&a);
    if (!index) {
        return error_publish(&e, err);
    }
    *out = mem_zalloc(sizeof **out);
    (*out)->index = index;
    search_index_info(index, &(*out)->info);
    return 0;
}

void tsi_search_close(struct tsi_search *s)
{
    if (s) {
        search_close(s->index);
        mem_free(s);
    }
}

static struct cell text_cell(struct table *t, const char *text)
{
    return cell_text(t, CELL_TEXT, str_n(text, text ? strlen(text) : 0));
}

static struct cell time_cell(struct table *t, int64_t us)
{
    char text[TIME_TEXT_SIZE];
    time_format(us, TIME_UNIT_US, false, text);
    return cell_text(t, CELL_TIME, str_c(text));
}

static struct cell ranges_cell(struct table *t, const struct search_hit *h)
{
    struct strbuf b;
    strbuf_init(&b, HIT_TEXT_MAX);
    strbuf_add_char(&b, '[');
    for (size_t i = 0; i < h->n_ranges; i++) {
        strbuf_printf(&b, "%s[%u,%u]", i ? "," : "", h->ranges[i].begin, h->ranges[i].end);
    }
    strbuf_add_char(&b, ']');
    struct cell c = cell_text(t, CELL_JSON, strbuf_view(&b));
    strbuf_free(&b);
    return c;
}

static void fill_times(struct table *t, struct cell *row, const struct search_hit *h)
{
    if (h->has >> SEARCH_LENGTH & 1) {
        row[5] = cell_int(h->values[SEARCH_LENGTH]);
    }
    if (h->has >> SEARCH_START & 1) {
        row[6] = time_cell(t, h->values[SEARCH_START]);
    }
    if (h->has >> SEARCH_END & 1) {
        row[7] = time_cell(t, h->values[SEARCH_END]);
    }
}

enum { FIXED_COLUMNS = 13 };

static const char *const qualities[] = {NULL, "exact", "partial", "sampled"};

static enum error_code fill_row(const struct tsi_search *s, const struct search_hit *h,
                                const struct tsi_search_options *o, struct table *t,
                                struct error *err)
{
    struct search_doc doc;
    enum error_code code = search_index_doc(s->index, h->dataset, &t->arena, &doc, err);
    if (code) {
        return code;
    }
    struct cell *row = table_add_row(t);
    size_t next = FIXED_COLUMNS;
    row[0] = text_cell(t, h->is_dataset ? "dataset" : "series");
    row[1] = text_cell(t, doc.dataset_id);
    if (!h->is_dataset) {
        row[2] = cell_text(t, CELL_TEXT, h->text);
    }
    row[3] = text_cell(t, doc.name);
    row[4] = text_cell(t, doc.theme);
    fill_times(t, row, h);
    if (h->has >> SEARCH_MISSING & 1) {
        row[8] = cell_double((double)h->values[SEARCH_MISSING] / SEARCH_MISSING_ALL);
    }
    row[9] = text_cell(t, search_field_name(h->field));
    row[10] = text_cell(t, search_match_name(h->match));
    row[11] = cell_int(h->typos);
    row[12] = text_cell(t, qualities[doc.quality]);
    if (o->explain) {
        row[next++] = text_cell(t, h->explain);
    }
    if (o->highlight) {
        row[next++] = ranges_cell(t, h);
    }
    return OK;
}

static const char *join(struct arena *a, const char *const *words, size_t n)
{
    char *text = arena_strdup(a, "");
    for (size_t i = 0; i < n; i++) {
        text = arena_printf(a, "%s%s%s", text, i ? ", " : "", words[i]);
    }
    return text;
}

static struct tsi_result *facets_of(const struct search_result *r)
{
    static const char *const names[] = {"field", "value", "datasets", "series"};
    struct table t;
    table_init(&t, names, sizeof names / sizeof *names);
    for (size_t i = 0; i < r->n_facets; i++) {
        const struct search_facet *f = &r->facets[i];
        struct cell *row = table_add_row(&t);
        row[0] = text_cell(&t, search_field_name(f->field));
        row[1] = text_cell(&t, f->value);
        row[2] = cell_int((int64_t)f->datasets);
        row[3] = cell_int((int64_t)f->series);
    }
    t.total = t.matched = r->n_facets;
    return result_take(&t);
}

static void fill_facts(const struct search_result *r, struct arena *a,
                       struct tsi_search_facts *facts)
{
    *facts = (struct tsi_search_facts){
        .at_least = r->at_least,
        .partial = r->partial,
        .typos = r->typos,
        .ignored = join(a, r->dropped, r->n_dropped),
        .suggestions = join(a, r->suggestions, r->n_suggestions),
        .cursor = arena_strdup(a, r->cursor ? r->cursor : ""),
    };
}

/* Each hit behind the first one of its dataset, in the order they had: few hits, no sort needed. */
static void group(struct search_hit *hits, size_t n)
{
    size_t end = 0; /* of the groups that are made */
    while (end < n) {
        uint32_t dataset = hits[end++].dataset;
        for (size_t i = end; i < n; i++) {
            if (hits[i].dataset == dataset) {
                struct search_hit h = hits[i];
                memmove(&hits[end + 1], &hits[end], (i - end) * sizeof *hits);
                hits[end++] = h;
            }
        }
    }
}

static enum error_code read_sort(const char *text, struct search_options *o, struct error *err)
{
    static const char *const names[] = {
#define SORT_NAME(sym, name) name,
        SEARCH_SORTS(SORT_NAME)};
    o->descending = text && *text == '-';
    for (size_t i = 0; i < SEARCH_SORT_COUNT; i++) {
        if (!text || strcmp(text + o->descending, names[i]) == 0) {
            o->sort = (enum search_sort)(text ? i : 0);
            return OK;
        }
    }
    return error_set(err, ERR_USAGE,
                     "\"%s\" is nothing to sort by: score, name, length, start, end and missing "
                     "are, with a '-' before them turned round",
                     text);
}

static enum error_code read_options(const struct tsi_search_options *options,
                                    struct search_options *o, struct error *err)
{
    static const enum search_kinds kinds[] = {SEARCH_BOTH, SEARCH_DATASETS_ONLY,
                                              SEARCH_SERIES_ONLY};
    *o = (struct search_options){.limit = options->limit,
                                 .offset = options->offset,
                                 .cursor = options->cursor,
                                 .kinds = kinds[options->kinds],
                                 .exact = options->exact,
                                 .explain = options->explain,
                                 .facets = options->facets,
                                 .per_dataset = options->per_dataset,
                                 .line = line_of(options->line),
                                 .count = options->count};
    return read_sort(options->sort, o, err);
}

/* Everything of one answer: the rows, and what is to be said beside them. */
static enum error_code run(const struct tsi_search *s, const char *query,
                           const struct tsi_search_options *options, struct tsi_search_facts *facts,
                           struct tsi_result **out, struct error *err)
{
    const char *names[FIXED_COLUMNS + 2] = {
        "kind",           "dataset_id", "series_id", "name",  "theme", "records", "first_timestamp",
        "last_timestamp", "missing",    "field",     "match", "typos", "quality"};
    size_t n_names = FIXED_COLUMNS;
    struct search_options o;
    struct search_result r;
    struct table t;
    enum error_code code = read_options(options, &o, err);
    if (code) {
        return code;
    }
    if (options->explain) {
        names[n_names++] = "why";
    }
    if (options->highlight) {
        names[n_names++] = "highlight";
    }
    table_init(&t, names, n_names);
    code = search_run(s->index, str_c(query), &o, &r, err);
    if (!code && options->grouped) {
        group(r.hits, r.n_hits);
    }
    for (size_t i = 0; i < r.n_hits && !code; i++) {
        code = fill_row(s, &r.hits[i], options, &t, err);
    }
    t.total = r.total_datasets + r.total_series;
    t.matched = r.matched_datasets + r.matched_series;
    fill_facts(&r, &t.arena, facts);
    struct tsi_result *counts = options->facets && !code ? facets_of(&r) : NULL;
    search_result_free(&r);
    if (code) {
        table_free(&t);
        return code;
    }
    *out = result_take(&t);
    result_attach(*out, counts);
    facts->facets = counts;
    return OK;
}

int tsi_search_run(const struct tsi_search *s, const char *query,
                   const struct tsi_search_options *options, struct tsi_search_facts *facts,
                   struct tsi_result **out, struct tsi_error *err)
{
    struct error e = {0};
    struct strbuf key;
    enum error_code code = OK;
    *out = NULL;
    error_publish_none(err);
    strbuf_init(&key, CACHE_KEY_MAX);
    if (options->cache) {
        cache_key(&key, &s->info, query, options);
        *out = cache_get(options->cache, strbuf_view(&key), facts);
    }
    if (!*out) {
        code = run(s, query, options, facts, out, &e);
    }
    if (!code && options->cache) {
        cache_put(options->cache, strbuf_view(&key), *out, facts);
    }
    strbuf_free(&key);
    return code ? error_publish(&e, err) : 0;
}
