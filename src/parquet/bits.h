/* bits.h - little-endian loads from bytes of any alignment. Callers have checked that the bytes are
 * there. */
#ifndef TSI_PARQUET_BITS_H
#define TSI_PARQUET_BITS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error                                                                                             \
    "values are copied from files as they are: a big-endian port has to swap them here and in plain.c"
#endif

static inline uint32_t load32(const void *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t load64(const void *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Values that are compared are mostly equal, or differ early, and are short: loads that overlap
 * spare the call of memcmp. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
    if (n < 8 || n > 64) {
        return n == 0 || memcmp(a, b, n) == 0;
    }
    uint64_t diff = load64(a + n - 8) ^ load64(b + n - 8);
    for (size_t i = 0; i + 8 < n; i += 8) {
        diff |= load64(a + i) ^ load64(b + i);
    }
    return diff == 0;
}

/* The same of a copy. */
static inline void copy_bytes(char *to, const char *from, size_t n)
{
    if (n < 8 || n > 64) {
        if (n) {
            memcpy(to, from, n);
        }
        return;
    }
    uint64_t last = load64(from + n - 8);
    for (size_t i = 0; i + 8 < n; i += 8) {
        uint64_t word = load64(from + i);
        memcpy(to + i, &word, sizeof word);
    }
    memcpy(to + n - 8, &last, sizeof last);
}

#endif
