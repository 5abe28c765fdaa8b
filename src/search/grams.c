/* grams.c - look up posting lists and combine them: which units may have a text as it is. */
#include "search/grams.h"

#include <stdlib.h>

#include "base/memory.h"
#include "search/bits.h"
#include "search/grams_read.h"
#include "search/postings.h"

#define DIGITS_LEN 5
#define BLOCK_COST 400 /* ns to look into a unit in vain */
#define ENTRY_COST 2   /* ns of an entry of a list */
#define ROW_COST   100 /* ns that one gram of many may save of the look into a unit */
#define TEXT_MAX   520 /* bytes of a query, and its marks */
#define GRAMS_MAX  (4 * TEXT_MAX)
#define BITS_COST  8 /* words of a bitmap that are read while one bit is tested and moved */

void gram_scratch_free(struct gram_scratch *s)
{
    mem_free(s->words);
    mem_free(s->units);
    *s = (struct gram_scratch){0};
}

uint64_t *gram_words(struct gram_scratch *s, size_t n)
{
    if (s->cap < n) {
        mem_free(s->words);
        s->words = mem_alloc(n * sizeof *s->words);
        s->cap = n;
    }
    return s->words;
}

static size_t lower_bound(const struct gram_index *g, uint32_t key)
{
    size_t lo = 0, n = g->n_entries;
    while (n > 0) {
        size_t half = n / 2;
        if (g->entries[lo + half].key < key) {
            lo += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return lo;
}

const struct gram_entry *gram_look_up(const struct gram_index *g, uint32_t key)
{
    size_t i = lower_bound(g, key);
    return i < g->n_entries && g->entries[i].key == key ? &g->entries[i] : NULL;
}

static uint32_t start_key(const struct gram_index *g, const char *t)
{
    return (uint32_t)(uint8_t)t[0] << 24 | gram_triple(g, str_n(t, GRAM_START_LEN), 1);
}

/* The end of a word at `end`; 0 where it has no gram of its own. */
static uint32_t end_key(const struct gram_index *g, struct str t, size_t end)
{
    if (end < GRAM_END_LEN || !gram_tells_end(t.data + end - GRAM_END_LEN)) {
        return 0;
    }
    return (uint32_t)GRAM_END << 24 | gram_triple(g, t, end - GRAM_END_LEN);
}

uint32_t gram_digits(const struct gram_index *g, struct str t, size_t i)
{
    if (g->skeleton || i + DIGITS_LEN > t.len) {
        return 0;
    }
    uint32_t number = 0;
    for (size_t k = i; k < i + DIGITS_LEN; k++) {
        if (t.data[k] < '0' || t.data[k] > '9') {
            return 0;
        }
        number = number * 10 + (uint32_t)(t.data[k] - '0');
    }
    return GRAM_DIGITS + number;
}

static struct posting_reader reader_of(const struct gram_index *g, const struct gram_entry *e)
{
    return posting_reader(g->postings, g->postings_len, e->at >> 8,
                          (uint32_t)(e->at & 0xff) - GRAM_LIST, e->count, g->n_units);
}

static bool is_list(const struct gram_entry *e)
{
    return (e->at & 0xff) >= GRAM_LIST;
}

static void or_list(const struct gram_index *g, const struct gram_entry *e, uint64_t *out,
                    struct gram_scratch *s)
{
    struct posting_reader r = reader_of(g, e);
    for (uint32_t unit; posting_next(&r, &unit);) {
        bitmap_set(out, unit);
    }
    s->damaged = s->damaged || r.damaged;
}

static const uint64_t *bitmap_of(const struct gram_index *g, const struct gram_entry *e,
                                 struct gram_scratch *s)
{
    size_t at = e->at >> 8, bytes = bitmap_words(g->n_units) * 8;
    if (at % 8 || at > g->postings_len || g->postings_len - at < bytes) {
        s->damaged = true;
        return NULL;
    }
    return (const uint64_t *)(const void *)(g->postings + at);
}

void gram_or(const struct gram_index *g, const struct gram_entry *e, uint64_t *out,
             struct gram_scratch *s)
{
    size_t words = bitmap_words(g->n_units);
    const uint64_t *map;
    if (is_list(e)) {
        or_list(g, e, out, s);
        return;
    }
    switch (e->at & 0xff) {
    case GRAM_BITMAP:
        map = bitmap_of(g, e, s);
        if (map) {
            bitmap_or(out, map, words);
            /* A hostile last word could name units that do not exist. */
            if (g->n_units % 64) {
                out[words - 1] &= (1ull << (g->n_units % 64)) - 1;
            }
        }
        break;
    case GRAM_ALL:
        bitmap_fill(out, g->n_units);
        break;
    default:
        s->damaged = true;
    }
}

static void and_entry(const struct gram_index *g, const struct gram_entry *e, uint64_t *out,
                      struct gram_scratch *s)
{
    size_t words = bitmap_words(g->n_units);
    if ((e->at & 0xff) == GRAM_ALL) {
        return;
    }
    if ((e->at & 0xff) == GRAM_BITMAP) {
        const uint64_t *map = bitmap_of(g, e, s);
        if (map) {
            bitmap_and(out, map, words);
        }
        return;
    }
    uint64_t *other = gram_words(s, words);
    memset(other, 0, words * sizeof *other);
    gram_or(g, e, other, s);
    bitmap_and(out, other, words);
}

/* Texts of one or two bytes: all grams that begin with them lie side by side. */
static void filter_range(const struct gram_index *g, struct str t, uint64_t *out,
                         struct gram_scratch *s)
{
    uint32_t low = (uint32_t)gram_byte(g, t.data[0]) << 16, high;
    if (t.len == 1) {
        high = low + 0x10000;
    } else {
        low |= (uint32_t)gram_byte(g, t.data[1]) << 8;
        high = low + 0x100;
    }
    for (size_t i = lower_bound(g, low); i < g->n_entries && g->entries[i].key < high; i++) {
        gram_or(g, &g->entries[i], out, s);
        if ((g->entries[i].at & 0xff) == GRAM_ALL) {
            return;
        }
    }
}

static int by_count(const void *a, const void *b)
{
    const struct gram_entry *x = *(const struct gram_entry *const *)a;
    const struct gram_entry *y = *(const struct gram_entry *const *)b;
    if (x->count != y->count) {
        return x->count < y->count ? -1 : 1;
    }
    return x->key < y->key ? -1 : x->key > y->key;
}

/* All grams of `t`, rarest first; 0 where one of them is nowhere (*missing). */
static size_t collect(const struct gram_index *g, struct str t, const struct gram_entry **out,
                      bool *missing)
{
    size_t n = 0;
    *missing = false;
    for (size_t i = 0; i + GRAM_LEN <= t.len; i++) {
        uint32_t digits = gram_digits(g, t, i);
        const struct gram_entry *e = digits ? gram_look_up(g, digits) : NULL;
        if (e) {
            out[n++] = e;
        }
        const struct gram_entry *triple = gram_look_up(g, gram_triple(g, t, i));
        if (!triple || (digits && !e)) {
            *missing = true;
            return 0;
        }
        out[n++] = triple;
    }
    /* Words inside of the text; at its front the blank may stand for the begin of a text. */
    for (size_t i = 1; i < t.len; i++) {
        uint32_t keys[] = {0, 0};
        if (t.data[i] == ' ') {
            keys[0] = i + GRAM_START_LEN <= t.len ? start_key(g, t.data + i) : 0;
            keys[1] = end_key(g, t, i);
        }
        for (int k = 0; k < 2; k++) {
            const struct gram_entry *e = keys[k] ? gram_look_up(g, keys[k]) : NULL;
            if (keys[k] && !e) {
                *missing = true;
                return 0;
            }
            out[n] = e;
            n += e != NULL;
        }
    }
    qsort(out, n, sizeof(struct gram_entry *), by_count);
    return n;
}

uint32_t gram_rarest(const struct gram_index *g, struct str t)
{
    const struct gram_entry *entries[GRAMS_MAX];
    bool missing;
    if (t.len < GRAM_LEN || t.len > TEXT_MAX) {
        return g->n_units;
    }
    size_t n = collect(g, t, entries, &missing);
    return missing ? 0 : n ? entries[0]->count : g->n_units;
}

size_t gram_rarest_at(const struct gram_index *g, struct str t)
{
    size_t best = 0;
    uint32_t fewest = UINT32_MAX;
    for (size_t i = 0; i + GRAM_LEN <= t.len; i++) {
        const struct gram_entry *e = gram_look_up(g, gram_triple(g, t, i));
        uint32_t count = e ? e->count : 0;
        if (count < fewest) {
            fewest = count;
            best = i;
        }
    }
    return best;
}

/* What it costs to leave out the units without the gram, in ns; a bitmap: so many words of it. */
static uint64_t cost_of(const struct gram_entry *e, size_t words)
{
    return words / 4 + (is_list(e) ? (uint64_t)ENTRY_COST * e->count : 0);
}

/* Keeps those of the n units that the gram has too. */
static size_t keep_common(const struct gram_index *g, const struct gram_entry *e, uint32_t *units,
                          size_t n, struct gram_scratch *s)
{
    size_t kept = 0;
    if ((e->at & 0xff) == GRAM_BITMAP) {
        const uint64_t *map = bitmap_of(g, e, s);
        for (size_t i = 0; i < n; i++) {
            units[kept] = units[i];
            kept += !map || bitmap_get(map, units[i]);
        }
        return kept;
    }
    struct posting_reader r = reader_of(g, e);
    uint32_t unit = 0;
    bool more = posting_next(&r, &unit);
    for (size_t i = 0; i < n && more; i++) {
        while (more && unit < units[i]) {
            more = posting_next(&r, &unit);
        }
        units[kept] = units[i];
        kept += more && unit == units[i];
    }
    s->damaged = s->damaged || r.damaged;
    return kept;
}

void gram_row(const struct gram_index *g, const struct gram_entry *e, const struct gram_units *u,
              uint64_t *row, struct gram_scratch *s)
{
    if (!u) {
        gram_or(g, e, row, s);
        return;
    }
    if ((e->at & 0xff) == GRAM_BITMAP) {
        const uint64_t *map = bitmap_of(g, e, s);
        for (size_t i = 0; map && i < u->n; i++) {
            row[i / 64] |= (uint64_t)bitmap_get(map, u->units[i]) << (i % 64);
        }
        return;
    }
    if (!is_list(e) || cost_of(e, 0) > u->n * ROW_COST) {
        bitmap_fill(row, u->n);
        return;
    }
    struct posting_reader r = reader_of(g, e);
    uint32_t unit = 0;
    bool more = posting_next(&r, &unit);
    for (size_t i = 0; i < u->n && more; i++) {
        while (more && unit < u->units[i]) {
            more = posting_next(&r, &unit);
        }
        row[i / 64] |= (uint64_t)(more && unit == u->units[i]) << (i % 64);
    }
    s->damaged = s->damaged || r.damaged;
}

/* Takes the units of a list, and then those of them that the lists behind it have too. Returns how
 * many entries were lists. */
static size_t filter_lists(const struct gram_index *g, const struct gram_entry *const *entries,
                           size_t n, size_t *kept, struct gram_scratch *s)
{
    size_t i = 1;
    /* What the directory says is not trusted: a list has each unit once. */
    size_t room = (entries[0]->count < g->n_units ? entries[0]->count : g->n_units) + (size_t)1;
    if (s->units_cap < room) {
        mem_free(s->units);
        s->units = mem_alloc(room * sizeof *s->units);
        s->units_cap = room;
    }
    struct posting_reader r = reader_of(g, entries[0]);
    for (*kept = 0; posting_next(&r, &s->units[*kept]);) {
        ++*kept;
    }
    s->damaged = s->damaged || r.damaged;
    for (; i < n && is_list(entries[i]); i++) {
        if (*kept && entries[i] != entries[i - 1] && cost_of(entries[i], 0) <= *kept * BLOCK_COST) {
            *kept = keep_common(g, entries[i], s->units, *kept, s);
        }
    }
    return i;
}

/* The units with all grams, rarest first: lists as lists, as long as there are some, then bitmaps,
 * of a few units bit by bit. */
static void filter_entries(const struct gram_index *g, const struct gram_entry *const *entries,
                           size_t n, uint64_t *out, struct gram_scratch *s)
{
    size_t words = bitmap_words(g->n_units), i = 0, kept = 0;
    bool listed = is_list(entries[0]);
    memset(out, 0, words * sizeof *out);
    if (listed) {
        i = filter_lists(g, entries, n, &kept, s);
        for (; i < n && kept && kept < words / BITS_COST; i++) {
            kept = (entries[i]->at & 0xff) == GRAM_BITMAP
                       ? keep_common(g, entries[i], s->units, kept, s)
                       : kept;
        }
        for (size_t k = 0; k < kept; k++) {
            bitmap_set(out, s->units[k]);
        }
    } else {
        gram_or(g, entries[i++], out, s);
        kept = entries[0]->count;
    }
    for (; i < n && kept; i++) {
        if (entries[i] == entries[i - 1]) {
            continue;
        }
        if (cost_of(entries[i], words) > kept * BLOCK_COST) {
            break;
        }
        and_entry(g, entries[i], out, s);
        kept = bitmap_count(out, words);
    }
}

bool gram_filter_all(const struct gram_index *g, struct str t, uint64_t *out,
                     struct gram_scratch *s)
{
    const struct gram_entry *entries[GRAMS_MAX];
    bool missing;
    size_t n = collect(g, t, entries, &missing);
    if (!missing) {
        filter_entries(g, entries, n, out, s);
    }
    return !missing;
}

void gram_filter_exact(const struct gram_index *g, struct str t, uint64_t *out,
                       struct gram_scratch *s)
{
    size_t words = bitmap_words(g->n_units);
    if (t.len >= GRAM_LEN && t.len <= TEXT_MAX && gram_filter_all(g, t, out, s)) {
        return;
    }
    memset(out, 0, words * sizeof *out);
    if (t.len == 0 || t.len > TEXT_MAX) {
        bitmap_fill(out, g->n_units);
    } else if (t.len < GRAM_LEN) {
        filter_range(g, t, out, s);
    }
}

void gram_filter_start(const struct gram_index *g, const char start[GRAM_START_LEN], uint64_t *out,
                       struct gram_scratch *s)
{
    const struct gram_entry *e = gram_look_up(g, start_key(g, start));
    memset(out, 0, bitmap_words(g->n_units) * sizeof *out);
    if (e) {
        gram_or(g, e, out, s);
    }
}

static void narrow(const struct gram_index *g, uint32_t key, uint64_t *map, struct gram_scratch *s)
{
    size_t words = bitmap_words(g->n_units), candidates = bitmap_count(map, words);
    const struct gram_entry *e = candidates ? gram_look_up(g, key) : NULL;
    if (!e) {
        memset(map, 0, words * sizeof *map);
        return;
    }
    if (cost_of(e, words) <= candidates * BLOCK_COST) {
        and_entry(g, e, map, s);
    }
}

void gram_narrow_start(const struct gram_index *g, char before, struct str text, uint64_t *map,
                       struct gram_scratch *s)
{
    char start[GRAM_START_LEN] = {before, text.data[0], text.data[1], text.data[2]};
    narrow(g, start_key(g, start), map, s);
}

/* The gram of a word's end: of three characters, or two and a blank. */
static uint32_t any_end_key(const struct gram_index *g, struct str text)
{
    uint32_t key = end_key(g, text, text.len);
    char two[GRAM_LEN] = {text.data[text.len - 2], text.data[text.len - 1], ' '};
    return key ? key : gram_triple(g, str_n(two, GRAM_LEN), 0);
}

void gram_narrow_end(const struct gram_index *g, struct str text, uint64_t *map,
                     struct gram_scratch *s)
{
    narrow(g, any_end_key(g, text), map, s);
}

void gram_narrow_several(const struct gram_index *g, uint64_t *map, struct gram_scratch *s)
{
    narrow(g, GRAM_SEVERAL, map, s);
}

void gram_filter_end(const struct gram_index *g, struct str text, uint64_t *out,
                     struct gram_scratch *s)
{
    const struct gram_entry *e = gram_look_up(g, any_end_key(g, text));
    memset(out, 0, bitmap_words(g->n_units) * sizeof *out);
    if (e) {
        gram_or(g, e, out, s);
    }
}

void gram_filter_edge(const struct gram_index *g, struct str t, uint64_t *out,
                      struct gram_scratch *s)
{
    memset(out, 0, bitmap_words(g->n_units) * sizeof *out);
    bool digit = t.data[0] >= '0' && t.data[0] <= '9';
    for (int c = '!'; c < 0x7f; c++) {
        bool letter = c >= 'a' && c <= 'z', upper = c >= 'A' && c <= 'Z',
             number = c >= '0' && c <= '9';
        if (upper || number || (letter && !digit)) {
            continue;
        }
        const char text[GRAM_LEN] = {(char)c, t.data[0], t.len > 1 ? t.data[1] : 0};
        if (t.len == 1) {
            filter_range(g, str_n(text, 2), out, s);
            continue;
        }
        const struct gram_entry *e = gram_look_up(g, gram_triple(g, str_n(text, GRAM_LEN), 0));
        if (e) {
            gram_or(g, e, out, s);
        }
    }
}
