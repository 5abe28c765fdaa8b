#include "build.h"

#include <libdeflate.h>

#include "parquet/page.h"

struct spec {
    int type, body; /* body: the field that holds the page's own header; 0 none */
    int64_t uncompressed, compressed;
    bool has_crc;
    uint32_t crc;
};

static void put(struct strbuf *b, struct spec s, struct str stored)
{
    struct writer w = {b, 0};
    put_i32(&w, 1, s.type);
    put_i32(&w, 2, s.uncompressed);
    put_i32(&w, 3, s.compressed);
    if (s.has_crc) {
        put_i32(&w, 4, (int32_t)s.crc);
    }
    if (s.body) {
        struct writer d = put_struct(&w, s.body);
        put_i32(&d, 1, 3);
        if (s.body == 8) {
            put_i32(&d, 2, 0);
            put_i32(&d, 3, 3);
            put_i32(&d, 4, 0);
            put_i32(&d, 5, 2);
            put_i32(&d, 6, 0);
            put_bool(&d, 7, false);
        } else {
            put_i32(&d, 2, 0);
        }
        put_stop(b);
    }
    put_stop(b);
    strbuf_add(b, stored.data, stored.len);
}

static enum error_code first_page(struct strbuf *b, struct page *p, struct error *err)
{
    struct chunk_piece piece = {1000, strbuf_view(b)};
    struct page_cursor c = {.pieces = &piece, .n_pieces = 1, .page_max = 10000};
    bool more;
    enum error_code rc = page_next(&c, p, &more, err);
    strbuf_free(b);
    return rc;
}

static void pages_follow_each_other(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 10000);
    put(&b, (struct spec){PAGE_DATA, 5, 4, 4, false, 0}, str_c("data"));
    size_t second = b.len;
    put(&b, (struct spec){PAGE_DATA_V2, 8, 9, 4, false, 0}, str_c("more"));
    size_t third = b.len;
    put(&b, (struct spec){PAGE_INDEX, 0, 0, 0, false, 0}, str_n("", 0));
    const struct chunk_piece pieces[] = {{50, str_n(b.data, third)},
                                         {9, str_n("", 0)},
                                         {5000, str_n(b.data + third, b.len - third)}};
    struct page_cursor c = {.pieces = pieces, .n_pieces = 3, .page_max = 100};
    struct page p;
    bool more;
    assert_int_equal(page_next(&c, &p, &more, NULL), OK);
    assert_true(more);
    assert_int_equal(p.type, PAGE_DATA);
    assert_int_equal(p.offset, 50);
    assert_int_equal(p.num_values, 3);
    assert_true(str_eq(p.stored, str_c("data")));
    assert_int_equal(page_next(&c, &p, &more, NULL), OK);
    assert_int_equal(p.type, PAGE_DATA_V2);
    assert_int_equal(p.offset, 50 + second);
    assert_int_equal(p.stored_offset, 50 + third - 4);
    assert_int_equal(p.def_len, 2);
    assert_int_equal(p.uncompressed, 9);
    assert_true(p.plain_stored);
    assert_int_equal(page_next(&c, &p, &more, NULL), OK);
    assert_int_equal(p.type, PAGE_INDEX);
    assert_int_equal(p.offset, 5000);
    assert_int_equal(page_next(&c, &p, &more, NULL), OK);
    assert_false(more);
    strbuf_free(&b);
}

static void checksums_are_verified(void **state)
{
    (void)state;
    uint32_t crc = libdeflate_crc32(0, "data", 4);
    struct page p;
    struct error err;
    struct strbuf b;
    strbuf_init(&b, 10000);
    put(&b, (struct spec){PAGE_DATA, 5, 4, 4, true, crc}, str_c("data"));
    assert_int_equal(first_page(&b, &p, &err), OK);
    put(&b, (struct spec){PAGE_DATA, 5, 4, 4, true, crc}, str_c("dat4"));
    assert_int_equal(first_page(&b, &p, &err), ERR_CHECKSUM);
    assert_true(err.has_offset && err.offset > 1000);
}

static void impossible_headers(void **state)
{
    (void)state;
    const struct {
        struct spec s;
        enum error_code want;
    } cases[] = {
        {{PAGE_DATA, 5, 4, 4, false, 0}, OK},
        {{PAGE_DATA, 5, 4, 5, false, 0}, ERR_CORRUPT}, /* more than there is */
        {{PAGE_DATA, 5, 4, -4, false, 0}, ERR_CORRUPT},
        {{PAGE_DATA, 5, -1, 4, false, 0}, ERR_CORRUPT},
        {{PAGE_DATA, 5, 10001, 4, false, 0}, ERR_LIMIT},
        {{PAGE_DATA, 0, 4, 4, false, 0}, ERR_CORRUPT}, /* no data page header */
        {{PAGE_DATA, 7, 4, 4, false, 0}, ERR_CORRUPT}, /* that of a dictionary */
        {{PAGE_DICTIONARY, 0, 4, 4, false, 0}, ERR_CORRUPT},
        {{PAGE_DATA_V2, 8, 1, 4, false, 0}, ERR_CORRUPT}, /* two bytes of levels in one */
        {{PAGE_DATA_V2, 8, 4, 4, false, 0}, OK},
        {{77, 0, 4, 4, false, 0}, OK}, /* a type we do not know holds no rows */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strbuf b;
        strbuf_init(&b, 10000);
        put(&b, cases[i].s, str_c("data"));
        struct page p;
        struct error err;
        assert_int_equal(first_page(&b, &p, &err), cases[i].want);
        assert_int_equal(cases[i].want != OK && !err.has_offset, 0);
    }
}

static void truncated_headers(void **state)
{
    (void)state;
    struct strbuf whole;
    strbuf_init(&whole, 10000);
    put(&whole, (struct spec){PAGE_DATA, 5, 0, 0, false, 0}, str_n("", 0));
    for (size_t n = 1; n < whole.len; n++) {
        struct strbuf b;
        strbuf_init(&b, 10000);
        strbuf_add(&b, whole.data, n);
        struct page p;
        assert_int_equal(first_page(&b, &p, NULL), ERR_CORRUPT);
    }
    strbuf_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_follow_each_other),
        cmocka_unit_test(checksums_are_verified),
        cmocka_unit_test(impossible_headers),
        cmocka_unit_test(truncated_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
