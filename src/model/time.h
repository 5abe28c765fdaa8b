/* time.h - instants as the data holds them: a 64-bit count with its unit and zone flag, never
 * converted in silence. */
#ifndef TSI_MODEL_TIME_H
#define TSI_MODEL_TIME_H

#include <stdbool.h>
#include <stdint.h>

enum time_unit {
    TIME_UNIT_NONE,  /* no time column */
    TIME_UNIT_INDEX, /* an integer axis that is no calendar time */
    TIME_UNIT_DAY,
    TIME_UNIT_S,
    TIME_UNIT_MS,
    TIME_UNIT_US,
    TIME_UNIT_NS,
};

const char *time_unit_name(enum time_unit u); /* "none", "index", "day", "s", "ms", "us", "ns" */
bool time_unit_parse(const char *name, enum time_unit *out);
/* What a time column holds. */
enum time_kind {
    TIME_KIND_NONE,
    TIME_KIND_TIMESTAMP,
    TIME_KIND_DATE,
    TIME_KIND_INTEGER,
    TIME_KIND_STRING
};

const char *time_kind_name(enum time_kind k); /* "none", "timestamp", "date", "integer", "string" */
bool time_kind_parse(const char *name, enum time_kind *out);

bool time_unit_is_calendar(enum time_unit u);

/* `t` of unit `from` in unit `to`; false where it does not fit in 64 bits, or a coarser unit would
 * lose something. */
bool time_convert(int64_t t, enum time_unit from, enum time_unit to, int64_t *out);

#define TIME_TEXT_SIZE 48
/* "2024-01-31", "2024-01-31T23:00:00", "...:00.123456789", with "Z" behind it where `utc`;
 * proleptic Gregorian, any year ("+12024-.." beyond 9999, "-0001-.." before 0). An index is its
 * digits. Exact for every 64-bit value. */
void time_format(int64_t t, enum time_unit unit, bool utc, char out[TIME_TEXT_SIZE]);

/* Ticks of a calendar unit in a day; 0 for others. */
int64_t time_ticks_per_day(enum time_unit u);
/* The day (since 1970-01-01) in which `t` of a calendar unit falls, and the ticks since its start.
 */
int64_t time_day_of(int64_t t, enum time_unit u, int64_t *of_day);
/* 0 is Monday. */
unsigned time_weekday(int64_t day);

/* Microseconds since 1970, rounded down, where a TIMESTAMP of a database can hold them (64 bits
 * less the ends that stand for infinity); false for others and for an index. */
bool time_to_timestamp(int64_t t, enum time_unit u, int64_t *us);

/* The unit in which integers between `lo` and `hi` count from 1970, by their magnitude: seconds
 * from 10^8 on (1973), milliseconds from 10^11, microseconds from 10^14, nanoseconds from 10^17,
 * each up to the next (year 5138). TIME_UNIT_INDEX where the two fall into none or into different
 * ones, or where both read as digits of a date (YYYYMMDDHH, with MM, with SS). */
enum time_unit time_epoch_unit(int64_t lo, int64_t hi);

/* Days since 1970-01-01 of a proleptic Gregorian date, and back. */
int64_t time_days_from_civil(int64_t year, unsigned month, unsigned day);
void time_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);

#endif
