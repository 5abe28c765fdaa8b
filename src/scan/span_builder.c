#include "scan/span_builder.h"

#include <string.h>

#include "base/memory.h"
#include "scan/id_runs.h"

void spans_init(struct span_builder *b)
{
    *b = (struct span_builder){0};
}

void spans_free(struct span_builder *b)
{
    mem_free(b->spans);
    mem_free(b->span_of);
    *b = (struct span_builder){0};
}

void spans_begin_group(struct span_builder *b, uint32_t row_group)
{
    b->row_group = row_group;
    b->row = 0;
    b->group_start = b->n;
}

static void grow_span_of(struct span_builder *b, uint32_t series)
{
    size_t grown = b->n_span_of ? b->n_span_of * 2 : 256;
    grown = grown > series ? grown : (size_t)series + 1;
    b->span_of = mem_realloc(b->span_of, grown * sizeof *b->span_of);
    memset(b->span_of + b->n_span_of, 0, (grown - b->n_span_of) * sizeof *b->span_of);
    b->n_span_of = grown;
}

/* A series is met for the first time in this row group, at `row`. */
static void begin_span(struct span_builder *b, uint32_t series, uint64_t row)
{
    if (series >= b->n_span_of) {
        grow_span_of(b, series);
    }
    b->spans = mem_grow(b->spans, b->n, &b->cap, sizeof *b->spans);
    b->spans[b->n++] =
        (struct span){.series = series, .row_group = b->row_group, .first_row = row};
    b->span_of[series] = (uint32_t)b->n;
}

static bool has_span(const struct span_builder *b, uint32_t series)
{
    return series < b->n_span_of && b->span_of[series] != 0;
}

/* The span of `series` in this row group, lengthened by `rows` from the current row. */
static struct span *extend(struct span_builder *b, uint32_t series, uint64_t rows)
{
    if (!has_span(b, series)) {
        begin_span(b, series, b->row);
    }
    struct span *s = &b->spans[b->span_of[series] - 1];
    s->rows += rows;
    b->row += rows;
    s->last_row = b->row - 1;
    return s;
}

static void widen(struct span *s, uint64_t times, int64_t t_min, int64_t t_max)
{
    if (times == 0) {
        return;
    }
    s->t_min = s->times == 0 || t_min < s->t_min ? t_min : s->t_min;
    s->t_max = s->times == 0 || t_max > s->t_max ? t_max : s->t_max;
    s->times += times;
}

/* Bounds of n times, none of them null: a loop that the compiler turns into vector code. */
static void bounds(const int64_t *v, uint64_t n, int64_t *lo, int64_t *hi)
{
    int64_t min = v[0], max = v[0];
    for (uint64_t i = 1; i < n; i++) {
        min = v[i] < min ? v[i] : min;
        max = v[i] > max ? v[i] : max;
    }
    *lo = min;
    *hi = max;
}

static uint64_t bounds_of_valid(struct run_times t, uint64_t n, int64_t *lo, int64_t *hi)
{
    uint64_t times = 0;
    for (uint64_t i = 0; i < n; i++) {
        if (t.valid[i]) {
            *lo = times == 0 || t.values[i] < *lo ? t.values[i] : *lo;
            *hi = times == 0 || t.values[i] > *hi ? t.values[i] : *hi;
            times++;
        }
    }
    return times;
}

static void widen_by(struct span *s, uint64_t rows, struct run_times t)
{
    int64_t lo = 0, hi = 0;
    if (t.valid) {
        uint64_t times = bounds_of_valid(t, rows, &lo, &hi);
        widen(s, times, lo, hi);
    } else {
        bounds(t.values, rows, &lo, &hi);
        widen(s, rows, lo, hi);
    }
}

void spans_add_run(struct span_builder *b, uint32_t series, uint64_t rows, struct run_times t)
{
    if (rows == 0) {
        return;
    }
    struct span *s = extend(b, series, rows);
    if (t.values) {
        widen_by(s, rows, t);
    }
}

/* One row that has a time. */
static void widen_by_row(struct span *s, int64_t time)
{
    bool first = s->times == 0;
    s->t_min = first || time < s->t_min ? time : s->t_min;
    s->t_max = first || time > s->t_max ? time : s->t_max;
    s->times++;
}

/* Runs between asking for memory and using it: long enough for it to arrive, short enough for it to be there still. */
#define AHEAD 8

/* Ask for what the runs to come will touch: first where the span is, then, halfway, the span. */
static void prefetch(const struct span_builder *b, const struct id_run *runs, size_t n, size_t i)
{
    if (i + 2 * AHEAD < n && runs[i + 2 * AHEAD].series < b->n_span_of) {
        __builtin_prefetch(&b->span_of[runs[i + 2 * AHEAD].series]);
    }
    if (i + AHEAD < n && has_span(b, runs[i + AHEAD].series)) {
        __builtin_prefetch(&b->spans[b->span_of[runs[i + AHEAD].series] - 1], 1);
    }
}

/* Above this many series their spans outgrow the second-level cache, and asking ahead pays. */
#define PREFETCH_ABOVE 8192

void spans_add_runs(struct span_builder *b, const struct id_run *runs, size_t n, struct run_times t)
{
    /* A copy, which the writes to the spans cannot be taken to change: so it stays in a register. */
    uint64_t row = b->row;
    for (size_t i = 0; i < n; i++) {
        uint32_t series = runs[i].series, rows = runs[i].rows;
        if (rows == 0) {
            continue;
        }
        if (b->n_span_of > PREFETCH_ABOVE) {
            prefetch(b, runs, n, i);
        }
        if (!has_span(b, series)) {
            begin_span(b, series, row);
        }
        struct span *s = &b->spans[b->span_of[series] - 1];
        s->rows += rows;
        row += rows;
        s->last_row = row - 1;
        if (!t.values) {
            continue;
        }
        if (rows == 1 && !t.valid) {
            widen_by_row(s, *t.values);
        } else {
            widen_by(s, rows, t);
        }
        t.values += rows;
        t.valid = t.valid ? t.valid + rows : NULL;
    }
    b->row = row;
}

void spans_add_proven(struct span_builder *b, uint32_t series, uint64_t rows, uint64_t times,
                      int64_t t_min, int64_t t_max)
{
    if (rows) {
        widen(extend(b, series, rows), times, t_min, t_max);
    }
}

void spans_end_group(struct span_builder *b)
{
    for (size_t i = b->group_start; i < b->n; i++) {
        b->span_of[b->spans[i].series] = 0;
    }
}

void spans_finish(struct span_builder *b, size_t n_series, const uint64_t *first_rows)
{
    if (b->n <= SPANS_MERGE_ABOVE || b->n / SPANS_MERGE_PER_SERIES <= n_series) {
        return;
    }
    /* Spans stand in order of first sight within each row group, so writing in place never overtakes reading: the
     * k-th distinct series is met at span k or later. */
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct span s = b->spans[i];
        uint64_t base = first_rows[s.row_group];
        uint32_t at = b->span_of[s.series];
        if (at == 0) {
            b->span_of[s.series] = (uint32_t)(n + 1);
            s.first_row += base;
            s.last_row += base;
            s.row_group = SPAN_WHOLE_FILE;
            b->spans[n++] = s;
        } else {
            struct span *whole = &b->spans[at - 1];
            whole->rows += s.rows;
            whole->last_row = base + s.last_row;
            widen(whole, s.times, s.t_min, s.t_max);
        }
    }
    b->n = n;
}
