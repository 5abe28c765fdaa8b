#include "model/sparkline.h"

#include <float.h>
#include <math.h>

#include "base/varint.h"

#define LEVELS 255
/* Buckets of 2^62 ticks: two of them hold all times. */
#define SHIFT_MAX 62

static void clear(struct sparkline *s, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        s->min[i] = DBL_MAX;
        s->max[i] = -DBL_MAX;
    }
}

static void widen(struct sparkline *s, uint32_t i, double lo, double hi)
{
    s->min[i] = lo < s->min[i] ? lo : s->min[i];
    s->max[i] = hi > s->max[i] ? hi : s->max[i];
}

static void coarsen(struct sparkline *s)
{
    struct sparkline old = *s;
    s->shift++;
    s->first = old.first >> 1;
    s->n = old.n ? (uint32_t)(((old.first + old.n - 1) >> 1) - s->first + 1) : 0;
    clear(s, 0, s->n);
    for (uint32_t i = 0; i < old.n; i++) {
        widen(s, (uint32_t)(((old.first + i) >> 1) - s->first), old.min[i], old.max[i]);
    }
}

/* The finest buckets, from `shift` on, of which 32 hold both times. */
static uint32_t shift_for(uint32_t shift, int64_t from, int64_t to)
{
    while (shift < SHIFT_MAX &&
           (uint64_t)(to >> shift) - (uint64_t)(from >> shift) >= SPARKLINE_BUCKETS) {
        shift++;
    }
    return shift;
}

/* Room for the buckets from time `from` to time `to`, which is later. */
static void make_room(struct sparkline *s, int64_t from, int64_t to, uint32_t shift)
{
    if (s->n == 0) {
        s->shift = shift_for(shift, from, to);
        s->first = from >> s->shift;
        s->n = (uint32_t)((to >> s->shift) - s->first + 1);
        clear(s, 0, s->n);
        return;
    }
    int64_t begin = (int64_t)((uint64_t)s->first << s->shift);
    from = from < begin ? from : begin;
    int64_t end = (int64_t)((uint64_t)(s->first + s->n - 1) << s->shift);
    to = to > end ? to : end;
    shift = shift_for(s->shift > shift ? s->shift : shift, from, to);
    while (s->shift < shift) {
        coarsen(s);
    }
    struct sparkline old = *s;
    s->first = from >> shift;
    s->n = (uint32_t)((to >> shift) - s->first + 1);
    clear(s, 0, s->n);
    for (uint32_t i = 0; i < old.n; i++) {
        widen(s, (uint32_t)(old.first + i - s->first), old.min[i], old.max[i]);
    }
}

void sparkline_append(struct sparkline *s, const int64_t *times, const double *v, size_t n)
{
    if (n == 0) {
        return;
    }
    make_room(s, times[0], times[n - 1], 0);
    for (size_t i = 0; i < n;) {
        int64_t bucket = times[i] >> s->shift;
        double lo = v[i], hi = v[i];
        for (i++; i < n && times[i] >> s->shift == bucket; i++) {
            lo = v[i] < lo ? v[i] : lo;
            hi = v[i] > hi ? v[i] : hi;
        }
        widen(s, (uint32_t)(bucket - s->first), lo, hi);
    }
}

/* Where bucket i begins, moved; ends of time hold what would leave it. */
static int64_t moved(const struct sparkline *s, uint32_t i, int64_t offset)
{
    int64_t t = (int64_t)((uint64_t)(s->first + i) << s->shift), to;
    return __builtin_add_overflow(t, offset, &to) ? INT64_MAX : to;
}

void sparkline_merge(struct sparkline *a, const struct sparkline *b, int64_t offset)
{
    if (b->n == 0) {
        return;
    }
    make_room(a, moved(b, 0, offset), moved(b, b->n - 1, offset), b->shift);
    for (uint32_t i = 0; i < b->n; i++) {
        int64_t at = (moved(b, i, offset) >> a->shift) - a->first;
        widen(a, (uint32_t)at, b->min[i], b->max[i]);
    }
}

void sparkline_convert(struct sparkline *s, int64_t per_day, int64_t to_per_day)
{
    int64_t factor = to_per_day > per_day ? to_per_day / per_day : 1;
    int64_t divisor = per_day > to_per_day ? per_day / to_per_day : 1;
    struct sparkline old = *s, one = {.n = 1};
    *s = (struct sparkline){0};
    for (uint32_t i = 0; i < old.n; i++) {
        int64_t begin = (int64_t)((uint64_t)(old.first + i) << old.shift);
        begin = begin / divisor - (begin % divisor < 0);
        if (old.min[i] <= old.max[i] && !__builtin_mul_overflow(begin, factor, &one.first)) {
            one.min[0] = old.min[i];
            one.max[0] = old.max[i];
            sparkline_merge(s, &one, 0);
        }
    }
}

/* ---- bytes ---- */

static uint8_t level_of(double v, double lo, double hi)
{
    double share = hi > lo ? v / 2 - lo / 2 : 0; /* halves: hi - lo may be beyond a double */
    share = hi > lo ? share / (hi / 2 - lo / 2) : 0;
    return (uint8_t)lrint((share < 0 ? 0 : share > 1 ? 1 : share) * LEVELS);
}

static double value_of(uint8_t level, double lo, double hi)
{
    return lo + (hi / LEVELS - lo / LEVELS) * level;
}

void sparkline_encode(const struct sparkline *s, double lo, double hi, struct strbuf *out)
{
    varint_put(out, s->n);
    if (s->n == 0) {
        return;
    }
    varint_put(out, s->shift);
    varint_put_signed(out, s->first);
    for (uint32_t i = 0; i < s->n; i++) {
        bool any = s->min[i] <= s->max[i];
        strbuf_add_char(out, (char)(any ? level_of(s->min[i], lo, hi) : LEVELS));
        strbuf_add_char(out, (char)(any ? level_of(s->max[i], lo, hi) : 0));
    }
}

bool sparkline_decode(struct str *in, double lo, double hi, struct sparkline *out)
{
    uint64_t n, shift;
    *out = (struct sparkline){0};
    if (!varint_take(in, &n) || n > SPARKLINE_BUCKETS) {
        return false;
    }
    if (n == 0) {
        return true;
    }
    if (!varint_take(in, &shift) || shift > SHIFT_MAX || !varint_take_signed(in, &out->first) ||
        in->len < 2 * n || out->first < INT64_MIN >> shift ||
        out->first > (INT64_MAX >> shift) - (int64_t)(n - 1)) {
        return false;
    }
    out->n = (uint32_t)n;
    out->shift = (uint32_t)shift;
    for (uint32_t i = 0; i < n; i++) {
        const char *pair = in->data + 2 * (size_t)i;
        uint8_t min = (uint8_t)pair[0], max = (uint8_t)pair[1];
        clear(out, i, i + 1);
        if (min <= max) {
            out->min[i] = value_of(min, lo, hi);
            out->max[i] = value_of(max, lo, hi);
        }
    }
    *in = str_from(*in, 2 * n);
    return true;
}

void sparkline_draw(struct str encoded, struct strbuf *out)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    enum { BLOCKS = sizeof blocks / sizeof *blocks };
    struct sparkline s;
    if (!sparkline_decode(&encoded, 0, LEVELS, &s)) {
        return;
    }
    for (uint32_t i = 0; i < s.n; i++) {
        double middle = (s.min[i] + s.max[i]) / 2;
        size_t block = (size_t)(middle * BLOCKS / (LEVELS + 1));
        strbuf_add_c(out, s.min[i] <= s.max[i] ? blocks[block] : " ");
    }
}
