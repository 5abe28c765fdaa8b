/* vector.h - the inner loops that vector instructions make several times faster, and which of them
 * this processor gets.
 *
 * Three versions of each: AVX2 and NEON by intrinsics, and portable C, which is the definition: the
 * others give the same bytes for any input. The choice is made once, at run time; AVX2 is not part
 * of every x86-64, NEON is of every AArch64.
 */
#ifndef TSI_PARQUET_VECTOR_H
#define TSI_PARQUET_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Readable bytes that unpack_groups needs behind the last group. */
#define VECTOR_SLACK 16
/* Levels looked at together: one word of validity. */
#define VECTOR_LEVELS 64

struct vector_ops {
    const char *name;

    /* Bit-packed integers, least significant bit first: `groups` of eight values of `width` bits
     * (1..32), `width` bytes each. */
    void (*unpack_groups)(const uint8_t *in, unsigned width, uint32_t *out, size_t groups);

    /* Bit i of the result: levels[i] == max. *fits: none is greater. */
    uint64_t (*equal_levels)(const uint32_t levels[VECTOR_LEVELS], uint32_t max, bool *fits);

    /* Byte i of `out`: bit i of the word, 0 or 1. */
    void (*spread_bits)(uint64_t word, uint8_t out[64]);

    /* Byte streams to values of four or eight bytes (floats and doubles, mostly): byte k of value i
     * is in[k * stride + i]. */
    void (*join4)(const uint8_t *in, size_t stride, uint8_t *out, size_t n);
    void (*join8)(const uint8_t *in, size_t stride, uint8_t *out, size_t n);
};

/* The best for this processor. Threads: any, at any time. */
const struct vector_ops *vector_ops(void);

/* Each version, for tests and for vector_ops; NULL where the program was built for another
 * processor. */
const struct vector_ops *vector_portable(void);
const struct vector_ops *vector_avx2(void); /* whether it may be called is for the caller to ask */
const struct vector_ops *vector_neon(void);

#endif
