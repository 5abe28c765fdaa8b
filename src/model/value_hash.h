/* value_hash.h - a hash of a sequence of values that can be joined from those of its parts.
 *
 * The values' own hashes are the digits of a number to a fixed base, modulo the prime 2^61 - 1. So
 * the order matters, and hash(A B) = hash(A) x base^|B| + hash(B). Two different sequences of n
 * values have the same hash with a chance of n / 2^61, unless somebody looks for such a pair: these
 * hashes find equal series, they prove nothing against intent.
 *
 * Values are doubles; -0 is 0, and every NaN the same one. Not negative: they fit a BIGINT.
 */
#ifndef TSI_MODEL_VALUE_HASH_H
#define TSI_MODEL_VALUE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Of one value, which is also that of a sequence of it alone. */
uint64_t value_hash_one(double v);
/* Of the sequence with hash `h` and n more values. */
uint64_t value_hash_append(uint64_t h, const double *v, size_t n);
/* Of two sequences, the second of which has n values. */
uint64_t value_hash_join(uint64_t a, uint64_t b, uint64_t n);
/* Of the sequence without its last value. */
uint64_t value_hash_drop_last(uint64_t h, double last);
/* Of the sequence of n values without its first one. */
uint64_t value_hash_drop_first(uint64_t h, double first, uint64_t n);

#endif
