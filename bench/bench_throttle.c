/* bench_throttle.c - a server with limits that nobody told us: what share of the best fixed
 * setting's throughput is reached, and how many requests are refused. In real time, the whole
 * client in front of it; tests/unit/net/flow_server_test.c asserts the same of the algorithm in
 * simulated time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "fault/throttle.h"
#include "store/store.h"

/* More readers than any server here takes: it is the store that holds back. */
#define READERS   300
#define SETTLE_S  4.0
#define MEASURE_S 6.0

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
            fprintf(stderr, "%s\n", r->read.err.text);
            exit(1);
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
    if (store_open("s3://b", &options, &s, &err) != OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
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

/* Prints a line; 0 where the aims are met. */
static int compare(const struct throttle_options *o, double best)
{
    struct result r = measure(o, 0, SETTLE_S, MEASURE_S);
    bool good = r.per_second >= 0.9 * best && r.refused_share < 0.02;
    printf("%9u %9u %9u %9.0f %9.0f %8.1f %% %8.2f %%%s\n", o->in_flight, o->per_second,
           o->latency_ms, best, r.per_second, 100 * r.per_second / best, 100 * r.refused_share,
           good ? "" : "  missed");
    return !good;
}

int main(void)
{
    static const struct throttle_options SERVERS[] = {
        {.in_flight = 8, .latency_ms = 20},
        {.in_flight = 50, .latency_ms = 20},
        {.per_second = 400, .latency_ms = 5},
        {.in_flight = 50, .per_second = 500, .latency_ms = 20},
    };
    int missed = 0;
    printf("in flight  a second        ms  best/s    ours/s     share     refused\n");
    for (size_t i = 0; i < sizeof SERVERS / sizeof *SERVERS; i++) {
        const struct throttle_options *o = &SERVERS[i];
        /* Nothing is better than exactly as many as it takes, or as fast as it says. */
        double best = o->per_second ? o->per_second
                                    : measure(o, (int)o->in_flight, 0.2, MEASURE_S).per_second;
        missed += compare(o, best);
    }
    return missed != 0;
}
