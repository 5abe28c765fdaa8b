#include "parquet/stats.h"

#include <math.h>
#include <string.h>

#include "parquet/bits.h"

/* How the bytes of a bound compare. */
enum order {
    ORDER_NONE,
    ORDER_BOOL,
    ORDER_SIGNED,
    ORDER_UNSIGNED,
    ORDER_FLOAT,
    ORDER_BYTES,
};

void stats_read(struct thrift *t, struct stats_raw *raw)
{
    struct thrift_field f = {0};
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1:
            raw->max = thrift_binary(t, &f);
            break;
        case 2:
            raw->min = thrift_binary(t, &f);
            break;
        case 3:
            raw->null_count = thrift_i64(t, &f);
            raw->has_null_count = true;
            break;
        case 5:
            raw->max_value = thrift_binary(t, &f);
            break;
        case 6:
            raw->min_value = thrift_binary(t, &f);
            break;
        case 7:
            raw->max_exact = thrift_bool(t, &f);
            raw->max_inexact = !raw->max_exact;
            break;
        case 8:
            raw->min_exact = thrift_bool(t, &f);
            raw->min_inexact = !raw->min_exact;
            break;
        default:
            thrift_skip(t, f.type);
        }
    }
}

static enum order order_of_number(const struct parquet_column *c)
{
    switch (c->physical) {
    case PARQUET_BOOLEAN:
        return ORDER_BOOL;
    case PARQUET_INT32:
    case PARQUET_INT64:
        return c->is_signed ? ORDER_SIGNED : ORDER_UNSIGNED;
    case PARQUET_FLOAT:
    case PARQUET_DOUBLE:
        return ORDER_FLOAT;
    default:
        return ORDER_NONE;
    }
}

static enum order order_of(const struct parquet_column *c)
{
    switch (c->logical) {
    case PARQUET_INTERVAL:
    case PARQUET_FLOAT16:
    case PARQUET_NULL_TYPE:
    case PARQUET_OTHER: /* a meaning we do not know may have an order we do not know */
        return ORDER_NONE;
    case PARQUET_DECIMAL:
        return order_of_number(c); /* ORDER_NONE for byte arrays: they hold two's complement */
    default:
        if (c->physical == PARQUET_BYTE_ARRAY || c->physical == PARQUET_FIXED) {
            return ORDER_BYTES;
        }
        return order_of_number(c);
    }
}

static bool width_fits(struct str s, const struct parquet_column *c)
{
    switch (c->physical) {
    case PARQUET_BOOLEAN:
        return s.len == 1;
    case PARQUET_INT32:
    case PARQUET_FLOAT:
        return s.len == 4;
    case PARQUET_INT64:
    case PARQUET_DOUBLE:
        return s.len == 8;
    case PARQUET_FIXED:
        return s.len <= c->type_length; /* bounds may be truncated */
    default:
        return true;
    }
}

static int64_t signed_of(struct str s)
{
    return s.len == 4 ? (int32_t)load32(s.data) : (int64_t)load64(s.data);
}

static uint64_t unsigned_of(struct str s)
{
    return s.len == 4 ? load32(s.data) : load64(s.data);
}

static double float_of(struct str s)
{
    if (s.len == 4) {
        float v;
        memcpy(&v, s.data, sizeof v);
        return v;
    }
    double v;
    memcpy(&v, s.data, sizeof v);
    return v;
}

/* Bounds the wrong way round come from broken writers: they bound nothing. */
static bool in_order(struct str min, struct str max, enum order order)
{
    switch (order) {
    case ORDER_BOOL:
        return (uint8_t)min.data[0] <= (uint8_t)max.data[0] && (uint8_t)max.data[0] <= 1;
    case ORDER_SIGNED:
        return signed_of(min) <= signed_of(max);
    case ORDER_UNSIGNED:
        return unsigned_of(min) <= unsigned_of(max);
    case ORDER_FLOAT:
        return float_of(min) < float_of(max); /* false for NaN, and for equal ones: see stats.h */
    case ORDER_BYTES:
        return str_cmp(min, max) <= 0;
    default:
        return false;
    }
}

/* A zero of sign `negative` in the width of `s`. */
static struct str zero_of(struct str s, bool negative, struct arena *a)
{
    char *p = arena_zalloc(a, s.len);
    if (negative) {
        p[s.len - 1] = (char)0x80;
    }
    return str_n(p, s.len);
}

/* Writers disagree on the order of -0 and +0: a zero bound covers both. */
static void widen_zeros(struct parquet_stats *out, struct arena *a)
{
    if (float_of(out->min) == 0 && !signbit(float_of(out->min))) {
        out->min = zero_of(out->min, true, a);
        out->exact = false;
    }
    if (float_of(out->max) == 0 && signbit(float_of(out->max))) {
        out->max = zero_of(out->max, false, a);
        out->exact = false;
    }
}

static bool are_exact(const struct stats_raw *raw, const struct parquet_column *c)
{
    if (c->physical == PARQUET_BYTE_ARRAY || c->physical == PARQUET_FIXED) {
        return raw->min_exact && raw->max_exact;
    }
    return !raw->min_inexact && !raw->max_inexact;
}

void stats_settle(const struct stats_raw *raw, const struct parquet_column *c, struct arena *a,
                  struct parquet_stats *out)
{
    *out = (struct parquet_stats){0};
    if (raw->has_null_count && raw->null_count >= 0) {
        out->has_null_count = true;
        out->null_count = (uint64_t)raw->null_count;
    }
    enum order order = order_of(c);
    struct str min = {0}, max = {0};
    if (c->type_ordered && raw->min_value.data && raw->max_value.data) {
        min = raw->min_value;
        max = raw->max_value;
    } else if (order == ORDER_SIGNED && raw->min.data && raw->max.data) {
        min = raw->min;
        max = raw->max;
    }
    if (order == ORDER_NONE || !min.data || !width_fits(min, c) || !width_fits(max, c) ||
        !in_order(min, max, order)) {
        return;
    }
    out->has_bounds = true;
    out->min = min;
    out->max = max;
    out->exact = are_exact(raw, c);
    if (order == ORDER_FLOAT) {
        widen_zeros(out, a);
    }
}

static int sign_of(bool less, bool greater)
{
    return (int)greater - (int)less;
}

int stats_compare(const struct parquet_column *c, struct str a, struct str b)
{
    switch (order_of(c)) {
    case ORDER_BOOL:
        return (uint8_t)a.data[0] - (uint8_t)b.data[0];
    case ORDER_SIGNED:
        return sign_of(signed_of(a) < signed_of(b), signed_of(a) > signed_of(b));
    case ORDER_UNSIGNED:
        return sign_of(unsigned_of(a) < unsigned_of(b), unsigned_of(a) > unsigned_of(b));
    case ORDER_FLOAT:
        return sign_of(float_of(a) < float_of(b), float_of(a) > float_of(b));
    case ORDER_BYTES:
        return str_cmp(a, b);
    default:
        return 0;
    }
}

bool stats_may_hold(const struct parquet_column *c, const struct parquet_stats *s, struct str value)
{
    if (!s->has_bounds || !width_fits(value, c)) {
        return true;
    }
    /* NaN compares with nothing, so that it is within any bounds. */
    return stats_compare(c, value, s->min) >= 0 && stats_compare(c, value, s->max) <= 0;
}
