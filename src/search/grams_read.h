/* grams_read.h - what the filters of exact texts and of texts with edits share. */
#ifndef TSI_SEARCH_GRAMS_READ_H
#define TSI_SEARCH_GRAMS_READ_H

#include "search/grams.h"

#define GRAM_LEN 3

static inline uint8_t gram_byte(const struct gram_index *g, char c)
{
    return g->skeleton && c >= '0' && c <= '9' ? '0' : (uint8_t)c;
}

/* The key of the three bytes at `i`. */
static inline uint32_t gram_triple(const struct gram_index *g, struct str t, size_t i)
{
    return (uint32_t)gram_byte(g, t.data[i]) << 16 | (uint32_t)gram_byte(g, t.data[i + 1]) << 8 |
           gram_byte(g, t.data[i + 2]);
}

/* The key of five digits at `i`, or 0. */
uint32_t gram_digits(const struct gram_index *g, struct str t, size_t i);
const struct gram_entry *gram_look_up(const struct gram_index *g, uint32_t key);

/* out |= the units of `e`. */
void gram_or(const struct gram_index *g, const struct gram_entry *e, uint64_t *out,
             struct gram_scratch *s);

/* Units that are told apart; NULL where one is asked for: all of the index. */
struct gram_units {
    uint32_t *units; /* ascending */
    size_t n;
};

/* Bit i of `row`, which is all zero: the i-th unit may have the gram. A gram that many more units
 * have than are asked about is not worth reading: all may have it. */
void gram_row(const struct gram_index *g, const struct gram_entry *e, const struct gram_units *u,
              uint64_t *row, struct gram_scratch *s);

/* The units with all grams of a text of three bytes or more. False: a gram of it is nowhere, and
 * `out` is as it was. */
bool gram_filter_all(const struct gram_index *g, struct str t, uint64_t *out,
                     struct gram_scratch *s);

/* Room for so many words, until the next call. */
uint64_t *gram_words(struct gram_scratch *s, size_t n);

#endif
