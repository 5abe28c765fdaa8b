/* value_rows.h - the state of a few values, written as the values.
 *
 * A state takes 60 to 400 bytes, of ten values as of ten million: sums, hashes of many forms, first
 * and last buckets. Of so few rows that the rows themselves take less, they are what is kept, and
 * the state is made of them when it is asked for. So it is that of value_stats_append, whoever
 * reads it; half the size of a catalog of short series, and the state is made once.
 *
 *     version (2), flags, n, unit              the unit by time only
 *     valid                                    (n + 7) / 8 bytes, where FLAG_NULLS is set
 *     steps                                    by time: one where FLAG_REGULAR is set, else n - 1
 *     values                                   of those that are not null: integers over 10^scale
 *                                              in zigzag form, or eight bytes each
 *
 * Numbers are varints. The first time stands beside it, as with other states.
 */
#ifndef TSI_MODEL_VALUE_ROWS_H
#define TSI_MODEL_VALUE_ROWS_H

#include "model/value_stats.h"

#define VALUE_ROWS_MAX     32
#define VALUE_ROWS_VERSION 2

/* Whether these rows, all of a state whose rows they are, may stand for it. */
bool value_rows_few(const struct value_rows *r, enum values_order order);
void value_rows_encode(const struct value_rows *r, enum values_order order, struct strbuf *out);

/* Behind the version. Takes the bytes off the front of *in; false where they are no such rows, or
 * do not lie between t_min and t_max. */
bool value_rows_decode(struct str *in, int64_t t_min, int64_t t_max, struct value_stats *out);

#endif
