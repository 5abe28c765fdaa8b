/* Answers: exact, complete, in a stated order, and helpful where there is none. */
#include "support.h"

/* energy: house_1 (s), house_2; traffic: I-5|North, I-5|100%; a dataset without files. */
static struct catalog *sample(const char *path)
{
    struct error err;
    struct test_file f;
    struct catalog *c = open_writer(path);
    struct dataset_meta meta = {.key = "m",
                                .etag = "e",
                                .name = "Energy use",
                                .theme = "energy",
                                .description = "Houses of Z\xC3\x9CRICH",
                                .source = "lotsa"};
    struct dataset_info d = {.id = "energy_use",
                             .name = "Energy use",
                             .folder = "energy/",
                             .source_uri = "file:///data/energy",
                             .meta = &meta,
                             .id_columns = (const char **)one_column,
                             .n_id_columns = 1,
                             .time_column = "timestamp",
                             .origin = COLUMNS_METADATA};
    begin(c);
    assert_ok(catalog_dataset_put(c, &d, "file:///data", &err));
    file_start(&f, "energy/a.parquet", DEPTH_TIME);
    file_column(&f, "id", "string");
    file_column(&f, "kwh", "double");
    f.r.time_unit = TIME_UNIT_NS;
    file_span(&f, "house_1", 0, 10, 1, 1700000000123456789);
    file_span(&f, "house_2", 0, 20, 0, 5);
    file_span(&f, "house_1", 1, 3, 7, 8);
    put_file(c, "energy_use", &f);
    file_start(&f, "energy/b.parquet", DEPTH_TIME);
    file_column(&f, "id", "string");
    file_column(&f, "kwh", "float");
    f.r.time_unit = TIME_UNIT_NS;
    put_file(c, "energy_use", &f);
    put_dataset(c, "traffic", two_columns, 2);
    file_start(&f, "traffic/a.parquet", DEPTH_TIME);
    f.r.time_utc = false;
    f.r.time_unit = TIME_UNIT_DAY;
    file_span(&f, "I-5|North", 0, 4, 0, 365);
    file_span(&f, "I-5|100%", 0, 5, 0, 1);
    file_span(&f, "house_2", 0, 6, 0, 1);
    put_file(c, "traffic", &f);
    file_fail(&f, "traffic/bad.parquet", ERR_CORRUPT, "torn");
    put_file(c, "traffic", &f);
    put_dataset(c, "later", one_column, 1);
    assert_ok(catalog_dataset_aggregate(c, "traffic", DEPTH_TIME, &err));
    aggregate_commit(c, "energy_use");
    return c;
}

static const struct cell *cell(const struct table *t, size_t row, const char *name)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        if (strcmp(t->names[i], name) == 0) {
            assert_true(row < t->n_rows);
            return table_cell(t, row, i);
        }
    }
    fail_msg("no column %s", name);
    return NULL;
}

static void assert_cell(const struct table *t, size_t row, const char *name, enum cell_type type,
                        const char *text)
{
    const struct cell *c = cell(t, row, name);
    char number[32];
    assert_int_equal(c->type, type);
    if (type == CELL_INT) {
        snprintf(number, sizeof number, "%lld", (long long)c->as.i);
        assert_string_equal(number, text);
    } else if (type != CELL_NULL) {
        assert_string_equal(c->as.s.data, text);
    }
}

static void status_and_datasets_say_all(void **state)
{
    struct place *p = *state;
    struct table t;
    struct error err;
    struct catalog *c = sample(p->path);
    assert_ok(catalog_status(c, &t, &err));
    assert_int_equal(t.n_rows, 3);
    assert_cell(&t, 0, "dataset_id", CELL_TEXT, "energy_use");
    assert_cell(&t, 0, "series", CELL_INT, "2");
    assert_cell(&t, 0, "last_timestamp", CELL_TIME, "2023-11-14T22:13:20.123456789Z");
    assert_cell(&t, 1, "status", CELL_TEXT, "pending");
    assert_cell(&t, 1, "series", CELL_NULL, NULL);
    assert_cell(&t, 2, "quality", CELL_TEXT, "partial");
    assert_cell(&t, 2, "files_failed", CELL_INT, "1");
    assert_cell(&t, 2, "last_timestamp", CELL_TIME, "1971-01-01");
    table_free(&t);
    assert_ok(catalog_datasets(c, 2, &t, &err));
    assert_int_equal(t.n_rows, 2);
    assert_int_equal(t.matched, 3);
    assert_cell(&t, 0, "series_id_columns", CELL_JSON, "[\"id\"]");
    assert_cell(&t, 0, "tags", CELL_JSON, "[]");
    assert_int_equal(cell(&t, 0, "avg_series_length")->type, CELL_DOUBLE);
    assert_true(cell(&t, 0, "avg_series_length")->as.d == 16.5);
    table_free(&t);
    catalog_close(c);
}

static void a_dataset_is_shown_by_id_or_name(void **state)
{
    struct place *p = *state;
    struct table t;
    struct error err;
    struct catalog *c = sample(p->path);
    for (int i = 0; i < 2; i++) {
        assert_ok(catalog_show_dataset(c, i ? "Energy use" : "energy_use", &t, &err));
        assert_int_equal(t.n_rows, 1);
        assert_cell(&t, 0, "dataset_id", CELL_TEXT, "energy_use");
        assert_cell(&t, 0, "total_records", CELL_INT, "33");
        assert_cell(
            &t, 0, "schema", CELL_JSON,
            "[{\"name\":\"id\",\"type\":\"string\",\"files\":2,\"nullable\":true,\"null_count\":0,"
            "\"bytes\":200},{\"name\":\"kwh\",\"type\":\"double\",\"files\":1,\"nullable\":true,"
            "\"null_count\":0,\"bytes\":100},{\"name\":\"kwh\",\"type\":\"float\",\"files\":1,"
            "\"nullable\":true,\"null_count\":0,\"bytes\":100}]");
        table_free(&t);
    }
    assert_int_equal(catalog_show_dataset(c, "energyuse", &t, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "did you mean energy_use?"));
    assert_int_equal(catalog_show_dataset(c, "qqqq", &t, &err), ERR_NOT_FOUND);
    assert_null(strstr(err.text, "did you mean"));
    catalog_close(c);
}

static void a_series_is_shown(void **state)
{
    struct place *p = *state;
    struct table t;
    struct error err;
    struct catalog *c = sample(p->path);
    assert_ok(catalog_show_series(c, "house_1", &t, &err));
    assert_cell(&t, 0, "id", CELL_TEXT, "energy_use:house_1");
    assert_cell(&t, 0, "record_count", CELL_INT, "13");
    assert_cell(&t, 0, "first_timestamp", CELL_TIME, "1970-01-01T00:00:00.000000001Z");
    assert_cell(&t, 0, "quality", CELL_TEXT, "exact");
    table_free(&t);
    assert_ok(catalog_show_series(c, "traffic:I-5|North", &t, &err));
    assert_cell(&t, 0, "id_parts", CELL_JSON, "[\"I-5\",\"North\"]");
    assert_cell(&t, 0, "last_timestamp", CELL_TIME, "1971-01-01");
    assert_cell(&t, 0, "quality", CELL_TEXT, "partial");
    table_free(&t);
    assert_int_equal(catalog_show_series(c, "house_2", &t, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "energy_use:house_2, traffic:house_2"));
    assert_int_equal(catalog_show_series(c, "house_3", &t, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "energy_use:house_1"));
    assert_int_equal(catalog_show_series(c, "traffic:house_3", &t, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "did you mean traffic:house_2?"));
    catalog_close(c);
}

static void spans_say_where_rows_lie(void **state)
{
    struct place *p = *state;
    struct table t;
    struct error err;
    struct catalog *c = sample(p->path);
    assert_ok(catalog_series_spans(c, "energy_use", "house_1", &t, &err));
    assert_int_equal(t.n_rows, 2);
    assert_cell(&t, 0, "key", CELL_TEXT, "energy/a.parquet");
    assert_cell(&t, 0, "row_group", CELL_INT, "0");
    assert_cell(&t, 0, "t_max", CELL_INT, "1700000000123456789");
    assert_cell(&t, 1, "row_group", CELL_INT, "1");
    assert_cell(&t, 1, "first_row", CELL_INT, "30");
    assert_cell(&t, 1, "last_row", CELL_INT, "32");
    assert_true(cell(&t, 1, "unbroken")->as.b);
    table_free(&t);
    assert_ok(catalog_failures(c, "traffic", &t, &err));
    assert_int_equal(t.n_rows, 1);
    assert_cell(&t, 0, "code", CELL_TEXT, "corrupt");
    assert_cell(&t, 0, "severity", CELL_TEXT, "error");
    table_free(&t);
    assert_ok(catalog_failures(c, "energy_use", &t, &err));
    assert_int_equal(t.n_rows, 1);
    assert_int_equal(t.total, 2);
    assert_cell(&t, 0, "code", CELL_TEXT, "schema_drift");
    assert_cell(&t, 0, "severity", CELL_TEXT, "note");
    table_free(&t);
    assert_ok(catalog_drift(c, NULL, &t, &err));
    assert_int_equal(t.n_rows, 2);
    assert_cell(&t, 0, "column_name", CELL_TEXT, "kwh");
    assert_cell(&t, 0, "change", CELL_TEXT, "type");
    assert_cell(&t, 0, "variant", CELL_TEXT, "double");
    assert_cell(&t, 0, "first_file", CELL_TEXT, "energy/a.parquet");
    assert_cell(&t, 1, "first_file", CELL_TEXT, "energy/b.parquet");
    table_free(&t);
    catalog_close(c);
}

static void a_dump_that_cannot_be_written_fails(void **state)
{
    struct place *p = *state;
    struct error err;
    struct catalog *c = sample(p->path);
    FILE *full = fopen("/dev/full", "w");
    if (full) {
        setvbuf(full, NULL, _IONBF, 0);
        assert_int_equal(catalog_dump(c, full, &err), ERR_NO_SPACE);
        fclose(full);
    }
    catalog_close(c);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        T(status_and_datasets_say_all),
        T(a_dataset_is_shown_by_id_or_name),
        T(a_series_is_shown),
        T(spans_say_where_rows_lie),
        T(a_dump_that_cannot_be_written_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
