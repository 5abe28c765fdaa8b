/* fold_bytes.h - folding of ASCII, byte by byte: what fold_simple and needle_find share. */
#ifndef TSI_SEARCH_FOLD_BYTES_H
#define TSI_SEARCH_FOLD_BYTES_H

#include <stdint.h>

#include "search/fold.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static inline char fold_byte(char in)
{
    uint8_t c = (uint8_t)in;
    if (c >= 'A' && c <= 'Z') {
        return (char)(c + 0x20);
    }
    return (char)(c && fold_is_separator(c) ? ' ' : c);
}

#if defined(__x86_64__)
/* 32 bytes at a time. Comparisons are signed: bytes beyond ASCII stay as they are. */
__attribute__((target("avx2"))) static inline __m256i fold_vector(__m256i x)
{
#define SET(c) _mm256_set1_epi8(c)
#define BETWEEN(a, b)                                                                              \
    _mm256_and_si256(_mm256_cmpgt_epi8(x, SET((a)-1)), _mm256_cmpgt_epi8(SET((b) + 1), x))
#define EITHER(a, b) _mm256_or_si256(a, b)
#define IS(c)        _mm256_cmpeq_epi8(x, SET(c))
    __m256i separator =
        EITHER(EITHER(BETWEEN(1, ' '), BETWEEN('-', '/')),
               EITHER(EITHER(IS('_'), IS(':')), EITHER(IS('|'), EITHER(IS('\\'), IS(0x7f)))));
    __m256i lower = EITHER(x, _mm256_and_si256(BETWEEN('A', 'Z'), SET(0x20)));
    return _mm256_blendv_epi8(lower, SET(' '), separator);
#undef SET
#undef BETWEEN
#undef EITHER
#undef IS
}
#endif

#endif
