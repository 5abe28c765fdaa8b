/* flow.h - how many requests a server takes in flight: found by trying.
 *
 * One number, `limit`, bounds the requests in flight; it need not be whole, for at few requests one
 * more or less is a large part of the throughput. By Little's law a bound of requests a second is
 * one of requests in flight too, as long as answers take as long as they do; so one number serves
 * both kinds of limit.
 *
 * It starts by doubling with each round trip, while that raises the throughput. The first refusal
 * (503, 429) tells how many others were in flight: about as many as the server takes. From then on
 * the limit that held for CALM answers is `safe`; a little more is tried now and then, and given up
 * at the first refusal, so that about one request in a hundred is refused at most. More is tried in
 * growing steps while nothing is refused, for a server may have got better. After a refusal nothing
 * is sent until something is answered well: a server that says no as fast as it can is not asked as
 * fast as it can. A request that nobody answers in time halves the limit.
 *
 * Pure but for the clock that the caller gives. Not thread safe: the owner's lock covers it.
 */
#ifndef TSI_NET_FLOW_H
#define TSI_NET_FLOW_H

#include <stdbool.h>
#include <stdint.h>

struct flow {
    bool fixed;
    double limit, limit_max; /* in flight */
    double extra;            /* of one more request, for the broken part of the limit */
    double growth;           /* of the limit, with each good answer */
    bool refused;            /* at some time */
    double least;            /* a burst of refusals takes it no lower */
    double proven;           /* the highest limit that held, fading with refusals */
    unsigned calm;           /* good answers since the last refusal */
    uint64_t cut_ns;         /* refusals of requests sent before say less */
    uint64_t pause_ns;       /* nothing is sent before, or until a good answer; 0: no pause */
    double latency_ns;       /* of good answers, smoothed; 0: none yet */
    bool bound;              /* the limit has kept somebody waiting */
    /* The step under trial, while the server does not refuse. */
    uint64_t window_ns;
    double window_work, best_work;
    unsigned hold;
};

enum flow_event {
    FLOW_GOOD,
    FLOW_REFUSED,   /* the server asked for less */
    FLOW_TIMED_OUT, /* or is too busy to say so */
    FLOW_NEUTRAL,   /* any other end */
};

/* `fixed` > 0: so many in flight, always. */
void flow_init(struct flow *f, int fixed, uint64_t now_ns);
/* Whether another request may go out beside `in_flight` others; counts it where it may. */
bool flow_admit(struct flow *f, int in_flight, uint64_t now_ns);
/* When to ask again, if nothing else happens: UINT64_MAX where only an answer opens the gate. */
uint64_t flow_next_ns(const struct flow *f, int in_flight, uint64_t now_ns);
/* What became of a request that was sent at `sent_ns`, beside `in_flight` others, and brought
 * `bytes`. */
void flow_feedback(struct flow *f, enum flow_event e, int in_flight, uint64_t bytes,
                   uint64_t sent_ns, uint64_t now_ns);

#endif
