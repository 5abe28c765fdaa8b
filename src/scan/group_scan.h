/* group_scan.h - one row group: the bytes of its id and time chunks to spans. Pure: no I/O. */
#ifndef TSI_SCAN_GROUP_SCAN_H
#define TSI_SCAN_GROUP_SCAN_H

#include "scan/file_plan.h"
#include "scan/id_runs.h"
#include "scan/span_builder.h"
#include "scan/time_reader.h"

struct group_input {
    const struct parquet_footer *footer;
    const struct file_columns *columns;
    const struct group_plan *plan;
    uint32_t row_group;
    struct chunk_piece id[ID_COLUMNS_MAX]; /* set where plan->read_ids has the bit */
    struct chunk_piece time;               /* set where plan->read_time */
    struct chunk_piece *targets;           /* set where plan->read_targets: one each */
    enum time_unit time_unit;              /* for INT96 and text: TIME_UNIT_NS or TIME_UNIT_US */
    struct counters *counters;
};

/* Adds the row group's spans to `b`, its series to `set`, and what is remarkable about its times to
 * *remarks. */
MUST_CHECK enum error_code group_scan(const struct group_input *in, struct id_set *set,
                                      struct span_builder *b, struct time_remarks *remarks,
                                      struct error *err);

#endif
