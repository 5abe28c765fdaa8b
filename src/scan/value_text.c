#include "scan/value_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits of the largest decimal that 128 bits hold. */
#define DECIMAL_DIGITS_MAX 38
/* Julian day number of 1970-01-01, which INT96 counts from. */
#define JULIAN_DAY_OF_EPOCH 2440588

static int64_t load_le(struct str plain)
{
    uint64_t v = 0;
    for (size_t i = plain.len; i-- > 0;) {
        v = v << 8 | (unsigned char)plain.data[i];
    }
    if (plain.len == 4) {
        return (int32_t)(uint32_t)v;
    }
    return (int64_t)v;
}

/* Digits of a double at most, and where its digits are written out without an exponent, as DuckDB,
 * Python and JavaScript do. */
#define FLOAT_DIGITS   17
#define PLAIN_EXPONENT 16
#define PLAIN_ZEROS    4

/* Shortest digits that read back, `n` of them, and the exponent of the first; `single` compares as
 * a float. */
static int shortest_digits(double magnitude, bool single, char digits[FLOAT_DIGITS + 1], int *n)
{
    char text[FLOAT_DIGITS + 16];
    for (*n = 1; *n <= FLOAT_DIGITS; (*n)++) {
        snprintf(text, sizeof text, "%.*e", *n - 1, magnitude);
        if (*n == FLOAT_DIGITS ||
            (single ? strtof(text, NULL) == (float)magnitude : strtod(text, NULL) == magnitude)) {
            break;
        }
    }
    digits[0] = text[0];
    for (int i = 1; i < *n; i++) {
        digits[i] = text[i + 1]; /* behind the point */
    }
    return (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

static void add_zeros(int n, struct strbuf *out)
{
    for (; n > 0; n--) {
        strbuf_add_char(out, '0');
    }
}

/* 100.0, 0.001, 1e-05, 1.5e+16: ".0" keeps a float from looking like an integer. */
static void add_magnitude(double magnitude, bool single, struct strbuf *out)
{
    char digits[FLOAT_DIGITS + 1];
    int n, exponent = shortest_digits(magnitude, single, digits, &n);
    if (exponent < -PLAIN_ZEROS || exponent >= PLAIN_EXPONENT) {
        strbuf_add(out, digits, 1);
        strbuf_add(out, ".", n > 1);
        strbuf_add(out, digits + 1, (size_t)n - 1);
        strbuf_printf(out, "e%+03d", exponent);
    } else if (exponent < 0) {
        strbuf_add_c(out, "0.");
        add_zeros(-exponent - 1, out);
        strbuf_add(out, digits, (size_t)n);
    } else {
        int whole = n < exponent + 1 ? n : exponent + 1;
        strbuf_add(out, digits, (size_t)whole);
        add_zeros(exponent + 1 - n, out);
        strbuf_add_c(out, n > whole ? "." : ".0");
        strbuf_add(out, digits + whole, (size_t)(n - whole));
    }
}

static void add_float(double d, bool single, struct strbuf *out)
{
    if (isnan(d)) {
        strbuf_add_c(out, "nan");
        return;
    }
    strbuf_add_c(out, signbit(d) ? "-" : "");
    if (isinf(d)) {
        strbuf_add_c(out, "inf");
    } else {
        add_magnitude(fabs(d), single, out);
    }
}

static double half_to_double(uint16_t h)
{
    int exponent = h >> 10 & 31;
    double fraction = h & 1023;
    double magnitude = exponent == 31  ? (fraction != 0 ? NAN : INFINITY)
                       : exponent == 0 ? ldexp(fraction, -24)
                                       : ldexp(fraction + 1024, exponent - 25);
    return h & 0x8000 ? -magnitude : magnitude;
}

static void add_decimal(__int128 v, int scale, struct strbuf *out)
{
    char digits[DECIMAL_DIGITS_MAX + 4];
    int n = 0;
    unsigned __int128 magnitude = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
    do {
        digits[n++] = (char)('0' + (int)(magnitude % 10));
        magnitude /= 10;
    } while ((magnitude || n <= scale) && n < (int)sizeof digits);
    if (v < 0) {
        strbuf_add_char(out, '-');
    }
    while (n-- > 0) {
        strbuf_add_char(out, digits[n]);
        if (n == scale && n > 0) {
            strbuf_add_char(out, '.');
        }
    }
}

static enum error_code decimal_text(const struct parquet_column *c, struct str plain,
                                    struct strbuf *out, struct error *err)
{
    bool big_endian = c->physical == PARQUET_BYTE_ARRAY || c->physical == PARQUET_FIXED;
    if (plain.len > 16 || c->scale < 0 || c->scale > DECIMAL_DIGITS_MAX) {
        return error_set(err, ERR_UNSUPPORTED, "decimal id of %zu bytes, scale %d", plain.len,
                         c->scale);
    }
    __int128 v = big_endian ? 0 : load_le(plain);
    if (big_endian && plain.len) {
        v = (signed char)plain.data[0] < 0 ? -1 : 0;
        for (size_t i = 0; i < plain.len; i++) {
            v = (__int128)((unsigned __int128)v << 8 | (unsigned char)plain.data[i]);
        }
    }
    add_decimal(v, c->scale, out);
    return OK;
}

static void int96_text(struct str plain, struct strbuf *out)
{
    int64_t nanos = load_le(str_n(plain.data, 8));
    int64_t days = load_le(str_n(plain.data + 8, 4)) - JULIAN_DAY_OF_EPOCH;
    char text[TIME_TEXT_SIZE], clock[TIME_TEXT_SIZE];
    days += time_day_of(nanos, TIME_UNIT_NS, &nanos);
    time_format(days, TIME_UNIT_DAY, false, text);
    time_format(nanos, TIME_UNIT_NS, false, clock);
    strbuf_add_c(out, text);
    strbuf_add_c(out, strchr(clock, 'T'));
}

static void uuid_text(struct str plain, struct strbuf *out)
{
    static const char digits[] = "0123456789abcdef";
    char text[36];
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        unsigned byte = (unsigned char)plain.data[i];
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            text[at++] = '-';
        }
        text[at++] = digits[byte >> 4];
        text[at++] = digits[byte & 15];
    }
    strbuf_add(out, text, sizeof text);
}

bool scan_value_is_integer(const struct parquet_column *c)
{
    return (c->physical == PARQUET_INT32 || c->physical == PARQUET_INT64) &&
           c->logical != PARQUET_DECIMAL && c->logical != PARQUET_DATE &&
           c->logical != PARQUET_TIMESTAMP && c->logical != PARQUET_TIME;
}

bool scan_value_is_text(const struct parquet_column *c)
{
    return (c->physical == PARQUET_BYTE_ARRAY || c->physical == PARQUET_FIXED) &&
           c->logical != PARQUET_DECIMAL && c->logical != PARQUET_INTERVAL &&
           c->logical != PARQUET_UUID && c->logical != PARQUET_FLOAT16;
}

/* By hand, two digits at a time: a file may have millions of distinct integer ids, and printf takes
 * longer than all else of them. */
size_t scan_integer_text(int64_t v, bool is_signed, char out[INTEGER_TEXT_MAX])
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    char text[INTEGER_TEXT_MAX];
    bool negative = is_signed && v < 0;
    uint64_t magnitude = negative ? -(uint64_t)v : (uint64_t)v;
    size_t at = sizeof text;
    while (magnitude >= 100) {
        at -= 2;
        memcpy(text + at, pairs + magnitude % 100 * 2, 2);
        magnitude /= 100;
    }
    if (magnitude >= 10) {
        at -= 2;
        memcpy(text + at, pairs + magnitude * 2, 2);
    } else {
        text[--at] = (char)('0' + magnitude);
    }
    if (negative) {
        text[--at] = '-';
    }
    memcpy(out, text + at, sizeof text - at);
    return sizeof text - at;
}

static void integer_text(const struct parquet_column *c, struct str plain, struct strbuf *out)
{
    char text[INTEGER_TEXT_MAX];
    int64_t v = load_le(plain);
    if (!c->is_signed && plain.len == 4) {
        v = (int64_t)(uint32_t)v;
    }
    strbuf_add(out, text, scan_integer_text(v, c->is_signed, text));
}

static void float_text(const struct parquet_column *c, struct str plain, struct strbuf *out)
{
    if (c->physical == PARQUET_FLOAT) {
        float f;
        memcpy(&f, plain.data, sizeof f);
        add_float(f, true, out);
    } else {
        double d;
        memcpy(&d, plain.data, sizeof d);
        add_float(d, false, out);
    }
}

/* TIME and TIMESTAMP and DATE share the formatter; a time of day is the clock part of the first
 * day. */
static void temporal_text(const struct parquet_column *c, struct str plain, struct strbuf *out)
{
    char text[TIME_TEXT_SIZE];
    time_format(load_le(plain), c->unit, c->utc && c->logical == PARQUET_TIMESTAMP, text);
    const char *clock = strchr(text, 'T');
    strbuf_add_c(out, c->logical == PARQUET_TIME && clock ? clock + 1 : text);
}

enum error_code scan_value_text(const struct parquet_column *c, struct str plain,
                                struct strbuf *out, struct error *err)
{
    size_t width = parquet_width(c);
    if (width && plain.len != width) {
        return error_set(err, ERR_CORRUPT, "a value of column '%s' has %zu bytes, not %zu", c->path,
                         plain.len, width);
    }
    if (c->logical == PARQUET_DECIMAL) {
        return decimal_text(c, plain, out, err);
    }
    if (c->logical == PARQUET_INTERVAL) {
        return error_set(err, ERR_UNSUPPORTED, "column '%s' holds intervals, which make no id",
                         c->path);
    }
    if (c->physical == PARQUET_INT96) {
        int96_text(plain, out);
    } else if (c->logical == PARQUET_DATE || c->logical == PARQUET_TIMESTAMP ||
               c->logical == PARQUET_TIME) {
        temporal_text(c, plain, out);
    } else if (c->physical == PARQUET_INT32 || c->physical == PARQUET_INT64) {
        integer_text(c, plain, out);
    } else if (c->physical == PARQUET_FLOAT || c->physical == PARQUET_DOUBLE) {
        float_text(c, plain, out);
    } else if (c->physical == PARQUET_BOOLEAN) {
        strbuf_add_c(out, plain.data[0] ? "true" : "false");
    } else if (c->logical == PARQUET_UUID && plain.len == 16) {
        uuid_text(plain, out);
    } else if (c->logical == PARQUET_FLOAT16 && plain.len == 2) {
        add_float(half_to_double((uint16_t)load_le(plain)), true, out);
    } else {
        strbuf_add(out, plain.data, plain.len);
    }
    return out->overflow
               ? error_set(err, ERR_LIMIT, "an id of column '%s' has %zu bytes", c->path, plain.len)
               : OK;
}
