#include "model/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_rows_and_cells(void **state)
{
    (void)state;
    char name[] = "id";
    const char *const names[] = {name, "rows", "share"};
    struct table t;
    table_init(&t, names, 3);
    name[0] = 'x';
    assert_string_equal(t.names[0], "id");
    for (int i = 0; i < 1000; i++) {
        char text[16];
        snprintf(text, sizeof text, "id-%d", i);
        struct cell *row = table_add_row(&t);
        assert_int_equal(row[0].type, CELL_NULL);
        assert_int_equal(row[2].type, CELL_NULL);
        row[0] = cell_text(&t, CELL_TEXT, str_c(text));
        row[1] = cell_int(i);
        row[2] = cell_double(i / 2.0);
    }
    assert_int_equal(t.n_rows, 1000);
    assert_string_equal(table_cell(&t, 999, 0)->as.s.data, "id-999");
    assert_int_equal(table_cell(&t, 500, 1)->as.i, 500);
    assert_true(table_cell(&t, 3, 2)->as.d == 1.5);
    table_free(&t);
    assert_int_equal(t.n_rows, 0);
}

static void test_cell_kinds(void **state)
{
    (void)state;
    const char *const names[] = {"a"};
    struct table t;
    table_init(&t, names, 1);
    assert_int_equal(cell_bool(true).type, CELL_BOOL);
    assert_true(cell_bool(true).as.b);
    assert_int_equal(cell_int(INT64_MIN).as.i, INT64_MIN);
    assert_int_equal(cell_text(&t, CELL_TEXT, str_c(NULL)).type, CELL_NULL);
    struct cell empty = cell_text(&t, CELL_TEXT, str_c(""));
    assert_int_equal(empty.type, CELL_TEXT);
    assert_int_equal(empty.as.s.len, 0);
    struct cell bytes = cell_text(&t, CELL_JSON, str_n("a\0b", 3));
    assert_int_equal(bytes.type, CELL_JSON);
    assert_memory_equal(bytes.as.s.data, "a\0b", 4);
    table_free(&t);
}

static void test_no_columns(void **state)
{
    (void)state;
    struct table t;
    table_init(&t, NULL, 0);
    table_add_row(&t);
    table_add_row(&t);
    assert_int_equal(t.n_rows, 2);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_rows_and_cells),
        cmocka_unit_test(test_cell_kinds),
        cmocka_unit_test(test_no_columns),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
