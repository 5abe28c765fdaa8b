/* The figures of a dataset are those of its spans, whatever came in which order, and say when they
 * are not whole. */
#include "support.h"

static void one_file_gives_exact_figures(void **state)
{
    struct place *p = *state;
    struct test_file f;
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", one_column, 1);
    file_start(&f, "d/a.parquet", DEPTH_TIME);
    file_span(&f, "x", 0, 10, 1000, 2000);
    file_span(&f, "y", 0, 5, -5, 7);
    file_span(&f, "x", 1, 6, 2001, 3000);
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(
        c,
        "SELECT total_series, total_records, total_bytes, avg_series_length, min_series_length, "
        "max_series_length, first_time, last_time, first_timestamp, last_timestamp, time_unit, "
        "time_utc, data_file_count, files_failed, bytes_failed, null_times, depth, quality, "
        "indexing_status FROM datasets",
        "2,21,1000,10.5,5,16,-5,3000,1969-12-31 23:59:59.995,1970-01-01 00:00:03,ms,true,1,0,0,"
        "0,time,exact,complete");
    assert_sql(
        c,
        "SELECT series_id, id_parts, record_count, file_count, span_count, first_time, last_time, "
        "null_times, source_file, quality FROM series_metadata ORDER BY series_id",
        "x,[x],16,1,2,1000,3000,0,d/a.parquet,exact\ny,[y],5,1,1,-5,7,0,d/a.parquet,exact");
    assert_sql(
        c, "SELECT series_id, dataset_id, dataset_name, record_count FROM search_index ORDER BY 1",
        "x,d,d,16\ny,d,d,5");
    catalog_close(c);
}

static void a_failed_file_makes_figures_partial(void **state)
{
    struct place *p = *state;
    struct test_file f;
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", one_column, 1);
    file_start(&f, "a", DEPTH_TIME);
    file_span(&f, "x", 0, 10, 1, 2);
    put_file(c, "d", &f);
    file_fail(&f, "b", ERR_CORRUPT, "page 3 is torn");
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c,
               "SELECT total_series, total_records, total_bytes, data_file_count, files_failed, "
               "bytes_failed, quality, quality_note, indexing_status, indexing_error FROM datasets",
               "1,10,2000,2,1,1000,partial,1 of 2 files failed: 1000 bytes and an unknown number "
               "of rows missing,partial,b: page 3 is torn");
    assert_sql(c, "SELECT quality FROM series_metadata", "partial");
    /* The file is mended: everything is as if it had never failed. */
    begin(c);
    file_start(&f, "b", DEPTH_TIME);
    file_span(&f, "x", 0, 1, 3, 3);
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c,
               "SELECT total_records, files_failed, quality, quality_note, indexing_status, "
               "indexing_error FROM datasets",
               "11,0,exact,-,complete,-");
    assert_sql(c, "SELECT count(*) FROM failures", "0");
    /* A file that was fine and fails now takes its rows with it. */
    begin(c);
    file_fail(&f, "a", ERR_TRUNCATED, "cut");
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c, "SELECT total_records, files_failed, quality FROM datasets", "1,1,partial");
    assert_sql(c, "SELECT count(*) FROM spans", "1");
    catalog_close(c);
}

static void nothing_readable_means_no_figures(void **state)
{
    struct place *p = *state;
    struct test_file f;
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", one_column, 1);
    file_fail(&f, "a", ERR_CORRUPT, "torn");
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c,
               "SELECT total_series, total_records, avg_series_length, first_time, depth, "
               "indexing_status FROM datasets",
               "-,-,-,-,none,failed");
    begin(c);
    put_dataset(c, "empty", one_column, 1);
    aggregate_commit(c, "empty");
    assert_sql(c,
               "SELECT total_series, total_records, data_file_count, indexing_status FROM datasets "
               "WHERE dataset_id = 'empty'",
               "-,0,0,complete");
    catalog_close(c);
}

static void depth_bounds_what_is_known(void **state)
{
    struct place *p = *state;
    struct test_file f;
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", one_column, 1);
    file_start(&f, "a", DEPTH_FILES);
    f.r.rows = 100;
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c,
               "SELECT total_series, total_records, first_time, null_times, depth, quality, "
               "indexing_status FROM datasets",
               "-,100,-,-,files,exact,partial");
    begin(c);
    file_start(&f, "b", DEPTH_SERIES);
    file_span(&f, "x", 0, 10, 0, 0);
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c, "SELECT total_series, total_records, depth FROM datasets", "-,110,files");
    assert_sql(c, "SELECT record_count, first_time, null_times, quality FROM series_metadata",
               "10,-,-,partial");
    begin(c);
    file_start(&f, "a", DEPTH_TIME);
    file_span(&f, "x", 0, 100, 5, 6);
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c, "SELECT total_series, total_records, first_time, depth FROM datasets",
               "1,110,-,series");
    assert_sql(c, "SELECT record_count, first_time, quality FROM series_metadata", "110,-,exact");
    catalog_close(c);
}

static void ids_are_exact(void **state)
{
    struct place *p = *state;
    struct test_file f;
    static const char *const ids[] = {"\\N",    "",     "007",   "O'Brien \"x\" 100%_",
                                      "a\\\\b", "a|b",  "\\xFF", "Z\xC3\xBCrich \xE6\x97\xA5",
                                      " lead",  "x\ny", "A",     "a"};
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", one_column, 1);
    file_start(&f, "a", DEPTH_TIME);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        file_span(&f, ids[i], 0, i + 1, 0, 1);
    }
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c, "SELECT total_series, total_records FROM datasets", "12,78");
    struct table t;
    struct error err;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char name[64];
        snprintf(name, sizeof name, "d:%s", ids[i]);
        assert_ok(catalog_show_series(c, name, &t, &err));
        assert_int_equal(t.n_rows, 1);
        table_free(&t);
    }
    assert_sql(c,
               "SELECT id_parts[1] FROM series_metadata WHERE record_count IN (1, 2, 5, 6, 7) "
               "ORDER BY record_count",
               "-\n\na\\b\na|b\n\\xFF");
    catalog_close(c);
}

static void composite_ids_come_apart(void **state)
{
    struct place *p = *state;
    struct test_file f;
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", two_columns, 2);
    file_start(&f, "a", DEPTH_TIME);
    file_span(&f, "s1|m1", 0, 1, 0, 1);
    file_span(&f, "s\\|1|\\N", 0, 2, 0, 1);
    file_span(&f, "|", 0, 3, 0, 1);
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c,
               "SELECT len(id_parts), id_parts[1], id_parts[2] FROM series_metadata "
               "ORDER BY record_count",
               "2,s1,m1\n2,s|1,-\n2,,");
    catalog_close(c);
}

static void mixed_units_meet_in_the_finest(void **state)
{
    struct place *p = *state;
    struct test_file f;
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", one_column, 1);
    file_start(&f, "a", DEPTH_TIME);
    f.r.time_unit = TIME_UNIT_S;
    file_span(&f, "x", 0, 1, -10, 100);
    put_file(c, "d", &f);
    file_start(&f, "b", DEPTH_TIME);
    f.r.time_unit = TIME_UNIT_NS;
    file_span(&f, "x", 0, 1, 1, 100000000001);
    put_file(c, "d", &f);
    file_start(&f, "c", DEPTH_TIME);
    f.r.time_unit = TIME_UNIT_DAY;
    file_span(&f, "y", 0, 1, -1, -1);
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c, "SELECT time_unit, first_time, last_time, quality FROM datasets",
               "ns,-86400000000000,100000000001,exact");
    assert_sql(
        c, "SELECT first_time, last_time, last_timestamp FROM series_metadata ORDER BY series_id",
        "-10000000000,100000000001,1970-01-01 00:01:40\n"
        "-86400000000000,-86400000000000,1969-12-31 00:00:00");
    catalog_close(c);
}

static void a_unit_that_cannot_hold_all_gives_way(void **state)
{
    struct place *p = *state;
    struct test_file f;
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", one_column, 1);
    file_start(&f, "a", DEPTH_TIME);
    f.r.time_unit = TIME_UNIT_NS;
    file_span(&f, "x", 0, 1, -1, 1999);
    put_file(c, "d", &f);
    file_start(&f, "b", DEPTH_TIME);
    f.r.time_unit = TIME_UNIT_DAY;
    file_span(&f, "y", 0, 1, 0, 1000000);
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c, "SELECT time_unit, quality, quality_note IS NULL FROM datasets",
               "us,partial,false");
    assert_sql(c, "SELECT first_time, last_time FROM series_metadata ORDER BY series_id",
               "-1,1\n0,86400000000000000");
    /* Beside an index there is no common axis at all. */
    begin(c);
    file_start(&f, "b", DEPTH_TIME);
    f.r.time_unit = TIME_UNIT_INDEX;
    file_span(&f, "y", 0, 1, 0, 5);
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c, "SELECT time_unit, first_time, quality, total_series FROM datasets",
               "none,-,partial,2");
    catalog_close(c);
}

static void extreme_values_survive(void **state)
{
    struct place *p = *state;
    struct test_file f;
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", one_column, 1);
    file_start(&f, "a", DEPTH_TIME);
    f.r.time_unit = TIME_UNIT_S;
    file_span(&f, "x", 0, 1, INT64_MIN, INT64_MAX);
    f.spans[0].rows = f.r.rows = INT64_MAX;
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(
        c, "SELECT total_records, first_time, last_time, first_timestamp, quality FROM datasets",
        "9223372036854775807,-9223372036854775808,9223372036854775807,-,exact");
    begin(c);
    file_start(&f, "b", DEPTH_TIME);
    file_span(&f, "x", 0, 1, 0, 0);
    f.r.time_unit = TIME_UNIT_S;
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c, "SELECT total_records, quality FROM datasets", "-,partial");
    catalog_close(c);
}

static void rows_without_a_time_are_counted(void **state)
{
    struct place *p = *state;
    struct test_file f;
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", one_column, 1);
    file_start(&f, "a", DEPTH_TIME);
    file_span(&f, "x", 0, 10, 5, 9);
    f.contents[0].times = 7;
    file_span(&f, "y", 0, 4, 0, 0);
    f.contents[1].times = 0;
    put_file(c, "d", &f);
    file_start(&f, "zero", DEPTH_TIME);
    put_file(c, "d", &f);
    aggregate_commit(c, "d");
    assert_sql(c, "SELECT null_times, first_time, last_time, data_file_count FROM datasets",
               "7,5,9,2");
    assert_sql(c, "SELECT null_times, first_time FROM series_metadata ORDER BY series_id",
               "3,5\n4,-");
    catalog_close(c);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        T(one_file_gives_exact_figures),
        T(a_failed_file_makes_figures_partial),
        T(nothing_readable_means_no_figures),
        T(depth_bounds_what_is_known),
        T(ids_are_exact),
        T(composite_ids_come_apart),
        T(mixed_units_meet_in_the_finest),
        T(a_unit_that_cannot_hold_all_gives_way),
        T(extreme_values_survive),
        T(rows_without_a_time_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
