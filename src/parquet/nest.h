/* nest.h - the levels of a page as numbers: where lists begin, and how deep each entry is defined.
 *
 * levels.h answers the only question that flat columns have, which rows are null. Here the numbers
 * themselves are handed out, as codes are: a repeat stays a repeat, so that counting the elements
 * of long lists costs runs and not elements. Spec: parquet-format, Nested Encoding (Dremel).
 */
#ifndef TSI_PARQUET_NEST_H
#define TSI_PARQUET_NEST_H

#include "parquet/codes.h"

/* The bytes of one kind of levels of a page. */
struct level_part {
    struct str bytes;
    bool packed; /* the deprecated BIT_PACKED form: most significant bit first, no runs */
};

/* One kind of levels, from the first to the last of the page. */
struct level_numbers {
    struct codes codes;
    uint32_t max;
    uint8_t *bytes; /* of the deprecated packing, turned into the other bit order; owned */
    size_t cap;
};

/* `n` levels between 0 and `max`. */
void level_numbers_open(struct level_numbers *l, struct level_part part, uint32_t max, uint64_t n);
void level_numbers_free(struct level_numbers *l);

/* What comes next, at least one level; NULL, or what is wrong with the page. Not to be called where
 * none are left. */
const char *level_numbers_peek(struct level_numbers *l, struct codes_piece *piece);
void level_numbers_advance(struct level_numbers *l, uint64_t n);

/* The next `n` of them into an array; pass over `n` of them. */
const char *level_numbers_read(struct level_numbers *l, uint16_t *out, size_t n);
const char *level_numbers_skip(struct level_numbers *l, uint64_t n);

/* How many of all of them are 0. Reads them: open again afterwards. */
const char *level_numbers_zeros(struct level_numbers *l, uint64_t *zeros, bool *first_is_zero);

#endif
