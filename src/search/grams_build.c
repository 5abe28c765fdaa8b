/* grams_build.c - collect posting lists, unit by unit, already compressed.
 *
 * They take some 12 bytes a series, and a dataset of 50 million series is one segment. So when they
 * outgrow their memory what all of them have is written to a file without a name, and each list
 * remembers its chunks there: it is their bytes, one behind the other, and those that came since.
 * Until they are whole, lists are gaps in LEB128; then each is written as is best for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/temp_file.h"
#include "search/bits.h"
#include "search/grams.h"
#include "search/postings.h"

#define TRIPLES (1u << 24)
#define QUINTS  100000u
/* Bitmaps where more than one unit in so many has the gram: up to three times the list, and ANDed
 * ten times faster. */
#define DENSE      14
#define DIGITS_LEN 5

struct list {
    uint8_t *data;
    uint32_t len, cap;
    uint32_t last, count, key;
    uint32_t first_chunk, last_chunk; /* + 1; 0: all of it is in `data` */
    uint64_t written;                 /* bytes of the chunks */
};

/* Bytes of a list in the file. */
struct chunk {
    uint64_t at;
    uint32_t len;
    uint32_t next; /* + 1; 0: it is the last of its list */
};

/* What is written at once. */
#define WRITE_BYTES ((size_t)1 << 20)

struct gram_builder {
    /* List number + 1 by gram; mapped lazily by the system, so that only the pages of grams in use
     * exist. */
    uint32_t *by_triple, *by_digits;
    uint32_t *by_begin, *by_word; /* three characters behind GRAM_BEGIN, and behind a blank */
    uint32_t *by_end;             /* the last three characters of a word */
    struct list *lists;
    size_t n, cap;
    uint32_t non_ascii, several; /* list number + 1 */
    uint64_t memory, memory_max; /* bytes of the lists */
    bool skeleton;
    char *path;
    int fd;     /* -1: none is needed yet */
    int failed; /* errno; the rest is not to be trusted then */
    uint64_t file_len;
    struct chunk *chunks;
    size_t n_chunks, cap_chunks;
};

struct gram_builder *gram_builder_new(bool skeleton, const char *path, uint64_t memory)
{
    struct gram_builder *b = mem_zalloc(sizeof *b);
    b->skeleton = skeleton;
    b->path = mem_strdup(path);
    b->memory_max = memory;
    b->fd = -1;
    b->by_triple = mem_zalloc(TRIPLES * sizeof *b->by_triple);
    b->by_digits = mem_zalloc(QUINTS * sizeof *b->by_digits);
    b->by_begin = mem_zalloc(TRIPLES * sizeof *b->by_begin);
    b->by_word = mem_zalloc(TRIPLES * sizeof *b->by_word);
    b->by_end = mem_zalloc(TRIPLES * sizeof *b->by_end);
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
    if (b->fd >= 0) {
        close(b->fd);
    }
    mem_free(b->path);
    mem_free(b->chunks);
    mem_free(b->lists);
    mem_free(b->by_triple);
    mem_free(b->by_digits);
    mem_free(b->by_begin);
    mem_free(b->by_word);
    mem_free(b->by_end);
    mem_free(b);
}

/* ---- chunks ---- */

static void add_chunk(struct gram_builder *b, struct list *l, uint64_t at)
{
    b->chunks = mem_grow(b->chunks, b->n_chunks, &b->cap_chunks, sizeof *b->chunks);
    b->chunks[b->n_chunks++] = (struct chunk){.at = at, .len = l->len};
    uint32_t number = (uint32_t)b->n_chunks;
    if (l->last_chunk) {
        b->chunks[l->last_chunk - 1].next = number;
    } else {
        l->first_chunk = number;
    }
    l->last_chunk = number;
    l->written += l->len;
    mem_free(l->data);
    l->data = NULL;
    l->len = l->cap = 0;
}

static void write_out(struct gram_builder *b, struct strbuf *out)
{
    if (!b->failed && !temp_file_write(b->fd, out->data, out->len, b->file_len)) {
        b->failed = errno;
    }
    b->file_len += out->len;
    strbuf_clear(out);
}

/* All that is in memory becomes chunks. */
static void spill(struct gram_builder *b)
{
    struct strbuf out;
    if (b->fd < 0 && (b->fd = temp_file_open(b->path)) < 0) {
        b->failed = errno;
        b->memory_max = UINT64_MAX; /* it is told at the end */
        return;
    }
    strbuf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < b->n; i++) {
        struct list *l = &b->lists[i];
        if (!l->len) {
            continue;
        }
        strbuf_add(&out, l->data, l->len);
        add_chunk(b, l, b->file_len + out.len - l->len);
        if (out.len >= WRITE_BYTES) {
            write_out(b, &out);
        }
    }
    write_out(b, &out);
    strbuf_free(&out);
    b->memory = 0;
}

static void read_chunk(struct gram_builder *b, const struct chunk *c, struct strbuf *out)
{
    char *bytes = mem_alloc(c->len);
    if (!b->failed && !temp_file_read(b->fd, bytes, c->len, c->at)) {
        b->failed = errno;
    }
    strbuf_add(out, bytes, b->failed ? 0 : c->len);
    mem_free(bytes);
}

/* The whole list. */
static struct str gather(struct gram_builder *b, const struct list *l, struct strbuf *out)
{
    if (!l->first_chunk) {
        return str_n((const char *)l->data, l->len);
    }
    strbuf_clear(out);
    for (uint32_t at = l->first_chunk; at; at = b->chunks[at - 1].next) {
        read_chunk(b, &b->chunks[at - 1], out);
    }
    strbuf_add(out, l->data, l->len);
    return strbuf_view(out);
}

/* ---- lists ---- */

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

/* The word ends behind `triple`, whose characters are all of one text. */
static void add_end(struct gram_builder *b, uint32_t triple, uint32_t unit)
{
    const char last[GRAM_END_LEN] = {(char)(triple >> 16), (char)(triple >> 8), (char)triple};
    if (gram_tells_end(last)) {
        add(b, &b->by_end[triple], (uint32_t)GRAM_END << 24 | triple, unit);
    }
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
    bool ascii = true, several = false;
    if (b->memory > b->memory_max) {
        spill(b);
    }
    for (size_t i = 0; i < t.len + 2; i++) {
        uint8_t c = i < t.len ? skeleton_byte(b, t.data[i]) : GRAM_END;
        ascii = ascii && c < 0x80;
        if (i >= 3 && key >> 16 == ' ') {
            add_start(b, b->by_word, ' ', (key << 8 | c) & (TRIPLES - 1), unit);
        }
        if (i >= GRAM_END_LEN && (c == ' ' || i == t.len)) {
            add_end(b, key, unit);
        }
        several = several || c == ' ';
        key = (key << 8 | c) & (TRIPLES - 1);
        if (i == 2) {
            add_start(b, b->by_begin, GRAM_BEGIN, key, unit);
        }
        if (i >= 1 && i != t.len) { /* at the end, a blank stands for it */
            add_triple(b, key, unit);
        }
        if (i == 1) {
            add_triple(b, blank << 16 | (key & 0xffff), unit);
        }
        if (i == t.len) {
            add_triple(b, (key & 0xffff00) | ' ', unit);
        }
    }
    if (several) {
        add(b, &b->several, GRAM_SEVERAL, unit);
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

/* The units of a list as it is kept: gaps in LEB128. */
static void unpack(struct str list, uint32_t *units)
{
    uint32_t unit = 0;
    for (size_t at = 0; at < list.len;) {
        uint32_t gap = 0;
        for (int shift = 0;; shift += 7) {
            uint8_t byte = (uint8_t)list.data[at++];
            gap |= (uint32_t)(byte & 0x7f) << shift;
            if (byte < 0x80) {
                break;
            }
        }
        unit += gap;
        *units++ = unit;
    }
}

static void add_bitmap(const uint32_t *units, uint32_t n, uint32_t n_units, struct strbuf *out)
{
    size_t words = bitmap_words(n_units);
    uint64_t *map = mem_zalloc(words * sizeof *map);
    for (uint32_t i = 0; i < n; i++) {
        bitmap_set(map, units[i]);
    }
    strbuf_add(out, map, words * sizeof *map);
    mem_free(map);
}

/* The list as readers find it, behind `at` bytes of others; with what stands before it so that
 * bitmaps begin at multiples of 8. Returns its encoding. */
static uint32_t encode(struct gram_builder *b, const struct list *l, uint32_t n_units, uint64_t at,
                       struct strbuf *out)
{
    static const char zeros[8];
    struct strbuf gathered;
    uint32_t encoding = GRAM_BITMAP;
    if (l->count == n_units) {
        return GRAM_ALL;
    }
    strbuf_init(&gathered, SIZE_MAX);
    struct str list = gather(b, l, &gathered);
    uint32_t *units = mem_alloc(((size_t)l->count + 1) * sizeof *units);
    if (!b->failed) {
        unpack(list, units);
        if (l->count > n_units / DENSE && n_units > 64) {
            strbuf_add(out, zeros, (size_t)((8 - at % 8) % 8));
            add_bitmap(units, l->count, n_units, out);
        } else {
            encoding = GRAM_LIST + posting_write(units, l->count, out);
        }
    }
    mem_free(units);
    strbuf_free(&gathered);
    return encoding;
}

int gram_builder_finish(struct gram_builder *b, uint32_t n_units, gram_put *put, void *user,
                        struct strbuf *directory)
{
    struct strbuf out;
    uint64_t at = 0;
    strbuf_init(&out, SIZE_MAX);
    if (b->n) {
        qsort(b->lists, b->n, sizeof *b->lists, by_key);
    }
    for (size_t i = 0; i < b->n && !b->failed; i++) {
        struct list *l = &b->lists[i];
        strbuf_clear(&out);
        uint32_t encoding = encode(b, l, n_units, at, &out);
        uint64_t first = encoding == GRAM_BITMAP ? (at + 7) / 8 * 8 : at;
        struct gram_entry e = {.key = l->key, .count = l->count, .at = first << 8 | encoding};
        strbuf_add(directory, &e, sizeof e);
        put(user, out.data, out.len);
        at += out.len;
        mem_free(l->data);
        l->data = NULL;
    }
    strbuf_free(&out);
    return b->failed;
}
