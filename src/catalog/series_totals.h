/* series_totals.h - what the series of a dataset come to, summed while their rows are written.
 *
 * Sums, minima, maxima and counts: the same for any order of series. A sum that does not fit in 64
 * bits is not known, and neither is one to which no series contributes.
 */
#ifndef TSI_CATALOG_SERIES_TOTALS_H
#define TSI_CATALOG_SERIES_TOTALS_H

#include "catalog/internal.h"
#include "model/frequency.h"
#include "model/value_stats.h"

/* A figure that some series lack. */
struct figure {
    bool known;
    int64_t value;
};
struct figure figure_of(uint64_t v); /* not known where 64 bits with a sign do not hold it */

/* A series of `series_metadata`. */
struct series_figures {
    struct figure records, first, last, first_timestamp, last_timestamp, null_times;
    struct figure gaps, missing, longest_gap, duplicates, out_of_order, distinct_steps, step;
    const char *steps_quality; /* NULL: not known */
    struct frequency frequency;
};

/* A sum of figures, some of which may not be known. */
struct total {
    bool known;
    __int128 sum;
};

struct series_totals {
    int64_t series;
    struct total records, null_times, gaps, missing, duplicates, out_of_order;
    struct figure shortest, longest, first, last, first_timestamp, last_timestamp;
    int64_t with_frequency, with_gaps, with_duplicates, with_out_of_order, irregular, unordered;
    struct map frequencies; /* name -> series */

    int64_t targets; /* with figures */
    struct total values, nulls, nans, infinities, zeros, negatives;
    int64_t constant, intermittent, values_unordered; /* series and targets, each */
};

void series_totals_init(struct series_totals *t);
void series_totals_free(struct series_totals *t);
void series_totals_add(struct series_totals *t, const struct series_figures *f);
/* A row of series_values. */
void series_totals_add_values(struct series_totals *t, const struct value_stats *s,
                              bool intermittent);
/* The frequency of most series, the first by name of several; false where no series has one. */
bool series_totals_frequency(const struct series_totals *t, struct str *name, int64_t *series);
struct figure total_figure(const struct total *t);

#endif
