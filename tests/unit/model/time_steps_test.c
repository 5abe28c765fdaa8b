/* The state of a sequence of times: against a plain count over the sorted sequence, and the same
 * for every cut of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "model/time_steps.h"

#define DAY_US 86400000000ll

static uint64_t seed = 1;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int by_unsigned(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* A sorted sequence of one of several kinds; its unit. */
static enum time_unit make(int64_t *v, size_t n)
{
    uint64_t kind = draw(7);
    int64_t t = (int64_t)draw(1000) * DAY_US - 300 * DAY_US;
    for (size_t i = 0; i < n; i++) {
        v[i] = t;
        switch (kind) {
        case 0: /* regular hours */
            t += DAY_US / 24;
            break;
        case 1: /* hours with gaps and repeats */
            t += DAY_US / 24 * (int64_t)(draw(10) < 8 ? 1 : draw(5));
            break;
        case 2: /* every step another */
            t += (int64_t)draw(1000000);
            break;
        case 3: /* business days */
            t += time_weekday(t / DAY_US - (t % DAY_US < 0)) == 4 ? 3 * DAY_US : DAY_US;
            break;
        case 4: { /* month starts, some left out */
            int64_t year;
            unsigned month, d;
            time_civil_from_days(t / DAY_US - (t % DAY_US < 0) + 31, &year, &month, &d);
            if (i == 0) {
                t = v[0] = time_days_from_civil(year, month, 1) * DAY_US;
                time_civil_from_days(t / DAY_US + 31, &year, &month, &d);
            }
            t = time_days_from_civil(year, month, 1) * DAY_US;
            break;
        }
        case 5: /* all the same */
            break;
        default: /* weeks */
            t += 7 * DAY_US;
        }
    }
    return kind == 2 && draw(2) ? TIME_UNIT_INDEX : TIME_UNIT_US;
}

static void assert_same(const struct time_steps *a, const struct time_steps *b)
{
    assert_int_equal(a->times, b->times);
    assert_true(a->t_min == b->t_min && a->t_max == b->t_max);
    assert_int_equal(a->quality, b->quality);
    assert_int_equal(a->backwards, b->backwards);
    assert_int_equal(a->duplicates, b->duplicates);
    assert_true(a->longest == b->longest);
    assert_int_equal(a->other, b->other);
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        assert_true(a->steps[i].step == b->steps[i].step);
        assert_int_equal(a->steps[i].count, b->steps[i].count);
    }
    assert_int_equal(a->whole_days, b->whole_days);
    assert_int_equal(a->weekdays, b->weekdays);
    assert_int_equal(a->positions, b->positions);
    assert_int_equal(a->months, b->months);
    assert_int_equal(a->weekends, b->weekends);
}

/* The steps as a plain count gives them. */
static void check_counts(const int64_t *sorted, size_t n, const struct time_steps *s)
{
    uint64_t *steps = mem_alloc((n + 1) * sizeof *steps), duplicates = 0, counted = 0;
    size_t n_steps = 0, distinct = 0;
    for (size_t i = 1; i < n; i++) {
        uint64_t step = (uint64_t)sorted[i] - (uint64_t)sorted[i - 1];
        duplicates += step == 0;
        steps[n_steps] = step;
        n_steps += step != 0;
    }
    qsort(steps, n_steps, sizeof *steps, by_unsigned);
    for (size_t i = 0, k; i < n_steps; i = k, distinct++) {
        for (k = i; k < n_steps && steps[k] == steps[i]; k++) {
        }
        if (distinct < TIME_STEPS_MAX) {
            assert_true(s->steps[distinct].step == steps[i]);
            assert_int_equal(s->steps[distinct].count, k - i);
            counted += k - i;
        }
    }
    assert_int_equal(s->n, distinct < TIME_STEPS_MAX ? distinct : TIME_STEPS_MAX);
    assert_int_equal(s->other, n_steps - counted);
    assert_int_equal(s->duplicates, duplicates);
    assert_true(s->longest == (n_steps ? steps[n_steps - 1] : 0));
    assert_true(s->t_min == sorted[0] && s->t_max == sorted[n - 1]);
    mem_free(steps);
}

static void any_cut_merges_to_the_whole(void **state)
{
    (void)state;
    enum { N = 300 };
    int64_t v[N], part[N];
    for (int round = 0; round < 3000; round++) {
        size_t n = 1 + draw(N), n_parts = 0;
        struct time_steps whole, merged = {0}, parts[N];
        enum time_unit unit = make(v, n);
        for (size_t i = 0; i < n;) {
            size_t k = 1 + draw(round % 2 ? 5 : 100);
            k = i + k > n ? n - i : k;
            memcpy(part, v + i, k * sizeof *v);
            time_steps_of(part, k, unit, &parts[n_parts++]);
            i += k;
        }
        memcpy(part, v, n * sizeof *v);
        time_steps_of(part, n, unit, &whole);
        check_counts(v, n, &whole);
        /* In order, in reverse order, or pairs of neighbours first. */
        if (round % 3 == 2) {
            for (size_t i = 0; i + 1 < n_parts; i += 2) {
                time_steps_merge(&parts[i], &parts[i + 1], unit);
                parts[i + 1] = (struct time_steps){0};
            }
        }
        for (size_t i = 0; i < n_parts; i++) {
            time_steps_merge(&merged, &parts[round % 3 == 1 ? n_parts - 1 - i : i], unit);
        }
        assert_same(&whole, &merged);
    }
}

static void an_unsorted_sequence_is_sorted_and_its_disorder_counted(void **state)
{
    (void)state;
    enum { N = 500 };
    int64_t v[N], sorted[N];
    for (int round = 0; round < 500; round++) {
        size_t n = 2 + draw(N - 1);
        struct time_steps s, of_sorted;
        enum time_unit unit = make(v, n);
        for (size_t i = n - 1; i > 0; i--) {
            size_t k = draw(i + 1);
            int64_t swap = v[i];
            v[i] = v[k];
            v[k] = swap;
        }
        memcpy(sorted, v, n * sizeof *v);
        qsort(sorted, n, sizeof *sorted, by_value);
        uint64_t backwards = 0;
        for (size_t i = 1; i < n; i++) {
            backwards += v[i] < v[i - 1];
        }
        time_steps_of(v, n, unit, &s);
        assert_memory_equal(v, sorted, backwards ? n * sizeof *v : 0);
        check_counts(sorted, n, &s);
        assert_int_equal(s.backwards, backwards);
        time_steps_of(sorted, n, unit, &of_sorted);
        s.backwards = 0;
        assert_same(&s, &of_sorted);
    }
}

static void bytes_bring_the_state_back(void **state)
{
    (void)state;
    enum { N = 200 };
    int64_t v[N];
    struct strbuf b;
    strbuf_init(&b, TIME_STEPS_BYTES_MAX);
    for (int round = 0; round < 2000; round++) {
        struct time_steps s, back;
        size_t n = 1 + draw(N);
        enum time_unit unit = make(v, n);
        if (round % 2) {
            v[draw(n)] += (int64_t)draw(100) * DAY_US;
        }
        time_steps_of(v, n, unit, &s);
        strbuf_clear(&b);
        time_steps_encode(&s, &b);
        assert_false(b.overflow);
        assert_true(time_steps_decode(strbuf_view(&b), s.times, s.t_min, s.t_max, unit, &back));
        assert_same(&s, &back);
        for (size_t cut = 2; cut < b.len; cut++) {
            struct str shorter = str_n(b.data, cut);
            assert_false(time_steps_decode(shorter, s.times, s.t_min, s.t_max, unit, &back));
        }
    }
    strbuf_free(&b);
}

static void a_regular_sequence_takes_one_byte(void **state)
{
    (void)state;
    int64_t v[] = {10, 20, 30, 40};
    struct time_steps s;
    struct strbuf b;
    strbuf_init(&b, TIME_STEPS_BYTES_MAX);
    time_steps_of(v, 4, TIME_UNIT_S, &s);
    time_steps_encode(&s, &b);
    assert_int_equal(b.len, 1);
    strbuf_free(&b);
}

static void extreme_times_do_not_overflow(void **state)
{
    (void)state;
    int64_t v[] = {INT64_MIN, INT64_MAX}, three[] = {INT64_MAX - 1, INT64_MAX, INT64_MIN};
    struct time_steps s;
    time_steps_of(v, 2, TIME_UNIT_NS, &s);
    assert_true(s.longest == UINT64_MAX && s.n == 1 && s.steps[0].count == 1);
    time_steps_of(three, 3, TIME_UNIT_DAY, &s);
    assert_int_equal(s.backwards, 1);
    assert_int_equal(s.n, 2);
    assert_true(s.t_min == INT64_MIN && s.t_max == INT64_MAX);
    time_steps_of(v, 2, TIME_UNIT_DAY, &s);
    assert_int_equal(s.times, 2);
}

static void parts_that_overlap_are_unordered(void **state)
{
    (void)state;
    int64_t a[] = {1, 5}, b[] = {3, 9}, c[] = {20, 30};
    struct time_steps x, y, z;
    time_steps_of(a, 2, TIME_UNIT_S, &x);
    time_steps_of(b, 2, TIME_UNIT_S, &y);
    time_steps_of(c, 2, TIME_UNIT_S, &z);
    time_steps_merge(&x, &y, TIME_UNIT_S);
    time_steps_merge(&x, &z, TIME_UNIT_S);
    assert_int_equal(x.quality, STEPS_UNORDERED);
    assert_int_equal(x.times, 6);
    assert_true(x.t_min == 1 && x.t_max == 30 && x.n == 0);
}

static void a_finer_unit_keeps_the_figures(void **state)
{
    (void)state;
    int64_t seconds[] = {0, 60, 120, 300}, ns[4];
    struct time_steps s, t;
    for (int i = 0; i < 4; i++) {
        ns[i] = seconds[i] * 1000000000;
    }
    time_steps_of(seconds, 4, TIME_UNIT_S, &s);
    time_steps_of(ns, 4, TIME_UNIT_NS, &t);
    assert_true(time_steps_convert(&s, TIME_UNIT_S, TIME_UNIT_NS));
    assert_same(&s, &t);
    assert_false(time_steps_convert(&s, TIME_UNIT_NS, TIME_UNIT_DAY));
    assert_int_equal(s.quality, STEPS_UNKNOWN);
    assert_int_equal(s.times, 4);
}

/* The greatest power of 1000, up to 1000^3, that divides all of them. */
static uint8_t grain_of(const int64_t *v, size_t n)
{
    uint8_t grain = TIME_GRAIN_MAX;
    for (size_t i = 0; i < n; i++) {
        for (int64_t t = v[i], g = 0; g < grain; g++, t /= 1000) {
            grain = t % 1000 ? (uint8_t)g : grain;
        }
    }
    return grain;
}

static void the_grain_is_that_of_all_times_however_they_are_cut(void **state)
{
    (void)state;
    enum { N = 60 };
    static const int64_t ticks[] = {1, 1000, 1000000, 1000000000};
    for (int round = 0; round < 2000; round++) {
        int64_t v[N], tick = ticks[draw(4)];
        size_t n = 1 + draw(N), cut = draw(n + 1);
        for (size_t i = 0; i < n; i++) { /* far more steps than are counted, some of them equal */
            v[i] = ((int64_t)draw(round % 2 ? 5 : 5000) - 1000) * tick;
        }
        uint8_t want = grain_of(v, n);
        struct time_steps a, b, again;
        struct strbuf bytes;
        strbuf_init(&bytes, TIME_STEPS_BYTES_MAX);
        time_steps_of(v, cut, TIME_UNIT_NS, &a);
        time_steps_of(v + cut, n - cut, TIME_UNIT_NS, &b);
        time_steps_merge(&a, &b, TIME_UNIT_NS);
        assert_int_equal(a.grain, want);
        time_steps_encode(&a, &bytes);
        assert_true(time_steps_decode(strbuf_view(&bytes), a.times, a.t_min, a.t_max, TIME_UNIT_NS,
                                      &again));
        assert_int_equal(again.grain, want);
        strbuf_free(&bytes);
    }
}

static void a_coarser_unit_keeps_what_are_its_multiples(void **state)
{
    (void)state;
    int64_t fine[] = {-3000000, 0, 1000000, 7000000, 7000000},
            coarse[] = {-3000, 0, 1000, 7000, 7000};
    struct time_steps s, want;
    time_steps_of(fine, 5, TIME_UNIT_NS, &s);
    time_steps_of(coarse, 5, TIME_UNIT_US, &want);
    assert_true(time_steps_convert(&s, TIME_UNIT_NS, TIME_UNIT_US));
    assert_memory_equal(&s, &want, sizeof s);
    assert_true(time_steps_convert(&s, TIME_UNIT_US, TIME_UNIT_MS));
    assert_false(time_steps_convert(&s, TIME_UNIT_MS, TIME_UNIT_S));
    assert_int_equal(s.quality, STEPS_UNKNOWN);
    assert_int_equal(s.t_min, -1); /* -3 ms */
    assert_false(time_grain_is_whole(TIME_GRAIN_MAX, TIME_UNIT_S, TIME_UNIT_DAY));
    assert_true(time_grain_is_whole(0, TIME_UNIT_S, TIME_UNIT_NS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cut_merges_to_the_whole),
        cmocka_unit_test(an_unsorted_sequence_is_sorted_and_its_disorder_counted),
        cmocka_unit_test(bytes_bring_the_state_back),
        cmocka_unit_test(a_regular_sequence_takes_one_byte),
        cmocka_unit_test(extreme_times_do_not_overflow),
        cmocka_unit_test(parts_that_overlap_are_unordered),
        cmocka_unit_test(a_finer_unit_keeps_the_figures),
        cmocka_unit_test(the_grain_is_that_of_all_times_however_they_are_cut),
        cmocka_unit_test(a_coarser_unit_keeps_what_are_its_multiples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
