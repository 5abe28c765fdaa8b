#include "build.h"

#include <snappy-c.h>

#include "parquet/snappy.h"

#define OUT_MAX 4096

/* Buffers of exactly the size, so that a sanitizer sees the first byte too many. */
static bool decode(struct str in, uint8_t *out, size_t n)
{
    uint8_t *from = mem_alloc(in.len), *to = mem_alloc(n);
    if (in.len) {
        memcpy(from, in.data, in.len);
    }
    bool ok = snappy_decode(str_n(from, in.len), to, n);
    if (ok && n) {
        memcpy(out, to, n);
    }
    mem_free(from);
    mem_free(to);
    return ok;
}

static bool decode_by_library(struct str in, uint8_t *out, size_t n)
{
    size_t length;
    return snappy_uncompressed_length(in.data, in.len, &length) == SNAPPY_OK && length == n &&
           snappy_uncompress(in.data, in.len, (char *)out, &length) == SNAPPY_OK;
}

/* The front of a good block, of which the rest may be missing. */
static void assert_front(struct str in, const uint8_t *known, size_t n, size_t front)
{
    uint8_t *out = mem_alloc(n);
    assert_true(snappy_decode_front(in, out, n, front));
    assert_memory_equal(out, known, front);
    mem_free(out);
}

static void assert_as_library(struct str in, size_t n)
{
    static uint8_t ours[OUT_MAX], known[OUT_MAX];
    bool good = decode_by_library(in, known, n);
    assert_int_equal(decode(in, ours, n), good);
    if (good && n) {
        assert_memory_equal(ours, known, n);
        assert_front(in, known, n, n);
        assert_front(in, known, n, n / 2);
        assert_front(in, known, n, n < 9 ? n : 9);
    }
}

static void assert_block(struct str in, const char *text)
{
    uint8_t out[OUT_MAX];
    assert_true(decode(in, out, strlen(text)));
    assert_memory_equal(out, text, strlen(text));
}

/* As the format's description has them. */
static void each_kind_of_element(void **state)
{
    (void)state;
    assert_block(BYTES(0), "");
    assert_block(BYTES(3, 2 << 2, 'a', 'b', 'c'), "abc");
    assert_block(BYTES(3, 60 << 2, 2, 'a', 'b', 'c'), "abc");
    assert_block(BYTES(3, 63 << 2, 2, 0, 0, 0, 'a', 'b', 'c'), "abc");
    assert_block(BYTES(7, 2 << 2, 'a', 'b', 'c', 1, 3), "abcabca");
    assert_block(BYTES(6, 2 << 2, 'a', 'b', 'c', 2 | 2 << 2, 2, 0), "abcbcb");
    assert_block(BYTES(6, 2 << 2, 'a', 'b', 'c', 3 | 2 << 2, 1, 0, 0, 0), "abcccc");
}

static void damage_is_noticed(void **state)
{
    (void)state;
    uint8_t out[8];
    const struct str bad[] = {
        BYTES(0x83),                /* the length goes on */
        BYTES(3),                   /* nothing comes */
        BYTES(3, 2 << 2, 'a', 'b'), /* a literal is cut */
        BYTES(3, 61 << 2, 2),       /* the length of one is */
        BYTES(3, 3 << 2, 'a', 'b', 'c', 'd') /* there is more than was said */,
        BYTES(3, 2 << 2, 'a', 'b', 'c', 0, 'd'),
        BYTES(3, 0, 'a'),                                           /* and less */
        BYTES(3, 0, 'a', 2 | 1 << 2, 0, 0),                         /* an offset of nothing */
        BYTES(3, 0, 'a', 2 | 1 << 2, 2, 0),                         /* one before the start */
        BYTES(3, 0, 'a', 2 | 1 << 2, 1),                            /* one that is cut */
        BYTES(3, 0, 'a', 2 | 2 << 2, 1, 0),                         /* a copy beyond the end */
        BYTES(0x83, 0x80, 0x80, 0x80, 0x10, 2 << 2, 'a', 'b', 'c'), /* a length of 33 bits */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(decode(bad[i], out, 3));
        assert_as_library(bad[i], 3);
    }
    assert_false(decode(str_n("", 0), out, 0));
    /* A literal of 2^32 bytes, which the library takes for an empty one. */
    assert_false(decode(BYTES(0, 63 << 2, 0xFF, 0xFF, 0xFF, 0xFF), out, 0));
}

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)((*seed >> 33) % below);
}

static void add_literal(struct strbuf *b, uint64_t *seed, size_t n)
{
    if (n > 60 || draw(seed, 16) == 0) {
        put_byte(b, 61 << 2);
        put_byte(b, (unsigned)(n - 1) & 0xFF);
        put_byte(b, (unsigned)(n - 1) >> 8);
    } else {
        put_byte(b, (unsigned)(n - 1) << 2);
    }
    for (size_t i = 0; i < n; i++) {
        put_byte(b, draw(seed, 256));
    }
}

static void add_copy(struct strbuf *b, uint64_t *seed, size_t offset, size_t n)
{
    unsigned kind = draw(seed, 8) == 0 ? 3 : 2;
    if (offset < 2048 && n >= 4 && n < 12 && draw(seed, 4)) {
        put_byte(b, 1 | (unsigned)(n - 4) << 2 | (unsigned)(offset >> 8) << 5);
        put_byte(b, offset & 0xFF);
        return;
    }
    put_byte(b, kind | (unsigned)(n - 1) << 2);
    for (unsigned i = 0; i < (kind == 3 ? 4 : 2); i++) {
        put_byte(b, (unsigned)(offset >> 8 * i) & 0xFF);
    }
}

/* Literals and copies of every length; periods of every length below 64. */
static size_t draw_elements(struct strbuf *b, uint64_t *seed)
{
    size_t n = 0, elements = draw(seed, 60) + 1;
    for (size_t i = 0; i < elements && n < OUT_MAX - 512; i++) {
        bool literal = n == 0 || draw(seed, 3) == 0;
        size_t len = literal && draw(seed, 8) == 0 ? draw(seed, 300) + 1 : draw(seed, 60) + 1;
        len = draw(seed, 2) ? len % 12 + 1 : len;
        size_t near = n < 64 ? n : 64;
        if (literal) {
            add_literal(b, seed, len);
        } else {
            add_copy(b, seed, 1 + draw(seed, (uint32_t)(draw(seed, 2) ? near : n)),
                     len < 64 ? len : 64);
        }
        n += literal || len < 64 ? len : 64;
    }
    return n;
}

static void any_elements_give_what_the_library_gives(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 3000; seed++) {
        uint64_t s = seed;
        struct strbuf elements, block;
        strbuf_init(&elements, SIZE_MAX);
        strbuf_init(&block, SIZE_MAX);
        size_t n = draw_elements(&elements, &s);
        put_varint(&block, n);
        strbuf_add(&block, elements.data, elements.len);
        uint8_t out[OUT_MAX];
        assert_true(decode(strbuf_view(&block), out, n));
        assert_as_library(strbuf_view(&block), n);
        for (int k = 0; k < 8; k++) {
            size_t at = draw(&s, (uint32_t)block.len);
            char was = block.data[at];
            block.data[at] = (char)draw(&s, 256);
            assert_as_library(strbuf_view(&block), n);
            block.data[at] = was;
            assert_as_library(str_n(block.data, at), n);
        }
        strbuf_free(&elements);
        strbuf_free(&block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_element),
        cmocka_unit_test(damage_is_noticed),
        cmocka_unit_test(any_elements_give_what_the_library_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
