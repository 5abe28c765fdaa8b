/* flow_server_test.c - servers with limits that nobody told us: they are found, used, and
 * respected.
 *
 * Time is simulated, so that what is asserted does not depend on the machine; the same servers in
 * real time, with all of the client in front of them, are measured by bench/bench_throttle.c.
 */
#include "net/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MS ((uint64_t)1000000)
#define S  (1000 * MS)

#define IN_FLIGHT_MAX 512

/* Takes `in_flight` requests at once and `per_second`, with a burst of a tenth of a second; refuses
 * what is more after half a millisecond; answers the others after `latency`. 0: no such limit. */
struct server {
    unsigned in_flight, per_second;
    uint64_t latency;
};

struct request {
    uint64_t sent, ends;
    int beside;
    bool refused;
};

struct world {
    struct server server;
    struct flow flow;
    struct request requests[IN_FLIGHT_MAX];
    int n; /* of them */
    unsigned taken_now;
    double tokens;
    uint64_t tokens_at, now;
    uint64_t good, refused; /* answers, by kind */
};

static bool server_takes(struct world *w)
{
    const struct server *s = &w->server;
    if (s->per_second) {
        double burst = s->per_second / 10.0;
        w->tokens += s->per_second * (double)(w->now - w->tokens_at) / S;
        w->tokens = w->tokens > burst ? burst : w->tokens;
        w->tokens_at = w->now;
    }
    if ((s->in_flight && w->taken_now >= s->in_flight) || (s->per_second && w->tokens < 1)) {
        return false;
    }
    w->tokens -= s->per_second ? 1 : 0;
    w->taken_now++;
    return true;
}

/* Somebody always waits for a place. */
static void send_all(struct world *w)
{
    while (w->n < IN_FLIGHT_MAX && flow_admit(&w->flow, w->n, w->now)) {
        bool taken = server_takes(w);
        w->requests[w->n] =
            (struct request){w->now, w->now + (taken ? w->server.latency : MS / 2), w->n, !taken};
        w->n++;
    }
}

static int first_to_end(const struct world *w)
{
    int first = 0;
    for (int i = 1; i < w->n; i++) {
        first = w->requests[i].ends < w->requests[first].ends ? i : first;
    }
    return first;
}

static void end_request(struct world *w, int i)
{
    struct request q = w->requests[i];
    w->requests[i] = w->requests[--w->n];
    w->now = q.ends;
    w->taken_now -= q.refused ? 0 : 1;
    w->good += !q.refused;
    w->refused += q.refused;
    flow_feedback(&w->flow, q.refused ? FLOW_REFUSED : FLOW_GOOD, q.beside, 8, q.sent, w->now);
}

static void run_until(struct world *w, uint64_t end)
{
    while (w->now < end) {
        send_all(w);
        uint64_t next = flow_next_ns(&w->flow, w->n, w->now);
        int i = first_to_end(w);
        if (w->n && w->requests[i].ends <= next) {
            end_request(w, i);
        } else {
            assert_true(next != UINT64_MAX); /* else it would wait for ever */
            w->now = next > w->now ? next : w->now + MS / 10;
        }
    }
}

struct measured {
    double per_second, refused_share;
};

/* After `settle`, over ten seconds. */
static struct measured measure(struct server s, int fixed, uint64_t settle)
{
    struct world w = {.server = s, .now = S, .tokens_at = S, .tokens = s.per_second / 10.0};
    flow_init(&w.flow, fixed, w.now);
    run_until(&w, w.now + settle);
    uint64_t begin = w.now, good = w.good, refused = w.refused;
    run_until(&w, begin + 10 * S);
    good = w.good - good;
    refused = w.refused - refused;
    return (struct measured){(double)good * S / (double)(w.now - begin),
                             (double)refused / (double)(good + refused)};
}

static void expect(struct server s, double best)
{
    struct measured m = measure(s, 0, 3 * S);
    print_message("k %u, n %u/s, %u ms: %.0f/s of %.0f, refused %.2f %%\n", s.in_flight,
                  s.per_second, (unsigned)(s.latency / MS), m.per_second, best,
                  100 * m.refused_share);
    assert_true(m.per_second >= 0.9 * best);
    assert_true(m.refused_share < 0.02);
}

static void requests_in_flight(void **state)
{
    (void)state;
    static const unsigned LIMITS[] = {4, 8, 20, 50, 100};
    for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) {
        struct server s = {.in_flight = LIMITS[i], .latency = 20 * MS};
        expect(s, measure(s, (int)LIMITS[i], S).per_second); /* exactly as many as it takes */
    }
}

static void requests_a_second(void **state)
{
    (void)state;
    expect((struct server){.per_second = 400, .latency = 5 * MS}, 400);
    expect((struct server){.per_second = 3000, .latency = 30 * MS}, 3000);
}

static void both(void **state)
{
    (void)state;
    expect((struct server){.in_flight = 50, .per_second = 500, .latency = 20 * MS}, 500);
}

/* A server that takes more than the first guess gets more. */
static void more_than_the_first_guess(void **state)
{
    (void)state;
    struct server s = {.latency = 100 * MS};
    assert_true(measure(s, 0, 5 * S).per_second > 1.5 * measure(s, 32, S).per_second);
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
