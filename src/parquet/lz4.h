/* lz4.h - the deprecated LZ4 codec, which stands for three framings in the wild. */
#ifndef TSI_PARQUET_LZ4_H
#define TSI_PARQUET_LZ4_H

#include "base/str.h"

/* One block, no frame: what LZ4_RAW means. Exactly `n` bytes come out, or false. */
bool lz4_raw(struct str in, uint8_t *out, size_t n);

/* The codec named LZ4: blocks with big-endian lengths (Hadoop, older Spark and Hive), LZ4 frames
 * (old Arrow), or one raw block (old parquet-cpp). The framing is told by what decodes to exactly
 * `n` bytes. */
bool lz4_any(struct str in, uint8_t *out, size_t n);

#endif
