#include "model/value_rows.h"

#include <math.h>
#include <string.h>

#include "base/varint.h"

#define FLAG_ORDER   1 /* VALUES_BY_TIME or VALUES_BY_ROW */
#define FLAG_NULLS   2
#define FLAG_REGULAR 4
#define FLAG_SCALE   3 /* three bits from here on: the decimals, or DOUBLES */
#define DOUBLES      7u
#define FLAGS_END    (1u << 6)
/* Values with more decimals are as short in eight bytes. */
#define SCALE_MAX 4
/* Integers below this are doubles, each of them one alone. */
#define INTEGERS_BELOW 9007199254740992.0

static const double powers[] = {1, 10, 100, 1000, 10000};

bool value_rows_few(const struct value_rows *r, enum values_order order)
{
    return r->n > 0 && r->n <= VALUE_ROWS_MAX && !r->integers && !r->inexact &&
           order != VALUES_UNORDERED && (order == VALUES_BY_TIME) == (r->times != NULL);
}

static bool is_valid(const struct value_rows *r, size_t i)
{
    return !r->valid || r->valid[i];
}

static bool is_decimal(double v, unsigned scale)
{
    double scaled = v * powers[scale];
    return fabs(scaled) < INTEGERS_BELOW && rint(scaled) / powers[scale] == v;
}

/* The fewest decimals that give each value back. */
static unsigned scale_of(const struct value_rows *r)
{
    unsigned scale = 0;
    for (size_t i = 0; i < r->n && scale <= SCALE_MAX; i++) {
        while (scale <= SCALE_MAX && is_valid(r, i) && !is_decimal(r->values[i], scale)) {
            scale++;
        }
    }
    /* What fits with fewer decimals may be too large with more. */
    for (size_t i = 0; i < r->n && scale <= SCALE_MAX; i++) {
        if (is_valid(r, i) && !is_decimal(r->values[i], scale)) {
            return DOUBLES;
        }
    }
    return scale <= SCALE_MAX ? scale : DOUBLES;
}

/* As unsigned numbers, so that the distance of any two times fits. */
static uint64_t step(const struct value_rows *r, size_t i)
{
    return (uint64_t)r->times[i + 1] - (uint64_t)r->times[i];
}

static bool is_regular(const struct value_rows *r)
{
    for (size_t i = 1; r->times && i + 1 < r->n; i++) {
        if (step(r, i) != step(r, 0)) {
            return false;
        }
    }
    return true;
}

static bool has_nulls(const struct value_rows *r)
{
    return r->valid && memchr(r->valid, 0, r->n) != NULL;
}

static void put_valid(const struct value_rows *r, struct strbuf *out)
{
    uint8_t bits[(VALUE_ROWS_MAX + 7) / 8] = {0};
    for (size_t i = 0; i < r->n; i++) {
        bits[i / 8] |= (uint8_t)((unsigned)is_valid(r, i) << i % 8);
    }
    strbuf_add(out, bits, (r->n + 7) / 8);
}

static void put_values(const struct value_rows *r, unsigned scale, struct strbuf *out)
{
    for (size_t i = 0; i < r->n; i++) {
        if (!is_valid(r, i)) {
            continue;
        }
        if (scale == DOUBLES) {
            strbuf_add(out, &r->values[i], sizeof *r->values);
        } else {
            varint_put_signed(out, (int64_t)rint(r->values[i] * powers[scale]));
        }
    }
}

void value_rows_encode(const struct value_rows *r, enum values_order order, struct strbuf *out)
{
    unsigned scale = scale_of(r);
    bool nulls = has_nulls(r), regular = is_regular(r);
    strbuf_add_char(out, VALUE_ROWS_VERSION);
    strbuf_add_char(out,
                    (char)((order == VALUES_BY_ROW ? FLAG_ORDER : 0) | (nulls ? FLAG_NULLS : 0) |
                           (regular ? FLAG_REGULAR : 0) | (int)(scale << FLAG_SCALE)));
    varint_put(out, r->n);
    if (order == VALUES_BY_TIME) {
        strbuf_add_char(out, (char)r->unit);
    }
    if (nulls) {
        put_valid(r, out);
    }
    for (size_t i = 0; r->times && i + 1 < (regular && r->n > 2 ? 2 : r->n); i++) {
        varint_put(out, step(r, i));
    }
    put_values(r, scale, out);
}

/* ---- back again ---- */

struct decoded {
    double values[VALUE_ROWS_MAX];
    uint8_t valid[VALUE_ROWS_MAX];
    int64_t times[VALUE_ROWS_MAX];
};

static bool take_byte(struct str *in, uint8_t *b)
{
    if (in->len == 0) {
        return false;
    }
    *b = (uint8_t)in->data[0];
    *in = str_from(*in, 1);
    return true;
}

static bool take_valid(struct str *in, size_t n, struct decoded *d)
{
    size_t bytes = (n + 7) / 8;
    if (in->len < bytes) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        d->valid[i] = (uint8_t)in->data[i / 8] >> i % 8 & 1;
    }
    *in = str_from(*in, bytes);
    return true;
}

/* Ascending, from t_min to t_max. */
static bool take_times(struct str *in, size_t n, bool regular, int64_t t_min, int64_t t_max,
                       struct decoded *d)
{
    uint64_t by = 0;
    d->times[0] = t_min;
    for (size_t i = 1; i < n; i++) {
        uint64_t left = (uint64_t)t_max - (uint64_t)d->times[i - 1];
        if ((i == 1 || !regular) && !varint_take(in, &by)) {
            return false;
        }
        if (by > left) {
            return false;
        }
        d->times[i] = (int64_t)((uint64_t)d->times[i - 1] + by);
    }
    return d->times[n - 1] == t_max;
}

static bool take_value(struct str *in, unsigned scale, double *v)
{
    int64_t number;
    if (scale == DOUBLES) {
        if (in->len < sizeof *v) {
            return false;
        }
        memcpy(v, in->data, sizeof *v);
        *in = str_from(*in, sizeof *v);
        return true;
    }
    if (!varint_take_signed(in, &number) || number >= (int64_t)INTEGERS_BELOW ||
        number <= -(int64_t)INTEGERS_BELOW) {
        return false;
    }
    *v = (double)number / powers[scale];
    return true;
}

static bool take_values(struct str *in, size_t n, unsigned scale, struct decoded *d)
{
    for (size_t i = 0; i < n; i++) {
        d->values[i] = 0;
        if (d->valid[i] && !take_value(in, scale, &d->values[i])) {
            return false;
        }
    }
    return true;
}

bool value_rows_decode(struct str *in, int64_t t_min, int64_t t_max, struct value_stats *out)
{
    struct decoded d;
    uint8_t flags, unit = TIME_UNIT_NONE;
    uint64_t n;
    if (!take_byte(in, &flags) || flags >= FLAGS_END || !varint_take(in, &n) || n == 0 ||
        n > VALUE_ROWS_MAX) {
        return false;
    }
    enum values_order order = flags & FLAG_ORDER ? VALUES_BY_ROW : VALUES_BY_TIME;
    unsigned scale = flags >> FLAG_SCALE;
    value_stats_init(out, order);
    memset(d.valid, 1, n);
    if ((scale > SCALE_MAX && scale != DOUBLES) ||
        (order == VALUES_BY_TIME && (!take_byte(in, &unit) || unit > TIME_UNIT_NS)) ||
        (flags & FLAG_NULLS && !take_valid(in, n, &d)) ||
        (order == VALUES_BY_TIME && !take_times(in, n, flags & FLAG_REGULAR, t_min, t_max, &d)) ||
        !take_values(in, n, scale, &d)) {
        return false;
    }
    struct value_rows r = {.values = d.values,
                           .valid = flags & FLAG_NULLS ? d.valid : NULL,
                           .times = order == VALUES_BY_TIME ? d.times : NULL,
                           .n = n,
                           .unit = (enum time_unit)unit};
    value_stats_append(out, &r);
    return true;
}
