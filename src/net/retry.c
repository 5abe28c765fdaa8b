#include "net/retry.h"

#include <string.h>

#include "base/clock.h"
#include "base/map.h"

#define MS             ((uint64_t)1000000)
#define BASE_TRANSIENT (50 * MS)
#define BASE_THROTTLED (1000 * MS)
#define DELAY_MAX      (20000 * MS)
#define COST_TRANSIENT 14
#define COST_THROTTLED 5
/* One read must not hold up a run for longer, whatever the number of attempts. */
#define WALL_MAX (180000 * MS)
/* A server may ask for more than the formula gives, but only by so much. */
#define SERVER_DELAY_EXTRA (5000 * MS)

static bool is_one_of(const char *code, const char *const *list)
{
    for (; *list; list++) {
        if (strcmp(code, *list) == 0) {
            return true;
        }
    }
    return false;
}

enum retry_kind retry_of_status(int status, const char *code)
{
    static const char *const throttled[] = {"SlowDown",
                                            "SlowDownRead",
                                            "SlowDownWrite",
                                            "TooManyRequests",
                                            "TooManyRequestsException",
                                            "RequestLimitExceeded",
                                            "BandwidthLimitExceeded",
                                            "PriorRequestNotComplete",
                                            "RequestThrottled",
                                            "RequestThrottledException",
                                            "ThrottledException",
                                            NULL};
    /* RequestTimeout comes with status 400: the code decides before the status does. */
    static const char *const transient[] = {"InternalError",         "ServiceUnavailable",
                                            "RequestTimeout",        "RequestTimeoutException",
                                            "IDPCommunicationError", NULL};
    if (is_one_of(code, throttled) || strncmp(code, "Throttling", 10) == 0 || status == 429) {
        return RETRY_THROTTLED;
    }
    if (is_one_of(code, transient)) {
        return RETRY_TRANSIENT;
    }
    switch (status) {
    case 408:
    case 499:
    case 500:
    case 502:
    case 503:
    case 504:
    case 520:
        return RETRY_TRANSIENT;
    default:
        return RETRY_NEVER;
    }
}

enum retry_kind retry_of_result(enum http_result result)
{
    switch (result) {
    case HTTP_NO_HOST:
    case HTTP_NO_CONNECTION:
    case HTTP_TIMED_OUT:
    case HTTP_BROKEN:
    case HTTP_SHORT:
        return RETRY_TRANSIENT;
    default:
        return RETRY_NEVER;
    }
}

void retry_quota_init(struct retry_quota *q)
{
    atomic_init(&q->left, RETRY_QUOTA);
}

static bool take(struct retry_quota *q, int cost)
{
    int left = atomic_load(&q->left);
    while (left >= cost) {
        if (atomic_compare_exchange_weak(&q->left, &left, left - cost)) {
            return true;
        }
    }
    return false;
}

/* Jitter needs no secrecy, only that threads and processes differ. */
static uint64_t random_below(uint64_t n)
{
    static atomic_uint_least64_t counter;
    uint64_t r = hash_mix(clock_monotonic_ns(), atomic_fetch_add(&counter, 1));
    return n ? r % n : 0;
}

bool retry_next(struct retry_quota *q, struct retry_state *s, enum retry_kind kind,
                int attempts_max, uint64_t server_ms, uint64_t *delay_ns)
{
    uint64_t now = clock_monotonic_ns();
    s->first_ns = s->first_ns ? s->first_ns : now;
    s->attempts++;
    int cost = kind == RETRY_THROTTLED ? COST_THROTTLED : COST_TRANSIENT;
    if (kind == RETRY_NEVER || s->attempts >= attempts_max || now - s->first_ns > WALL_MAX ||
        !take(q, cost)) {
        return false;
    }
    s->taken += cost;
    uint64_t most = kind == RETRY_THROTTLED ? BASE_THROTTLED : BASE_TRANSIENT;
    most <<= s->attempts < 16 ? s->attempts - 1 : 15; /* the most is far from overflow, far above the limit */
    most = most < DELAY_MAX ? most : DELAY_MAX;
    uint64_t delay = random_below(most + 1);
    uint64_t asked = server_ms < DELAY_MAX / MS ? server_ms * MS : DELAY_MAX;
    if (asked > delay) {
        delay = asked < delay + SERVER_DELAY_EXTRA ? asked : delay + SERVER_DELAY_EXTRA;
    }
    *delay_ns = delay;
    return true;
}

void retry_success(struct retry_quota *q, struct retry_state *s)
{
    int back = s->taken ? s->taken : 1;
    int left = atomic_load(&q->left), next;
    do {
        next = left + back < RETRY_QUOTA ? left + back : RETRY_QUOTA;
    } while (!atomic_compare_exchange_weak(&q->left, &left, next));
    *s = (struct retry_state){0};
}
