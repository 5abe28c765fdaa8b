/* id_set.h - the distinct series of a file (or of some row groups of it), numbered in the order
 * they are met.
 *
 * Entered in batches: hashes are made first, and memory is asked for ahead, because with many
 * series each look-up misses the caches in two or three places. What is entered is the cheapest
 * thing that tells two series apart: the integer where the one id column holds integers, the bytes
 * where it holds strings, the text form (series_id.h) otherwise. Texts are made at the end, once a
 * series.
 *
 * Keys that ascend, as those of a sorted file do, need no table: one that is larger than all before
 * it is new. The table is made when the first one is smaller.
 *
 * Memory: 8 or 16 bytes a slot at 15 to 60 % load (30 and more of many), 20 bytes a series, and the
 * strings themselves. Hashes are the same in every run; a look-up that takes suspiciously many
 * steps makes the set hash anew with a random seed, so that bytes chosen to collide cost one
 * rebuild. Threads: none.
 */
#ifndef TSI_SCAN_ID_SET_H
#define TSI_SCAN_ID_SET_H

#include "base/memory.h"
#include "base/str.h"

enum id_kind {
    ID_TEXTS,   /* keys are texts already */
    ID_STRINGS, /* keys are the bytes of strings: texts once they are escaped */
    ID_NUMBERS, /* keys are integers */
};

struct id_slot {
    uint32_t series; /* + 1; 0 is free */
    uint32_t tag;    /* upper half of the hash; its lower bits say where the slot belongs */
};

struct number_slot {
    int64_t number;
    uint32_t series; /* + 1; 0 is free */
};

struct id_set {
    enum id_kind kind; /* ID_TEXTS, or set by the caller before the first series is entered */
    bool is_signed;    /* of ID_NUMBERS; likewise */
    bool escapes;      /* a string is not its own text */
    bool borrows;      /* set by the caller: keys outlive the set, and are not copied */
    size_t count;
    uint32_t null_series; /* + 1; 0: none. Of ID_STRINGS and ID_NUMBERS */
    struct str *keys;     /* one a series; not of ID_NUMBERS until texts are asked for */
    int64_t *numbers;     /* one a series; of ID_NUMBERS */
    uint32_t *tags;       /* of each key, by the seed; not of ID_NUMBERS until they are asked for */
    uint32_t largest;     /* + 1: the largest key, while there is no table; 0: none */
    size_t reserved;      /* series that a table will have room for, once there is one */
    size_t expected;      /* series, by a guess */
    size_t cap;
    struct id_slot *slots;
    struct number_slot *number_slots;
    size_t n_slots; /* 0: there is no table, as keys have ascended */
    uint64_t seed;
    struct id_block *blocks; /* what keys point into */
};

void id_set_init(struct id_set *s);
void id_set_free(struct id_set *s);
/* Bytes that it holds. */
uint64_t id_set_bytes(const struct id_set *s);

/* The series of each value. False where a series more would not have a number. */
bool id_set_put_strs(struct id_set *s, const struct str *v, size_t n, uint32_t *series);
bool id_set_put_numbers(struct id_set *s, const int64_t *v, size_t n, uint32_t *series);
/* As id_set_put_strs, of texts whose tags (id_set_tags) are known: keys are then looked at only
 * where tags are equal. */
bool id_set_put_tagged(struct id_set *s, const struct str *v, const uint32_t *tags, size_t n,
                       uint32_t *series);
/* The series of rows without an id; not of ID_TEXTS. */
bool id_set_put_null(struct id_set *s, uint32_t *series);

/* So many series are expected in all: room for them at once spares moving those that are there. The
 * kind is chosen by now. A hint; too many of them make no room. */
void id_set_reserve(struct id_set *s, size_t n);
/* As many may come, by a guess: whatever has to grow grows to that, as far as it is likely. */
void id_set_expect(struct id_set *s, size_t n);
/* What was said last, or reserved. */
size_t id_set_expected(const struct id_set *s);

/* Enter all series of `other`, a set of the same kind, in their order: numbers[i] is what its
 * series i is here. */
bool id_set_put_set(struct id_set *s, const struct id_set *other, uint32_t *numbers);

/* The text of each series. Nothing can be entered any more; the texts live as long as the set. */
struct str *id_set_texts(struct id_set *s);
/* Afterwards: 32 bits of the hash of each text, the same in every set. */
const uint32_t *id_set_tags(struct id_set *s);

/* 32 bits of the hash of a series' key: the same in every set of this kind. */
uint32_t id_set_hash(const struct id_set *s, size_t series);

#endif
