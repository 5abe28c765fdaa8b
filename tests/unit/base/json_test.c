#include "base/json.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_string(struct str in, const char *json)
{
    struct strbuf b;
    strbuf_init(&b, 1000);
    json_add_string(&b, in);
    assert_string_equal(b.data, json);
    strbuf_free(&b);
}

static void test_strings(void **state)
{
    (void)state;
    assert_string(str_c(""), "\"\"");
    assert_string(str_c(NULL), "\"\"");
    assert_string(str_c("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"");
    assert_string(str_n("\0\x01\x1F\x7F", 4), "\"\\u0000\\u0001\\u001f\x7F\"");
    assert_string(str_c("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\"");
    assert_string(str_c("\xC3\xA9\xF0\x9F\x98\x80"), "\"\xC3\xA9\xF0\x9F\x98\x80\"");
}

static void test_bytes_that_are_not_utf8(void **state)
{
    (void)state;
    assert_string(str_c("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
    assert_string(str_c("\xC3"), "\"\xEF\xBF\xBD\"");
    assert_string(str_c("\xC3\xA9\x80\xC3\xA9"), "\"\xC3\xA9\xEF\xBF\xBD\xC3\xA9\"");
    assert_string(str_c("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void assert_double(double d, const char *json)
{
    struct strbuf b;
    strbuf_init(&b, 100);
    json_add_double(&b, d);
    assert_string_equal(b.data, json);
    strbuf_free(&b);
}

static void test_doubles(void **state)
{
    (void)state;
    assert_double(0, "0");
    assert_double(-0.0, "-0");
    assert_double(0.1, "0.1");
    assert_double(1.0 / 3, "0.3333333333333333");
    assert_double(1e300, "1e+300");
    assert_double(-2.5, "-2.5");
    assert_double(DBL_MAX, "1.7976931348623157e+308");
    assert_double(5e-324, "4.94065645841247e-324");
    assert_double(NAN, "null");
    assert_double(INFINITY, "null");
    assert_double(-INFINITY, "null");
}

static void test_doubles_read_back(void **state)
{
    (void)state;
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double d;
        memcpy(&d, &bits, sizeof d);
        if (!isfinite(d)) {
            continue;
        }
        struct strbuf b;
        strbuf_init(&b, 100);
        json_add_double(&b, d);
        assert_true(strtod(b.data, NULL) == d);
        strbuf_free(&b);
    }
}

static void test_the_locale_does_not_matter(void **state)
{
    (void)state;
    static const char *const comma[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    const char *set = NULL;
    for (size_t i = 0; i < 4 && !set; i++) {
        set = setlocale(LC_NUMERIC, comma[i]);
    }
    if (!set) {
        skip(); /* the machine has no such locale */
    }
    assert_double(-1.5e-7, "-1.5e-07");
    assert_double(0.1, "0.1");
    setlocale(LC_NUMERIC, "C");
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_bytes_that_are_not_utf8),
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_doubles_read_back),
        cmocka_unit_test(test_the_locale_does_not_matter),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
