#include "format/timestamp.h"

struct cursor {
    const char *p, *end;
};

static bool take_char(struct cursor *c, char ch)
{
    bool here = c->p < c->end && *c->p == ch;
    c->p += here;
    return here;
}

/* Exactly `digits` digits. */
static bool take_number(struct cursor *c, int digits, int *out)
{
    *out = 0;
    if (c->end - c->p < digits) {
        return false;
    }
    for (int i = 0; i < digits; i++) {
        char ch = c->p[i];
        if (ch < '0' || ch > '9') {
            return false;
        }
        *out = *out * 10 + (ch - '0');
    }
    c->p += digits;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* "-01-31", "-01", "-Q1", "Q1", "0131" or nothing behind the year. *whole: a day was named, a time
 * may follow. */
static bool take_rest_of_date(struct cursor *c, int year, int *month, int *day, bool *whole)
{
    bool dash = take_char(c, '-');
    *month = *day = 1;
    *whole = false;
    if (c->p == c->end) {
        return !dash;
    }
    if (take_char(c, 'Q') || take_char(c, 'q')) {
        int quarter;
        bool ok = take_number(c, 1, &quarter) && quarter >= 1 && quarter <= 4;
        *month = ok ? quarter * 3 - 2 : 1;
        return ok;
    }
    if (!take_number(c, 2, month) || *month < 1 || *month > 12) {
        return false;
    }
    if (dash && c->p == c->end) {
        return true;
    }
    if (dash && !take_char(c, '-')) {
        return false;
    }
    *whole = true;
    return take_number(c, 2, day) && *day >= 1 && *day <= days_in_month(year, *month);
}

/* The Monday of the first week of an ISO year: the week that holds January 4. */
static int64_t first_monday(int year)
{
    int64_t fourth = time_days_from_civil(year, 1, 4);
    return fourth - (int64_t)time_weekday(fourth);
}

/* "-W03", "W03", "-W03-2", "W032" behind the year: false, and nothing is taken, where there is no
 * such week. *whole: a day was named, a time may follow. */
static bool take_week(struct cursor *c, int year, int64_t *days, bool *whole)
{
    struct cursor at = *c;
    int week, day = 1;
    bool dash = take_char(&at, '-');
    if (!(take_char(&at, 'W') || take_char(&at, 'w')) || !take_number(&at, 2, &week)) {
        return false;
    }
    *whole = at.p < at.end;
    if (*whole && ((dash && !take_char(&at, '-')) || !take_number(&at, 1, &day))) {
        return false;
    }
    *days = first_monday(year) + (int64_t)(week - 1) * 7 + day - 1;
    if (week < 1 || day < 1 || day > 7 || *days - day + 1 >= first_monday(year + 1)) {
        return false;
    }
    *c = at;
    return true;
}

/* ".123456789": at least one digit, and no more than nanoseconds unless they are zeros. */
static bool take_fraction(struct cursor *c, uint32_t *ns)
{
    uint32_t scale = 100000000;
    const char *start = c->p;
    *ns = 0;
    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
        if (scale == 0 && *c->p != '0') {
            return false;
        }
        *ns += scale * (uint32_t)(*c->p - '0');
        scale /= 10;
    }
    return c->p > start;
}

/* Seconds east of Greenwich. */
static bool take_offset(struct cursor *c, int *offset, bool *zoned)
{
    *offset = 0;
    *zoned = take_char(c, 'Z') || take_char(c, 'z');
    if (*zoned || c->p == c->end) {
        return true;
    }
    int sign = *c->p == '+' ? 1 : *c->p == '-' ? -1 : 0, hours, minutes = 0;
    c->p++;
    if (!sign || !take_number(c, 2, &hours)) {
        return false;
    }
    bool more = take_char(c, ':');
    if ((more || c->p < c->end) && !take_number(c, 2, &minutes)) {
        return false;
    }
    *offset = sign * (hours * 3600 + minutes * 60);
    *zoned = true;
    return hours < 24 && minutes < 60;
}

/* "23:59", ":59", ".123", and the offset. */
static bool take_time(struct cursor *c, struct timestamp *out)
{
    int hour, minute, second = 0, offset;
    if (!take_number(c, 2, &hour) || !take_char(c, ':') || !take_number(c, 2, &minute)) {
        return false;
    }
    if (take_char(c, ':')) {
        if (!take_number(c, 2, &second)) {
            return false;
        }
        if ((take_char(c, '.') || take_char(c, ',')) && !take_fraction(c, &out->nanoseconds)) {
            return false;
        }
    }
    bool midnight = hour == 24 && minute == 0 && second == 0 && out->nanoseconds == 0;
    if ((hour > 23 && !midnight) || minute > 59 || second > 60) {
        return false;
    }
    take_char(c, ' ');
    if (!take_offset(c, &offset, &out->zoned)) {
        return false;
    }
    out->seconds += hour * 3600 + minute * 60 + second - offset;
    return true;
}

bool timestamp_parse(struct str text, struct timestamp *out)
{
    int year, month, day;
    bool whole;
    int64_t days;
    text = str_trim(text);
    *out = (struct timestamp){0};
    if (text.len == 0 || text.len > TIMESTAMP_TEXT_MAX) {
        return false;
    }
    struct cursor c = {text.data, text.data + text.len};
    if (!take_number(&c, 4, &year) || year < 1) {
        return false;
    }
    if (!take_week(&c, year, &days, &whole)) {
        if (!take_rest_of_date(&c, year, &month, &day, &whole)) {
            return false;
        }
        days = time_days_from_civil(year, (unsigned)month, (unsigned)day);
    }
    out->seconds = days * 86400;
    if (whole && (take_char(&c, 'T') || take_char(&c, 't') || take_char(&c, ' '))) {
        if (!take_time(&c, out)) {
            return false;
        }
    }
    return c.p == c.end;
}

bool timestamp_to_unit(const struct timestamp *t, enum time_unit unit, int64_t *out, bool *lost)
{
    int64_t per_second = time_ticks_per_day(unit) / 86400;
    int64_t ns_per_tick = per_second ? 1000000000 / per_second : 0;
    if (!per_second) {
        return false;
    }
    *lost = t->nanoseconds % ns_per_tick != 0;
    return !__builtin_mul_overflow(t->seconds, per_second, out) &&
           !__builtin_add_overflow(*out, t->nanoseconds / ns_per_tick, out);
}
