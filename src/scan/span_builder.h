/* span_builder.h - runs of series (and the times beside them) to spans.
 *
 * One builder a file. For each row group: begin, then runs in row order, then end. A series has one span a row group however
 * often it is interrupted. When a file interleaves its series so heavily that spans outgrow their use, the builder merges
 * them into one span per series and file (span.h says so in `row_group`); the choice depends on the file alone, so it is
 * the same in every run.
 */
#ifndef TSI_SCAN_SPAN_BUILDER_H
#define TSI_SCAN_SPAN_BUILDER_H

#include "model/span.h"

/* Above a million spans, with more than four a series, per-row-group spans cost more than they save a reader. */
#define SPANS_MERGE_ABOVE     ((size_t)1 << 20)
#define SPANS_MERGE_PER_SERIES 4

struct span_builder {
    struct span *spans;
    size_t n, cap;
    uint32_t *span_of; /* series -> index of its span in this row group + 1; 0 none */
    size_t n_span_of;
    size_t group_start; /* first span of the row group under way */
    uint32_t row_group;
    uint64_t row;       /* next row, in the row group */
};

/* The times of the rows of a run. */
struct run_times {
    const int64_t *values; /* NULL: no times at this depth */
    const uint8_t *valid;  /* NULL: none is null */
};

struct id_run;

void spans_init(struct span_builder *b);
void spans_free(struct span_builder *b);
void spans_begin_group(struct span_builder *b, uint32_t row_group);
void spans_add_run(struct span_builder *b, uint32_t series, uint64_t rows, struct run_times t);
/* Many runs at once, whose times stand one behind the other: of interleaved series each row is a run. */
void spans_add_runs(struct span_builder *b, const struct id_run *runs, size_t n, struct run_times t);
/* The bounds of a run's times where statistics prove them; `times` rows have one. */
void spans_add_proven(struct span_builder *b, uint32_t series, uint64_t rows, uint64_t times,
                      int64_t t_min, int64_t t_max);
void spans_end_group(struct span_builder *b);
/* After the last row group: merge where the bound above says so. `first_rows`: first row of each row group in the file. */
void spans_finish(struct span_builder *b, size_t n_series, const uint64_t *first_rows);

#endif
