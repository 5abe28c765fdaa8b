#include "scan/id_set.h"

#include <string.h>
#include <sys/random.h>

#include "base/map.h"
#include "model/series_id.h"
#include "parquet/bits.h"
#include "scan/value_text.h"

/* Look-ups under way together: enough to hide the time that memory takes, few enough for what was
 * asked for to be there still. */
#define AT_ONCE   64
#define SLOTS_MIN 128
/* Steps of a look-up before the bytes are suspected. At 60 % load honest ones take fewer than two
 * on average, and this many never. */
#define STEPS_MAX  128
#define SERIES_MAX (UINT32_MAX - 1) /* slots hold the series + 1, callers mark unknown ones */
#define BLOCK_MIN  ((size_t)64 << 10)
#define BLOCK_MAX  ((size_t)8 << 20)

struct id_block {
    struct id_block *next;
    size_t used, size;
    char data[];
};

void id_set_init(struct id_set *s)
{
    *s = (struct id_set){0};
}

void id_set_free(struct id_set *s)
{
    while (s->blocks) {
        struct id_block *next = s->blocks->next;
        mem_free(s->blocks);
        s->blocks = next;
    }
    mem_free(s->keys);
    mem_free(s->numbers);
    mem_free(s->tags);
    mem_free(s->slots);
    mem_free(s->number_slots);
    *s = (struct id_set){0};
}

uint64_t id_set_bytes(const struct id_set *s)
{
    uint64_t bytes = 0;
    for (const struct id_block *b = s->blocks; b; b = b->next) {
        bytes += b->size;
    }
    return bytes + s->count * (s->keys ? sizeof *s->keys + sizeof *s->tags : sizeof *s->numbers) +
           s->n_slots * (s->slots ? sizeof *s->slots : sizeof *s->number_slots);
}

/* Room for `len` bytes that stay where they are; what is not used of them is used by the next. */
static char *reserve(struct id_set *s, size_t len)
{
    struct id_block *b = s->blocks;
    if (!b || b->size - b->used < len) {
        size_t size = b ? b->size * 2 : BLOCK_MIN;
        size = size < BLOCK_MAX ? size : BLOCK_MAX;
        size = size > len ? size : len;
        b = mem_alloc(sizeof *b + size);
        *b = (struct id_block){.next = s->blocks, .size = size};
        s->blocks = b;
    }
    return b->data + b->used;
}

static struct str keep(struct id_set *s, const char *data, size_t len)
{
    char *to = reserve(s, len);
    if (len) {
        memcpy(to, data, len);
    }
    s->blocks->used += len;
    return str_n(to, len);
}

/* Room for `more` series beside those that are there. */
static bool grow(struct id_set *s, size_t more)
{
    if (s->count + more > SERIES_MAX) {
        return false;
    }
    if (s->count + more > s->cap) {
        size_t cap = mem_grown(s->cap, s->count + more, sizeof *s->keys);
        if (s->kind == ID_NUMBERS) {
            s->numbers = mem_realloc(s->numbers, cap * sizeof *s->numbers);
        } else {
            s->keys = mem_realloc(s->keys, cap * sizeof *s->keys);
            s->tags = mem_realloc(s->tags, cap * sizeof *s->tags);
        }
        s->cap = cap;
    }
    return true;
}

/* Fewer slots than this grow fourfold: they are cheap to clear, and moved half as often. */
#define SLOTS_FEW 65536

/* Slots for `more` series beside those that are there, at 60 % load at most. */
static size_t slots_for(const struct id_set *s, size_t more)
{
    size_t n = s->n_slots ? s->n_slots : SLOTS_MIN;
    while ((s->count + more) * 10 > n * 6) {
        n *= n < SLOTS_FEW ? 4 : 2;
    }
    return n;
}

/* ---- strings ---- */

static void put_slot(struct id_set *s, struct id_slot slot)
{
    size_t at = slot.tag & (s->n_slots - 1);
    while (s->slots[at].series) {
        at = (at + 1) & (s->n_slots - 1);
    }
    s->slots[at] = slot;
}

/* A larger index is filled from the smaller one, without a look at the keys. */
static void resize(struct id_set *s, size_t n_slots)
{
    struct id_slot *old = s->slots;
    size_t n_old = s->n_slots;
    if (n_slots == n_old) {
        return;
    }
    s->slots = mem_zalloc(n_slots * sizeof *s->slots);
    s->n_slots = n_slots;
    for (size_t i = 0; i < n_old; i++) {
        if (old[i].series) {
            put_slot(s, old[i]);
        }
    }
    mem_free(old);
}

/* A seed that nobody can have known. */
static void change_seed(struct id_set *s)
{
    while (s->seed == 0) {
        if (getrandom(&s->seed, sizeof s->seed, 0) != sizeof s->seed) {
            s->seed = (uintptr_t)s->keys ^ (uintptr_t)&s->seed;
        }
    }
}

static uint32_t tag_by(uint64_t seed, struct str key)
{
    uint64_t hash;
    hash_strs(&key, 1, seed, &hash);
    return (uint32_t)(hash >> 32);
}

static void reseed(struct id_set *s)
{
    change_seed(s);
    memset(s->slots, 0, s->n_slots * sizeof *s->slots);
    for (size_t i = 0; i < s->count; i++) {
        if (i + 1 != s->null_series) {
            s->tags[i] = tag_by(s->seed, s->keys[i]);
            put_slot(s, (struct id_slot){(uint32_t)i + 1, s->tags[i]});
        }
    }
}

static bool same_key(struct str a, struct str b)
{
    return a.len == b.len && same_bytes(a.data, b.data, a.len);
}

/* Where to look for a key: the first slot with its tag or without a series, from where it belongs
 * on. Keys are not looked at. */
static size_t find_tag(const struct id_set *s, uint32_t tag)
{
    size_t mask = s->n_slots - 1, at = tag & mask;
    for (size_t steps = 0; steps < STEPS_MAX; steps++) {
        if (s->slots[at].series == 0 || s->slots[at].tag == tag) {
            break;
        }
        at = (at + 1) & mask;
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

/* A slot that is free: the key becomes a series. There is room for one more. */
static void add_str(struct id_set *s, struct str key, uint32_t tag, struct id_slot *slot)
{
    s->escapes |= s->kind == ID_STRINGS && !series_id_is_plain(key);
    s->keys[s->count] = s->borrows ? key : keep(s, key.data, key.len);
    s->tags[s->count] = tag;
    *slot = (struct id_slot){(uint32_t)++s->count, tag};
}

/* `at` by find_tag, after which keys may have been added. */
static inline uint32_t put_str(struct id_set *s, struct str key, uint32_t tag, size_t at)
{
    at = find(s, key, tag, at);
    if (at == s->n_slots) {
        reseed(s);
        tag = tag_by(s->seed, key);
        at = find(s, key, tag, find_tag(s, tag));
    }
    struct id_slot *slot = &s->slots[at];
    if (slot->series == 0) {
        add_str(s, key, tag, slot);
    }
    return slot->series - 1;
}

/* The set has changed its seed since tags were made. */
static uint32_t put_anew(struct id_set *s, struct str key)
{
    uint32_t tag = tag_by(s->seed, key);
    return put_str(s, key, tag, find_tag(s, tag));
}

/* At most AT_ONCE keys, for which there is room. `tags` by the seed as it is now. */
static void put_some_strs(struct id_set *s, const struct str *v, const uint32_t *tags, size_t n,
                          uint32_t *series)
{
    size_t at[AT_ONCE];
    uint64_t seed = s->seed;
    for (size_t i = 0; i < n; i++) {
        at[i] = find_tag(s, tags[i]);
        if (s->slots[at[i]].series) {
            __builtin_prefetch(&s->keys[s->slots[at[i]].series - 1]);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (s->slots[at[i]].series) {
            struct str key = s->keys[s->slots[at[i]].series - 1];
            __builtin_prefetch(key.data);
            __builtin_prefetch(key.data + key.len); /* it may cross into another line */
        }
    }
    for (size_t i = 0; i < n; i++) {
        series[i] = s->seed == seed ? put_str(s, v[i], tags[i], at[i]) : put_anew(s, v[i]);
    }
}

static void prefetch_slots(const struct id_set *s, const uint32_t *tags, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        __builtin_prefetch(&s->slots[tags[i] & (s->n_slots - 1)], 1);
    }
}

static void make_tags(const struct id_set *s, const struct str *v, size_t n, uint32_t *tags)
{
    uint64_t hashes[AT_ONCE];
    hash_strs(v, n, s->seed, hashes);
    for (size_t i = 0; i < n; i++) {
        tags[i] = (uint32_t)(hashes[i] >> 32);
    }
}

/* `known`: tags without a seed; NULL where they are to be made. */
static bool put_strs(struct id_set *s, const struct str *v, const uint32_t *known, size_t n,
                     uint32_t *series)
{
    uint32_t made[AT_ONCE];
    for (size_t done = 0; done < n;) {
        size_t some = n - done < AT_ONCE ? n - done : AT_ONCE;
        const uint32_t *tags = known && s->seed == 0 ? known + done : made;
        if (!grow(s, some)) {
            return false;
        }
        resize(s, slots_for(s, some));
        if (tags == made) {
            make_tags(s, v + done, some, made);
        }
        prefetch_slots(s, tags, some);
        put_some_strs(s, v + done, tags, some, series + done);
        done += some;
    }
    return true;
}

bool id_set_put_strs(struct id_set *s, const struct str *v, size_t n, uint32_t *series)
{
    return put_strs(s, v, NULL, n, series);
}

bool id_set_put_tagged(struct id_set *s, const struct str *v, const uint32_t *tags, size_t n,
                       uint32_t *series)
{
    return put_strs(s, v, tags, n, series);
}

/* ---- numbers ---- */

static size_t number_slot(const struct id_set *s, int64_t number)
{
    uint64_t x = ((uint64_t)number ^ s->seed) * 0x9E3779B97F4A7C15ull;
    x = (x ^ x >> 32) * 0xD6E8FEB86659FD93ull;
    return (size_t)(x ^ x >> 32) & (s->n_slots - 1);
}

/* As `find`. */
static size_t find_number(const struct id_set *s, int64_t number)
{
    size_t at = number_slot(s, number), steps = 0;
    while (s->number_slots[at].series && s->number_slots[at].number != number) {
        if (++steps > STEPS_MAX && s->seed == 0) {
            return s->n_slots;
        }
        at = (at + 1) & (s->n_slots - 1);
    }
    return at;
}

/* With `n_slots` slots, and by the seed as it is now. */
static void rehash_numbers(struct id_set *s, size_t n_slots)
{
    mem_free(s->number_slots);
    s->number_slots = mem_zalloc(n_slots * sizeof *s->number_slots);
    s->n_slots = n_slots;
    for (size_t i = 0; i < s->count; i++) {
        if (i + 1 == s->null_series) {
            continue;
        }
        size_t at = find_number(s, s->numbers[i]);
        if (at == n_slots) {
            change_seed(s);
            rehash_numbers(s, n_slots);
            return;
        }
        s->number_slots[at] = (struct number_slot){s->numbers[i], (uint32_t)i + 1};
    }
}

static uint32_t put_number(struct id_set *s, int64_t number)
{
    size_t at = find_number(s, number);
    if (at == s->n_slots) {
        change_seed(s);
        rehash_numbers(s, s->n_slots);
        at = find_number(s, number);
    }
    struct number_slot *slot = &s->number_slots[at];
    if (slot->series == 0) {
        s->numbers[s->count] = number;
        *slot = (struct number_slot){number, (uint32_t)++s->count};
    }
    return slot->series - 1;
}

bool id_set_put_numbers(struct id_set *s, const int64_t *v, size_t n, uint32_t *series)
{
    for (size_t done = 0; done < n;) {
        size_t some = n - done < AT_ONCE ? n - done : AT_ONCE;
        if (!grow(s, some)) {
            return false;
        }
        if (slots_for(s, some) != s->n_slots) {
            rehash_numbers(s, slots_for(s, some));
        }
        for (size_t i = done; i < done + some; i++) {
            __builtin_prefetch(&s->number_slots[number_slot(s, v[i])], 1);
        }
        for (size_t i = done; i < done + some; i++) {
            series[i] = put_number(s, v[i]);
        }
        done += some;
    }
    return true;
}

/* ---- both ---- */

bool id_set_put_null(struct id_set *s, uint32_t *series)
{
    if (s->null_series == 0) {
        if (!grow(s, 1)) {
            return false;
        }
        if (s->kind == ID_NUMBERS) {
            s->numbers[s->count] = 0;
        } else {
            s->keys[s->count] = str_n(NULL, 0);
        }
        s->null_series = (uint32_t)++s->count;
    }
    *series = s->null_series - 1;
    return true;
}

void id_set_reserve(struct id_set *s, size_t n)
{
    if (n <= s->count || !grow(s, n - s->count)) {
        return;
    }
    size_t n_slots = slots_for(s, n - s->count);
    if (n_slots == s->n_slots) {
        return;
    }
    if (s->kind == ID_NUMBERS) {
        rehash_numbers(s, n_slots);
    } else {
        resize(s, n_slots);
    }
}

/* The series of `other` from `from` up to `to`, none of them null. */
static bool put_range(struct id_set *s, const struct id_set *other, size_t from, size_t to,
                      uint32_t *numbers)
{
    size_t n = to - from;
    if (s->kind == ID_NUMBERS) {
        return id_set_put_numbers(s, other->numbers + from, n, numbers + from);
    }
    const uint32_t *tags = other->tags && other->seed == 0 ? other->tags + from : NULL;
    return put_strs(s, other->keys + from, tags, n, numbers + from);
}

bool id_set_put_set(struct id_set *s, const struct id_set *other, uint32_t *numbers)
{
    size_t null = other->null_series ? other->null_series - 1 : other->count;
    if (s->count == 0) {
        s->kind = other->kind;
        s->is_signed = other->is_signed;
    }
    if (!put_range(s, other, 0, null, numbers)) {
        return false;
    }
    return null == other->count || (id_set_put_null(s, &numbers[null]) &&
                                    put_range(s, other, null + 1, other->count, numbers));
}

static void escape_strings(struct id_set *s)
{
    struct strbuf text;
    strbuf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < s->count; i++) {
        if (s->keys[i].data && !series_id_is_plain(s->keys[i])) {
            strbuf_clear(&text);
            series_id_format(&s->keys[i], 1, &text);
            s->keys[i] = keep(s, text.data, text.len);
            s->tags[i] = tag_by(s->seed, s->keys[i]);
        }
    }
    strbuf_free(&text);
}

static void write_numbers(struct id_set *s)
{
    s->keys = mem_alloc(s->count * sizeof *s->keys);
    for (size_t i = 0; i < s->count; i++) {
        char *to = reserve(s, INTEGER_TEXT_MAX);
        s->keys[i] = str_n(to, scan_integer_text(s->numbers[i], s->is_signed, to));
        s->blocks->used += s->keys[i].len;
    }
}

struct str *id_set_texts(struct id_set *s)
{
    if (s->kind == ID_NUMBERS) {
        write_numbers(s);
    } else if (s->escapes) {
        escape_strings(s);
    }
    if (s->null_series && s->kind != ID_TEXTS) {
        const struct str null = {0};
        struct strbuf text;
        strbuf_init(&text, SIZE_MAX);
        series_id_format(&null, 1, &text);
        struct str kept = keep(s, text.data, text.len);
        s->keys[s->null_series - 1] = kept;
        if (s->tags) {
            s->tags[s->null_series - 1] = tag_by(s->seed, kept);
        }
        strbuf_free(&text);
    }
    s->kind = ID_TEXTS;
    s->escapes = false;
    return s->keys;
}

uint32_t id_set_hash(const struct id_set *s, size_t series)
{
    if (series + 1 == s->null_series) {
        return 0;
    }
    if (s->kind == ID_NUMBERS) {
        return (uint32_t)(hash_mix((uint64_t)s->numbers[series], 0) >> 32);
    }
    return s->seed == 0 ? s->tags[series] : tag_by(0, s->keys[series]);
}

const uint32_t *id_set_tags(struct id_set *s)
{
    if (!s->tags || s->seed) {
        s->tags = mem_realloc(s->tags, s->count * sizeof *s->tags);
        for (size_t i = 0; i < s->count; i++) {
            s->tags[i] = tag_by(0, s->keys[i]);
        }
        s->seed = 0; /* nothing is looked up any more */
    }
    return s->tags;
}
