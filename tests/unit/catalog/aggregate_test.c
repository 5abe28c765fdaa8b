/* The figures of a dataset are those of its spans, whatever came in which order, and say when they are not whole. */
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
    assert_sql(c,
               "SELECT total_series, total_records, total_bytes, avg_series_length, min_series_length, "
               "max_series_length, first_time, last_time, first_timestamp, last_timestamp, time_unit, "
               "time_utc, data_file_count, files_failed, bytes_failed, null_times, depth, quality, "
               "indexing_status FROM datasets",
               "2,21,1000,10.5,5,16,-5,3000,1969-12-31 23:59:59.995,1970-01-01 00:00:03,ms,true,1,0,0,"
               "0,time,exact,complete");
    assert_sql(c,
               "SELECT series_id, id_parts, record_count, file_count, span_count, first_time, last_time, "
               "null_times, source_file, quality FROM series_metadata ORDER BY series_id",
               "x,[x],16,1,2,1000,3000,0,d/a.parquet,exact\ny,[y],5,1,1,-5,7,0,d/a.parquet,exact");
    catalog_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_file_gives_exact_figures, place_setup, place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
