/* ints.c - a chunk as 64-bit integers: times, and integer ids.
 *
 * Values that are not null are decoded densely, then spread over the rows of a batch where some are
 * null. A dictionary is converted once; its codes are then a look-up each.
 */
#include <string.h>

#include "base/memory.h"
#include "parquet/bits.h"
#include "parquet/reader.h"

#define JULIAN_DAY_OF_EPOCH 2440588
#define NS_PER_DAY          86400000000000ll
#define US_PER_DAY          86400000000ll

/* INT96: nanoseconds of the day in eight bytes, the Julian day in four. Any value of both parts
 * means something. */
static bool int96_to_ns(const uint8_t *p, int64_t *out)
{
    int64_t days = (int64_t)(int32_t)load32(p + 8) - JULIAN_DAY_OF_EPOCH;
    return !__builtin_mul_overflow(days, NS_PER_DAY, out) &&
           !__builtin_add_overflow(*out, (int64_t)load64(p), out);
}

/* Floored; *rounded is set where nanoseconds were lost. */
static bool int96_to_us(const uint8_t *p, int64_t *out, bool *rounded)
{
    int64_t days = (int64_t)(int32_t)load32(p + 8) - JULIAN_DAY_OF_EPOCH;
    int64_t ns = (int64_t)load64(p);
    int64_t us = ns / 1000 - (ns % 1000 < 0);
    *rounded |= ns % 1000 != 0;
    return !__builtin_mul_overflow(days, US_PER_DAY, out) && !__builtin_add_overflow(*out, us, out);
}

/* PLAIN values to integers; false where an INT96 does not fit. */
static bool convert(struct chunk_reader *r, const uint8_t *p, size_t n, int64_t *out, bool *rounded)
{
    bool fits = true;
    switch (r->column->physical) {
    case PARQUET_INT32:
        for (size_t i = 0; i < n; i++) {
            uint32_t v = load32(p + 4 * i);
            out[i] = r->column->is_signed ? (int64_t)(int32_t)v : (int64_t)v;
        }
        return true;
    case PARQUET_INT64:
        memcpy(out, p, n * sizeof *out);
        return true;
    default:
        for (size_t i = 0; i < n && fits; i++) {
            fits = r->int96_unit == TIME_UNIT_NS ? int96_to_ns(p + 12 * i, &out[i])
                                                 : int96_to_us(p + 12 * i, &out[i], rounded);
        }
        return fits;
    }
}

/* Once the dictionary is there. Where an entry does not convert without loss, entries are converted
 * as rows use them, so that one that no row uses does no harm. */
static void convert_dictionary(struct chunk_reader *r)
{
    if (!r->has_dictionary || r->dictionary_ints) {
        return;
    }
    int64_t *ints = mem_alloc(r->n_dictionary * sizeof *ints);
    bool rounded = false;
    if (r->n_dictionary &&
        (!convert(r, r->values.bytes, r->n_dictionary, ints, &rounded) || rounded)) {
        mem_free(ints);
        return;
    }
    r->dictionary_ints = ints;
}

static enum error_code too_large(const struct chunk_reader *r, struct error *err)
{
    return error_set_at(err, ERR_LIMIT, r->page.offset,
                        "an INT96 time of column '%s' does not fit 64 bits", r->column->path);
}

static bool look_up(struct chunk_reader *r, const struct codes_piece *piece, size_t n, int64_t *out)
{
    const int64_t *ints = r->dictionary_ints;
    if (ints && piece->array) {
        for (size_t i = 0; i < n; i++) {
            out[i] = ints[piece->array[i]];
        }
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t code = piece->array ? piece->array[i] : piece->code;
        if (ints) {
            out[i] = ints[code];
        } else if (!convert(r, r->values.bytes + code * r->values.width, 1, &out[i], &r->rounded)) {
            return false;
        }
    }
    return true;
}

static enum error_code decode_codes(struct chunk_reader *r, int64_t *out, size_t n,
                                    struct error *err)
{
    for (size_t done = 0; done < n;) {
        struct codes_piece piece;
        const char *fault = codes_peek(&r->source.codes, &piece);
        if (fault) {
            return reader_fault(r, fault, err);
        }
        size_t k = piece.n < n - done ? (size_t)piece.n : n - done;
        if (!look_up(r, &piece, k, out + done)) {
            return too_large(r, err);
        }
        codes_advance(&r->source.codes, k);
        done += k;
    }
    return OK;
}

/* `n` values that are not null. */
static enum error_code decode(struct chunk_reader *r, int64_t *out, size_t n, struct error *err)
{
    if (n == 0) {
        return OK;
    }
    if (r->source.kind == SOURCE_CODES) {
        return decode_codes(r, out, n, err);
    }
    for (size_t done = 0; done < n;) {
        struct source_batch batch;
        const char *fault = source_next(&r->source, n - done, &batch);
        if (fault) {
            return reader_fault(r, fault, err);
        }
        if (!convert(r, batch.fixed, batch.n, out + done, &r->rounded)) {
            return too_large(r, err);
        }
        done += batch.n;
    }
    return OK;
}

/* Dense values to rows; nulls are 0. Without branches: nulls at random would mispredict each. at <=
 * i, so that what is read for a null lies in the buffer, whatever it is. */
static void spread(const int64_t *dense, const uint8_t *valid, int64_t *out, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = dense[at] & -(int64_t)valid[i];
        at += valid[i];
    }
}

/* Whether values lie as integers of 64 bits in the page or in the source: mostly they do, and are
 * handed out where they are. */
static bool lie_ready(const struct chunk_reader *r)
{
    const struct source *s = &r->source;
    bool whole = (uintptr_t)s->at % _Alignof(int64_t) == 0;
    return r->column->physical == PARQUET_INT64 && r->page_values == r->page_rows &&
           ((s->kind == SOURCE_PLAIN_FIXED && whole) || s->kind == SOURCE_DELTA);
}

static enum error_code ready_batch(struct chunk_reader *r, struct chunk_i64s *out,
                                   struct error *err)
{
    struct source_batch batch;
    size_t most = r->page_rows < SOURCE_BATCH ? (size_t)r->page_rows : SOURCE_BATCH;
    const char *fault = source_next(&r->source, most, &batch);
    if (fault) {
        return reader_fault(r, fault, err);
    }
    *out = (struct chunk_i64s){.values = (const void *)batch.fixed, .n = batch.n};
    r->page_rows -= batch.n;
    r->page_values -= batch.n;
    if (r->counters) {
        counter_add(&r->counters->values_decoded, batch.n);
    }
    return OK;
}

static enum error_code next_batch(struct chunk_reader *r, struct chunk_i64s *out, struct error *err)
{
    if (lie_ready(r)) {
        return ready_batch(r, out, err);
    }
    size_t n = r->page_rows < SOURCE_BATCH ? (size_t)r->page_rows : SOURCE_BATCH;
    size_t values = n;
    bool nulls = r->page_values < r->page_rows;
    if (nulls) {
        values = levels_expand(&r->levels, r->valid, n);
    }
    enum error_code rc = decode(r, r->ints, values, err);
    if (rc != OK) {
        return rc;
    }
    *out = (struct chunk_i64s){.values = r->ints, .n = n};
    if (nulls && values < n) {
        spread(r->ints, r->valid, r->spread, n);
        out->values = r->spread;
        out->valid = r->valid;
    }
    r->page_rows -= n;
    r->page_values -= values;
    if (r->counters) {
        counter_add(&r->counters->values_decoded, values);
    }
    return OK;
}

static enum error_code check_type(const struct chunk_reader *r, enum time_unit int96_unit,
                                  struct error *err)
{
    enum parquet_physical p = r->column->physical;
    if (p != PARQUET_INT32 && p != PARQUET_INT64 && p != PARQUET_INT96) {
        return error_set_at(err, ERR_UNSUPPORTED, r->chunk->offset,
                            "column '%s' has no integer values", r->column->path);
    }
    if (p == PARQUET_INT96 && int96_unit != TIME_UNIT_NS && int96_unit != TIME_UNIT_US) {
        return error_set(err, ERR_INTERNAL, "INT96 is read in ns or us, not in %s",
                         time_unit_name(int96_unit));
    }
    return OK;
}

enum error_code chunk_next_i64(struct chunk_reader *r, enum time_unit int96_unit,
                               struct chunk_i64s *out, struct error *err)
{
    *out = (struct chunk_i64s){0};
    enum error_code rc = reader_enter(r, READER_INTS, err);
    if (rc == OK) {
        rc = check_type(r, int96_unit, err);
    }
    if (rc != OK) {
        return rc;
    }
    r->int96_unit = int96_unit;
    if (r->page_rows == 0) {
        bool more;
        rc = reader_next_page(r, &more, err);
        if (rc != OK || !more) {
            return rc;
        }
        convert_dictionary(r);
    }
    return next_batch(r, out, err);
}

bool chunk_int96_rounded(const struct chunk_reader *r)
{
    return r->rounded;
}
