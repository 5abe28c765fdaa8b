/* varint.h - numbers in as many bytes as they need: seven bits a byte, the lowest first. */
#ifndef TSI_BASE_VARINT_H
#define TSI_BASE_VARINT_H

#include "base/str.h"

/* Bytes of a 64-bit number at most. */
#define VARINT_MAX_BYTES 10

static inline void varint_put(struct strbuf *out, uint64_t v)
{
    char bytes[VARINT_MAX_BYTES];
    size_t n = 0;
    while (v >= 0x80) {
        bytes[n++] = (char)(v | 0x80);
        v >>= 7;
    }
    bytes[n++] = (char)v;
    strbuf_add(out, bytes, n);
}

/* Small numbers of either sign stay small: 0, -1, 1, -2 ... become 0, 1, 2, 3. */
static inline void varint_put_signed(struct strbuf *out, int64_t v)
{
    varint_put(out, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

/* Off the front of *in; false where there is no such number. */
static inline bool varint_take(struct str *in, uint64_t *v)
{
    *v = 0;
    for (unsigned i = 0; i < VARINT_MAX_BYTES && i < in->len; i++) {
        uint8_t byte = (uint8_t)in->data[i];
        if (i == VARINT_MAX_BYTES - 1 && byte > 1) {
            return false;
        }
        *v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *in = str_from(*in, i + 1);
            return true;
        }
    }
    return false;
}

static inline bool varint_take_signed(struct str *in, int64_t *v)
{
    uint64_t u;
    bool ok = varint_take(in, &u);
    *v = (int64_t)(u >> 1 ^ (u & 1 ? UINT64_MAX : 0));
    return ok;
}

/* Numbers one after the other, of which any may be bad: the caller looks once, at the end. */
struct varint_cursor {
    struct str rest;
    bool bad;
};

/* The next number; more than `max` is bad, and 0. */
static inline uint64_t varint_next(struct varint_cursor *c, uint64_t max)
{
    uint64_t v;
    if (!varint_take(&c->rest, &v) || v > max) {
        c->bad = true;
        return 0;
    }
    return v;
}

static inline int64_t varint_next_signed(struct varint_cursor *c)
{
    int64_t v;
    bool ok = varint_take_signed(&c->rest, &v);
    c->bad |= !ok;
    return ok ? v : 0;
}

#endif
