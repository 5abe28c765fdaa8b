// module: parquet
/* Any bytes as a whole file: its footer, then every flat column that the footer describes. */
#include <stdint.h>
#include <stdlib.h>

#include "parquet/chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAGE_MAX ((uint64_t)1 << 20)
/* A footer may name one chunk as many columns' own, and claim any number of rows. */
#define CHUNKS_MAX 64
#define CALLS_MAX  200

static void read_chunk(const struct parquet_footer *f, struct str file, size_t g, size_t c)
{
    const struct parquet_chunk *chunk = &f->row_groups[g].chunks[c];
    struct chunk_piece piece = {chunk->offset, str_n(file.data + chunk->offset, chunk->length)};
    struct error err;
    for (int ints = 0; ints < 2; ints++) {
        struct chunk_reader *r;
        if (chunk_open(f, g, c, &piece, 1, PAGE_MAX, NULL, &r, &err) != OK) {
            return;
        }
        struct chunk_run runs[64];
        struct chunk_i64s batch;
        size_t n = 1;
        for (int calls = 0; n && calls < CALLS_MAX; calls++) {
            enum error_code rc = ints ? chunk_next_i64(r, TIME_UNIT_NS, &batch, &err)
                                      : chunk_next_runs(r, runs, 64, &n, &err);
            n = rc != OK ? 0 : ints ? batch.n : n;
        }
        chunk_close(r);
    }
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
            }
        }
    }
    arena_reset(&a);
    return 0;
}
