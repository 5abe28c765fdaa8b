/* The rows of a block, span by span and in order of time: against a plain sort. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "scan/value_order.h"

enum { ROWS = 200, SERIES = 6 };

struct row {
    uint32_t series, row;
    int64_t t;
    uint8_t timed;
};

static uint64_t seed = 1;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

struct block {
    struct span_builder spans;
    struct value_builder values;
};

static void block_init(struct block *b, bool has_times)
{
    spans_init(&b->spans, TIME_UNIT_S);
    spans_begin_group(&b->spans, 0);
    values_init(&b->values, &b->spans, NULL, 0, has_times);
}

static void block_free(struct block *b)
{
    values_free(&b->values);
    spans_free(&b->spans);
}

static void add(struct block *b, const struct row *r)
{
    struct error err;
    struct run_times t = {b->values.has_times ? &r->t : NULL, &r->timed};
    spans_add_run(&b->spans, r->series, 1, t);
    assert_int_equal(values_add_run(&b->values, r->series, 1, t, &err), OK);
}

static int in_order(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->timed != y->timed) {
        return x->timed ? -1 : 1;
    }
    if (x->timed && x->t != y->t) {
        return x->t < y->t ? -1 : 1;
    }
    return (x->row > y->row) - (x->row < y->row);
}

/* The rows of each span as they must lie, one span behind the other, as the spans were met. */
static size_t expect(const struct block *b, const struct row *rows, size_t n, bool has_times,
                     struct row *out)
{
    size_t at = 0;
    for (size_t s = 0; s < b->spans.n; s++) {
        size_t from = at;
        for (size_t i = 0; i < n; i++) {
            if (rows[i].series == b->spans.spans[s].series) {
                out[at++] = rows[i];
            }
        }
        if (has_times) {
            qsort(out + from, at - from, sizeof *out, in_order);
        }
    }
    return at;
}

/* Each span has one piece, and its rows are those of `want`. */
static void check(struct block *b, const struct row *want, size_t n)
{
    const struct value_builder *v = &b->values;
    size_t at = 0;
    assert_int_equal(v->n_pieces, b->spans.n);
    for (size_t p = 0; p < v->n_pieces; p++) {
        const struct value_piece *piece = &v->pieces[p];
        assert_int_equal(piece->span, p);
        assert_int_equal(piece->from, at);
        for (uint32_t i = 0; i < piece->timed + piece->timeless; i++, at++) {
            uint32_t row = v->moved ? v->order[at] : (uint32_t)at;
            assert_int_equal(row, want[at].row);
            assert_true(!v->has_times || want[at].timed == (i < piece->timed));
            if (v->has_times && i < piece->timed) {
                assert_true((v->moved ? v->sorted : v->times)[at] == want[at].t);
            }
        }
    }
    assert_int_equal(at, n);
}

static void rows_are_sorted_by_span_and_time_and_row(void **state)
{
    (void)state;
    size_t moved = 0;
    for (int round = 0; round < 3000; round++) {
        struct row rows[ROWS], want[ROWS] = {{0}};
        size_t n = 1 + draw(ROWS), span = 1 + draw(40);
        bool has_times = draw(4) > 0, lies = draw(2);
        uint64_t timeless = draw(3) ? 0 : 1 + draw(5);
        struct block b;
        block_init(&b, has_times);
        for (size_t i = 0; i < n; i++) {
            uint32_t series = lies ? (uint32_t)(i / span) : (uint32_t)draw(SERIES);
            int64_t t = lies && draw(300) ? (int64_t)(i / 2) : (int64_t)draw(50) - 25;
            rows[i] = (struct row){series, (uint32_t)i, t, !(timeless && draw(timeless) == 0)};
            add(&b, &rows[i]);
        }
        values_order(&b.values);
        moved += b.values.moved;
        check(&b, want, expect(&b, rows, n, has_times, want));
        block_free(&b);
    }
    assert_in_range(moved, 1000, 2900); /* both ways were taken */
}

static void what_lies_in_order_is_not_moved(void **state)
{
    (void)state;
    struct block b;
    static const struct row rows[] = {{3, 0, 5, 1}, {3, 1, 5, 1}, {1, 2, -7, 1}, {1, 3, 0, 1}};
    static const struct row again = {3, 4, 6, 1}, back = {1, 4, -1, 1}, none = {1, 4, 9, 0};
    const struct row *more[] = {NULL, &again, &back, &none};
    for (size_t k = 0; k < sizeof more / sizeof *more; k++) {
        block_init(&b, true);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            add(&b, &rows[i]);
        }
        if (more[k]) {
            add(&b, more[k]);
        }
        values_order(&b.values);
        assert_int_equal(b.values.moved, more[k] != NULL);
        block_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_by_span_and_time_and_row),
        cmocka_unit_test(what_lies_in_order_is_not_moved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
