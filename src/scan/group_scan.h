/* group_scan.h - one row group: the bytes of its chunks to spans. Pure: no I/O. */
#ifndef TSI_SCAN_GROUP_SCAN_H
#define TSI_SCAN_GROUP_SCAN_H

#include "scan/file_plan.h"
#include "scan/scan_part.h"

struct group_input {
    const struct parquet_footer *footer;
    const struct file_columns *columns;
    const struct group_plan *plan;
    uint32_t row_group;
    struct chunk_piece id[ID_COLUMNS_MAX]; /* set where plan->read_ids has the bit */
    struct chunk_piece time;               /* set where plan->read_time */
    struct chunk_piece *targets;           /* set where plan->read_targets: one each */
    struct chunk_piece lengths, periods;   /* set where the columns' lists have them */
    enum time_unit time_unit;              /* for INT96 and text: TIME_UNIT_NS or TIME_UNIT_US */
    struct counters *counters;
};

/* Adds what the row group holds to `part`. */
MUST_CHECK enum error_code group_scan(const struct group_input *in, struct scan_part *part,
                                      struct error *err);

#endif
