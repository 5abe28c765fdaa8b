#include "scan/span_builder.h"

#include <string.h>

#include "base/memory.h"
#include "scan/id_runs.h"

void spans_init(struct span_builder *b, enum time_unit unit)
{
    *b = (struct span_builder){.unit = unit};
    arena_init(&b->states);
    strbuf_init(&b->code, TIME_STEPS_BYTES_MAX);
}

void spans_free(struct span_builder *b)
{
    mem_free(b->spans);
    mem_free(b->span_of);
    mem_free(b->times);
    mem_free(b->valid_times);
    mem_free(b->runs);
    mem_free(b->last);
    arena_reset(&b->states);
    strbuf_free(&b->code);
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
    b->last = mem_realloc(b->last, grown * sizeof *b->last);
    memset(b->last + b->n_span_of, 0, (grown - b->n_span_of) * sizeof *b->last);
    b->n_span_of = grown;
}

void spans_reserve_series(struct span_builder *b, uint32_t series)
{
    if (series >= b->n_span_of) {
        grow_span_of(b, series);
    }
}

/* The first rows of `series` in this row group begin at `row`. */
static void begin_span(struct span_builder *b, uint32_t series, uint64_t row)
{
    spans_reserve_series(b, series);
    b->spans = mem_grow(b->spans, b->n, &b->cap, sizeof *b->spans);
    b->spans[b->n++] = (struct span){.series = series, .row_group = b->row_group, .first_row = row};
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

/* ---- times ---- */

/* Integers are looked at as the epoch that their magnitude suggests; the dataset may decide
 * otherwise, and then calendar facts are dropped. */
static enum time_unit calendar_of(const struct span_builder *b, int64_t t_min, int64_t t_max)
{
    return b->unit == TIME_UNIT_INDEX ? time_epoch_unit(t_min, t_max) : b->unit;
}

static void put_steps(struct span_builder *b, struct span *s, const struct time_steps *steps)
{
    /* One byte stands for every regular span, so it is not stored a million times. */
    static const char regular[] = "\1";
    s->times = steps->times;
    s->t_min = steps->t_min;
    s->t_max = steps->t_max;
    strbuf_clear(&b->code);
    time_steps_encode(steps, &b->code);
    bool plain = b->code.len == 1 && b->code.data[0] == regular[0];
    s->steps = plain ? str_n(regular, 1)
                     : str_n(arena_strndup(&b->states, b->code.data, b->code.len), b->code.len);
}

/* Merge more times of a span into what it has. */
static void absorb(struct span_builder *b, struct span *s, const struct time_steps *more)
{
    struct time_steps have;
    enum time_unit unit = calendar_of(b, more->t_min, more->t_max);
    if (s->times == 0) {
        put_steps(b, s, more);
        return;
    }
    unit = calendar_of(b, s->t_min, s->t_max) == unit ? unit : TIME_UNIT_INDEX;
    if (time_steps_decode(s->steps, s->times, s->t_min, s->t_max, unit, &have)) {
        time_steps_merge(&have, more, unit);
        put_steps(b, s, &have);
    }
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

static void take_steps(struct span_builder *b, uint32_t span, struct time_steps *steps,
                       int64_t first, int64_t last)
{
    struct span *s = &b->spans[span];
    steps->backwards += turns_back(b, s->series, first, last);
    absorb(b, s, steps);
}

/* The times of one span, in row order, n > 0. */
static void take_times(struct span_builder *b, uint32_t span, int64_t *v, size_t n)
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
    take_steps(b, span, &steps, first, last);
}

/* The block holds each span in one piece. */
static void take_pieces(struct span_builder *b)
{
    size_t at = 0;
    for (size_t i = 0; i < b->n_runs; i++) {
        const struct time_run *r = &b->runs[i];
        struct time_steps steps;
        if (r->regular) {
            time_steps_regular(r->n, r->first, r->last, calendar_of(b, r->first, r->last), &steps);
            take_steps(b, r->span, &steps, r->first, r->last);
        } else {
            take_times(b, r->span, b->times + at, r->n);
            at += r->n;
        }
    }
}

static void write_regular(const struct time_run *r, int64_t *to)
{
    for (uint32_t i = 0; i < r->n; i++) {
        to[i] = (int64_t)((uint64_t)r->first + i * r->step);
    }
}

/* Spans are interleaved: bring the times of each together, in row order. counts: one a span of the
 * row group. */
static void take_gathered(struct span_builder *b, const size_t *counts, size_t n_spans)
{
    int64_t *gathered = mem_alloc(b->n_in_block * sizeof *gathered);
    size_t *next = mem_alloc(n_spans * sizeof *next), at = 0;
    for (size_t i = 0; i < n_spans; i++) {
        next[i] = at;
        at += counts[i];
    }
    const int64_t *from = b->times;
    for (size_t i = 0; i < b->n_runs; i++) {
        const struct time_run *r = &b->runs[i];
        size_t *to = &next[r->span - b->group_start];
        if (r->regular) {
            write_regular(r, gathered + *to);
        } else {
            memcpy(gathered + *to, from, r->n * sizeof *from);
            from += r->n;
        }
        *to += r->n;
    }
    for (size_t i = 0; i < n_spans; i++) {
        if (counts[i]) {
            take_times(b, (uint32_t)(b->group_start + i), gathered + next[i] - counts[i],
                       counts[i]);
        }
    }
    mem_free(next);
    mem_free(gathered);
}

static void take_block(struct span_builder *b)
{
    size_t n_spans = b->n - b->group_start;
    if (b->n_in_block == 0) {
        return;
    }
    size_t *counts = mem_zalloc(n_spans * sizeof *counts);
    bool interleaved = false;
    for (size_t i = 0; i < b->n_runs; i++) {
        size_t *count = &counts[b->runs[i].span - b->group_start];
        interleaved |= *count > 0;
        *count += b->runs[i].n;
    }
    if (interleaved) {
        take_gathered(b, counts, n_spans);
    } else {
        take_pieces(b);
    }
    mem_free(counts);
    b->n_times = b->n_in_block = b->n_runs = 0;
}

static int64_t *reserve(int64_t **v, size_t *cap, size_t n)
{
    if (n > *cap) {
        size_t grown = *cap * 2 > n ? *cap * 2 : n;
        *v = mem_realloc(*v, grown * sizeof **v);
        *cap = grown;
    }
    return *v;
}

static int64_t *room_for(struct span_builder *b, size_t n)
{
    int64_t *to = reserve(&b->times, &b->cap_times, b->n_times + n) + b->n_times;
    b->n_times += n;
    return to;
}

/* Do `n` more times go on with the steps of a regular run? If so they are part of it. */
static bool goes_on(struct time_run *r, const int64_t *v, size_t n)
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
    *r = (struct time_run){r->span, r->n + (uint32_t)n, true, first, last, step};
    return true;
}

/* Put `n` > 0 times of one span behind those of the block. */
static void add_times(struct span_builder *b, uint32_t span, const int64_t *v, size_t n)
{
    if (b->n_runs == 0 || b->runs[b->n_runs - 1].span != span) {
        b->runs = mem_grow(b->runs, b->n_runs, &b->cap_runs, sizeof *b->runs);
        b->runs[b->n_runs++] = (struct time_run){.span = span, .regular = true};
    }
    struct time_run *r = &b->runs[b->n_runs - 1];
    b->n_in_block += n;
    if (r->regular) {
        if (goes_on(r, v, n)) {
            return;
        }
        if (r->n) {
            write_regular(r, room_for(b, r->n));
        }
        r->regular = false;
    }
    memcpy(room_for(b, n), v, n * sizeof *v);
    r->n += (uint32_t)n; /* a block has far fewer than 2^32 times */
}

/* The times that are there, and how many. */
static const int64_t *without_nulls(struct span_builder *b, struct run_times t, size_t n,
                                    size_t *kept)
{
    *kept = n;
    if (!t.valid) {
        return t.values;
    }
    int64_t *to = reserve(&b->valid_times, &b->cap_valid_times, n);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        to[at] = t.values[i];
        at += t.valid[i] != 0;
    }
    *kept = at;
    return to;
}

void spans_add_run(struct span_builder *b, uint32_t series, uint64_t rows, struct run_times t)
{
    if (rows == 0) {
        return;
    }
    uint32_t span = (uint32_t)(extend(b, series, rows) - b->spans);
    while (t.values && rows) {
        size_t kept, room = SPANS_BLOCK_TIMES - b->n_in_block;
        size_t n = rows < room ? (size_t)rows : room;
        const int64_t *v = without_nulls(b, t, n, &kept);
        if (kept) {
            add_times(b, span, v, kept);
        }
        t.values += n;
        t.valid = t.valid ? t.valid + n : NULL;
        rows -= n;
        if (b->n_in_block == SPANS_BLOCK_TIMES) {
            take_block(b);
        }
    }
}

/* Runs between asking for memory and using it: long enough for it to arrive, short enough for it to
 * be there still. */
#define AHEAD ((size_t)8)

/* Above this many series their spans outgrow the second-level cache, and asking ahead pays. */
#define PREFETCH_ABOVE 8192

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

/* Without times, a run costs one look at its span. */
static void add_runs_without_times(struct span_builder *b, const struct id_run *runs, size_t n)
{
    /* A copy, which the writes to the spans cannot be taken to change: so it stays in a register.
     */
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
    }
    b->row = row;
}

void spans_add_runs(struct span_builder *b, const struct id_run *runs, size_t n, struct run_times t)
{
    if (!t.values) {
        add_runs_without_times(b, runs, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        spans_add_run(b, runs[i].series, runs[i].rows, t);
        t.values += runs[i].rows;
        t.valid = t.valid ? t.valid + runs[i].rows : NULL;
    }
}

void spans_add_proven(struct span_builder *b, uint32_t series, uint64_t rows, uint64_t times,
                      int64_t t)
{
    struct time_steps steps;
    if (rows == 0) {
        return;
    }
    struct span *s = extend(b, series, rows);
    if (times == 0) {
        return;
    }
    time_steps_regular(1, t, t, calendar_of(b, t, t), &steps);
    steps.times = times;
    steps.duplicates = times - 1;
    take_steps(b, (uint32_t)(s - b->spans), &steps, t, t);
}

void spans_end_group(struct span_builder *b)
{
    take_block(b);
    for (size_t i = b->group_start; i < b->n; i++) {
        b->span_of[b->spans[i].series] = 0;
    }
}

/* The times of a later span of the same series. */
static void add_span_times(struct span_builder *b, struct span *whole, const struct span *s)
{
    struct time_steps steps;
    enum time_unit unit = calendar_of(b, s->t_min, s->t_max);
    if (s->times && time_steps_decode(s->steps, s->times, s->t_min, s->t_max, unit, &steps)) {
        absorb(b, whole, &steps);
    }
}

void spans_finish(struct span_builder *b, size_t n_series, const uint64_t *first_rows)
{
    if (b->n <= SPANS_MERGE_ABOVE || b->n / SPANS_MERGE_PER_SERIES <= n_series) {
        return;
    }
    /* Spans stand in order of first sight within each row group, so writing in place never
     * overtakes reading: the k-th distinct series is met at span k or later. */
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
            spans_merge_values(b, whole, &s);
            add_span_times(b, whole, &s);
        }
    }
    b->n = n;
}
