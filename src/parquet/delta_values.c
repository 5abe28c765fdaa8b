/* delta_values.c - pages in the delta encodings: integers, strings behind their lengths, strings
 * that share prefixes. Spec: parquet-format, Encodings.md. */
#include <string.h>

#include "base/memory.h"
#include "parquet/source.h"

/* Bytes of strings put together at a time; more only for a single string that is longer. */
#define BUILD_BYTES ((size_t)1 << 20)

const char *delta_ints_next(struct source *s, size_t max, struct source_batch *out)
{
    size_t n = delta_next(&s->lengths, s->ints, max);
    if (n == 0) {
        return "a delta-coded page has fewer values than its header says";
    }
    out->n = n;
    out->fixed = (const uint8_t *)s->ints;
    if (s->width == 4) { /* narrowed in place: the lower halves */
        uint8_t *p = (uint8_t *)s->ints;
        for (size_t i = 0; i < n; i++) {
            memmove(p + 4 * i, &s->ints[i], 4);
        }
    }
    return NULL;
}

/* Lengths, then the bytes of all strings. */
const char *delta_length_open(struct source *s, struct str bytes)
{
    const char *fault = delta_open(&s->lengths, bytes);
    if (fault) {
        return fault;
    }
    s->at = delta_end(s->lengths);
    s->end = (const uint8_t *)bytes.data + bytes.len;
    return s->at ? NULL : "the lengths of a delta-coded page are cut short";
}

const char *delta_length_next(struct source *s, size_t max, struct source_batch *out)
{
    size_t n = delta_next(&s->lengths, s->ints, max);
    if (n == 0) {
        return "a delta-coded page has fewer lengths than values";
    }
    for (size_t i = 0; i < n; i++) {
        if (s->ints[i] < 0 || s->ints[i] > s->end - s->at) {
            return "a string is longer than the rest of its page";
        }
        s->strs[i] = str_n(s->at, (size_t)s->ints[i]);
        s->at += s->ints[i];
    }
    out->n = n;
    out->strs = s->strs;
    return NULL;
}

/* Lengths of the prefixes shared with the value before, then the suffixes as a
 * DELTA_LENGTH_BYTE_ARRAY. */
const char *delta_bytes_open(struct source *s, struct str bytes)
{
    const char *fault = delta_open(&s->prefixes, bytes);
    if (fault) {
        return fault;
    }
    const uint8_t *suffixes = delta_end(s->prefixes);
    if (!suffixes) {
        return "the prefix lengths of a delta-coded page are cut short";
    }
    s->lens_at = s->lens_n = 0;
    s->last_len = 0;
    s->expanded = 0;
    size_t used = (size_t)(suffixes - (const uint8_t *)bytes.data);
    return delta_length_open(s, str_from(bytes, used));
}

static const char *next_lengths(struct source *s, size_t max)
{
    size_t n = delta_next(&s->prefixes, s->ints, max);
    if (n == 0 || delta_next(&s->lengths, s->more_ints, n) != n) {
        return "a delta-coded page has fewer lengths than values";
    }
    s->lens_at = 0;
    s->lens_n = n;
    return NULL;
}

/* How many of the values whose lengths are known fit a batch, checked; *bytes is what they take. A
 * value that equals the one before it in the batch takes nothing: it is the same string. */
static const char *plan_batch(struct source *s, size_t max, size_t *n, size_t *bytes)
{
    size_t last = s->last_len, room = (size_t)(s->end - s->at);
    *n = *bytes = 0;
    for (size_t i = s->lens_at; i < s->lens_n && *n < max; i++) {
        int64_t prefix = s->ints[i], suffix = s->more_ints[i];
        if (prefix < 0 || (uint64_t)prefix > last || suffix < 0 || (uint64_t)suffix > room) {
            return "a prefix or suffix of a delta-coded page is longer than what there is";
        }
        if (s->width && (size_t)(prefix + suffix) != s->width) {
            return "a delta-coded value has not the length of its column";
        }
        bool same = *n && suffix == 0 && (size_t)prefix == last;
        size_t take = same ? 0 : (size_t)(prefix + suffix);
        if (*n && *bytes + take > BUILD_BYTES) {
            break;
        }
        *bytes += take;
        last = (size_t)(prefix + suffix);
        room -= (size_t)suffix;
        ++*n;
    }
    return NULL;
}

static void build(struct source *s, size_t n)
{
    struct str last = str_n(s->last ? (const char *)s->last : "", s->last_len);
    uint8_t *out = s->buffer;
    for (size_t i = 0; i < n; i++) {
        size_t prefix = (size_t)s->ints[s->lens_at + i];
        size_t suffix = (size_t)s->more_ints[s->lens_at + i];
        if (i == 0 || suffix || prefix != last.len) {
            memcpy(out, last.data, prefix);
            memcpy(out + prefix, s->at, suffix);
            last = str_n(out, prefix + suffix);
            out += prefix + suffix;
            s->at += suffix;
        }
        s->strs[i] = last;
    }
    s->lens_at += n;
}

/* The last value outlives the buffer of its batch. */
static void keep_last(struct source *s, struct str last)
{
    if (last.len > s->last_cap) {
        mem_free(s->last);
        s->last = mem_alloc(last.len);
        s->last_cap = last.len;
    }
    if (last.len) {
        memcpy(s->last, last.data, last.len);
    }
    s->last_len = last.len;
}

const char *delta_bytes_next(struct source *s, size_t max, struct source_batch *out)
{
    const char *fault = s->lens_at == s->lens_n ? next_lengths(s, max) : NULL;
    size_t n = 0, bytes = 0;
    if (!fault) {
        fault = plan_batch(s, max, &n, &bytes);
    }
    if (fault) {
        return fault;
    }
    s->expanded += bytes;
    if (s->expanded > s->expand_max) {
        return "the strings of a delta-coded page expand beyond the page limit";
    }
    source_reserve(s, bytes + 1);
    build(s, n);
    keep_last(s, s->strs[n - 1]);
    out->n = n;
    out->strs = s->strs;
    return NULL;
}
