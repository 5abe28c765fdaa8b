/* vector_avx2.c - the loops of vector.h for x86-64 with AVX2. */
#include "parquet/vector.h"

#ifdef __x86_64__

#include <immintrin.h>

#include "parquet/vector_tables.h"

#define AVX2 __attribute__((target("avx2")))

static AVX2 void unpack_groups(const uint8_t *in, unsigned width, uint32_t *out, size_t groups)
{
    if (width > SHUFFLE_WIDTH_MAX) {
        vector_portable()->unpack_groups(in, width, out, groups);
        return;
    }
    const __m256i shuffle = _mm256_loadu_si256((const __m256i *)shuffle_of_width[width]);
    const __m256i shifts = _mm256_loadu_si256((const __m256i *)shifts_of_width[width]);
    const __m256i mask = _mm256_set1_epi32((1 << width) - 1);
    for (; groups; groups--, in += width, out += 8) {
        __m128i low = _mm_loadu_si128((const __m128i *)in);
        __m128i high = _mm_loadu_si128((const __m128i *)(in + width / 2));
        __m256i v = _mm256_shuffle_epi8(_mm256_set_m128i(high, low), shuffle);
        v = _mm256_and_si256(_mm256_srlv_epi32(v, shifts), mask);
        _mm256_storeu_si256((__m256i *)out, v);
    }
}

static AVX2 uint64_t equal_levels(const uint32_t levels[VECTOR_LEVELS], uint32_t max, bool *fits)
{
    const __m256i most = _mm256_set1_epi32((int)max);
    __m256i within = _mm256_set1_epi32(-1);
    uint64_t word = 0;
    for (unsigned i = 0; i < VECTOR_LEVELS; i += 8) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(levels + i));
        __m256i equal = _mm256_cmpeq_epi32(v, most);
        within = _mm256_and_si256(within, _mm256_cmpeq_epi32(_mm256_max_epu32(v, most), most));
        word |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(equal)) << i;
    }
    *fits = _mm256_movemask_epi8(within) == -1;
    return word;
}

static AVX2 void spread_bits(uint64_t word, uint8_t out[64])
{
    const __m256i bytes = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2,
                                           2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bits = _mm256_set1_epi64x((long long)0x8040201008040201ull);
    const __m256i ones = _mm256_set1_epi8(1);
    for (unsigned half = 0; half < 2; half++) {
        __m256i v = _mm256_set1_epi32((int)(uint32_t)(word >> 32 * half));
        v = _mm256_and_si256(_mm256_shuffle_epi8(v, bytes), bits);
        v = _mm256_and_si256(_mm256_cmpeq_epi8(v, bits), ones);
        _mm256_storeu_si256((__m256i *)(out + (size_t)32 * half), v);
    }
}

static AVX2 __m128i load16(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

static AVX2 void store16(uint8_t *p, __m128i v)
{
    _mm_storeu_si128((__m128i *)p, v);
}

static AVX2 void join4(const uint8_t *in, size_t stride, uint8_t *out, size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16, out += 64) {
        __m128i a = load16(in + i), b = load16(in + stride + i);
        __m128i c = load16(in + 2 * stride + i), d = load16(in + 3 * stride + i);
        __m128i ab = _mm_unpacklo_epi8(a, b), cd = _mm_unpacklo_epi8(c, d);
        store16(out, _mm_unpacklo_epi16(ab, cd));
        store16(out + 16, _mm_unpackhi_epi16(ab, cd));
        ab = _mm_unpackhi_epi8(a, b);
        cd = _mm_unpackhi_epi8(c, d);
        store16(out + 32, _mm_unpacklo_epi16(ab, cd));
        store16(out + 48, _mm_unpackhi_epi16(ab, cd));
    }
    vector_portable()->join4(in + i, stride, out, n - i);
}

/* Eight values whose bytes stand pairwise together. */
static AVX2 void store_pairs(uint8_t *out, const __m128i pairs[4])
{
    __m128i low = _mm_unpacklo_epi16(pairs[0], pairs[1]);
    __m128i high = _mm_unpacklo_epi16(pairs[2], pairs[3]);
    store16(out, _mm_unpacklo_epi32(low, high));
    store16(out + 16, _mm_unpackhi_epi32(low, high));
    low = _mm_unpackhi_epi16(pairs[0], pairs[1]);
    high = _mm_unpackhi_epi16(pairs[2], pairs[3]);
    store16(out + 32, _mm_unpacklo_epi32(low, high));
    store16(out + 48, _mm_unpackhi_epi32(low, high));
}

static AVX2 void join8(const uint8_t *in, size_t stride, uint8_t *out, size_t n)
{
    size_t i = 0;
    for (; i + 16 <= n; i += 16, out += 128) {
        __m128i low[4], high[4];
        for (size_t k = 0; k < 4; k++) {
            __m128i a = load16(in + 2 * k * stride + i), b = load16(in + (2 * k + 1) * stride + i);
            low[k] = _mm_unpacklo_epi8(a, b);
            high[k] = _mm_unpackhi_epi8(a, b);
        }
        store_pairs(out, low);
        store_pairs(out + 64, high);
    }
    vector_portable()->join8(in + i, stride, out, n - i);
}

const struct vector_ops *vector_avx2(void)
{
    static const struct vector_ops ops = {"avx2",      unpack_groups, equal_levels,
                                          spread_bits, join4,         join8};
    return &ops;
}

#else

const struct vector_ops *vector_avx2(void)
{
    return NULL;
}

#endif
