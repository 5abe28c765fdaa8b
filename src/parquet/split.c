/* split.c - BYTE_STREAM_SPLIT: the first bytes of all values, then the second bytes of all, and so
 * on. */
#include "parquet/source.h"
#include "parquet/vector.h"

/* Bytes put together at a time; wide fixed-length values would fill memory otherwise. */
#define SPLIT_BYTES ((size_t)1 << 20)

const char *split_open(struct source *s, struct str bytes)
{
    if (s->width == 0 || bytes.len % s->width != 0 || bytes.len / s->width < s->left) {
        return "a byte-stream-split page has fewer bytes than its values take";
    }
    s->at = (const uint8_t *)bytes.data;
    s->end = s->at + bytes.len;
    s->stride = bytes.len / s->width;
    s->split_at = 0;
    return NULL;
}

static void gather(const uint8_t *in, size_t stride, size_t width, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < width; k++) {
            out[i * width + k] = in[k * stride + i];
        }
    }
}

const char *split_next(struct source *s, size_t max, struct source_batch *out)
{
    size_t fit = SPLIT_BYTES / s->width;
    size_t n = max < fit ? max : fit;
    n = n ? n : 1;
    source_reserve(s, n * s->width);
    const uint8_t *in = s->at + s->split_at;
    if (s->width == 4) {
        vector_ops()->join4(in, s->stride, s->buffer, n);
    } else if (s->width == 8) {
        vector_ops()->join8(in, s->stride, s->buffer, n);
    } else {
        gather(in, s->stride, s->width, s->buffer, n);
    }
    s->split_at += n;
    out->n = n;
    out->fixed = s->buffer;
    return NULL;
}
