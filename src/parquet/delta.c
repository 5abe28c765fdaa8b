#include "parquet/delta.h"

#include "parquet/unpack.h"

/* Writers use 128 or 256. The bound keeps sums in 32 bits. */
#define BLOCK_MAX (1u << 24)
/* Values unpacked at a time. */
#define STEP 256

static bool read_varint(struct delta *d, uint64_t *out)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 70 && d->at < d->end; shift += 7) {
        uint8_t b = *d->at++;
        if (shift == 63 && b > 1) {
            return false;
        }
        v |= (uint64_t)(b & 0x7F) << shift;
        if (b < 0x80) {
            *out = v;
            return true;
        }
    }
    return false;
}

static uint64_t unzigzag(uint64_t v)
{
    return v >> 1 ^ (0 - (v & 1));
}

const char *delta_open(struct delta *d, struct str bytes)
{
    *d = (struct delta){.at = (const uint8_t *)bytes.data};
    d->end = d->at + bytes.len;
    uint64_t block, minis, total, first;
    if (!read_varint(d, &block) || !read_varint(d, &minis) || !read_varint(d, &total) ||
        !read_varint(d, &first)) {
        return "the header of a delta-coded page is cut short";
    }
    if (block == 0 || block > BLOCK_MAX || minis == 0 || block % minis != 0 ||
        block / minis % 8 != 0) {
        return "a delta-coded page has an impossible block size";
    }
    d->minis = (uint32_t)minis;
    d->mini_size = (uint32_t)(block / minis);
    d->mini = d->minis; /* no block is open */
    d->total = d->left = total;
    d->first = total > 0;
    d->last = unzigzag(first);
    return NULL;
}

static bool open_block(struct delta *d)
{
    uint64_t min_delta;
    if (!read_varint(d, &min_delta) || (size_t)(d->end - d->at) < d->minis) {
        return false;
    }
    d->min_delta = unzigzag(min_delta);
    d->widths = d->at;
    d->at += d->minis;
    d->mini = 0;
    return true;
}

/* The last mini block is padded to its full size by the specification, and cut to its values by
 * some writers. */
static bool open_mini(struct delta *d)
{
    if (d->mini == d->minis && !open_block(d)) {
        return false;
    }
    d->width = d->widths[d->mini++];
    d->packed_at = 0;
    d->packed_n = d->left < d->mini_size ? (uint32_t)d->left : d->mini_size;
    d->packed = d->at;
    uint64_t need = ((uint64_t)d->packed_n * d->width + 7) / 8;
    uint64_t full = (uint64_t)d->mini_size * d->width / 8;
    uint64_t have = (uint64_t)(d->end - d->at);
    if (d->width > 64 || need > have) {
        return false;
    }
    d->at += full < have ? full : have;
    return true;
}

static void decode_step(struct delta *d, int64_t *out, size_t n)
{
    uint64_t last = d->last;
    if (d->width == 0) {
        for (size_t i = 0; i < n; i++) {
            last += d->min_delta;
            out[i] = (int64_t)last;
        }
    } else if (d->width <= 32 && d->packed_at % 8 == 0) {
        uint32_t deltas[STEP];
        size_t from = (size_t)(d->packed_at / 8) * d->width;
        unpack32(d->packed + from, (size_t)(d->at - d->packed) - from, d->width, deltas, n);
        for (size_t i = 0; i < n; i++) {
            last += deltas[i] + d->min_delta;
            out[i] = (int64_t)last;
        }
    } else {
        uint64_t deltas[STEP];
        unpack64(d->packed, (size_t)(d->at - d->packed), (uint64_t)d->packed_at * d->width,
                 d->width, deltas, n);
        for (size_t i = 0; i < n; i++) {
            last += deltas[i] + d->min_delta;
            out[i] = (int64_t)last;
        }
    }
    d->last = last;
    d->packed_at += (uint32_t)n;
    d->left -= n;
}

size_t delta_next(struct delta *d, int64_t *out, size_t n)
{
    size_t done = 0;
    if (d->first && n) {
        out[done++] = (int64_t)d->last;
        d->first = false;
        d->left--;
    }
    while (done < n && d->left) {
        if (d->packed_at == d->packed_n && !open_mini(d)) {
            d->left = 0;
            break;
        }
        size_t k = d->packed_n - d->packed_at;
        k = k < n - done ? k : n - done;
        k = k < STEP ? k : STEP;
        decode_step(d, out + done, k);
        done += k;
    }
    return done;
}

const uint8_t *delta_end(struct delta d)
{
    d.left -= d.first;
    while (d.left) {
        if (!open_mini(&d)) {
            return NULL;
        }
        d.left -= d.packed_n;
    }
    return d.at;
}
