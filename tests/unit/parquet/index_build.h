/* index_build.h - page indexes made by hand. */
#ifndef TESTS_PARQUET_INDEX_BUILD_H
#define TESTS_PARQUET_INDEX_BUILD_H

#include "build.h"

#include "parquet/page_index.h"

/* A chunk of four pages of 100 bytes behind a dictionary of 50, at byte 100: rows 0-9, 10-19,
 * 20-29, 30-39 of an optional INT32. */
struct index_fixture {
    struct chunk_fixture chunk;
    struct strbuf offsets, bounds;
    struct arena arena;
    struct page_index index;
};

static UNUSED void put_location(struct strbuf *b, int64_t offset, int64_t length, int64_t row)
{
    struct writer w = {b, 0};
    put_i64(&w, 1, offset);
    put_i32(&w, 2, length);
    put_i64(&w, 3, row);
    put_stop(b);
}

static UNUSED void index_init(struct index_fixture *x)
{
    fixture_init(&x->chunk, PARQUET_INT32, true, 40);
    x->chunk.column.type_ordered = true;
    x->chunk.chunk.length = 450;
    x->chunk.chunk.dictionary_length = 50;
    strbuf_init(&x->offsets, 10000);
    strbuf_init(&x->bounds, 10000);
    arena_init(&x->arena);
    struct writer w = {&x->offsets, 0};
    put_list(&w, 1, 12, 4);
    for (int i = 0; i < 4; i++) {
        put_location(&x->offsets, 150 + 100 * i, 100, 10 * i);
    }
    put_stop(&x->offsets);
}

static UNUSED void index_free(struct index_fixture *x)
{
    fixture_free(&x->chunk);
    strbuf_free(&x->offsets);
    strbuf_free(&x->bounds);
    arena_reset(&x->arena);
}

static UNUSED enum error_code index_parse(struct index_fixture *x)
{
    return page_index_parse(&x->chunk.footer, 0, 0, strbuf_view(&x->offsets), &x->arena, &x->index,
                            &x->chunk.err);
}

/* Bounds of the four pages; a page with min > max is one of nulls. */
static UNUSED void put_bounds(struct index_fixture *x, const int32_t mins[4], const int32_t maxs[4],
                              int order)
{
    struct writer w = {&x->bounds, 0};
    strbuf_clear(&x->bounds);
    put_list(&w, 1, 1, 4);
    for (int i = 0; i < 4; i++) {
        put_byte(&x->bounds, mins[i] > maxs[i] ? 1 : 2);
    }
    for (int side = 0; side < 2; side++) {
        put_list(&w, 2 + side, 8, 4);
        for (int i = 0; i < 4; i++) {
            size_t len = mins[i] > maxs[i] ? 0 : 4;
            put_varint(&x->bounds, len);
            strbuf_add(&x->bounds, side ? &maxs[i] : &mins[i], len);
        }
    }
    put_i32(&w, 4, order);
    put_list(&w, 5, 6, 4);
    for (int i = 0; i < 4; i++) {
        put_zigzag(&x->bounds, mins[i] > maxs[i] ? 10 : 0);
    }
    put_stop(&x->bounds);
}

static UNUSED enum error_code index_add_bounds(struct index_fixture *x)
{
    return page_index_add_bounds(&x->chunk.footer, 0, 0, strbuf_view(&x->bounds), &x->arena,
                                 &x->index, &x->chunk.err);
}

/* Parsed, with bounds. */
static UNUSED void index_open(struct index_fixture *x, const int32_t mins[4], const int32_t maxs[4],
                              int order)
{
    index_init(x);
    put_bounds(x, mins, maxs, order);
    assert_int_equal(index_parse(x), OK);
    assert_int_equal(index_add_bounds(x), OK);
}

#endif
