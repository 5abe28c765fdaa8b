#include "net/flow.h"

#include <math.h>
#include <string.h>

/* 32 connections fill 2.5 GB/s of S3 at 85 MB/s each, and hide 30 ms for small reads. */
#define LIMIT_FIRST 32.0
#define LIMIT_MAX   256.0

/* What each good answer adds to the limit: doubling with a round trip at first; a quarter of it
 * after each refusal, down to what leads to one refusal in a hundred; twice as much after so many
 * answers without one. */
#define GROWTH_FIRST 1.0
#define GROWTH_LEAST 0.0005  /* in flight */
#define GROWTH_PART  0.00003 /* of the limit */
#define CALM         100
#define SOON         8
#define ROUNDS       8 /* or so many round trips: a server with a burst to spend refuses late */
#define FADE         0.95
/* A refusal after a calm takes back what was tried last; one that follows another takes more. */
#define LONELY      10
#define SHRINK      0.97
#define SHRINKS     0.9
#define LIMIT_LEAST 0.05
#define BURST_LEAST 0.8 /* of the limit, whatever the number of refusals in a burst */
/* Below, one request more or less counts, and the number of those that were taken is kept to. */
#define EXACT 24

#define WINDOW_NS ((uint64_t)200000000) /* at least; and two round trips */
/* A step up is kept where it brings so much more; else the next one is tried after HOLD windows. */
#define STEP_GAIN 1.03
#define HOLD      4
/* A request costs the server about as much as so many bytes: makes small reads and large ones
 * comparable. */
#define REQUEST_WORK 65536.0
/* A pause ends by itself: nothing may be under way that could be answered. */
#define PAUSE_NS ((uint64_t)20000000)

void flow_init(struct flow *f, int fixed, uint64_t now_ns)
{
    *f = (struct flow){.fixed = fixed > 0,
                       .limit = LIMIT_FIRST,
                       .limit_max = LIMIT_MAX,
                       .growth = GROWTH_FIRST,
                       .window_ns = now_ns};
    if (fixed > 0) {
        f->limit = f->limit_max = fixed;
    }
}

/* ---- the gate ---- */

bool flow_admit(struct flow *f, int in_flight, uint64_t now_ns)
{
    if (now_ns < f->pause_ns) {
        return false;
    }
    if (in_flight < (int)fmax(1, f->limit)) {
        return true;
    }
    if (in_flight == (int)f->limit && f->extra >= 1) {
        f->extra -= 1;
        return true;
    }
    f->bound = true;
    return false;
}

uint64_t flow_next_ns(const struct flow *f, int in_flight, uint64_t now_ns)
{
    if (in_flight >= (int)fmax(1, f->limit) + (f->extra >= 1)) {
        return UINT64_MAX;
    }
    return now_ns < f->pause_ns ? f->pause_ns : now_ns;
}

/* ---- what is learned ---- */

static void begin_window(struct flow *f, uint64_t now_ns)
{
    f->window_ns = now_ns;
    f->window_work = 0;
    f->bound = false;
}

static void set_limit(struct flow *f, double limit)
{
    f->limit = fmax(LIMIT_LEAST, fmin(f->limit_max, limit));
}

/* While the server has never refused: whether more in flight brings more. */
static void end_window(struct flow *f, uint64_t now_ns)
{
    double work = f->window_work / (double)(now_ns - f->window_ns);
    if (!f->refused && f->bound && f->hold) {
        f->hold--;
    } else if (!f->refused && f->bound) {
        bool pays = work > f->best_work * STEP_GAIN;
        f->best_work = fmax(work, f->best_work * 0.95); /* yesterday's best fades */
        f->growth = pays ? GROWTH_FIRST : 0;
        set_limit(f, f->limit + (pays ? 0 : 1));
        f->hold = pays ? 0 : HOLD;
    }
    begin_window(f, now_ns);
}

static void grow(struct flow *f)
{
    f->calm++;
    if (f->calm >= CALM) {
        f->proven = fmax(f->proven, f->limit);
    }
    /* Far below what the server has taken before: the outage, or whatever it was, is over. */
    unsigned long_enough = (unsigned)fmax(CALM, ROUNDS * f->limit);
    unsigned step = f->limit < f->proven / 2 ? SOON : long_enough;
    if (f->refused && f->calm % step == 0) {
        f->growth = fmin(GROWTH_FIRST, 2 * f->growth);
    }
    if (f->bound || f->limit < 1) {
        set_limit(f, f->limit + f->growth * fmin(1, f->limit));
    }
}

static void take_good(struct flow *f, uint64_t bytes, uint64_t sent_ns, uint64_t now_ns)
{
    double took = now_ns > sent_ns ? (double)(now_ns - sent_ns) : 0;
    f->latency_ns = f->latency_ns > 0 ? 0.9 * f->latency_ns + 0.1 * took : took;
    f->window_work += REQUEST_WORK + (double)bytes;
    if (sent_ns >= f->cut_ns) {
        grow(f);
    }
    /* One more that goes out beside the whole part is there until the next answer: so many answers
     * let one out, and less than one in flight is made by waiting. */
    f->extra = f->limit > 1 ? fmin(2, f->extra + fmod(f->limit, 1)) : 0;
    f->pause_ns = f->limit < 1 ? now_ns + (uint64_t)(f->latency_ns * (1 / f->limit - 1)) : 0;
    if ((double)(now_ns - f->window_ns) >= fmax((double)WINDOW_NS, 2 * f->latency_ns)) {
        end_window(f, now_ns);
    }
}

static void take_refusal(struct flow *f, int in_flight, uint64_t sent_ns, uint64_t now_ns)
{
    bool fresh = sent_ns >= f->cut_ns;
    /* Others were taken: so many at least. */
    if (in_flight >= f->limit / 2) {
        double shrunk = (f->calm >= LONELY ? SHRINK : SHRINKS) * f->limit;
        double least = f->limit < EXACT ? in_flight : 0;
        /* Each further one of a burst was one too many, within reason. */
        f->least = fresh ? BURST_LEAST * f->limit : f->least;
        double one_less = fmax(f->least, f->limit - 1);
        set_limit(f, fmin(f->limit, fmax(least, fresh ? shrunk : fmin(in_flight, one_less))));
    } else if (fresh) {
        set_limit(f, SHRINKS * f->limit);
    }
    if (fresh) {
        f->cut_ns = now_ns;
        /* After a calm the limit is known: what it grew by meanwhile is not needed any more. */
        double kept = f->calm >= CALM ? 0 : f->growth / 4;
        f->growth = fmax(fmax(GROWTH_LEAST, GROWTH_PART * f->limit), kept);
        f->proven *= f->calm > 0 && f->calm < CALM ? FADE : 1;
        f->calm = 0;
    }
    f->refused = true;
    f->extra = 0;
    f->pause_ns = now_ns + (uint64_t)fmax(PAUSE_NS, f->latency_ns);
}

void flow_feedback(struct flow *f, enum flow_event e, int in_flight, uint64_t bytes,
                   uint64_t sent_ns, uint64_t now_ns)
{
    if (f->fixed || e == FLOW_NEUTRAL) {
        return;
    }
    if (e == FLOW_GOOD) {
        take_good(f, bytes, sent_ns, now_ns);
    } else if (e == FLOW_REFUSED) {
        take_refusal(f, in_flight, sent_ns, now_ns);
    } else if (sent_ns >= f->cut_ns) {
        f->cut_ns = now_ns;
        f->refused = true;
        f->calm = 0;
        f->growth = fmax(GROWTH_LEAST, f->growth / 4);
        set_limit(f, fmax(1, floor(f->limit / 2)));
    }
}
