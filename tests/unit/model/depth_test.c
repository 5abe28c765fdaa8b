#include "model/depth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_names(void **state)
{
    (void)state;
    static const char *const names[] = {"none", "files", "series", "time", "values"};
    for (int d = DEPTH_NONE; d <= DEPTH_VALUES; d++) {
        assert_string_equal(depth_name((enum depth)d), names[d]);
        enum depth parsed = DEPTH_NONE;
        /* "none" is what a file has before it is read; nobody can ask for it. */
        assert_int_equal(depth_parse(names[d], &parsed), d != DEPTH_NONE);
        assert_int_equal(parsed, d);
    }
    assert_string_equal(depth_name((enum depth)77), "none");
}

static void test_unknown_names(void **state)
{
    (void)state;
    enum depth d = DEPTH_FILES;
    static const char *const bad[] = {"", "Files", "file", "value", "time "};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(depth_parse(bad[i], &d));
    }
    assert_int_equal(d, DEPTH_FILES);
    assert_true(DEPTH_NONE < DEPTH_FILES && DEPTH_FILES < DEPTH_SERIES &&
                DEPTH_SERIES < DEPTH_TIME && DEPTH_TIME < DEPTH_VALUES);
}

int main(void)
{
    const struct CMUnitTest all[] = {cmocka_unit_test(test_names),
                                     cmocka_unit_test(test_unknown_names)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
