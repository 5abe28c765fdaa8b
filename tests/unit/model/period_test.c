#include "model/period.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct period parsed(const char *text)
{
    struct period p;
    assert_true(period_parse(str_c(text), &p));
    return p;
}

static void test_names(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum period_kind kind;
        uint32_t n;
        uint64_t ns;
    } cases[] = {
        {"h", PERIOD_NS, 0, 3600000000000},
        {"H", PERIOD_NS, 0, 3600000000000},
        {"15min", PERIOD_NS, 0, 900000000000},
        {"15T", PERIOD_NS, 0, 900000000000},
        {"10_minutes", PERIOD_NS, 0, 600000000000},
        {"4 seconds", PERIOD_NS, 0, 4000000000},
        {"5-minute", PERIOD_NS, 0, 300000000000},
        {"half_hourly", PERIOD_NS, 0, 1800000000000},
        {"ms", PERIOD_NS, 0, 1000000},
        {" Hourly ", PERIOD_NS, 0, 3600000000000},
        {"D", PERIOD_DAYS, 1, 0},
        {"W-SUN", PERIOD_DAYS, 7, 0},
        {"2W", PERIOD_DAYS, 14, 0},
        {"B", PERIOD_BUSINESS_DAYS, 1, 0},
        {"M", PERIOD_MONTHS, 1, 0},
        {"MS", PERIOD_MONTHS, 1, 0},
        {"Q-DEC", PERIOD_MONTHS, 3, 0},
        {"QS", PERIOD_MONTHS, 3, 0},
        {"YE-JUN", PERIOD_MONTHS, 12, 0},
        {"A", PERIOD_MONTHS, 12, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct period p = parsed(cases[i].text);
        assert_int_equal(p.kind, cases[i].kind);
        assert_int_equal(p.n, cases[i].n);
        assert_int_equal(p.ns, cases[i].ns);
    }
}

/* What has two meanings, or none, is not read. */
static void test_no_names(void **state)
{
    (void)state;
    static const char *const texts[] = {"",     "m",     "0h",    "10", "fortnight", "-1D",
                                        "1.5h", "h-SUN", "W-XXX", "mS", "99999999h", "D-JAN",
                                        "15 m", "Q-SUN", "-SUN",  "5",  "15__min"};
    struct period p;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (period_parse(str_c(texts[i]), &p)) {
            fail_msg("'%s' is read", texts[i]);
        }
    }
}

static void assert_walk(const char *period, const char *const *dates, size_t n)
{
    struct period p = parsed(period);
    struct period_walk w;
    int64_t times[16];
    int year, month, day;
    assert_int_equal(sscanf(dates[0], "%d-%d-%d", &year, &month, &day), 3);
    int64_t start = time_days_from_civil(year, (unsigned)month, (unsigned)day) * 86400 + 3600;
    assert_null(period_begin(&p, TIME_UNIT_S, start, &w));
    assert_true(period_next(&w, times, n));
    for (size_t i = 0; i < n; i++) {
        char text[TIME_TEXT_SIZE];
        time_format(times[i] - 3600, TIME_UNIT_S, false, text);
        text[10] = '\0';
        assert_string_equal(text, dates[i]);
    }
}

static void test_walks(void **state)
{
    (void)state;
    static const char *const ends[] = {"2019-11-30", "2019-12-31", "2020-01-31", "2020-02-29",
                                       "2020-03-31"};
    static const char *const same_day[] = {"2019-11-28", "2019-12-28", "2020-01-28", "2020-02-28"};
    static const char *const quarters[] = {"2019-12-31", "2020-03-31", "2020-06-30"};
    static const char *const years[] = {"2020-02-29", "2021-02-28", "2022-02-28"};
    static const char *const business[] = {"2020-01-02", "2020-01-03", "2020-01-06"};
    static const char *const two[] = {"2020-01-03", "2020-01-07", "2020-01-09", "2020-01-13"};
    static const char *const weeks[] = {"1969-12-28", "1970-01-04", "1970-01-11"};
    assert_walk("M", ends, 5);
    assert_walk("MS", same_day, 4);
    assert_walk("Q", quarters, 3);
    assert_walk("Y", years, 3);
    assert_walk("B", business, 3);
    assert_walk("2B", two, 4);
    assert_walk("W-SUN", weeks, 3);
}

static const char *begin(const char *period, enum time_unit unit, int64_t start)
{
    struct period p = parsed(period);
    struct period_walk w;
    return period_begin(&p, unit, start, &w);
}

static void test_starts_that_do_not_fit(void **state)
{
    (void)state;
    assert_non_null(begin("h", TIME_UNIT_DAY, 0));
    assert_non_null(begin("us", TIME_UNIT_MS, 0));
    assert_non_null(begin("h", TIME_UNIT_INDEX, 0));
    assert_non_null(begin("B", TIME_UNIT_DAY, 2));          /* 1970-01-03, a Saturday */
    assert_non_null(begin("M", TIME_UNIT_DAY, 29 - 1 + 1)); /* 1970-01-30 */
    assert_null(begin("M", TIME_UNIT_DAY, 30));             /* 1970-01-31 */
    assert_non_null(begin("1000000W", TIME_UNIT_NS, 0));
}

/* The last time that fits is given; the one behind it is not. */
static void test_ends_of_64_bits(void **state)
{
    (void)state;
    struct period p = parsed("D");
    struct period_walk w;
    int64_t t[2];
    assert_null(period_begin(&p, TIME_UNIT_NS, INT64_MAX - 86400000000000, &w));
    assert_true(period_next(&w, t, 2));
    assert_int_equal(t[1], INT64_MAX);
    assert_false(period_next(&w, t, 1));
    p = parsed("1000000Y");
    assert_null(period_begin(&p, TIME_UNIT_S, 0, &w));
    bool fits = true;
    for (int i = 0; i < 1000000 && fits; i++) {
        fits = period_next(&w, t, 1);
    }
    assert_false(fits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),           cmocka_unit_test(test_no_names),
        cmocka_unit_test(test_walks),           cmocka_unit_test(test_starts_that_do_not_fit),
        cmocka_unit_test(test_ends_of_64_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
