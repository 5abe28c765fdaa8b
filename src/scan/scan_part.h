/* scan_part.h - what the scan of some row groups of a file found: its series, their spans, remarks.
 *
 * A whole file is a part, too. Parts of consecutive row groups become one by part_append, and it
 * makes no difference then where the file was cut: series are numbered in the order they are met,
 * and a time that is earlier than the last one of its series is noticed across the cut.
 */
#ifndef TSI_SCAN_SCAN_PART_H
#define TSI_SCAN_SCAN_PART_H

#include "scan/id_runs.h"
#include "scan/span_builder.h"
#include "scan/time_reader.h"
#include "scan/uneven.h"

struct scan_part {
    struct id_set ids;
    struct span_builder spans;
    struct time_remarks remarks;
    struct uneven_targets uneven;
};

/* `unit`: of the spans' times. */
void part_init(struct scan_part *p, enum time_unit unit);
void part_free(struct scan_part *p);

/* Bytes that it holds. */
uint64_t part_bytes(const struct scan_part *p);

/* `next`, the part of the row groups behind those of `p`, becomes part of `p`, and is freed. Both
 * have the same unit. */
void part_append(struct scan_part *p, struct scan_part *next);

/* What a file's result says of all its series together, so that it is known where they are not at
 * hand. Facts of parts add up to those of the file. */
struct part_facts {
    uint64_t spans, rows; /* rows: of all spans */
    uint64_t series_most; /* of any one part: the file has no fewer */
    bool timed;
    int64_t t_min, t_max; /* of all spans; valid where timed */
    uint8_t grain;        /* of all times; set by facts_init */
    struct time_remarks remarks;
    struct uneven_targets uneven;
};

void facts_init(struct part_facts *f);
void facts_free(struct part_facts *f);
void facts_add_part(struct part_facts *f, const struct scan_part *p);
void facts_add(struct part_facts *f, const struct part_facts *more);

#endif
