/* retry.h - which failures may pass by themselves, how long to wait, and when to stop trying.
 *
 * Waiting is `rand(0,1) * min(base * 2^n, 20 s)`, with a base of 50 ms, or 1 s where the server
 * asked for less load. All requests to one endpoint share a quota: each retry takes from it, each
 * success gives back, so that an outage is reported after seconds instead of being hammered by
 * every reader. (AWS SDK reference, "Retry behavior", 2026.)
 *
 * A server that has answered before and is gone for all is waited for, RETRY_OUTAGE_S at most since
 * its last answer: a restart or a failing switch must not cost a run its reads in flight. Meanwhile
 * the spent quota does not refuse retries but spaces them, to RETRY_REFILL / 14 a second over all
 * requests.
 *
 * Threads: the quota is shared and atomic; a retry_state belongs to one request.
 */
#ifndef TSI_NET_RETRY_H
#define TSI_NET_RETRY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "net/http.h"

#define RETRY_QUOTA        500
#define RETRY_ATTEMPTS_MAX 8
/* What a user may ask for. */
#define RETRY_ATTEMPTS_LIMIT 100

enum retry_kind {
    RETRY_NEVER,
    RETRY_TRANSIENT, /* a fault of the moment */
    RETRY_DOWN,      /* the server, or the way to it, is not there: perhaps for all */
    RETRY_THROTTLED, /* too much asked for */
};

/* By the answer: HTTP status and the error code of the body ("" where it has none). */
enum retry_kind retry_of_status(int status, const char *code);
/* By what became of the transfer, where there was no whole answer. */
enum retry_kind retry_of_result(enum http_result result);

/* A server that was there is waited for so long. */
#define RETRY_OUTAGE_S 30
/* What comes back to the quota each second: 10 retries. */
#define RETRY_REFILL 140

struct retry_quota {
    atomic_int left;
    atomic_uint_least64_t answered_ns; /* the last answer that was one, of any request; 0: never */
    atomic_uint_least64_t refilled_ns;
    atomic_uint_least64_t spaced_ns; /* when the next spaced retry may go */
};

struct retry_state {
    int attempts;      /* that failed */
    int waited;        /* of them, while the server answered nobody */
    int taken;         /* from the quota by the last retry */
    uint64_t first_ns; /* when the first attempt failed; 0 before */
};

void retry_quota_init(struct retry_quota *q);

/* After a failed attempt: true where another one is due, *delay_ns from now. `attempts_max` is at
 * most RETRY_ATTEMPTS_MAX; `server_ms` is what the server asked to wait, 0 for nothing. */
bool retry_next(struct retry_quota *q, struct retry_state *s, enum retry_kind kind,
                int attempts_max, uint64_t server_ms, uint64_t *delay_ns);
/* Some request had an answer that shows the server to be there. */
void retry_answered(struct retry_quota *q);
/* After success, and after progress: what was taken goes back. */
void retry_success(struct retry_quota *q, struct retry_state *s);

#endif
