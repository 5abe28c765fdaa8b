/* floats.c - a chunk as doubles: the values of targets, whatever number they are.
 *
 * Integers, and decimals that are stored as integers, come from ints.c and are converted. The
 * others are decoded here: dense values first, then spread over the rows of a batch where some are
 * null. A dictionary is converted once.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "parquet/bits.h"
#include "parquet/reader.h"

/* Decimals of more digits do not fit 64 bits. */
#define DIGITS_64  18
#define DIGITS_128 38
#define BYTES_128  16
/* Up to here every integer is a double, and every power of ten. */
#define DOUBLE_EXACT (INT64_C(1) << 53)
#define POWERS_EXACT 22

struct float_batch {
    double dense[SOURCE_BATCH], rows[SOURCE_BATCH];
    int64_t dense_integers[SOURCE_BATCH], integers[SOURCE_BATCH];
    double *dictionary;
    int64_t *dictionary_integers;
};

void floats_free(struct chunk_reader *r)
{
    if (r->floats) {
        mem_free(r->floats->dictionary);
        mem_free(r->floats->dictionary_integers);
        mem_free(r->floats);
    }
}

static bool is_decimal(const struct parquet_column *c)
{
    return c->logical == PARQUET_DECIMAL;
}

static bool is_integer(const struct parquet_column *c)
{
    bool stored = c->physical == PARQUET_INT32 || c->physical == PARQUET_INT64;
    return stored && (c->logical == PARQUET_PLAIN_VALUE || c->logical == PARQUET_INTEGER ||
                      c->logical == PARQUET_DECIMAL);
}

bool chunk_has_f64(const struct parquet_column *c)
{
    if (is_decimal(c) && (c->scale < 0 || c->scale > DIGITS_128 || c->precision > DIGITS_128)) {
        return false;
    }
    switch (c->physical) {
    case PARQUET_BOOLEAN:
    case PARQUET_FLOAT:
    case PARQUET_DOUBLE:
        return true;
    case PARQUET_INT32:
    case PARQUET_INT64:
        return is_integer(c);
    case PARQUET_FIXED:
        return c->logical == PARQUET_FLOAT16 || (is_decimal(c) && c->type_length <= BYTES_128);
    case PARQUET_BYTE_ARRAY:
        return is_decimal(c);
    case PARQUET_INT96:
        break;
    }
    return false;
}

/* ---- one value ---- */

static double power_of_ten(int32_t n)
{
    double p = 1;
    for (; n > 0; n--) {
        p *= 10;
    }
    return p;
}

/* "<digits>e-<scale>" is read back rounded once, in any locale. */
static double decimal_by_digits(__int128 v, int32_t scale)
{
    char text[DIGITS_128 + 16], *at = text + DIGITS_128 + 2;
    unsigned __int128 magnitude = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
    snprintf(at, sizeof text - (size_t)(at - text), "e-%d", scale);
    do {
        *--at = (char)('0' + (int)(magnitude % 10));
        magnitude /= 10;
    } while (magnitude);
    double d = strtod(at, NULL);
    return v < 0 ? -d : d;
}

/* v / 10^scale, the nearest double: a division of two doubles rounds once where both are exact. */
static double decimal_to_double(__int128 v, int32_t scale, double power)
{
    bool exact = v >= -DOUBLE_EXACT && v <= DOUBLE_EXACT && scale <= POWERS_EXACT;
    return exact ? (double)(int64_t)v / power : decimal_by_digits(v, scale);
}

static double half_to_double(const uint8_t *p)
{
    unsigned bits = (unsigned)p[0] | (unsigned)p[1] << 8, exp = bits >> 10 & 31, m = bits & 1023;
    double v = exp == 31 ? (m ? NAN : INFINITY)
               : exp     ? ldexp(m + 1024.0, (int)exp - 25)
                         : ldexp(m, -24);
    return bits & 0x8000 ? -v : v;
}

/* Big-endian two's complement; longer ones hold copies of the sign in front. */
static __int128 wide_integer(const uint8_t *p, size_t n)
{
    unsigned __int128 v = n && p[0] & 0x80 ? ~(unsigned __int128)0 : 0;
    for (size_t i = 0; i < n; i++) {
        v = v << 8 | p[i];
    }
    return (__int128)v;
}

static double other_value(const struct parquet_column *c, const uint8_t *p, size_t n,
                          int64_t *integer)
{
    if (c->physical == PARQUET_BOOLEAN) {
        return p[0] != 0;
    }
    if (c->logical == PARQUET_FLOAT16) {
        return half_to_double(p);
    }
    __int128 v = wide_integer(p, n);
    *integer = (int64_t)v;
    return decimal_to_double(v, c->scale, power_of_ten(c->scale));
}

/* PLAIN values of `width` bytes each. */
static void convert(const struct parquet_column *c, const uint8_t *p, size_t width, size_t n,
                    double *out, int64_t *integers)
{
    if (c->physical == PARQUET_DOUBLE) {
        memcpy(out, p, n * sizeof *out);
        return;
    }
    if (c->physical == PARQUET_FLOAT) {
        for (size_t i = 0; i < n; i++) {
            float f;
            memcpy(&f, p + sizeof f * i, sizeof f);
            out[i] = (double)f;
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = other_value(c, p + width * i, width, &integers[i]);
    }
}

/* ---- dense values ---- */

static void convert_dictionary(struct chunk_reader *r)
{
    struct float_batch *f = r->floats;
    size_t n = r->n_dictionary;
    if (f->dictionary || n == 0) {
        return;
    }
    f->dictionary = mem_alloc(n * sizeof *f->dictionary);
    f->dictionary_integers = mem_zalloc(n * sizeof *f->dictionary_integers);
    if (r->column->physical != PARQUET_BYTE_ARRAY) {
        convert(r->column, r->values.bytes, r->values.width, n, f->dictionary,
                f->dictionary_integers);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct str v = interner_value(&r->values, (uint32_t)i);
        f->dictionary[i] =
            other_value(r->column, (const uint8_t *)v.data, v.len, &f->dictionary_integers[i]);
    }
}

static enum error_code decode_codes(struct chunk_reader *r, size_t n, struct error *err)
{
    struct float_batch *f = r->floats;
    for (size_t done = 0; done < n;) {
        struct codes_piece piece;
        const char *fault = codes_peek(&r->source.codes, &piece);
        if (fault) {
            return reader_fault(r, fault, err);
        }
        size_t k = piece.n < n - done ? (size_t)piece.n : n - done;
        for (size_t i = 0; i < k; i++) {
            uint32_t code = piece.array ? piece.array[i] : piece.code;
            f->dense[done + i] = f->dictionary[code];
            f->dense_integers[done + i] = f->dictionary_integers[code];
        }
        codes_advance(&r->source.codes, k);
        done += k;
    }
    return OK;
}

/* `n` values that are not null. */
static enum error_code decode(struct chunk_reader *r, size_t n, struct error *err)
{
    struct float_batch *f = r->floats;
    if (n && r->source.kind == SOURCE_CODES) {
        return decode_codes(r, n, err);
    }
    for (size_t done = 0; done < n;) {
        struct source_batch batch;
        const char *fault = source_next(&r->source, n - done, &batch);
        if (fault) {
            return reader_fault(r, fault, err);
        }
        if (batch.fixed) {
            convert(r->column, batch.fixed, r->source.width, batch.n, f->dense + done,
                    f->dense_integers + done);
        }
        for (size_t i = 0; !batch.fixed && i < batch.n; i++) {
            struct str v = batch.strs[i];
            f->dense[done + i] = other_value(r->column, (const uint8_t *)v.data, v.len,
                                             &f->dense_integers[done + i]);
        }
        done += batch.n;
    }
    return OK;
}

/* Dense values to rows; nulls are 0. */
static void spread(struct chunk_reader *r, size_t n)
{
    struct float_batch *f = r->floats;
    for (size_t i = 0, at = 0; i < n; i++) {
        f->rows[i] = r->valid[i] ? f->dense[at] : 0;
        f->integers[i] = r->valid[i] ? f->dense_integers[at] : 0;
        at += r->valid[i];
    }
}

static enum error_code next_batch(struct chunk_reader *r, struct chunk_f64s *out, struct error *err)
{
    struct float_batch *f = r->floats;
    size_t n = r->page_rows < SOURCE_BATCH ? (size_t)r->page_rows : SOURCE_BATCH, values = n;
    if (r->page_values < r->page_rows) {
        values = levels_expand(&r->levels, r->valid, n);
    }
    enum error_code rc = decode(r, values, err);
    if (rc != OK) {
        return rc;
    }
    bool decimal = is_decimal(r->column), narrow = r->column->precision <= DIGITS_64;
    *out = (struct chunk_f64s){.values = f->dense, .n = n, .inexact = decimal && !narrow};
    out->integers = decimal && narrow ? f->dense_integers : NULL;
    if (values < n) {
        spread(r, n);
        out->values = f->rows;
        out->valid = r->valid;
        out->integers = out->integers ? f->integers : NULL;
    }
    r->page_rows -= n;
    r->page_values -= values;
    if (r->counters) {
        counter_add(&r->counters->values_decoded, values);
    }
    return OK;
}

/* ---- integers ---- */

static bool is_beyond_doubles(const struct parquet_column *c, const int64_t *v, size_t n)
{
    bool beyond = false;
    /* Signed ones are moved up, so that one comparison does for both ends. */
    uint64_t up = c->is_signed ? DOUBLE_EXACT : 0,
             end = c->is_signed ? 2 * DOUBLE_EXACT : DOUBLE_EXACT;
    for (size_t i = 0; i < n; i++) {
        beyond |= (uint64_t)v[i] + up > end;
    }
    return beyond || (is_decimal(c) && c->scale > 0);
}

static void integers_to_doubles(const struct parquet_column *c, const int64_t *v, size_t n,
                                double *out)
{
    if (is_decimal(c)) {
        double power = power_of_ten(c->scale);
        for (size_t i = 0; i < n; i++) {
            out[i] = decimal_to_double(v[i], c->scale, power);
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = c->is_signed ? (double)v[i] : (double)(uint64_t)v[i];
    }
}

static enum error_code next_integers(struct chunk_reader *r, struct chunk_f64s *out,
                                     struct error *err)
{
    struct chunk_i64s ints;
    enum error_code rc = chunk_next_i64(r, TIME_UNIT_US, &ints, err);
    *out = (struct chunk_f64s){.values = r->floats->rows, .valid = ints.valid, .n = ints.n};
    if (rc != OK || ints.n == 0) {
        return rc;
    }
    integers_to_doubles(r->column, ints.values, ints.n, r->floats->rows);
    out->integers = is_beyond_doubles(r->column, ints.values, ints.n) ? ints.values : NULL;
    return OK;
}

enum error_code chunk_next_f64(struct chunk_reader *r, struct chunk_f64s *out, struct error *err)
{
    *out = (struct chunk_f64s){0};
    if (!chunk_has_f64(r->column)) {
        return error_set_at(err, ERR_UNSUPPORTED, r->chunk->offset, "column '%s' has no numbers",
                            r->column->path);
    }
    r->floats = r->floats ? r->floats : mem_zalloc(sizeof *r->floats);
    if (is_integer(r->column)) {
        return next_integers(r, out, err);
    }
    enum error_code rc = reader_enter(r, READER_FLOATS, err);
    if (rc == OK && r->page_rows == 0) {
        bool more;
        rc = reader_next_page(r, &more, err);
        if (rc != OK || !more) {
            return rc;
        }
        convert_dictionary(r);
    }
    return rc == OK ? next_batch(r, out, err) : rc;
}
