/* The questions of the public API over a real catalog. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/catalog.h"
#include "tsindexer.h"

static char folder[] = "/tmp/ts-indexer-api-XXXXXX";
static char path[64];

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if ((call) != OK) {                                                                        \
            fail_msg("%s: %s", #call, err.text);                                                   \
        }                                                                                          \
    } while (0)

/* Two series of ten rows in one file, and a file that failed. */
static void write_catalog(struct catalog *c)
{
    static const char *columns[] = {"meter"};
    struct error err = {0};
    struct dataset_info d = {.id = "power",
                             .name = "Power meters",
                             .folder = "",
                             .source_uri = "file:///data",
                             .id_columns = columns,
                             .n_id_columns = 1,
                             .time_column = "t",
                             .origin = COLUMNS_METADATA};
    struct str ids[] = {str_c("MT_001"), str_c("MT_002")};
    struct span spans[2];
    struct span_content contents[2];
    struct file_result good = {.object = {.key = "a.parquet", .size = 100, .etag = "e"},
                               .depth = DEPTH_TIME,
                               .rows = 20,
                               .row_groups = 1,
                               .time_unit = TIME_UNIT_S,
                               .time_utc = true,
                               .ids = ids,
                               .n_ids = 2,
                               .spans = spans,
                               .n_spans = 2,
                               .contents = contents};
    struct file_result bad = {.object = {.key = "b.parquet", .size = 50, .etag = "e"},
                              .failed = ERR_TRUNCATED,
                              .failure = "b.parquet ends early"};
    for (uint32_t i = 0; i < 2; i++) {
        spans[i] =
            (struct span){.series = i, .first_row = 10 * i, .rows = 10, .last_row = 10 * i + 9};
        contents[i] = (struct span_content){.t_min = 0, .t_max = 9, .times = 10};
    }
    assert_ok(catalog_begin(c, &err));
    assert_ok(catalog_dataset_put(c, &d, "file:///data", &err));
    assert_ok(catalog_file_put(c, "power", &good, &err));
    assert_ok(catalog_file_put(c, "power", &bad, &err));
    assert_ok(catalog_dataset_aggregate(c, "power", DEPTH_TIME, &err));
    assert_ok(catalog_commit(c, &err));
}

static int setup(void **state)
{
    struct catalog_options options = {.threads = 1};
    struct catalog *c;
    struct error err = {0};
    (void)state;
    if (!mkdtemp(folder)) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/c.db", folder);
    assert_ok(catalog_open_write(path, &options, &c, &err));
    write_catalog(c);
    catalog_close(c);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static struct tsi_catalog *open_it(void)
{
    struct tsi_catalog *c;
    struct tsi_error err;
    if (tsi_catalog_open(path, &c, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return c;
}

/* The value of a column of the first row. */
static struct tsi_value field(const struct tsi_result *r, const char *name)
{
    for (size_t i = 0; i < tsi_result_columns(r); i++) {
        if (strcmp(tsi_result_name(r, i), name) == 0) {
            return tsi_result_value(r, 0, i);
        }
    }
    fail_msg("no column %s", name);
    return (struct tsi_value){0};
}

static void test_no_catalog_is_an_error_with_its_name(void **state)
{
    (void)state;
    struct tsi_catalog *c;
    struct tsi_error err;
    char missing[80];
    snprintf(missing, sizeof missing, "%s/none.db", folder);
    assert_int_equal(tsi_catalog_open(missing, &c, &err), 1);
    assert_null(c);
    assert_string_equal(err.code, "no_catalog");
    assert_non_null(strstr(err.text, missing));
    assert_int_not_equal(access(missing, F_OK), 0); /* asking creates nothing */
}

static void test_lists(void **state)
{
    (void)state;
    struct tsi_catalog *c = open_it();
    struct tsi_result *r;
    struct tsi_error err;
    assert_false(tsi_catalog_is_snapshot(c));
    assert_int_equal(tsi_status(c, &r, &err), 0);
    assert_int_equal(tsi_result_rows(r), 1);
    tsi_result_free(r);
    assert_int_equal(tsi_datasets(c, INT64_MAX, &r, &err), 0);
    assert_int_equal(tsi_result_rows(r), 1);
    assert_int_equal(tsi_result_total(r), 1);
    assert_int_equal(field(r, "series").integer, 2);
    tsi_result_free(r);
    assert_int_equal(tsi_failures(c, "power", &r, &err), 0);
    assert_int_equal(tsi_result_rows(r), 1);
    tsi_result_free(r);
    tsi_catalog_close(c);
}

static void test_show_decides_what_a_name_is(void **state)
{
    (void)state;
    struct tsi_catalog *c = open_it();
    struct tsi_result *r;
    struct tsi_error err;
    bool is_dataset;
    assert_int_equal(tsi_show(c, "power", &is_dataset, &r, &err), 0);
    assert_true(is_dataset);
    tsi_result_free(r);
    static const char *const series[] = {"power:MT_001", "MT_001"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(tsi_show(c, series[i], &is_dataset, &r, &err), 0);
        assert_false(is_dataset);
        assert_string_equal(field(r, "series_id").text, "MT_001");
        tsi_result_free(r);
    }
    assert_int_equal(tsi_show(c, "MT_003", &is_dataset, &r, &err), 4);
    assert_null(r);
    assert_string_equal(err.code, "not_found");
    tsi_catalog_close(c);
}

static void test_spans_of_a_series(void **state)
{
    (void)state;
    struct tsi_catalog *c = open_it();
    struct tsi_result *r;
    struct tsi_error err;
    assert_int_equal(tsi_spans(c, "MT_002", &r, &err), 0);
    assert_int_equal(tsi_result_rows(r), 1);
    assert_int_equal(field(r, "first_row").integer, 10);
    tsi_result_free(r);
    assert_int_equal(tsi_spans(c, "power:none", &r, &err), 4);
    assert_null(r);
    tsi_catalog_close(c);
}

static void test_a_dump_is_whole_or_an_error(void **state)
{
    (void)state;
    struct tsi_catalog *c = open_it();
    struct tsi_error err;
    char text[65536] = "";
    FILE *f = tmpfile();
    assert_int_equal(tsi_dump(c, fileno(f), &err), 0);
    assert_true(lseek(fileno(f), 0, SEEK_SET) == 0); /* still open */
    assert_true(read(fileno(f), text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "MT_002"));
    fclose(f);
    assert_int_equal(tsi_dump(c, -1, &err), 1);
    int full = open("/dev/full", O_WRONLY);
    if (full >= 0) {
        assert_int_equal(tsi_dump(c, full, &err), 1);
        assert_string_not_equal(err.text, "");
        close(full);
    }
    tsi_catalog_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_catalog_is_an_error_with_its_name),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_show_decides_what_a_name_is),
        cmocka_unit_test(test_spans_of_a_series),
        cmocka_unit_test(test_a_dump_is_whole_or_an_error),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
