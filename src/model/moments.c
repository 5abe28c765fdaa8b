#include "model/moments.h"

#include <math.h>
#include <string.h>

#include "base/varint.h"
#include "model/moments_sums.h"

#define MANTISSA_BITS 52
#define EXPONENT_MASK 0x7ff
#define EXPONENT_BIAS 1075 /* of the lowest bit of the mantissa */
/* Exponents that one group of values may span: 53 bits and these are 63. */
#define WINDOW 10

void moments_init(struct moments *m)
{
    m->n = 0;
    m->scale = 0;
    for (size_t p = 0; p < MOMENTS_POWERS; p++) {
        exact_zero(&m->sum[p]);
    }
}

void moments_copy(struct moments *to, const struct moments *from)
{
    to->n = from->n;
    to->scale = from->scale;
    for (size_t p = 0; p < MOMENTS_POWERS; p++) {
        exact_copy(&to->sum[p], &from->sum[p]);
    }
}

/* The sums are those of the values x 10^scale from now on. */
static void raise_scale(struct moments *m, uint32_t scale)
{
    for (unsigned p = 0; p < MOMENTS_POWERS && scale > m->scale; p++) {
        exact_scale(&m->sum[p], (p + 1) * (scale - m->scale));
    }
    m->scale = scale > m->scale ? scale : m->scale;
}

/* ---- sums of integers x 2^exp ---- */

static void add_sums(struct moments *m, const struct power_sums *s, bool negative, int32_t exp)
{
    for (unsigned p = 0; p < MOMENTS_POWERS; p++) {
        bool odd = p % 2 == 0;
        exact_add_limbs(&m->sum[p], s->limb[p], SUMS_LIMBS, odd && negative,
                        exp * (int32_t)(p + 1));
    }
}

static void add_wide(struct moments *m, const uint64_t *v, size_t n, bool negative, int32_t exp)
{
    struct power_sums s;
    if (n) {
        sums_of_wide(v, n, &s);
        add_sums(m, &s, negative, exp);
    }
}

static void add_u128(struct exact *a, unsigned __int128 v, bool negative)
{
    uint64_t limbs[2] = {(uint64_t)v, (uint64_t)(v >> 64)};
    exact_add_limbs(a, limbs, 2, negative, 0);
}

static void add_narrow(struct moments *m, const int64_t *v, size_t n)
{
    struct narrow_sums s;
    sums_of_narrow(v, n, &s);
    bool first = s.one < 0, third = s.three < 0;
    add_u128(&m->sum[0], (unsigned __int128)(first ? -s.one : s.one), first);
    add_u128(&m->sum[1], s.two, false);
    add_u128(&m->sum[2], (unsigned __int128)(third ? -s.three : s.three), third);
    add_u128(&m->sum[3], s.four, false);
}

/* ---- doubles to integers ---- */

/* Are all of them small integers? Most counts, amounts and measurements in whole units are. */
static bool as_narrow(const double *v, size_t n, int64_t *out)
{
    double worst = 0;
    int64_t differs = 0;
    for (size_t i = 0; i < n; i++) {
        double size = fabs(v[i]);
        worst = size > worst ? size : worst;
    }
    if (worst >= SUMS_NARROW) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = (int32_t)v[i];
        differs |= (double)out[i] != v[i];
    }
    return !differs;
}

/* v = +-mantissa x 2^*exp */
static uint64_t mantissa_of(double v, int32_t *exp, bool *negative)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    uint64_t field = bits >> MANTISSA_BITS & EXPONENT_MASK;
    uint64_t m = bits & ((UINT64_C(1) << MANTISSA_BITS) - 1);
    *negative = bits >> 63;
    *exp = (int32_t)(field ? field : 1) - EXPONENT_BIAS;
    return field ? m | UINT64_C(1) << MANTISSA_BITS : m;
}

/* The greatest exponent of values that are not 0; false where all are. */
static bool top_exponent(const double *v, size_t n, int32_t *top)
{
    double worst = 0;
    bool negative;
    for (size_t i = 0; i < n; i++) {
        double size = fabs(v[i]);
        worst = size > worst ? size : worst;
    }
    mantissa_of(worst, top, &negative);
    return worst > 0;
}

/* Add the values whose exponents are in the window below *top; what is left stays in v, and its
 * number is returned. */
static size_t add_window(struct moments *m, double *v, size_t n, int32_t top)
{
    uint64_t group[2][MOMENTS_BLOCK];
    size_t count[2] = {0}, left = 0;
    int32_t bottom = top - WINDOW;
    for (size_t i = 0; i < n; i++) {
        int32_t exp;
        bool negative;
        uint64_t mantissa = mantissa_of(v[i], &exp, &negative);
        if (exp < bottom) {
            v[left] = v[i];
            left += mantissa != 0;
            continue;
        }
        group[negative][count[negative]++] = mantissa << (exp - bottom);
    }
    add_wide(m, group[0], count[0], false, bottom);
    add_wide(m, group[1], count[1], true, bottom);
    return left;
}

/* At most MOMENTS_BLOCK of them. */
static void add_block(struct moments *m, const double *v, size_t n)
{
    int64_t integers[MOMENTS_BLOCK];
    double rest[MOMENTS_BLOCK];
    int32_t top;
    if (as_narrow(v, n, integers)) {
        add_narrow(m, integers, n);
        return;
    }
    memcpy(rest, v, n * sizeof *v);
    while (n && top_exponent(rest, n, &top)) {
        n = add_window(m, rest, n, top);
    }
}

void moments_add(struct moments *m, const double *v, size_t n)
{
    uint32_t scale = m->scale;
    struct moments unscaled, *to = m;
    if (scale) {
        moments_init(&unscaled);
        to = &unscaled;
    }
    to->n += n;
    for (size_t i = 0; i < n; i += MOMENTS_BLOCK) {
        add_block(to, v + i, n - i < MOMENTS_BLOCK ? n - i : MOMENTS_BLOCK);
    }
    if (scale) {
        moments_merge(m, &unscaled);
    }
}

void moments_add_integers(struct moments *m, const uint64_t *magnitude, const bool *negative,
                          size_t n, uint32_t scale)
{
    struct moments part;
    moments_init(&part);
    part.scale = scale;
    part.n = n;
    for (size_t i = 0; i < n;) {
        uint64_t group[2][MOMENTS_BLOCK];
        size_t count[2] = {0}, end = n - i < MOMENTS_BLOCK ? n : i + MOMENTS_BLOCK;
        for (; i < end; i++) {
            bool minus = negative && negative[i];
            group[minus][count[minus]++] = magnitude[i];
        }
        add_wide(&part, group[0], count[0], false, 0);
        add_wide(&part, group[1], count[1], true, 0);
    }
    moments_merge(m, &part);
}

void moments_add_repeated(struct moments *m, double v, uint64_t count)
{
    struct moments part;
    moments_init(&part);
    moments_add(&part, &v, 1);
    part.n = count;
    for (unsigned p = 0; p < MOMENTS_POWERS; p++) {
        exact_multiply_u64(&part.sum[p], count);
    }
    moments_merge(m, &part);
}

void moments_merge(struct moments *a, const struct moments *b)
{
    struct moments raised;
    raise_scale(a, b->scale);
    if (b->scale < a->scale && b->n) {
        moments_copy(&raised, b);
        raise_scale(&raised, a->scale);
        b = &raised;
    }
    a->n += b->n;
    for (unsigned p = 0; p < MOMENTS_POWERS; p++) {
        exact_add(&a->sum[p], &b->sum[p]);
    }
}

/* ---- figures ---- */

/* 10^(power x scale), as divisors below 2^64 each. */
static size_t put_scale(const struct moments *m, unsigned power, uint64_t *divisors)
{
    size_t n = 0;
    for (unsigned digits = power * m->scale; digits;) {
        unsigned some = digits < 19 ? digits : 19;
        digits -= some;
        divisors[n] = 1;
        for (; some; some--) {
            divisors[n] *= 10;
        }
        n++;
    }
    return n;
}

/* Factors of 10^(2 x 38), and two counts. */
enum { DIVISORS = 6 };

bool moments_mean(const struct moments *m, double *out)
{
    uint64_t divisors[DIVISORS] = {m->n};
    *out = 0;
    return m->n > 0 && exact_ratio(&m->sum[0], divisors, 1 + put_scale(m, 1, divisors + 1), out);
}

/* n S2 - S1^2, which is n^2 m2. */
static void second(const struct moments *m, uint64_t n, struct exact *out)
{
    struct exact square;
    exact_copy(out, &m->sum[1]);
    exact_multiply_u64(out, n);
    exact_multiply(&square, &m->sum[0], &m->sum[0]);
    exact_subtract(out, &square);
}

bool moments_variance(const struct moments *m, double *out)
{
    struct exact two;
    uint64_t divisors[DIVISORS] = {m->n, m->n - 1};
    *out = 0;
    if (m->n < 2) {
        return false;
    }
    second(m, m->n, &two);
    return exact_ratio(&two, divisors, 2 + put_scale(m, 2, divisors + 2), out);
}

/* out += or -= k a b */
static void add_product(struct exact *out, const struct exact *a, const struct exact *b, uint64_t k,
                        bool minus)
{
    struct exact product;
    exact_multiply(&product, a, b);
    exact_multiply_u64(&product, k);
    if (minus) {
        exact_subtract(out, &product);
    } else {
        exact_add(out, &product);
    }
}

/* n^2 S3 - 3 n S2 S1 + 2 S1^3, which is n^3 m3. */
static void third(const struct moments *m, struct exact *out)
{
    struct exact part;
    const struct exact *s = m->sum;
    exact_copy(out, &s[2]);
    exact_multiply_u64(out, m->n);
    exact_multiply_u64(out, m->n);
    exact_copy(&part, &s[1]);
    exact_multiply_u64(&part, m->n);
    add_product(out, &part, &s[0], 3, true);
    exact_multiply(&part, &s[0], &s[0]);
    add_product(out, &part, &s[0], 2, false);
}

/* n^3 S4 - 4 n^2 S3 S1 + 6 n S2 S1^2 - 3 S1^4, which is n^4 m4. */
static void fourth(const struct moments *m, struct exact *out)
{
    struct exact part, square;
    const struct exact *s = m->sum;
    exact_copy(out, &s[3]);
    for (int i = 0; i < 3; i++) {
        exact_multiply_u64(out, m->n);
    }
    exact_copy(&part, &s[2]);
    exact_multiply_u64(&part, m->n);
    exact_multiply_u64(&part, m->n);
    add_product(out, &part, &s[0], 4, true);
    exact_multiply(&square, &s[0], &s[0]);
    exact_copy(&part, &s[1]);
    exact_multiply_u64(&part, m->n);
    add_product(out, &part, &square, 6, false);
    add_product(out, &square, &square, 3, true);
}

bool moments_skewness(const struct moments *m, double *out)
{
    struct exact two, three;
    double a, b, n = (double)m->n;
    int64_t exp_a, exp_b;
    *out = 0;
    if (m->n < 3) {
        return false;
    }
    second(m, m->n, &two);
    third(m, &three);
    exact_frexp(&two, &b, &exp_b);
    exact_frexp(&three, &a, &exp_a);
    if (b == 0) {
        return false;
    }
    /* An even exponent goes through the root without loss. */
    b = exp_b % 2 ? ldexp(b, 1) : b;
    exp_b -= exp_b % 2 ? 1 : 0;
    double ratio = ldexp(a / (b * sqrt(b)), (int)(exp_a - exp_b / 2 * 3));
    *out = ratio * sqrt(n) * sqrt(n - 1) / (n - 2);
    return true;
}

bool moments_kurtosis(const struct moments *m, double *out)
{
    struct exact two, four, square;
    double a, b, n = (double)m->n;
    int64_t exp_a, exp_b;
    *out = 0;
    if (m->n < 4) {
        return false;
    }
    second(m, m->n, &two);
    fourth(m, &four);
    if (two.n == 0) {
        return false;
    }
    /* The difference is taken before anything is rounded: near 0 it would cancel. */
    exact_multiply(&square, &two, &two);
    exact_multiply_u64(&four, m->n + 1);
    exact_frexp(&square, &b, &exp_b);
    exact_multiply_u64(&square, m->n - 1);
    exact_multiply_u64(&square, 3);
    exact_subtract(&four, &square);
    exact_frexp(&four, &a, &exp_a);
    *out = ldexp(a / b, (int)(exp_a - exp_b)) * ((n - 1) / (n - 2) / (n - 3));
    return true;
}

bool moments_cv2(const struct moments *m, uint64_t n, double *out)
{
    struct exact two, square;
    double a, b;
    int64_t exp_a, exp_b;
    *out = 0;
    if (n < 2 || m->sum[0].n == 0) {
        return false;
    }
    /* (n S2 - S1^2) / (n (n - 1)) / (S1 / n)^2 */
    second(m, n, &two);
    exact_multiply(&square, &m->sum[0], &m->sum[0]);
    exact_frexp(&two, &a, &exp_a);
    exact_frexp(&square, &b, &exp_b);
    *out = ldexp(a / b, (int)(exp_a - exp_b)) * ((double)n / (double)(n - 1));
    return isfinite(*out);
}

/* ---- bytes ---- */

void moments_encode(const struct moments *m, struct strbuf *out)
{
    varint_put(out, m->scale);
    for (unsigned p = 0; p < MOMENTS_POWERS; p++) {
        exact_encode(&m->sum[p], out);
    }
}

bool moments_decode(struct str *in, uint64_t n, struct moments *out)
{
    uint64_t scale;
    moments_init(out);
    out->n = n;
    if (n > INT64_MAX || !varint_take(in, &scale) || scale > MOMENTS_SCALE_MAX) {
        return false;
    }
    out->scale = (uint32_t)scale;
    for (int32_t p = 1; p <= MOMENTS_POWERS; p++) {
        /* n values below 2^1024 x 10^scale < 2^(1024 + 127), no bit below that of the smallest. */
        int32_t top = (1024 + 4 * (int32_t)scale) * p + 64;
        int32_t limbs = (top + 1074 * p) / 64 + 1;
        if (!exact_decode(in, (uint32_t)limbs, -1074 * p, top, &out->sum[p - 1])) {
            return false;
        }
    }
    return true;
}
