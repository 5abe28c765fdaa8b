#include "parquet/interner.h"

#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "parquet/bits.h"

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

static uint32_t tag_of(struct str value)
{
    return (uint32_t)(hash_bytes(value.data, value.len) >> 32);
}

/* The slot of a value, or the free one where it belongs, or n_slots where the probe is given up. */
static size_t find(const struct interner *in, struct str value, uint32_t tag)
{
    size_t at = tag & (in->n_slots - 1);
    for (unsigned probe = 0; probe < INTERNER_PROBES; probe++) {
        const struct interner_slot *slot = &in->slots[at];
        if (slot->code == 0) {
            return at;
        }
        if (slot->tag == tag) {
            struct str known = interner_value(in, slot->code - 1);
            if (known.len == value.len && same_bytes(known.data, value.data, value.len)) {
                return at;
            }
        }
        at = (at + 1) & (in->n_slots - 1);
    }
    return in->n_slots;
}

/* Puts the code into the index, unless an equal value is there or the probe is given up. */
static void index_code(struct interner *in, uint32_t code)
{
    struct str value = interner_value(in, code);
    uint32_t tag = tag_of(value);
    size_t at = find(in, value, tag);
    if (at < in->n_slots && in->slots[at].code == 0) {
        in->slots[at] = (struct interner_slot){code + 1, tag};
    }
}

/* All slots differ in value, so the first free one is the right one. */
static void move_slot(struct interner *in, struct interner_slot slot)
{
    size_t at = slot.tag & (in->n_slots - 1);
    for (unsigned probe = 0; probe < INTERNER_PROBES; probe++) {
        if (in->slots[at].code == 0) {
            in->slots[at] = slot;
            return;
        }
        at = (at + 1) & (in->n_slots - 1);
    }
}

static void grow(struct interner *in, size_t n_slots)
{
    struct interner_slot *old = in->slots;
    size_t n_old = in->n_slots;
    in->slots = mem_zalloc(n_slots * sizeof *in->slots);
    in->n_slots = n_slots;
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].code) {
            move_slot(in, old[i]);
        }
    }
    mem_free(old);
}

/* Room for `more` values, at 70 % load; codes appended since the last look get into the index. */
static void index_all(struct interner *in, size_t more)
{
    size_t n_slots = in->n_slots ? in->n_slots : FIRST_SLOTS;
    while ((in->count + more) * 10 > n_slots * 7) {
        n_slots *= 2;
    }
    if (n_slots != in->n_slots) {
        grow(in, n_slots);
    }
    for (; in->indexed < in->count; in->indexed++) {
        index_code(in, (uint32_t)in->indexed);
    }
}

/* The index has room and is complete. */
static bool put(struct interner *in, struct str value, uint32_t tag, uint32_t *code)
{
    size_t at = find(in, value, tag);
    if (at < in->n_slots && in->slots[at].code) {
        *code = in->slots[at].code - 1;
        return true;
    }
    if (!interner_append(in, value.data, value.len)) {
        return false;
    }
    *code = (uint32_t)in->count - 1;
    if (at < in->n_slots) {
        in->slots[at] = (struct interner_slot){*code + 1, tag};
    }
    in->indexed = in->count;
    return true;
}

bool interner_put(struct interner *in, const void *p, size_t len, uint32_t *code)
{
    struct str value = str_n(p, len);
    if (in->indexed < in->count || (in->count + 1) * 10 > in->n_slots * 7) {
        index_all(in, 1);
    }
    return put(in, value, tag_of(value), code);
}

/* Ask for what the probe will compare with: first where the value ends, then the value. */
static void prefetch_end(const struct interner *in, uint32_t tag)
{
    uint32_t code = in->slots[tag & (in->n_slots - 1)].code;
    if (code > 1 && !in->fixed) {
        __builtin_prefetch(&in->ends[code - 2]);
    }
}

static void prefetch_value(const struct interner *in, uint32_t tag)
{
    struct interner_slot slot = in->slots[tag & (in->n_slots - 1)];
    if (slot.code && slot.tag == tag) {
        __builtin_prefetch(interner_value(in, slot.code - 1).data);
    }
}

bool interner_put_all(struct interner *in, const struct str *values, size_t n, uint32_t *codes)
{
    uint64_t hashes[INTERNER_BATCH];
    uint32_t tags[INTERNER_BATCH];
    while (n) {
        size_t some = n < INTERNER_BATCH ? n : INTERNER_BATCH;
        index_all(in, some);
        hash_strs(values, some, 0, hashes);
        for (size_t i = 0; i < some; i++) {
            tags[i] = (uint32_t)(hashes[i] >> 32);
            __builtin_prefetch(&in->slots[tags[i] & (in->n_slots - 1)]);
        }
        for (size_t i = 0; i < some; i++) {
            prefetch_end(in, tags[i]);
        }
        for (size_t i = 0; i < some; i++) {
            prefetch_value(in, tags[i]);
        }
        for (size_t i = 0; i < some; i++) {
            if (!put(in, values[i], tags[i], &codes[i])) {
                return false;
            }
        }
        values += some;
        codes += some;
        n -= some;
    }
    return true;
}
