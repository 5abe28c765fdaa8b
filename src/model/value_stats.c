#include "model/value_stats.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "model/value_hash.h"

/* Rows looked at in one go: what is made of them stays in the first-level cache. */
#define BLOCK MOMENTS_BLOCK
/* Adding and taking away 1.5 x 2^52 rounds to the nearest integer, half to even. */
#define ROUNDER 6755399441055744.0
/* It does so below this. */
#define ROUNDS_BELOW 2251799813685248.0
/* From here on every double is an integer. */
#define ALL_INTEGERS 4503599627370496.0
/* Integers up to here are doubles. */
#define DOUBLE_EXACT (INT64_C(1) << 53)

void value_stats_init(struct value_stats *s, enum values_order order)
{
    size_t tail = offsetof(struct value_stats, order);
    memset(s, 0, offsetof(struct value_stats, moments));
    moments_init(&s->moments);
    memset((char *)s + tail, 0, sizeof *s - tail);
    s->order = order;
    s->levels.known = order == VALUES_BY_TIME;
}

uint64_t value_stats_finite(const struct value_stats *s)
{
    return s->moments.n;
}

/* ---- rows to finite values ---- */

/* The finite values of a block, and where they are. */
struct finite {
    double values[BLOCK];
    int64_t times[BLOCK], integers[BLOCK];
    uint8_t is_finite[BLOCK];
    size_t n;
    bool all;
};

static bool all_finite(const double *v, size_t n)
{
    /* Infinities and NaN give NaN, which stays. */
    double zero = 0;
    for (size_t i = 0; i < n; i++) {
        zero += v[i] * 0.0;
    }
    return zero == zero;
}

static void count_odd(struct value_stats *s, double v, bool valid)
{
    s->nulls += !valid;
    s->nans += valid && v != v;
    s->positive_infinities += valid && v > DBL_MAX;
    s->negative_infinities += valid && v < -DBL_MAX;
}

static void take_finite(struct value_stats *s, const struct value_rows *r, struct finite *f)
{
    f->all = !r->valid && all_finite(r->values, r->n);
    f->n = 0;
    if (f->all) {
        for (size_t i = 0; i < r->n; i++) {
            f->values[i] = r->values[i] + 0.0; /* -0 becomes 0 */
        }
        f->n = r->n;
        return;
    }
    for (size_t i = 0; i < r->n; i++) {
        double v = r->values[i] + 0.0;
        bool valid = !r->valid || r->valid[i], finite = valid && fabs(v) <= DBL_MAX;
        f->is_finite[i] = finite;
        f->values[f->n] = v;
        f->times[f->n] = r->times ? r->times[i] : 0;
        f->integers[f->n] = r->integers ? r->integers[i] : 0;
        f->n += finite;
        if (!finite) {
            count_odd(s, v, valid);
        }
    }
}

/* ---- what needs no order ---- */

/* Four at a time, so that the processor need not wait for one comparison after the other. */
static void find_bounds(const double *v, size_t n, double *lo, double *hi)
{
    double l[4] = {v[0], v[0], v[0], v[0]}, h[4] = {v[0], v[0], v[0], v[0]};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        for (size_t k = 0; k < 4; k++) {
            l[k] = v[i + k] < l[k] ? v[i + k] : l[k];
            h[k] = v[i + k] > h[k] ? v[i + k] : h[k];
        }
    }
    for (; i < n; i++) {
        l[0] = v[i] < l[0] ? v[i] : l[0];
        h[0] = v[i] > h[0] ? v[i] : h[0];
    }
    for (size_t k = 1; k < 4; k++) {
        l[0] = l[k] < l[0] ? l[k] : l[0];
        h[0] = h[k] > h[0] ? h[k] : h[0];
    }
    *lo = l[0];
    *hi = h[0];
}

static bool is_fraction(double v)
{
    return fabs(v) < ALL_INTEGERS && (v + ROUNDER) - ROUNDER != v && trunc(v) != v;
}

static void count_kinds(struct value_stats *s, const double *v, size_t n)
{
    uint64_t zeros = 0, negatives = 0, fractions = 0;
    for (size_t i = 0; i < n; i++) {
        zeros += v[i] == 0;
        negatives += v[i] < 0;
    }
    for (size_t i = 0; i < n; i++) {
        fractions += is_fraction(v[i]);
    }
    s->zeros += zeros;
    s->negatives += negatives;
    s->fractions += fractions;
}

static bool is_exact_integer(const struct value_rows *r, int64_t v)
{
    return v >= (r->is_unsigned ? 0 : -DOUBLE_EXACT) && v <= DOUBLE_EXACT;
}

/* Integers over a power of ten, or beyond 2^53: their moments are those of what they stand for. */
static void add_integers(struct value_stats *s, const struct value_rows *r, const int64_t *v,
                         size_t n)
{
    uint64_t magnitude[BLOCK];
    bool negative[BLOCK];
    for (size_t i = 0; i < n; i++) {
        negative[i] = !r->is_unsigned && v[i] < 0;
        magnitude[i] = negative[i] ? 0 - (uint64_t)v[i] : (uint64_t)v[i];
        s->rounded |= !is_exact_integer(r, v[i]);
    }
    moments_add_integers(&s->moments, magnitude, negative, n, r->scale);
}

static void add_finite(struct value_stats *s, const struct value_rows *r, const struct finite *f)
{
    double lo, hi;
    if (f->n == 0) {
        return;
    }
    find_bounds(f->values, f->n, &lo, &hi);
    bool any = s->moments.n > 0;
    s->min = any && s->min < lo ? s->min : lo;
    s->max = any && s->max > hi ? s->max : hi;
    count_kinds(s, f->values, f->n);
    if (r->integers) {
        add_integers(s, r, f->all ? r->integers : f->integers, f->n);
    } else if (lo == hi) {
        moments_add_repeated(&s->moments, lo, f->n);
    } else {
        moments_add(&s->moments, f->values, f->n);
    }
}

/* ---- what needs order ---- */

static void end_run(struct value_stats *s, uint64_t run, uint64_t before)
{
    s->longest = run > s->longest ? run : s->longest;
    s->prefix = run == before ? run : s->prefix; /* it began with the first row */
}

/* Runs over rows: what is not finite ends one. `last` is still that of the rows before. */
static void follow_runs(struct value_stats *s, const struct value_rows *r, const struct finite *f)
{
    uint64_t run = s->suffix, rows = s->ordered;
    double last = s->last;
    size_t at = 0;
    for (size_t i = 0; i < r->n; i++, rows++) {
        if (!f->all && !f->is_finite[i]) {
            end_run(s, run, rows);
            run = 0;
            continue;
        }
        double v = f->values[at++];
        if (run && v == last) {
            run++;
            continue;
        }
        end_run(s, run, rows);
        run = 1;
        last = v;
    }
    s->suffix = run;
    end_run(s, run, rows);
}

/* The values in another form; whether any of them changes. */
static bool round_block(enum value_form form, const double *v, size_t n, double *out)
{
    static const double powers[] = {[FORM_0] = 1, [FORM_1] = 10, [FORM_2] = 100, [FORM_3] = 1000};
    uint64_t differs = 0;
    if (form == FORM_SINGLE) {
        for (size_t i = 0; i < n; i++) {
            out[i] = (double)(float)v[i];
            differs += out[i] != v[i];
        }
        return differs;
    }
    double power = powers[form];
    for (size_t i = 0; i < n; i++) {
        double scaled = v[i] * power, rounded = ((scaled + ROUNDER) - ROUNDER) / power + 0.0;
        out[i] = fabs(scaled) < ROUNDS_BELOW ? rounded : v[i];
        differs += out[i] != v[i];
    }
    return differs;
}

/* *single: the hash of these values alone, in single precision. */
static void add_hashes(struct value_stats *s, const double *v, size_t n, uint64_t *single)
{
    double other[BLOCK];
    uint64_t plain = value_hash_append(0, v, n);
    for (int form = FORM_EXACT; form < VALUE_FORMS; form++) {
        bool differs = form != FORM_EXACT && round_block((enum value_form)form, v, n, other);
        uint64_t part = differs ? value_hash_append(0, other, n) : plain;
        *single = form == FORM_SINGLE ? part : *single;
        s->forms[form] = value_hash_join(s->forms[form], part, n);
    }
}

static void add_sequence(struct value_stats *s, const struct value_rows *r, const struct finite *f)
{
    const int64_t *times = f->all ? r->times : f->times;
    int64_t positions[BLOCK];
    uint64_t single = 0;
    if (f->n == 0) {
        return;
    }
    if (!r->times) {
        for (size_t i = 0, at = 0; i < r->n; i++) {
            positions[at] = (int64_t)(s->ordered + i);
            at += f->all || f->is_finite[i];
        }
        times = positions;
    }
    s->first = s->sequence ? s->first : f->values[0];
    s->last = f->values[f->n - 1];
    s->sequence += f->n;
    add_hashes(s, f->values, f->n, &single);
    if (s->levels.known) {
        value_levels_append(&s->levels, times, f->values, f->n, r->unit, single);
    }
    sparkline_append(&s->sparkline, times, f->values, f->n);
}

static void append_block(struct value_stats *s, const struct value_rows *r, bool in_order)
{
    struct finite f;
    take_finite(s, r, &f);
    s->rows += r->n;
    s->rounded |= r->inexact && f.n;
    add_finite(s, r, &f);
    if (!in_order) {
        return;
    }
    follow_runs(s, r, &f);
    add_sequence(s, r, &f);
    if (r->times) {
        s->t_min = s->ordered ? s->t_min : r->times[0];
        s->t_max = r->times[r->n - 1];
    }
    s->ordered += r->n;
}

static void append(struct value_stats *s, const struct value_rows *r, bool in_order)
{
    for (size_t i = 0; i < r->n; i += BLOCK) {
        struct value_rows some = *r;
        some.n = r->n - i < BLOCK ? r->n - i : BLOCK;
        some.values += i;
        some.valid = r->valid ? r->valid + i : NULL;
        some.times = r->times ? r->times + i : NULL;
        some.integers = r->integers ? r->integers + i : NULL;
        append_block(s, &some, in_order);
    }
}

void value_stats_append(struct value_stats *s, const struct value_rows *r)
{
    append(s, r, true);
}

void value_stats_append_timeless(struct value_stats *s, const struct value_rows *r)
{
    append(s, r, false);
}
