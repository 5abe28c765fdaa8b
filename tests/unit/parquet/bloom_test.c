/* Bloom filters: the hash that the specification names, and filters of other writers. */
#include "build.h"

#include <stdio.h>

#include "base/map.h"
#include "parquet/bloom.h"

static void put_union(struct writer *w, int id, int member)
{
    struct writer u = put_struct(w, id);
    put_struct(&u, member);
    put_stop(w->b);
    put_stop(w->b);
}

static void put_header(struct strbuf *b, int bytes, int algorithm, int hash, int compression)
{
    struct writer w = {b, 0};
    strbuf_clear(b);
    put_i32(&w, 1, bytes);
    put_union(&w, 2, algorithm);
    put_union(&w, 3, hash);
    put_union(&w, 4, compression);
    put_stop(b);
}

static void put_zeros(struct strbuf *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put_byte(b, 0);
    }
}

/* Published vectors of XXH64 with seed 0. */
static void the_hash_is_xxh64(void **state)
{
    (void)state;
    assert_true(hash_xxh64("", 0) == 0xEF46DB3751D8E999ull);
    assert_true(hash_xxh64("a", 1) == 0xD24EC4F1A98C6E5Bull);
    assert_true(hash_xxh64("abc", 3) == 0x44BC2CF5AD770999ull);
}

static void an_empty_filter_rules_all_out(void **state)
{
    (void)state;
    struct strbuf b;
    struct bloom f;
    uint64_t length;
    struct error err;
    strbuf_init(&b, 10000);
    put_header(&b, 64, 1, 1, 1);
    size_t header = b.len;
    put_zeros(&b, 64);
    assert_int_equal(bloom_parse(strbuf_view(&b), 0, &f, &length, &err), OK);
    assert_int_equal(length, header + 64);
    assert_false(bloom_may_hold(&f, str_c("a")));
    memset(b.data + header, 0xFF, 64);
    assert_true(bloom_may_hold(&f, str_c("a")));
    strbuf_free(&b);
}

/* The header alone tells how much to ask for, and rules nothing out. */
static void the_header_tells_the_length(void **state)
{
    (void)state;
    struct strbuf b;
    struct bloom f;
    uint64_t length;
    struct error err;
    strbuf_init(&b, 10000);
    put_header(&b, 1024, 1, 1, 1);
    assert_true(b.len <= BLOOM_HEADER_MAX);
    assert_int_equal(bloom_parse(strbuf_view(&b), 0, &f, &length, &err), OK);
    assert_int_equal(length, b.len + 1024);
    assert_true(bloom_may_hold(&f, str_c("a")));
    strbuf_free(&b);
}

static void other_kinds_are_refused(void **state)
{
    (void)state;
    struct strbuf b;
    struct bloom f;
    uint64_t length;
    struct error err;
    strbuf_init(&b, 10000);
    static const struct {
        int bytes, algorithm, hash, compression;
        enum error_code code;
    } cases[] = {{32, 2, 1, 1, ERR_UNSUPPORTED}, {32, 1, 2, 1, ERR_UNSUPPORTED},
                 {32, 1, 1, 2, ERR_UNSUPPORTED}, {33, 1, 1, 1, ERR_CORRUPT},
                 {0, 1, 1, 1, ERR_CORRUPT},      {-32, 1, 1, 1, ERR_CORRUPT},
                 {1 << 28, 1, 1, 1, ERR_CORRUPT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_header(&b, cases[i].bytes, cases[i].algorithm, cases[i].hash, cases[i].compression);
        put_zeros(&b, 64);
        assert_int_equal(bloom_parse(strbuf_view(&b), 0, &f, &length, &err), cases[i].code);
        assert_true(bloom_may_hold(&f, str_c("a")));
    }
    assert_int_equal(bloom_parse(BYTES(0x15), 0, &f, &length, &err), ERR_CORRUPT);
    strbuf_free(&b);
}

/* A block that pyarrow wrote for the strings "north", "south" and "x1" (ndv 3, fpp 0.1). */
static const uint8_t written[32] = {
    0x08, 0x80, 0x00, 0x00, 0x40, 0x20, 0x00, 0x00, 0x04, 0x00, 0x10, 0x04, 0x00, 0x08, 0x00, 0x44,
    0x00, 0x00, 0xC0, 0x40, 0x00, 0x00, 0x20, 0x10, 0x00, 0x20, 0x09, 0x00, 0x00, 0x00, 0x02, 0x05};

static void a_filter_of_another_writer(void **state)
{
    (void)state;
    struct bloom f = {.blocks = str_n(written, sizeof written)};
    assert_true(bloom_may_hold(&f, str_c("north")));
    assert_true(bloom_may_hold(&f, str_c("south")));
    assert_true(bloom_may_hold(&f, str_c("x1")));
    int held = 0;
    for (int i = 0; i < 1000; i++) {
        char text[16];
        snprintf(text, sizeof text, "other%d", i);
        held += bloom_may_hold(&f, str_c(text));
    }
    assert_true(held < 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_hash_is_xxh64),
        cmocka_unit_test(an_empty_filter_rules_all_out),
        cmocka_unit_test(the_header_tells_the_length),
        cmocka_unit_test(other_kinds_are_refused),
        cmocka_unit_test(a_filter_of_another_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
