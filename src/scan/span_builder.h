/* span_builder.h - runs of series (and the times beside them) to spans.
 *
 * One builder a file. For each row group: begin, then runs in row order, then end. A series has one
 * span a row group however often it is interrupted. When a file interleaves its series so heavily
 * that spans outgrow their use, the builder merges them into one span per series and file (span.h
 * says so in `row_group`); the choice depends on the file alone, so it is the same in every run.
 *
 * Rows are counted in lanes, one a series, of eight bytes: of interleaved series each row is a run,
 * and lanes stay in the first-level cache where spans would not. The spans get their sums at the
 * end of the row group.
 *
 * Times are followed series by series as long as their steps are equal and positive: such a series
 * costs a comparison a row and stores nothing, however it is interleaved. The times of the others
 * collect in a block. When it is full, and at the end of the row group, the times of each span are
 * brought together in row order and become a state (time_steps.h) that is merged with what the span
 * has. So a span that is out of order is sorted as far as a block reaches; beyond it its parts
 * merge where they do not overlap. Memory: 12 bytes a series, 64 more with times, two blocks of
 * times at most, and the encoded states.
 */
#ifndef TSI_SCAN_SPAN_BUILDER_H
#define TSI_SCAN_SPAN_BUILDER_H

#include "base/memory.h"
#include "model/span.h"
#include "model/time_steps.h"

/* Above a million spans, with more than four a series, per-row-group spans cost more than they save
 * a reader. */
#define SPANS_MERGE_ABOVE      ((size_t)1 << 20)
#define SPANS_MERGE_PER_SERIES 4

/* Times in a block: 32 MiB. Row groups of a million rows and less, as writers make them, fit in
 * one. */
#define SPANS_BLOCK_TIMES ((size_t)1 << 22)

/* Rows of a series in this row group: relative to `lanes_row`. */
struct row_lane {
    uint32_t rows; /* 0: none yet */
    uint32_t last;
};

/* Times of a series in this block. As long as their steps are equal and positive, the first and the
 * last time and the step say it all. */
struct time_lane {
    int64_t first, last;
    uint64_t step; /* 0: fewer than two times, or stored; so that no next time fits it */
    uint32_t n;    /* times that are not stored; 0 where they are */
    bool stored;
};

/* Consecutive times that are stored, of one series. */
struct time_run {
    uint32_t series;
    uint32_t n;
};

/* The first and the last time of a series in the order of the rows. */
struct last_time {
    int64_t first, t;
    bool known;
};

struct span_builder {
    enum time_unit unit; /* of the times; INDEX: integers, see time_epoch_unit */
    uint8_t grain;       /* of all times so far: time_steps.h */
    struct span *spans;
    size_t n, cap;
    struct span_content *contents; /* of the first spans; those of further ones are empty */
    size_t n_contents, cap_contents;
    uint32_t *span_of; /* series -> index of its span in this row group + 1; 0 none */
    struct row_lane *lanes;
    size_t n_span_of;   /* series that have a place in both */
    size_t expected;    /* series, by a guess */
    size_t group_start; /* first span of the row group under way */
    uint32_t row_group;
    uint64_t row;       /* next row, in the row group */
    uint64_t lanes_row; /* row that the lanes count from */
    struct time_lane *time_lanes;
    struct last_time *last; /* one a series, as in time_lanes */
    size_t n_time_lanes;
    size_t n_in_block; /* times, stored or not */
    int64_t *times;    /* those that are stored, one after another */
    size_t n_times, cap_times;
    struct time_run *runs;
    size_t n_runs, cap_runs;
    int64_t *valid_times; /* scratch: times without their nulls */
    size_t cap_valid_times;
    size_t n_targets;    /* states in `values` of a span */
    struct arena states; /* what `steps` and `values` of spans point into */
    struct strbuf code;  /* scratch: a state as bytes */
};

/* The times of the rows of a run. */
struct run_times {
    const int64_t *values; /* NULL: no times at this depth */
    const uint8_t *valid;  /* NULL: none is null */
};

struct id_run;

void spans_init(struct span_builder *b, enum time_unit unit);
void spans_free(struct span_builder *b);
void spans_begin_group(struct span_builder *b, uint32_t row_group);
void spans_add_run(struct span_builder *b, uint32_t series, uint64_t rows, struct run_times t);
/* Many runs at once, whose times stand one behind the other: of interleaved series each row is a
 * run. */
void spans_add_runs(struct span_builder *b, const struct id_run *runs, size_t n,
                    struct run_times t);
/* The same of `n` rows of a series each. */
void spans_add_rows(struct span_builder *b, const uint32_t *series, size_t n, struct run_times t);
/* A row that is a series, with the records in its lists: the row first, then its records, as they
 * come. A row without records is one of the series all the same. */
void spans_add_row(struct span_builder *b, uint32_t series);
void spans_add_records(struct span_builder *b, uint32_t series, uint64_t records,
                       struct run_times t);
/* A run whose times statistics prove: `times` rows hold `t`, the others none. */
void spans_add_proven(struct span_builder *b, uint32_t series, uint64_t rows, uint64_t times,
                      int64_t t);
void spans_end_group(struct span_builder *b);
/* After the last row group: do the bounds above ask for one span a series? */
bool spans_are_many(uint64_t n_spans, uint64_t n_series);
/* Then: merge them. `first_rows`: first row of each row group in the file. */
void spans_make_whole(struct span_builder *b, const uint64_t *first_rows);
/* One content a span; NULL where all are empty. */
const struct span_content *spans_contents(struct span_builder *b);
/* Bytes that it holds. */
uint64_t spans_bytes(const struct span_builder *b);

/* The states of `s`, a later span of the same series, become part of those of `whole`, before their
 * times do. (span_merge.c) */
void spans_merge_values(struct span_builder *b, struct span_content *whole,
                        const struct span_content *s);

/* What a span holds: to be changed, which no other call may come between; or to be looked at. */
struct span_content *spans_content(struct span_builder *b, size_t span);
const struct span_content *spans_content_of(const struct span_builder *b, size_t span);

/* So many series may be met, by a guess: what grows grows to that, as far as it is likely. */
void spans_expect(struct span_builder *b, size_t series);
/* Room for the series up to this one. */
void spans_reserve_series(struct span_builder *b, uint32_t series);
/* Put the spans of the row groups that follow, which were built apart, behind those of `b`, as if
 * it had met them itself. `numbers`: of each series of `next`, its number here, below n_series.
 * `next` is used up: spans_free is all that may follow. (span_merge.c) */
void spans_append(struct span_builder *b, struct span_builder *next, const uint32_t *numbers,
                  size_t n_series);

/* ---- span_times.c, for span_builder.c and span_merge.c ---- */

/* The next times of a series that has a span in this row group, or of rows of such series; they fit
 * the block. */
void spans_take_times(struct span_builder *b, uint32_t series, const int64_t *v, size_t n);
void spans_take_row_times(struct span_builder *b, const uint32_t *series, const int64_t *v,
                          size_t n);
/* The block is full or the row group ends: its times become states of their spans. */
void spans_take_block(struct span_builder *b);
/* The state of further times of a span, of which `first` and `last` are the ones in row order. */
void spans_take_steps(struct span_builder *b, size_t span, struct time_steps *steps, int64_t first,
                      int64_t last);
/* Of a series that has a place. */
struct last_time *spans_last(struct span_builder *b, uint32_t series);
/* The times of a later span of the same series. */
void spans_merge_times(struct span_builder *b, struct span_content *whole,
                       const struct span_content *s);
/* As time_steps.h: integers are looked at as the epoch that their magnitude suggests. */
enum time_unit spans_calendar(const struct span_builder *b, int64_t t_min, int64_t t_max);

#endif
