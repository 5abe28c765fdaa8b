#include "scan/span_builder.h"

#include <string.h>

#include "base/memory.h"
#include "scan/id_runs.h"

void spans_init(struct span_builder *b, enum time_unit unit)
{
    *b = (struct span_builder){.unit = unit, .grain = TIME_GRAIN_MAX};
    arena_init(&b->states);
    strbuf_init(&b->code, TIME_STEPS_BYTES_MAX);
}

void spans_free(struct span_builder *b)
{
    mem_free(b->spans);
    mem_free(b->contents);
    mem_free(b->span_of);
    mem_free(b->lanes);
    mem_free(b->time_lanes);
    mem_free(b->last);
    mem_free(b->times);
    mem_free(b->valid_times);
    mem_free(b->runs);
    arena_reset(&b->states);
    strbuf_free(&b->code);
    *b = (struct span_builder){0};
}

uint64_t spans_bytes(const struct span_builder *b)
{
    return b->n * sizeof *b->spans + b->n_contents * sizeof *b->contents +
           b->n_span_of * (sizeof *b->span_of + sizeof *b->lanes) +
           b->n_time_lanes * (sizeof *b->time_lanes + sizeof *b->last) + b->states.total +
           b->cap_times * sizeof *b->times + b->cap_valid_times * sizeof *b->valid_times +
           b->cap_runs * sizeof *b->runs;
}

void spans_begin_group(struct span_builder *b, uint32_t row_group)
{
    b->row_group = row_group;
    b->row = b->lanes_row = 0;
    b->group_start = b->n;
}

void spans_expect(struct span_builder *b, size_t series)
{
    b->expected = series;
}

/* Room to make for `need` where there is room for `have`. As it is only a guess, what is expected
 * makes an array larger by no more than this. */
#define GUESS_MAX 8

static size_t grown(const struct span_builder *b, size_t have, size_t need)
{
    size_t most = have * GUESS_MAX, expected = b->expected < most ? b->expected : most;
    return need > expected ? need : expected;
}

void spans_reserve_series(struct span_builder *b, uint32_t series)
{
    if (series < b->n_span_of) {
        return;
    }
    size_t had = b->n_span_of;
    size_t room = had ? had * 2 : 256; /* not more: all of it is cleared */
    room = grown(b, had, room > series ? room : (size_t)series + 1);
    b->span_of = mem_realloc(b->span_of, room * sizeof *b->span_of);
    memset(b->span_of + had, 0, (room - had) * sizeof *b->span_of);
    b->lanes = mem_realloc(b->lanes, room * sizeof *b->lanes);
    memset(b->lanes + had, 0, (room - had) * sizeof *b->lanes);
    b->n_span_of = room;
}

/* ---- contents ---- */

struct span_content *spans_content(struct span_builder *b, size_t span)
{
    if (span >= b->n_contents) {
        if (b->cap_contents < b->n) {
            b->cap_contents = b->cap > b->n ? b->cap : b->n;
            b->contents = mem_realloc(b->contents, b->cap_contents * sizeof *b->contents);
        }
        memset(b->contents + b->n_contents, 0, (b->n - b->n_contents) * sizeof *b->contents);
        b->n_contents = b->n;
    }
    return &b->contents[span];
}

const struct span_content *spans_content_of(const struct span_builder *b, size_t span)
{
    static const struct span_content none;
    return span < b->n_contents ? &b->contents[span] : &none;
}

const struct span_content *spans_contents(struct span_builder *b)
{
    return b->n_contents ? spans_content(b, b->n - 1) - (b->n - 1) : NULL;
}

/* ---- rows ---- */

static inline void reserve_spans(struct span_builder *b, size_t more)
{
    if (b->cap - b->n < more) {
        b->cap = grown(b, b->cap, mem_grown(b->cap, b->n + more, sizeof *b->spans));
        b->spans = mem_realloc(b->spans, b->cap * sizeof *b->spans);
    }
}

/* The series has no rows in its lane: it begins a span at `row`, unless it has one. */
static void begin_span(struct span_builder *b, uint32_t series, uint64_t row)
{
    if (b->span_of[series]) {
        return;
    }
    reserve_spans(b, 1);
    b->spans[b->n++] = (struct span){.series = series, .row_group = b->row_group, .first_row = row};
    b->span_of[series] = (uint32_t)b->n;
}

/* What its lane holds becomes part of the span. */
static inline void empty_lane(struct span_builder *b, struct span *s)
{
    struct row_lane *lane = &b->lanes[s->series];
    if (lane->rows) {
        s->rows += lane->rows;
        s->last_row = b->lanes_row + lane->last;
        *lane = (struct row_lane){0};
    }
}

static void empty_lanes(struct span_builder *b)
{
    for (size_t i = b->group_start; i < b->n; i++) {
        empty_lane(b, &b->spans[i]);
    }
    b->lanes_row = b->row;
}

/* Lanes count in 32 bits: have room for `rows` more. */
static void reserve_rows(struct span_builder *b, uint64_t rows)
{
    if (b->row - b->lanes_row + rows > UINT32_MAX) {
        empty_lanes(b);
    }
}

/* At most 2^32 - 1 rows. */
static inline void add_to_lane(struct span_builder *b, uint32_t series, uint32_t rows)
{
    struct row_lane *lane = &b->lanes[series];
    if (lane->rows == 0) {
        begin_span(b, series, b->row);
    }
    lane->rows += rows;
    b->row += rows;
    lane->last = (uint32_t)(b->row - b->lanes_row - 1);
}

static void add_rows_of(struct span_builder *b, uint32_t series, uint64_t rows)
{
    spans_reserve_series(b, series);
    while (rows) {
        uint32_t some = rows < UINT32_MAX ? (uint32_t)rows : UINT32_MAX;
        reserve_rows(b, some);
        add_to_lane(b, series, some);
        rows -= some;
    }
}

/* Rows between asking for memory and using it: long enough for it to arrive, short enough for it to
 * be there still. */
#define AHEAD ((size_t)16)

/* Above this many series their lanes outgrow what the second-level cache has left, and asking ahead
 * pays. */
#define PREFETCH_ABOVE 16384

static void prefetch_lane(const struct span_builder *b, uint32_t series)
{
    __builtin_prefetch(&b->lanes[series], 1);
}

static uint32_t highest(const uint32_t *series, size_t n)
{
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        most = series[i] > most ? series[i] : most;
    }
    return most;
}

/* Rows of a series each, n > 0. */
static void count_rows(struct span_builder *b, const uint32_t *series, size_t n)
{
    spans_reserve_series(b, highest(series, n));
    reserve_rows(b, n);
    bool ahead = b->n_span_of > PREFETCH_ABOVE;
    struct row_lane *lanes = b->lanes;
    uint32_t row = (uint32_t)(b->row - b->lanes_row);
    for (size_t i = 0; i < n; i++) {
        if (ahead && i + AHEAD < n) {
            prefetch_lane(b, series[i + AHEAD]);
        }
        struct row_lane *lane = &lanes[series[i]];
        if (lane->rows == 0) {
            begin_span(b, series[i], b->row + i);
        }
        lane->rows++;
        lane->last = row + (uint32_t)i;
    }
    b->row += n;
}

/* Runs of many series, many of which are new: whether one is cannot be predicted, so every run
 * writes a span, and the next one overwrites it unless it was the first of its series. There is
 * room, and lanes have not been emptied in this row group: a series without rows in its lane has no
 * span. */
static void count_scattered(struct span_builder *b, const struct id_run *runs, size_t n)
{
    uint32_t nowhere;
    reserve_spans(b, n);
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n) {
            prefetch_lane(b, runs[i + AHEAD].series);
        }
        struct id_run run = runs[i];
        if (run.rows == 0) {
            continue;
        }
        struct row_lane *lane = &b->lanes[run.series];
        bool first = lane->rows == 0;
        b->spans[b->n] =
            (struct span){.series = run.series, .row_group = b->row_group, .first_row = b->row};
        b->n += first;
        *(first ? &b->span_of[run.series] : &nowhere) = (uint32_t)b->n;
        lane->rows += run.rows;
        b->row += run.rows;
        lane->last = (uint32_t)b->row - 1;
    }
}

static void count_runs(struct span_builder *b, const struct id_run *runs, size_t n)
{
    uint64_t rows = 0;
    uint32_t most = 0;
    for (size_t i = 0; i < n; i++) {
        rows += runs[i].rows;
        most = runs[i].series > most ? runs[i].series : most;
    }
    if (rows > UINT32_MAX) {
        for (size_t i = 0; i < n; i++) {
            add_rows_of(b, runs[i].series, runs[i].rows);
        }
        return;
    }
    spans_reserve_series(b, most);
    reserve_rows(b, rows);
    if (b->n_span_of > PREFETCH_ABOVE && b->lanes_row == 0) {
        count_scattered(b, runs, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (runs[i].rows) {
            add_to_lane(b, runs[i].series, runs[i].rows);
        }
    }
}

/* ---- rows with times ---- */

/* The times that are there, and how many. */
static const int64_t *without_nulls(struct span_builder *b, struct run_times t, size_t n,
                                    size_t *kept)
{
    *kept = n;
    if (!t.valid) {
        return t.values;
    }
    if (n > b->cap_valid_times) {
        b->valid_times = mem_realloc(b->valid_times, n * sizeof *b->valid_times);
        b->cap_valid_times = n;
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        b->valid_times[at] = t.values[i];
        at += t.valid[i] != 0;
    }
    *kept = at;
    return b->valid_times;
}

/* Rows that the block has room for. */
static size_t fit(const struct span_builder *b, uint64_t rows)
{
    size_t room = SPANS_BLOCK_TIMES - b->n_in_block;
    return rows < room ? (size_t)rows : room;
}

static void skip(struct run_times *t, size_t n)
{
    t->values += n;
    t->valid = t->valid ? t->valid + n : NULL;
}

/* Of rows that the lanes or the span have counted. */
static void add_times(struct span_builder *b, uint32_t series, uint64_t rows, struct run_times t)
{
    while (t.values && rows) {
        size_t kept, n = fit(b, rows);
        const int64_t *v = without_nulls(b, t, n, &kept);
        if (kept) {
            spans_take_times(b, series, v, kept);
        }
        skip(&t, n);
        rows -= n;
        if (b->n_in_block == SPANS_BLOCK_TIMES) {
            spans_take_block(b);
        }
    }
}

void spans_add_run(struct span_builder *b, uint32_t series, uint64_t rows, struct run_times t)
{
    add_rows_of(b, series, rows);
    add_times(b, series, rows, t);
}

void spans_add_row(struct span_builder *b, uint32_t series)
{
    spans_reserve_series(b, series);
    begin_span(b, series, b->row);
    b->spans[b->span_of[series] - 1].last_row = b->row++;
}

void spans_add_records(struct span_builder *b, uint32_t series, uint64_t records,
                       struct run_times t)
{
    b->spans[b->span_of[series] - 1].rows += records;
    add_times(b, series, records, t);
}

void spans_add_runs(struct span_builder *b, const struct id_run *runs, size_t n, struct run_times t)
{
    if (!t.values) {
        count_runs(b, runs, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        spans_add_run(b, runs[i].series, runs[i].rows, t);
        skip(&t, runs[i].rows);
    }
}

static void add_valid_times(struct span_builder *b, const uint32_t *series, struct run_times t,
                            size_t n)
{
    if (!t.valid) {
        spans_take_row_times(b, series, t.values, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (t.valid[i]) {
            spans_take_row_times(b, series + i, t.values + i, 1);
        }
    }
}

void spans_add_rows(struct span_builder *b, const uint32_t *series, size_t n, struct run_times t)
{
    if (n == 0) {
        return;
    }
    count_rows(b, series, n);
    while (t.values && n) {
        size_t some = fit(b, n);
        add_valid_times(b, series, t, some);
        skip(&t, some);
        series += some;
        n -= some;
        if (b->n_in_block == SPANS_BLOCK_TIMES) {
            spans_take_block(b);
        }
    }
}

void spans_add_proven(struct span_builder *b, uint32_t series, uint64_t rows, uint64_t times,
                      int64_t t)
{
    struct time_steps steps;
    if (rows == 0) {
        return;
    }
    add_rows_of(b, series, rows);
    if (times == 0) {
        return;
    }
    time_steps_regular(1, t, t, spans_calendar(b, t, t), &steps);
    steps.times = times;
    steps.duplicates = times - 1;
    spans_take_steps(b, b->span_of[series] - 1, &steps, t, t);
}

void spans_end_group(struct span_builder *b)
{
    spans_take_block(b);
    for (size_t i = b->group_start; i < b->n; i++) {
        empty_lane(b, &b->spans[i]);
        b->span_of[b->spans[i].series] = 0;
    }
}

bool spans_are_many(uint64_t n_spans, uint64_t n_series)
{
    return n_spans > SPANS_MERGE_ABOVE && n_spans / SPANS_MERGE_PER_SERIES > n_series;
}

static void merge_content(struct span_builder *b, size_t whole, const struct span_content *held)
{
    if (b->n_contents) {
        spans_merge_values(b, spans_content(b, whole), held);
        spans_merge_times(b, spans_content(b, whole), held);
    }
}

void spans_make_whole(struct span_builder *b, const uint64_t *first_rows)
{
    /* Spans stand in order of first sight within each row group, so writing in place never
     * overtakes reading: the k-th distinct series is met at span k or later. */
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct span s = b->spans[i];
        struct span_content held = *spans_content_of(b, i);
        uint64_t base = first_rows[s.row_group];
        uint32_t at = b->span_of[s.series];
        if (at == 0) {
            b->span_of[s.series] = (uint32_t)(n + 1);
            s.first_row += base;
            s.last_row += base;
            s.row_group = SPAN_WHOLE_FILE;
            if (i < b->n_contents) {
                b->contents[n] = held;
            }
            b->spans[n++] = s;
        } else {
            struct span *whole = &b->spans[at - 1];
            whole->rows += s.rows;
            whole->last_row = base + s.last_row;
            merge_content(b, at - 1, &held);
        }
    }
    b->n = n;
    b->n_contents = b->n_contents < n ? b->n_contents : n;
}
