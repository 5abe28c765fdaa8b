/* flow_limits_test.c - servers with limits that nobody told us, in simulated time: they are found,
 * used and respected.
 *
 * The server takes k requests in flight and n a second (with a burst of a tenth of a second),
 * refuses what is more after 1 ms, and answers the rest after its latency, give or take a fifth.
 * The client always has more to ask. No clock is read, so that the figures are the same on every
 * machine; bench/bench_throttle.c does the same over sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/flow.h"

#define MS         ((uint64_t)1000000)
#define S          (1000 * MS)
#define FLIGHT_MAX 300
#define SETTLE     (3 * S)
#define END        (23 * S)
#define REFUSAL    MS

struct server {
    int in_flight;     /* k; 0: no limit */
    double per_second; /* n; 0: no limit */
    uint64_t latency;
};

struct sent {
    uint64_t sent_ns, done_ns;
    int beside;
    bool refused;
};

struct simulation {
    struct server server;
    struct flow flow;
    struct sent sent[FLIGHT_MAX];
    int n_sent, busy;
    double tokens;
    uint64_t now, tokens_ns, random;
    uint64_t good, refused; /* since SETTLE */
};

struct figures {
    double per_second, refused_share;
};

static uint64_t some_latency(struct simulation *m)
{
    m->random = m->random * 6364136223846793005u + 1442695040888963407u;
    uint64_t fifth = m->server.latency / 5;
    return m->server.latency - fifth + (m->random >> 33) % (2 * fifth + 1);
}

static bool server_takes(struct simulation *m)
{
    const struct server *v = &m->server;
    double burst = v->per_second / 10;
    m->tokens += (double)(m->now - m->tokens_ns) / 1e9 * v->per_second;
    m->tokens = m->tokens < burst ? m->tokens : burst;
    m->tokens_ns = m->now;
    if ((v->in_flight && m->busy >= v->in_flight) || (v->per_second > 0 && m->tokens < 1)) {
        return false;
    }
    m->tokens -= 1;
    m->busy++;
    return true;
}

static void send_what_may_go(struct simulation *m)
{
    while (m->n_sent < FLIGHT_MAX && flow_admit(&m->flow, m->n_sent, m->now)) {
        struct sent *s = &m->sent[m->n_sent];
        s->refused = !server_takes(m);
        s->beside = m->n_sent++;
        s->sent_ns = m->now;
        s->done_ns = m->now + (s->refused ? REFUSAL : some_latency(m));
    }
}

static struct sent *next_done(struct simulation *m)
{
    struct sent *first = NULL;
    for (int i = 0; i < m->n_sent; i++) {
        first = !first || m->sent[i].done_ns < first->done_ns ? &m->sent[i] : first;
    }
    return first;
}

static void take_answer(struct simulation *m, struct sent *s)
{
    struct sent done = *s;
    *s = m->sent[--m->n_sent];
    m->busy -= !done.refused;
    if (m->now >= SETTLE) {
        m->good += !done.refused;
        m->refused += done.refused;
    }
    flow_feedback(&m->flow, done.refused ? FLOW_REFUSED : FLOW_GOOD, done.beside,
                  done.refused ? 0 : 8, done.sent_ns, m->now);
}

static struct figures simulate(const struct server *v, int fixed)
{
    static struct simulation m;
    m = (struct simulation){.server = *v, .random = 1, .now = S};
    m.tokens_ns = m.now;
    flow_init(&m.flow, fixed, m.now);
    while (m.now < END) {
        send_what_may_go(&m);
        struct sent *s = next_done(&m);
        uint64_t again = flow_next_ns(&m.flow, m.n_sent, m.now);
        if (s && s->done_ns <= again) {
            m.now = s->done_ns;
            take_answer(&m, s);
        } else {
            /* Threads sleep in whole milliseconds. */
            m.now = again > m.now ? m.now + (again - m.now + MS - 1) / MS * MS : m.now + MS;
        }
    }
    double seconds = (double)(END - SETTLE) / 1e9, all = (double)(m.good + m.refused);
    return (struct figures){(double)m.good / seconds, all > 0 ? (double)m.refused / all : 1};
}

/* No number in flight, from 1 to 256, can bring more than this. */
static double best_fixed(const struct server *v)
{
    double most = v->in_flight ? v->in_flight : 256, rate = most / ((double)v->latency / 1e9);
    return v->per_second > 0 && v->per_second < rate ? v->per_second : rate;
}

static void limits_are_found_used_and_respected(void **state)
{
    (void)state;
    static const int in_flight[] = {0, 4, 8, 24, 50, 100, 200};
    static const double per_second[] = {0, 50, 200, 500, 1000, 3500};
    static const unsigned latency_ms[] = {5, 20, 50, 150};
    size_t cases = 0, bad = 0;
    for (size_t i = 0; i < sizeof in_flight / sizeof *in_flight; i++) {
        for (size_t k = 0; k < sizeof per_second / sizeof *per_second; k++) {
            for (size_t l = 0; l < sizeof latency_ms / sizeof *latency_ms; l++) {
                struct server v = {in_flight[i], per_second[k], latency_ms[l] * MS};
                double best = best_fixed(&v);
                struct figures f = simulate(&v, 0);
                bool good = f.per_second >= 0.9 * best && f.refused_share < 0.02;
                print_message("%s k %3d, n %4.0f/s, %3u ms: %6.0f/s of %6.0f (%3.0f %%), refused "
                              "%.2f %%\n",
                              good ? "    " : "BAD ", v.in_flight, v.per_second, latency_ms[l],
                              f.per_second, best, 100 * f.per_second / best, 100 * f.refused_share);
                cases++;
                bad += !good;
            }
        }
    }
    print_message("%zu servers, %zu not served as they should be\n", cases, bad);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(limits_are_found_used_and_respected)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
