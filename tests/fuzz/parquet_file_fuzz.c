// module: parquet
/* Any bytes as a whole file: its footer, then every column that the footer describes, in every way
 * to read it, with the page index that the footer points at. */
#include <stdint.h>
#include <stdlib.h>

#include "parquet/chunk.h"
#include "parquet/page_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAGE_MAX ((uint64_t)1 << 20)
/* A footer may name one chunk as many columns' own, and claim any number of rows. */
#define CHUNKS_MAX 64
#define CALLS_MAX  200

/* The next batch in one of the ways; how much it has, 0 at the end. */
static size_t read_some(struct chunk_reader *r, int way)
{
    struct chunk_run runs[64];
    struct chunk_i64s ints;
    struct chunk_f64s floats;
    struct chunk_entries entries;
    struct chunk_lists lists;
    struct error err;
    size_t n = 0;
    switch (way) {
    case 0:
        return chunk_next_runs(r, runs, 64, &n, &err) == OK ? n : 0;
    case 1:
        return chunk_next_i64(r, TIME_UNIT_NS, &ints, &err) == OK ? ints.n : 0;
    case 2:
        return chunk_next_f64(r, &floats, &err) == OK ? floats.n : 0;
    case 3:
        return chunk_next_entries(r, 64, &entries, &err) == OK ? entries.n : 0;
    default:
        return chunk_next_lists(r, &lists, &err) == OK ? lists.n : 0;
    }
}

static void read_chunk(const struct parquet_footer *f, struct str file, size_t g, size_t c)
{
    const struct parquet_chunk *chunk = &f->row_groups[g].chunks[c];
    struct chunk_piece piece = {chunk->offset, str_n(file.data + chunk->offset, chunk->length)};
    struct error err;
    for (int way = 0; way < 5; way++) {
        struct chunk_reader *r;
        if (chunk_open(f, g, c, &piece, 1, PAGE_MAX, NULL, &r, &err) != OK) {
            return;
        }
        for (int calls = 0; calls < CALLS_MAX && read_some(r, way); calls++) {
        }
        chunk_close(r);
    }
}

static void read_by_index(const struct parquet_footer *f, struct str file, size_t g, size_t c)
{
    const struct parquet_chunk *chunk = &f->row_groups[g].chunks[c];
    struct arena a;
    struct page_index x;
    struct page_plan plan;
    struct error err;
    struct str bytes = str_n(file.data + chunk->offset_index_offset, chunk->offset_index_length);
    arena_init(&a);
    if (page_index_parse(f, g, c, bytes, &a, &x, &err) == OK && x.n < 1000) {
        bytes = str_n(file.data + chunk->column_index_offset, chunk->column_index_length);
        enum error_code rc = page_index_add_bounds(f, g, c, bytes, &a, &x, &err);
        (void)rc; /* an index without bounds plans as well */
        plan_extremes(f, g, c, &x, &a, &plan);
        struct chunk_piece *pieces = arena_array(&a, plan.n_ranges + 1, sizeof *pieces);
        for (size_t i = 0; i < plan.n_ranges; i++) {
            pieces[i] =
                (struct chunk_piece){plan.ranges[i].offset, str_n(file.data + plan.ranges[i].offset,
                                                                  plan.ranges[i].length)};
        }
        struct chunk_reader *r;
        if (chunk_open(f, g, c, pieces, plan.n_ranges, PAGE_MAX, NULL, &r, &err) == OK) {
            for (int calls = 0; calls < CALLS_MAX && read_some(r, 3); calls++) {
            }
            chunk_close(r);
        }
    }
    arena_reset(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str file = str_n(data, size);
    struct arena a;
    arena_init(&a);
    struct error err;
    uint64_t n = 0;
    struct parquet_footer *f;
    int chunks = 0;
    if (footer_locate(file, size, (struct str){0}, &n, &err) == OK &&
        footer_parse(str_from(file, size - n), size, &a, &f, &err) == OK) {
        for (size_t g = 0; g < f->n_row_groups; g++) {
            for (size_t c = 0; c < f->n_columns && chunks < CHUNKS_MAX; c++, chunks++) {
                read_chunk(f, file, g, c);
                read_by_index(f, file, g, c);
            }
        }
    }
    arena_reset(&a);
    return 0;
}
