#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_iso(int64_t us, const char *text)
{
    char out[CLOCK_ISO_SIZE];
    clock_format_iso(us, out);
    assert_string_equal(out, text);
}

/* Seconds from `date -u -d ... +%s`. */
static void test_format(void **state)
{
    (void)state;
    assert_iso(0, "1970-01-01T00:00:00Z");
    assert_iso(1, "1970-01-01T00:00:00.000001Z");
    assert_iso(-1, "1969-12-31T23:59:59.999999Z");
    assert_iso(-1000000, "1969-12-31T23:59:59Z");
    assert_iso(1709208000500000, "2024-02-29T12:00:00.500000Z");
    assert_iso(951782400000000, "2000-02-29T00:00:00Z");
    assert_iso(253402300799999999, "9999-12-31T23:59:59.999999Z");
    assert_iso(253402300800000000, "-");
    assert_iso(-62167219200000000, "0000-01-01T00:00:00Z");
    assert_iso(-62167219200000001, "-");
    assert_iso(INT64_MAX, "-");
    assert_iso(INT64_MIN, "-");
}

static void test_clocks_move(void **state)
{
    (void)state;
    uint64_t a = clock_monotonic_ns();
    clock_sleep_ns(2000000);
    assert_true(clock_monotonic_ns() >= a + 2000000);
    assert_true(clock_wall_us() > 1700000000000000);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_clocks_move),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
