/* footer_build.h - footers made by hand. */
#ifndef TESTS_PARQUET_FOOTER_BUILD_H
#define TESTS_PARQUET_FOOTER_BUILD_H

#include "build.h"

/* A SchemaElement; -1 leaves a field out. */
struct element {
    const char *name;
    int type, repetition, children, converted, length;
    void (*logical)(struct writer *element); /* writes field 10 */
};

static UNUSED void put_element(struct strbuf *b, const struct element *e)
{
    struct writer w = {b, 0};
    if (e->type >= 0) {
        put_i32(&w, 1, e->type);
    }
    if (e->length >= 0) {
        put_i32(&w, 2, e->length);
    }
    if (e->repetition >= 0) {
        put_i32(&w, 3, e->repetition);
    }
    put_binary(&w, 4, str_c(e->name));
    if (e->children >= 0) {
        put_i32(&w, 5, e->children);
    }
    if (e->converted >= 0) {
        put_i32(&w, 6, e->converted);
    }
    if (e->logical) {
        e->logical(&w);
    }
    put_stop(b);
}

struct stats_bytes {
    struct str min, max, min_value, max_value;
    int64_t null_count; /* -1: none */
    int exact;          /* -1: not said */
};

/* A ColumnChunk. */
struct chunk_spec {
    int type, codec;
    int64_t values, compressed, data_offset, dictionary_offset; /* -1: no dictionary offset */
    const struct stats_bytes *stats;
    const int (*page_encodings)[3]; /* type, encoding, count */
    size_t n_page_encodings;
    bool encrypted, no_metadata;
    const char *file_path;
};

static UNUSED void put_stats(struct writer *m, const struct stats_bytes *s)
{
    struct writer w = put_struct(m, 12);
    if (s->max.data) {
        put_binary(&w, 1, s->max);
    }
    if (s->min.data) {
        put_binary(&w, 2, s->min);
    }
    if (s->null_count >= 0) {
        put_i64(&w, 3, s->null_count);
    }
    if (s->max_value.data) {
        put_binary(&w, 5, s->max_value);
    }
    if (s->min_value.data) {
        put_binary(&w, 6, s->min_value);
    }
    if (s->exact >= 0) {
        put_bool(&w, 7, s->exact);
        put_bool(&w, 8, s->exact);
    }
    put_stop(m->b);
}

static UNUSED void put_metadata(struct writer *w, const struct chunk_spec *c)
{
    struct writer m = put_struct(w, 3);
    put_i32(&m, 1, c->type);
    put_list(&m, 2, 5, 1);
    put_zigzag(w->b, 0);
    put_list(&m, 3, 8, 1);
    put_varint(w->b, 1);
    put_byte(w->b, 'c');
    put_i32(&m, 4, c->codec);
    put_i64(&m, 5, c->values);
    put_i64(&m, 6, 1000);
    put_i64(&m, 7, c->compressed);
    put_i64(&m, 9, c->data_offset);
    if (c->dictionary_offset >= 0) {
        put_i64(&m, 11, c->dictionary_offset);
    }
    if (c->stats) {
        put_stats(&m, c->stats);
    }
    if (c->n_page_encodings) {
        put_list(&m, 13, 12, c->n_page_encodings);
        for (size_t i = 0; i < c->n_page_encodings; i++) {
            struct writer e = {w->b, 0};
            put_i32(&e, 1, c->page_encodings[i][0]);
            put_i32(&e, 2, c->page_encodings[i][1]);
            put_i32(&e, 3, c->page_encodings[i][2]);
            put_stop(w->b);
        }
    }
    put_stop(w->b);
}

static UNUSED void put_chunk(struct strbuf *b, const struct chunk_spec *c)
{
    struct writer w = {b, 0};
    if (c->file_path) {
        put_binary(&w, 1, str_c(c->file_path));
    }
    put_i64(&w, 2, 0);
    if (!c->no_metadata) {
        put_metadata(&w, c);
    }
    if (c->encrypted) {
        put_struct(&w, 8);
        put_stop(b);
    }
    put_stop(b);
}

struct footer_spec {
    const struct element *elements;
    size_t n_elements;
    const struct chunk_spec *chunks; /* of the one row group */
    size_t n_chunks;
    int64_t rows, group_rows;
    bool no_orders;
    const char *created_by;
};

static UNUSED void put_footer(struct strbuf *b, const struct footer_spec *s)
{
    struct writer w = {b, 0};
    put_i32(&w, 1, 2);
    put_list(&w, 2, 12, s->n_elements);
    for (size_t i = 0; i < s->n_elements; i++) {
        put_element(b, &s->elements[i]);
    }
    put_i64(&w, 3, s->rows);
    put_list(&w, 4, 12, 1);
    struct writer g = {b, 0};
    put_list(&g, 1, 12, s->n_chunks);
    for (size_t i = 0; i < s->n_chunks; i++) {
        put_chunk(b, &s->chunks[i]);
    }
    put_i64(&g, 2, 5000);
    put_i64(&g, 3, s->group_rows);
    put_stop(b);
    put_binary(&w, 6, str_c(s->created_by ? s->created_by : "a test"));
    if (!s->no_orders) {
        put_list(&w, 7, 12, s->n_chunks);
        for (size_t i = 0; i < s->n_chunks; i++) {
            struct writer o = {b, 0};
            put_struct(&o, 1);
            put_stop(b);
            put_stop(b);
        }
    }
    put_stop(b);
    uint32_t length = (uint32_t)b->len;
    put_u32(b, length);
    strbuf_add_c(b, "PAR1");
}

/* The footer of a file that has 10,000 bytes in front of it. */
#define FILE_DATA 10000

struct parsed {
    struct strbuf bytes;
    struct arena arena;
    struct parquet_footer *footer;
    struct error err;
};

static UNUSED enum error_code parse_spec(struct parsed *p, const struct footer_spec *s)
{
    strbuf_init(&p->bytes, 1 << 20);
    arena_init(&p->arena);
    put_footer(&p->bytes, s);
    return footer_parse(strbuf_view(&p->bytes), FILE_DATA + p->bytes.len, &p->arena, &p->footer,
                        &p->err);
}

static UNUSED void parsed_free(struct parsed *p)
{
    strbuf_free(&p->bytes);
    arena_reset(&p->arena);
}

#endif
