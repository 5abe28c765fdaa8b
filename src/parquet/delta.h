/* delta.h - DELTA_BINARY_PACKED integers, decoded as they are asked for.
 *
 * A page may claim two thousand million values in a few bytes (deltas of no bits); nothing here
 * allocates by the claim. Sums wrap modulo 2^64, as the specification wants; 32-bit columns take
 * the lower half. Spec: Encodings.md.
 */
#ifndef TSI_PARQUET_DELTA_H
#define TSI_PARQUET_DELTA_H

#include "base/str.h"

struct delta {
    const uint8_t *at, *end;
    uint64_t total, left;      /* values in all, and still to come */
    uint64_t last;             /* the value before the next one; before the first: the first */
    bool first;                /* the first value, which the header holds, is still to come */
    uint32_t minis, mini_size; /* mini blocks a block, values a mini block */
    uint32_t mini;             /* mini blocks of the block that were opened */
    const uint8_t *widths;     /* one byte a mini block */
    uint64_t min_delta;
    /* The open mini block: */
    const uint8_t *packed;
    uint32_t packed_at, packed_n;
    unsigned width;
};

/* NULL, or what is wrong with the header. */
const char *delta_open(struct delta *d, struct str bytes);

/* The next `n` values; fewer where the bytes end or make no sense. */
size_t delta_next(struct delta *d, int64_t *out, size_t n);

/* Where the bytes behind an unread sequence begin, found from block headers alone; NULL where it
 * does not end well. */
const uint8_t *delta_end(struct delta d);

#endif
