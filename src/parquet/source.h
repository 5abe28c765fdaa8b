/* source.h - the non-null values of one page, whatever their encoding.
 *
 * Two shapes. Dictionary codes and booleans come as `codes` (codes.h), which keeps repeats as
 * repeats. Everything else comes in batches of PLAIN values: either `width` bytes each, one behind
 * the other, or strings that point into the page or into the source's own buffer.
 */
#ifndef TSI_PARQUET_SOURCE_H
#define TSI_PARQUET_SOURCE_H

#include "parquet/codes.h"
#include "parquet/delta.h"
#include "parquet/page.h"

/* Values a batch: enough to spread the cost of a call, and small enough for the first-level cache.
 */
#define SOURCE_BATCH 1024

enum source_kind {
    SOURCE_CODES,
    SOURCE_PLAIN_FIXED,
    SOURCE_PLAIN_BYTES,
    SOURCE_DELTA,
    SOURCE_DELTA_LENGTH,
    SOURCE_DELTA_BYTES,
    SOURCE_SPLIT,
};

struct source {
    enum source_kind kind;
    enum parquet_physical physical;
    size_t width;            /* bytes of a value; 0 for byte arrays */
    uint64_t n_codes;        /* of the dictionary; the caller keeps it */
    uint64_t expand_max;     /* bytes that prefixes may expand to, a page; the caller sets it */
    uint64_t left;           /* values still to come */
    struct codes codes;      /* SOURCE_CODES */
    const uint8_t *at, *end; /* PLAIN values; the bytes of strings */
    struct delta lengths, prefixes;
    size_t stride, split_at; /* SOURCE_SPLIT: values a stream, and the next of them */
    /* DELTA_BYTE_ARRAY: lengths that were decoded and not used yet, and the last value. */
    size_t lens_at, lens_n;
    uint64_t expanded;
    uint8_t *last;
    size_t last_len, last_cap;
    /* Batches: */
    uint8_t *buffer;
    size_t buffer_cap;
    int64_t ints[SOURCE_BATCH], more_ints[SOURCE_BATCH];
    struct str strs[SOURCE_BATCH];
};

struct source_batch {
    size_t n;
    const uint8_t *fixed;   /* n values of `width` bytes, or NULL */
    const struct str *strs; /* where fixed is NULL */
};

/* Whether values of the column can be encoded so. */
bool source_supports(const struct parquet_column *c, int32_t encoding);

/* `n` values, n > 0; source_supports has been asked. NULL, or what is wrong with the page. */
const char *source_open(struct source *s, const struct parquet_column *c, int32_t encoding,
                        struct str bytes, uint64_t n);

/* The next values, at least one and at most `max`; not for SOURCE_CODES. NULL, or what is wrong. */
const char *source_next(struct source *s, size_t max, struct source_batch *out);
void source_free(struct source *s);

/* ---- decoders, one file each: what source_next calls ---- */

const char *plain_fixed_next(struct source *s, size_t max, struct source_batch *out);
const char *plain_bytes_next(struct source *s, size_t max, struct source_batch *out);
const char *delta_ints_next(struct source *s, size_t max, struct source_batch *out);
const char *delta_length_open(struct source *s, struct str bytes);
const char *delta_length_next(struct source *s, size_t max, struct source_batch *out);
const char *delta_bytes_open(struct source *s, struct str bytes);
const char *delta_bytes_next(struct source *s, size_t max, struct source_batch *out);
const char *split_open(struct source *s, struct str bytes);
const char *split_next(struct source *s, size_t max, struct source_batch *out);

/* At least `n` bytes in s->buffer. */
void source_reserve(struct source *s, size_t n);

#endif
