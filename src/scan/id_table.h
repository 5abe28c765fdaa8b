/* id_table.h - what the files of the id set share: id_set.c, id_strings.c, id_numbers.c.
 *
 * A table has one slot a series, by its hash. Look-ups go through it in steps of some keys, one
 * stage behind the other: while the keys of one step are compared, the memory that the next ones
 * need is on its way.
 */
#ifndef TSI_SCAN_ID_TABLE_H
#define TSI_SCAN_ID_TABLE_H

#include "scan/id_set.h"

/* Keys that room is made for, and that are looked up, at once. */
#define WINDOW ((size_t)1024)
/* Look-ups a stage: enough to hide the time that memory takes, few enough for what was asked for to
 * be there still. */
#define STAGE ((size_t)8)
/* Steps of a look-up before the bytes are suspected. At 60 % load honest ones take fewer than two
 * on average, and this many never. */
#define STEPS_MAX 128

/* Room for `more` series beside those that are there; false where they would have no numbers. */
bool id_table_grow(struct id_set *s, size_t more);
/* Slots for `more` series beside those that are there, at 60 % load at most. */
size_t id_table_slots(const struct id_set *s, size_t more);
/* A seed that nobody can have known. */
void id_table_change_seed(struct id_set *s);
/* A copy that lives as long as the set. */
struct str id_set_keep(struct id_set *s, const char *data, size_t len);

/* 32 bits of the hash of a key. */
uint32_t id_strings_tag(uint64_t seed, struct str key);
void id_strings_make_tags(uint64_t seed, const struct str *v, size_t n, uint32_t *tags);
/* Make the table of the keys that are there, or a larger one. There is room for `more`. */
void id_strings_index(struct id_set *s, size_t more);
void id_numbers_index(struct id_set *s, size_t more);

/* The keys of one stage that lie in a window of n; an empty range before and behind it. */
struct stage {
    size_t from, to;
};
static inline struct stage stage_at(size_t at, size_t behind, size_t n)
{
    size_t from = at - behind * STAGE;
    if (at < behind * STAGE || from >= n) {
        return (struct stage){0, 0};
    }
    return (struct stage){from, from + STAGE < n ? from + STAGE : n};
}

#endif
