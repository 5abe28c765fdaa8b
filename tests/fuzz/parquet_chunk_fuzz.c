// module: parquet
/* Any bytes as the pages of a chunk. The first eight choose the column and its codec; the rest are
 * pages. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parquet/chunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD 8
/* Pages may claim thousands of millions of rows in a few bytes: what is behind these is not looked
 * at. */
#define ROWS_MAX 100000
#define PAGE_MAX ((uint64_t)1 << 20)

static void read_runs(struct chunk_reader *r, uint64_t rows, bool whole)
{
    struct chunk_run runs[64];
    struct error err;
    uint64_t seen = 0, used = 0;
    size_t n = 1;
    for (int calls = 0; n && calls < 2000; calls++) {
        if (chunk_next_runs(r, runs, 64, &n, &err) != OK) {
            return;
        }
        for (size_t i = 0; i < n; i++) {
            seen += runs[i].rows;
            if (runs[i].rows == 0 ||
                (runs[i].code != CHUNK_NULL && runs[i].code >= chunk_n_codes(r))) {
                abort();
            }
            if (runs[i].code != CHUNK_NULL) {
                struct str v = chunk_value(r, runs[i].code);
                used += v.len ? (uint8_t)v.data[v.len - 1] : 0;
            }
        }
    }
    if (seen > rows || (whole && n == 0 && seen != rows) || used == UINT64_MAX) {
        abort();
    }
}

static void read_ints(struct chunk_reader *r, uint64_t rows, bool whole, enum time_unit unit)
{
    struct chunk_i64s b = {.n = 1};
    struct error err;
    uint64_t seen = 0;
    for (int calls = 0; b.n && calls < 2000; calls++) {
        if (chunk_next_i64(r, unit, &b, &err) != OK) {
            return;
        }
        for (size_t i = 0; i < b.n; i++) {
            if (b.valid && (b.valid[i] > 1 || (!b.valid[i] && b.values[i] != 0))) {
                abort();
            }
        }
        seen += b.n;
    }
    if (seen > rows || (whole && b.n == 0 && seen != rows)) {
        abort();
    }
}

static void read_entries(struct chunk_reader *r, const struct parquet_column *c, uint64_t rows,
                         bool whole)
{
    struct chunk_entries e = {.n = 1};
    struct error err;
    uint64_t seen = 0, used = 0;
    for (int calls = 0; e.n && calls < 2000; calls++) {
        if (chunk_next_entries(r, 50, &e, &err) != OK) {
            return;
        }
        size_t values = 0;
        for (size_t i = 0; i < e.n; i++) {
            if (e.rep[i] > c->max_rep || e.def[i] > c->max_def) {
                abort();
            }
            values += e.def[i] == c->max_def;
        }
        if (values != e.n_values) {
            abort();
        }
        for (size_t i = 0; i < values; i++) {
            struct str v = chunk_entry_value(&e, i);
            used += v.len ? (uint8_t)v.data[v.len - 1] : 0;
        }
        seen += e.n;
    }
    if (seen > rows || (whole && e.n == 0 && seen != rows) || used == UINT64_MAX) {
        abort();
    }
}

static void read_floats(struct chunk_reader *r, uint64_t entries)
{
    struct chunk_f64s b = {.n = 1};
    struct error err;
    uint64_t seen = 0;
    for (int calls = 0; b.n && calls < 2000; calls++) {
        if (chunk_next_f64(r, &b, &err) != OK) {
            return;
        }
        seen += b.n;
    }
    if (seen > entries) {
        abort();
    }
}

static void read_lists(struct chunk_reader *r, uint64_t rows, uint64_t entries)
{
    struct chunk_lists l = {.n = 1};
    struct error err;
    uint64_t seen = 0, elements = 0;
    while (l.n) {
        if (chunk_next_lists(r, &l, &err) != OK) {
            return;
        }
        for (size_t i = 0; i < l.n; i++) {
            elements += l.elements[i];
            if (!l.valid[i] && l.elements[i]) {
                abort();
            }
        }
        seen += l.n;
    }
    if (seen > rows || elements > entries) {
        abort();
    }
}

static void set_up(const uint8_t *head, struct parquet_column *c, struct parquet_chunk *chunk)
{
    *c = (struct parquet_column){.path = "c", .name = "c", .top_level = true};
    c->physical = (enum parquet_physical)(head[0] & 7);
    c->type_length = c->physical == PARQUET_FIXED ? head[1] % 20 : 0;
    c->max_def = head[2] & 3;
    c->is_signed = head[2] & 4;
    c->max_rep = head[2] >> 3 & 3;
    c->list_def = head[2] >> 5 & 3;
    chunk->codec = (enum parquet_codec)(head[3] & 7);
    chunk->num_values = (head[4] | (uint64_t)head[5] << 8 | (uint64_t)head[6] << 16) % ROWS_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD) {
        return 0;
    }
    struct parquet_column column;
    struct parquet_chunk chunk = {.offset = 4, .length = size - HEAD};
    set_up(data, &column, &chunk);
    /* Of a repeated column the rows are fewer than the entries. */
    uint64_t rows = column.max_rep ? chunk.num_values * (data[1] + 1u) / 256 : chunk.num_values;
    struct parquet_row_group group = {.rows = rows, .chunks = &chunk};
    struct parquet_footer footer = {
        .columns = &column, .n_columns = 1, .row_groups = &group, .n_row_groups = 1};
    /* Split in two, where the eighth byte says so: pages may be chosen. */
    size_t cut = data[7] ? (size - HEAD) * data[7] / 256 : 0;
    const char *bytes = (const char *)data + HEAD;
    const struct chunk_piece pieces[] = {{4, str_n(bytes, cut)},
                                         {4 + cut, str_n(bytes + cut, size - HEAD - cut)}};
    const struct chunk_piece *first = cut ? pieces : pieces + 1;
    for (int mode = 0; mode < 6; mode++) {
        struct chunk_reader *r;
        struct error err;
        if (chunk_open(&footer, 0, 0, first, cut ? 2 : 1, PAGE_MAX, NULL, &r, &err) != OK) {
            return 0;
        }
        if (mode == 0) {
            read_runs(r, chunk.num_values, cut == 0);
        } else if (mode == 3) {
            read_entries(r, &column, chunk.num_values, cut == 0);
        } else if (mode == 5) {
            read_floats(r, chunk.num_values);
        } else if (mode == 4) {
            read_lists(r, group.rows, chunk.num_values);
        } else {
            read_ints(r, chunk.num_values, cut == 0, mode == 1 ? TIME_UNIT_NS : TIME_UNIT_US);
        }
        chunk_close(r);
    }
    return 0;
}
