#include "model/time.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {"none", "index", "day", "s", "ms", "us", "ns"};
#define SECONDS_PER_DAY 86400

const char *time_unit_name(enum time_unit u)
{
    return (unsigned)u < sizeof names / sizeof *names ? names[u] : "none";
}

static const char *const kinds[] = {"none", "timestamp", "date", "integer", "string"};

const char *time_kind_name(enum time_kind k)
{
    return (unsigned)k < sizeof kinds / sizeof *kinds ? kinds[k] : "none";
}

bool time_kind_parse(const char *name, enum time_kind *out)
{
    for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (strcmp(name, kinds[k]) == 0) {
            *out = (enum time_kind)k;
            return true;
        }
    }
    return false;
}

bool time_unit_parse(const char *name, enum time_unit *out)
{
    for (unsigned u = 0; u < sizeof names / sizeof *names; u++) {
        if (strcmp(name, names[u]) == 0) {
            *out = (enum time_unit)u;
            return true;
        }
    }
    return false;
}

bool time_unit_is_calendar(enum time_unit u)
{
    return u >= TIME_UNIT_DAY;
}

int64_t time_ticks_per_day(enum time_unit u)
{
    static const int64_t ticks[] = {0,
                                    0,
                                    1,
                                    SECONDS_PER_DAY,
                                    SECONDS_PER_DAY * 1000LL,
                                    SECONDS_PER_DAY * 1000000LL,
                                    SECONDS_PER_DAY * 1000000000LL};
    return (unsigned)u < sizeof ticks / sizeof *ticks ? ticks[u] : 0;
}

int64_t time_day_of(int64_t t, enum time_unit u, int64_t *of_day)
{
    int64_t ticks = time_ticks_per_day(u);
    int64_t per_day =
        ticks ? ticks : 1; /* an index has no days: each of its ticks stands for one */
    int64_t day = t / per_day, rest = t % per_day;
    if (rest < 0) {
        day--;
        rest += per_day;
    }
    *of_day = rest;
    return day;
}

unsigned time_weekday(int64_t day)
{
    int64_t since_monday = (day % 7 + 3) % 7; /* 1970-01-01 was a Thursday */
    return (unsigned)(since_monday < 0 ? since_monday + 7 : since_monday);
}

static enum time_unit epoch_unit(int64_t t)
{
    return t < 100000000              ? TIME_UNIT_INDEX
           : t < 100000000000         ? TIME_UNIT_S
           : t < 100000000000000      ? TIME_UNIT_MS
           : t < 100000000000000000LL ? TIME_UNIT_US
                                      : TIME_UNIT_NS;
}

/* 2020013123, 202001312359, 20200131235959: dates written as one number are no count of anything.
 */
static bool is_written_date(int64_t t)
{
    for (int pairs = 0; pairs < 3; pairs++) {
        int64_t low = 100;
        for (int i = 0; i < pairs; i++) {
            low *= 100;
        }
        int64_t date = t / low; /* YYYYMMDD */
        bool clock = t / (low / 100) % 100 < 24;
        for (int64_t d = 1; d < low / 100; d *= 100) {
            clock = clock && t / d % 100 < 60;
        }
        int64_t month = date / 100 % 100, day = date % 100;
        if (clock && date >= 19000101 && date <= 21001231 && month >= 1 && month <= 12 &&
            day >= 1 && day <= 31) {
            return true;
        }
    }
    return false;
}

enum time_unit time_epoch_unit(int64_t lo, int64_t hi)
{
    enum time_unit u = epoch_unit(lo);
    if (epoch_unit(hi) != u || (is_written_date(lo) && is_written_date(hi))) {
        return TIME_UNIT_INDEX;
    }
    return u;
}

bool time_to_timestamp(int64_t t, enum time_unit u, int64_t *us)
{
    /* 290309-12-22 BC in DuckDB, the less wide of the usual databases. */
    const int64_t least = -9223372022400000000;
    if (u == TIME_UNIT_NS) {
        *us = t / 1000 - (t % 1000 < 0);
        return true;
    }
    return time_unit_is_calendar(u) && time_convert(t, u, TIME_UNIT_US, us) && *us >= least &&
           *us < INT64_MAX;
}

bool time_convert(int64_t t, enum time_unit from, enum time_unit to, int64_t *out)
{
    if (from == to) {
        *out = t;
        return true;
    }
    if (!time_unit_is_calendar(from) || !time_unit_is_calendar(to)) {
        return false;
    }
    int64_t f = time_ticks_per_day(from), g = time_ticks_per_day(to);
    if (f == 0 || g == 0) {
        return false;
    }
    if (g > f) {
        return !__builtin_mul_overflow(t, g / f, out);
    }
    *out = t / (f / g);
    return t % (f / g) == 0;
}

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". */
int64_t time_days_from_civil(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned yoe = (unsigned)(year - era * 400);
    unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468;
}

void time_civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    __int128 z = (__int128)days + 719468;
    __int128 era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = (int64_t)(era * 400) + yoe + (*month <= 2);
}

static int format_date(int64_t days, char *out, size_t size)
{
    int64_t year;
    unsigned month, day;
    time_civil_from_days(days, &year, &month, &day);
    if (year < 0) {
        return snprintf(out, size, "-%04lld-%02u-%02u", -(long long)year, month, day);
    }
    return snprintf(out, size, year > 9999 ? "+%lld-%02u-%02u" : "%04lld-%02u-%02u",
                    (long long)year, month, day);
}

static int fraction_digits(enum time_unit u)
{
    return u == TIME_UNIT_MS ? 3 : u == TIME_UNIT_US ? 6 : u == TIME_UNIT_NS ? 9 : 0;
}

void time_format(int64_t t, enum time_unit unit, bool utc, char out[TIME_TEXT_SIZE])
{
    if (!time_unit_is_calendar(unit)) {
        snprintf(out, TIME_TEXT_SIZE, "%lld", (long long)t);
        return;
    }
    int64_t rest, per_day = time_ticks_per_day(unit);
    int64_t days = time_day_of(t, unit, &rest);
    int n = format_date(days, out, TIME_TEXT_SIZE);
    int64_t per_second = per_day / SECONDS_PER_DAY;
    if (per_second == 0) { /* days have no clock */
        return;
    }
    int s = (int)(rest / per_second);
    n += snprintf(out + n, TIME_TEXT_SIZE - (size_t)n, "T%02d:%02d:%02d", s / 3600, s / 60 % 60,
                  s % 60);
    if (rest % per_second) {
        n += snprintf(out + n, TIME_TEXT_SIZE - (size_t)n, ".%0*lld", fraction_digits(unit),
                      (long long)(rest % per_second));
    }
    snprintf(out + n, TIME_TEXT_SIZE - (size_t)n, "%s", utc ? "Z" : "");
}
