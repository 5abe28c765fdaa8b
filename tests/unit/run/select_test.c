/* Patterns mean what shells mean by them; a selection without patterns takes everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "run/prices.h"
#include "run/select.h"

static void patterns(void **state)
{
    (void)state;
    assert_true(glob_match("*", ""));
    assert_true(glob_match("", ""));
    assert_false(glob_match("", "a"));
    assert_true(glob_match("Solar*", "solar_power"));
    assert_true(glob_match("*power", "solar_POWER"));
    assert_true(glob_match("s?lar", "solar"));
    assert_false(glob_match("s?lar", "slar"));
    assert_true(glob_match("*a*b*c*", "xxaxbxbxc"));
    assert_false(glob_match("*a*b*c", "xxaxbxbx"));
    assert_true(glob_match("a*/x.parquet", "a/b/c/x.parquet"));
    assert_false(glob_match("abc", "abcd"));
    assert_false(glob_match("abcd", "abc"));
    assert_true(glob_match("abc**", "abc"));
}

static void datasets_by_id_or_folder(void **state)
{
    (void)state;
    const char *const filters[] = {"wind*", "sun"};
    struct selection s = {.filters = filters, .n_filters = 2};
    assert_true(selection_takes_dataset(&s, "windfarms", "x/"));
    assert_true(selection_takes_dataset(&s, "other", "Sun/"));
    assert_false(selection_takes_dataset(&s, "other", "sunny/"));
    assert_false(selection_takes_dataset(&s, "other", ""));
    assert_true(selection_takes_dataset(&(struct selection){0}, "other", ""));
}

static void keys_and_times(void **state)
{
    (void)state;
    const char *const excludes[] = {"*/tmp/*"};
    struct selection s = {.excludes = excludes, .n_excludes = 1, .since_us = 100};
    assert_false(selection_takes_key(&s, "a/tmp/b"));
    assert_true(selection_takes_key(&s, "a/b"));
    assert_true(selection_takes_time(&s, 100));
    assert_false(selection_takes_time(&s, 99));
    assert_true(selection_takes_time(&s, 0));
}

static void prices_are_read(void **state)
{
    (void)state;
    struct prices p;
    struct error err;
    prices_default(&p);
    /* 1,000 LIST, 1,000 GET, 1 GiB. */
    assert_true(prices_cost(&p, 1000, 1000, (uint64_t)1 << 30) == 0.005 + 0.0004 + 0.09);
    const char *text = "[prices]\nget_per_1000 = 1\negress_per_gib = 0\ncurrency = EUR\n";
    assert_int_equal(prices_parse(text, strlen(text), &p, &err), OK);
    assert_string_equal(p.currency, "EUR");
    assert_true(prices_cost(&p, 0, 2000, 12345) == 2);
    static const char *const bad[] = {"[prices]\nget_per_1000 = many\n", "[prices]\nfoo = 1\n",
                                      "[prices]\nget_per_1000 = -1\n", "[prices\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(prices_parse(bad[i], strlen(bad[i]), &p, &err), ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns),
        cmocka_unit_test(datasets_by_id_or_folder),
        cmocka_unit_test(keys_and_times),
        cmocka_unit_test(prices_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
