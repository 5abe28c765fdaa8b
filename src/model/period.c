#include "model/period.h"

#include <string.h>

#define NS_PER_SECOND 1000000000ull
#define NS_PER_DAY    (86400 * NS_PER_SECOND)
/* Beyond it the days since 1970 come near the end of 64 bits. */
#define YEAR_MAX ((int64_t)1 << 50)

/* As written, but for words, whose case does not matter. Single letters do not say the same in both
 * cases: "M" is a month; "m", a minute here and a month there, is not in the list. */
static const struct unit_name {
    const char *name;
    bool any_case;
    enum period_kind kind;
    uint32_t n;
    uint64_t ns;
} units[] = {
    {"ns", true, PERIOD_NS, 0, 1},
    {"N", false, PERIOD_NS, 0, 1},
    {"us", true, PERIOD_NS, 0, 1000},
    {"U", false, PERIOD_NS, 0, 1000},
    {"ms", false, PERIOD_NS, 0, 1000000},
    {"L", false, PERIOD_NS, 0, 1000000},
    {"S", true, PERIOD_NS, 0, NS_PER_SECOND},
    {"sec", true, PERIOD_NS, 0, NS_PER_SECOND},
    {"second", true, PERIOD_NS, 0, NS_PER_SECOND},
    {"seconds", true, PERIOD_NS, 0, NS_PER_SECOND},
    {"secondly", true, PERIOD_NS, 0, NS_PER_SECOND},
    {"T", false, PERIOD_NS, 0, 60 * NS_PER_SECOND},
    {"min", true, PERIOD_NS, 0, 60 * NS_PER_SECOND},
    {"minute", true, PERIOD_NS, 0, 60 * NS_PER_SECOND},
    {"minutes", true, PERIOD_NS, 0, 60 * NS_PER_SECOND},
    {"minutely", true, PERIOD_NS, 0, 60 * NS_PER_SECOND},
    {"half_hourly", true, PERIOD_NS, 0, 1800 * NS_PER_SECOND},
    {"half-hourly", true, PERIOD_NS, 0, 1800 * NS_PER_SECOND},
    {"H", true, PERIOD_NS, 0, 3600 * NS_PER_SECOND},
    {"hour", true, PERIOD_NS, 0, 3600 * NS_PER_SECOND},
    {"hours", true, PERIOD_NS, 0, 3600 * NS_PER_SECOND},
    {"hourly", true, PERIOD_NS, 0, 3600 * NS_PER_SECOND},
    {"D", true, PERIOD_DAYS, 1, 0},
    {"day", true, PERIOD_DAYS, 1, 0},
    {"days", true, PERIOD_DAYS, 1, 0},
    {"daily", true, PERIOD_DAYS, 1, 0},
    {"B", false, PERIOD_BUSINESS_DAYS, 1, 0},
    {"W", true, PERIOD_DAYS, 7, 0},
    {"week", true, PERIOD_DAYS, 7, 0},
    {"weeks", true, PERIOD_DAYS, 7, 0},
    {"weekly", true, PERIOD_DAYS, 7, 0},
    {"M", false, PERIOD_MONTHS, 1, 0},
    {"MS", false, PERIOD_MONTHS, 1, 0},
    {"ME", false, PERIOD_MONTHS, 1, 0},
    {"month", true, PERIOD_MONTHS, 1, 0},
    {"months", true, PERIOD_MONTHS, 1, 0},
    {"monthly", true, PERIOD_MONTHS, 1, 0},
    {"Q", false, PERIOD_MONTHS, 3, 0},
    {"QS", false, PERIOD_MONTHS, 3, 0},
    {"QE", false, PERIOD_MONTHS, 3, 0},
    {"quarter", true, PERIOD_MONTHS, 3, 0},
    {"quarters", true, PERIOD_MONTHS, 3, 0},
    {"quarterly", true, PERIOD_MONTHS, 3, 0},
    {"A", false, PERIOD_MONTHS, 12, 0},
    {"AS", false, PERIOD_MONTHS, 12, 0},
    {"Y", false, PERIOD_MONTHS, 12, 0},
    {"YS", false, PERIOD_MONTHS, 12, 0},
    {"YE", false, PERIOD_MONTHS, 12, 0},
    {"year", true, PERIOD_MONTHS, 12, 0},
    {"years", true, PERIOD_MONTHS, 12, 0},
    {"yearly", true, PERIOD_MONTHS, 12, 0},
    {"annual", true, PERIOD_MONTHS, 12, 0},
    {"annually", true, PERIOD_MONTHS, 12, 0},
};

static const char *const weekdays[] = {"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};
static const char *const months[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                     "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};

static bool is_one_of(struct str s, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(s, str_c(names[i]))) {
            return true;
        }
    }
    return false;
}

static const struct unit_name *find_unit(struct str name)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (units[i].any_case ? str_eq_nocase(name, str_c(units[i].name))
                              : str_eq(name, str_c(units[i].name))) {
            return &units[i];
        }
    }
    return NULL;
}

/* "W-SUN", "Q-DEC", "YE-JUN": the anchor is in the start, which counts. */
static struct str cut_anchor(struct str name)
{
    if (name.len < 5 || name.data[name.len - 4] != '-') {
        return name;
    }
    struct str anchor = str_from(name, name.len - 3), unit = str_n(name.data, name.len - 4);
    bool fits = str_eq(unit, str_c("W"))
                    ? is_one_of(anchor, weekdays, 7)
                    : strchr("QAY", unit.data[0]) && unit.len <= 2 && is_one_of(anchor, months, 12);
    return fits ? unit : name;
}

/* Digits in front, and one separator behind them: "15min", "10_minutes", "5-minute". False where
 * the number is none that a period has. */
static bool cut_number(struct str *text, uint32_t *n)
{
    size_t i = 0;
    for (*n = 0; i < text->len && text->data[i] >= '0' && text->data[i] <= '9'; i++) {
        *n = *n * 10 + (uint32_t)(text->data[i] - '0');
        if (*n > PERIOD_N_MAX) {
            return false;
        }
    }
    if (i == 0) {
        *n = 1;
        return true;
    }
    i += i < text->len && strchr("_- ", text->data[i]) && text->data[i];
    *text = str_from(*text, i);
    return *n > 0;
}

bool period_parse(struct str text, struct period *out)
{
    uint32_t n;
    *out = (struct period){0};
    text = str_trim(text);
    if (!cut_number(&text, &n)) {
        return false;
    }
    const struct unit_name *u = find_unit(cut_anchor(text));
    if (!u) {
        return false;
    }
    *out = (struct period){u->kind, u->n * n, u->ns * n};
    return true;
}

/* ---- walking ---- */

static unsigned days_in_month(int64_t year, unsigned month)
{
    int64_t next = month == 12 ? time_days_from_civil(year + 1, 1, 1)
                               : time_days_from_civil(year, month + 1, 1);
    return (unsigned)(next - time_days_from_civil(year, month, 1));
}

static const char *begin_months(struct period_walk *w)
{
    time_civil_from_days(w->day, &w->year, &w->month, &w->month_day);
    w->at_end = w->month_day == days_in_month(w->year, w->month);
    return w->month_day > 28 && !w->at_end ? "its day is not in every month" : NULL;
}

const char *period_begin(const struct period *p, enum time_unit unit, int64_t start,
                         struct period_walk *w)
{
    int64_t per_day = time_ticks_per_day(unit);
    *w = (struct period_walk){.next = start, .unit = unit, .kind = p->kind, .n = p->n};
    if (per_day == 0) {
        return "an integer has no calendar";
    }
    w->day = time_day_of(start, unit, &w->of_day);
    if (p->kind == PERIOD_NS) {
        uint64_t ns_per_tick = NS_PER_DAY / (uint64_t)per_day;
        w->ticks = (int64_t)(p->ns / ns_per_tick);
        return p->ns % ns_per_tick ? "the unit of its type is too coarse for the period" : NULL;
    }
    if (p->kind == PERIOD_DAYS) {
        return __builtin_mul_overflow((int64_t)p->n, per_day, &w->ticks) ? "the period is too long"
                                                                         : NULL;
    }
    if (p->kind == PERIOD_BUSINESS_DAYS) {
        return time_weekday(w->day) > 4 ? "it is no business day" : NULL;
    }
    return p->kind == PERIOD_MONTHS ? begin_months(w) : "there is no period";
}

static void to_time(struct period_walk *w)
{
    int64_t per_day = time_ticks_per_day(w->unit);
    w->over |= __builtin_mul_overflow(w->day, per_day, &w->next) ||
               __builtin_add_overflow(w->next, w->of_day, &w->next);
}

static void step_months(struct period_walk *w)
{
    int64_t month = (int64_t)w->month - 1 + w->n;
    w->year += month / 12;
    w->over |= w->year > YEAR_MAX;
    w->month = (unsigned)(month % 12) + 1;
    unsigned last = days_in_month(w->year, w->month);
    w->day = time_days_from_civil(w->year, w->month, w->at_end ? last : w->month_day);
}

/* Whole weeks at once; what is left goes over a weekend where it does not fit before it. */
static void step_business_days(struct period_walk *w)
{
    unsigned weekday = time_weekday(w->day), left = w->n % 5;
    w->day += (int64_t)(w->n / 5) * 7 + left + (weekday + left > 4 ? 2 : 0);
}

static void step(struct period_walk *w)
{
    if (w->kind == PERIOD_MONTHS) {
        step_months(w);
        to_time(w);
    } else if (w->kind == PERIOD_BUSINESS_DAYS) {
        step_business_days(w);
        to_time(w);
    } else {
        w->over |= __builtin_add_overflow(w->next, w->ticks, &w->next);
    }
}

bool period_next(struct period_walk *w, int64_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (w->over) {
            return false;
        }
        out[i] = w->next;
        step(w);
    }
    return true;
}
