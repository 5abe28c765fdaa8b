/* levels.h - which rows of a page have a value: definition levels of flat columns, as runs of valid
 * and null rows.
 *
 * A row has a value where its level equals the column's maximum. Packed levels are looked at 64
 * rows at a time. Repeated columns would read the same hybrid runs as numbers instead; nothing here
 * assumes a maximum of 1.
 */
#ifndef TSI_PARQUET_LEVELS_H
#define TSI_PARQUET_LEVELS_H

#include "parquet/hybrid.h"

struct levels {
    struct hybrid runs;
    struct hybrid_run run; /* packed: what is left of it */
    uint32_t max;
    uint64_t left;   /* rows that are not in `repeat` or `word` yet */
    uint64_t repeat; /* rows left of a repeat */
    bool repeat_valid;
    uint64_t word; /* validity of the next word_n rows, the first in bit 0 */
    unsigned word_n;
    uint8_t *bitmap; /* of the deprecated packing; owned */
    size_t bitmap_cap;
};

/* Levels of `n` rows in hybrid form; *non_null counts the valid ones. Returns NULL, or what is
 * wrong with them: all levels are checked here, so that reading them cannot fail. */
const char *levels_open(struct levels *l, struct str bytes, uint32_t max, uint64_t n,
                        uint64_t *non_null);

/* The deprecated BIT_PACKED form: most significant bit first, no runs. *used: the bytes it took. */
const char *levels_open_bit_packed(struct levels *l, struct str bytes, uint32_t max, uint64_t n,
                                   uint64_t *non_null, size_t *used);
void levels_free(struct levels *l);

/* Rows that are alike, at most `max_rows` of them; 0 at the end of the page. */
uint64_t levels_next(struct levels *l, uint64_t max_rows, bool *valid);

/* One byte a row, 1 for valid; returns how many are. `n` rows must be left. */
size_t levels_expand(struct levels *l, uint8_t *valid, size_t n);

#endif
