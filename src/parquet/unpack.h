/* unpack.h - bit-packed integers, least significant bit first, as Parquet's hybrid and delta
 * encodings store them. */
#ifndef TSI_PARQUET_UNPACK_H
#define TSI_PARQUET_UNPACK_H

#include <stddef.h>
#include <stdint.h>

/* `n` values of `width` bits (0..32) from the start of `in`. `in_len` bytes must hold them; where
 * fewer are there the missing bits are zero. Eight values at a time (vector.h). */
void unpack32(const uint8_t *in, size_t in_len, unsigned width, uint32_t *out, size_t n);

/* `n` values of `width` bits (0..64), the first of them at bit `first_bit`. Missing bits are zero.
 */
void unpack64(const uint8_t *in, size_t in_len, uint64_t first_bit, unsigned width, uint64_t *out,
              size_t n);

#endif
