/* candidates.h - which columns look like a series id or a time, by name and type alone.
 *
 * Names are split into words at '_', '-', '.', blanks and changes of case, and compared whole:
 * `country` holds no "count", `runtime` and `sentiment` hold no "time". Only flat top-level columns
 * are candidates; for times lists are, too. The order is the order of trust. Nothing here looks at
 * data: detect.h confirms.
 */
#ifndef TSI_SCAN_CANDIDATES_H
#define TSI_SCAN_CANDIDATES_H

#include "parquet/footer.h"

struct id_candidate {
    uint32_t columns[2]; /* indexes into footer->columns */
    size_t n;            /* 1 or 2 */
};

struct candidates {
    struct id_candidate *ids; /* single columns first, then pairs */
    size_t n_ids;
    uint32_t *times;
    size_t n_times;
};

void candidates_find(const struct parquet_footer *f, struct arena *a, struct candidates *out);

#endif
