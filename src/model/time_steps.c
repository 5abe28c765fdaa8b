#include "model/time_steps.h"

#include <string.h>

#include "base/memory.h"

#define DAYS_PER_WEEK 7
#define FRIDAY        4
#define CYCLE_DAYS    146097 /* 400 years */

/* ---- the map of steps ---- */

/* Add `count` steps of one length, keeping the smallest TIME_STEPS_MAX. */
static void add_steps(struct time_steps *s, uint64_t step, uint64_t count)
{
    size_t at = s->n;
    while (at > 0 && s->steps[at - 1].step >= step) {
        at--;
    }
    if (at < s->n && s->steps[at].step == step) {
        s->steps[at].count += count;
        return;
    }
    if (at == TIME_STEPS_MAX) {
        s->other += count;
        return;
    }
    if (s->n == TIME_STEPS_MAX) {
        s->other += s->steps[--s->n].count;
    }
    memmove(&s->steps[at + 1], &s->steps[at], (s->n - at) * sizeof *s->steps);
    s->steps[at] = (struct time_step){step, count};
    s->n++;
}

/* `ticks` is a time, or the step to one. */
static void lower_grain(struct time_steps *s, uint64_t ticks)
{
    static const uint64_t thousands[] = {1, 1000, 1000000, 1000000000};
    while (ticks % thousands[s->grain]) {
        s->grain--;
    }
}

static void start_grain(struct time_steps *s)
{
    s->grain = TIME_GRAIN_MAX;
    lower_grain(s, s->t_min < 0 ? 0 - (uint64_t)s->t_min : (uint64_t)s->t_min);
}

static void note_step(struct time_steps *s, uint64_t step, uint64_t count)
{
    lower_grain(s, step);
    s->longest = step > s->longest ? step : s->longest;
    add_steps(s, step, count);
}

/* ---- calendar facts ---- */

static void drop_facts(struct time_steps *s)
{
    s->whole_days = false;
    s->weekdays = s->positions = 0;
    s->months = 0;
    s->weekends = 0;
}

static unsigned days_in_month(int64_t year, unsigned month)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static void add_day(struct time_steps *s, int64_t day)
{
    unsigned weekday = time_weekday(day), month, d;
    int64_t year;
    s->weekdays |= (uint8_t)(1u << weekday);
    if (!s->positions) {
        return;
    }
    time_civil_from_days(day, &year, &month, &d);
    unsigned last = days_in_month(year, month), has = 0;
    has |= d == 1 ? DAY_MONTH_START : 0u;
    has |= d == 1 || (d <= 3 && weekday == 0) ? DAY_BUSINESS_START : 0u;
    has |= d == last ? DAY_MONTH_END : 0u;
    has |= d == last || (last - d < 3 && weekday == FRIDAY) ? DAY_BUSINESS_END : 0u;
    s->positions &= (uint8_t)has;
    s->months = s->positions ? (uint16_t)(s->months | 1u << (month - 1)) : 0;
}

static bool is_weekend_step(int64_t from_day, uint64_t step, enum time_unit unit)
{
    return step == 3 * (uint64_t)time_ticks_per_day(unit) && time_weekday(from_day) == FRIDAY;
}

/* Facts of sorted times, of which every step is at least a day. */
static void find_facts(struct time_steps *s, const int64_t *v, size_t n, enum time_unit unit)
{
    int64_t time_of_day, first, day = 0;
    time_day_of(v[0], unit, &first);
    s->whole_days = true;
    s->positions = DAY_POSITIONS;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && v[i] == v[i - 1]) {
            continue;
        }
        uint64_t step = i > 0 ? (uint64_t)v[i] - (uint64_t)v[i - 1] : 0;
        s->weekends += i > 0 && is_weekend_step(day, step, unit);
        day = time_day_of(v[i], unit, &time_of_day);
        if (time_of_day != first) {
            drop_facts(s);
            return;
        }
        add_day(s, day);
    }
}

/* Of `steps` steps of `days` days each from `first` on: how many lead from a Friday to a Monday? */
static uint64_t regular_weekends(int64_t first, uint64_t days, uint64_t steps)
{
    uint64_t found = 0;
    for (uint64_t i = 0; days == 3 && i < DAYS_PER_WEEK && i < steps; i++) {
        bool friday = time_weekday((int64_t)((uint64_t)first + i * days)) == FRIDAY;
        found += friday ? (steps - 1 - i) / DAYS_PER_WEEK + 1 : 0;
    }
    return found;
}

static void find_regular_facts(struct time_steps *s, uint64_t step, enum time_unit unit)
{
    uint64_t per_day = (uint64_t)time_ticks_per_day(unit);
    int64_t unused, first = time_day_of(s->t_min, unit, &unused);
    if (step % per_day != 0) {
        return;
    }
    uint64_t days = step / per_day;
    s->whole_days = true;
    s->positions = DAY_POSITIONS;
    /* A week of points has met every weekday it will meet. The bits of positions fall within a few
     * points unless they are centuries apart, and after as many points as the calendar has days it
     * repeats itself. */
    for (uint64_t i = 0; i < s->times && (i < DAYS_PER_WEEK || (s->positions && i < CYCLE_DAYS));
         i++) {
        add_day(s, (int64_t)((uint64_t)first + i * days));
    }
    s->weekends = regular_weekends(first, days, s->times - 1);
}

/* ---- states of sequences ---- */

void time_steps_regular(uint64_t times, int64_t t_min, int64_t t_max, enum time_unit unit,
                        struct time_steps *out)
{
    uint64_t step = 0;
    *out = (struct time_steps){.times = times, .t_min = t_min, .t_max = t_max};
    start_grain(out);
    if (times > 1 && t_max > t_min) {
        step = ((uint64_t)t_max - (uint64_t)t_min) / (times - 1);
        note_step(out, step, times - 1);
    }
    if (times > 0 && time_unit_is_calendar(unit)) {
        find_regular_facts(out, step, unit);
    }
}

/* Are all steps equal and positive? The common case, at the speed of memory. */
static bool is_regular(const int64_t *v, size_t n)
{
    if (n < 2) {
        return true;
    }
    if (v[1] <= v[0]) {
        return false;
    }
    uint64_t step = (uint64_t)v[1] - (uint64_t)v[0], differs = 0, span;
    enum { BLOCK = 1024 };
    for (size_t i = 1; i < n && !differs;) {
        size_t end = n - i < BLOCK ? n : i + BLOCK;
        for (; i < end; i++) {
            differs |= ((uint64_t)v[i] - (uint64_t)v[i - 1]) ^ step;
        }
    }
    /* Differences are taken modulo 2^64: the sum must not have wrapped. */
    return !differs && v[n - 1] > v[0] && !__builtin_mul_overflow(step, (uint64_t)n - 1, &span) &&
           span == (uint64_t)v[n - 1] - (uint64_t)v[0];
}

static uint64_t count_backwards(const int64_t *v, size_t n)
{
    uint64_t backwards = 0;
    for (size_t i = 1; i < n; i++) {
        backwards += v[i] < v[i - 1];
    }
    return backwards;
}

/* Radix sort by bytes, least significant first; a byte that all share costs no pass. */
static void sort_times(int64_t *v, size_t n)
{
    enum { BYTES = 8, VALUES = 256 };
    size_t counts[BYTES][VALUES] = {{0}};
    int64_t *from = v, *scratch = mem_alloc(n * sizeof *scratch), *to = scratch;
    for (size_t i = 0; i < n; i++) {
        uint64_t key = (uint64_t)v[i] ^ (uint64_t)1 << 63;
        for (size_t b = 0; b < BYTES; b++) {
            counts[b][key >> (8 * b) & 0xff]++;
        }
    }
    for (size_t b = 0; b < BYTES; b++) {
        size_t starts[VALUES], at = 0;
        uint64_t sample = ((uint64_t)from[0] ^ (uint64_t)1 << 63) >> (8 * b) & 0xff;
        if (counts[b][sample] == n) {
            continue;
        }
        for (size_t k = 0; k < VALUES; k++) {
            starts[k] = at;
            at += counts[b][k];
        }
        for (size_t i = 0; i < n; i++) {
            uint64_t key = (uint64_t)from[i] ^ (uint64_t)1 << 63;
            to[starts[key >> (8 * b) & 0xff]++] = from[i];
        }
        int64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != v) {
        memcpy(v, from, n * sizeof *v);
    }
    mem_free(scratch);
}

/* Steps of sorted times. The last step seen is counted aside: it is nearly always the next one,
 * too. */
static void walk_steps(struct time_steps *s, const int64_t *v, size_t n)
{
    uint64_t current = 0, count = 0;
    for (size_t i = 1; i < n; i++) {
        uint64_t step = (uint64_t)v[i] - (uint64_t)v[i - 1];
        if (step == current) {
            count++;
            continue;
        }
        if (current) {
            note_step(s, current, count);
        } else {
            s->duplicates += count;
        }
        current = step;
        count = 1;
    }
    if (current) {
        note_step(s, current, count);
    } else {
        s->duplicates += count;
    }
}

void time_steps_of(int64_t *v, size_t n, enum time_unit unit, struct time_steps *out)
{
    if (n == 0) {
        *out = (struct time_steps){0};
        return;
    }
    if (is_regular(v, n)) {
        time_steps_regular(n, v[0], v[n - 1], unit, out);
        return;
    }
    uint64_t backwards = count_backwards(v, n);
    if (backwards) {
        sort_times(v, n);
    }
    *out =
        (struct time_steps){.times = n, .t_min = v[0], .t_max = v[n - 1], .backwards = backwards};
    start_grain(out);
    walk_steps(out, v, n);
    if (time_unit_is_calendar(unit) &&
        (out->n == 0 || out->steps[0].step >= (uint64_t)time_ticks_per_day(unit))) {
        find_facts(out, v, n, unit);
    }
}

/* ---- merging ---- */

static void forget_neighbours(struct time_steps *s, enum steps_quality quality)
{
    *s = (struct time_steps){.times = s->times,
                             .t_min = s->t_min,
                             .t_max = s->t_max,
                             .quality = quality,
                             .grain = s->grain,
                             .backwards = quality == STEPS_UNKNOWN ? 0 : s->backwards};
}

static void merge_facts(struct time_steps *a, const struct time_steps *b, enum time_unit unit)
{
    int64_t of_day_a, of_day_b;
    if (!a->whole_days || !b->whole_days) {
        drop_facts(a);
        return;
    }
    time_day_of(a->t_min, unit, &of_day_a);
    time_day_of(b->t_min, unit, &of_day_b);
    if (of_day_a != of_day_b) {
        drop_facts(a);
        return;
    }
    a->weekdays |= b->weekdays;
    a->positions &= b->positions;
    a->months = a->positions ? a->months | b->months : 0;
    a->weekends += b->weekends;
}

/* `b` begins where `a` ends, or later. */
static void join(struct time_steps *a, const struct time_steps *b, enum time_unit unit)
{
    int64_t unused;
    uint64_t step = (uint64_t)b->t_min - (uint64_t)a->t_max;
    uint64_t longest = a->longest > b->longest ? a->longest : b->longest;
    merge_facts(a, b, unit);
    a->grain = a->grain < b->grain ? a->grain : b->grain;
    a->times += b->times;
    a->backwards += b->backwards;
    a->duplicates += b->duplicates + (step == 0);
    for (size_t i = 0; i < b->n; i++) {
        add_steps(a, b->steps[i].step, b->steps[i].count);
    }
    a->other += b->other;
    a->longest = longest;
    if (step) {
        note_step(a, step, 1);
        a->weekends +=
            a->whole_days && is_weekend_step(time_day_of(a->t_max, unit, &unused), step, unit);
    }
    a->t_max = b->t_max;
}

void time_steps_merge(struct time_steps *a, const struct time_steps *b, enum time_unit unit)
{
    if (a->times == 0 || b->times == 0) {
        *a = b->times ? *b : *a;
        return;
    }
    enum steps_quality worst = a->quality > b->quality ? a->quality : b->quality;
    bool b_later = b->t_min >= a->t_max;
    if (worst == STEPS_EXACT && (b_later || b->t_max <= a->t_min)) {
        struct time_steps later = b_later ? *b : *a;
        if (!b_later) {
            *a = *b;
        }
        join(a, &later, unit);
        return;
    }
    a->times += b->times;
    a->grain = a->grain < b->grain ? a->grain : b->grain;
    a->backwards += b->backwards;
    a->t_min = b->t_min < a->t_min ? b->t_min : a->t_min;
    a->t_max = b->t_max > a->t_max ? b->t_max : a->t_max;
    forget_neighbours(a, worst == STEPS_EXACT ? STEPS_UNORDERED : worst);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

bool time_grain_is_whole(uint8_t grain, enum time_unit from, enum time_unit to)
{
    return to >= from || (to >= TIME_UNIT_S && (unsigned)(from - to) <= grain);
}

/* To a coarser unit, of which all times are multiples. */
static void divide(struct time_steps *s, enum time_unit from, enum time_unit to)
{
    int64_t factor = time_ticks_per_day(from) / time_ticks_per_day(to);
    s->t_min /= factor;
    s->t_max /= factor;
    s->longest /= (uint64_t)factor;
    for (size_t i = 0; i < s->n; i++) {
        s->steps[i].step /= (uint64_t)factor;
    }
    s->grain -= (uint8_t)(from - to);
}

bool time_steps_convert(struct time_steps *s, enum time_unit from, enum time_unit to)
{
    if (from == to || s->times == 0) {
        return true;
    }
    if (to < from && s->quality != STEPS_UNKNOWN && time_grain_is_whole(s->grain, from, to)) {
        divide(s, from, to);
        return true;
    }
    if (to < from) {
        s->t_min = floor_divide(s->t_min, time_ticks_per_day(from) / time_ticks_per_day(to));
        s->t_max = floor_divide(s->t_max, time_ticks_per_day(from) / time_ticks_per_day(to));
        forget_neighbours(s, STEPS_UNKNOWN);
        return false;
    }
    if (!time_convert(s->t_min, from, to, &s->t_min) ||
        !time_convert(s->t_max, from, to, &s->t_max)) {
        forget_neighbours(s, STEPS_UNKNOWN);
        return false;
    }
    /* Bounds that fit make every step between them fit. */
    uint64_t factor = (uint64_t)(time_ticks_per_day(to) / time_ticks_per_day(from));
    s->longest *= factor;
    for (size_t i = 0; i < s->n; i++) {
        s->steps[i].step *= factor;
    }
    return true;
}
