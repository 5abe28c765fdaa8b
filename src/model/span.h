/* span.h - the atom of every statistic: all rows of one series inside one row group of one file.
 *
 * Everything the catalog says of a series is a sum, a minimum or a maximum over its spans; a fetch
 * is a list of spans; an update adds and removes spans. Where a file interleaves its series so
 * heavily that spans would outgrow their use, its spans are merged into one per series: `row_group`
 * is then SPAN_WHOLE_FILE.
 */
#ifndef TSI_MODEL_SPAN_H
#define TSI_MODEL_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "model/depth.h"
#include "model/object.h"
#include "model/time.h"

#define SPAN_WHOLE_FILE UINT32_MAX

struct span {
    uint32_t series; /* index into file_result.ids */
    uint32_t row_group;
    uint64_t first_row; /* in the row group (in the file for SPAN_WHOLE_FILE), 0-based */
    uint64_t rows;      /* of a file whose lists hold the records: elements of these */
    uint64_t last_row; /* of the last row of the series; last - first + 1 == rows means one unbroken
                          run, where rows are not elements */
};

/* What the rows of a span hold. Beside the spans, as of many series, read to depth `series`, there
 * would be twice as many bytes of nothing. */
struct span_content {
    int64_t t_min, t_max; /* in file_result.time_unit; valid where times > 0 */
    uint64_t times;       /* rows with a time; rows - times have none. 0 below depth `time` */
    struct str steps; /* how the times follow one another: time_steps_encode; len 0 where unknown */
    struct str values; /* of each target of the file, one behind the other: value_stats_encode; len
                          0 below depth `values` and where there is none */
};

/* One leaf column of a file's schema, as the catalog keeps it. */
struct file_column {
    const char *name;  /* dotted path for nested ones */
    const char *field; /* of a list of plain values: what it is called; NULL for others */
    const char *type;  /* "int64", "string", "timestamp[us, UTC]", "decimal(9,2)", "list<double>" */
    bool nullable;
    uint64_t null_count; /* valid where has_null_count */
    bool has_null_count;
    uint64_t bytes;  /* compressed, over all row groups */
    uint32_t target; /* 1 for the first of the states in span.values ...; 0: it is no target */
    const char *target_note; /* why it is none although it should be; NULL */
};

/* What one file taught us. Lives in the job's arena until the writer has recorded it. */
struct file_result {
    struct object object;
    enum depth depth; /* the rung that was completed */
    uint64_t rows;
    bool has_elements; /* a row is a series, and the elements of its lists are the records */
    uint64_t elements; /* of all rows */
    uint32_t row_groups;
    const char *created_by; /* the writer, as the footer names it; NULL unknown */
    struct file_column *columns;
    size_t n_columns;
    enum time_unit
        time_unit; /* TIME_UNIT_NONE below depth `time`, where there is no time column, and where
                      integers hold no time at all, so that their unit is not known */
    enum time_kind time_kind;
    bool time_utc, zone_unknown; /* no text says whether it is UTC */
    bool time_rounded;  /* INT96 nanoseconds that fit no 64-bit unit exactly were floored to
                           microseconds */
    uint8_t time_grain; /* of all times: time_steps.h */
    struct str *ids;    /* the distinct series of the file, in their text form (series_id.h) */
    size_t n_ids;
    struct span *spans;
    size_t n_spans;
    const struct span_content *contents; /* one a span; NULL: all of them are empty */
    /* Of a file that has more of them than should be held at once: those above are empty, and
     * each call gives the next of them, series of their own and all the spans of these. *more
     * false: there are none. */
    enum error_code (*next)(void *user, struct file_result *r, bool *more, struct error *err);
    void *user;
    enum error_code time_failed; /* OK, or why the times alone could not be read */
    const char *time_failure;
    enum error_code failed; /* OK, or why the file (at this depth) could not be read */
    const char *failure;    /* the text of it */
};

#endif
