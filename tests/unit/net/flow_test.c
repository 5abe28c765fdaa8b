#include "net/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS ((uint64_t)1000000)
#define S  (1000 * MS)

/* How many go out at once, beside those that do. */
static int fill(struct flow *f, int in_flight, uint64_t now)
{
    while (in_flight < 10000 && flow_admit(f, in_flight, now)) {
        in_flight++;
    }
    return in_flight;
}

static void a_fixed_number_stays(void **state)
{
    (void)state;
    struct flow f;
    flow_init(&f, 5, S);
    assert_int_equal(fill(&f, 0, S), 5);
    flow_feedback(&f, FLOW_REFUSED, 4, 0, S, 2 * S);
    assert_int_equal(fill(&f, 0, 2 * S), 5);
}

static void a_refusal_halves_and_one_is_always_left(void **state)
{
    (void)state;
    struct flow f;
    uint64_t now = S;
    flow_init(&f, 0, now);
    int limit = fill(&f, 0, now);
    assert_int_equal(limit, 32);
    flow_feedback(&f, FLOW_REFUSED, limit - 1, 0, now, now + MS);
    assert_int_equal(fill(&f, 0, now + MS), 16);
    /* What was sent before says nothing new. */
    flow_feedback(&f, FLOW_REFUSED, 31, 0, now, now + 2 * MS);
    assert_int_equal(fill(&f, 0, now + 2 * MS), 16);
    for (int i = 0; i < 20; i++) {
        now += S;
        flow_feedback(&f, FLOW_TIMED_OUT, (int)f.limit - 1, 0, now, now + MS);
    }
    assert_int_equal(fill(&f, 0, now + MS), 1);
    assert_int_equal(flow_next_ns(&f, 1, now), UINT64_MAX);
}

/* One request after the other, `per_second`, for a while. */
static uint64_t answer(struct flow *f, uint64_t now, int per_second, int n)
{
    for (int i = 0; i < n; i++) {
        now += S / (uint64_t)per_second;
        (void)flow_admit(f, (int)f->limit, now); /* somebody waits */
        flow_feedback(f, FLOW_GOOD, 1, 0, now - MS, now);
    }
    return now;
}

static void it_comes_back_after_a_refusal(void **state)
{
    (void)state;
    struct flow f;
    flow_init(&f, 0, S);
    flow_feedback(&f, FLOW_REFUSED, 31, 0, S, S + MS);
    assert_int_equal(f.limit, 16);
    uint64_t now = answer(&f, S + MS, 100, 300);
    assert_true(f.limit >= 31 && f.limit <= 40);
    (void)now;
}

static void a_refusal_bounds_the_rate_and_time_frees_it(void **state)
{
    (void)state;
    struct flow f;
    flow_init(&f, 0, S);
    uint64_t now = answer(&f, S, 200, 400);
    flow_feedback(&f, FLOW_REFUSED, 2, 0, now, now + MS);
    assert_true(f.rate > 0.9 * 200 && f.rate < 1.1 * 200);
    /* One goes out now and then, and the clock says when. */
    int sent = 0;
    uint64_t end = now + S;
    for (now += MS; now < end;) {
        if (flow_admit(&f, 0, now)) {
            sent++;
            continue;
        }
        uint64_t next = flow_next_ns(&f, 0, now);
        assert_true(next > now && next < now + 20 * MS);
        now = next + 1000;
    }
    assert_in_range(sent, 190, 225);
    (void)flow_admit(&f, 0, now + 20 * S);
    assert_true(f.rate == 0);
}

static void a_few_answers_say_nothing_of_a_rate(void **state)
{
    (void)state;
    struct flow f;
    flow_init(&f, 0, S);
    uint64_t now = answer(&f, S, 200, 10);
    flow_feedback(&f, FLOW_REFUSED, 2, 0, now, now + MS);
    assert_true(f.rate == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_number_stays),
        cmocka_unit_test(a_refusal_halves_and_one_is_always_left),
        cmocka_unit_test(it_comes_back_after_a_refusal),
        cmocka_unit_test(a_refusal_bounds_the_rate_and_time_frees_it),
        cmocka_unit_test(a_few_answers_say_nothing_of_a_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
