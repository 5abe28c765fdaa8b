/* bits.h - little-endian numbers and bitmaps of 64-bit words. */
#ifndef TSI_SEARCH_BITS_H
#define TSI_SEARCH_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "index files are mapped as they lie: little-endian machines only"
#endif

static inline uint64_t load_u64(const void *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t load_u32(const void *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* Bitmaps: bit i is word i/64, bit i%64. Words beyond the last unit stay zero. */
static inline size_t bitmap_words(size_t n)
{
    return (n + 63) / 64;
}

static inline void bitmap_set(uint64_t *m, size_t i)
{
    m[i >> 6] |= 1ull << (i & 63);
}

static inline void bitmap_clear(uint64_t *m, size_t i)
{
    m[i >> 6] &= ~(1ull << (i & 63));
}

static inline bool bitmap_get(const uint64_t *m, size_t i)
{
    return m[i >> 6] >> (i & 63) & 1;
}

static inline void bitmap_fill(uint64_t *m, size_t n)
{
    memset(m, 0xff, n / 64 * 8);
    if (n % 64) {
        m[n / 64] = (1ull << (n % 64)) - 1;
    }
}

static inline void bitmap_set_range(uint64_t *m, size_t begin, size_t end)
{
    for (; begin < end && begin % 64; begin++) {
        bitmap_set(m, begin);
    }
    for (; begin + 64 <= end; begin += 64) {
        m[begin >> 6] = ~0ull;
    }
    for (; begin < end; begin++) {
        bitmap_set(m, begin);
    }
}

static inline void bitmap_and(uint64_t *m, const uint64_t *o, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        m[i] &= o[i];
    }
}

static inline void bitmap_or(uint64_t *m, const uint64_t *o, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        m[i] |= o[i];
    }
}

size_t bitmap_count(const uint64_t *m, size_t words); /* find.c, where the processor is asked */

/* The first set bit at or behind `from`; `n` where there is none. */
static inline size_t bitmap_next(const uint64_t *m, size_t n, size_t from)
{
    if (from >= n) {
        return n;
    }
    size_t w = from >> 6;
    uint64_t x = m[w] & ~0ull << (from & 63);
    while (!x) {
        if (++w >= bitmap_words(n)) {
            return n;
        }
        x = m[w];
    }
    size_t at = w * 64 + (size_t)__builtin_ctzll(x);
    return at < n ? at : n;
}

#endif
