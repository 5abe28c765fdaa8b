/* bits.h - little-endian loads from bytes of any alignment. Callers have checked that the bytes are
 * there. */
#ifndef TSI_PARQUET_BITS_H
#define TSI_PARQUET_BITS_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error                                                                                             \
    "values are copied from files as they are: a big-endian port has to swap them here and in plain.c"
#endif

static inline uint32_t load32(const void *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t load64(const void *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

#endif
