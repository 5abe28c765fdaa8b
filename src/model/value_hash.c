#include "model/value_hash.h"

#include <string.h>

#define PRIME ((UINT64_C(1) << 61) - 1)
/* Random numbers below the prime, and random odd ones: fixed for ever, for hashes are compared
 * between catalogs. */
#define BASE     UINT64_C(0x1a2b6c9d3f58e471)
#define MIX_XOR  UINT64_C(0x9e3779b97f4a7c15)
#define MIX_FOLD UINT64_C(0xe7037ed1a0b428db)
#define NAN_BITS UINT64_C(0x7ff8000000000000)

typedef unsigned __int128 u128;

/* v < 2^125 */
static uint64_t reduce(u128 v)
{
    uint64_t r = (uint64_t)(v & PRIME) + (uint64_t)(v >> 61 & PRIME) + (uint64_t)(v >> 122);
    r = (r & PRIME) + (r >> 61);
    return r >= PRIME ? r - PRIME : r;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    return reduce((u128)a * b);
}

static uint64_t power(uint64_t n)
{
    uint64_t result = 1, square = BASE;
    for (; n; n >>= 1) {
        result = n & 1 ? multiply(result, square) : result;
        square = multiply(square, square);
    }
    return result;
}

/* Below 2^61, which may be the prime itself: sums of digits are reduced. */
static inline uint64_t digit(double v)
{
    uint64_t bits;
    v += 0.0;
    memcpy(&bits, &v, sizeof bits);
    bits = v == v ? bits : NAN_BITS;
    u128 product = (u128)(bits ^ MIX_XOR) * MIX_FOLD;
    return (uint64_t)((uint64_t)(product >> 64) ^ (uint64_t)product) & PRIME;
}

uint64_t value_hash_one(double v)
{
    return reduce(digit(v));
}

uint64_t value_hash_append(uint64_t h, const double *v, size_t n)
{
    const uint64_t two = multiply(BASE, BASE), three = multiply(two, BASE);
    const uint64_t four = multiply(two, two);
    size_t i = 0;
    /* Four at a time: only one product waits for the hash so far, and one reduction. */
    for (; i + 4 <= n; i += 4) {
        u128 sum = (u128)digit(v[i]) * three + (u128)digit(v[i + 1]) * two +
                   (u128)digit(v[i + 2]) * BASE + digit(v[i + 3]);
        h = reduce((u128)h * four + sum);
    }
    for (; i < n; i++) {
        h = reduce((u128)h * BASE + digit(v[i]));
    }
    return h;
}

uint64_t value_hash_join(uint64_t a, uint64_t b, uint64_t n)
{
    return reduce((u128)a * power(n) + b);
}

uint64_t value_hash_drop_last(uint64_t h, double last)
{
    /* base^(p - 2) is its inverse. */
    static uint64_t inverse;
    uint64_t unbase = __atomic_load_n(&inverse, __ATOMIC_RELAXED);
    if (unbase == 0) {
        unbase = power(PRIME - 2);
        __atomic_store_n(&inverse, unbase, __ATOMIC_RELAXED);
    }
    return multiply(reduce((u128)h + PRIME - value_hash_one(last)), unbase);
}

uint64_t value_hash_drop_first(uint64_t h, double first, uint64_t n)
{
    uint64_t top = multiply(value_hash_one(first), power(n - 1));
    return reduce((u128)h + PRIME - top);
}
