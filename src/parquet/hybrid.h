/* hybrid.h - the RLE / bit-packing hybrid: a sequence of runs, each either one value repeated or
 * packed values.
 *
 * Used for definition levels, dictionary codes and booleans. Runs are handed out as they stand in
 * the file, so that a repeat costs the same however long it is. Spec: parquet-format, Encodings.md,
 * RLE.
 */
#ifndef TSI_PARQUET_HYBRID_H
#define TSI_PARQUET_HYBRID_H

#include <stdbool.h>

#include "base/str.h"

struct hybrid {
    const uint8_t *at, *end;
    unsigned width; /* bits a value, 0..32 */
};

struct hybrid_run {
    uint64_t n;           /* values; those of a packed run include padding at the end of a page */
    const uint8_t *bytes; /* packed values; NULL: a repeat of `value` */
    size_t bytes_len;
    uint32_t value;
};

void hybrid_init(struct hybrid *h, struct str bytes, unsigned width);

/* The next run that is not empty. False where the bytes end or make no sense: either way there are
 * no more values. */
bool hybrid_next(struct hybrid *h, struct hybrid_run *run);

/* Bits that hold the values 0..max. */
unsigned hybrid_width(uint32_t max);

#endif
