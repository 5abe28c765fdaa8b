#include "net/content_range.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void ranges(void **state)
{
    (void)state;
    struct content_range r;
    assert_true(content_range_parse(str_c("bytes 8-15/100"), &r));
    assert_true(r.has_range && r.has_total);
    assert_int_equal(r.first, 8);
    assert_int_equal(r.length, 8);
    assert_int_equal(r.total, 100);
    assert_true(content_range_parse(str_c(" Bytes 0-0/*\r"), &r));
    assert_true(r.has_range && !r.has_total);
    assert_int_equal(r.length, 1);
    assert_true(content_range_parse(str_c("bytes */10"), &r));
    assert_true(!r.has_range && r.has_total);
    assert_int_equal(r.total, 10);
    assert_true(content_range_parse(str_c("bytes 0--1/0"), &r));
    assert_int_equal(r.length, 0);
    assert_int_equal(r.total, 0);
    assert_true(
        content_range_parse(str_c("bytes 18446744073709551613-18446744073709551614/*"), &r));
    assert_int_equal(r.length, 2);
}

static void nonsense(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "bytes",
                                      "bytes ",
                                      "bytes 1-2",
                                      "bytes 10-9/10",
                                      "items 0-1/2",
                                      "bytes -/3",
                                      "bytes 0-3/3",
                                      "bytes */*",
                                      "bytes 0-1/x",
                                      "bytes a-1/2",
                                      "bytes=0-1/2",
                                      "bytes 1--1/0",
                                      "bytes 0-18446744073709551615/*",
                                      "bytes 0-99999999999999999999/*",
                                      "bytes 0-1/2/3"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct content_range r;
        if (content_range_parse(str_c(bad[i]), &r)) {
            fail_msg("'%s' was taken", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranges), cmocka_unit_test(nonsense)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
