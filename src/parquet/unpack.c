#include "parquet/unpack.h"

#include <string.h>

#include "parquet/bits.h"
#include "parquet/vector.h"

/* The values near the end of the bytes, from a copy that is padded with zeros: one group at a time.
 */
static void unpack_tail(const uint8_t *in, size_t in_len, unsigned width, uint32_t *out, size_t n)
{
    for (size_t done = 0; done < n; done += 8) {
        uint8_t padded[32 + VECTOR_SLACK] = {0};
        uint32_t group[8];
        size_t at = done / 8 * width;
        size_t have = at < in_len ? in_len - at : 0;
        memcpy(padded, in + (at < in_len ? at : 0), have < width ? have : width);
        vector_ops()->unpack_groups(padded, width, group, 1);
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
    size_t safe = in_len > VECTOR_SLACK ? (in_len - VECTOR_SLACK) / width : 0;
    if (groups > safe) {
        groups = safe;
    }
    vector_ops()->unpack_groups(in, width, out, groups);
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
