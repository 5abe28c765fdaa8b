/* The state of values: the same for every cut of a sequence, and for every order in which the parts
 * are merged; what depends on order is not known where parts overlap. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/value_hash.h"
#include "model/value_stats.h"

#define HOUR_US INT64_C(3600000000)
#define MOST    300

static uint64_t seed = 7;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

/* A sequence of one of several kinds. */
static void make(double *v, uint8_t *valid, int64_t *t, size_t n)
{
    uint64_t kind = draw(6);
    int64_t at = (int64_t)draw(100000) * HOUR_US - 50000 * HOUR_US;
    for (size_t i = 0; i < n; i++) {
        t[i] = at;
        at += kind % 2 ? HOUR_US / 4 : HOUR_US * (int64_t)(1 + draw(60));
        valid[i] = kind < 3 || draw(5) > 0;
        v[i] = kind == 0   ? (double)draw(4)
               : kind == 1 ? (double)draw(100000) / 100 - 300
               : kind == 2 ? 7.5
               : kind == 3 ? ldexp((double)draw(1 << 30), (int)draw(2000) - 1030)
               : kind == 4 ? (double)draw(3) * 1e15 + (double)draw(100) / 7
                           : (draw(9)   ? (double)draw(1000) / 3
                              : draw(2) ? NAN
                                        : -INFINITY);
    }
}

static void state_of(const double *v, const uint8_t *valid, const int64_t *t, size_t n,
                     struct value_stats *out)
{
    struct value_rows r = {.values = v, .valid = valid, .times = t, .n = n, .unit = TIME_UNIT_US};
    value_stats_init(out, t ? VALUES_BY_TIME : VALUES_BY_ROW);
    value_stats_append(out, &r);
}

/* Sums of buckets are kept to some 106 bits: what counts is what becomes of them. */
static void round_sums(struct value_stats *s)
{
    for (int l = 0; l < LEVELS; l++) {
        struct level_bucket *ends[] = {&s->levels.of[l].first, &s->levels.of[l].last};
        for (int e = 0; e < 2; e++) {
            ends[e]->sum = (double)(float)(ends[e]->sum + ends[e]->rest);
            ends[e]->rest = 0;
        }
    }
}

static void assert_same(struct value_stats *a, struct value_stats *b)
{
    struct strbuf x, y;
    strbuf_init(&x, 10000);
    strbuf_init(&y, 10000);
    round_sums(a);
    round_sums(b);
    a->sparkline.n = b->sparkline.n = 0;
    value_stats_encode(a, &x);
    value_stats_encode(b, &y);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.data, y.data, x.len);
    strbuf_free(&x);
    strbuf_free(&y);
}

/* As it comes out of a catalog. */
static void recode(struct value_stats *s)
{
    struct strbuf b;
    strbuf_init(&b, 10000);
    value_stats_encode(s, &b);
    struct str in = strbuf_view(&b);
    int64_t lo = s->t_min, hi = s->t_max;
    assert_true(value_stats_decode(&in, lo, hi, s));
    assert_int_equal(in.len, 0);
    strbuf_free(&b);
}

static void test_any_cut_gives_the_same(void **state)
{
    (void)state;
    static struct value_stats whole, parts[3];
    double v[MOST];
    uint8_t valid[MOST];
    int64_t t[MOST];
    for (int round = 0; round < 2000; round++) {
        size_t n = 3 + draw(MOST - 3), a = 1 + draw(n - 2), b = a + draw(n - a);
        make(v, valid, t, n);
        const int64_t *times = round % 4 ? t : NULL;
        state_of(v, valid, times, n, &whole);
        size_t cuts[] = {0, a, b, n};
        for (size_t i = 0; i < 3; i++) {
            state_of(v + cuts[i], valid + cuts[i], times ? times + cuts[i] : NULL,
                     cuts[i + 1] - cuts[i], &parts[i]);
            recode(&parts[i]);
        }
        if (times && draw(2)) { /* the later ones first: order is that of time, not of the calls */
            value_stats_merge(&parts[2], &parts[1]);
            value_stats_merge(&parts[2], &parts[0]);
            assert_same(&whole, &parts[2]);
        } else {
            value_stats_merge(&parts[0], &parts[1]);
            value_stats_merge(&parts[0], &parts[2]);
            assert_same(&whole, &parts[0]);
        }
    }
}

static void test_parts_that_overlap_have_no_order(void **state)
{
    (void)state;
    static struct value_stats a, b, whole;
    const double v[] = {1, 2, 3, 4};
    const int64_t t[] = {0, 10, 20, 30}, odd[] = {0, 20}, even[] = {10, 30};
    const double odd_values[] = {1, 3}, even_values[] = {2, 4};
    state_of(v, NULL, t, 4, &whole);
    state_of(odd_values, NULL, odd, 2, &a);
    state_of(even_values, NULL, even, 2, &b);
    value_stats_merge(&a, &b);
    assert_int_equal(a.order, VALUES_UNORDERED);
    recode(&a);
    assert_int_equal(a.order, VALUES_UNORDERED);
    double mean = 0, wanted = 0;
    assert_true(moments_mean(&a.moments, &mean) && moments_mean(&whole.moments, &wanted));
    assert_true(mean == wanted && a.min == 1 && a.max == 4);
    /* And it stays so. */
    state_of(v, NULL, (const int64_t[]){100, 101, 102, 103}, 4, &b);
    value_stats_merge(&b, &a);
    assert_int_equal(b.order, VALUES_UNORDERED);
}

static void test_runs_are_broken_by_what_is_not_finite(void **state)
{
    (void)state;
    static struct value_stats s;
    const double v[] = {5, 5, NAN, 5, 5, 5, 0, 5, 5};
    const uint8_t valid[] = {1, 1, 1, 1, 1, 1, 0, 1, 1};
    const int64_t t[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    state_of(v, valid, t, 9, &s);
    assert_int_equal(s.longest, 3);
    assert_int_equal(s.prefix, 2);
    assert_int_equal(s.suffix, 2);
    assert_int_equal(s.nulls, 1);
    assert_int_equal(s.nans, 1);
    assert_int_equal(value_stats_finite(&s), 7);
}

static void test_rows_without_a_time_count_and_have_no_place(void **state)
{
    (void)state;
    static struct value_stats s, t;
    const double v[] = {1, 2}, other[] = {9};
    const int64_t times[] = {10, 20};
    state_of(v, NULL, times, 2, &s);
    struct value_rows r = {.values = other, .n = 1, .unit = TIME_UNIT_US};
    value_stats_append_timeless(&s, &r);
    assert_int_equal(s.rows, 3);
    assert_true(s.max == 9 && s.last == 2 && s.sequence == 2);
    /* A part of such rows only does not disturb the order of the others. */
    value_stats_init(&t, VALUES_BY_TIME);
    value_stats_append_timeless(&t, &r);
    recode(&t);
    value_stats_merge(&t, &s);
    assert_int_equal(t.order, VALUES_BY_TIME);
    assert_int_equal(t.rows, 4);
    assert_true(t.first == 1 && t.last == 2);
}

static void test_integers_beyond_doubles_are_summed_as_they_are(void **state)
{
    (void)state;
    static struct value_stats s;
    const int64_t big[] = {INT64_MAX, INT64_MAX - 2, INT64_MIN};
    const double v[] = {(double)INT64_MAX, (double)(INT64_MAX - 2), (double)INT64_MIN};
    struct value_rows r = {.values = v, .integers = big, .n = 3};
    double mean;
    value_stats_init(&s, VALUES_BY_ROW);
    value_stats_append(&s, &r);
    assert_true(moments_mean(&s.moments, &mean));
    assert_true(mean == 3074457345618258601.0); /* (2^63 - 4) / 3, rounded once */
    assert_true(s.rounded);
}

static void test_hashes_join_and_lose_their_ends(void **state)
{
    (void)state;
    const double v[] = {1, -2.5, 1e300, 0, 7, 7};
    uint64_t whole = value_hash_append(0, v, 6);
    for (size_t i = 0; i <= 6; i++) {
        uint64_t a = value_hash_append(0, v, i), b = value_hash_append(0, v + i, 6 - i);
        assert_int_equal(value_hash_join(a, b, 6 - i), whole);
    }
    assert_int_equal(value_hash_drop_last(whole, 7), value_hash_append(0, v, 5));
    assert_int_equal(value_hash_drop_first(whole, 1, 6), value_hash_append(0, v + 1, 5));
    assert_int_equal(value_hash_one(-0.0), value_hash_one(0.0));
    const double swapped[] = {-2.5, 1, 1e300, 0, 7, 7};
    assert_int_not_equal(value_hash_append(0, swapped, 6), whole);
}

static void test_bytes_that_are_cut_are_no_state(void **state)
{
    (void)state;
    static struct value_stats s;
    double v[MOST];
    uint8_t valid[MOST];
    int64_t t[MOST];
    struct strbuf b;
    strbuf_init(&b, 10000);
    make(v, valid, t, 100);
    state_of(v, valid, t, 100, &s);
    value_stats_encode(&s, &b);
    for (size_t n = 0; n < b.len; n++) {
        struct str in = str_n(b.data, n);
        assert_false(value_stats_decode(&in, t[0], t[99], &s));
    }
    strbuf_free(&b);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_any_cut_gives_the_same),
        cmocka_unit_test(test_parts_that_overlap_have_no_order),
        cmocka_unit_test(test_runs_are_broken_by_what_is_not_finite),
        cmocka_unit_test(test_rows_without_a_time_count_and_have_no_place),
        cmocka_unit_test(test_integers_beyond_doubles_are_summed_as_they_are),
        cmocka_unit_test(test_hashes_join_and_lose_their_ends),
        cmocka_unit_test(test_bytes_that_are_cut_are_no_state),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
