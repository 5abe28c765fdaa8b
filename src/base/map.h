/* map.h - byte strings to 64-bit numbers; open addressing, XXH3 hashes.
 *
 * Keys are copied into the map (an interner): map_key gives them back by insertion order. Grows at
 * 70 % load. Cost: one hash and about 1.5 probes a look-up; 24 bytes a slot beside the keys' own
 * bytes. Not thread safe.
 */
#ifndef TSI_BASE_MAP_H
#define TSI_BASE_MAP_H

#include "base/memory.h"
#include "base/str.h"

struct map_entry {
    struct str key;
    uint64_t value;
};

struct map {
    struct map_entry *entries; /* in order of insertion */
    uint32_t *slots;           /* entry index + 1; 0 is free */
    uint32_t *tags;            /* upper half of the hash, beside each slot */
    size_t count, cap, n_slots;
    struct arena keys;
};

void map_init(struct map *m);
void map_free(struct map *m);
bool map_get(const struct map *m, struct str key, uint64_t *value);

/* The entry of `key`, added with value 0 where it was not there; *added tells (may be NULL). The
 * pointer is valid until the next insertion. */
struct map_entry *map_put(struct map *m, struct str key, bool *added);

uint64_t hash_bytes(const void *data, size_t len); /* XXH3, 64 bits, seed 0 */
uint64_t hash_xxh64(const void *data, size_t len); /* XXH64, seed 0: what file formats name */
/* The same of each, with a seed. */
void hash_strs(const struct str *v, size_t n, uint64_t seed, uint64_t *out);
uint64_t hash_mix(uint64_t a, uint64_t b); /* combine two hashes, order matters */

#endif
