/* What is a time in text, what is not, and which one it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "format/timestamp.h"

static const struct {
    const char *text, *means; /* as time_format writes it; "Z" where an offset was given */
} good[] = {
    {"2015", "2015-01-01T00:00:00"},
    {"2015-Q1", "2015-01-01T00:00:00"},
    {"2015Q4", "2015-10-01T00:00:00"},
    {"2015-q3", "2015-07-01T00:00:00"},
    {"2015-W01", "2014-12-29T00:00:00"},
    {"2015W03", "2015-01-12T00:00:00"},
    {"2015-w53", "2015-12-28T00:00:00"},
    {"2016-W01-1", "2016-01-04T00:00:00"},
    {"2015-W53-7T23:59", "2016-01-03T23:59:00"},
    {"2015W037", "2015-01-18T00:00:00"},
    {"2015-02", "2015-02-01T00:00:00"},
    {"2016-02-29", "2016-02-29T00:00:00"},
    {"20160229", "2016-02-29T00:00:00"},
    {"  2015-01-31  ", "2015-01-31T00:00:00"},
    {"2015-01-31T23:59", "2015-01-31T23:59:00"},
    {"2015-01-31 23:59:58", "2015-01-31T23:59:58"},
    {"2015-01-31T23:59:58Z", "2015-01-31T23:59:58Z"},
    {"2015-01-31T23:59:58.5", "2015-01-31T23:59:58.500000000"},
    {"2015-01-31T23:59:58,000000001Z", "2015-01-31T23:59:58.000000001Z"},
    {"2015-01-31T23:59:58.123456789000+02:00", "2015-01-31T21:59:58.123456789Z"},
    {"2015-01-31T23:59:58 -0530", "2015-02-01T05:29:58Z"},
    {"2015-01-31T00:00+14", "2015-01-30T10:00:00Z"},
    {"2015-01-31T24:00:00", "2015-02-01T00:00:00"},
    {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
};

static const char *const bad[] = {
    "",
    "   ",
    "0000",
    "215",
    "2015-",
    "2015-13",
    "2015-00",
    "2015-Q5",
    "2015-Q0",
    "2015-Q",
    "2015-W",
    "2015-W1",
    "2015-W00",
    "2014-W53",
    "2015-W54",
    "2015-W01-0",
    "2015-W01-8",
    "2015-W011",
    "2015W01-1",
    "2015-W01T00:00",
    "2015-02-29",
    "2015-1-1",
    "2015-01-3",
    "2015-01-32",
    "201501",
    "2015013",
    "12015",
    "2015-01-31T",
    "2015/01/31",
    "31.01.2015",
    "2015-01-31T25:00",
    "2015-01-31T24:01",
    "2015-01-31T12",
    "2015-01-31T12:60",
    "2015-01-31T12:00:61",
    "2015-01-31T12:00:00.",
    "2015-01-31T12:00:00.1234567891",
    "2015-01-31T12:00:00+2",
    "2015-01-31T12:00:00+24:00",
    "2015-01-31T12:00:00+02:",
    "2015-01-31 x",
    "2015-01-31T12:00:00ZZ",
    "now",
    "NaT",
    "-2015",
    "+2015",
    "2015-01T10:00",
    "2015T10:00",
};

static void times_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct timestamp t;
        char text[TIME_TEXT_SIZE];
        int64_t ns;
        bool lost;
        assert_true(timestamp_parse(str_c(good[i].text), &t));
        assert_true(timestamp_to_unit(&t, TIME_UNIT_NS, &ns, &lost));
        time_format(ns, TIME_UNIT_NS, t.zoned, text);
        assert_string_equal(text, good[i].means);
        assert_false(lost);
    }
}

static void other_texts_are_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct timestamp t;
        if (timestamp_parse(str_c(bad[i]), &t)) {
            fail_msg("'%s' was taken for a time", bad[i]);
        }
    }
    char long_text[TIMESTAMP_TEXT_MAX + 40];
    struct timestamp t;
    memset(long_text, '0', sizeof long_text);
    memcpy(long_text, "2015-01-31T12:00:00.", 20);
    assert_false(timestamp_parse(str_n(long_text, sizeof long_text), &t));
}

static void every_year_fits(void **state)
{
    (void)state;
    for (int year = 1; year <= 9999; year++) {
        char text[32];
        struct timestamp t;
        int64_t us, ns;
        bool lost;
        snprintf(text, sizeof text, "%04d-12-31T23:59:59.999999999", year);
        assert_true(timestamp_parse(str_c(text), &t));
        assert_true(timestamp_to_unit(&t, TIME_UNIT_US, &us, &lost));
        assert_true(lost);
        assert_int_equal(t.seconds, time_days_from_civil(year, 12, 31) * 86400 + 86399);
        assert_int_equal(us, t.seconds * 1000000 + 999999);
        assert_int_equal(timestamp_to_unit(&t, TIME_UNIT_NS, &ns, &lost),
                         year >= 1677 && year < 2262);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(other_texts_are_not),
        cmocka_unit_test(every_year_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
