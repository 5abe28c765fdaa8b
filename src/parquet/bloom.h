/* bloom.h - the bloom filter of a column chunk: rules values out without reading the chunk.
 *
 * A split-block filter: blocks of 256 bits, in one of which a value sets eight bits. It lies at
 * chunk->bloom_offset, with a header of a few bytes in front. Older writers do not store its length
 * (chunk->bloom_length is 0): ask for BLOOM_HEADER_MAX bytes, and bloom_parse says how many it
 * takes. Spec: parquet-format, BloomFilter.md.
 */
#ifndef TSI_PARQUET_BLOOM_H
#define TSI_PARQUET_BLOOM_H

#include "base/error.h"
#include "base/str.h"

/* The header has four fields, three of them unions with an empty member. */
#define BLOOM_HEADER_MAX 64
/* What writers keep to themselves: no filter of more than 128 MiB. */
#define BLOOM_BYTES_MAX ((uint64_t)128 << 20)

struct bloom {
    struct str blocks; /* whole blocks of 32 bytes; points into the given bytes */
};

/* *length: what header and filter take. Where that is more than `bytes`, ask for so many and call
 * again; out->blocks is empty then. ERR_UNSUPPORTED for another algorithm, hash or compression. */
MUST_CHECK enum error_code bloom_parse(struct str bytes, uint64_t file_offset, struct bloom *out,
                                       uint64_t *length, struct error *err);

/* False: no row has the value (PLAIN bytes; not for booleans, which have no filter). */
bool bloom_may_hold(const struct bloom *b, struct str value);

#endif
