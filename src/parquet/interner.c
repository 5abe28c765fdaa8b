#include "parquet/interner.h"

#include <string.h>

#include "base/map.h"
#include "base/memory.h"

#define FIRST_SLOTS 64
/* The last code is CHUNK_NULL; slots hold code + 1. */
#define CODES_MAX (UINT32_MAX - 1)

void interner_init(struct interner *in, bool fixed, size_t width, uint64_t max_len)
{
    *in = (struct interner){.fixed = fixed, .width = width, .max_len = max_len};
}

void interner_free(struct interner *in)
{
    mem_free(in->bytes);
    mem_free(in->ends);
    mem_free(in->slots);
    mem_free(in->tags);
    *in = (struct interner){0};
}

struct str interner_value(const struct interner *in, uint32_t code)
{
    if (in->fixed) {
        const uint8_t *base = in->bytes ? in->bytes : (const uint8_t *)"";
        return str_n(base + code * in->width, in->width);
    }
    uint64_t start = code ? in->ends[code - 1] : 0;
    return str_n(in->bytes + start, (size_t)(in->ends[code] - start));
}

static void reserve_bytes(struct interner *in, size_t len)
{
    if (in->len + len <= in->cap && in->bytes) {
        return;
    }
    size_t want = in->cap * 2 > in->len + len ? in->cap * 2 : in->len + len;
    in->cap = want < 256 ? 256 : want;
    in->bytes = mem_realloc(in->bytes, in->cap);
}

void interner_reserve(struct interner *in, size_t n, size_t len)
{
    reserve_bytes(in, len);
    if (!in->fixed && in->count + n > in->ends_cap) {
        in->ends_cap = in->count + n;
        in->ends = mem_realloc(in->ends, in->ends_cap * sizeof *in->ends);
    }
}

bool interner_append(struct interner *in, const void *p, size_t len)
{
    if (in->count >= CODES_MAX || len > in->max_len || in->len > in->max_len - len) {
        return false;
    }
    reserve_bytes(in, len);
    if (len) {
        memcpy(in->bytes + in->len, p, len);
    }
    in->len += len;
    if (!in->fixed) {
        in->ends = mem_grow(in->ends, in->count, &in->ends_cap, sizeof *in->ends);
        in->ends[in->count] = in->len;
    }
    in->count++;
    return true;
}

/* The slot of a value, or the free one where it belongs, or n_slots where the probe is given up. */
static size_t find(const struct interner *in, struct str value, uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    size_t at = hash & (in->n_slots - 1);
    for (unsigned probe = 0; probe < INTERNER_PROBES; probe++) {
        if (in->slots[at] == 0) {
            return at;
        }
        if (in->tags[at] == tag && str_eq(interner_value(in, in->slots[at] - 1), value)) {
            return at;
        }
        at = (at + 1) & (in->n_slots - 1);
    }
    return in->n_slots;
}

/* Puts the code into the index, unless an equal value is there or the probe is given up. */
static void index_code(struct interner *in, uint32_t code)
{
    struct str value = interner_value(in, code);
    uint64_t hash = hash_bytes(value.data, value.len);
    size_t at = find(in, value, hash);
    if (at < in->n_slots && in->slots[at] == 0) {
        in->slots[at] = code + 1;
        in->tags[at] = (uint32_t)(hash >> 32);
    }
}

/* Codes appended since the last look get into the index, which grows at 70 % load. */
static void index_all(struct interner *in)
{
    size_t n_slots = in->n_slots ? in->n_slots : FIRST_SLOTS;
    while ((in->count + 1) * 10 > n_slots * 7) {
        n_slots *= 2;
    }
    if (n_slots != in->n_slots) {
        mem_free(in->slots);
        mem_free(in->tags);
        in->slots = mem_zalloc(n_slots * sizeof *in->slots);
        in->tags = mem_alloc(n_slots * sizeof *in->tags);
        in->n_slots = n_slots;
        in->indexed = 0;
    }
    for (; in->indexed < in->count; in->indexed++) {
        index_code(in, (uint32_t)in->indexed);
    }
}

bool interner_put(struct interner *in, const void *p, size_t len, uint32_t *code)
{
    if (in->indexed < in->count || (in->count + 1) * 10 > in->n_slots * 7) {
        index_all(in);
    }
    uint64_t hash = hash_bytes(p, len);
    size_t at = find(in, str_n(p, len), hash);
    if (at < in->n_slots && in->slots[at]) {
        *code = in->slots[at] - 1;
        return true;
    }
    if (!interner_append(in, p, len)) {
        return false;
    }
    *code = (uint32_t)in->count - 1;
    if (at < in->n_slots) {
        in->slots[at] = *code + 1;
        in->tags[at] = (uint32_t)(hash >> 32);
    }
    in->indexed = in->count;
    return true;
}
