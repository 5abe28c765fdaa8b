#include "model/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Julian day numbers less 2440588, from the tables of the US Naval Observatory and from leap-year
 * arithmetic. */
static const struct {
    int64_t year;
    unsigned month, day;
    int64_t days;
} known[] = {
    {1970, 1, 1, 0},         {1969, 12, 31, -1},        {2000, 1, 1, 10957},
    {2000, 2, 29, 11016},    {2024, 2, 29, 19782},      {1900, 3, 1, -25508},
    {1582, 10, 15, -141427}, {1, 1, 1, -719162},        {0, 1, 1, -719528},
    {0, 2, 29, -719469},     {-1, 12, 31, -719529},     {9999, 12, 31, 2932896},
    {10000, 1, 1, 2932897},  {-4713, 11, 24, -2440588},
};

static void test_known_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_int_equal(time_days_from_civil(known[i].year, known[i].month, known[i].day),
                         known[i].days);
        int64_t year;
        unsigned month, day;
        time_civil_from_days(known[i].days, &year, &month, &day);
        assert_int_equal(year, known[i].year);
        assert_int_equal(month, known[i].month);
        assert_int_equal(day, known[i].day);
    }
}

static unsigned days_in(int64_t year, unsigned month)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* Count the days one by one from -10001 to 10001: no step may be missed. */
static void test_every_day(void **state)
{
    (void)state;
    int64_t expected = time_days_from_civil(-10001, 1, 1);
    for (int64_t y = -10001; y <= 10001; y++) {
        for (unsigned m = 1; m <= 12; m++) {
            for (unsigned d = 1; d <= days_in(y, m); d++, expected++) {
                int64_t year;
                unsigned month, day;
                time_civil_from_days(expected, &year, &month, &day);
                if (time_days_from_civil(y, m, d) != expected || year != y || month != m ||
                    day != d) {
                    fail_msg("%lld-%u-%u", (long long)y, m, d);
                }
            }
        }
    }
}

static void test_convert(void **state)
{
    (void)state;
    int64_t out;
    static const int64_t per_day[] = {1, 86400, 86400000, 86400000000, 86400000000000};
    for (int from = TIME_UNIT_DAY; from <= TIME_UNIT_NS; from++) {
        for (int to = TIME_UNIT_DAY; to <= TIME_UNIT_NS; to++) {
            for (int64_t days = -3; days <= 3; days++) {
                assert_true(time_convert(days * per_day[from - TIME_UNIT_DAY], (enum time_unit)from,
                                         (enum time_unit)to, &out));
                assert_int_equal(out, days * per_day[to - TIME_UNIT_DAY]);
            }
        }
    }
}

static void test_convert_never_loses(void **state)
{
    (void)state;
    int64_t out;
    assert_false(time_convert(1001, TIME_UNIT_US, TIME_UNIT_MS, &out));
    assert_false(time_convert(-1, TIME_UNIT_NS, TIME_UNIT_US, &out));
    assert_false(time_convert(86401, TIME_UNIT_S, TIME_UNIT_DAY, &out));
    assert_false(time_convert(INT64_MAX, TIME_UNIT_S, TIME_UNIT_MS, &out));
    assert_false(time_convert(INT64_MIN, TIME_UNIT_DAY, TIME_UNIT_NS, &out));
    assert_false(time_convert(INT64_MAX / 1000 + 1, TIME_UNIT_US, TIME_UNIT_NS, &out));
    assert_true(time_convert(INT64_MAX / 1000, TIME_UNIT_US, TIME_UNIT_NS, &out));
    assert_true(time_convert(INT64_MIN / 1000, TIME_UNIT_US, TIME_UNIT_NS, &out));
    assert_false(time_convert(INT64_MIN / 1000 - 1, TIME_UNIT_US, TIME_UNIT_NS, &out));
    assert_true(time_convert(INT64_MIN, TIME_UNIT_NS, TIME_UNIT_NS, &out));
    assert_true(out == INT64_MIN);
    /* An index is no time. */
    assert_false(time_convert(0, TIME_UNIT_INDEX, TIME_UNIT_S, &out));
    assert_false(time_convert(0, TIME_UNIT_S, TIME_UNIT_INDEX, &out));
    assert_true(time_convert(5, TIME_UNIT_INDEX, TIME_UNIT_INDEX, &out));
    assert_int_equal(out, 5);
}

static void assert_format(int64_t t, enum time_unit unit, bool utc, const char *text)
{
    char out[TIME_TEXT_SIZE];
    time_format(t, unit, utc, out);
    assert_string_equal(out, text);
}

static void test_format(void **state)
{
    (void)state;
    assert_format(0, TIME_UNIT_DAY, false, "1970-01-01");
    assert_format(19782, TIME_UNIT_DAY, true, "2024-02-29");
    assert_format(0, TIME_UNIT_S, true, "1970-01-01T00:00:00Z");
    assert_format(-1, TIME_UNIT_S, false, "1969-12-31T23:59:59");
    assert_format(1709208000500, TIME_UNIT_MS, true, "2024-02-29T12:00:00.500Z");
    assert_format(1709208000000, TIME_UNIT_MS, false, "2024-02-29T12:00:00");
    assert_format(-1, TIME_UNIT_US, true, "1969-12-31T23:59:59.999999Z");
    assert_format(123456789, TIME_UNIT_NS, false, "1970-01-01T00:00:00.123456789");
    assert_format(-1, TIME_UNIT_NS, true, "1969-12-31T23:59:59.999999999Z");
    assert_format(42, TIME_UNIT_INDEX, true, "42");
    assert_format(-42, TIME_UNIT_NONE, false, "-42");
}

static void test_format_at_the_ends(void **state)
{
    (void)state;
    assert_format(2932896, TIME_UNIT_DAY, false, "9999-12-31");
    assert_format(2932897, TIME_UNIT_DAY, false, "+10000-01-01");
    assert_format(-719528, TIME_UNIT_DAY, false, "0000-01-01");
    assert_format(-719529, TIME_UNIT_DAY, false, "-0001-12-31");
    assert_format(INT64_MAX, TIME_UNIT_NS, true, "2262-04-11T23:47:16.854775807Z");
    assert_format(INT64_MIN, TIME_UNIT_NS, true, "1677-09-21T00:12:43.145224192Z");
    assert_format(INT64_MAX, TIME_UNIT_S, true, "+292277026596-12-04T15:30:07Z");
    assert_format(INT64_MIN, TIME_UNIT_S, true, "-292277022657-01-27T08:29:52Z");
    assert_format(INT64_MAX, TIME_UNIT_INDEX, false, "9223372036854775807");
    char out[TIME_TEXT_SIZE];
    time_format(INT64_MAX, TIME_UNIT_DAY, true, out);
    assert_int_equal(out[0], '+');
    time_format(INT64_MIN, TIME_UNIT_DAY, true, out);
    assert_int_equal(out[0], '-');
}

static void test_units(void **state)
{
    (void)state;
    static const char *const names[] = {"none", "index", "day", "s", "ms", "us", "ns"};
    for (int u = TIME_UNIT_NONE; u <= TIME_UNIT_NS; u++) {
        enum time_unit parsed;
        assert_string_equal(time_unit_name((enum time_unit)u), names[u]);
        assert_true(time_unit_parse(names[u], &parsed));
        assert_int_equal(parsed, u);
        assert_int_equal(time_unit_is_calendar((enum time_unit)u), u >= TIME_UNIT_DAY);
    }
    enum time_unit u;
    assert_false(time_unit_parse("minute", &u));
    assert_false(time_unit_parse("", &u));
    assert_string_equal(time_unit_name((enum time_unit)99), "none");
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_known_dates), cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_convert),     cmocka_unit_test(test_convert_never_loses),
        cmocka_unit_test(test_format),      cmocka_unit_test(test_format_at_the_ends),
        cmocka_unit_test(test_units),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
