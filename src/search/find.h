/* find.h - find bytes in bytes, with vector instructions where the processor has them. The results
 * never differ. */
#ifndef TSI_SEARCH_FIND_H
#define TSI_SEARCH_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Vector loads may read up to so many bytes behind the haystack: every text that find_bytes gets is
 * padded by them. */
#define FIND_PADDING ((size_t)64)

/* The first place at or behind `from` where `needle` (at least one byte) stands in `hay`; `n` where
 * there is none. */
size_t find_bytes(const char *hay, size_t n, size_t from, const char *needle, size_t m);

/* Bit i of `out` (n bits, in words): low <= lengths[i] <= high. `lengths` is followed by
 * FIND_PADDING readable bytes. */
void find_lengths(const uint8_t *lengths, size_t n, uint8_t low, uint8_t high, uint64_t *out);
/* NUL bytes in [begin, end) of `hay`. */
size_t find_count_nul(const char *hay, size_t begin, size_t end);

/* The places of the first `room` NUL bytes of `hay`; returns how many. */
size_t find_ends(const char *hay, size_t n, uint32_t *ends, size_t room);

/* Whether vector instructions are used. */
bool find_has_vectors(void);

/* For tests: false switches to the portable code, in the whole process. */
void find_use_vectors(bool on);

#endif
