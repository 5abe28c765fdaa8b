#include "parquet/lz4.h"

#include <limits.h>
#include <lz4.h>
#include <lz4frame.h>

#include "parquet/bits.h"

#define FRAME_MAGIC  0x184D2204u
#define HADOOP_FIELD 4 /* bytes of each of the two lengths */

bool lz4_raw(struct str in, uint8_t *out, size_t n)
{
    if (in.len > INT_MAX || n > INT_MAX) {
        return false;
    }
    int got = LZ4_decompress_safe(in.data, (char *)out, (int)in.len, (int)n);
    return got >= 0 && (size_t)got == n;
}

static uint32_t load32_be(const char *p)
{
    return __builtin_bswap32(load32(p));
}

/* Outer blocks: uncompressed length, then inner blocks of compressed length and data until that
 * length is reached. */
static bool lz4_hadoop(struct str in, uint8_t *out, size_t n)
{
    size_t done = 0;
    while (in.len >= HADOOP_FIELD) {
        size_t block = load32_be(in.data);
        in = str_from(in, HADOOP_FIELD);
        if (block > n - done) {
            return false;
        }
        for (size_t inner = 0; inner < block;) {
            if (in.len < HADOOP_FIELD) {
                return false;
            }
            size_t packed = load32_be(in.data);
            in = str_from(in, HADOOP_FIELD);
            if (packed > in.len || packed > INT_MAX || block - inner > INT_MAX) {
                return false;
            }
            int got =
                LZ4_decompress_safe(in.data, (char *)out + done, (int)packed, (int)(block - inner));
            if (got <= 0) {
                return false;
            }
            in = str_from(in, packed);
            inner += (size_t)got;
            done += (size_t)got;
        }
    }
    return in.len == 0 && done == n;
}

static bool lz4_frames(struct str in, uint8_t *out, size_t n)
{
    LZ4F_dctx *ctx;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&ctx, LZ4F_VERSION))) {
        return false;
    }
    size_t done = 0, hint = 1;
    while (in.len) {
        size_t room = n - done, used = in.len;
        hint = LZ4F_decompress(ctx, out + done, &room, in.data, &used, NULL);
        if (LZ4F_isError(hint) || (room == 0 && used == 0)) {
            break;
        }
        done += room;
        in = str_from(in, used);
    }
    LZ4F_freeDecompressionContext(ctx);
    return hint == 0 && in.len == 0 && done == n;
}

bool lz4_any(struct str in, uint8_t *out, size_t n)
{
    if (in.len >= 4 && load32(in.data) == FRAME_MAGIC && lz4_frames(in, out, n)) {
        return true;
    }
    return lz4_hadoop(in, out, n) || lz4_raw(in, out, n);
}
