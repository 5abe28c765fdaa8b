// module: parquet
/* Any bytes through every codec: the first byte chooses it, the next two the length that must come
 * out. Snappy is our own: what it gives is what the library gives. */
#include <snappy-c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parquet/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A literal of 2^32 bytes: the library counts them in 32 bits, and takes it for an empty one. To us
 * it is damage. */
static bool has_endless_literal(struct str in)
{
    static const char tag_and_length[] = {'\xFC', '\xFF', '\xFF', '\xFF', '\xFF'};
    for (size_t i = 0; i + sizeof tag_and_length <= in.len; i++) {
        if (memcmp(in.data + i, tag_and_length, sizeof tag_and_length) == 0) {
            return true;
        }
    }
    return false;
}

static void compare_snappy(struct str in, bool ok, const uint8_t *out, size_t n)
{
    static char known[1 << 16];
    size_t length;
    bool fits = snappy_uncompressed_length(in.data, in.len, &length) == SNAPPY_OK && length == n;
    bool good = fits && snappy_uncompress(in.data, in.len, known, &length) == SNAPPY_OK;
    bool same = ok == good || in.len == 0 || (good && has_endless_literal(in));
    if (!same || (ok && n > 0 && memcmp(out, known, n) != 0)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3) {
        return 0;
    }
    enum parquet_codec codec = (enum parquet_codec)(data[0] % 9);
    size_t n = data[1] | (size_t)data[2] << 8;
    /* Exactly n bytes, so that a sanitizer sees the first one too many. */
    uint8_t *out = malloc(n ? n : 1);
    if (!out) {
        abort();
    }
    struct codec c = {0};
    if (codec_supported(codec) && codec != PARQUET_UNCOMPRESSED) {
        for (int again = 0; again < 2; again++) { /* a context must survive damaged data */
            bool ok = codec_decompress(&c, codec, str_n(data + 3, size - 3), out, n);
            size_t got;
            bool front =
                codec_decompress_front(&c, codec, str_n(data + 3, size - 3), out, n, n / 2, &got);
            if (ok && (!front || got < n / 2 || got > n)) {
                abort();
            }
            ok = codec_decompress(&c, codec, str_n(data + 3, size - 3), out, n);
            if (codec == PARQUET_SNAPPY) {
                compare_snappy(str_n(data + 3, size - 3), ok, out, n);
            }
        }
    }
    codec_free(&c);
    free(out);
    return 0;
}
