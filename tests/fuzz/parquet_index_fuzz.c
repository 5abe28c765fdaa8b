// module: parquet
/* Any bytes as a page index and as a bloom filter: the first byte is the length of the offset
 * index, what follows it is the column index; all of them again as a bloom filter. */
#include <stdint.h>
#include <stdlib.h>

#include "parquet/bloom.h"
#include "parquet/page_index.h"
#include "parquet/page_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS 1000

/* What page_plan.h promises of a plan. */
static void check_plan(const struct parquet_chunk *chunk, const struct page_plan *p)
{
    uint64_t at = chunk->offset, bytes = 0, row = 0;
    for (size_t i = 0; i < p->n_ranges; i++) {
        if (p->ranges[i].offset < at) {
            abort();
        }
        at = p->ranges[i].offset + p->ranges[i].length;
        bytes += p->ranges[i].length;
    }
    for (size_t i = 0; i < p->n_rows; i++) {
        if (p->rows[i].first < row) {
            abort();
        }
        row = p->rows[i].first + p->rows[i].rows;
    }
    if (at > chunk->offset + chunk->length || bytes != p->bytes || row > ROWS) {
        abort();
    }
}

static void make_plans(const struct parquet_footer *f, const struct page_index *x, struct arena *a)
{
    const struct parquet_row_group *g = f->row_groups;
    struct page_plan plan;
    uint64_t rows = 0;
    for (size_t i = 0; i < x->n; i++) {
        const struct parquet_page *p = &x->pages[i];
        rows += p->rows;
        plan_rows(g, 0, x, p->first_row, p->first_row + p->rows, a, &plan);
        check_plan(g->chunks, &plan);
        if (p->stats.has_bounds) {
            plan_value(f, 0, 0, x, p->stats.min, a, &plan);
            check_plan(g->chunks, &plan);
        }
    }
    if (rows != ROWS) {
        abort();
    }
    plan_extremes(f, 0, 0, x, a, &plan);
    check_plan(g->chunks, &plan);
}

static void read_index(struct parquet_footer *f, struct str offsets, struct str bounds)
{
    static const enum parquet_physical types[] = {PARQUET_INT32, PARQUET_DOUBLE, PARQUET_BYTE_ARRAY,
                                                  PARQUET_FIXED, PARQUET_BOOLEAN};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct arena a;
        struct page_index x;
        struct error err;
        f->columns[0].physical = types[i];
        arena_init(&a);
        if (page_index_parse(f, 0, 0, offsets, &a, &x, &err) == OK) {
            make_plans(f, &x, &a);
            if (page_index_add_bounds(f, 0, 0, bounds, &a, &x, &err) == OK) {
                make_plans(f, &x, &a);
            }
        }
        arena_reset(&a);
    }
}

static void read_bloom(struct str bytes)
{
    struct bloom b;
    uint64_t length;
    struct error err;
    if (bloom_parse(bytes, 0, &b, &length, &err) == OK && length > bytes.len &&
        !bloom_may_hold(&b, bytes)) {
        abort();
    }
    bool held = bloom_may_hold(&b, str_c("value"));
    (void)held;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) {
        return 0;
    }
    struct parquet_column column = {.path = "c",
                                    .name = "c",
                                    .type_length = 4,
                                    .is_signed = true,
                                    .max_def = 1,
                                    .type_ordered = true};
    struct parquet_chunk chunk = {.offset = 4, .length = 100000, .num_values = ROWS};
    struct parquet_row_group group = {.rows = ROWS, .chunks = &chunk};
    struct parquet_footer footer = {
        .columns = &column, .n_columns = 1, .row_groups = &group, .n_row_groups = 1};
    struct str rest = str_n(data + 1, size - 1);
    size_t cut = data[0] < rest.len ? data[0] : rest.len;
    read_index(&footer, str_n(rest.data, cut), str_from(rest, cut));
    read_bloom(rest);
    return 0;
}
