/* list_scan.h - a row group of a file of one series a row: its lists to spans. Pure: no I/O.
 *
 * The lists of one column say how many records each row has: that of the times, or of the values
 * where times are a start and a period. Lengths come from levels alone; below depth `time` nothing
 * else is read of lists.
 */
#ifndef TSI_SCAN_LIST_SCAN_H
#define TSI_SCAN_LIST_SCAN_H

#include "scan/group_scan.h"

/* The rows of the runs into `b`, whose row group has begun. *uneven grows by targets whose lists
 * are not as long as their rows. */
MUST_CHECK enum error_code list_scan(const struct group_input *in, struct id_runs *runs,
                                     struct span_builder *b, struct time_remarks *remarks,
                                     struct uneven_targets *uneven, struct error *err);

#endif
