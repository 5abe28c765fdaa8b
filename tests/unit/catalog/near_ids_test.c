#include "catalog/near_ids.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool near(const char *a, const char *b)
{
    struct near_ids *n = near_ids_new("/tmp/tsi-near-ids");
    near_ids_add(n, str_c(a));
    near_ids_add(n, str_c(b));
    bool possible = near_ids_possible(n);
    near_ids_free(n);
    return possible;
}

static void what_differs_by_case_blanks_and_zeros_is_near(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"Sensor", "sENSOR"},  {"a b", "ab"},
        {"a\tb\n", "ab"},      {"007", "7"},
        {"x007y08", "x7y8"},   {"000", "0"},
        {"a|01", "A|1"},       {"1 0", "10"},
        {"0 07", "7"},         {"caf\xc3\x89", "CAF\xc3\xa9"},
        {"\xe2\x84\xaa", "k"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (!near(pairs[i][0], pairs[i][1])) {
            fail_msg("%s and %s", pairs[i][0], pairs[i][1]);
        }
    }
}

static void others_are_not(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"a", "b"}, {"70", "7"},   {"a-b", "ab"}, {"100", "10"},
        {"", "0"},  {"a|b", "ab"}, {"1.0", "10"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (near(pairs[i][0], pairs[i][1])) {
            fail_msg("%s and %s", pairs[i][0], pairs[i][1]);
        }
    }
}

/* More than memory holds: the one pair is found wherever it is. */
static void a_pair_among_a_million_is_found(void **state)
{
    (void)state;
    for (int with_pair = 0; with_pair < 2; with_pair++) {
        struct near_ids *n = near_ids_new("/tmp/tsi-near-ids");
        char id[32];
        for (int i = 1; i <= 1000000; i++) {
            snprintf(id, sizeof id, "meter-%d", i);
            near_ids_add(n, str_c(id));
        }
        if (with_pair) {
            near_ids_add(n, str_c("Meter-00777"));
        }
        assert_int_equal(near_ids_possible(n), with_pair);
        assert_int_equal(near_ids_has(n, str_c("meter-777")), with_pair);
        assert_int_equal(near_ids_has(n, str_c("Meter-00777")), with_pair);
        assert_false(near_ids_has(n, str_c("meter-778")));
        near_ids_free(n);
    }
}

/* No proof is no answer. */
static void a_folder_that_is_not_there_gives_no_proof(void **state)
{
    (void)state;
    struct near_ids *n = near_ids_new("/nowhere/at/all");
    char id[32];
    for (int i = 1; i <= 1000000; i++) {
        snprintf(id, sizeof id, "meter-%d", i);
        near_ids_add(n, str_c(id));
    }
    assert_true(near_ids_possible(n));
    assert_true(near_ids_has(n, str_c("meter-1")));
    near_ids_free(n);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(what_differs_by_case_blanks_and_zeros_is_near),
        cmocka_unit_test(others_are_not), cmocka_unit_test(a_pair_among_a_million_is_found),
        cmocka_unit_test(a_folder_that_is_not_there_gives_no_proof)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
