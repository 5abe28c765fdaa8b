// module: parquet
/* Any bytes as the end of a file: located, and parsed as a footer of a file of just these bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parquet/footer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything that the parsed form points at is read, and the promises of footer.h are checked. */
static void look_at(const struct parquet_footer *f, uint64_t file_size, struct arena *a)
{
    size_t used = 0;
    for (size_t i = 0; i < f->n_columns; i++) {
        used += strlen(f->columns[i].path) + strlen(f->columns[i].name);
        used += strlen(parquet_type_text(&f->columns[i], a));
    }
    for (size_t g = 0; g < f->n_row_groups; g++) {
        for (size_t i = 0; i < f->n_columns; i++) {
            const struct parquet_chunk *c = &f->row_groups[g].chunks[i];
            if (c->offset > file_size || c->length > file_size - c->offset) {
                abort();
            }
            if (c->stats.has_bounds && (!c->stats.min.data || !c->stats.max.data)) {
                abort();
            }
            for (size_t k = 0; c->stats.has_bounds && k < c->stats.min.len; k++) {
                used += (uint8_t)c->stats.min.data[k];
            }
        }
    }
    if (used == SIZE_MAX) {
        abort();
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
    if (footer_locate(file, size, (struct str){0}, &n, &err) == OK) {
        if (n > size) {
            abort();
        }
        if (footer_parse(str_from(file, size - n), size, &a, &f, &err) == OK) {
            look_at(f, size, &a);
        }
    }
    arena_reset(&a);

    /* The same bytes without a trailer: the fuzzer need not learn to write a length. */
    char *whole = malloc(size + 12);
    if (!whole) {
        abort();
    }
    memcpy(whole, "PAR1", 4);
    memcpy(whole + 4, data, size);
    uint32_t length = (uint32_t)size;
    memcpy(whole + 4 + size, &length, 4);
    memcpy(whole + 8 + size, "PAR1", 4);
    if (footer_parse(str_n(whole + 4, size + 8), size + 12, &a, &f, &err) == OK) {
        look_at(f, size + 12, &a);
    }
    arena_reset(&a);
    free(whole);
    return 0;
}
