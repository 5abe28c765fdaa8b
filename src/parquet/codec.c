#include "parquet/codec.h"

#include <brotli/decode.h>
#include <libdeflate.h>
#include <zstd.h>

#include "parquet/lz4.h"
#include "parquet/snappy.h"

bool codec_supported(enum parquet_codec codec)
{
    switch (codec) {
    case PARQUET_UNCOMPRESSED:
    case PARQUET_SNAPPY:
    case PARQUET_GZIP:
    case PARQUET_BROTLI:
    case PARQUET_LZ4:
    case PARQUET_ZSTD:
    case PARQUET_LZ4_RAW:
        return true;
    default:
        return false;
    }
}

const char *codec_name(enum parquet_codec codec)
{
    static const char *const names[] = {"uncompressed", "snappy", "gzip", "lzo",
                                        "brotli",       "lz4",    "zstd", "lz4_raw"};
    return (unsigned)codec < sizeof names / sizeof *names ? names[codec] : "unknown";
}

static bool is_gzip(struct str in)
{
    return in.len >= 2 && (uint8_t)in.data[0] == 0x1F && (uint8_t)in.data[1] == 0x8B;
}

/* Members may follow each other; a few writers leave the gzip wrapper out for the zlib one. */
static bool inflate_all(struct codec *c, struct str in, uint8_t *out, size_t n)
{
    if (!c->deflate) {
        c->deflate = libdeflate_alloc_decompressor();
    }
    if (!c->deflate) {
        return false;
    }
    if (!is_gzip(in)) {
        return libdeflate_zlib_decompress(c->deflate, in.data, in.len, out, n, NULL) ==
               LIBDEFLATE_SUCCESS;
    }
    size_t done = 0;
    while (is_gzip(in)) {
        size_t used, got;
        if (libdeflate_gzip_decompress_ex(c->deflate, in.data, in.len, out + done, n - done, &used,
                                          &got) != LIBDEFLATE_SUCCESS) {
            return false;
        }
        done += got;
        in = str_from(in, used);
    }
    return done == n;
}

static bool unzstd(struct codec *c, struct str in, uint8_t *out, size_t n)
{
    if (!c->zstd) {
        c->zstd = ZSTD_createDCtx();
    }
    return c->zstd && ZSTD_decompressDCtx(c->zstd, out, n, in.data, in.len) == n;
}

static bool unzstd_front(struct codec *c, struct str in, uint8_t *out, size_t front)
{
    if (!c->zstd) {
        c->zstd = ZSTD_createDCtx();
    }
    if (!c->zstd || ZSTD_isError(ZSTD_DCtx_reset(c->zstd, ZSTD_reset_session_only))) {
        return false;
    }
    ZSTD_inBuffer from = {in.data, in.len, 0};
    ZSTD_outBuffer to = {out, front, 0};
    while (to.pos < front) {
        size_t before = to.pos + from.pos;
        size_t left = ZSTD_decompressStream(c->zstd, &to, &from);
        if (ZSTD_isError(left) || to.pos + from.pos == before) {
            return false;
        }
    }
    return true;
}

static bool unbrotli(struct str in, uint8_t *out, size_t n)
{
    size_t got = n;
    return BrotliDecoderDecompress(in.len, (const uint8_t *)in.data, &got, out) ==
               BROTLI_DECODER_RESULT_SUCCESS &&
           got == n;
}

bool codec_decompress(struct codec *c, enum parquet_codec codec, struct str in, uint8_t *out,
                      size_t n)
{
    if (in.len == 0) {
        return n == 0; /* writers store nothing for a page without values */
    }
    switch (codec) {
    case PARQUET_SNAPPY:
        return snappy_decode(in, out, n);
    case PARQUET_GZIP:
        return inflate_all(c, in, out, n);
    case PARQUET_BROTLI:
        return unbrotli(in, out, n);
    case PARQUET_LZ4:
        return lz4_any(in, out, n);
    case PARQUET_ZSTD:
        return unzstd(c, in, out, n);
    case PARQUET_LZ4_RAW:
        return lz4_raw(in, out, n);
    default:
        return false;
    }
}

bool codec_decompress_front(struct codec *c, enum parquet_codec codec, struct str in, uint8_t *out,
                            size_t n, size_t front, size_t *got)
{
    *got = front;
    if (in.len && codec == PARQUET_SNAPPY) {
        return snappy_decode_front(in, out, n, front);
    }
    /* A stream refuses windows that are very large. */
    if (in.len && codec == PARQUET_ZSTD && front < n && unzstd_front(c, in, out, front)) {
        return true;
    }
    *got = n;
    return codec_decompress(c, codec, in, out, n);
}

void codec_free(struct codec *c)
{
    ZSTD_freeDCtx(c->zstd);
    if (c->deflate) {
        libdeflate_free_decompressor(c->deflate);
    }
    *c = (struct codec){0};
}
