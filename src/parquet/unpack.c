#include "parquet/unpack.h"

#include <string.h>

#include "parquet/bits.h"

/* A 64-bit load at the last value of a group reads at most this far behind the group. */
#define SLACK 8

/* One function a width, so that shifts and offsets are constants. `groups` of eight values take `W`
 * bytes each; SLACK readable bytes stand behind the last. A vector version would replace the table
 * below, and nothing else. */
#define UNPACK_VALUE(W, j)                                                                         \
    out[j] = (uint32_t)(load64(in + (j) * (W) / 8) >> ((j) * (W) % 8) & ((1ull << (W)) - 1));
#define UNPACK_WIDTH(W)                                                                            \
    static void unpack_##W(const uint8_t *in, uint32_t *out, size_t groups)                        \
    {                                                                                              \
        for (; groups; groups--, in += (W), out += 8) {                                            \
            UNPACK_VALUE(W, 0)                                                                     \
            UNPACK_VALUE(W, 1)                                                                     \
            UNPACK_VALUE(W, 2)                                                                     \
            UNPACK_VALUE(W, 3)                                                                     \
            UNPACK_VALUE(W, 4)                                                                     \
            UNPACK_VALUE(W, 5)                                                                     \
            UNPACK_VALUE(W, 6)                                                                     \
            UNPACK_VALUE(W, 7)                                                                     \
        }                                                                                          \
    }
/* A table, which the formatter would make a tower of. */
/* clang-format off */
#define EACH_WIDTH(X)                                                                              \
    X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16)         \
    X(17) X(18) X(19) X(20) X(21) X(22) X(23) X(24) X(25) X(26) X(27) X(28) X(29) X(30) X(31)      \
    X(32)
/* clang-format on */

EACH_WIDTH(UNPACK_WIDTH)

typedef void unpack_function(const uint8_t *in, uint32_t *out, size_t groups);

#define TABLE_ENTRY(W) [W] = unpack_##W,
static unpack_function *const by_width[33] = {EACH_WIDTH(TABLE_ENTRY)};

/* The values near the end of the bytes, from a copy that is padded with zeros: one group at a time.
 */
static void unpack_tail(const uint8_t *in, size_t in_len, unsigned width, uint32_t *out, size_t n)
{
    for (size_t done = 0; done < n; done += 8) {
        uint8_t padded[32 + SLACK] = {0};
        uint32_t group[8];
        size_t at = done / 8 * width;
        size_t have = at < in_len ? in_len - at : 0;
        memcpy(padded, in + (at < in_len ? at : 0), have < width ? have : width);
        by_width[width](padded, group, 1);
        size_t take = n - done < 8 ? n - done : 8;
        memcpy(out + done, group, take * sizeof *out);
    }
}

void unpack32(const uint8_t *in, size_t in_len, unsigned width, uint32_t *out, size_t n)
{
    if (width == 0) {
        memset(out, 0, n * sizeof *out);
        return;
    }
    size_t groups = n / 8;
    size_t safe = in_len > SLACK ? (in_len - SLACK) / width : 0;
    if (groups > safe) {
        groups = safe;
    }
    by_width[width](in, out, groups);
    if (groups * 8 < n) {
        unpack_tail(in + groups * width, in_len - groups * width, width, out + groups * 8,
                    n - groups * 8);
    }
}

/* Nine bytes hold any value of 64 bits at any bit offset. */
#define SPAN64 9

static uint64_t value_at(const uint8_t *p, unsigned shift, unsigned width)
{
    uint64_t v = load64(p) >> shift;
    if (shift + width > 64) {
        v |= (uint64_t)p[8] << (64 - shift);
    }
    return width == 64 ? v : v & ((1ull << width) - 1);
}

void unpack64(const uint8_t *in, size_t in_len, uint64_t first_bit, unsigned width, uint64_t *out,
              size_t n)
{
    if (width == 0) {
        memset(out, 0, n * sizeof *out);
        return;
    }
    uint64_t bit = first_bit;
    for (size_t i = 0; i < n; i++, bit += width) {
        size_t at = bit / 8;
        if (at + SPAN64 <= in_len) {
            out[i] = value_at(in + at, bit % 8, width);
            continue;
        }
        uint8_t padded[SPAN64] = {0};
        if (at < in_len) {
            memcpy(padded, in + at, in_len - at);
        }
        out[i] = value_at(padded, bit % 8, width);
    }
}
