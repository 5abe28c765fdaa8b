/* grams_build.c - collect posting lists in memory, unit by unit, already compressed. */
#include <stdlib.h>

#include "base/memory.h"
#include "search/bits.h"
#include "search/grams.h"

#define TRIPLES (1u << 24)
#define QUINTS  100000u
/* Bitmaps where more than one unit in so many has the gram: then the bitmap is at most twice the
 * list and ANDs ten times faster. */
#define DENSE      16
#define DIGITS_LEN 5

struct list {
    uint8_t *data;
    uint32_t len, cap;
    uint32_t last, count, key;
};

struct gram_builder {
    /* List number + 1 by gram; mapped lazily by the system, so that only the pages of grams in use
     * exist. */
    uint32_t *by_triple, *by_digits;
    uint32_t *by_begin, *by_word; /* three characters behind GRAM_BEGIN, and behind a blank */
    struct list *lists;
    size_t n, cap;
    uint32_t non_ascii; /* list number + 1 */
    uint64_t memory;
    bool skeleton;
};

struct gram_builder *gram_builder_new(bool skeleton)
{
    struct gram_builder *b = mem_zalloc(sizeof *b);
    b->skeleton = skeleton;
    b->by_triple = mem_zalloc(TRIPLES * sizeof *b->by_triple);
    b->by_digits = mem_zalloc(QUINTS * sizeof *b->by_digits);
    b->by_begin = mem_zalloc(TRIPLES * sizeof *b->by_begin);
    b->by_word = mem_zalloc(TRIPLES * sizeof *b->by_word);
    return b;
}

void gram_builder_free(struct gram_builder *b)
{
    if (!b) {
        return;
    }
    for (size_t i = 0; i < b->n; i++) {
        mem_free(b->lists[i].data);
    }
    mem_free(b->lists);
    mem_free(b->by_triple);
    mem_free(b->by_digits);
    mem_free(b->by_begin);
    mem_free(b->by_word);
    mem_free(b);
}

uint64_t gram_builder_memory(const struct gram_builder *b)
{
    return b->memory + b->cap * sizeof *b->lists;
}

static void append_gap(struct gram_builder *b, struct list *l, uint32_t gap)
{
    if (l->cap - l->len < 5) {
        uint32_t cap = l->cap ? l->cap + l->cap / 2 : 16;
        b->memory += cap - l->cap;
        l->data = mem_realloc(l->data, cap);
        l->cap = cap;
    }
    for (; gap >= 0x80; gap >>= 7) {
        l->data[l->len++] = (uint8_t)(gap | 0x80);
    }
    l->data[l->len++] = (uint8_t)gap;
}

static void add(struct gram_builder *b, uint32_t *slot, uint32_t key, uint32_t unit)
{
    if (!*slot) {
        b->lists = mem_grow(b->lists, b->n, &b->cap, sizeof *b->lists);
        b->lists[b->n] = (struct list){.key = key};
        *slot = (uint32_t)++b->n;
    }
    struct list *l = &b->lists[*slot - 1];
    if (l->count && l->last == unit) {
        return;
    }
    append_gap(b, l, l->count ? unit - l->last : unit);
    l->last = unit;
    l->count++;
}

static void add_triple(struct gram_builder *b, uint32_t key, uint32_t unit)
{
    add(b, &b->by_triple[key], key, unit);
}

static void add_start(struct gram_builder *b, uint32_t *slots, char before, uint32_t triple,
                      uint32_t unit)
{
    add(b, &slots[triple], (uint32_t)before << 24 | triple, unit);
}

static inline uint8_t skeleton_byte(const struct gram_builder *b, char c)
{
    return b->skeleton && c >= '0' && c <= '9' ? '0' : (uint8_t)c;
}

static void add_digits(struct gram_builder *b, uint32_t unit, struct str t)
{
    uint32_t number = 0, digits = 0;
    for (size_t i = 0; i < t.len; i++) {
        if (t.data[i] < '0' || t.data[i] > '9') {
            digits = 0;
            number = 0;
            continue;
        }
        number = (number * 10 + (uint32_t)(t.data[i] - '0')) % QUINTS;
        if (++digits >= DIGITS_LEN) {
            add(b, &b->by_digits[number], GRAM_DIGITS + number, unit);
        }
    }
}

void gram_builder_add(struct gram_builder *b, uint32_t unit, struct str t)
{
    uint32_t key = GRAM_BEGIN, blank = ' ';
    bool ascii = true;
    for (size_t i = 0; i < t.len + 2; i++) {
        uint8_t c = i < t.len ? skeleton_byte(b, t.data[i]) : GRAM_END;
        ascii = ascii && c < 0x80;
        if (i >= 3 && key >> 16 == ' ') {
            add_start(b, b->by_word, ' ', (key << 8 | c) & (TRIPLES - 1), unit);
        }
        key = (key << 8 | c) & (TRIPLES - 1);
        if (i == 2) {
            add_start(b, b->by_begin, GRAM_BEGIN, key, unit);
        }
        if (i >= 1) {
            add_triple(b, key, unit);
        }
        if (i == 1) {
            add_triple(b, blank << 16 | (key & 0xffff), unit);
        }
        if (i == t.len) {
            add_triple(b, (key & 0xffff00) | ' ', unit);
        }
    }
    if (!ascii) {
        add(b, &b->non_ascii, GRAM_NON_ASCII, unit);
    }
    if (!b->skeleton) {
        add_digits(b, unit, t);
    }
}

static int by_key(const void *a, const void *b)
{
    const struct list *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

static void write_bitmap(const struct list *l, uint32_t n_units, struct strbuf *out)
{
    size_t words = bitmap_words(n_units);
    uint64_t *map = mem_zalloc(words * sizeof *map);
    uint32_t unit = 0;
    for (uint32_t at = 0; at < l->len;) {
        uint32_t gap = 0;
        for (int shift = 0;; shift += 7) {
            uint8_t byte = l->data[at++];
            gap |= (uint32_t)(byte & 0x7f) << shift;
            if (byte < 0x80) {
                break;
            }
        }
        unit += gap;
        bitmap_set(map, unit);
    }
    strbuf_add(out, map, words * sizeof *map);
    mem_free(map);
}

static void write_list(struct list *l, uint32_t n_units, struct strbuf *dir, struct strbuf *out)
{
    struct gram_entry e = {.key = l->key, .count = l->count};
    if (l->count == n_units) {
        e.at = GRAM_ALL;
    } else if (l->count > n_units / DENSE && n_units > 64) {
        static const char zeros[8];
        strbuf_add(out, zeros, (8 - out->len % 8) % 8);
        e.at = (uint64_t)out->len << 8 | GRAM_BITMAP;
        write_bitmap(l, n_units, out);
    } else {
        e.at = (uint64_t)out->len << 8 | GRAM_LIST;
        strbuf_add(out, l->data, l->len);
    }
    strbuf_add(dir, &e, sizeof e);
    mem_free(l->data);
    l->data = NULL;
}

void gram_builder_finish(struct gram_builder *b, uint32_t n_units, struct strbuf *directory,
                         struct strbuf *postings)
{
    if (b->n) {
        qsort(b->lists, b->n, sizeof *b->lists, by_key);
    }
    for (size_t i = 0; i < b->n; i++) {
        write_list(&b->lists[i], n_units, directory, postings);
    }
}
