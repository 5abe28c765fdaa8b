#include "plans.h"

#include <math.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "parquet/bloom.h"
#include "parquet/stats.h"

static const struct parquet_chunk *chunk_of(struct chunk_place p)
{
    return &p.footer->row_groups[p.group].chunks[p.column];
}

static struct str bytes_at(struct chunk_place p, uint64_t offset, uint64_t length)
{
    return str_n(p.file.data + offset, length);
}

/* NULL where the chunk has no index. */
static enum error_code read_index(struct chunk_place p, struct arena *a, struct page_index **out,
                                  struct error *err)
{
    const struct parquet_chunk *c = chunk_of(p);
    *out = NULL;
    if (!c->offset_index_offset) {
        return OK;
    }
    struct page_index *x = arena_zalloc(a, sizeof *x);
    struct str bytes = bytes_at(p, c->offset_index_offset, c->offset_index_length);
    enum error_code rc = page_index_parse(p.footer, p.group, p.column, bytes, a, x, err);
    if (rc == OK && c->column_index_offset) {
        bytes = bytes_at(p, c->column_index_offset, c->column_index_length);
        rc = page_index_add_bounds(p.footer, p.group, p.column, bytes, a, x, err);
    }
    *out = x;
    return rc;
}

/* The entries of rows [from, to) of the plan's. */
static enum error_code visit_plan(struct chunk_place p, const struct page_plan *plan, uint64_t from,
                                  uint64_t to, visit_function *visit, void *context,
                                  struct error *err)
{
    struct chunk_piece *pieces = mem_alloc((plan->n_ranges + 1) * sizeof *pieces);
    for (size_t i = 0; i < plan->n_ranges; i++) {
        const struct plan_range *r = &plan->ranges[i];
        pieces[i] = (struct chunk_piece){r->offset, bytes_at(p, r->offset, r->length)};
    }
    struct chunk_reader *r;
    struct chunk_entries e = {.n = 1};
    enum error_code rc = chunk_open(p.footer, p.group, p.column, pieces, plan->n_ranges,
                                    PARQUET_PAGE_MAX, NULL, &r, err);
    uint64_t next = plan->n_rows ? plan->rows[0].first : 0; /* the row that begins next */
    while (rc == OK && e.n) {
        rc = chunk_next_entries(r, 501, &e, err);
        for (size_t i = 0, v = 0; rc == OK && i < e.n; i++) {
            next += e.rep[i] == 0;
            bool valid = e.def[i] == p.footer->columns[p.column].max_def;
            struct str value = valid ? chunk_entry_value(&e, v++) : (struct str){0};
            if (next > from && next <= to) {
                visit(context, value);
            }
        }
    }
    chunk_close(r);
    mem_free(pieces);
    return rc;
}

enum error_code visit_by_rows(struct chunk_place p, visit_function *visit, void *context,
                              struct error *err)
{
    const struct parquet_row_group *g = &p.footer->row_groups[p.group];
    struct arena a;
    arena_init(&a);
    struct page_index *x;
    enum error_code rc = read_index(p, &a, &x, err);
    uint64_t part = g->rows / 3 + 1;
    for (uint64_t from = 0; rc == OK && from < g->rows; from += part) {
        uint64_t to = from + part < g->rows ? from + part : g->rows;
        struct page_plan plan;
        plan_rows(g, p.column, x, from, to, &a, &plan);
        rc = visit_plan(p, &plan, from, to, visit, context, err);
    }
    arena_reset(&a);
    return rc;
}

/* ---- what must hold every value ---- */

struct check {
    struct chunk_place place;
    const struct parquet_column *column;
    const struct parquet_page *page;
    struct bloom bloom;
    struct map dictionary;
    bool has_dictionary, has_extremes;
    struct strbuf least, greatest;
    const char *wrong; /* the first that ruled a value out */
};

static bool is_nan(const struct parquet_column *c, struct str v)
{
    float f = 0;
    double d = 0;
    if (c->physical == PARQUET_FLOAT) {
        memcpy(&f, v.data, sizeof f);
    } else if (c->physical == PARQUET_DOUBLE) {
        memcpy(&d, v.data, sizeof d);
    }
    return isnan(f) || isnan(d);
}

static void keep_extremes(struct check *k, struct str v)
{
    if (is_nan(k->column, v)) {
        return;
    }
    if (!k->has_extremes || stats_compare(k->column, v, strbuf_view(&k->least)) < 0) {
        strbuf_clear(&k->least);
        strbuf_add(&k->least, v.data, v.len);
    }
    if (!k->has_extremes || stats_compare(k->column, v, strbuf_view(&k->greatest)) > 0) {
        strbuf_clear(&k->greatest);
        strbuf_add(&k->greatest, v.data, v.len);
    }
    k->has_extremes = true;
}

/* Sets the first fault. */
static void found(struct check *k, const char *wrong)
{
    k->wrong = k->wrong ? k->wrong : wrong;
}

static void check_value(void *context, struct str v)
{
    struct check *k = context;
    if (!v.data) {
        return;
    }
    uint64_t unused;
    if (!stats_may_hold(k->column, &k->page->stats, v)) {
        found(k, "the bounds of its page rule out a value");
    } else if (k->page->all_null) {
        found(k, "a page that is all null has a value");
    } else if (!row_group_may_hold(k->place.footer, k->place.group, k->place.column, v)) {
        found(k, "statistics rule out a value");
    } else if (!bloom_may_hold(&k->bloom, v)) {
        found(k, "the bloom filter rules out a value");
    } else if (k->has_dictionary && !map_get(&k->dictionary, v, &unused)) {
        found(k, "the dictionary misses a value");
    }
    keep_extremes(k, v);
}

static enum error_code read_dictionary(struct check *k, struct error *err)
{
    struct plan_range range;
    if (!plan_dictionary(chunk_of(k->place), &range)) {
        return OK;
    }
    struct chunk_piece piece = {range.offset, bytes_at(k->place, range.offset, range.length)};
    struct chunk_reader *r;
    enum error_code rc = chunk_open(k->place.footer, k->place.group, k->place.column, &piece, 1,
                                    PARQUET_PAGE_MAX, NULL, &r, err);
    rc = rc ? rc : chunk_read_dictionary(r, err);
    for (uint32_t i = 0; rc == OK && i < chunk_n_codes(r); i++) {
        struct str v = chunk_value(r, i);
        map_put(&k->dictionary, v, NULL);
    }
    k->has_dictionary = rc == OK;
    chunk_close(r);
    return rc;
}

static enum error_code read_bloom(struct check *k, struct error *err)
{
    const struct parquet_chunk *c = chunk_of(k->place);
    uint64_t length;
    if (!c->bloom_offset) {
        return OK;
    }
    struct str bytes = str_from(k->place.file, c->bloom_offset);
    enum error_code rc = bloom_parse(bytes, c->bloom_offset, &k->bloom, &length, err);
    if (rc == OK && c->bloom_length && length != c->bloom_length) {
        return error_set(err, ERR_INTERNAL, "a bloom filter of %llu bytes takes %llu",
                         (unsigned long long)c->bloom_length, (unsigned long long)length);
    }
    return rc;
}

static enum error_code check_pages(struct check *k, const struct page_index *x, struct arena *a,
                                   struct error *err)
{
    const struct parquet_row_group *g = &k->place.footer->row_groups[k->place.group];
    const struct parquet_page whole = {.rows = g->rows};
    enum error_code rc = OK;
    size_t n = x ? x->n : 1;
    for (size_t i = 0; rc == OK && i < n; i++) {
        k->page = x ? &x->pages[i] : &whole;
        uint64_t from = k->page->first_row, to = from + k->page->rows;
        struct page_plan plan;
        plan_rows(g, k->place.column, x, from, to, a, &plan);
        rc = visit_plan(k->place, &plan, from, to, check_value, k, err);
    }
    return rc;
}

/* The pages that plan_extremes chooses must have the extremes of all pages. */
static enum error_code check_extremes(struct check *k, const struct page_index *x, struct arena *a,
                                      struct error *err)
{
    static const struct parquet_page any = {0};
    struct check chosen = {.place = k->place, .column = k->column, .page = &any};
    struct page_plan plan;
    strbuf_init(&chosen.least, (size_t)1 << 30);
    strbuf_init(&chosen.greatest, (size_t)1 << 30);
    plan_extremes(k->place.footer, k->place.group, k->place.column, x, a, &plan);
    enum error_code rc = visit_plan(k->place, &plan, 0, UINT64_MAX, check_value, &chosen, err);
    if (k->has_extremes != chosen.has_extremes ||
        (k->has_extremes &&
         (stats_compare(k->column, strbuf_view(&k->least), strbuf_view(&chosen.least)) ||
          stats_compare(k->column, strbuf_view(&k->greatest), strbuf_view(&chosen.greatest))))) {
        found(k, "the pages of the extremes miss one");
    }
    strbuf_free(&chosen.least);
    strbuf_free(&chosen.greatest);
    return rc;
}

enum error_code check_plans(struct chunk_place p, struct error *err)
{
    struct check k = {.place = p, .column = &p.footer->columns[p.column]};
    struct arena a;
    struct page_index *x = NULL;
    arena_init(&a);
    map_init(&k.dictionary);
    strbuf_init(&k.least, (size_t)1 << 30);
    strbuf_init(&k.greatest, (size_t)1 << 30);
    enum error_code rc = read_index(p, &a, &x, err);
    rc = rc ? rc : read_dictionary(&k, err);
    rc = rc ? rc : read_bloom(&k, err);
    rc = rc ? rc : check_pages(&k, x, &a, err);
    rc = rc ? rc : check_extremes(&k, x, &a, err);
    if (rc == OK && k.wrong) {
        rc = error_set(err, ERR_INTERNAL, "%s of column '%s'", k.wrong, k.column->path);
    }
    map_free(&k.dictionary);
    strbuf_free(&k.least);
    strbuf_free(&k.greatest);
    arena_reset(&a);
    return rc;
}
