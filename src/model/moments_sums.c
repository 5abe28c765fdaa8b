#include "model/moments_sums.h"

typedef unsigned __int128 u128;

static uint64_t low(u128 v)
{
    return (uint64_t)v;
}

static uint64_t high(u128 v)
{
    return (uint64_t)(v >> 64);
}

/* Sums of limbs to the limbs of the sum. */
static void carry_up(const u128 *sums, size_t n, uint64_t *limb)
{
    u128 carry = 0;
    for (size_t i = 0; i < SUMS_LIMBS; i++) {
        /* carry is below 2^65 here, and a sum below 2^127. */
        carry += i < n ? sums[i] : 0;
        limb[i] = low(carry);
        carry >>= 64;
    }
}

void sums_of_wide(const uint64_t *v, size_t n, struct power_sums *out)
{
    u128 one = 0, two[2] = {0}, three[3] = {0}, four[4] = {0};
    for (size_t i = 0; i < n; i++) {
        uint64_t m = v[i];
        u128 q = (u128)m * m;
        u128 p = (u128)low(q) * m, r = (u128)high(q) * m;
        u128 a = (u128)low(q) * low(q), b = (u128)low(q) * high(q), c = (u128)high(q) * high(q);
        one += m;
        two[0] += low(q);
        two[1] += high(q);
        three[0] += low(p);
        three[1] += (u128)high(p) + low(r);
        three[2] += high(r);
        four[0] += low(a);
        four[1] += (u128)high(a) + low(b) + low(b);
        four[2] += (u128)high(b) + high(b) + low(c);
        four[3] += high(c);
    }
    carry_up(&one, 1, out->limb[0]);
    carry_up(two, 2, out->limb[1]);
    carry_up(three, 3, out->limb[2]);
    carry_up(four, 4, out->limb[3]);
}

void sums_of_narrow(const int64_t *v, size_t n, struct narrow_sums *out)
{
    enum { SOME = 2048 }; /* squares below 2^52: so many of them fit 64 bits */
    *out = (struct narrow_sums){0};
    for (size_t i = 0; i < n;) {
        size_t end = n - i < SOME ? n : i + SOME;
        uint64_t two = 0;
        for (; i < end; i++) {
            int64_t m = v[i], q = m * m;
            out->one += m;
            two += (uint64_t)q;
            out->three += (__int128)q * m;
            out->four += (u128)q * (u128)q;
        }
        out->two += two;
    }
}
