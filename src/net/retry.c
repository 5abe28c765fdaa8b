#include "net/retry.h"

#include <string.h>

#include "base/clock.h"
#include "base/map.h"

#define MS             ((uint64_t)1000000)
#define BASE_TRANSIENT (50 * MS)
#define BASE_THROTTLED (1000 * MS)
#define DELAY_MAX      (20000 * MS)
/* An outage ends at some moment: that is to be noticed soon. */
#define DELAY_DOWN_MAX (2000 * MS)
#define OUTAGE_MIN     (1000 * MS)
#define OUTAGE_MAX     ((uint64_t)RETRY_OUTAGE_S * 1000 * MS)
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
    case 502:
    case 503:
    case 504:
        return RETRY_DOWN; /* what stands before a server that is gone says so too */
    case 408:
    case 499:
    case 500:
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
        return RETRY_DOWN;
    case HTTP_SHORT:
        return RETRY_TRANSIENT;
    default:
        return RETRY_NEVER;
    }
}

void retry_quota_init(struct retry_quota *q)
{
    atomic_init(&q->left, RETRY_QUOTA);
    atomic_init(&q->answered_ns, 0);
    atomic_init(&q->refilled_ns, clock_monotonic_ns());
    atomic_init(&q->spaced_ns, 0);
}

static void give(struct retry_quota *q, int back)
{
    int left = atomic_load(&q->left), next;
    do {
        next = left + back < RETRY_QUOTA ? left + back : RETRY_QUOTA;
    } while (!atomic_compare_exchange_weak(&q->left, &left, next));
}

/* What time gives back, in whole retries. */
static void refill(struct retry_quota *q, uint64_t now)
{
    uint64_t last = atomic_load(&q->refilled_ns);
    uint64_t units = now > last ? (now - last) / MS * RETRY_REFILL / 1000 : 0;
    if (units >= COST_TRANSIENT && atomic_compare_exchange_strong(&q->refilled_ns, &last, now)) {
        give(q, units < RETRY_QUOTA ? (int)units : RETRY_QUOTA);
    }
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

/* The server has answered, not long ago: it is waited for. Who asked for fewer attempts than ours
 * has said how patient to be. */
static bool is_waited_for(const struct retry_quota *q, enum retry_kind kind, int attempts_max,
                          uint64_t now)
{
    uint64_t answered = atomic_load(&q->answered_ns);
    return kind == RETRY_DOWN && attempts_max >= RETRY_ATTEMPTS_MAX && answered &&
           now - answered < OUTAGE_MAX;
}

/* ... and answers nobody: what is at fault is not this request. */
static bool is_silent(const struct retry_quota *q, uint64_t now)
{
    return now - atomic_load(&q->answered_ns) > OUTAGE_MIN;
}

static uint64_t backoff(const struct retry_state *s, enum retry_kind kind, uint64_t server_ms)
{
    uint64_t most = kind == RETRY_THROTTLED ? BASE_THROTTLED : BASE_TRANSIENT;
    uint64_t cap = kind == RETRY_DOWN ? DELAY_DOWN_MAX : DELAY_MAX;
    most <<= s->attempts < 16 ? s->attempts - 1 : 15; /* at most 9 h: far from overflow */
    most = most < cap ? most : cap;
    uint64_t delay = random_below(most + 1);
    uint64_t asked = server_ms < DELAY_MAX / MS ? server_ms * MS : DELAY_MAX;
    if (asked > delay) {
        delay = asked < delay + SERVER_DELAY_EXTRA ? asked : delay + SERVER_DELAY_EXTRA;
    }
    return delay;
}

/* Until the silence of a server that answers nobody has lasted long enough to be told. */
static uint64_t until_silence_tells(const struct retry_quota *q, uint64_t now)
{
    uint64_t told = atomic_load(&q->answered_ns) + OUTAGE_MIN + MS;
    return told > now ? told - now : 0;
}

/* One after the other, as fast as the quota refills. */
static uint64_t spaced_delay(struct retry_quota *q, uint64_t now)
{
    uint64_t step = COST_TRANSIENT * 1000 / RETRY_REFILL * MS, at = atomic_load(&q->spaced_ns),
             next;
    do {
        next = (at > now ? at : now) + step;
    } while (!atomic_compare_exchange_weak(&q->spaced_ns, &at, next));
    return next - now;
}

bool retry_next(struct retry_quota *q, struct retry_state *s, enum retry_kind kind,
                int attempts_max, uint64_t server_ms, uint64_t *delay_ns)
{
    uint64_t now = clock_monotonic_ns();
    s->first_ns = s->first_ns ? s->first_ns : now;
    s->attempts++;
    if (kind == RETRY_NEVER || now - s->first_ns > WALL_MAX) {
        return false;
    }
    refill(q, now);
    int cost = kind == RETRY_THROTTLED ? COST_THROTTLED : COST_TRANSIENT;
    bool waited_for = is_waited_for(q, kind, attempts_max, now);
    bool outage = waited_for && is_silent(q, now);
    s->waited += outage; /* these attempts say nothing of the request */
    bool more = outage || s->attempts - s->waited < attempts_max;
    bool paid = more && take(q, cost);
    if (!more || (!paid && !waited_for)) {
        return false;
    }
    s->taken += paid ? cost : 0;
    *delay_ns = backoff(s, kind, server_ms);
    if (waited_for && s->attempts - s->waited == attempts_max - 1) {
        /* The waits are random: seven short ones must not use up the attempts in the first second
         * of an outage. */
        uint64_t tells = until_silence_tells(q, now);
        *delay_ns = tells > *delay_ns ? tells : *delay_ns;
    }
    if (!paid) {
        uint64_t spaced = spaced_delay(q, now);
        *delay_ns = spaced > *delay_ns ? spaced : *delay_ns;
    }
    return true;
}

void retry_answered(struct retry_quota *q)
{
    atomic_store(&q->answered_ns, clock_monotonic_ns());
}

void retry_success(struct retry_quota *q, struct retry_state *s)
{
    give(q, s->taken ? s->taken : 1);
    *s = (struct retry_state){0};
}
