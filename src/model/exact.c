#include "model/exact.h"

#include <math.h>
#include <string.h>

#include "base/varint.h"

#define LIMB_BITS     64
#define DOUBLE_BITS   53
#define DOUBLE_MIN    (-1074) /* exponent of the lowest bit of the smallest double */
#define DOUBLE_TOP    1024    /* every double is below 2^1024 */
#define QUOTIENT_BITS 66      /* the bits of a double, one to round by, and room */

typedef unsigned __int128 u128;

void exact_zero(struct exact *a)
{
    a->n = 0;
    a->negative = false;
    a->exp = 0;
}

void exact_copy(struct exact *to, const struct exact *from)
{
    to->n = from->n;
    to->negative = from->negative;
    to->exp = from->exp;
    memcpy(to->limb, from->limb, from->n * sizeof *to->limb);
}

static uint32_t without_zeros(const uint64_t *limb, uint32_t n)
{
    while (n && limb[n - 1] == 0) {
        n--;
    }
    return n;
}

static int compare(const uint64_t *a, uint32_t n_a, const uint64_t *b, uint32_t n_b)
{
    if (n_a != n_b) {
        return n_a < n_b ? -1 : 1;
    }
    for (uint32_t i = n_a; i-- > 0;) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

/* to = from << bits; the arrays may be the same. Returns its limbs. */
static uint32_t shift_left(uint64_t *to, const uint64_t *from, uint32_t n, uint64_t bits)
{
    uint32_t limbs = (uint32_t)(bits / LIMB_BITS), rest = (uint32_t)(bits % LIMB_BITS);
    if (n == 0) {
        return 0;
    }
    uint64_t carry = rest ? from[n - 1] >> (LIMB_BITS - rest) : 0;
    for (uint32_t i = n; i-- > 0;) {
        uint64_t low = i && rest ? from[i - 1] >> (LIMB_BITS - rest) : 0;
        to[i + limbs] = from[i] << rest | low;
    }
    memset(to, 0, limbs * sizeof *to);
    n += limbs;
    if (carry) {
        to[n++] = carry;
    }
    return n;
}

/* a += b */
static uint32_t add(uint64_t *a, uint32_t n_a, const uint64_t *b, uint32_t n_b)
{
    u128 carry = 0;
    for (uint32_t i = 0; i < n_b || (carry && i < n_a); i++) {
        carry += (u128)(i < n_a ? a[i] : 0) + (i < n_b ? b[i] : 0);
        a[i] = (uint64_t)carry;
        carry >>= LIMB_BITS;
        n_a = i + 1 > n_a ? i + 1 : n_a;
    }
    if (carry) {
        a[n_a++] = (uint64_t)carry;
    }
    return n_a;
}

/* to = a - b, a >= b; `to` may be either. */
static uint32_t subtract(uint64_t *to, const uint64_t *a, uint32_t n_a, const uint64_t *b,
                         uint32_t n_b)
{
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < n_a; i++) {
        u128 take = (u128)(i < n_b ? b[i] : 0) + borrow;
        uint64_t have = a[i];
        to[i] = have - (uint64_t)take;
        borrow = have < take;
    }
    return without_zeros(to, n_a);
}

/* Both with the exponent of a. */
static void add_aligned(struct exact *a, const uint64_t *b, uint32_t n, bool negative)
{
    if (a->n == 0 || a->negative == negative) {
        a->negative = n || a->n ? negative : false;
        a->n = add(a->limb, a->n, b, n);
        return;
    }
    if (compare(a->limb, a->n, b, n) >= 0) {
        a->n = subtract(a->limb, a->limb, a->n, b, n);
    } else {
        a->n = subtract(a->limb, b, n, a->limb, a->n);
        a->negative = negative;
    }
    a->negative = a->n ? a->negative : false;
}

void exact_add_limbs(struct exact *a, const uint64_t *limbs, uint32_t n, bool negative, int32_t exp)
{
    uint64_t shifted[EXACT_LIMBS];
    n = without_zeros(limbs, n);
    if (n == 0) {
        return;
    }
    if (a->n == 0) {
        a->exp = exp;
    }
    if (a->exp > exp) {
        a->n = shift_left(a->limb, a->limb, a->n, (uint64_t)(a->exp - exp));
        a->exp = exp;
    } else if (a->exp < exp) {
        n = shift_left(shifted, limbs, n, (uint64_t)(exp - a->exp));
        limbs = shifted;
    }
    add_aligned(a, limbs, n, negative);
}

void exact_add(struct exact *a, const struct exact *b)
{
    exact_add_limbs(a, b->limb, b->n, b->negative, b->exp);
}

void exact_subtract(struct exact *a, const struct exact *b)
{
    exact_add_limbs(a, b->limb, b->n, !b->negative, b->exp);
}

void exact_multiply(struct exact *out, const struct exact *a, const struct exact *b)
{
    if (a->n == 0 || b->n == 0) {
        exact_zero(out);
        return;
    }
    memset(out->limb, 0, (a->n + b->n) * sizeof *out->limb);
    for (uint32_t i = 0; i < a->n; i++) {
        u128 carry = 0;
        for (uint32_t k = 0; k < b->n; k++) {
            carry += (u128)a->limb[i] * b->limb[k] + out->limb[i + k];
            out->limb[i + k] = (uint64_t)carry;
            carry >>= LIMB_BITS;
        }
        out->limb[i + b->n] = (uint64_t)carry;
    }
    out->n = without_zeros(out->limb, a->n + b->n);
    out->negative = a->negative != b->negative;
    out->exp = a->exp + b->exp;
}

void exact_multiply_u64(struct exact *a, uint64_t k)
{
    u128 carry = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        carry += (u128)a->limb[i] * k;
        a->limb[i] = (uint64_t)carry;
        carry >>= LIMB_BITS;
    }
    if (carry) {
        a->limb[a->n++] = (uint64_t)carry;
    }
    a->n = without_zeros(a->limb, a->n);
    a->negative = a->n ? a->negative : false;
}

void exact_scale(struct exact *a, unsigned power)
{
    static const uint64_t ten_19 = UINT64_C(10000000000000000000);
    for (; power >= 19; power -= 19) {
        exact_multiply_u64(a, ten_19);
    }
    uint64_t rest = 1;
    for (; power; power--) {
        rest *= 10;
    }
    exact_multiply_u64(a, rest);
}

/* ---- rounding ---- */

static uint64_t bits_of(const uint64_t *limb, uint32_t n)
{
    return n ? (uint64_t)n * LIMB_BITS - (uint64_t)__builtin_clzll(limb[n - 1]) : 0;
}

/* a /= d; whether something was left over. */
static bool divide(uint64_t *a, uint32_t *n, uint64_t d)
{
    u128 rest = 0;
    for (uint32_t i = *n; i-- > 0;) {
        rest = rest << LIMB_BITS | a[i];
        a[i] = (uint64_t)(rest / d);
        rest %= d;
    }
    *n = without_zeros(a, *n);
    return rest != 0;
}

/* The lowest `bits` bits are not all 0. */
static bool any_below(const uint64_t *a, uint64_t bits)
{
    for (; bits >= LIMB_BITS; bits -= LIMB_BITS) {
        if (*a++) {
            return true;
        }
    }
    return bits && *a << (LIMB_BITS - bits);
}

/* The bits from `at` on, up to 64 of them. */
static uint64_t bits_from(const uint64_t *a, uint32_t n, uint64_t at)
{
    uint32_t limb = (uint32_t)(at / LIMB_BITS), rest = (uint32_t)(at % LIMB_BITS);
    uint64_t low = limb < n ? a[limb] >> rest : 0;
    return low | (rest && limb + 1 < n ? a[limb + 1] << (LIMB_BITS - rest) : 0);
}

/* a without its lowest `drop` bits (so few are left that a double holds them), rounded half to even
 * by those and by `more` behind them. */
static uint64_t round_off(const uint64_t *a, uint32_t n, uint64_t drop, bool more)
{
    if (drop == 0) {
        return bits_from(a, n, 0);
    }
    uint64_t kept = drop < (uint64_t)n * LIMB_BITS ? bits_from(a, n, drop) : 0;
    bool half = drop <= (uint64_t)n * LIMB_BITS && bits_from(a, n, drop - 1) & 1;
    uint64_t below = drop - 1 < (uint64_t)n * LIMB_BITS ? drop - 1 : (uint64_t)n * LIMB_BITS;
    bool sticky = more || any_below(a, below);
    return kept + (half && (sticky || (kept & 1)));
}

/* The fewest bits that must go, so that what is left is a double: 53 bits, and none below the
 * smallest one. */
static uint64_t bits_to_drop(uint64_t bits, int64_t exp, int64_t lowest)
{
    uint64_t drop = bits > DOUBLE_BITS ? bits - DOUBLE_BITS : 0;
    return exp + (int64_t)drop < lowest ? (uint64_t)(lowest - exp) : drop;
}

/* Divides by all of them, with at least QUOTIENT_BITS bits in the quotient. */
static bool divide_all(struct exact *q, const uint64_t *divisors, size_t n)
{
    uint64_t wanted = QUOTIENT_BITS, have = bits_of(q->limb, q->n);
    bool rest = false;
    for (size_t i = 0; i < n; i++) {
        wanted += bits_of(&divisors[i], 1);
    }
    if (have < wanted && n) {
        q->n = shift_left(q->limb, q->limb, q->n, wanted - have);
        q->exp -= (int32_t)(wanted - have);
    }
    /* floor(floor(a / b) / c) is floor(a / bc), and it is exact where both are. */
    for (size_t i = 0; i < n; i++) {
        rest |= divide(q->limb, &q->n, divisors[i]);
    }
    return rest;
}

bool exact_ratio(const struct exact *a, const uint64_t *divisors, size_t n, double *out)
{
    struct exact q;
    *out = 0;
    if (a->n == 0) {
        return true;
    }
    exact_copy(&q, a);
    bool rest = divide_all(&q, divisors, n);
    uint64_t drop = bits_to_drop(bits_of(q.limb, q.n), q.exp, DOUBLE_MIN);
    uint64_t kept = round_off(q.limb, q.n, drop, rest);
    int64_t exp = q.exp + (int64_t)drop;
    if (kept && (int64_t)bits_of(&kept, 1) + exp > DOUBLE_TOP) {
        return false;
    }
    *out = ldexp((double)kept, (int)exp);
    *out = a->negative ? -*out : *out;
    return true;
}

void exact_frexp(const struct exact *a, double *fraction, int64_t *exp)
{
    *fraction = 0;
    *exp = 0;
    if (a->n == 0) {
        return;
    }
    uint64_t drop = bits_to_drop(bits_of(a->limb, a->n), 0, 0);
    int e;
    double f = frexp((double)round_off(a->limb, a->n, drop, false), &e);
    *fraction = a->negative ? -f : f;
    *exp = (int64_t)a->exp + (int64_t)drop + e;
}

/* ---- bytes ---- */

static uint64_t low_zeros(const struct exact *a)
{
    uint32_t i = 0;
    while (a->limb[i] == 0) {
        i++;
    }
    return (uint64_t)i * LIMB_BITS + (uint64_t)__builtin_ctzll(a->limb[i]);
}

/* Bytes and sign in one number, the exponent, and the bytes, the lowest first. */
void exact_encode(const struct exact *a, struct strbuf *out)
{
    if (a->n == 0) {
        varint_put(out, 0);
        return;
    }
    uint64_t zeros = low_zeros(a), bytes = (bits_of(a->limb, a->n) - zeros + 7) / 8;
    varint_put(out, bytes << 1 | a->negative);
    varint_put_signed(out, (int64_t)a->exp + (int64_t)zeros);
    for (uint64_t i = 0; i < bytes; i++) {
        strbuf_add_char(out, (char)bits_from(a->limb, a->n, zeros + i * 8));
    }
}

bool exact_decode(struct str *in, uint32_t max_limbs, int32_t min_exp, int32_t max_bit,
                  struct exact *out)
{
    uint64_t head;
    int64_t exp;
    exact_zero(out);
    if (!varint_take(in, &head)) {
        return false;
    }
    uint64_t bytes = head >> 1;
    if (bytes == 0) {
        return head == 0;
    }
    if (!varint_take_signed(in, &exp) || bytes > in->len || bytes > (uint64_t)max_limbs * 8 ||
        exp < min_exp || exp > max_bit) {
        return false;
    }
    out->n = (uint32_t)((bytes + 7) / 8);
    out->limb[out->n - 1] = 0;
    memcpy(out->limb, in->data, bytes);
    *in = str_from(*in, bytes);
    out->n = without_zeros(out->limb, out->n);
    out->negative = out->n && head & 1;
    out->exp = (int32_t)exp;
    return exp + (int64_t)bits_of(out->limb, out->n) <= max_bit;
}
