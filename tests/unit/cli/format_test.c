/* What each format writes, byte for byte. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/format.h"
#include "cli/text.h"

#define COLUMNS 4

/* A grid of values as a view. */
struct grid {
    const char *names[COLUMNS];
    struct tsi_value values[4][COLUMNS];
};

static const char *grid_name(const void *source, size_t column)
{
    return ((const struct grid *)source)->names[column];
}

static struct tsi_value grid_value(const void *source, size_t row, size_t column)
{
    return ((const struct grid *)source)->values[row][column];
}

static struct view view_of_grid(const struct grid *g, size_t rows)
{
    return (struct view){.source = g,
                         .name = grid_name,
                         .value = grid_value,
                         .columns = COLUMNS,
                         .rows = rows,
                         .total = 10,
                         .matched = 5};
}

static struct tsi_value text_n(const char *s, size_t n)
{
    return (struct tsi_value){.type = TSI_TEXT, .text = s, .length = n};
}

static struct tsi_value real(double d)
{
    return (struct tsi_value){.type = TSI_DOUBLE, .real = d};
}

static struct tsi_value json(const char *s)
{
    return (struct tsi_value){.type = TSI_JSON, .text = s, .length = strlen(s)};
}

static const struct tsi_value none = {.type = TSI_NULL};
static const struct tsi_value yes = {.type = TSI_BOOL, .boolean = true};

static struct grid sample(void)
{
    struct tsi_value when = value_text("2024-01-31T00:00:00Z");
    when.type = TSI_TIME;
    return (struct grid){
        .names = {"id", "rows", "mean", "extra"},
        .values = {{value_text("a,\"b\"\n"), value_integer(-1234567), real(0.1), json("[1,\n2]")},
                   {value_text(""), none, real(NAN), yes},
                   {value_text("t\tb\\"), value_integer(INT64_MAX), real(-INFINITY), when}},
    };
}

static size_t hidden;

/* The text of a view; freed by the caller. */
static char *written(enum format f, const struct view *v, size_t width)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    hidden = format_write(out, f, v, &(struct format_style){.width = width});
    assert_int_equal(fclose(out), 0);
    return text;
}

static void assert_written(enum format f, const struct view *v, size_t width, const char *expected)
{
    char *text = written(f, v, width);
    assert_string_equal(text, expected);
    free(text);
}

static void test_json(void **state)
{
    (void)state;
    struct grid g = sample();
    struct view v = view_of_grid(&g, 3);
    assert_written(FORMAT_JSON, &v, 0,
                   "{\"schema_version\":1,\"total\":10,\"matched\":5,\"returned\":3,\"items\":[\n"
                   "{\"id\":\"a,\\\"b\\\"\\n\",\"rows\":-1234567,\"mean\":0.1,\"extra\":[1, 2]},\n"
                   "{\"id\":\"\",\"rows\":null,\"mean\":null,\"extra\":true},\n"
                   "{\"id\":\"t\\tb\\\\\",\"rows\":9223372036854775807,\"mean\":null,\"extra\":"
                   "\"2024-01-31T00:00:00Z\"}\n"
                   "]}\n");
}

static void test_ndjson_is_one_object_a_line(void **state)
{
    (void)state;
    struct grid g = sample();
    struct view v = view_of_grid(&g, 1);
    assert_written(FORMAT_NDJSON, &v, 0,
                   "{\"id\":\"a,\\\"b\\\"\\n\",\"rows\":-1234567,\"mean\":0.1,\"extra\":[1, 2]}\n");
}

static void test_answers_without_rows(void **state)
{
    (void)state;
    struct grid g = sample();
    struct view v = view_of_grid(&g, 0);
    assert_written(
        FORMAT_JSON, &v, 0,
        "{\"schema_version\":1,\"total\":10,\"matched\":5,\"returned\":0,\"items\":[]}\n");
    assert_written(FORMAT_NDJSON, &v, 0, "");
    assert_written(FORMAT_CSV, &v, 0, "id,rows,mean,extra\n");
    assert_written(FORMAT_TSV, &v, 0, "id\trows\tmean\textra\n");
    assert_written(FORMAT_TABLE, &v, 80, "id  rows  mean  extra\n");
}

static void test_csv_tells_missing_from_empty(void **state)
{
    (void)state;
    struct grid g = sample();
    struct view v = view_of_grid(&g, 3);
    assert_written(FORMAT_CSV, &v, 0,
                   "id,rows,mean,extra\n"
                   "\"a,\"\"b\"\"\n\",-1234567,0.1,\"[1,\n2]\"\n"
                   "\"\",,nan,true\n"
                   "t\tb\\,9223372036854775807,-inf,2024-01-31T00:00:00Z\n");
}

static void test_a_line_of_tsv_is_a_row(void **state)
{
    (void)state;
    struct grid g = sample();
    struct view v = view_of_grid(&g, 3);
    assert_written(FORMAT_TSV, &v, 0,
                   "id\trows\tmean\textra\n"
                   "a,\"b\"\\n\t-1234567\t0.1\t[1,\\n2]\n"
                   "\t\tnan\ttrue\n"
                   "t\\tb\\\\\t9223372036854775807\t-inf\t2024-01-31T00:00:00Z\n");
}

static void test_a_table_aligns_numbers_and_disarms_text(void **state)
{
    (void)state;
    struct grid g = {
        .names = {"id", "rows", "mean", "state"},
        .values = {{value_text("\x1b[31mred"), value_integer(1234567), real(1234.56), yes},
                   {value_text("日本"), value_integer(12), none, value_text("ok")}}};
    struct view v = view_of_grid(&g, 2);
    assert_written(FORMAT_TABLE, &v, 0,
                   "id                rows     mean  state\n"
                   "\\x1B[31mred  1,234,567  1,234.6  yes\n"
                   "日本                12        -  ok\n");
    assert_int_equal(hidden, 0);
}

static void test_a_table_cuts_text_and_never_numbers(void **state)
{
    (void)state;
    struct grid g = {.names = {"id", "a_long_name_of_numbers", "text", "more"},
                     .values = {{value_text("0123456789012345678901234567890123456789"),
                                 value_integer(1234567890123),
                                 value_text("abcdefghijklmnopqrstuvwxyz"), value_text("z")}}};
    struct view v = view_of_grid(&g, 1);
    assert_written(FORMAT_TABLE, &v, 64,
                   "id                        a_long_name_of_nu…  text          more\n"
                   "01234567890123456789012…   1,234,567,890,123  abcdefghijk…  z\n");
}

/* Every line of a table at every width: never wider than the terminal while more than one column is
 * shown, and the number is either whole or not there. */
static void test_a_table_fits_every_width(void **state)
{
    (void)state;
    struct grid g = {.names = {"id", "a_long_name_of_numbers", "text", "more"},
                     .values = {{value_text("01234567890123456789012345678901234567日本日本"),
                                 value_integer(1234567890123),
                                 value_text("abcdefghijklmnopqrstuvwxyz"), value_text("z")}}};
    struct view v = view_of_grid(&g, 1);
    for (size_t width = 24; width < 140; width++) {
        char *text = written(FORMAT_TABLE, &v, width);
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
            assert_true(text_width(str_n(line, strcspn(line, "\n"))) <= width);
        }
        assert_int_equal(strstr(text, "1,234,567,890,123") != NULL, hidden < 3);
        free(text);
    }
    char *text = written(FORMAT_TABLE, &v, 0);
    assert_non_null(strstr(text, "abcdefghijklmnopqrstuvwxyz"));
    free(text);
}

static void test_a_record_is_a_line_for_each_field(void **state)
{
    (void)state;
    struct grid g = sample();
    struct view v = view_of_grid(&g, 3);
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    format_record(out, &v, 0, &(struct format_style){.width = 40});
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text,
                        "id:    a,\"b\"\\x0A\nrows:  -1,234,567\nmean:  0.1\nextra: [1,\\x0A2]\n");
    free(text);
}

static void test_a_long_list_is_one_element_a_line(void **state)
{
    (void)state;
    struct grid g = sample();
    g.values[0][3] = json("[{\"name\":\"a,]\\\"\",\"x\":[1,2]}, {\"name\":\"b\"},"
                          "\"a text that makes the list longer than a line of eighty columns\"]");
    struct view v = view_of_grid(&g, 3);
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    format_record(out, &v, 0, &(struct format_style){.width = 0});
    assert_int_equal(fclose(out), 0);
    assert_string_equal(
        strstr(text, "extra:"),
        "extra: {\"name\":\"a,]\\\"\",\"x\":[1,2]}\n"
        "       {\"name\":\"b\"}\n"
        "       \"a text that makes the list longer than a line of eighty columns\"\n");
    free(text);
}

static void test_times_are_never_cut(void **state)
{
    (void)state;
    struct tsi_value when = value_text("2024-01-31T00:00:00Z");
    when.type = TSI_TIME;
    struct grid g = {.names = {"id", "first_timestamp", "last_timestamp", "more"},
                     .values = {{value_text("x"), when, when, value_text("y")}}};
    struct view v = view_of_grid(&g, 1);
    assert_written(FORMAT_TABLE, &v, 30, "id  first_timestamp\nx   2024-01-31T00:00:00Z\n");
    assert_int_equal(hidden, 2);
}

static void test_bytes_that_are_no_text(void **state)
{
    (void)state;
    struct grid g = {.names = {"a", "b", "c", "d"},
                     .values = {{text_n("x\0y", 3), text_n("\xFF\xFE", 2), none, json("  ")}}};
    struct view v = view_of_grid(&g, 1);
    assert_written(
        FORMAT_NDJSON, &v, 0,
        "{\"a\":\"x\\u0000y\",\"b\":\"\xEF\xBF\xBD\xEF\xBF\xBD\",\"c\":null,\"d\":null}\n");
    assert_written(FORMAT_TABLE, &v, 0, "a       b         c  d\nx\\x00y  \\xFF\\xFE  -    \n");
}

int main(void)
{
    text_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_ndjson_is_one_object_a_line),
        cmocka_unit_test(test_answers_without_rows),
        cmocka_unit_test(test_csv_tells_missing_from_empty),
        cmocka_unit_test(test_a_line_of_tsv_is_a_row),
        cmocka_unit_test(test_a_table_aligns_numbers_and_disarms_text),
        cmocka_unit_test(test_a_table_cuts_text_and_never_numbers),
        cmocka_unit_test(test_a_table_fits_every_width),
        cmocka_unit_test(test_a_record_is_a_line_for_each_field),
        cmocka_unit_test(test_a_long_list_is_one_element_a_line),
        cmocka_unit_test(test_times_are_never_cut),
        cmocka_unit_test(test_bytes_that_are_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
