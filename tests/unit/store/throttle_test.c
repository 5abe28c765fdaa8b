/* throttle_test.c - a server with limits that nobody told us: they are found, used, and respected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fault/throttle.h"
#include "store/store.h"

/* More readers than any server here takes: it is the store that holds back. */
#define READERS   300
#define SETTLE_S  2.5
#define MEASURE_S 4.0

struct reader {
    struct store_read read; /* first */
    struct store_range range;
    struct queue *done;
};

static void on_done(struct store_read *r)
{
    queue_push(((struct reader *)r)->done, &r->node);
}

static void begin(struct store *s, struct reader *r, struct queue *done)
{
    memset(r, 0, sizeof *r);
    r->range.length = 8;
    r->done = done;
    r->read.key = "k";
    r->read.object_size = 8;
    r->read.ranges = &r->range;
    r->read.n_ranges = 1;
    r->read.done = on_done;
    store_submit(s, &r->read);
}

/* All readers read again and again, until the deadline. */
static void work(struct store *s, struct reader *readers, struct queue *done, double seconds)
{
    uint64_t deadline = clock_monotonic_ns() + (uint64_t)(seconds * 1e9);
    struct reader *r;
    (void)readers;
    while ((r = (struct reader *)queue_pop_until(done, deadline))) {
        if (r->read.err.code != OK && r->read.err.code != ERR_THROTTLED) {
            fail_msg("%s", r->read.err.text);
        }
        store_read_release(&r->read);
        begin(s, r, done);
    }
}

struct result {
    double per_second, refused_share;
};

static struct result measure(const struct throttle_options *o, int fixed, double settle_s,
                             double measure_s)
{
    struct throttle *t = throttle_open(o);
    struct store *s;
    struct error err;
    struct queue done;
    uint64_t taken[2], refused[2];
    char endpoint[64];
    struct reader *readers = calloc(READERS, sizeof *readers);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", throttle_port(t));
    struct store_options options = {
        .endpoint_url = endpoint, .no_sign_request = true, .max_in_flight = fixed};
    assert_int_equal(store_open("s3://b", &options, &s, &err), OK);
    queue_init(&done);
    for (size_t i = 0; i < READERS; i++) {
        begin(s, &readers[i], &done);
    }
    work(s, readers, &done, settle_s);
    throttle_counts(t, &taken[0], &refused[0]);
    uint64_t start = clock_monotonic_ns();
    work(s, readers, &done, measure_s);
    throttle_counts(t, &taken[1], &refused[1]);
    double seconds = (double)(clock_monotonic_ns() - start) / 1e9;
    store_cancel(s);
    for (size_t i = 0; i < READERS; i++) {
        struct reader *r = (struct reader *)queue_pop(&done);
        store_read_release(&r->read);
    }
    store_close(s);
    throttle_close(t);
    queue_destroy(&done);
    free(readers);
    double good = (double)(taken[1] - taken[0]), bad = (double)(refused[1] - refused[0]);
    return (struct result){good / seconds, bad / (good + bad)};
}

/* A machine that others use at the same time may spoil a measurement, and hardly three. */
#define MEASUREMENTS 3

static void expect(const struct throttle_options *o, double best)
{
    struct result r = {0, 1};
    for (int i = 0; i < MEASUREMENTS && (r.per_second < 0.9 * best || r.refused_share >= 0.02);
         i++) {
        r = measure(o, 0, SETTLE_S, MEASURE_S);
        print_message("k %u, n %u/s, %u ms: %.0f/s of %.0f, refused %.2f %%\n", o->in_flight,
                      o->per_second, o->latency_ms, r.per_second, best, 100 * r.refused_share);
    }
    assert_true(r.per_second >= 0.9 * best);
    assert_true(r.refused_share < 0.02);
}

static void requests_in_flight(void **state)
{
    (void)state;
    struct throttle_options o = {.in_flight = 8, .latency_ms = 20};
    /* Nothing can be better than exactly as many as it takes. */
    expect(&o, measure(&o, 8, 0.2, 1).per_second);
}

static void requests_a_second(void **state)
{
    (void)state;
    expect(&(struct throttle_options){.per_second = 400, .latency_ms = 5}, 400);
}

static void both(void **state)
{
    (void)state;
    expect(&(struct throttle_options){.in_flight = 50, .per_second = 500, .latency_ms = 20}, 500);
}

/* A server that takes more than the first guess gets more. */
static void more_than_the_first_guess(void **state)
{
    (void)state;
    struct throttle_options o = {.latency_ms = 100};
    struct result first = measure(&o, 32, 0.2, 1), r = {0};
    for (int i = 0; i < MEASUREMENTS && r.per_second <= 1.5 * first.per_second; i++) {
        r = measure(&o, 0, 3, 2);
        print_message("%.0f/s, with 32 in flight %.0f/s\n", r.per_second, first.per_second);
    }
    assert_true(r.per_second > 1.5 * first.per_second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_in_flight),
        cmocka_unit_test(requests_a_second),
        cmocka_unit_test(both),
        cmocka_unit_test(more_than_the_first_guess),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
