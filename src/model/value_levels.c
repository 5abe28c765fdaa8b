#include "model/value_levels.h"

#include <math.h>
#include <string.h>

#include "base/varint.h"
#include "model/value_hash.h"

#define HOURS_PER_DAY 24
#define DAYS_PER_WEEK 7
#define EPOCH_WEEKDAY 3 /* 1970-01-01 was a Thursday; 0 is Monday */
#define MONTHS        12
/* Days beyond this (three thousand million years) have no calendar; within it nothing overflows. */
#define DAYS_MAX (INT64_C(1) << 40)
#define ID_MAX   (DAYS_MAX * HOURS_PER_DAY + HOURS_PER_DAY)

/* ---- buckets ---- */

/* The bucket of a level in which an instant falls, and where it ends: its ticks [from, to). */
struct bucket_bounds {
    int64_t id, from, to;
};

static int64_t saturated(int64_t days, int64_t per_day)
{
    int64_t t;
    return __builtin_mul_overflow(days, per_day, &t) ? (days < 0 ? INT64_MIN : INT64_MAX) : t;
}

static struct bucket_bounds hour_of(int64_t t, enum time_unit unit)
{
    int64_t of_day, day = time_day_of(t, unit, &of_day), per_day = time_ticks_per_day(unit);
    if (per_day < HOURS_PER_DAY) {
        return (struct bucket_bounds){day * HOURS_PER_DAY, t, t == INT64_MAX ? t : t + 1};
    }
    int64_t per_hour = per_day / HOURS_PER_DAY, hour = of_day / per_hour, to;
    int64_t from = (int64_t)((uint64_t)t - (uint64_t)(of_day % per_hour));
    from = from > t ? INT64_MIN : from;
    bool over = __builtin_add_overflow(from, per_hour, &to);
    return (struct bucket_bounds){day * HOURS_PER_DAY + hour, from, over ? INT64_MAX : to};
}

static struct bucket_bounds day_bounds(int64_t id, int64_t from, int64_t to, enum time_unit unit)
{
    int64_t per_day = time_ticks_per_day(unit);
    return (struct bucket_bounds){id, saturated(from, per_day), saturated(to, per_day)};
}

static struct bucket_bounds month_of(int64_t day, enum time_unit unit)
{
    int64_t year;
    unsigned month, d;
    time_civil_from_days(day, &year, &month, &d);
    int64_t next = month == MONTHS ? time_days_from_civil(year + 1, 1, 1)
                                   : time_days_from_civil(year, month + 1, 1);
    return day_bounds((year - 1970) * MONTHS + month - 1, day - d + 1, next, unit);
}

static struct bucket_bounds bucket_of(int64_t t, enum value_level level, enum time_unit unit)
{
    int64_t of_day, day = time_day_of(t, unit, &of_day);
    switch (level) {
    case LEVEL_HOUR:
        return hour_of(t, unit);
    case LEVEL_DAY:
        return day_bounds(day, day, day + 1, unit);
    case LEVEL_WEEK: {
        int64_t from = day - (int64_t)time_weekday(day);
        return day_bounds((from + EPOCH_WEEKDAY) / DAYS_PER_WEEK, from, from + DAYS_PER_WEEK, unit);
    }
    default:
        return month_of(day, unit);
    }
}

/* Days that every bucket of a level has at most; hours are a part of one. */
static const int64_t longest_days[LEVELS] = {[LEVEL_DAY] = 1, [LEVEL_WEEK] = 7, [LEVEL_MONTH] = 31};

static uint64_t longest_ticks(enum value_level level, enum time_unit unit)
{
    int64_t per_day = time_ticks_per_day(unit);
    if (level == LEVEL_HOUR) {
        return per_day < HOURS_PER_DAY ? 1 : (uint64_t)per_day / HOURS_PER_DAY;
    }
    return (uint64_t)(longest_days[level] * per_day);
}

/* ---- sums in two doubles ---- */

static void add(struct level_bucket *b, double v)
{
    double sum = b->sum + v, part = sum - b->sum;
    b->rest += (b->sum - (sum - part)) + (v - part);
    b->sum = sum;
}

static void join(struct level_bucket *a, const struct level_bucket *b)
{
    add(a, b->sum);
    a->rest += b->rest;
    a->count += b->count;
}

static double sum_of(const struct level_bucket *b)
{
    return (double)(float)(b->sum + b->rest);
}

static double mean_of(const struct level_bucket *b)
{
    double sum = b->sum + b->rest;
    return (double)(float)(b->count == 1 ? sum : sum / (double)b->count);
}

/* ---- states ---- */

/* The last bucket is complete: it becomes one of those between, unless it is the first. */
static void close_last(struct level_state *s)
{
    if (s->buckets > 1) {
        double mean = mean_of(&s->last), sum = sum_of(&s->last);
        s->means = value_hash_append(s->means, &mean, 1);
        s->sums = value_hash_append(s->sums, &sum, 1);
    }
}

static void append_bucket(struct level_state *s, const struct level_bucket *b)
{
    s->several |= b->count > 1;
    if (s->buckets && s->last.id == b->id) {
        join(&s->last, b);
        s->several = true;
        s->first = s->buckets == 1 ? s->last : s->first;
        return;
    }
    close_last(s);
    s->last = *b;
    s->first = s->buckets ? s->first : *b;
    s->buckets++;
}

static void merge_state(struct level_state *a, const struct level_state *b)
{
    if (b->buckets == 0) {
        return;
    }
    append_bucket(a, &b->first);
    a->several |= b->several;
    if (b->buckets == 1) {
        return;
    }
    close_last(a);
    a->means = value_hash_join(a->means, b->means, b->buckets - 2);
    a->sums = value_hash_join(a->sums, b->sums, b->buckets - 2);
    a->last = b->last;
    a->buckets += b->buckets - 1;
}

void value_levels_merge(struct value_levels *a, const struct value_levels *b)
{
    a->known = a->known && b->known;
    for (int l = 0; l < LEVELS && a->known; l++) {
        merge_state(&a->of[l], &b->of[l]);
    }
}

/* The hash of all but the first and the last of n values that are a bucket each. */
static uint64_t inner_hash(uint64_t single, double first, double last, uint64_t n)
{
    if (n < 3) {
        return 0;
    }
    uint64_t h = value_hash_drop_last(single, (double)(float)last);
    return value_hash_drop_first(h, (double)(float)first, n - 1);
}

/* Values that are a bucket each. */
static void single_state(struct level_state *s, int64_t from, int64_t to, double first, double last,
                         uint64_t single, uint64_t n)
{
    *s = (struct level_state){.buckets = n,
                              .first = {.id = from, .count = 1, .sum = first},
                              .last = {.id = to, .count = 1, .sum = last}};
    s->means = s->sums = inner_hash(single, first, last, n);
}

static void append_singles(struct level_state *s, enum value_level level, const int64_t *times,
                           const double *v, size_t n, enum time_unit unit, uint64_t single)
{
    struct level_state more;
    int64_t from = bucket_of(times[0], level, unit).id;
    int64_t to = n > 1 ? bucket_of(times[n - 1], level, unit).id : from;
    single_state(&more, from, to, v[0] + 0.0, v[n - 1] + 0.0, single, n);
    merge_state(s, &more);
}

static uint64_t shortest_step(const int64_t *times, size_t n)
{
    uint64_t shortest = UINT64_MAX;
    for (size_t i = 1; i < n; i++) {
        uint64_t step = (uint64_t)times[i] - (uint64_t)times[i - 1];
        shortest = step < shortest ? step : shortest;
    }
    return shortest;
}

/* Pieces of the finest of the levels from `finest` on; each piece lies in one bucket of all of
 * them. (A week may begin and end in two months: pieces of weeks would not, those of days do.) */
static void append_pieces(struct value_levels *l, enum value_level finest, const int64_t *times,
                          const double *v, size_t n, enum time_unit unit)
{
    enum value_level pieces = finest == LEVEL_HOUR ? LEVEL_HOUR : LEVEL_DAY;
    struct bucket_bounds at[LEVELS] = {{0}};
    for (size_t i = 0; i < n;) {
        struct bucket_bounds piece = bucket_of(times[i], pieces, unit);
        struct level_bucket sum = {.count = 1, .sum = v[i] + 0.0};
        int64_t t = times[i];
        for (i++; i < n && times[i] < piece.to; i++) {
            add(&sum, v[i]);
            sum.count++;
        }
        for (int k = (int)finest; k < LEVELS; k++) {
            if (t >= at[k].to || t < at[k].from) {
                at[k] = bucket_of(t, (enum value_level)k, unit);
            }
            sum.id = at[k].id;
            append_bucket(&l->of[k], &sum);
        }
    }
}

static bool in_calendar(int64_t t, enum time_unit unit)
{
    int64_t of_day, day = time_unit_is_calendar(unit) ? time_day_of(t, unit, &of_day) : DAYS_MAX;
    return day > -DAYS_MAX && day < DAYS_MAX;
}

void value_levels_append(struct value_levels *l, const int64_t *times, const double *v, size_t n,
                         enum time_unit unit, uint64_t single)
{
    uint64_t shortest = shortest_step(times, n);
    int level = 0;
    l->known = l->known && in_calendar(times[0], unit) && in_calendar(times[n - 1], unit);
    if (!l->known) {
        return;
    }
    for (; level < LEVELS && shortest >= longest_ticks((enum value_level)level, unit); level++) {
        append_singles(&l->of[level], (enum value_level)level, times, v, n, unit, single);
    }
    if (level < LEVELS) {
        append_pieces(l, (enum value_level)level, times, v, n, unit);
    }
}

bool value_levels_hashes(const struct value_levels *l, enum value_level which, uint64_t *means,
                         uint64_t *sums)
{
    struct level_state s = l->of[which];
    if (!l->known || !s.several) {
        return false;
    }
    close_last(&s);
    double mean = mean_of(&s.first), sum = sum_of(&s.first);
    uint64_t behind = s.buckets - 1;
    *means = value_hash_join(value_hash_one(mean), behind ? s.means : 0, behind);
    *sums = value_hash_join(value_hash_one(sum), behind ? s.sums : 0, behind);
    return true;
}

/* ---- bytes ---- */

static void put_double(struct strbuf *out, double v)
{
    strbuf_add(out, &v, sizeof v);
}

static bool take_bytes(struct str *in, void *to, size_t n)
{
    if (in->len < n) {
        return false;
    }
    memcpy(to, in->data, n);
    *in = str_from(*in, n);
    return true;
}

static void put_bucket(const struct level_bucket *b, struct strbuf *out)
{
    varint_put(out, b->count);
    put_double(out, b->sum);
    put_double(out, b->rest);
}

static bool take_bucket(struct str *in, struct level_bucket *b)
{
    return varint_take(in, &b->count) && b->count && b->count <= INT64_MAX &&
           take_bytes(in, &b->sum, sizeof b->sum) && take_bytes(in, &b->rest, sizeof b->rest);
}

/* Number of buckets and whether one holds several values, the first and the last bucket's number;
 * where one does, also their counts and sums, and the hashes. */
void value_levels_encode(const struct value_levels *l, struct strbuf *out)
{
    strbuf_add_char(out, l->known ? 1 : 0);
    for (int i = 0; i < LEVELS && l->known; i++) {
        const struct level_state *s = &l->of[i];
        varint_put(out, s->buckets << 1 | s->several);
        if (s->buckets == 0) {
            continue;
        }
        varint_put_signed(out, s->first.id);
        varint_put(out, (uint64_t)(s->last.id - s->first.id));
        if (s->several) {
            put_bucket(&s->first, out);
            put_bucket(&s->last, out);
            strbuf_add(out, &s->means, sizeof s->means);
            strbuf_add(out, &s->sums, sizeof s->sums);
        }
    }
}

static bool take_state(struct str *in, double first, double last, uint64_t single, uint64_t n,
                       struct level_state *s)
{
    uint64_t head, distance;
    int64_t from;
    *s = (struct level_state){0};
    if (!varint_take(in, &head) || head >> 1 > n) {
        return false;
    }
    if (head >> 1 == 0) {
        return head == 0;
    }
    if (!varint_take_signed(in, &from) || from < -ID_MAX || from > ID_MAX ||
        !varint_take(in, &distance) || distance > 2 * (uint64_t)ID_MAX) {
        return false;
    }
    if (!(head & 1)) {
        single_state(s, from, from + (int64_t)distance, first, last, single, head >> 1);
        return head >> 1 == n;
    }
    s->buckets = head >> 1;
    s->several = true;
    if (!take_bucket(in, &s->first) || !take_bucket(in, &s->last) ||
        !take_bytes(in, &s->means, sizeof s->means) || !take_bytes(in, &s->sums, sizeof s->sums)) {
        return false;
    }
    s->first.id = from;
    s->last.id = from + (int64_t)distance;
    return s->means >> 61 == 0 && s->sums >> 61 == 0;
}

bool value_levels_decode(struct str *in, double first, double last, uint64_t single, uint64_t n,
                         struct value_levels *out)
{
    uint8_t known;
    *out = (struct value_levels){0};
    if (!take_bytes(in, &known, 1) || known > 1) {
        return false;
    }
    out->known = known;
    for (int i = 0; i < LEVELS && known; i++) {
        if (!take_state(in, first, last, single, n, &out->of[i])) {
            return false;
        }
    }
    return true;
}
