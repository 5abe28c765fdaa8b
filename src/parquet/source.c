#include "parquet/source.h"

#include "base/memory.h"

static bool is_number(enum parquet_physical p)
{
    return p == PARQUET_INT32 || p == PARQUET_INT64 || p == PARQUET_FLOAT || p == PARQUET_DOUBLE;
}

bool source_supports(const struct parquet_column *c, int32_t encoding)
{
    enum parquet_physical p = c->physical;
    switch (encoding) {
    case ENCODING_PLAIN:
        return true;
    case ENCODING_PLAIN_DICTIONARY:
    case ENCODING_RLE_DICTIONARY:
        return p != PARQUET_BOOLEAN;
    case ENCODING_RLE:
        return p == PARQUET_BOOLEAN;
    case ENCODING_DELTA_BINARY_PACKED:
        return p == PARQUET_INT32 || p == PARQUET_INT64;
    case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
        return p == PARQUET_BYTE_ARRAY;
    case ENCODING_DELTA_BYTE_ARRAY:
        return p == PARQUET_BYTE_ARRAY || p == PARQUET_FIXED;
    case ENCODING_BYTE_STREAM_SPLIT:
        return is_number(p) || p == PARQUET_FIXED;
    default:
        return false;
    }
}

static size_t width_of(const struct parquet_column *c)
{
    static const uint8_t widths[] = {
        [PARQUET_BOOLEAN] = 1, [PARQUET_INT32] = 4,  [PARQUET_INT64] = 8,      [PARQUET_INT96] = 12,
        [PARQUET_FLOAT] = 4,   [PARQUET_DOUBLE] = 8, [PARQUET_BYTE_ARRAY] = 0,
    };
    return c->physical == PARQUET_FIXED ? c->type_length : widths[c->physical];
}

/* Codes: one byte for their width, then runs. */
static const char *open_codes(struct source *s, struct str bytes)
{
    s->kind = SOURCE_CODES;
    if (bytes.len == 0) {
        return "a dictionary-coded page is empty";
    }
    unsigned width = (uint8_t)bytes.data[0];
    if (width > 32) {
        return "dictionary codes are wider than 32 bits";
    }
    codes_init(&s->codes, str_from(bytes, 1), width, s->left, s->n_codes);
    return NULL;
}

/* RLE booleans: their length in four bytes, then runs of one-bit codes. */
static const char *open_booleans(struct source *s, struct str bytes)
{
    s->kind = SOURCE_CODES;
    if (bytes.len < 4) {
        return "a page of run-length booleans lacks its length";
    }
    uint32_t len;
    __builtin_memcpy(&len, bytes.data, sizeof len);
    if (len > bytes.len - 4) {
        return "a page of run-length booleans is cut short";
    }
    codes_init(&s->codes, str_n(bytes.data + 4, len), 1, s->left, s->n_codes);
    return NULL;
}

static const char *open_plain(struct source *s, struct str bytes)
{
    if (s->physical == PARQUET_BOOLEAN) {
        s->kind = SOURCE_CODES;
        codes_init_packed(&s->codes, bytes, 1, s->left, s->n_codes);
        return NULL;
    }
    s->kind = s->physical == PARQUET_BYTE_ARRAY ? SOURCE_PLAIN_BYTES : SOURCE_PLAIN_FIXED;
    s->at = (const uint8_t *)bytes.data;
    s->end = s->at + bytes.len;
    return NULL;
}

const char *source_open(struct source *s, const struct parquet_column *c, int32_t encoding,
                        struct str bytes, uint64_t n)
{
    s->physical = c->physical;
    s->width = width_of(c);
    s->left = n;
    switch (encoding) {
    case ENCODING_PLAIN_DICTIONARY:
    case ENCODING_RLE_DICTIONARY:
        return open_codes(s, bytes);
    case ENCODING_RLE:
        return open_booleans(s, bytes);
    case ENCODING_DELTA_BINARY_PACKED:
        s->kind = SOURCE_DELTA;
        return delta_open(&s->lengths, bytes);
    case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
        s->kind = SOURCE_DELTA_LENGTH;
        return delta_length_open(s, bytes);
    case ENCODING_DELTA_BYTE_ARRAY:
        s->kind = SOURCE_DELTA_BYTES;
        return delta_bytes_open(s, bytes);
    case ENCODING_BYTE_STREAM_SPLIT:
        s->kind = SOURCE_SPLIT;
        return split_open(s, bytes);
    default:
        return open_plain(s, bytes);
    }
}

const char *source_next(struct source *s, size_t max, struct source_batch *out)
{
    typedef const char *next_function(struct source *, size_t, struct source_batch *);
    static next_function *const nexts[] = {
        [SOURCE_PLAIN_FIXED] = plain_fixed_next, [SOURCE_PLAIN_BYTES] = plain_bytes_next,
        [SOURCE_DELTA] = delta_ints_next,        [SOURCE_DELTA_LENGTH] = delta_length_next,
        [SOURCE_DELTA_BYTES] = delta_bytes_next, [SOURCE_SPLIT] = split_next,
    };
    max = max < SOURCE_BATCH ? max : SOURCE_BATCH;
    max = max < s->left ? max : (size_t)s->left;
    *out = (struct source_batch){0};
    const char *fault = nexts[s->kind](s, max, out);
    s->left -= out->n;
    return fault;
}

void source_reserve(struct source *s, size_t n)
{
    if (n > s->buffer_cap) {
        mem_free(s->buffer);
        s->buffer = mem_alloc(n);
        s->buffer_cap = n;
    }
}

void source_free(struct source *s)
{
    mem_free(s->buffer);
    mem_free(s->last);
}
