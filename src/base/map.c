#include "base/map.h"

#include <string.h>

/* Ids are short: the call of a library function would take as long as the hash. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#define MAP_FIRST_SLOTS 16

uint64_t hash_bytes(const void *data, size_t len)
{
    return XXH3_64bits(data, len);
}

uint64_t hash_xxh64(const void *data, size_t len)
{
    return XXH64(data ? data : "", len, 0);
}

void hash_strs(const struct str *v, size_t n, uint64_t seed, uint64_t *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = XXH3_64bits_withSeed(v[i].data, v[i].len, seed);
    }
}

uint64_t hash_mix(uint64_t a, uint64_t b)
{
    uint64_t x = (a ^ 0x9E3779B97F4A7C15ull) * 0xFF51AFD7ED558CCDull + b;
    x ^= x >> 32;
    return x * 0xC4CEB9FE1A85EC53ull;
}

void map_init(struct map *m)
{
    *m = (struct map){0};
    arena_init(&m->keys);
}

void map_free(struct map *m)
{
    mem_free(m->entries);
    mem_free(m->slots);
    mem_free(m->tags);
    arena_reset(&m->keys);
    *m = (struct map){0};
}

/* The slot of `key`, or the free one where it belongs. There is always a free one: load stays below
 * 70 %. */
static size_t find(const struct map *m, struct str key, uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    size_t at = hash & (m->n_slots - 1);
    while (m->slots[at] && !(m->tags[at] == tag && str_eq(m->entries[m->slots[at] - 1].key, key))) {
        at = (at + 1) & (m->n_slots - 1);
    }
    return at;
}

bool map_get(const struct map *m, struct str key, uint64_t *value)
{
    if (m->count == 0) {
        return false;
    }
    size_t at = find(m, key, hash_bytes(key.data, key.len));
    if (m->slots[at] == 0) {
        return false;
    }
    *value = m->entries[m->slots[at] - 1].value;
    return true;
}

static void rehash(struct map *m, size_t n_slots)
{
    mem_free(m->slots);
    mem_free(m->tags);
    m->slots = mem_zalloc(n_slots * sizeof *m->slots);
    m->tags = mem_alloc(n_slots * sizeof *m->tags);
    m->n_slots = n_slots;
    for (size_t i = 0; i < m->count; i++) {
        uint64_t hash = hash_bytes(m->entries[i].key.data, m->entries[i].key.len);
        size_t at = find(m, m->entries[i].key, hash);
        m->slots[at] = (uint32_t)(i + 1);
        m->tags[at] = (uint32_t)(hash >> 32);
    }
}

struct map_entry *map_put(struct map *m, struct str key, bool *added)
{
    if ((m->count + 1) * 10 > m->n_slots * 7) {
        rehash(m, m->n_slots ? m->n_slots * 2 : MAP_FIRST_SLOTS);
    }
    uint64_t hash = hash_bytes(key.data, key.len);
    size_t at = find(m, key, hash);
    if (added) {
        *added = m->slots[at] == 0;
    }
    if (m->slots[at] == 0) {
        m->entries = mem_grow(m->entries, m->count, &m->cap, sizeof *m->entries);
        m->entries[m->count] =
            (struct map_entry){str_n(arena_strndup(&m->keys, key.data, key.len), key.len), 0};
        m->slots[at] = (uint32_t)++m->count;
        m->tags[at] = (uint32_t)(hash >> 32);
    }
    return &m->entries[m->slots[at] - 1];
}
