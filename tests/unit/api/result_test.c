/* A result shows what the table held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "api/result.h"

static void test_values_keep_their_types(void **state)
{
    (void)state;
    static const char *const names[] = {"none", "flag", "count", "mean", "id", "start", "columns"};
    struct table t;
    table_init(&t, names, 7);
    struct cell *row = table_add_row(&t);
    row[1] = cell_bool(true);
    row[2] = cell_int(INT64_MIN);
    row[3] = cell_double(0.5);
    row[4] = cell_text(&t, CELL_TEXT, str_n("a\0b", 3));
    row[5] = cell_text(&t, CELL_TIME, str_c("2024-01-31"));
    row[6] = cell_text(&t, CELL_JSON, str_c("[]"));
    t.total = 10;
    t.matched = 5;

    struct tsi_result *r = result_take(&t);
    assert_null(t.cells); /* moved */
    assert_int_equal(tsi_result_columns(r), 7);
    assert_int_equal(tsi_result_rows(r), 1);
    assert_int_equal(tsi_result_total(r), 10);
    assert_int_equal(tsi_result_matched(r), 5);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(tsi_result_name(r, i), names[i]);
        assert_int_equal(tsi_result_value(r, 0, i).type, TSI_NULL + i);
    }
    assert_true(tsi_result_value(r, 0, 1).boolean);
    assert_true(tsi_result_value(r, 0, 2).integer == INT64_MIN);
    assert_true(tsi_result_value(r, 0, 3).real == 0.5);
    struct tsi_value id = tsi_result_value(r, 0, 4);
    assert_int_equal(id.length, 3);
    assert_memory_equal(id.text, "a\0b", 4);
    assert_string_equal(tsi_result_value(r, 0, 6).text, "[]");
    tsi_result_free(r);
    tsi_result_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values_keep_their_types)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
