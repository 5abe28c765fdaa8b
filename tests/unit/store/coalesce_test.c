/* coalesce_test.c - what is merged, what is split, and that every wanted byte is in exactly one
 * span. */
#include "store/coalesce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct coalesce_plan plan(struct arena *a, const struct store_range *r, size_t n,
                                 uint64_t waste)
{
    struct coalesce_plan p;
    struct error err;
    assert_int_equal(coalesce_ranges(r, n, waste, a, &p, &err), OK);
    return p;
}

static void ranges_that_touch_are_merged_without_waste(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct store_range r[] = {
        {.offset = 10, .length = 5}, {.offset = 15, .length = 5}, {.offset = 21, .length = 1}};
    struct coalesce_plan p = plan(&a, r, 3, 0);
    assert_int_equal(p.n_spans, 2);
    assert_int_equal(p.spans[0].offset, 10);
    assert_int_equal(p.spans[0].length, 10);
    assert_int_equal(p.spans[1].at, 10);
    assert_int_equal(p.bytes, 11);
    arena_reset(&a);
}

static void the_smallest_gaps_are_closed_first(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    /* Gaps of 30, 10 and 20 bytes. */
    struct store_range r[] = {{.offset = 0, .length = 10},
                              {.offset = 40, .length = 10},
                              {.offset = 60, .length = 10},
                              {.offset = 90, .length = 10}};
    assert_int_equal(plan(&a, r, 4, 9).n_spans, 4);
    struct coalesce_plan p = plan(&a, r, 4, 29);
    assert_int_equal(p.n_spans, 3);
    assert_int_equal(p.spans[1].offset, 40);
    assert_int_equal(p.spans[1].length, 30);
    assert_int_equal(plan(&a, r, 4, 30).n_spans, 2);
    assert_int_equal(plan(&a, r, 4, 59).n_spans, 2);
    assert_int_equal(plan(&a, r, 4, 60).n_spans, 1);
    assert_int_equal(plan(&a, r, 4, 60).bytes, 100);
    arena_reset(&a);
}

static void empty_ranges_need_nothing(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct store_range r[] = {
        {.offset = 5, .length = 0}, {.offset = 3, .length = 4}, {.offset = 99, .length = 0}};
    struct coalesce_plan p = plan(&a, r, 3, 1000);
    assert_int_equal(p.n_spans, 1);
    assert_int_equal(p.bytes, 4);
    assert_int_equal(plan(&a, r, 0, 0).n_spans, 0);
    arena_reset(&a);
}

static void disorder_and_overflow_are_refused(void **state)
{
    (void)state;
    struct arena a;
    struct coalesce_plan p;
    struct error err;
    arena_init(&a);
    struct store_range overlap[] = {{.offset = 0, .length = 10}, {.offset = 9, .length = 1}};
    struct store_range huge[] = {{.offset = UINT64_MAX, .length = 1}};
    assert_int_equal(coalesce_ranges(overlap, 2, 0, &a, &p, &err), ERR_INTERNAL);
    assert_int_equal(coalesce_ranges(huge, 1, 0, &a, &p, &err), ERR_INTERNAL);
    arena_reset(&a);
}

static void long_spans_are_cut_into_equal_pieces(void **state)
{
    (void)state;
    assert_int_equal(coalesce_pieces(0), 0);
    assert_int_equal(coalesce_pieces(1), 1);
    assert_int_equal(coalesce_pieces(COALESCE_PIECE_MAX), 1);
    assert_int_equal(coalesce_pieces(COALESCE_PIECE_MAX + 1), 2);
    uint64_t length = 3 * COALESCE_PIECE_MAX + 2;
    size_t n = coalesce_pieces(length);
    assert_int_equal(n, 4);
    assert_int_equal(coalesce_piece_start(length, n, 0), 0);
    assert_int_equal(coalesce_piece_start(length, n, n), length);
    for (size_t i = 0; i < n; i++) {
        uint64_t size = coalesce_piece_start(length, n, i + 1) - coalesce_piece_start(length, n, i);
        assert_true(size == length / n || size == length / n + 1);
    }
}

/* Against a slow oracle: any merging whose waste is within the limit, covering all ranges, with the
 * fewest spans that a smallest-first rule can reach. */
static void random_batches_keep_the_invariants(void **state)
{
    (void)state;
    srand(7);
    for (int round = 0; round < 2000; round++) {
        struct arena a;
        arena_init(&a);
        struct store_range r[20];
        size_t n = (size_t)rand() % 20;
        uint64_t at = 0, wanted = 0;
        for (size_t i = 0; i < n; i++) {
            at += (uint64_t)(rand() % 40);
            r[i] = (struct store_range){.offset = at, .length = (uint64_t)(rand() % 9)};
            at += r[i].length;
            wanted += r[i].length;
        }
        uint64_t waste = (uint64_t)(rand() % 200);
        struct coalesce_plan p = plan(&a, r, n, waste);
        assert_true(p.bytes >= wanted && p.bytes - wanted <= waste);
        for (size_t i = 0; i < n; i++) {
            const struct coalesce_span *s = coalesce_find(&p, r[i].offset);
            assert_true(r[i].length == 0 ||
                        (s && r[i].offset + r[i].length <= s->offset + s->length));
        }
        for (size_t i = 1; i < p.n_spans; i++) {
            uint64_t gap = p.spans[i].offset - (p.spans[i - 1].offset + p.spans[i - 1].length);
            assert_true(gap > 0 && p.bytes - wanted + gap > waste);
            assert_int_equal(p.spans[i].at, p.spans[i - 1].at + p.spans[i - 1].length);
        }
        arena_reset(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_that_touch_are_merged_without_waste),
        cmocka_unit_test(the_smallest_gaps_are_closed_first),
        cmocka_unit_test(empty_ranges_need_nothing),
        cmocka_unit_test(disorder_and_overflow_are_refused),
        cmocka_unit_test(long_spans_are_cut_into_equal_pieces),
        cmocka_unit_test(random_batches_keep_the_invariants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
