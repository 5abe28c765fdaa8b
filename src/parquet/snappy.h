/* snappy.h - the Snappy codec: blocks, as Parquet stores pages (no framing). */
#ifndef TSI_PARQUET_SNAPPY_H
#define TSI_PARQUET_SNAPPY_H

#include "base/str.h"

/* Exactly `n` bytes come out and all of `in` is used, or false. `in` is untrusted. */
bool snappy_decode(struct str in, uint8_t *out, size_t n);

/* The same as far as the first `front` bytes, or a few more: what is behind them is not looked at.
 * `out` has room for all `n`. */
bool snappy_decode_front(struct str in, uint8_t *out, size_t n, size_t front);

#endif
