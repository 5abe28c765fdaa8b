/* retry.h - which failures may pass by themselves, how long to wait, and when to stop trying.
 *
 * Waiting is `rand(0,1) * min(base * 2^n, 20 s)`, with a base of 50 ms, or 1 s where the server
 * asked for less load. All requests to one endpoint share a quota: each retry takes from it, each
 * success gives back, so that an outage is reported after seconds instead of being hammered by
 * every reader. (AWS SDK reference, "Retry behavior", 2026.)
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
    RETRY_THROTTLED, /* too much asked for */
};

/* By the answer: HTTP status and the error code of the body ("" where it has none). */
enum retry_kind retry_of_status(int status, const char *code);
/* By what became of the transfer, where there was no whole answer. */
enum retry_kind retry_of_result(enum http_result result);

struct retry_quota {
    atomic_int left;
};

struct retry_state {
    int attempts;      /* that failed */
    int taken;         /* from the quota by the last retry */
    uint64_t first_ns; /* when the first attempt failed; 0 before */
};

void retry_quota_init(struct retry_quota *q);

/* After a failed attempt: true where another one is due, *delay_ns from now. `attempts_max` is at
 * most RETRY_ATTEMPTS_MAX; `server_ms` is what the server asked to wait, 0 for nothing. */
bool retry_next(struct retry_quota *q, struct retry_state *s, enum retry_kind kind,
                int attempts_max, uint64_t server_ms, uint64_t *delay_ns);
/* After success, and after progress: what was taken goes back. */
void retry_success(struct retry_quota *q, struct retry_state *s);

#endif
