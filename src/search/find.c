#include "search/find.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "search/bits.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define HAVE_AVX2_CODE 1
#else
#define HAVE_AVX2_CODE 0
#endif

/* Undecided until the first call; then one or the other for the life of the process (tests apart).
 */
enum { UNDECIDED, PORTABLE, VECTORS };
static atomic_int mode = UNDECIDED;

static int decide(void)
{
#if HAVE_AVX2_CODE
    int m = __builtin_cpu_supports("avx2") ? VECTORS : PORTABLE;
#else
    int m = PORTABLE;
#endif
    atomic_store_explicit(&mode, m, memory_order_relaxed);
    return m;
}

static inline int current_mode(void)
{
    int m = atomic_load_explicit(&mode, memory_order_relaxed);
    return m != UNDECIDED ? m : decide();
}

bool find_has_vectors(void)
{
    return current_mode() == VECTORS;
}

void find_use_vectors(bool on)
{
    if (on) {
        decide();
    } else {
        atomic_store_explicit(&mode, PORTABLE, memory_order_relaxed);
    }
}

static size_t find_portable(const char *hay, size_t n, size_t from, const char *needle, size_t m)
{
    const char *p = memmem(hay + from, n - from, needle, m);
    return p ? (size_t)(p - hay) : n;
}

#if HAVE_AVX2_CODE
/* Compares the first and the last byte of the needle at 32 places at once; the bytes between are
 * compared only where both agree. */
__attribute__((target("avx2"))) static size_t find_avx2(const char *hay, size_t n, size_t from,
                                                        const char *needle, size_t m)
{
    const __m256i first = _mm256_set1_epi8(needle[0]), last = _mm256_set1_epi8(needle[m - 1]);
    size_t end = n - m + 1; /* places where it could begin */
    for (size_t i = from; i < end; i += 32) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(hay + i));
        __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(hay + i + m - 1));
        uint32_t hits = (uint32_t)_mm256_movemask_epi8(
            _mm256_and_si256(_mm256_cmpeq_epi8(a, first), _mm256_cmpeq_epi8(b, last)));
        while (hits) {
            size_t at = i + (size_t)__builtin_ctz(hits);
            if (at >= end) {
                return n;
            }
            if (m < 3 || memcmp(hay + at + 1, needle + 1, m - 2) == 0) {
                return at;
            }
            hits &= hits - 1;
        }
    }
    return n;
}

__attribute__((target("avx2,popcnt"))) static size_t count_nul_avx2(const char *hay, size_t begin,
                                                                    size_t end)
{
    size_t count = 0;
    for (; begin < end; begin += 32) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(hay + begin));
        uint32_t hits =
            (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, _mm256_setzero_si256()));
        if (end - begin < 32) {
            hits &= (1u << (end - begin)) - 1;
        }
        count += (size_t)__builtin_popcount(hits);
    }
    return count;
}

__attribute__((target("avx2"))) static size_t ends_avx2(const char *hay, size_t n, uint32_t *ends,
                                                        size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i += 32) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(hay + i));
        uint32_t hits =
            (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, _mm256_setzero_si256()));
        hits &= n - i < 32 ? (1u << (n - i)) - 1 : UINT32_MAX;
        for (; hits; hits &= hits - 1) {
            if (count == room) {
                return count;
            }
            ends[count++] = (uint32_t)i + (uint32_t)__builtin_ctz(hits);
        }
    }
    return count;
}

__attribute__((target("avx2"))) static void lengths_avx2(const uint8_t *lengths, size_t n,
                                                         uint8_t low, uint8_t high, uint32_t *out)
{
    const __m256i least = _mm256_set1_epi8((char)low), most = _mm256_set1_epi8((char)high);
    for (size_t i = 0; i < n; i += 32) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(lengths + i));
        __m256i in = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_max_epu8(a, least), a),
                                      _mm256_cmpeq_epi8(_mm256_min_epu8(a, most), a));
        out[i / 32] = (uint32_t)_mm256_movemask_epi8(in);
    }
}

__attribute__((target("popcnt"))) static size_t count_popcnt(const uint64_t *m, size_t words)
{
    size_t n = 0;
    for (size_t i = 0; i < words; i++) {
        n += (size_t)__builtin_popcountll(m[i]);
    }
    return n;
}
#endif

size_t find_bytes(const char *hay, size_t n, size_t from, const char *needle, size_t m)
{
    if (m > n || from > n - m) {
        return n;
    }
#if HAVE_AVX2_CODE
    if (current_mode() == VECTORS) {
        return find_avx2(hay, n, from, needle, m);
    }
#endif
    return find_portable(hay, n, from, needle, m);
}

size_t find_count_nul(const char *hay, size_t begin, size_t end)
{
#if HAVE_AVX2_CODE
    if (current_mode() == VECTORS) {
        return count_nul_avx2(hay, begin, end);
    }
#endif
    size_t count = 0;
    for (size_t i = begin; i < end; i++) {
        count += hay[i] == 0;
    }
    return count;
}

size_t find_ends(const char *hay, size_t n, uint32_t *ends, size_t room)
{
#if HAVE_AVX2_CODE
    if (current_mode() == VECTORS) {
        return ends_avx2(hay, n, ends, room);
    }
#endif
    size_t count = 0;
    for (size_t i = 0; i < n && count < room; i++) {
        ends[count] = (uint32_t)i;
        count += hay[i] == 0;
    }
    return count;
}

void find_lengths(const uint8_t *lengths, size_t n, uint8_t low, uint8_t high, uint64_t *out)
{
    size_t words = bitmap_words(n);
    memset(out, 0, words * sizeof *out);
#if HAVE_AVX2_CODE
    if (current_mode() == VECTORS) {
        lengths_avx2(lengths, n, low, high, (uint32_t *)(void *)out);
        if (n % 64) {
            out[words - 1] &= (1ull << (n % 64)) - 1;
        }
        return;
    }
#endif
    for (size_t i = 0; i < n; i++) {
        out[i / 64] |= (uint64_t)(lengths[i] >= low && lengths[i] <= high) << (i % 64);
    }
}

size_t bitmap_count(const uint64_t *m, size_t words)
{
#if HAVE_AVX2_CODE
    if (current_mode() == VECTORS) { /* every processor with AVX2 has popcnt */
        return count_popcnt(m, words);
    }
#endif
    size_t n = 0;
    for (size_t i = 0; i < words; i++) {
        n += (size_t)__builtin_popcountll(m[i]);
    }
    return n;
}
