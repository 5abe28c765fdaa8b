/* flow.h - how many requests a server takes: in flight at once, and per second. Found by trying.
 *
 * Two gates stand before every request. The first bounds the requests in flight: it opens by steps
 * while that raises the throughput, and is halved when the server refuses (503, 429) or does not
 * answer in time; a ceiling that is hit twice is only backed away from by one, so that the server
 * stays busy. The second bounds the requests per second: it does not exist until the server
 * refuses; then it begins a little below what was last answered well, comes back to that within
 * RECOVERY seconds, lingers, and rises ever faster after, the curve of CUBIC congestion control
 * (RFC 9438). A server that limits the rate is so found out a few times a minute, at the price of a
 * refusal or two each time; without it, n requests in flight would knock on its door as fast as it
 * can say no.
 *
 * Pure but for the clock that the caller gives. Not thread safe: the owner's lock covers it.
 */
#ifndef TSI_NET_FLOW_H
#define TSI_NET_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#define FLOW_BUCKETS 10 /* of FLOW_BUCKET_NS: the last second */

struct flow {
    bool fixed;
    double limit, limit_max; /* in flight */
    double ceiling;          /* where the server refused last; 0: never */
    double rate;             /* per second; 0: not bounded */
    double rate_known;       /* what was answered well when the server refused */
    uint64_t refused_ns;     /* when the rate was cut */
    double tokens;
    uint64_t tokens_ns;
    uint64_t cut_ns; /* refusals of requests sent before say nothing new */
    /* What was answered in the last second. */
    uint64_t first_ns, bucket_ns;
    unsigned good[FLOW_BUCKETS];
    unsigned bucket;
    /* The step under trial. */
    uint64_t window_ns;
    double window_work, best_work;
    bool paced; /* the rate, and not the limit, kept the last one waiting */
    bool bound; /* the limit kept somebody waiting in this window */
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
