/* value_levels.h - the series at coarser resolutions: hashes of its means and sums of hours, days,
 * weeks and months.
 *
 * The hash of a series' daily means is that of another series which holds just these means. So a
 * resampled copy is found without reading either again. Means and sums are rounded to single
 * precision before they are hashed, since no two programs add doubles in the same order; ties there
 * are numbers that doubles hold exactly.
 *
 * A state is the first and the last bucket, which may go on in another part, and the hashes of
 * those between. Sums of a bucket are kept in two doubles, about 106 bits. Hours, days and so on
 * are those of the times as they stand; weeks begin on Monday.
 */
#ifndef TSI_MODEL_VALUE_LEVELS_H
#define TSI_MODEL_VALUE_LEVELS_H

#include "base/str.h"
#include "model/time.h"

enum value_level { LEVEL_HOUR, LEVEL_DAY, LEVEL_WEEK, LEVEL_MONTH, LEVELS };

struct level_bucket {
    int64_t id;     /* hours, days, weeks, months since 1970 */
    uint64_t count; /* values */
    double sum, rest;
};

struct level_state {
    uint64_t buckets;                /* that hold a value; 0: nothing else is set */
    bool several;                    /* some bucket holds more than one */
    struct level_bucket first, last; /* the same where there is one */
    uint64_t means, sums;            /* of those between */
};

struct value_levels {
    bool known; /* false: no calendar, or parts that overlap */
    struct level_state of[LEVELS];
};

/* n > 0 finite values in order of time, none before those that are there; `single` is the hash of
 * the values in single precision. */
void value_levels_append(struct value_levels *l, const int64_t *times, const double *v, size_t n,
                         enum time_unit unit, uint64_t single);
/* b is not before a. */
void value_levels_merge(struct value_levels *a, const struct value_levels *b);

/* False where no bucket holds two values: the level is the series itself. */
bool value_levels_hashes(const struct value_levels *l, enum value_level which, uint64_t *means,
                         uint64_t *sums);

/* `first`, `last` and `single` of the whole sequence of n values, which stand beside it. */
void value_levels_encode(const struct value_levels *l, struct strbuf *out);
bool value_levels_decode(struct str *in, double first, double last, uint64_t single, uint64_t n,
                         struct value_levels *out);

#endif
