#include "model/frequency.h"

#include <stdio.h>
#include <string.h>

/* A step of a calendar month takes 28 to 31 days. */
#define MONTH_DAYS_MIN 28
/* 400 years, after which the calendar repeats, are 4,800 months and 146,097 days. */
#define CYCLE_MONTHS 4800
#define CYCLE_DAYS   146097

static const char *const weekday_names[] = {"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};
static const char *const month_names[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

/* A way to count: one step of it, how many steps follow it, how many times it expects. */
struct rule {
    char name[FREQUENCY_TEXT_MAX];
    uint64_t follow, expected;
    uint64_t longer; /* steps that are longer */
};

static uint64_t count_steps(const struct time_steps *s)
{
    return s->times ? s->times - s->duplicates - 1 : 0;
}

static unsigned lowest_bit(unsigned bits)
{
    return (unsigned)__builtin_ctz(bits);
}

static bool one_bit(unsigned bits)
{
    return bits && !(bits & (bits - 1));
}

/* "2h", or "h" for one. */
static void put_name(char out[FREQUENCY_TEXT_MAX], uint64_t n, const char *unit, const char *anchor)
{
    if (n == 1 && !*anchor) { /* of most series, and of millions */
        memcpy(out, unit, strlen(unit) + 1);
        return;
    }
    char times[24] = "";
    if (n != 1) {
        snprintf(times, sizeof times, "%llu", (unsigned long long)n);
    }
    snprintf(out, FREQUENCY_TEXT_MAX, "%s%s%s%s", times, unit, *anchor ? "-" : "", anchor);
}

/* ---- equal steps ---- */

static void name_fixed(const struct time_steps *s, uint64_t step, enum time_unit unit, char *out)
{
    static const struct {
        const char *name;
        int64_t per_day; /* a week is seven days, by hand */
    } units[] = {{"D", 1},         {"h", 24},           {"min", 1440},         {"s", 86400},
                 {"ms", 86400000}, {"us", 86400000000}, {"ns", 86400000000000}};
    __extension__ unsigned __int128 ns =
        (unsigned __int128)step * (uint64_t)(86400000000000 / time_ticks_per_day(unit));
    size_t u = 0;
    while (u + 1 < sizeof units / sizeof *units &&
           ns % (uint64_t)(86400000000000 / units[u].per_day) != 0) {
        u++;
    }
    uint64_t n = (uint64_t)(ns / (uint64_t)(86400000000000 / units[u].per_day));
    if (u == 0 && n % 7 == 0 && s->whole_days && one_bit(s->weekdays)) {
        put_name(out, n / 7, "W", weekday_names[lowest_bit(s->weekdays)]);
    } else {
        put_name(out, n, units[u].name, "");
    }
}

static struct rule fixed_rule(const struct time_steps *s, const struct time_step *mode,
                              enum time_unit unit)
{
    struct rule r = {.follow = mode->count, .longer = s->other};
    for (size_t i = 0; i < s->n; i++) {
        r.longer += s->steps[i].step > mode->step ? s->steps[i].count : 0;
    }
    r.expected = ((uint64_t)s->t_max - (uint64_t)s->t_min) / mode->step;
    r.expected += r.expected < UINT64_MAX;
    if (time_unit_is_calendar(unit)) {
        name_fixed(s, mode->step, unit, r.name);
    }
    return r;
}

/* ---- months ---- */

/* Whole months in a step between two days that hold the same place in their months. Such steps
 * differ from the mean length of their months by less than four days, so rounding finds the number.
 */
static uint64_t months_in(uint64_t step, uint64_t per_day)
{
    uint64_t days = step / per_day;
    return days / CYCLE_DAYS * CYCLE_MONTHS +
           (days % CYCLE_DAYS * CYCLE_MONTHS + CYCLE_DAYS / 2) / CYCLE_DAYS;
}

static const char *position_suffix(const struct time_steps *s, const char **business)
{
    /* In the order in which pandas asks. */
    bool end = s->positions & (DAY_MONTH_END | DAY_BUSINESS_END);
    bool plain = s->positions & (end ? DAY_MONTH_END : DAY_MONTH_START);
    *business = plain ? "" : "B";
    return end ? "E" : "S";
}

static void name_months(const struct time_steps *s, uint64_t months, char *out)
{
    const char *business, *suffix = position_suffix(s, &business);
    /* Quarters that start in January, April, ... are QS-JAN; those that end there are QE-OCT: the
     * month in which their year starts, or ends. */
    unsigned anchor = lowest_bit(s->months) % 3 + (*suffix == 'E' ? 9 : 0);
    unsigned first = lowest_bit(s->months), quarter = 0x249u << first % 3;
    char unit[8];
    if (months % 12 == 0 && one_bit(s->months)) {
        snprintf(unit, sizeof unit, "%sY%s", business, suffix);
        put_name(out, months / 12, unit, month_names[first]);
    } else if (months % 3 == 0 && (s->months & ~quarter) == 0) {
        snprintf(unit, sizeof unit, "%sQ%s", business, suffix);
        put_name(out, months / 3, unit, month_names[anchor]);
    } else {
        snprintf(unit, sizeof unit, "%sM%s", business, suffix);
        put_name(out, months, unit, "");
    }
}

/* Steps by their whole months; the most frequent number (the smallest such) is the rule. */
static bool month_rule(const struct time_steps *s, enum time_unit unit, struct rule *r)
{
    uint64_t per_day = (uint64_t)time_ticks_per_day(unit), best = 0;
    if (!s->positions || s->steps[0].step < MONTH_DAYS_MIN * per_day) {
        return false;
    }
    *r = (struct rule){0};
    for (size_t i = 0; i < s->n;) {
        uint64_t months = months_in(s->steps[i].step, per_day), count = 0;
        for (; i < s->n && months_in(s->steps[i].step, per_day) == months; i++) {
            count += s->steps[i].count;
        }
        if (count > r->follow) {
            r->follow = count;
            best = months;
        }
    }
    r->longer = s->other;
    for (size_t i = 0; i < s->n; i++) {
        r->longer += months_in(s->steps[i].step, per_day) > best ? s->steps[i].count : 0;
    }
    r->expected =
        months_in((uint64_t)s->t_max - (uint64_t)s->t_min, per_day) / (best ? best : 1) + 1;
    name_months(s, best, r->name);
    return true;
}

/* ---- business days ---- */

/* Mondays to Fridays from `first` to `last`, both of which are such days. */
static uint64_t business_days(int64_t first, int64_t last)
{
    uint64_t days = (uint64_t)last - (uint64_t)first;
    unsigned from = time_weekday(first), to = time_weekday(last);
    return days / 7 * 5 + (to >= from ? to - from + 1 : 6 - from + to);
}

static bool business_rule(const struct time_steps *s, const struct time_step *mode,
                          enum time_unit unit, struct rule *r)
{
    const unsigned weekend = 0x60;
    int64_t unused;
    uint64_t per_day = (uint64_t)time_ticks_per_day(unit);
    if (!s->whole_days || s->weekdays & weekend || mode->step != per_day) {
        return false;
    }
    *r = (struct rule){.name = "B", .follow = mode->count + s->weekends};
    r->longer = count_steps(s) - r->follow;
    r->expected =
        business_days(time_day_of(s->t_min, unit, &unused), time_day_of(s->t_max, unit, &unused));
    /* Without a weekend between the first and the last, days in a row are days. */
    return r->expected <= ((uint64_t)s->t_max - (uint64_t)s->t_min) / per_day;
}

/* ---- all together ---- */

/* The most frequent step, the smallest of several; NULL where a step that is not counted may be
 * more frequent. */
static const struct time_step *find_mode(const struct time_steps *s)
{
    const struct time_step *mode = NULL;
    for (size_t i = 0; i < s->n; i++) {
        mode = !mode || s->steps[i].count > mode->count ? &s->steps[i] : mode;
    }
    return mode && mode->count >= s->other ? mode : NULL;
}

static void apply(const struct time_steps *s, const struct rule *r, struct frequency *out)
{
    uint64_t present = count_steps(s) + 1;
    out->has_gaps = true;
    out->gaps = r->longer;
    out->missing = r->expected > present ? r->expected - present : 0;
    out->longest_gap = r->longer ? s->longest : 0;
    out->coverage = r->expected > present ? (double)present / (double)r->expected : 1;
}

void frequency_find(const struct time_steps *s, enum time_unit unit, struct frequency *out)
{
    struct rule rule;
    uint64_t steps = count_steps(s);
    *out = (struct frequency){0};
    if (s->quality != STEPS_EXACT || s->times == 0) {
        return;
    }
    out->distinct_steps = s->n + (s->other > 0);
    if (steps == 0) {
        return;
    }
    const struct time_step *mode = find_mode(s);
    if (mode) {
        out->has_step = true;
        out->step = mode->step;
        out->step_share = (double)mode->count / (double)steps;
    }
    if (steps + 1 < FREQUENCY_TIMES_MIN) {
        return;
    }
    bool found = time_unit_is_calendar(unit) && month_rule(s, unit, &rule);
    if (!found && mode && time_unit_is_calendar(unit)) {
        found = business_rule(s, mode, unit, &rule);
    }
    if (!found && mode) {
        rule = fixed_rule(s, mode, unit);
        found = true;
    }
    if (!found || rule.follow <= steps / 2) {
        out->has_name = true;
        snprintf(out->name, sizeof out->name, "%s", FREQUENCY_IRREGULAR);
        return;
    }
    out->has_name = rule.name[0] != '\0';
    memcpy(out->name, rule.name, sizeof out->name);
    out->share = (double)rule.follow / (double)steps;
    apply(s, &rule, out);
}
