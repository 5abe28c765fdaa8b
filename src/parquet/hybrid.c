#include "parquet/hybrid.h"

void hybrid_init(struct hybrid *h, struct str bytes, unsigned width)
{
    h->at = (const uint8_t *)bytes.data;
    h->end = h->at + bytes.len;
    h->width = width;
}

unsigned hybrid_width(uint32_t max)
{
    return max ? 32 - (unsigned)__builtin_clz(max) : 0;
}

/* Headers are 32-bit varints; longer ones have been seen to overflow readers. */
static bool read_header(struct hybrid *h, uint32_t *out)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 35 && h->at < h->end; shift += 7) {
        uint8_t b = *h->at++;
        v |= (uint64_t)(b & 0x7F) << shift;
        if (b < 0x80) {
            *out = (uint32_t)v;
            return v <= UINT32_MAX;
        }
    }
    return false;
}

static bool read_repeat(struct hybrid *h, uint32_t n, struct hybrid_run *run)
{
    size_t bytes = (h->width + 7) / 8;
    if ((size_t)(h->end - h->at) < bytes) {
        return false;
    }
    uint32_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value |= (uint32_t)h->at[i] << 8 * i;
    }
    h->at += bytes;
    *run = (struct hybrid_run){.n = n, .value = value};
    return true;
}

/* Some writers cut the last group of a page short: what is there counts. */
static void read_packed(struct hybrid *h, uint32_t groups, struct hybrid_run *run)
{
    if (h->width == 0) { /* nothing is stored for them: as good as a repeat */
        *run = (struct hybrid_run){.n = (uint64_t)groups * 8};
        return;
    }
    uint64_t bytes = (uint64_t)groups * h->width;
    uint64_t left = (uint64_t)(h->end - h->at);
    *run = (struct hybrid_run){.n = (uint64_t)groups * 8, .bytes = h->at};
    if (bytes > left) {
        bytes = left;
        run->n = bytes * 8 / h->width;
    }
    run->bytes_len = (size_t)bytes;
    h->at += bytes;
}

bool hybrid_next(struct hybrid *h, struct hybrid_run *run)
{
    do {
        uint32_t header;
        if (!read_header(h, &header)) {
            return false;
        }
        if (header & 1) {
            read_packed(h, header >> 1, run);
        } else if (!read_repeat(h, header >> 1, run)) {
            return false;
        }
    } while (run->n == 0);
    return true;
}
