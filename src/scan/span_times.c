/* span_times.c - the times of a row group's spans, until they are states. */
#include <string.h>

#include "base/memory.h"
#include "scan/span_builder.h"

/* Integers are looked at as the epoch that their magnitude suggests; the dataset may decide
 * otherwise, and then calendar facts are dropped. */
enum time_unit spans_calendar(const struct span_builder *b, int64_t t_min, int64_t t_max)
{
    return b->unit == TIME_UNIT_INDEX ? time_epoch_unit(t_min, t_max) : b->unit;
}

/* ---- states ---- */

static void put_steps(struct span_builder *b, struct span_content *s,
                      const struct time_steps *steps)
{
    /* One byte stands for every regular span, so it is not stored a million times. */
    static const char regular[] = "\1";
    s->times = steps->times;
    s->t_min = steps->t_min;
    s->t_max = steps->t_max;
    b->grain = steps->grain < b->grain ? steps->grain : b->grain;
    strbuf_clear(&b->code);
    time_steps_encode(steps, &b->code);
    bool plain = b->code.len == 1 && b->code.data[0] == regular[0];
    s->steps = plain ? str_n(regular, 1)
                     : str_n(arena_strndup(&b->states, b->code.data, b->code.len), b->code.len);
}

/* Merge more times of a span into what it has. */
static void absorb(struct span_builder *b, struct span_content *s, const struct time_steps *more)
{
    struct time_steps have;
    enum time_unit unit = spans_calendar(b, more->t_min, more->t_max);
    if (s->times == 0) {
        put_steps(b, s, more);
        return;
    }
    unit = spans_calendar(b, s->t_min, s->t_max) == unit ? unit : TIME_UNIT_INDEX;
    if (time_steps_decode(s->steps, s->times, s->t_min, s->t_max, unit, &have)) {
        time_steps_merge(&have, more, unit);
        put_steps(b, s, &have);
    }
}

void spans_merge_times(struct span_builder *b, struct span_content *whole,
                       const struct span_content *s)
{
    struct time_steps steps;
    enum time_unit unit = spans_calendar(b, s->t_min, s->t_max);
    if (s->times && time_steps_decode(s->steps, s->times, s->t_min, s->t_max, unit, &steps)) {
        absorb(b, whole, &steps);
    }
}

static void reserve_lanes(struct span_builder *b)
{
    if (b->n_time_lanes < b->n_span_of) {
        size_t more = b->n_span_of - b->n_time_lanes;
        b->time_lanes = mem_realloc(b->time_lanes, b->n_span_of * sizeof *b->time_lanes);
        memset(b->time_lanes + b->n_time_lanes, 0, more * sizeof *b->time_lanes);
        b->last = mem_realloc(b->last, b->n_span_of * sizeof *b->last);
        memset(b->last + b->n_time_lanes, 0, more * sizeof *b->last);
        b->n_time_lanes = b->n_span_of;
    }
}

struct last_time *spans_last(struct span_builder *b, uint32_t series)
{
    reserve_lanes(b);
    return &b->last[series];
}

/* Whether the next time of a series, in row order, is earlier than the last; `to` is the last one
 * then. */
static bool turns_back(struct span_builder *b, uint32_t series, int64_t from, int64_t to)
{
    struct last_time *last = &b->last[series];
    bool back = last->known && from < last->t;
    *last = (struct last_time){last->known ? last->first : from, to, true};
    return back;
}

void spans_take_steps(struct span_builder *b, size_t span, struct time_steps *steps, int64_t first,
                      int64_t last)
{
    reserve_lanes(b);
    steps->backwards += turns_back(b, b->spans[span].series, first, last);
    absorb(b, spans_content(b, span), steps);
}

/* The stored times of one span, in row order, n > 0. */
static void take_stored(struct span_builder *b, size_t span, int64_t *v, size_t n)
{
    struct time_steps steps;
    int64_t first = v[0], last = v[n - 1], lo = first, hi = first;
    enum time_unit unit = b->unit;
    if (unit == TIME_UNIT_INDEX) {
        for (size_t i = 1; i < n; i++) {
            lo = v[i] < lo ? v[i] : lo;
            hi = v[i] > hi ? v[i] : hi;
        }
        unit = time_epoch_unit(lo, hi);
    }
    time_steps_of(v, n, unit, &steps);
    spans_take_steps(b, span, &steps, first, last);
}

/* ---- the block ---- */

/* Each series has one run: its times are in one piece. */
static void take_pieces(struct span_builder *b)
{
    size_t at = 0;
    for (size_t i = 0; i < b->n_runs; i++) {
        take_stored(b, b->span_of[b->runs[i].series] - 1, b->times + at, b->runs[i].n);
        at += b->runs[i].n;
    }
}

/* Series are interleaved: bring the times of each together, in row order. counts: one a span of the
 * row group. */
static void take_gathered(struct span_builder *b, const size_t *counts, size_t n_spans)
{
    int64_t *gathered = mem_alloc(b->n_times * sizeof *gathered);
    size_t *next = mem_alloc(n_spans * sizeof *next), at = 0;
    const int64_t *from = b->times;
    for (size_t i = 0; i < n_spans; i++) {
        next[i] = at;
        at += counts[i];
    }
    for (size_t i = 0; i < b->n_runs; i++) {
        struct time_run r = b->runs[i];
        size_t *to = &next[b->span_of[r.series] - 1 - b->group_start];
        if (r.n == 1) { /* most are, where a run is stored at all */
            gathered[*to] = *from;
        } else {
            memcpy(gathered + *to, from, r.n * sizeof *from);
        }
        from += r.n;
        *to += r.n;
    }
    for (size_t i = 0; i < n_spans; i++) {
        if (counts[i]) {
            take_stored(b, b->group_start + i, gathered + next[i] - counts[i], counts[i]);
        }
    }
    mem_free(next);
    mem_free(gathered);
}

static void take_all_stored(struct span_builder *b)
{
    size_t n_spans = b->n - b->group_start;
    size_t *counts = mem_zalloc(n_spans * sizeof *counts);
    bool interleaved = false;
    for (size_t i = 0; i < b->n_runs; i++) {
        size_t *count = &counts[b->span_of[b->runs[i].series] - 1 - b->group_start];
        interleaved |= *count > 0;
        *count += b->runs[i].n;
    }
    if (interleaved) {
        take_gathered(b, counts, n_spans);
    } else {
        take_pieces(b);
    }
    mem_free(counts);
}

void spans_take_block(struct span_builder *b)
{
    if (b->n_in_block == 0) {
        return;
    }
    reserve_lanes(b);
    for (size_t i = b->group_start; i < b->n; i++) {
        struct time_steps steps;
        struct time_lane *t = &b->time_lanes[b->spans[i].series];
        if (t->n) {
            time_steps_regular(t->n, t->first, t->last, spans_calendar(b, t->first, t->last),
                               &steps);
            spans_take_steps(b, i, &steps, t->first, t->last);
        }
        *t = (struct time_lane){0};
    }
    if (b->n_runs) {
        take_all_stored(b);
    }
    b->n_times = b->n_in_block = b->n_runs = 0;
}

/* ---- rows ---- */

static int64_t *room_for(struct span_builder *b, size_t n)
{
    if (b->n_times + n > b->cap_times) {
        size_t grown = b->cap_times * 2 > b->n_times + n ? b->cap_times * 2 : b->n_times + n;
        b->times = mem_realloc(b->times, grown * sizeof *b->times);
        b->cap_times = grown;
    }
    int64_t *to = b->times + b->n_times;
    b->n_times += n;
    return to;
}

static int64_t *store(struct span_builder *b, uint32_t series, size_t n)
{
    if (b->n_runs && b->runs[b->n_runs - 1].series == series) {
        b->runs[b->n_runs - 1].n += (uint32_t)n; /* a block has far fewer than 2^32 times */
    } else {
        b->runs = mem_grow(b->runs, b->n_runs, &b->cap_runs, sizeof *b->runs);
        b->runs[b->n_runs++] = (struct time_run){series, (uint32_t)n};
    }
    return room_for(b, n);
}

/* The series is not regular in this block: what it had is stored. */
static void turn_stored(struct span_builder *b, struct time_lane *t, uint32_t series)
{
    if (t->n) {
        int64_t *to = store(b, series, t->n);
        for (uint32_t i = 0; i < t->n; i++) {
            to[i] = (int64_t)((uint64_t)t->first + i * t->step);
        }
    }
    *t = (struct time_lane){.stored = true};
}

/* Do `n` more times go on with the steps of the series? Then they are part of it. */
static bool goes_on(struct time_lane *r, const int64_t *v, size_t n)
{
    int64_t before = r->n ? r->last : v[0];
    size_t i = r->n ? 0 : 1;
    uint64_t step = r->step, differs = 0, span;
    if (r->n < 2 && i < n) {
        step = (uint64_t)v[i] - (uint64_t)before;
        if (v[i] <= before) {
            return false;
        }
    }
    if (i < n) {
        differs |= ((uint64_t)v[i] - (uint64_t)before) ^ step;
    }
    for (i++; i < n; i++) {
        differs |= ((uint64_t)v[i] - (uint64_t)v[i - 1]) ^ step;
    }
    int64_t first = r->n ? r->first : v[0], last = v[n - 1];
    /* Differences are taken modulo 2^64: the sum must not have wrapped. */
    if (differs || __builtin_mul_overflow(step, (uint64_t)r->n + n - 1, &span) || last < first ||
        span != (uint64_t)last - (uint64_t)first) {
        return false;
    }
    *r = (struct time_lane){first, last, step, r->n + (uint32_t)n, false};
    return true;
}

void spans_take_times(struct span_builder *b, uint32_t series, const int64_t *v, size_t n)
{
    reserve_lanes(b);
    struct time_lane *t = &b->time_lanes[series];
    b->n_in_block += n;
    if (!t->stored) {
        if (goes_on(t, v, n)) {
            return;
        }
        turn_stored(b, t, series);
    }
    memcpy(store(b, series, n), v, n * sizeof *v);
}

/* A time that does not go on with the steps of the series, or is one of its first two. */
static void take_other(struct span_builder *b, uint32_t series, int64_t v)
{
    struct time_lane *t = &b->time_lanes[series];
    if (!t->stored && t->n == 0) {
        *t = (struct time_lane){.first = v, .last = v, .n = 1};
    } else if (!t->stored && t->n == 1 && v > t->last) {
        t->step = (uint64_t)v - (uint64_t)t->last;
        t->last = v;
        t->n = 2;
    } else {
        if (!t->stored) {
            turn_stored(b, t, series);
        }
        *store(b, series, 1) = v;
    }
}

/* Above this many series their lanes outgrow the second-level cache, and asking ahead pays. */
#define PREFETCH_ABOVE 16384
#define AHEAD          16

void spans_take_row_times(struct span_builder *b, const uint32_t *series, const int64_t *v,
                          size_t n)
{
    reserve_lanes(b);
    b->n_in_block += n;
    bool ahead = b->n_time_lanes > PREFETCH_ABOVE;
    for (size_t i = 0; i < n; i++) {
        if (ahead && i + AHEAD < n) {
            __builtin_prefetch(&b->time_lanes[series[i + AHEAD]], 1);
        }
        struct time_lane *t = &b->time_lanes[series[i]];
        if ((uint64_t)v[i] - (uint64_t)t->last == t->step && v[i] > t->last) {
            t->last = v[i];
            t->n++;
        } else {
            take_other(b, series[i], v[i]);
        }
    }
}
