/* What statistics prove is not read; what they do not prove is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "scan/file_plan.h"

/* A footer of two row groups over (id string, ts timestamp). */
struct fixture {
    struct parquet_column columns[2];
    struct parquet_chunk chunks[2][2];
    struct parquet_row_group groups[2];
    struct parquet_footer footer;
    struct file_columns picked;
    struct arena arena;
    int64_t lo, hi;
};

static void build(struct fixture *f)
{
    *f = (struct fixture){.lo = 10, .hi = 20};
    f->columns[0] = (struct parquet_column){.path = "id",
                                            .name = "id",
                                            .top_level = true,
                                            .physical = PARQUET_BYTE_ARRAY,
                                            .logical = PARQUET_STRING,
                                            .max_def = 1};
    f->columns[1] = (struct parquet_column){.path = "ts",
                                            .name = "ts",
                                            .top_level = true,
                                            .physical = PARQUET_INT64,
                                            .logical = PARQUET_TIMESTAMP,
                                            .unit = TIME_UNIT_US,
                                            .is_signed = true,
                                            .max_def = 1};
    for (int g = 0; g < 2; g++) {
        f->groups[g] = (struct parquet_row_group){
            .rows = 100, .first_row = 100u * (unsigned)g, .chunks = f->chunks[g]};
        f->chunks[g][0] = (struct parquet_chunk){.offset = 4, .length = 50, .num_values = 100};
        f->chunks[g][1] = (struct parquet_chunk){.offset = 54, .length = 800, .num_values = 100};
        f->chunks[g][0].stats = (struct parquet_stats){
            .has_null_count = true, .has_bounds = true, .min = str_c("a"), .max = str_c("a")};
        f->chunks[g][1].stats = (struct parquet_stats){.has_null_count = true,
                                                       .null_count = 1,
                                                       .has_bounds = true,
                                                       .exact = true,
                                                       .min = str_n(&f->lo, 8),
                                                       .max = str_n(&f->hi, 8)};
    }
    f->footer = (struct parquet_footer){
        .columns = f->columns, .n_columns = 2, .row_groups = f->groups, .n_row_groups = 2};
    f->picked = (struct file_columns){.n_id = 1, .time = 1, .has_time = true};
    arena_init(&f->arena);
}

static void constant_ids_and_one_time_need_no_byte(void **state)
{
    (void)state;
    struct fixture f;
    struct file_plan p;
    build(&f);
    f.hi = f.lo;
    file_plan_make(&f.footer, &f.picked, DEPTH_TIME, &f.arena, &p);
    assert_int_equal(p.bytes, 0);
    assert_int_equal(p.proven, 2);
    arena_reset(&f.arena);
}

static void bounds_of_times_do_not_tell_their_steps(void **state)
{
    (void)state;
    struct fixture f;
    struct file_plan p;
    build(&f);
    file_plan_make(&f.footer, &f.picked, DEPTH_TIME, &f.arena, &p);
    assert_int_equal(p.proven, 0);
    assert_int_equal(p.bytes, 2 * 800);
    file_plan_make(&f.footer, &f.picked, DEPTH_SERIES, &f.arena, &p);
    assert_int_equal(p.proven, 2);
    arena_reset(&f.arena);
}

static void a_second_id_or_a_null_is_read(void **state)
{
    (void)state;
    struct fixture f;
    struct file_plan p;
    build(&f);
    f.chunks[0][0].stats.max = str_c("b");
    f.chunks[1][0].stats.null_count = 1;
    file_plan_make(&f.footer, &f.picked, DEPTH_TIME, &f.arena, &p);
    assert_int_equal(p.proven, 0);
    assert_int_equal(p.bytes, 2 * 850);
    file_plan_make(&f.footer, &f.picked, DEPTH_SERIES, &f.arena, &p);
    assert_int_equal(p.bytes, 2 * 50);
    arena_reset(&f.arena);
}

static void unknown_nulls_and_inexact_times_prove_nothing(void **state)
{
    (void)state;
    struct fixture f;
    struct file_plan p;
    build(&f);
    f.chunks[0][0].stats.has_null_count = false;
    f.chunks[1][1].stats.exact = false;
    file_plan_make(&f.footer, &f.picked, DEPTH_TIME, &f.arena, &p);
    assert_int_equal(p.groups[0].read_ids, 1);
    assert_int_equal(p.groups[1].read_ids, 0);
    assert_true(p.groups[1].read_time);
    assert_int_equal(p.bytes, 850 + 800);
    arena_reset(&f.arena);
}

static void all_null_ids_are_one_series(void **state)
{
    (void)state;
    struct fixture f;
    bool is_null = false;
    struct str value;
    build(&f);
    f.chunks[0][0].stats = (struct parquet_stats){.has_null_count = true, .null_count = 100};
    assert_true(stats_constant(&f.columns[0], &f.chunks[0][0], &is_null, &value));
    assert_true(is_null);
    arena_reset(&f.arena);
}

static void depth_files_reads_nothing(void **state)
{
    (void)state;
    struct fixture f;
    struct file_plan p;
    build(&f);
    f.chunks[0][0].stats.has_bounds = false;
    file_plan_make(&f.footer, &f.picked, DEPTH_FILES, &f.arena, &p);
    assert_int_equal(p.bytes, 0);
    arena_reset(&f.arena);
}

static void slices_hold_whole_row_groups_and_make_progress(void **state)
{
    (void)state;
    struct fixture f;
    struct file_plan p;
    build(&f);
    f.chunks[0][0].stats.has_bounds = f.chunks[1][0].stats.has_bounds = false;
    f.chunks[0][0].length = f.chunks[1][0].length = SLICE_BYTES_MAX * 2;
    file_plan_make(&f.footer, &f.picked, DEPTH_SERIES, &f.arena, &p);
    assert_int_equal(p.n_slices, 2);
    assert_true(p.slices[0].first == 0 && p.slices[0].n == 1);
    assert_true(p.slices[1].first == 1 && p.slices[1].n == 1);
    f.chunks[0][0].length = 10;
    file_plan_make(&f.footer, &f.picked, DEPTH_SERIES, &f.arena, &p);
    assert_int_equal(p.n_slices, 2);
    f.chunks[1][0].length = 10;
    file_plan_make(&f.footer, &f.picked, DEPTH_SERIES, &f.arena, &p);
    assert_int_equal(p.n_slices, 1);
    assert_true(p.slices[0].first == 0 && p.slices[0].n == 2);
    arena_reset(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_ids_and_one_time_need_no_byte),
        cmocka_unit_test(bounds_of_times_do_not_tell_their_steps),
        cmocka_unit_test(a_second_id_or_a_null_is_read),
        cmocka_unit_test(unknown_nulls_and_inexact_times_prove_nothing),
        cmocka_unit_test(all_null_ids_are_one_series),
        cmocka_unit_test(depth_files_reads_nothing),
        cmocka_unit_test(slices_hold_whole_row_groups_and_make_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
