/* moments_sums.h - sums of the first four powers of 64-bit integers, without a carry chain.
 *
 * Each limb of each power is summed by itself in 128 bits, which 2^60 values cannot fill; carries
 * go up once at the end. So the sums of a value do not wait for those of the one before, and the
 * processor overlaps them: about 5 ns a value, and 2 ns where all are below 2^26.
 */
#ifndef TSI_MODEL_MOMENTS_SUMS_H
#define TSI_MODEL_MOMENTS_SUMS_H

#include <stddef.h>
#include <stdint.h>

/* Limbs of the sum of p-th powers: p + 1. */
#define SUMS_LIMBS 5

struct power_sums {
    uint64_t limb[4][SUMS_LIMBS];
};

/* Any integers. */
void sums_of_wide(const uint64_t *v, size_t n, struct power_sums *out);

/* The same for integers below SUMS_NARROW, at most 2^20 of them: even powers, and odd powers with
 * their signs. */
#define SUMS_NARROW (1 << 26)
struct narrow_sums {
    int64_t one;
    unsigned __int128 two, four;
    __int128 three;
};
void sums_of_narrow(const int64_t *v, size_t n, struct narrow_sums *out);

#endif
