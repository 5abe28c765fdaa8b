/* s3_stats.h - what the requests of one store met: answers by status, retries by reason, times to
 * the end. Shown with -v when the store is closed; what belongs to the run's summary is in
 * base/counters.h. Threads: relaxed atomics. */
#ifndef TSI_STORE_S3_STATS_H
#define TSI_STORE_S3_STATS_H

#include <stdatomic.h>

#include "net/http.h"
#include "net/retry.h"

/* Statuses that are told one by one; the last is "any other". */
#define S3_STATUSES(X)          X(200) X(206) X(301) X(400) X(403) X(404) X(412) X(416) X(429) X(500) X(503)
#define S3_STATUS_PLACE(status) S3_STATUS_##status,
enum { S3_STATUSES(S3_STATUS_PLACE) S3_STATUS_OTHER, S3_STATUS_N };

/* Powers of two of milliseconds: below 1, 2, 4, ... 32,768, and above. */
#define S3_TIMES_N 17

struct s3_stats {
    atomic_uint_least64_t statuses[S3_STATUS_N];
    atomic_uint_least64_t failures[HTTP_FAILED + 1]; /* by result; ANSWERED is not counted here */
    atomic_uint_least64_t retries[RETRY_THROTTLED + 1];
    atomic_uint_least64_t corrections; /* sent again for region, clock or expired keys */
    atomic_uint_least64_t times[S3_TIMES_N];
};

void s3_stats_answer(struct s3_stats *s, const struct http_request *q);
void s3_stats_retry(struct s3_stats *s, enum retry_kind kind);
/* The bound below which `share` of the times lie, in milliseconds: a power of two. */
unsigned s3_stats_below_ms(const struct s3_stats *s, double share);
/* Lines at level info; nothing where nothing was asked. */
void s3_stats_log(const struct s3_stats *s, const struct http_connections *c, const char *uri);

#endif
