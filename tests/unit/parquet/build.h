/* build.h - Parquet bytes made by hand, so that a test can say exactly what is in a footer or a
 * page.
 *
 * A writer of the Thrift compact protocol (independent of the reader under test), and a chunk of
 * pages with a footer around it. */
#ifndef TESTS_PARQUET_BUILD_H
#define TESTS_PARQUET_BUILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/str.h"
#include "parquet/chunk.h"

#define UNUSED     __attribute__((unused))
#define BYTES(...) str_n((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* ---- Thrift ---- */

/* A struct that is being written: its bytes, and the id of its last field. */
struct writer {
    struct strbuf *b;
    int last;
};

static UNUSED void put_byte(struct strbuf *b, unsigned v)
{
    strbuf_add_char(b, (char)v);
}

static UNUSED void put_varint(struct strbuf *b, uint64_t v)
{
    while (v >= 0x80) {
        put_byte(b, (unsigned)(v & 0x7F) | 0x80);
        v >>= 7;
    }
    put_byte(b, (unsigned)v);
}

static UNUSED void put_zigzag(struct strbuf *b, int64_t v)
{
    put_varint(b, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

static UNUSED void put_field(struct writer *w, int id, int type)
{
    bool near = id > w->last && id - w->last < 16;
    put_byte(w->b, near ? (unsigned)((id - w->last) << 4 | type) : (unsigned)type);
    if (!near) {
        put_zigzag(w->b, id);
    }
    w->last = id;
}

static UNUSED void put_i32(struct writer *w, int id, int64_t v)
{
    put_field(w, id, 5);
    put_zigzag(w->b, v);
}

static UNUSED void put_i64(struct writer *w, int id, int64_t v)
{
    put_field(w, id, 6);
    put_zigzag(w->b, v);
}

static UNUSED void put_bool(struct writer *w, int id, bool v)
{
    put_field(w, id, v ? 1 : 2);
}

static UNUSED void put_binary(struct writer *w, int id, struct str s)
{
    put_field(w, id, 8);
    put_varint(w->b, s.len);
    strbuf_add(w->b, s.data, s.len);
}

static UNUSED void put_list(struct writer *w, int id, int element, size_t n)
{
    put_field(w, id, 9);
    put_byte(w->b, (unsigned)(n < 15 ? n << 4 : 0xF0) | (unsigned)element);
    if (n >= 15) {
        put_varint(w->b, n);
    }
}

static UNUSED struct writer put_struct(struct writer *w, int id)
{
    put_field(w, id, 12);
    return (struct writer){w->b, 0};
}

static UNUSED void put_stop(struct strbuf *b)
{
    put_byte(b, 0);
}

static UNUSED void put_u32(struct strbuf *b, uint32_t v)
{
    strbuf_add(b, &v, 4);
}

static UNUSED void put_u64(struct strbuf *b, uint64_t v)
{
    strbuf_add(b, &v, 8);
}

/* A string as PLAIN has it. */
static UNUSED void put_plain(struct strbuf *b, const char *s)
{
    put_u32(b, (uint32_t)strlen(s));
    strbuf_add_c(b, s);
}

/* ---- pages ---- */

static UNUSED void put_dictionary_page(struct strbuf *b, int n, struct str body)
{
    struct writer w = {b, 0};
    put_i32(&w, 1, 2);
    put_i32(&w, 2, (int64_t)body.len);
    put_i32(&w, 3, (int64_t)body.len);
    struct writer d = put_struct(&w, 7);
    put_i32(&d, 1, n);
    put_i32(&d, 2, 0);
    put_bool(&d, 3, false);
    put_stop(b);
    put_stop(b);
    strbuf_add(b, body.data, body.len);
}

/* A v1 data page: `levels` are the bytes of definition levels without their length; data NULL: the
 * column has none. */
static UNUSED void put_page(struct strbuf *b, int n, int encoding, struct str levels,
                            struct str values)
{
    int64_t len = (int64_t)(values.len + (levels.data ? levels.len + 4 : 0));
    struct writer w = {b, 0};
    put_i32(&w, 1, 0);
    put_i32(&w, 2, len);
    put_i32(&w, 3, len);
    struct writer d = put_struct(&w, 5);
    put_i32(&d, 1, n);
    put_i32(&d, 2, encoding);
    put_i32(&d, 3, 3);
    put_i32(&d, 4, 3);
    put_stop(b);
    put_stop(b);
    if (levels.data) {
        put_u32(b, (uint32_t)levels.len);
        strbuf_add(b, levels.data, levels.len);
    }
    strbuf_add(b, values.data, values.len);
}

#define NO_LEVELS ((struct str){0})

/* ---- a chunk ---- */

/* One column, one row group, one chunk, at byte 100 of the file. */
struct chunk_fixture {
    struct parquet_column column;
    struct parquet_chunk chunk;
    struct parquet_row_group group;
    struct parquet_footer footer;
    struct strbuf bytes;
    struct error err;
    struct counters counters;
};

static UNUSED void fixture_init(struct chunk_fixture *x, enum parquet_physical physical,
                                bool optional, uint64_t rows)
{
    memset(x, 0, sizeof *x);
    x->column = (struct parquet_column){.path = "c",
                                        .name = "c",
                                        .top_level = true,
                                        .physical = physical,
                                        .is_signed = true,
                                        .max_def = optional};
    x->group.rows = rows;
    x->group.chunks = &x->chunk;
    x->footer.columns = &x->column;
    x->footer.n_columns = 1;
    x->footer.row_groups = &x->group;
    x->footer.n_row_groups = 1;
    x->chunk.num_values = rows;
    x->chunk.offset = 100;
    strbuf_init(&x->bytes, (size_t)1 << 30);
}

static UNUSED enum error_code fixture_open(struct chunk_fixture *x, struct chunk_reader **r)
{
    x->chunk.length = x->bytes.len;
    struct chunk_piece piece = {x->chunk.offset, strbuf_view(&x->bytes)};
    return chunk_open(&x->footer, 0, 0, &piece, 1, (uint64_t)1 << 26, &x->counters, r, &x->err);
}

static UNUSED void fixture_free(struct chunk_fixture *x)
{
    strbuf_free(&x->bytes);
}

/* All runs as text, "a*3 -*2 b*1": values as strings, nulls as '-'. Calls take at most `cap` runs.
 */
static UNUSED enum error_code fixture_runs(struct chunk_fixture *x, size_t cap, struct strbuf *text)
{
    struct chunk_reader *r;
    enum error_code rc = fixture_open(x, &r);
    struct chunk_run runs[4096];
    size_t n = rc == OK;
    while (rc == OK && n) {
        rc = chunk_next_runs(r, runs, cap, &n, &x->err);
        for (size_t i = 0; rc == OK && i < n; i++) {
            bool null = runs[i].code == CHUNK_NULL;
            struct str v = null ? str_c("-") : chunk_value(r, runs[i].code);
            strbuf_printf(text, STR_FMT "*%u ", STR_ARG(v), runs[i].rows);
        }
    }
    if (r) {
        chunk_close(r);
    }
    return rc;
}

/* Mix `rows` rows of a value into a hash of the column; data NULL: nulls. */
static UNUSED void hash_rows(uint64_t *hash, struct str v, uint32_t rows)
{
    uint64_t one = hash_bytes(v.data ? v.data : "null", v.data ? v.len : 4) + (v.data == NULL);
    for (uint32_t i = 0; i < rows; i++) {
        *hash = hash_mix(*hash, one);
    }
}

static UNUSED void hash_batch(const struct chunk_fixture *x, const struct chunk_reader *r,
                              const struct chunk_batch *b, uint64_t *hash)
{
    size_t width = x->column.physical == PARQUET_INT32 ? 4 : 8;
    for (size_t i = 0; i < b->n; i++) {
        if (b->runs) {
            bool null = b->runs[i].code == CHUNK_NULL;
            hash_rows(hash, null ? str_n(NULL, 0) : chunk_value(r, b->runs[i].code),
                      b->runs[i].rows);
        } else if (b->codes) {
            hash_rows(hash, chunk_value(r, b->codes[i]), 1);
        } else {
            hash_rows(hash, b->ints ? str_n(&b->ints[i], width) : b->strs[i], b->rows[i]);
        }
    }
}

/* The hash of all rows, read as batches or as runs. */
static UNUSED enum error_code fixture_hash(struct chunk_fixture *x, bool batches, uint64_t *hash)
{
    struct chunk_reader *r;
    enum error_code rc = fixture_open(x, &r);
    struct chunk_run runs[512];
    struct chunk_batch b = {.n = rc == OK};
    *hash = 0;
    while (rc == OK && b.n) {
        if (batches) {
            rc = chunk_next_batch(r, &b, &x->err);
        } else {
            b = (struct chunk_batch){.runs = runs};
            rc = chunk_next_runs(r, runs, 512, &b.n, &x->err);
        }
        hash_batch(x, r, &b, hash);
    }
    if (r) {
        chunk_close(r);
    }
    return rc;
}

static UNUSED void assert_batches_are_runs(struct chunk_fixture *x)
{
    struct counters before = x->counters;
    uint64_t runs, batches;
    assert_int_equal(fixture_hash(x, false, &runs), OK);
    assert_int_equal(fixture_hash(x, true, &batches), OK);
    assert_true(runs == batches);
    x->counters = before;
}

static UNUSED void assert_runs(struct chunk_fixture *x, const char *want)
{
    struct strbuf text;
    strbuf_init(&text, (size_t)1 << 20);
    if (fixture_runs(x, 4096, &text) != OK) {
        fail_msg("%s", x->err.text);
    }
    assert_string_equal(text.data ? text.data : "", want);
    strbuf_free(&text);
    assert_batches_are_runs(x);
}

static UNUSED void assert_runs_fail(struct chunk_fixture *x, enum error_code code)
{
    struct strbuf text;
    strbuf_init(&text, (size_t)1 << 20);
    enum error_code rc = fixture_runs(x, 4096, &text);
    if (rc != code) {
        fail_msg("%s instead of %s: %s", error_name(rc), error_name(code), x->err.text);
    }
    strbuf_free(&text);
    uint64_t hash;
    assert_int_equal(fixture_hash(x, true, &hash), code);
}

#endif
