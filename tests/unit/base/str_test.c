#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_compare(void **state)
{
    (void)state;
    assert_true(str_eq(str_c(NULL), str_c("")));
    assert_false(str_eq(str_c("a"), str_c("A")));
    assert_true(str_eq(str_n("a\0b", 3), str_n("a\0b", 3)));
    assert_false(str_eq(str_n("a\0b", 3), str_n("a\0c", 3)));
    assert_true(str_eq_nocase(str_c("HzMetro"), str_c("hzmETRO")));
    assert_false(str_eq_nocase(str_c("\xC3\x84"), str_c("\xC3\xA4"))); /* ASCII only */
    assert_false(str_eq_nocase(str_c("@["), str_c("`{")));
    assert_true(str_cmp(str_c("a"), str_c("b")) < 0);
    assert_true(str_cmp(str_c("a"), str_c("a")) == 0);
    assert_true(str_cmp(str_c("ab"), str_c("a")) > 0);
    assert_true(str_cmp(str_c("\xFF"), str_c("a")) > 0);
    assert_true(str_cmp(str_c(""), str_c(NULL)) == 0);
    assert_true(str_cmp(str_n("a\0", 2), str_c("a")) > 0);
}

static void test_ends(void **state)
{
    (void)state;
    assert_true(str_starts(str_c("abc"), "ab"));
    assert_false(str_starts(str_c("a"), "ab"));
    assert_true(str_starts(str_c(NULL), ""));
    assert_true(str_ends(str_c("abc"), "bc"));
    assert_true(str_ends(str_c(NULL), ""));
    assert_false(str_ends(str_c("bc"), "abc"));
    assert_false(str_ends(str_c("abC"), "bc"));
    assert_true(str_ends_nocase(str_c("abC"), "Bc"));
    assert_true(str_ends_nocase(str_c(NULL), ""));
}

static void test_trim_and_from(void **state)
{
    (void)state;
    assert_true(str_eq(str_trim(str_c(" \t\r\n\v\fa b \n")), str_c("a b")));
    assert_int_equal(str_trim(str_c(" \t ")).len, 0);
    assert_int_equal(str_trim(str_c(NULL)).len, 0);
    assert_true(str_eq(str_from(str_c("abc"), 1), str_c("bc")));
    assert_int_equal(str_from(str_c("abc"), 9).len, 0);
    assert_int_equal(str_from(str_c(NULL), 9).len, 0);
}

static void test_numbers(void **state)
{
    (void)state;
    uint64_t u;
    int64_t i;
    assert_true(str_to_u64(str_c("18446744073709551615"), &u));
    assert_true(u == UINT64_MAX);
    assert_true(str_to_u64(str_c("000"), &u));
    assert_true(u == 0);
    static const char *const bad_u[] = {
        "", "18446744073709551616", "99999999999999999999", "1x", " 1", "-1", "+1", "0x1", "\xB1"};
    for (size_t k = 0; k < sizeof bad_u / sizeof *bad_u; k++) {
        assert_false(str_to_u64(str_c(bad_u[k]), &u));
    }
    assert_true(str_to_i64(str_c("-9223372036854775808"), &i));
    assert_true(i == INT64_MIN);
    assert_true(str_to_i64(str_c("+9223372036854775807"), &i));
    assert_true(i == INT64_MAX);
    assert_true(str_to_i64(str_c("-0"), &i));
    assert_true(i == 0);
    static const char *const bad_i[] = {
        "", "-", "+", "--1", "+-1", "9223372036854775808", "-9223372036854775809", "1 "};
    for (size_t k = 0; k < sizeof bad_i / sizeof *bad_i; k++) {
        assert_false(str_to_i64(str_c(bad_i[k]), &i));
    }
}

/* The bytes of code point c by the definition of UTF-8, surrogates included. */
static size_t encode(uint32_t c, unsigned char out[4])
{
    if (c < 0x80) {
        out[0] = (unsigned char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n; i-- > 1; c >>= 6) {
        out[i] = (unsigned char)(0x80 | (c & 0x3F));
    }
    out[0] = (unsigned char)(lead[n] | c);
    return n;
}

static void test_utf8_every_code_point(void **state)
{
    (void)state;
    unsigned char b[4];
    for (uint32_t c = 0; c < 0x120000; c++) {
        size_t n = encode(c, b);
        bool scalar = c < 0x110000 && !(c >= 0xD800 && c < 0xE000);
        if (str_is_utf8(str_n(b, n)) != scalar) {
            fail_msg("U+%04X", c);
        }
        if (n > 1 && str_is_utf8(str_n(b, n - 1))) {
            fail_msg("U+%04X cut", c);
        }
    }
}

static void test_utf8_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",
                                      "\xBF",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xE0\x80\x80",
                                      "\xE0\x9F\xBF",
                                      "\xF0\x80\x80\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF5\x80\x80\x80",
                                      "\xFF",
                                      "\xFE",
                                      "a\xC3",
                                      "\xC3(",
                                      "\xE2\x82(",
                                      "\xF0\x9F\x98(",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "ok\xE2\x28\xA1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(str_is_utf8(str_c(bad[i])));
    }
    assert_true(str_is_utf8(str_c("")));
    assert_true(str_is_utf8(str_c(NULL)));
    assert_true(str_is_utf8(str_n("a\0b", 3)));
    assert_true(str_is_utf8(str_c("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")));
}

static void test_strbuf(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 1000000);
    assert_string_equal(strbuf_view(&b).data, "");
    for (int i = 0; i < 1000; i++) {
        strbuf_printf(&b, "%d,", i);
        strbuf_add(&b, "a\0", 2);
        assert_int_equal(b.data[b.len], '\0');
    }
    assert_int_equal(b.len, 10 * 2 + 90 * 3 + 900 * 4 + 2000);
    assert_false(b.overflow);
    strbuf_clear(&b);
    assert_int_equal(strbuf_view(&b).len, 0);
    strbuf_free(&b);
}

static void test_strbuf_maximum(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 5);
    strbuf_add_c(&b, "abc");
    strbuf_add_c(&b, "def"); /* does not fit: dropped whole */
    assert_true(b.overflow);
    assert_string_equal(b.data, "abc");
    strbuf_add_c(&b, "de");
    assert_string_equal(b.data, "abcde");
    strbuf_printf(&b, "%d", 1);
    strbuf_add_char(&b, 'x');
    assert_string_equal(b.data, "abcde");
    strbuf_clear(&b);
    assert_false(b.overflow);
    strbuf_add(&b, "whatever", SIZE_MAX);
    assert_true(b.overflow);
    strbuf_free(&b);
    strbuf_add_c(&b, "12345");
    assert_string_equal(b.data, "12345");
    strbuf_free(&b);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_trim_and_from),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_utf8_every_code_point),
        cmocka_unit_test(test_utf8_malformed),
        cmocka_unit_test(test_strbuf),
        cmocka_unit_test(test_strbuf_maximum),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
