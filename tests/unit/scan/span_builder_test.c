/* Runs become spans: what must be true of them however the runs are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/memory.h"
#include "scan/id_runs.h"
#include "scan/span_builder.h"
#include "span_support.h"

static const struct run_times no_times = {0};

static void an_interrupted_series_has_one_span(void **state)
{
    (void)state;
    struct span_builder b;
    spans_init(&b, TIME_UNIT_US);
    spans_begin_group(&b, 7);
    spans_add_run(&b, 0, 10, no_times);
    spans_add_run(&b, 1, 5, no_times);
    spans_add_run(&b, 0, 3, no_times);
    spans_end_group(&b);
    assert_int_equal(b.n, 2);
    assert_int_equal(b.spans[0].rows, 13);
    assert_int_equal(b.spans[0].first_row, 0);
    assert_int_equal(b.spans[0].last_row, 17);
    assert_int_equal(b.spans[0].row_group, 7);
    assert_int_equal(b.spans[1].first_row, 10);
    assert_int_equal(b.spans[1].last_row, 14);
    spans_free(&b);
}

static void row_groups_do_not_share_spans(void **state)
{
    (void)state;
    struct span_builder b;
    spans_init(&b, TIME_UNIT_US);
    for (uint32_t g = 0; g < 3; g++) {
        spans_begin_group(&b, g);
        spans_add_run(&b, 4, 2, no_times);
        spans_end_group(&b);
    }
    assert_int_equal(b.n, 3);
    assert_int_equal(b.spans[2].row_group, 2);
    assert_int_equal(b.spans[2].first_row, 0);
    spans_free(&b);
}

static void times_are_bounded_over_all_runs_and_nulls_do_not_count(void **state)
{
    (void)state;
    struct span_builder b;
    const int64_t values[] = {5, -3, 9, 0, INT64_MIN, INT64_MAX};
    const uint8_t valid[] = {1, 0, 1, 1, 1, 1};
    spans_init(&b, TIME_UNIT_US);
    spans_begin_group(&b, 0);
    spans_add_run(&b, 0, 3, (struct run_times){values, valid});
    spans_add_run(&b, 1, 1, (struct run_times){values + 1, valid + 1});
    spans_add_run(&b, 0, 2, (struct run_times){values + 4, NULL});
    spans_end_group(&b);
    assert_int_equal(spans_content_of(&b, 0)->times, 4);
    assert_true(spans_content_of(&b, 0)->t_min == INT64_MIN &&
                spans_content_of(&b, 0)->t_max == INT64_MAX);
    assert_int_equal(b.spans[1].rows, 1);
    assert_int_equal(spans_content_of(&b, 1)->times, 0);
    spans_free(&b);
}

static void cutting_runs_differently_changes_nothing(void **state)
{
    (void)state;
    int64_t values[1000];
    srand(42);
    for (int i = 0; i < 1000; i++) {
        values[i] = rand() % 5000 - 2500;
    }
    struct span_builder whole, cut;
    spans_init(&whole, TIME_UNIT_US);
    spans_init(&cut, TIME_UNIT_US);
    spans_begin_group(&whole, 0);
    spans_begin_group(&cut, 0);
    spans_add_run(&whole, 0, 1000, (struct run_times){values, NULL});
    for (int i = 0; i < 1000;) {
        int n = 1 + rand() % 70;
        n = i + n > 1000 ? 1000 - i : n;
        spans_add_run(&cut, 0, (uint64_t)n, (struct run_times){values + i, NULL});
        i += n;
    }
    spans_end_group(&whole);
    spans_end_group(&cut);
    assert_same_spans(&whole, &cut);
    spans_free(&whole);
    spans_free(&cut);
}

static void heavy_interleaving_is_merged_per_file_and_sums_stay(void **state)
{
    (void)state;
    enum { SERIES = 10, GROUPS = SPANS_MERGE_ABOVE / SERIES + 1 };
    struct span_builder b;
    uint64_t *first_rows = mem_alloc(GROUPS * sizeof *first_rows);
    spans_init(&b, TIME_UNIT_US);
    for (uint32_t g = 0; g < GROUPS; g++) {
        first_rows[g] = (uint64_t)g * SERIES * 2;
        spans_begin_group(&b, g);
        for (uint32_t s = 0; s < SERIES; s++) {
            spans_add_proven(&b, s, 2, 1, (int64_t)g + s);
        }
        spans_end_group(&b);
    }
    assert_true(spans_are_many(b.n, SERIES));
    spans_make_whole(&b, first_rows);
    assert_int_equal(b.n, SERIES);
    for (uint32_t s = 0; s < SERIES; s++) {
        assert_int_equal(b.spans[s].series, s);
        assert_int_equal(b.spans[s].row_group, SPAN_WHOLE_FILE);
        assert_int_equal(b.spans[s].rows, 2ull * GROUPS);
        assert_int_equal(spans_content_of(&b, s)->times, GROUPS);
        assert_int_equal(b.spans[s].first_row, 2 * s);
        assert_int_equal(b.spans[s].last_row, first_rows[GROUPS - 1] + 2ull * s + 1);
        assert_int_equal(spans_content_of(&b, s)->t_min, s);
        assert_int_equal(spans_content_of(&b, s)->t_max, GROUPS - 1 + s);
    }
    mem_free(first_rows);
    spans_free(&b);
}

static void many_series_with_few_spans_each_are_not_merged(void **state)
{
    (void)state;
    enum { SERIES = SPANS_MERGE_ABOVE / 2 + 1 };
    struct span_builder b;
    spans_init(&b, TIME_UNIT_US);
    for (uint32_t g = 0; g < 2; g++) {
        spans_begin_group(&b, g);
        for (uint32_t s = 0; s < SERIES; s++) {
            spans_add_run(&b, s, 1, no_times);
        }
        spans_end_group(&b);
    }
    assert_false(spans_are_many(b.n, SERIES));
    assert_int_equal(b.n, 2 * SERIES);
    spans_free(&b);
}

/* Rows of several series in runs of any length, some regular, some not, with nulls: what is kept of
 * each is the state of its times, however they were interleaved and wherever the block ended. */
static void steps_are_those_of_each_series(void **state)
{
    (void)state;
    enum { SERIES = 5, ROWS = 400 };
    srand(7);
    for (int round = 0; round < 400; round++) {
        struct span_builder b;
        int64_t times[SERIES][ROWS], next[SERIES] = {0}, values[ROWS];
        uint8_t valid[ROWS];
        size_t n[SERIES] = {0};
        spans_init(&b, TIME_UNIT_US);
        spans_begin_group(&b, 0);
        for (size_t at = 0; at < ROWS;) {
            uint32_t s = (uint32_t)(rand() % SERIES);
            size_t run = 1 + (size_t)(rand() % (round % 3 ? 4 : 90));
            run = at + run > ROWS ? ROWS - at : run;
            bool nulls = rand() % 4 == 0;
            for (size_t i = 0; i < run; i++) {
                next[s] += rand() % 20 && s < 3 ? 1000 : rand() % 5000 - 500;
                values[i] = next[s];
                valid[i] = !nulls || rand() % 3;
                if (valid[i]) {
                    times[s][n[s]++] = next[s];
                }
            }
            spans_add_run(&b, s, run, (struct run_times){values, nulls ? valid : NULL});
            at += run;
        }
        spans_end_group(&b);
        for (size_t i = 0; i < b.n; i++) {
            const struct span_content *got = spans_content_of(&b, i);
            uint32_t series = b.spans[i].series;
            struct time_steps want;
            struct strbuf code;
            strbuf_init(&code, TIME_STEPS_BYTES_MAX);
            time_steps_of(times[series], n[series], TIME_UNIT_US, &want);
            time_steps_encode(&want, &code);
            assert_int_equal(got->times, want.times);
            assert_true(got->t_min == want.t_min && got->t_max == want.t_max);
            assert_true(str_eq(got->steps, str_n(code.data ? code.data : "", code.len)));
            strbuf_free(&code);
        }
        spans_free(&b);
    }
}

/* A sorted series over more than one block, and a series that turns back where a row group begins.
 */
static void blocks_and_row_groups_meet(void **state)
{
    (void)state;
    enum { CHUNK = 1 << 16 };
    struct span_builder b;
    struct time_steps steps;
    int64_t *values = mem_alloc(CHUNK * sizeof *values), t = 0;
    size_t rows = 0;
    spans_init(&b, TIME_UNIT_INDEX);
    spans_begin_group(&b, 0);
    while (rows < SPANS_BLOCK_TIMES + SPANS_BLOCK_TIMES / 2) {
        for (size_t i = 0; i < CHUNK; i++) {
            values[i] = t;
            t += i % 7 == 0 ? 2 : 1;
        }
        spans_add_run(&b, 0, CHUNK, (struct run_times){values, NULL});
        rows += CHUNK;
    }
    spans_end_group(&b);
    assert_int_equal(spans_content_of(&b, 0)->times, rows);
    assert_true(time_steps_decode(spans_content_of(&b, 0)->steps, rows,
                                  spans_content_of(&b, 0)->t_min, spans_content_of(&b, 0)->t_max,
                                  TIME_UNIT_INDEX, &steps));
    assert_int_equal(steps.n, 2);
    assert_int_equal(steps.steps[0].count + steps.steps[1].count, rows - 1);
    assert_int_equal(steps.backwards, 0);
    spans_begin_group(&b, 1);
    values[0] = 5;
    spans_add_run(&b, 0, 1, (struct run_times){values, NULL});
    spans_end_group(&b);
    assert_true(
        time_steps_decode(spans_content_of(&b, 1)->steps, 1, 5, 5, TIME_UNIT_INDEX, &steps));
    assert_int_equal(steps.backwards, 1);
    mem_free(values);
    spans_free(&b);
}

/* One number a row; how many rows there are. */
static size_t series_of_rows(const struct id_run *runs, size_t n, uint32_t *series)
{
    size_t rows = 0;
    for (size_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < runs[i].rows; k++) {
            series[rows++] = runs[i].series;
        }
    }
    return rows;
}

/* Runs given together are the runs given one by one: with few series and with so many that memory
 * is asked ahead. */
static void runs_together_are_runs_one_by_one(uint32_t n_series, bool times, bool nulls)
{
    enum { RUNS = 40000, ROWS = RUNS * 3 };
    struct id_run *runs = mem_alloc(RUNS * sizeof *runs);
    int64_t *values = mem_alloc(ROWS * sizeof *values);
    uint8_t *valid = mem_alloc(ROWS);
    uint32_t random = 1;
    for (size_t i = 0; i < ROWS; i++) {
        random = random * 1664525u + 1013904223u;
        values[i] = (int64_t)random - INT32_MAX;
        valid[i] = random >> 30 != 0;
        if (i < RUNS) {
            runs[i] =
                (struct id_run){(random >> 8) % n_series, random >> 28 & 1 ? 1 : random >> 29 & 3};
        }
    }
    struct span_builder together, single, rows;
    spans_init(&together, TIME_UNIT_S);
    spans_init(&single, TIME_UNIT_S);
    spans_init(&rows, TIME_UNIT_S);
    spans_begin_group(&together, 0);
    spans_begin_group(&single, 0);
    spans_begin_group(&rows, 0);
    struct run_times t = {times ? values : NULL, times && nulls ? valid : NULL};
    spans_add_runs(&together, runs, RUNS, t);
    uint32_t *series = mem_alloc(ROWS * sizeof *series);
    spans_add_rows(&rows, series, series_of_rows(runs, RUNS, series), t);
    mem_free(series);
    for (size_t i = 0; i < RUNS; i++) {
        spans_add_run(&single, runs[i].series, runs[i].rows, t);
        t.values = t.values ? t.values + runs[i].rows : NULL;
        t.valid = t.valid ? t.valid + runs[i].rows : NULL;
    }
    assert_int_equal(together.n, single.n);
    assert_int_equal(together.row, single.row);
    spans_end_group(&together);
    spans_end_group(&single);
    spans_end_group(&rows);
    assert_same_spans(&together, &single);
    assert_same_spans(&rows, &single);
    spans_free(&together);
    spans_free(&single);
    spans_free(&rows);
    mem_free(runs);
    mem_free(values);
    mem_free(valid);
}

static void many_runs_at_once_are_the_same_runs(void **state)
{
    (void)state;
    const uint32_t n_series[] = {1, 100, 30000, 100000};
    for (size_t i = 0; i < sizeof n_series / sizeof *n_series; i++) {
        runs_together_are_runs_one_by_one(n_series[i], false, false);
        runs_together_are_runs_one_by_one(n_series[i], true, false);
        runs_together_are_runs_one_by_one(n_series[i], true, true);
    }
}

/* More rows than 32 bits count, of one series and of another in between. */
static void rows_are_counted_beyond_32_bits(void **state)
{
    (void)state;
    const uint64_t many = 5ull << 32;
    const uint32_t singles[] = {1, 0, 1};
    struct span_builder b;
    spans_init(&b, TIME_UNIT_NONE);
    spans_begin_group(&b, 3);
    spans_add_run(&b, 0, many, no_times);
    spans_add_rows(&b, singles, 3, no_times);
    const struct id_run runs[] = {{1, UINT32_MAX}, {0, UINT32_MAX}, {2, 1}};
    spans_add_runs(&b, runs, 3, no_times);
    spans_end_group(&b);
    assert_int_equal(b.n, 3);
    assert_true(b.spans[0].rows == many + 1 + UINT32_MAX && b.spans[0].first_row == 0);
    assert_true(b.spans[0].last_row == many + 2 + 2ull * UINT32_MAX);
    assert_true(b.spans[1].rows == 2 + (uint64_t)UINT32_MAX && b.spans[1].first_row == many);
    assert_true(b.spans[1].last_row == many + 2 + UINT32_MAX);
    assert_true(b.spans[2].first_row == b.spans[0].last_row + 1);
    spans_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_interrupted_series_has_one_span),
        cmocka_unit_test(row_groups_do_not_share_spans),
        cmocka_unit_test(times_are_bounded_over_all_runs_and_nulls_do_not_count),
        cmocka_unit_test(cutting_runs_differently_changes_nothing),
        cmocka_unit_test(heavy_interleaving_is_merged_per_file_and_sums_stay),
        cmocka_unit_test(steps_are_those_of_each_series),
        cmocka_unit_test(blocks_and_row_groups_meet),
        cmocka_unit_test(many_series_with_few_spans_each_are_not_merged),
        cmocka_unit_test(many_runs_at_once_are_the_same_runs),
        cmocka_unit_test(rows_are_counted_beyond_32_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
