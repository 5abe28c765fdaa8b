/* value_stats.h - what the values of a series are: a state that merges.
 *
 * Counts, bounds and moments are over all rows, whatever their order; so the state of a whole is
 * the merge of the states of its parts, however it was cut and in whatever order they are merged.
 *
 * What depends on order - first and last value, runs of equal values, fingerprints - is about the
 * rows in order of time; rows without a time take no part in it. Parts that overlap in time cannot
 * be joined: order becomes VALUES_UNORDERED, and only the counts, bounds, moments and the sparkline
 * remain. Where there is no time column the order is that in which rows lie (VALUES_BY_ROW): parts
 * are merged in the order of the calls.
 *
 * Finite values are those that are neither null, NaN nor infinite; -0 is 0.
 *
 * Memory: 7 KB, of which a state touches one or two; encoded 60 to 400 bytes, few of them where a
 * series is constant, and where it has few rows what these take (value_rows.h).
 */
#ifndef TSI_MODEL_VALUE_STATS_H
#define TSI_MODEL_VALUE_STATS_H

#include "model/moments.h"
#include "model/sparkline.h"
#include "model/value_levels.h"

enum values_order {
    VALUES_BY_TIME,
    VALUES_BY_ROW,
    VALUES_UNORDERED, /* parts overlap in time: what depends on order is not known */
};

/* Fingerprints of the values: as they are, in single precision, rounded to so many decimals. */
enum value_form { FORM_EXACT, FORM_SINGLE, FORM_0, FORM_1, FORM_2, FORM_3, VALUE_FORMS };

struct value_stats {
    uint64_t rows, nulls, nans, positive_infinities, negative_infinities;
    uint64_t zeros, negatives, fractions; /* of the finite ones */
    double min, max;                      /* of the finite ones; 0 where there is none */
    bool rounded; /* an integer or decimal that no double is: what is not a count or a moment is
                     that of the nearest doubles */
    struct moments moments; /* moments.n is the number of finite values */

    enum values_order order;
    int64_t t_min, t_max;             /* of the rows in order; stand beside the encoded state */
    uint64_t ordered;                 /* rows in order */
    uint64_t sequence;                /* finite values among them */
    double first, last;               /* of the sequence */
    uint64_t prefix, suffix, longest; /* runs of equal finite values: at the front (0 where the
                                         first row has none), at the end, the longest */
    uint64_t forms[VALUE_FORMS];      /* value_hash.h */
    struct value_levels levels;
    struct sparkline sparkline;
};

/* Rows of one series. */
struct value_rows {
    const double *values;
    const uint8_t *valid;    /* NULL: none is null */
    const int64_t *times;    /* NULL: there are none */
    const int64_t *integers; /* where doubles lose something: the values x 10^scale; else NULL */
    bool is_unsigned;        /* these */
    bool inexact;            /* values are the nearest doubles of what is wider */
    uint32_t scale;
    size_t n;
    enum time_unit unit; /* of the times */
};

void value_stats_init(struct value_stats *s, enum values_order order);

/* More rows, in order of time (by row: in that order), none before those that are there. */
void value_stats_append(struct value_stats *s, const struct value_rows *r);
/* Rows without a time: they count, and have no place. */
void value_stats_append_timeless(struct value_stats *s, const struct value_rows *r);

/* `a` becomes the state of both. */
void value_stats_merge(struct value_stats *a, const struct value_stats *b);
/* The same in another unit. False, and of no known order, where the bounds do not fit, or times are
 * no multiples of a coarser one: `rounded` says that some may be none. */
bool value_stats_convert(struct value_stats *s, enum time_unit from, enum time_unit to,
                         bool rounded);

uint64_t value_stats_finite(const struct value_stats *s);

/* Without t_min and t_max. Of few rows, that are at hand, value_rows_encode says it shorter. */
void value_stats_encode(const struct value_stats *s, struct strbuf *out);
/* Takes the bytes off the front of *in; false where they are no such state. */
bool value_stats_decode(struct str *in, int64_t t_min, int64_t t_max, struct value_stats *out);

#endif
