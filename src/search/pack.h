/* pack.h - a column of numbers in little room, any of them in a step.
 *
 * Groups of PACK_GROUP values: each value is stored as (v - least) / step in as many bits as the
 * largest needs, where `step` divides all differences: hourly time stamps cost a few bits, equal
 * lengths none.
 */
#ifndef TSI_SEARCH_PACK_H
#define TSI_SEARCH_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define PACK_GROUP 128

struct pack_group { /* on disk */
    int64_t least;
    uint64_t step;  /* 0: no value of the group is known */
    uint64_t place; /* first bit << 8 | all known << 7 | bits a value */
};

struct pack_writer {
    struct strbuf groups, data;
    int64_t values[PACK_GROUP];
    bool known[PACK_GROUP];
    size_t n; /* in the group being filled */
    uint64_t count, bits;
    uint64_t word; /* the bits of the last, incomplete word */
};

void pack_writer_init(struct pack_writer *w);
void pack_writer_free(struct pack_writer *w);
void pack_writer_add(struct pack_writer *w, int64_t value, bool known);
void pack_writer_finish(
    struct pack_writer *w); /* then `groups` and `data` are the two halves of the section */

struct pack_column {
    const struct pack_group *groups;
    const uint64_t *data;
    uint64_t n_groups, n_words, count;
};

bool pack_open(struct pack_column *c, const void *section, size_t len, uint64_t count);
/* False: not known (or out of bounds, in a damaged file). */
bool pack_get(const struct pack_column *c, uint64_t i, int64_t *value);

#endif
