#include "net/flow.h"

#include <math.h>
#include <string.h>

#define NS 1e9

/* 32 connections fill 2.5 GB/s of S3 at 85 MB/s each, and hide 30 ms for small reads. */
#define LIMIT_FIRST 32.0
#define LIMIT_MAX   256.0

#define FLOW_BUCKET_NS ((uint64_t)100000000)
#define WINDOW_NS      ((uint64_t)250000000) /* long against a round trip, short against a run */
/* A step up is kept where it brings so much more; else the next one is tried after HOLD windows. */
#define STEP_GAIN 1.03
#define HOLD      4
/* A request costs the server about as much as so many bytes: makes small reads and large ones
 * comparable. */
#define REQUEST_WORK 65536.0

#define RATE_START 0.97 /* of what was answered well */
/* Where it was the number in flight that reached its limit, the rate may not be limited at all: it
 * is bounded just above what came, so that it does not matter then. */
#define UNPACED_GAIN 1.06
#define RECOVERY     1.0 /* seconds until the rate is back there */
#define RATE_FREE    4.0 /* times what was known: the bound is no bound any more */
/* Fewer answers say nothing about a rate. */
#define GOOD_MIN 20
/* Threads sleep in whole milliseconds: what they missed meanwhile may follow at once. */
#define BURST_S 0.02

void flow_init(struct flow *f, int fixed, uint64_t now_ns)
{
    *f = (struct flow){.fixed = fixed > 0, .limit = LIMIT_FIRST, .limit_max = LIMIT_MAX};
    if (fixed > 0) {
        f->limit = f->limit_max = fixed;
    }
    f->window_ns = f->bucket_ns = f->first_ns = f->tokens_ns = now_ns;
}

/* ---- the gates ---- */

static double seconds(uint64_t from_ns, uint64_t to_ns)
{
    return to_ns > from_ns ? (double)(to_ns - from_ns) / NS : 0;
}

/* known + c (t - K)^3, with c such that it begins at RATE_START * known. */
static double rate_at(const struct flow *f, uint64_t now_ns)
{
    double t = seconds(f->refused_ns, now_ns) - RECOVERY;
    double c = (1 - RATE_START) / (RECOVERY * RECOVERY * RECOVERY);
    return f->rate_known * (1 + c * t * t * t);
}

static void refill(struct flow *f, uint64_t now_ns)
{
    double burst = fmax(1, f->rate * BURST_S);
    f->rate = rate_at(f, now_ns);
    f->tokens = fmin(burst, f->tokens + f->rate * seconds(f->tokens_ns, now_ns));
    f->tokens_ns = now_ns;
    if (f->rate > RATE_FREE * f->rate_known) {
        f->rate = 0;
    }
}

bool flow_admit(struct flow *f, int in_flight, uint64_t now_ns)
{
    if (in_flight >= (int)f->limit) {
        f->bound = true;
        f->paced = false;
        return false;
    }
    if (f->rate > 0) {
        refill(f, now_ns);
    }
    if (f->rate > 0) {
        if (f->tokens < 1) {
            f->paced = true;
            return false;
        }
        f->tokens -= 1;
    }
    return true;
}

uint64_t flow_next_ns(const struct flow *f, int in_flight, uint64_t now_ns)
{
    if (in_flight >= (int)f->limit) {
        return UINT64_MAX;
    }
    if (f->rate <= 0 || f->tokens >= 1) {
        return now_ns;
    }
    return f->tokens_ns + (uint64_t)((1 - f->tokens) / f->rate * NS);
}

/* ---- what is learned ---- */

static void turn_buckets(struct flow *f, uint64_t now_ns)
{
    for (unsigned i = 0; now_ns - f->bucket_ns >= FLOW_BUCKET_NS && i <= FLOW_BUCKETS; i++) {
        f->bucket = (f->bucket + 1) % FLOW_BUCKETS;
        f->good[f->bucket] = 0;
        f->bucket_ns += FLOW_BUCKET_NS;
    }
    if (now_ns - f->bucket_ns >= FLOW_BUCKET_NS) {
        f->bucket_ns = now_ns; /* a long pause: all buckets are empty now */
    }
}

/* Good answers per second over the last second; 0 where there were too few to tell. */
static double good_rate(const struct flow *f, uint64_t now_ns)
{
    unsigned n = 0;
    for (unsigned i = 0; i < FLOW_BUCKETS; i++) {
        n += f->good[i];
    }
    double span = (FLOW_BUCKETS - 1) * (double)FLOW_BUCKET_NS / NS + seconds(f->bucket_ns, now_ns);
    span = fmin(span, seconds(f->first_ns, now_ns));
    return n >= GOOD_MIN && span > 0.2 ? n / span : 0;
}

static void begin_window(struct flow *f, uint64_t now_ns)
{
    f->window_ns = now_ns;
    f->window_work = 0;
    f->bound = false;
}

/* A step up where the limit is what keeps requests waiting, and the last step has paid. */
static void end_window(struct flow *f, uint64_t now_ns)
{
    double work = f->window_work / seconds(f->window_ns, now_ns);
    double known_good = f->ceiling - 1;
    if (f->bound && f->limit + 1 <= known_good) {
        /* Below where the server last refused: half of the way back at each step. */
        f->limit = f->limit + fmax(1, floor((known_good - f->limit) / 2));
    } else if (f->bound && f->hold) {
        f->hold--;
    } else if (f->bound) {
        bool pays = work > f->best_work * STEP_GAIN;
        f->best_work = fmax(work, f->best_work * 0.95); /* yesterday's best fades */
        f->limit = fmin(f->limit_max, f->limit + (pays ? fmax(1, f->limit / 8) : 1));
        f->hold = pays ? 0 : HOLD;
    }
    begin_window(f, now_ns);
}

static void cut_limit(struct flow *f, int in_flight)
{
    bool known = f->ceiling > 0 && fabs(f->limit - f->ceiling) <= 2;
    f->ceiling = fmin(f->limit, in_flight + 1);
    f->limit = fmax(1, known ? f->ceiling - 1 : floor(f->limit / 2));
    f->hold = HOLD;
}

static void cut_rate(struct flow *f, bool paced, uint64_t now_ns)
{
    double known = good_rate(f, now_ns) * (paced ? 1 : UNPACED_GAIN);
    if (known > 0) {
        f->rate_known = known;
        f->refused_ns = now_ns;
        f->rate = rate_at(f, now_ns);
        f->tokens = 0;
        f->tokens_ns = now_ns;
    }
}

void flow_feedback(struct flow *f, enum flow_event e, int in_flight, uint64_t bytes,
                   uint64_t sent_ns, uint64_t now_ns)
{
    if (f->fixed || e == FLOW_NEUTRAL) {
        return;
    }
    turn_buckets(f, now_ns);
    if (e == FLOW_GOOD) {
        f->good[f->bucket]++;
        f->window_work += REQUEST_WORK + (double)bytes;
        if (now_ns - f->window_ns >= WINDOW_NS) {
            end_window(f, now_ns);
        }
        return;
    }
    if (sent_ns < f->cut_ns) {
        return;
    }
    f->cut_ns = now_ns;
    if (e == FLOW_TIMED_OUT) {
        f->ceiling = 0; /* no gentle step: whoever does not answer is overloaded */
        cut_limit(f, in_flight);
    } else {
        /* Where the rate is what holds requests back, the number in flight is not to blame. */
        bool paced = f->rate > 0 && f->paced;
        if (!paced && in_flight + 1 >= (int)(0.9 * f->limit)) {
            cut_limit(f, in_flight);
        }
        cut_rate(f, paced, now_ns);
    }
    begin_window(f, now_ns);
}
