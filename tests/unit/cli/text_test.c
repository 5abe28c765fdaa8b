/* Text for terminals: harmless, measured, cut; numbers for people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cli/text.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct strbuf b;

static int begin(void **state)
{
    (void)state;
    strbuf_init(&b, 4096);
    return 0;
}

static int end(void **state)
{
    (void)state;
    strbuf_free(&b);
    return 0;
}

static const char *clean(const char *s, size_t n)
{
    strbuf_clear(&b);
    text_add_clean(&b, str_n(s, n));
    return strbuf_view(&b).data;
}

static void test_what_drives_a_terminal_is_spelled_out(void **state)
{
    (void)state;
    assert_string_equal(clean("a\x1b[2Jb", 6), "a\\x1B[2Jb");
    assert_string_equal(clean("\x00\x7F", 2), "\\x00\\x7F");
    assert_string_equal(clean("\xC2\x9B", 2), "\\xC2\\x9B"); /* CSI as one C1 character */
    assert_string_equal(clean("\xE2\x80\xAEx", 4), "\\xE2\\x80\\xAEx"); /* right-to-left override */
    assert_string_equal(clean("\xC3", 1), "\\xC3");
    assert_string_equal(clean("\xF8\x80", 2), "\\xF8\\x80");
    assert_string_equal(clean("é日\xF0\x9F\x98\x80", 9), "é日\xF0\x9F\x98\x80");
}

static void test_widths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
    } cases[] = {{"", 0},     {"abc", 3},       {"é", 1},
                 {"日本", 4}, {"e\xCC\x81", 1}, {"\xF0\x9F\x98\x80", 2}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(text_width(str_c(cases[i].text)), cases[i].columns);
    }
}

static void test_cutting_keeps_characters_whole(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t columns;
        const char *cut;
    } cases[] = {{"abcdef", 6, "abcdef"}, {"abcdef", 5, "abcd…"}, {"日本語", 6, "日本語"},
                 {"日本語", 5, "日本…"},  {"日本語", 4, "日…"},   {"abc", 1, "…"},
                 {"abc", 0, ""}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        strbuf_clear(&b);
        text_add_cut(&b, str_c(cases[i].text), cases[i].columns);
        assert_string_equal(strbuf_view(&b).data, cases[i].cut);
    }
}

static void test_integers_are_grouped(void **state)
{
    (void)state;
    static const struct {
        int64_t i;
        const char *text;
    } cases[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {-1234567, "-1,234,567"},
                 {-999, "-999"},
                 {INT64_MAX, "9,223,372,036,854,775,807"},
                 {INT64_MIN, "-9,223,372,036,854,775,808"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        strbuf_clear(&b);
        text_add_integer(&b, cases[i].i);
        assert_string_equal(b.data, cases[i].text);
    }
}

static void test_doubles_are_short(void **state)
{
    (void)state;
    static const struct {
        double d;
        const char *text;
    } cases[] = {{0, "0"},
                 {0.123456, "0.1235"},
                 {12.5, "12.5"},
                 {1234.56, "1,234.6"},
                 {-27678, "-27,678"},
                 {1e300, "1e+300"},
                 {999.96, "1000"},
                 {1234567.02, "1,234,567"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        strbuf_clear(&b);
        text_add_double(&b, cases[i].d);
        assert_string_equal(b.data, cases[i].text);
    }
}

static void test_bytes_counts_and_seconds(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } sizes[] = {{0, "0 B"},         {999, "999 B"},         {1000, "0.98 KiB"},
                 {1536, "1.50 KiB"}, {10485760, "10.0 MiB"}, {UINT64_MAX, "16.0 EiB"}};
    static const struct {
        double seconds;
        const char *text;
    } times[] = {{0.5, "0.50 s"}, {12.34, "12.3 s"}, {59.96, "1:00"},
                 {65, "1:05"},    {7384, "2:03:04"}, {-1, "0.00 s"}};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        strbuf_clear(&b);
        text_add_bytes(&b, sizes[i].bytes);
        assert_string_equal(b.data, sizes[i].text);
    }
    for (size_t i = 0; i < COUNT(times); i++) {
        strbuf_clear(&b);
        text_add_seconds(&b, times[i].seconds);
        assert_string_equal(b.data, times[i].text);
    }
    strbuf_clear(&b);
    text_add_short(&b, 1234567);
    assert_string_equal(b.data, "1.23 M");
}

static void test_paragraphs_break_at_blanks(void **state)
{
    (void)state;
    text_add_wrapped(&b, "one two three  averyverylongword end", 2, 11);
    assert_string_equal(b.data, "one two\n  three\n  averyverylongword\n  end");
}

int main(void)
{
    text_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_drives_a_terminal_is_spelled_out, begin, end),
        cmocka_unit_test_setup_teardown(test_widths, begin, end),
        cmocka_unit_test_setup_teardown(test_cutting_keeps_characters_whole, begin, end),
        cmocka_unit_test_setup_teardown(test_integers_are_grouped, begin, end),
        cmocka_unit_test_setup_teardown(test_doubles_are_short, begin, end),
        cmocka_unit_test_setup_teardown(test_bytes_counts_and_seconds, begin, end),
        cmocka_unit_test_setup_teardown(test_paragraphs_break_at_blanks, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
