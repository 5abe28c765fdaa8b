/* timestamp.h - ISO 8601 instants, dates and periods in text.
 *
 *     2015                     a year              2015-Q1, 2015Q1          a quarter
 *     2015-W03, 2015W03        a week              2015-W03-7, 2015W037     its 7th day
 *     2015-01                  a month             2015-01-31, 20150131     a day
 *     2015-01-31T23:59         a minute            ...:59.123456789         up to nanoseconds
 *
 * 'T' or a blank stands between date and time; "Z", "+02", "+0200" or "+02:00" may follow the time.
 * A period stands for its first instant; weeks are those of ISO 8601. Years 0001 to 9999. Blanks
 * around the text do not matter; anything else that is left over does, so that "2015-01-31 (est.)"
 * is no time.
 *
 * Input is untrusted; nothing is allocated.
 */
#ifndef TSI_FORMAT_TIMESTAMP_H
#define TSI_FORMAT_TIMESTAMP_H

#include "base/str.h"
#include "model/time.h"

/* No form is longer: "2015-01-31T23:59:59.123456789+02:00" has 35 characters. */
#define TIMESTAMP_TEXT_MAX 64

struct timestamp {
    int64_t seconds; /* since 1970-01-01, UTC where `zoned` */
    uint32_t nanoseconds;
    bool zoned; /* an offset or Z stands in the text */
};

/* False where the text is no such time. Leap seconds (":60") count as the second that follows. */
bool timestamp_parse(struct str text, struct timestamp *out);

/* In a unit; *lost where something finer than the unit was dropped (rounded down). False where it
 * does not fit. */
bool timestamp_to_unit(const struct timestamp *t, enum time_unit unit, int64_t *out, bool *lost);

#endif
