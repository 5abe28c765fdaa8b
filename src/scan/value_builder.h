/* value_builder.h - the values of a row group's spans to their states.
 *
 * Ids and times are walked first (group_scan.c); this notes, for a block of rows, which span each
 * row belongs to and its time. When the block is full, and at the end of the row group, the rows of
 * each span are brought into order of time, once for all targets; then the block's rows of one
 * target after the other are decoded and become states (value_stats.h). So however many targets
 * there are, the values of one of them are in memory at a time.
 *
 * Where spans lie one behind the other and their times ascend, as in most files, no row is moved
 * and values go from the decoder's batch into the state.
 *
 * A span that goes on in another block has its states merged; blocks that overlap in time make its
 * order unknown (VALUES_UNORDERED). Memory: at most VALUES_BLOCK_ROWS x 42 bytes, and the encoded
 * states.
 */
#ifndef TSI_SCAN_VALUE_BUILDER_H
#define TSI_SCAN_VALUE_BUILDER_H

#include "model/value_stats.h"
#include "parquet/chunk.h"
#include "scan/list_values.h"
#include "scan/span_builder.h"

/* Row groups of a million rows and less, as writers make them, fit in one. */
#define VALUES_BLOCK_ROWS ((size_t)1 << 20)

struct value_target {
    struct chunk_reader *reader;
    struct list_values *lists; /* in place of `reader`: the rows are elements */
    const struct parquet_column *column;
    struct chunk_f64s batch;
    size_t at; /* of it */
};

/* Rows of a span that lie together in the block. */
struct value_run {
    uint32_t series, rows;
};

/* Rows of a span in order: `timed` of them by time, then those without one. */
struct value_piece {
    uint32_t span; /* of the row group: 0 is its first */
    uint32_t from, timed, timeless;
};

/* What is known of a span of the row group. */
struct value_span {
    int64_t t_min, t_max; /* of the rows with a time so far */
    bool timed;
};

struct value_builder {
    struct span_builder *spans;
    struct value_target *targets;
    size_t n_targets;
    bool has_times;
    /* The block: */
    struct value_run *runs;
    size_t n_runs, cap_runs, rows;
    int64_t *times;
    uint8_t *timed; /* one a row: it has a time */
    bool some_timeless;
    /* Its order: */
    struct value_piece *pieces;
    size_t n_pieces, cap_pieces;
    uint32_t *order; /* row of each place; used where `moved` */
    bool moved;
    int64_t *sorted; /* times in that order */
    /* The row group: */
    struct value_span *known;
    struct str *codes; /* span x n_targets + target: states so far, in `arena` */
    size_t n_known, cap_known;
    struct arena arena;
    struct strbuf code;
    struct value_columns *columns; /* scratch of a block that is moved */
};

/* Readers are the caller's. */
void values_init(struct value_builder *b, struct span_builder *spans, struct value_target *targets,
                 size_t n_targets, bool has_times);
void values_free(struct value_builder *b);
/* After the same runs were added to the spans. The times are those of their rows. */
MUST_CHECK enum error_code values_add_run(struct value_builder *b, uint32_t series, uint64_t rows,
                                          struct run_times t, struct error *err);
/* At the end of the row group, before spans_end_group: the spans have their states. */
MUST_CHECK enum error_code values_end_group(struct value_builder *b, struct error *err);

/* The states of two spans of one series, all targets of each, to those of both: bytes in b->code.
 */
void values_merge_codes(struct strbuf *out, size_t n_targets, const struct span_content *a,
                        const struct span_content *b);

#endif
