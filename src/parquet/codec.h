/* codec.h - undo a page's compression. Contexts are kept from page to page: making one costs more
 * than a small page. */
#ifndef TSI_PARQUET_CODEC_H
#define TSI_PARQUET_CODEC_H

#include "parquet/footer.h"

struct codec {
    void *zstd, *deflate; /* made on first use */
};

bool codec_supported(enum parquet_codec codec);
const char *
codec_name(enum parquet_codec codec); /* "snappy"; "unknown" for numbers that we do not know */

/* Exactly `n` bytes into `out`, or false. Not for PARQUET_UNCOMPRESSED. */
MUST_CHECK bool codec_decompress(struct codec *c, enum parquet_codec codec, struct str in,
                                 uint8_t *out, size_t n);
/* The first `front` bytes at least, front <= n, into `out`, which has room for `n`: cheaper where a
 * codec can stop there. *got says how many there are; what follows them in `in` may be damaged. */
MUST_CHECK bool codec_decompress_front(struct codec *c, enum parquet_codec codec, struct str in,
                                       uint8_t *out, size_t n, size_t front, size_t *got);
void codec_free(struct codec *c);

#endif
