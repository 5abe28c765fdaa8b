#include "parquet/page_index.h"

#include <assert.h>

#include <string.h>

#include "parquet/stats.h"

/* A PageLocation: three fields of at least two bytes, and a stop. */
#define LOCATION_MIN 7

static void read_location(struct thrift *t, struct parquet_page *p)
{
    int64_t offset = -1, first_row = -1;
    int32_t length = -1;
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        if (f.id == 1) {
            offset = thrift_i64(t, &f);
        } else if (f.id == 2) {
            length = thrift_i32(t, &f);
        } else if (f.id == 3) {
            first_row = thrift_i64(t, &f);
        } else {
            thrift_skip(t, f.type);
        }
    }
    if (offset < 0 || length < 0 || first_row < 0) {
        thrift_fail(t, ERR_CORRUPT, "a page's place is missing or negative");
    }
    p->offset = (uint64_t)offset;
    p->length = (uint64_t)length;
    p->first_row = (uint64_t)first_row;
}

/* Rows of each page, from where the next one starts. */
static void settle_rows(struct thrift *t, uint64_t rows, struct page_index *x)
{
    for (size_t i = 0; i < x->n; i++) {
        uint64_t end = i + 1 < x->n ? x->pages[i + 1].first_row : rows;
        if (x->pages[i].first_row > end || (i == 0 && x->pages[i].first_row != 0)) {
            thrift_fail(t, ERR_CORRUPT, "the rows of page %zu are out of order", i);
            return;
        }
        x->pages[i].rows = end - x->pages[i].first_row;
    }
}

static void check_places(struct thrift *t, const struct parquet_chunk *chunk,
                         const struct page_index *x)
{
    uint64_t at = chunk->offset, end = chunk->offset + chunk->length;
    for (size_t i = 0; i < x->n; i++) {
        const struct parquet_page *p = &x->pages[i];
        if (p->offset < at || p->offset > end || p->length > end - p->offset) {
            thrift_fail(t, ERR_CORRUPT, "page %zu does not lie behind the others in its chunk", i);
            return;
        }
        at = p->offset + p->length;
    }
}

static void read_locations(struct thrift *t, const struct thrift_field *f, struct arena *a,
                           struct page_index *x)
{
    x->n = thrift_list(t, f, THRIFT_STRUCT, LOCATION_MIN);
    x->pages = arena_array(a, x->n, sizeof *x->pages);
    for (size_t i = 0; i < x->n && t->code == OK; i++) {
        read_location(t, &x->pages[i]);
    }
}

static enum error_code finish(struct thrift *t, const char *what, const struct parquet_footer *f,
                              size_t column)
{
    if (t->code != OK) {
        error_add(t->err, "in the %s of column '%s'", what, f->columns[column].path);
    }
    return t->code;
}

enum error_code page_index_parse(const struct parquet_footer *f, size_t row_group, size_t column,
                                 struct str bytes, struct arena *a, struct page_index *out,
                                 struct error *err)
{
    const struct parquet_row_group *g = &f->row_groups[row_group];
    const struct parquet_chunk *chunk = &g->chunks[column];
    struct page_index x = {0};
    struct thrift t;
    struct thrift_field field = {0};
    *out = x;
    thrift_init(&t, bytes, chunk->offset_index_offset, err);
    while (thrift_next(&t, &field)) {
        if (field.id == 1 && !x.pages) {
            read_locations(&t, &field, a, &x);
        } else {
            thrift_skip(&t, field.type);
        }
    }
    if (t.code == OK && x.n == 0 && g->rows) {
        thrift_fail(&t, ERR_CORRUPT, "no page for %llu rows", (unsigned long long)g->rows);
    }
    if (t.code == OK) {
        settle_rows(&t, g->rows, &x);
    }
    if (t.code == OK) {
        check_places(&t, chunk, &x);
    }
    if (t.code == OK) {
        *out = x;
    }
    return finish(&t, "offset index", f, column);
}

/* ---- column index ---- */

/* As it stands in the file; each list is as long as the index has pages, or absent. */
struct bounds_raw {
    bool *null_pages;
    struct str *mins, *maxs;
    int64_t *null_counts;
    int32_t order;
};

static bool take_list(struct thrift *t, const struct thrift_field *f, enum thrift_type type,
                      size_t pages)
{
    size_t n = thrift_list(t, f, type, 1);
    if (t->code == OK && n != pages) {
        thrift_fail(t, ERR_CORRUPT, "%zu entries for %zu pages", n, pages);
    }
    return t->code == OK;
}

static struct str *read_binaries(struct thrift *t, const struct thrift_field *f, struct arena *a,
                                 size_t n)
{
    if (!take_list(t, f, THRIFT_BINARY, n)) {
        return NULL;
    }
    struct str *out = arena_array(a, n, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[i] = thrift_element_binary(t);
    }
    return out;
}

static bool *read_bools(struct thrift *t, const struct thrift_field *f, struct arena *a, size_t n)
{
    if (!take_list(t, f, THRIFT_TRUE, n)) {
        return NULL;
    }
    bool *out = arena_array(a, n, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[i] = thrift_element_bool(t);
    }
    return out;
}

static int64_t *read_counts(struct thrift *t, const struct thrift_field *f, struct arena *a,
                            size_t n)
{
    if (!take_list(t, f, THRIFT_I64, n)) {
        return NULL;
    }
    int64_t *out = arena_array(a, n, sizeof *out);
    for (size_t i = 0; i < n; i++) {
        out[i] = thrift_element_i64(t);
    }
    return out;
}

static void read_bounds(struct thrift *t, struct arena *a, size_t n, struct bounds_raw *raw)
{
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1:
            raw->null_pages = read_bools(t, &f, a, n);
            break;
        case 2:
            raw->mins = read_binaries(t, &f, a, n);
            break;
        case 3:
            raw->maxs = read_binaries(t, &f, a, n);
            break;
        case 4:
            raw->order = thrift_i32(t, &f);
            break;
        case 5:
            raw->null_counts = read_counts(t, &f, a, n);
            break;
        default:
            thrift_skip(t, f.type);
        }
    }
    if (t->code == OK && n && (!raw->null_pages || !raw->mins || !raw->maxs)) {
        thrift_fail(t, ERR_CORRUPT, "a required field is missing");
    }
}

/* Some writers call every page null where they kept no statistics, others compare the nulls of a
 * repeated column with its rows: a page is believed to be null where nothing speaks against it. */
static bool is_null_page(const struct bounds_raw *raw, size_t i, const struct parquet_column *c,
                         const struct parquet_page *p)
{
    return raw->null_pages[i] && c->max_rep == 0 && c->max_def > 0 &&
           (!raw->null_counts || raw->null_counts[i] == (int64_t)p->rows);
}

static void settle_page(const struct bounds_raw *raw, size_t i, const struct parquet_column *c,
                        struct arena *a, struct parquet_page *p)
{
    struct stats_raw s = {.min_inexact = true, .max_inexact = true};
    p->all_null = is_null_page(raw, i, c, p);
    if (!raw->null_pages[i]) {
        s.min_value = raw->mins[i];
        s.max_value = raw->maxs[i];
    }
    if (raw->null_counts) {
        s.has_null_count = true;
        s.null_count = raw->null_counts[i];
    }
    stats_settle(&s, c, a, &p->stats);
}

/* What the file says of the order holds where the bounds say so too. */
static enum page_order settle_order(const struct page_index *x, const struct parquet_column *c,
                                    int32_t order)
{
    if (order != PAGES_ASCENDING && order != PAGES_DESCENDING) {
        return PAGES_UNORDERED;
    }
    const struct parquet_stats *last = NULL;
    for (size_t i = 0; i < x->n; i++) {
        const struct parquet_page *p = &x->pages[i];
        if (p->all_null) {
            continue;
        }
        if (!p->stats.has_bounds) {
            return PAGES_UNORDERED;
        }
        int min = last ? stats_compare(c, last->min, p->stats.min) : 0;
        int max = last ? stats_compare(c, last->max, p->stats.max) : 0;
        if (order == PAGES_ASCENDING ? min > 0 || max > 0 : min < 0 || max < 0) {
            return PAGES_UNORDERED;
        }
        last = &p->stats;
    }
    return (enum page_order)order;
}

enum error_code page_index_add_bounds(const struct parquet_footer *f, size_t row_group,
                                      size_t column, struct str bytes, struct arena *a,
                                      struct page_index *index, struct error *err)
{
    const struct parquet_column *c = &f->columns[column];
    struct bounds_raw raw = {0};
    struct thrift t;
    thrift_init(&t, bytes, f->row_groups[row_group].chunks[column].column_index_offset, err);
    read_bounds(&t, a, index->n, &raw);
    if (t.code == OK) {
        assert(index->n == 0 || (raw.null_pages && raw.mins && raw.maxs)); /* by read_bounds */
        for (size_t i = 0; i < index->n; i++) {
            settle_page(&raw, i, c, a, &index->pages[i]);
        }
        index->has_bounds = true;
        index->order = settle_order(index, c, raw.order);
    }
    return finish(&t, "column index", f, column);
}
