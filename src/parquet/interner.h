/* interner.h - the distinct values of a chunk and their codes: its dictionary, and what PLAIN and
 * DELTA pages add.
 *
 * Values are packed one behind the other, 0 or 8 bytes each beside their own. Look-ups hash; a
 * probe that finds nothing within INTERNER_PROBES gives the value a new code instead, so that bytes
 * chosen to collide cost memory that they have paid for, not quadratic time. (Two codes may
 * therefore stand for equal values, as in any Parquet dictionary.)
 */
#ifndef TSI_PARQUET_INTERNER_H
#define TSI_PARQUET_INTERNER_H

#include "base/str.h"

/* At 70 % load a probe of honest values takes two steps; this many happen by attack only. */
#define INTERNER_PROBES 128

/* Side by side, so that a probe touches one cache line. The tag also says where the slot belongs: a
 * larger index is filled from the smaller one, without a look at the values. */
struct interner_slot {
    uint32_t code; /* + 1; 0 is free */
    uint32_t tag;  /* upper half of the hash */
};

struct interner {
    bool fixed; /* all values have `width` bytes */
    size_t width;
    uint8_t *bytes;
    size_t len, cap;
    uint64_t *ends; /* of each value in `bytes`; not for fixed ones */
    size_t ends_cap;
    size_t count;
    uint64_t max_len; /* bytes; more distinct values are refused */
    struct interner_slot *slots;
    size_t n_slots, indexed; /* the first `indexed` codes can be found */
};

void interner_init(struct interner *in, bool fixed, size_t width, uint64_t max_len);
void interner_free(struct interner *in);

struct str interner_value(const struct interner *in, uint32_t code);

/* Room for a dictionary of `n` values with `len` bytes in all. */
void interner_reserve(struct interner *in, size_t n, size_t len);
/* A new code, without a look. False where there is no room for it. */
bool interner_append(struct interner *in, const void *p, size_t len);
/* The code of the value, a new one where there is none yet. False where there is no room for it. */
bool interner_put(struct interner *in, const void *p, size_t len, uint32_t *code);

/* The same for `n` values at once, which hides most of the time that memory takes to answer: with
 * many distinct values each look-up misses the caches in several places. */
#define INTERNER_BATCH 64
bool interner_put_all(struct interner *in, const struct str *values, size_t n, uint32_t *codes);

#endif
