/* totals.h - spans of all files to one row a series: what SELECT id, count(*), min(t), max(t) GROUP
 * BY id gives.
 *
 * The ids of each file are sorted out by their hashes into parts, whose tables fit into a cache;
 * then part by part is made of all files. Any number of threads does the one, then the other.
 */
#ifndef BENCH_IDS_TOTALS_H
#define BENCH_IDS_TOTALS_H

#include <stdio.h>

#include "work.h"

struct bounds {
    uint64_t times;
    int64_t t_min, t_max;
};

/* The series whose hash falls to this part; one thread a part, and nothing is shared. */
struct totals_part {
    struct id_set ids;     /* the number of a series is that of its total */
    uint64_t *rows;        /* one a series */
    struct bounds *bounds; /* likewise; NULL below depth `time` */
    size_t cap;
};

struct totals {
    struct totals_part *parts;
    unsigned n_parts;
    uint64_t series, rows, spans;
};

/* Of a scan that succeeded; on w->threads threads. */
void totals_make(struct totals *t, struct work *w);
void totals_free(struct totals *t);

/* Of all figures. */
uint64_t totals_checksum(const struct totals *t);

/* Lines "id<TAB>rows[<TAB>t_min<TAB>t_max]" in no order. */
void totals_print(const struct totals *t, enum depth depth, FILE *to);

#endif
