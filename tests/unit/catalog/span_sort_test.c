#include "catalog/span_sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATH  "/tmp/tsi-span-sort"
#define SPANS 20000

/* A span whose bytes are its own. */
struct made {
    char id[40];
    char steps[24];
    struct sorted_span span;
};

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* Few ids of one beginning, so that times and places decide, and ids that end early or hold NUL. */
static void make(struct made *m, uint64_t *state)
{
    int n = snprintf(m->id, sizeof m->id, "sensor-%03llu",
                     (unsigned long long)(next_random(state) % 400));
    size_t len = (size_t)n - next_random(state) % 2;
    m->id[len] = '\0';
    len += next_random(state) % 4 == 0;
    snprintf(m->steps, sizeof m->steps, "%llu", (unsigned long long)next_random(state));
    m->span = (struct sorted_span){.series = str_n(m->id, len),
                                   .rows = (int64_t)(next_random(state) % 9) + 1,
                                   .place = (uint32_t)(next_random(state) % 5),
                                   .row_group = (uint32_t)(next_random(state) % 3),
                                   .first_row = (int64_t)next_random(state)};
    if (next_random(state) % 3) {
        m->span.times = m->span.rows;
        m->span.t_min = m->span.first = (int64_t)(next_random(state) % 7) - 3;
        m->span.t_max = m->span.last = m->span.first + (int64_t)(next_random(state) % 3);
        m->span.steps = str_c(m->steps);
    }
}

static int cmp(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* ORDER BY series_id, first NULLS LAST, last NULLS LAST, place, row_group NULLS FIRST, first_row.
 */
static int as_sql(const void *a, const void *b)
{
    const struct sorted_span *x = &(*(struct made *const *)a)->span;
    const struct sorted_span *y = &(*(struct made *const *)b)->span;
    int64_t none = INT64_MAX;
    int order = str_cmp(x->series, y->series);
    order = order ? order : cmp(x->times ? x->first : none, y->times ? y->first : none);
    order = order ? order : cmp(x->times ? x->last : none, y->times ? y->last : none);
    order = order ? order : cmp(x->place, y->place);
    order = order ? order : cmp(x->row_group, y->row_group);
    return order ? order : cmp(x->first_row, y->first_row);
}

/* All of them, and pointers to them in the order of SQL. */
static struct made *make_all(struct made **sorted)
{
    struct made *all = calloc(SPANS, sizeof *all);
    uint64_t state = 7;
    assert_non_null(all);
    for (size_t i = 0; i < SPANS; i++) {
        make(&all[i], &state);
        sorted[i] = &all[i];
    }
    qsort(sorted, SPANS, sizeof *sorted, as_sql);
    return all;
}

static void check_equal(const struct sorted_span *got, const struct made *want)
{
    const struct sorted_span *w = &want->span;
    assert_true(str_eq(got->series, w->series));
    assert_int_equal(got->rows, w->rows);
    assert_int_equal(got->times, w->times);
    assert_int_equal(got->t_min, w->t_min);
    assert_int_equal(got->t_max, w->t_max);
    assert_int_equal(got->place, w->place);
    assert_int_equal(got->row_group, w->row_group);
    assert_int_equal(got->first_row, w->first_row);
    assert_null(got->values.data);
    if (w->times) {
        assert_true(str_eq(got->steps, str_c(want->steps)));
    } else {
        assert_null(got->steps.data);
    }
}

/* Added as they came, or in order. */
static void sort_in(uint64_t memory, bool in_order)
{
    static struct made *sorted[SPANS];
    struct error err = {0};
    struct sorted_span got;
    bool more = true;
    struct made *all = make_all(sorted);
    struct span_sort *s = span_sort_new(PATH, memory);
    for (size_t i = 0; i < SPANS; i++) {
        assert_int_equal(span_sort_add(s, in_order ? &sorted[i]->span : &all[i].span, &err), OK);
    }
    assert_int_equal(span_sort_end(s, &err), OK);
    for (size_t i = 0; i < SPANS; i++) {
        assert_int_equal(span_sort_next(s, &got, &more, &err), OK);
        assert_true(more);
        check_equal(&got, sorted[i]);
    }
    assert_int_equal(span_sort_next(s, &got, &more, &err), OK);
    assert_false(more);
    span_sort_free(s);
    free(all);
}

static void in_memory_and_in_runs_the_order_is_that_of_sql(void **state)
{
    (void)state;
    static const uint64_t memories[] = {UINT64_C(1) << 30, UINT64_C(1) << 20, UINT64_C(1) << 12};
    for (size_t i = 0; i < sizeof memories / sizeof *memories; i++) {
        sort_in(memories[i], false);
        sort_in(memories[i], true);
    }
}

/* One that is larger than the buffer and than what is read ahead. */
static void a_long_span_is_whole(void **state)
{
    (void)state;
    enum { LONG = 3 << 20 };
    struct error err = {0};
    struct sorted_span got, span = {.series = str_c("a"), .rows = 1};
    bool more;
    char *bytes = malloc(LONG);
    assert_non_null(bytes);
    for (size_t i = 0; i < LONG; i++) {
        bytes[i] = (char)(i * 31 >> 3);
    }
    struct span_sort *s = span_sort_new(PATH, 1 << 16);
    for (uint32_t i = 0; i < 3; i++) {
        span.place = 2 - i;
        span.values = str_n(bytes, LONG - i);
        assert_int_equal(span_sort_add(s, &span, &err), OK);
    }
    assert_int_equal(span_sort_end(s, &err), OK);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(span_sort_next(s, &got, &more, &err), OK);
        assert_true(more);
        assert_int_equal(got.place, i);
        assert_int_equal(got.values.len, LONG - 2 + i);
        assert_memory_equal(got.values.data, bytes, got.values.len);
    }
    span_sort_free(s);
    free(bytes);
}

static void no_spans_are_none(void **state)
{
    (void)state;
    struct error err = {0};
    struct sorted_span got;
    bool more = true;
    struct span_sort *s = span_sort_new(PATH, 1 << 20);
    assert_int_equal(span_sort_end(s, &err), OK);
    assert_int_equal(span_sort_next(s, &got, &more, &err), OK);
    assert_false(more);
    span_sort_free(s);
}

static void a_place_that_cannot_be_written_is_named(void **state)
{
    (void)state;
    struct error err = {0};
    struct sorted_span span = {.series = str_c("a"), .rows = 1};
    struct span_sort *s = span_sort_new("/nowhere/c.db", 1);
    assert_int_not_equal(span_sort_add(s, &span, &err), OK);
    assert_non_null(strstr(err.text, "/nowhere/c.db"));
    span_sort_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_memory_and_in_runs_the_order_is_that_of_sql),
        cmocka_unit_test(a_long_span_is_whole),
        cmocka_unit_test(no_spans_are_none),
        cmocka_unit_test(a_place_that_cannot_be_written_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
