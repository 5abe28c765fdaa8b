#include "net/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

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

static void a_refusal_tells_how_many_are_taken(void **state)
{
    (void)state;
    struct flow f;
    uint64_t now = S;
    flow_init(&f, 0, now);
    assert_int_equal(fill(&f, 0, now), 32);
    flow_feedback(&f, FLOW_GOOD, 0, 0, now, now + 5 * MS);
    /* Sent beside 10 others, and refused: those were taken. */
    for (int i = 31; i >= 10; i--) {
        flow_feedback(&f, FLOW_REFUSED, i, 0, now, now + 6 * MS);
    }
    /* Nothing goes out until something is answered, or for a while. */
    assert_int_equal(fill(&f, 5, now + 7 * MS), 5);
    assert_true(flow_next_ns(&f, 5, now + 7 * MS) <= now + 30 * MS);
    flow_feedback(&f, FLOW_GOOD, 5, 0, now, now + 8 * MS);
    int limit = fill(&f, 0, now + 8 * MS);
    assert_in_range(limit, 10, 16);
    for (int i = 0; i < 20; i++) {
        now += S;
        flow_feedback(&f, FLOW_TIMED_OUT, (int)f.limit - 1, 0, now, now + MS);
    }
    assert_int_equal(fill(&f, 0, now + MS), 1);
    assert_int_equal(flow_next_ns(&f, 1, now + MS), UINT64_MAX);
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

/* A server that says 503 to everything for a while, and is as it was again. */
static void it_comes_back_after_an_outage(void **state)
{
    (void)state;
    struct flow f;
    flow_init(&f, 0, S);
    uint64_t now = answer(&f, S, 200, 400);
    double before = f.limit;
    assert_true(before >= 32);
    for (int i = 0; i < 200; i++) {
        now += 100 * MS;
        flow_feedback(&f, FLOW_REFUSED, 0, 0, now - MS, now);
    }
    /* Never so few that nothing goes out any more. */
    assert_true(flow_next_ns(&f, 0, now) < now + S);
    int answers = 0;
    for (; f.limit < before / 2 && answers < 2000; answers++) {
        uint64_t next = flow_next_ns(&f, 0, now);
        now = (next > now ? next : now) + 20 * MS;
        assert_true(flow_admit(&f, 0, now));
        (void)flow_admit(&f, (int)f.limit + 3, now); /* others wait */
        flow_feedback(&f, FLOW_GOOD, 0, 0, now - 20 * MS, now);
    }
    print_message("back after %d answers\n", answers);
    assert_in_range(answers, 1, 400);
}

static void less_than_one_in_flight_is_made_by_waiting(void **state)
{
    (void)state;
    struct flow f;
    flow_init(&f, 0, S);
    uint64_t now = S;
    for (int i = 0; i < 100; i++) {
        flow_feedback(&f, FLOW_REFUSED, 0, 0, now - MS, now);
        now += 100 * MS;
    }
    flow_feedback(&f, FLOW_GOOD, 0, 0, now - 10 * MS, now);
    assert_true(f.limit < 1);
    assert_false(flow_admit(&f, 0, now));
    uint64_t next = flow_next_ns(&f, 0, now);
    assert_true(next > now && next < now + S);
    assert_true(flow_admit(&f, 0, next));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_number_stays),
        cmocka_unit_test(a_refusal_tells_how_many_are_taken),
        cmocka_unit_test(it_comes_back_after_an_outage),
        cmocka_unit_test(less_than_one_in_flight_is_made_by_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
