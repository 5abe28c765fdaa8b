/* period.h - how far a record is from the one before it, where a dataset says so in place of
 * keeping times: "h", "15min", "W-SUN", "MS", "half_hourly", "10 minutes".
 *
 * Aliases are those of pandas, old and new, and the words that datasets use. What has two meanings
 * ("m": minutes or months) and what is not known means none: no time is made up.
 */
#ifndef TSI_MODEL_PERIOD_H
#define TSI_MODEL_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "model/time.h"

enum period_kind { PERIOD_NONE, PERIOD_NS, PERIOD_DAYS, PERIOD_BUSINESS_DAYS, PERIOD_MONTHS };

struct period {
    enum period_kind kind;
    uint32_t n;  /* of days or months */
    uint64_t ns; /* PERIOD_NS */
};

/* Longer ones are refused: no dataset has a step of a million years. */
#define PERIOD_N_MAX 1000000u

bool period_parse(struct str text, struct period *out);

/* The times of a series, one after the other. */
struct period_walk {
    int64_t next;
    enum time_unit unit;
    enum period_kind kind;
    int64_t ticks;       /* a step of NS and DAYS */
    uint32_t n;          /* a step of the other kinds */
    int64_t day, of_day; /* of `next` */
    int64_t year;        /* the rest: PERIOD_MONTHS */
    unsigned month, month_day;
    bool at_end; /* of its month, and so of all */
    bool over;   /* `next` does not fit 64 bits */
};

/* NULL, or why `start` has no next times: an index has no calendar, a step is finer than the unit,
 * the 30th of a month has no counterpart in each. */
const char *period_begin(const struct period *p, enum time_unit unit, int64_t start,
                         struct period_walk *w);

/* The next `n` times, of which the first ever is the start; false where one does not fit 64 bits.
 */
bool period_next(struct period_walk *w, int64_t *out, size_t n);

#endif
