#include "api/search_cache.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "api/result.h"
#include "base/map.h"

#define DEFAULT_ENTRIES 256
#define WAYS            4

struct entry {
    uint64_t hash, asked; /* `asked`: the clock of the cache when it was asked for last */
    char *key;
    size_t key_len;
    struct tsi_result *result; /* NULL: the place is free */
    struct tsi_search_facts facts;
};

struct tsi_search_cache {
    pthread_mutex_t mutex; /* of everything below */
    struct entry *entries;
    size_t n; /* a multiple of WAYS */
    uint64_t clock, hits, misses;
};

struct tsi_search_line {
    struct search_line line;
};

struct tsi_search_line *tsi_search_line_new(void)
{
    struct tsi_search_line *l = mem_alloc(sizeof *l);
    atomic_init(&l->line.latest, 0);
    return l;
}

void tsi_search_line_free(struct tsi_search_line *l)
{
    mem_free(l);
}

struct search_line *line_of(struct tsi_search_line *l)
{
    return l ? &l->line : NULL;
}

struct tsi_search_cache *tsi_search_cache_new(size_t entries)
{
    struct tsi_search_cache *c = mem_zalloc(sizeof *c);
    c->n = ((entries ? entries : DEFAULT_ENTRIES) + WAYS - 1) / WAYS * WAYS;
    c->entries = mem_zalloc(c->n * sizeof *c->entries);
    pthread_mutex_init(&c->mutex, NULL);
    return c;
}

static void drop(struct entry *e)
{
    tsi_result_free(e->result);
    mem_free(e->key);
    *e = (struct entry){0};
}

void tsi_search_cache_free(struct tsi_search_cache *c)
{
    if (c) {
        for (size_t i = 0; i < c->n; i++) {
            drop(&c->entries[i]);
        }
        pthread_mutex_destroy(&c->mutex);
        mem_free(c->entries);
        mem_free(c);
    }
}

void tsi_search_cache_counts(struct tsi_search_cache *c, struct tsi_search_cache_counts *out)
{
    pthread_mutex_lock(&c->mutex);
    *out = (struct tsi_search_cache_counts){.hits = c->hits, .misses = c->misses};
    for (size_t i = 0; i < c->n; i++) {
        out->entries += c->entries[i].result != NULL;
    }
    pthread_mutex_unlock(&c->mutex);
}

void cache_key(struct strbuf *key, const struct search_info *index, const char *query,
               const struct tsi_search_options *o)
{
    strbuf_printf(key, "%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d%d%d%d%d%d %" PRIu64,
                  index->generation, index->sequence, o->limit, o->offset, (int)o->kinds, o->exact,
                  o->explain, o->highlight, o->count, o->facets, o->grouped, o->per_dataset);
    strbuf_printf(key, " %s %s ", o->sort ? o->sort : "score", o->cursor ? o->cursor : "-");
    strbuf_add_c(key, query);
}

/* The place of the key, or else the one that makes room for it. `mutex` is held. */
static struct entry *place_of(struct tsi_search_cache *c, struct str key, uint64_t hash,
                              bool *found)
{
    struct entry *bucket = &c->entries[hash % (c->n / WAYS) * WAYS], *oldest = bucket;
    for (size_t i = 0; i < WAYS; i++) {
        struct entry *e = &bucket[i];
        if (e->result && e->hash == hash && str_eq(str_n(e->key, e->key_len), key)) {
            *found = true;
            return e;
        }
        oldest = e->asked < oldest->asked ? e : oldest;
    }
    *found = false;
    return oldest;
}

struct tsi_result *cache_get(struct tsi_search_cache *c, struct str key,
                             struct tsi_search_facts *facts)
{
    bool found;
    struct tsi_result *r = NULL;
    uint64_t hash = hash_bytes(key.data, key.len);
    pthread_mutex_lock(&c->mutex);
    struct entry *e = place_of(c, key, hash, &found);
    if (found) {
        r = result_share(e->result);
        *facts = e->facts;
        e->asked = ++c->clock;
    }
    c->hits += found;
    c->misses += !found;
    pthread_mutex_unlock(&c->mutex);
    return r;
}

void cache_put(struct tsi_search_cache *c, struct str key, struct tsi_result *r,
               const struct tsi_search_facts *facts)
{
    bool found;
    uint64_t hash = hash_bytes(key.data, key.len);
    /* What was not looked at whole, for want of time, may be known better the next time. */
    if (facts->partial || key.len >= CACHE_KEY_MAX - 1) {
        return;
    }
    pthread_mutex_lock(&c->mutex);
    struct entry *e = place_of(c, key, hash, &found);
    if (!found) {
        drop(e);
        *e = (struct entry){.hash = hash,
                            .asked = ++c->clock,
                            .key = mem_alloc(key.len + 1),
                            .key_len = key.len,
                            .result = result_share(r),
                            .facts = *facts};
        memcpy(e->key, key.data, key.len);
    }
    pthread_mutex_unlock(&c->mutex);
}
