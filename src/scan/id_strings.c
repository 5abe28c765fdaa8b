/* id_strings.c - a set whose keys are strings. */
#include <string.h>

#include "base/map.h"
#include "model/series_id.h"
#include "parquet/bits.h"
#include "scan/id_table.h"

uint32_t id_strings_tag(uint64_t seed, struct str key)
{
    uint64_t hash;
    hash_strs(&key, 1, seed, &hash);
    return (uint32_t)(hash >> 32);
}

void id_strings_make_tags(uint64_t seed, const struct str *v, size_t n, uint32_t *tags)
{
    uint64_t hashes[STAGE];
    for (size_t done = 0; done < n; done += STAGE) {
        size_t some = n - done < STAGE ? n - done : STAGE;
        hash_strs(v + done, some, seed, hashes);
        for (size_t i = 0; i < some; i++) {
            tags[done + i] = (uint32_t)(hashes[i] >> 32);
        }
    }
}

/* ---- the table ---- */

static void put_slot(struct id_set *s, struct id_slot slot)
{
    size_t at = slot.tag & (s->n_slots - 1);
    while (s->slots[at].series) {
        at = (at + 1) & (s->n_slots - 1);
    }
    s->slots[at] = slot;
}

static void fill_slots(struct id_set *s)
{
    memset(s->slots, 0, s->n_slots * sizeof *s->slots);
    for (size_t i = 0; i < s->count; i++) {
        if (i + 1 != s->null_series) {
            put_slot(s, (struct id_slot){(uint32_t)i + 1, s->tags[i]});
        }
    }
}

/* A larger table is filled from the smaller one, without a look at the keys, and in its order: each
 * part of the old one goes to two or four parts of the new one. */
static void resize(struct id_set *s, size_t n_slots)
{
    struct id_slot *old = s->slots;
    size_t n_old = s->n_slots;
    s->slots = mem_zalloc(n_slots * sizeof *s->slots);
    s->n_slots = n_slots;
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].series) {
            put_slot(s, old[i]);
        }
    }
    mem_free(old);
}

void id_strings_index(struct id_set *s, size_t more)
{
    size_t n_slots = id_table_slots(s, more);
    if (n_slots == s->n_slots) {
        return;
    }
    if (s->n_slots) {
        resize(s, n_slots);
        return;
    }
    s->tags = mem_alloc(s->cap * sizeof *s->tags);
    id_strings_make_tags(s->seed, s->keys, s->count, s->tags);
    s->slots = mem_alloc(n_slots * sizeof *s->slots);
    s->n_slots = n_slots;
    fill_slots(s);
}

static void reseed(struct id_set *s)
{
    id_table_change_seed(s);
    id_strings_make_tags(s->seed, s->keys, s->count, s->tags);
    fill_slots(s);
}

/* ---- entering ---- */

static bool same_key(struct str a, struct str b)
{
    return a.len == b.len && same_bytes(a.data, b.data, a.len);
}

/* Steps of each look-up that are taken without a branch: how many it needs cannot be predicted. */
#define SURE_STEPS 3

/* Where to look for a key: a slot with its tag or without a series, or one before them, from where
 * it belongs on. Keys are not looked at. */
static inline size_t find_tag(const struct id_set *s, uint32_t tag)
{
    size_t mask = s->n_slots - 1, at = tag & mask;
    for (int step = 0; step < SURE_STEPS; step++) {
        struct id_slot slot = s->slots[at];
        at = (at + ((slot.series != 0) & (slot.tag != tag))) & mask;
    }
    return at;
}

/* The slot of a key, or the free one where it belongs, at `at` or behind it; n_slots where the
 * look-up is suspicious. */
static inline size_t find(const struct id_set *s, struct str key, uint32_t tag, size_t at)
{
    size_t steps = 0;
    while (s->slots[at].series) {
        if (s->slots[at].tag == tag && same_key(s->keys[s->slots[at].series - 1], key)) {
            return at;
        }
        if (++steps > STEPS_MAX && s->seed == 0) {
            return s->n_slots;
        }
        at = (at + 1) & (s->n_slots - 1);
    }
    return at;
}

/* The key becomes a series. There is room for one more. */
static inline void append(struct id_set *s, struct str key)
{
    s->escapes |= s->kind == ID_STRINGS && !series_id_is_plain(key);
    s->keys[s->count++] = s->borrows ? key : id_set_keep(s, key.data, key.len);
}

/* `at` by find_tag, after which keys may have been added. */
static inline uint32_t put(struct id_set *s, struct str key, uint32_t tag, size_t at)
{
    at = find(s, key, tag, at);
    if (at == s->n_slots) {
        reseed(s);
        tag = id_strings_tag(s->seed, key);
        at = find(s, key, tag, find_tag(s, tag));
    }
    struct id_slot *slot = &s->slots[at];
    if (slot->series == 0) {
        s->tags[s->count] = tag;
        append(s, key);
        *slot = (struct id_slot){(uint32_t)s->count, tag};
    }
    return slot->series - 1;
}

/* The set has changed its seed since tags were made. */
static uint32_t put_anew(struct id_set *s, struct str key)
{
    uint32_t tag = id_strings_tag(s->seed, key);
    return put(s, key, tag, find_tag(s, tag));
}

/* Keys of a window on their way through the stages. */
struct window {
    const struct str *v;
    const uint32_t *known; /* tags; NULL: they are to be made */
    uint32_t *series;
    size_t n;
    uint64_t seed; /* that tags are made with */
    uint32_t tags[WINDOW];
    size_t at[WINDOW];
};

static void ask_for_slots(const struct id_set *s, struct window *w, struct stage r)
{
    if (w->known) {
        memcpy(w->tags + r.from, w->known + r.from, (r.to - r.from) * sizeof *w->tags);
    } else {
        id_strings_make_tags(w->seed, w->v + r.from, r.to - r.from, w->tags + r.from);
    }
    for (size_t i = r.from; i < r.to; i++) {
        __builtin_prefetch(&s->slots[w->tags[i] & (s->n_slots - 1)], 1);
    }
}

static void ask_for_keys(const struct id_set *s, struct window *w, struct stage r)
{
    for (size_t i = r.from; i < r.to; i++) {
        w->at[i] = find_tag(s, w->tags[i]);
        if (s->slots[w->at[i]].series) {
            __builtin_prefetch(&s->keys[s->slots[w->at[i]].series - 1]);
        }
    }
}

static void ask_for_bytes(const struct id_set *s, const struct window *w, struct stage r)
{
    for (size_t i = r.from; i < r.to; i++) {
        if (s->slots[w->at[i]].series) {
            struct str key = s->keys[s->slots[w->at[i]].series - 1];
            __builtin_prefetch(key.data);
            __builtin_prefetch(key.data + key.len); /* it may cross into another line */
        }
    }
}

static void compare_keys(struct id_set *s, struct window *w, struct stage r)
{
    for (size_t i = r.from; i < r.to; i++) {
        w->series[i] =
            s->seed == w->seed ? put(s, w->v[i], w->tags[i], w->at[i]) : put_anew(s, w->v[i]);
    }
}

/* As str_cmp; by words as long as the bytes go. */
static inline int compare(struct str a, struct str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; n >= sizeof(uint64_t) && i < n; i += sizeof(uint64_t)) {
        size_t at = i + sizeof(uint64_t) < n ? i : n - sizeof(uint64_t); /* what is equal again */
        uint64_t x = load64(a.data + at), y = load64(b.data + at);
        if (x != y) {
            return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
        }
    }
    return n < sizeof(uint64_t) ? str_cmp(a, b) : (a.len > b.len) - (a.len < b.len);
}

/* A set without a table whose largest key is the last one: as long as keys ascend, none is met
 * again but that one. How many were entered. */
static size_t put_ascending(struct id_set *s, const struct str *v, size_t n, uint32_t *series)
{
    size_t i = 0;
    /* Not the copy of a key, which has just been written: bytes take their time to come back. */
    struct str largest = s->largest ? s->keys[s->largest - 1] : str_n("", 0);
    for (; i < n; i++) {
        int order = s->largest ? compare(v[i], largest) : 1;
        if (order < 0) {
            break;
        }
        if (order > 0) {
            append(s, v[i]);
            s->largest = (uint32_t)s->count;
            largest = v[i];
        }
        series[i] = s->largest - 1;
    }
    return i;
}

/* At most WINDOW keys. */
static bool put_window(struct id_set *s, const struct str *v, const uint32_t *known, size_t n,
                       uint32_t *series)
{
    if (!id_table_grow(s, n)) {
        return false;
    }
    size_t done = s->n_slots ? 0 : put_ascending(s, v, n, series);
    if (done == n) {
        return true;
    }
    id_strings_index(s, n - done);
    struct window w;
    w.v = v + done;
    w.known = s->seed == 0 && known ? known + done : NULL;
    w.series = series + done;
    w.n = n - done;
    w.seed = s->seed;
    for (size_t at = 0; at < w.n + 3 * STAGE; at += STAGE) {
        ask_for_slots(s, &w, stage_at(at, 0, w.n));
        ask_for_keys(s, &w, stage_at(at, 1, w.n));
        ask_for_bytes(s, &w, stage_at(at, 2, w.n));
        compare_keys(s, &w, stage_at(at, 3, w.n));
    }
    return true;
}

bool id_set_put_tagged(struct id_set *s, const struct str *v, const uint32_t *tags, size_t n,
                       uint32_t *series)
{
    for (size_t done = 0; done < n; done += WINDOW) {
        size_t some = n - done < WINDOW ? n - done : WINDOW;
        if (!put_window(s, v + done, tags ? tags + done : NULL, some, series + done)) {
            return false;
        }
    }
    return true;
}

bool id_set_put_strs(struct id_set *s, const struct str *v, size_t n, uint32_t *series)
{
    return id_set_put_tagged(s, v, NULL, n, series);
}
