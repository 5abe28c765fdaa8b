#include "scan/id_set.h"

#include <string.h>
#include <sys/random.h>

#include "base/map.h"
#include "model/series_id.h"
#include "parquet/bits.h"
#include "scan/id_table.h"
#include "scan/value_text.h"

#define SLOTS_MIN  128
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

struct str id_set_keep(struct id_set *s, const char *data, size_t len)
{
    char *to = reserve(s, len);
    copy_bytes(to, data, len);
    s->blocks->used += len;
    return str_n(to, len);
}

/* Arrays grow to what is expected at once, but not by more than this, as it is only a guess. */
#define GUESS_MAX 8

/* Entries to have room for, where `need` are needed and there is room for `have`. */
static size_t guess(const struct id_set *s, size_t need, size_t have)
{
    size_t most = have > SLOTS_MIN ? have * GUESS_MAX : (size_t)SLOTS_MIN * GUESS_MAX;
    size_t expected = s->expected < most ? s->expected : most;
    expected = s->reserved > expected ? s->reserved : expected;
    return need > expected ? need : expected;
}

bool id_table_grow(struct id_set *s, size_t more)
{
    if (s->count + more > SERIES_MAX) {
        return false;
    }
    if (s->count + more > s->cap) {
        size_t cap = guess(s, mem_grown(s->cap, s->count + more, sizeof *s->keys), s->cap);
        if (s->kind == ID_NUMBERS) {
            s->numbers = mem_realloc(s->numbers, cap * sizeof *s->numbers);
        } else {
            s->keys = mem_realloc(s->keys, cap * sizeof *s->keys);
            s->tags = s->tags ? mem_realloc(s->tags, cap * sizeof *s->tags) : NULL;
        }
        s->cap = cap;
    }
    return true;
}

/* Fewer slots than this grow fourfold: they are cheap to clear, and moved half as often. */
#define SLOTS_FEW 65536

size_t id_table_slots(const struct id_set *s, size_t more)
{
    size_t n = s->n_slots ? s->n_slots : SLOTS_MIN, need = s->count + more;
    if (need * 10 <= n * 6) {
        return n;
    }
    need = guess(s, need, s->count);
    while (need * 10 > n * 6) {
        n *= n < SLOTS_FEW ? 4 : 2;
    }
    return n;
}

void id_table_change_seed(struct id_set *s)
{
    while (s->seed == 0) {
        if (getrandom(&s->seed, sizeof s->seed, 0) != sizeof s->seed) {
            s->seed = (uintptr_t)s->keys ^ (uintptr_t)&s->seed;
        }
    }
}

bool id_set_put_null(struct id_set *s, uint32_t *series)
{
    if (s->null_series == 0) {
        if (!id_table_grow(s, 1)) {
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

void id_set_expect(struct id_set *s, size_t n)
{
    s->expected = n;
}

size_t id_set_expected(const struct id_set *s)
{
    return s->expected > s->reserved ? s->expected : s->reserved;
}

void id_set_reserve(struct id_set *s, size_t n)
{
    if (n <= s->count || !id_table_grow(s, n - s->count)) {
        return;
    }
    if (s->n_slots == 0) {
        s->reserved = s->reserved > n ? s->reserved : n;
    } else if (s->kind == ID_NUMBERS) {
        id_numbers_index(s, n - s->count);
    } else {
        id_strings_index(s, n - s->count);
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
    return id_set_put_tagged(s, other->keys + from, tags, n, numbers + from);
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
            s->keys[i] = id_set_keep(s, text.data, text.len);
            if (s->tags) {
                s->tags[i] = id_strings_tag(s->seed, s->keys[i]);
            }
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
        struct str kept = id_set_keep(s, text.data, text.len);
        s->keys[s->null_series - 1] = kept;
        if (s->tags) {
            s->tags[s->null_series - 1] = id_strings_tag(s->seed, kept);
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
    return s->tags && s->seed == 0 ? s->tags[series] : id_strings_tag(0, s->keys[series]);
}

const uint32_t *id_set_tags(struct id_set *s)
{
    if (!s->tags || s->seed) {
        s->tags = mem_realloc(s->tags, s->count * sizeof *s->tags);
        s->seed = 0; /* nothing is looked up any more */
        id_strings_make_tags(s->seed, s->keys, s->count, s->tags);
    }
    return s->tags;
}
