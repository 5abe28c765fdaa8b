/* plain.c - PLAIN values: numbers as they lie in the page, strings behind their length. */
#include "parquet/bits.h"
#include "parquet/source.h"

const char *plain_fixed_next(struct source *s, size_t max, struct source_batch *out)
{
    if ((uint64_t)max * s->width > (uint64_t)(s->end - s->at)) {
        return "the page has fewer bytes than its values take";
    }
    out->n = max;
    out->fixed = s->at;
    s->at += max * s->width;
    return NULL;
}

const char *plain_bytes_next(struct source *s, size_t max, struct source_batch *out)
{
    const uint8_t *p = s->at;
    for (size_t i = 0; i < max; i++) {
        if (s->end - p < 4) {
            return "the page has fewer bytes than its strings take";
        }
        size_t len = load32(p);
        p += 4;
        if (len > (size_t)(s->end - p)) {
            return "a string is longer than the rest of its page";
        }
        s->strs[i] = str_n(p, len);
        p += len;
    }
    s->at = p;
    out->n = max;
    out->strs = s->strs;
    return NULL;
}
