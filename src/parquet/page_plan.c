#include "parquet/page_plan.h"

#include <assert.h>

#include "parquet/stats.h"

static void add_range(struct page_plan *p, uint64_t offset, uint64_t length)
{
    struct plan_range *last = p->n_ranges ? &p->ranges[p->n_ranges - 1] : NULL;
    p->bytes += length;
    if (last && last->offset + last->length == offset) {
        last->length += length;
    } else {
        p->ranges[p->n_ranges++] = (struct plan_range){offset, length};
    }
}

static void add_rows(struct page_plan *p, uint64_t first, uint64_t rows)
{
    assert(p->rows);
    struct plan_rows *last = p->n_rows ? &p->rows[p->n_rows - 1] : NULL;
    if (last && last->first + last->rows == first) {
        last->rows += rows;
    } else {
        p->rows[p->n_rows++] = (struct plan_rows){first, rows};
    }
}

static void start(const struct page_index *x, struct arena *a, struct page_plan *out)
{
    size_t n = x ? x->n : 0;
    *out = (struct page_plan){.ranges = arena_array(a, n + 1, sizeof *out->ranges),
                              .rows = arena_array(a, n + 1, sizeof *out->rows)};
}

static void add_chunk(const struct parquet_row_group *g, size_t column, struct page_plan *out)
{
    const struct parquet_chunk *chunk = &g->chunks[column];
    add_range(out, chunk->offset, chunk->length);
    add_rows(out, 0, g->rows);
}

/* The dictionary, if there is one, stands between the chunk's beginning and its first page. */
static void add_page(const struct parquet_chunk *chunk, const struct page_index *x, size_t i,
                     struct page_plan *out)
{
    if (out->n_ranges == 0 && x->pages[0].offset > chunk->offset) {
        add_range(out, chunk->offset, x->pages[0].offset - chunk->offset);
    }
    add_range(out, x->pages[i].offset, x->pages[i].length);
    add_rows(out, x->pages[i].first_row, x->pages[i].rows);
}

void plan_rows(const struct parquet_row_group *g, size_t column, const struct page_index *x,
               uint64_t from, uint64_t to, struct arena *a, struct page_plan *out)
{
    start(x, a, out);
    to = to < g->rows ? to : g->rows;
    if (from >= to) {
        return;
    }
    if (!x) {
        add_chunk(g, column, out);
        return;
    }
    for (size_t i = 0; i < x->n; i++) {
        const struct parquet_page *p = &x->pages[i];
        if (p->first_row < to && p->first_row + p->rows > from) {
            add_page(&g->chunks[column], x, i, out);
        }
    }
}

void plan_value(const struct parquet_footer *f, size_t row_group, size_t column,
                const struct page_index *x, struct str value, struct arena *a,
                struct page_plan *out)
{
    const struct parquet_row_group *g = &f->row_groups[row_group];
    start(x, a, out);
    if (!x) {
        add_chunk(g, column, out);
        return;
    }
    for (size_t i = 0; i < x->n; i++) {
        const struct parquet_page *p = &x->pages[i];
        if (!p->all_null && p->rows && stats_may_hold(&f->columns[column], &p->stats, value)) {
            add_page(&g->chunks[column], x, i, out);
        }
    }
}

/* The bounds that the least and the greatest value of the chunk keep within: the least upper and
 * the greatest lower bound of its pages. */
struct extremes {
    struct str least_max, greatest_min;
};

static bool find_extremes(const struct parquet_column *c, const struct page_index *x,
                          struct extremes *out)
{
    *out = (struct extremes){0};
    for (size_t i = 0; x && x->has_bounds && i < x->n; i++) {
        const struct parquet_page *p = &x->pages[i];
        if (p->all_null) {
            continue;
        }
        if (!p->stats.has_bounds) {
            return false;
        }
        if (!out->least_max.data || stats_compare(c, p->stats.max, out->least_max) < 0) {
            out->least_max = p->stats.max;
        }
        if (!out->greatest_min.data || stats_compare(c, p->stats.min, out->greatest_min) > 0) {
            out->greatest_min = p->stats.min;
        }
    }
    return x && x->has_bounds;
}

/* A page whose lower bound lies above another page's upper bound has not the least value. */
void plan_extremes(const struct parquet_footer *f, size_t row_group, size_t column,
                   const struct page_index *x, struct arena *a, struct page_plan *out)
{
    const struct parquet_row_group *g = &f->row_groups[row_group];
    const struct parquet_column *c = &f->columns[column];
    struct extremes e;
    start(x, a, out);
    if (!find_extremes(c, x, &e)) {
        add_chunk(g, column, out);
        return;
    }
    for (size_t i = 0; i < x->n; i++) {
        const struct parquet_page *p = &x->pages[i];
        if (!p->all_null && (stats_compare(c, p->stats.min, e.least_max) <= 0 ||
                             stats_compare(c, p->stats.max, e.greatest_min) >= 0)) {
            add_page(&g->chunks[column], x, i, out);
        }
    }
}

bool plan_dictionary(const struct parquet_chunk *chunk, struct plan_range *out)
{
    *out = (struct plan_range){chunk->offset, chunk->dictionary_length};
    return chunk->all_dictionary && chunk->dictionary_length > 0;
}

bool row_group_may_hold(const struct parquet_footer *f, size_t row_group, size_t column,
                        struct str value)
{
    const struct parquet_row_group *g = &f->row_groups[row_group];
    const struct parquet_stats *s = &g->chunks[column].stats;
    if (g->rows == 0 || (s->has_null_count && s->null_count == g->chunks[column].num_values)) {
        return false;
    }
    return stats_may_hold(&f->columns[column], s, value);
}
