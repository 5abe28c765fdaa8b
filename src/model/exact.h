/* exact.h - numbers of the form m x 2^e with as many bits as they need: sums that lose nothing.
 *
 * A double is such a number, and so are its powers, their sums and products. The sum of all squares
 * of doubles, from the smallest to the greatest, takes 67 limbs; that of their fourth powers 134;
 * the polynomials of moments.c a few more. Numbers of one magnitude take two to five.
 *
 * Nothing is rounded before exact_ratio and exact_frexp, which round once, half to even. So the
 * result does not depend on the order of the additions.
 *
 * Memory: a value of 1.3 KB, of which only the first `n` limbs are ever touched.
 */
#ifndef TSI_MODEL_EXACT_H
#define TSI_MODEL_EXACT_H

#include "base/str.h"

/* Fourth powers span 4 x 2098 bits = 132 limbs; counts (up to their cube, 3 limbs), powers of ten
 * of decimals (4 x 127 bits, 8 limbs) and carries come on top. */
#define EXACT_LIMBS 160

struct exact {
    uint32_t n;    /* limbs, the highest is not 0; 0: the number is 0 */
    bool negative; /* false where n is 0 */
    int32_t exp;   /* of the lowest bit */
    uint64_t limb[EXACT_LIMBS];
};

void exact_zero(struct exact *a);
void exact_copy(struct exact *to, const struct exact *from);

/* a += +-(limbs x 2^exp). */
void exact_add_limbs(struct exact *a, const uint64_t *limbs, uint32_t n, bool negative,
                     int32_t exp);
void exact_add(struct exact *a, const struct exact *b);
void exact_subtract(struct exact *a, const struct exact *b);
void exact_multiply(struct exact *out, const struct exact *a, const struct exact *b);
void exact_multiply_u64(struct exact *a, uint64_t k);
/* a *= 10^power. */
void exact_scale(struct exact *a, unsigned power);

/* The double nearest to a / (divisors[0] x divisors[1] ...), none of them 0. False where it is
 * beyond the greatest one. */
bool exact_ratio(const struct exact *a, const uint64_t *divisors, size_t n, double *out);

/* a = *fraction x 2^*exp, 0.5 <= |*fraction| < 1, rounded to 53 bits; 0 gives 0. */
void exact_frexp(const struct exact *a, double *fraction, int64_t *exp);

/* Without the zero bits at its low end: equal numbers have equal bytes. */
void exact_encode(const struct exact *a, struct strbuf *out);

/* Takes the bytes off the front of *in. False where they are no number with at most `max_limbs`
 * limbs and an exponent of at least `min_exp`, that ends below 2^max_bit. */
bool exact_decode(struct str *in, uint32_t max_limbs, int32_t min_exp, int32_t max_bit,
                  struct exact *out);

#endif
