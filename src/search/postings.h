/* postings.h - one list of units, ascending, in few bits: Rice codes of the gaps.
 *
 * A gap less one (of the first unit: the unit) is written as its quotient by 2^k in ones, a zero,
 * and the k bits of the remainder; k is chosen for each list, so that a list takes about a bit and
 * a half more than the logarithm of its mean gap. A quotient of POSTING_QUOTIENT or more is written
 * as so many ones and the number in 32 bits: at most 56 bits, one load. Bits count from the lowest
 * of each byte. Input is untrusted: no read behind `len`, no unit at or above `n_units`.
 */
#ifndef TSI_SEARCH_POSTINGS_H
#define TSI_SEARCH_POSTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define POSTING_QUOTIENT 24u
#define POSTING_K_MAX    31u

struct posting_reader {
    const uint8_t *bytes;
    size_t len; /* of all postings */
    uint64_t bit;
    uint32_t k, left, n_units;
    uint64_t unit; /* the last one, + 1 */
    bool damaged;
};

/* A list of `count` units that begins at byte `at`. */
static inline struct posting_reader posting_reader(const uint8_t *bytes, size_t len, uint64_t at,
                                                   uint32_t k, uint32_t count, uint32_t n_units)
{
    bool outside = at > len || k > POSTING_K_MAX;
    return (struct posting_reader){.bytes = bytes,
                                   .len = len,
                                   .bit = outside ? 0 : at * 8,
                                   .k = k,
                                   .left = outside ? 0 : count,
                                   .n_units = n_units,
                                   .damaged = outside};
}

/* The next unit; false: there is none, or the list is damaged. */
static inline bool posting_next(struct posting_reader *r, uint32_t *unit)
{
    uint64_t window = 0, number;
    size_t at = r->bit >> 3;
    if (!r->left) {
        return false;
    }
    if (r->len >= 8 && at <= r->len - 8) {
        memcpy(&window, r->bytes + at, 8);
    } else {
        memcpy(&window, r->bytes + at, at < r->len ? r->len - at : 0);
    }
    window >>= r->bit & 7;
    uint32_t ones = ~window ? (uint32_t)__builtin_ctzll(~window) : POSTING_QUOTIENT;
    if (ones < POSTING_QUOTIENT) {
        number = (uint64_t)ones << r->k | (window >> (ones + 1) & ((1ull << r->k) - 1));
        r->bit += ones + 1 + r->k;
    } else {
        number = window >> POSTING_QUOTIENT & UINT32_MAX;
        r->bit += POSTING_QUOTIENT + 32;
    }
    r->unit += number;
    if (r->unit >= r->n_units || r->bit > (uint64_t)r->len * 8) {
        r->damaged = true;
        r->left = 0;
        return false;
    }
    *unit = (uint32_t)r->unit++;
    r->left--;
    return true;
}

/* Appends the list, whole bytes, and returns its k. */
uint32_t posting_write(const uint32_t *units, size_t n, struct strbuf *out);

#endif
