#include "search/pack.h"

#include <string.h>

void pack_writer_init(struct pack_writer *w)
{
    memset(w, 0, sizeof *w);
    strbuf_init(&w->groups, SIZE_MAX);
    strbuf_init(&w->data, SIZE_MAX);
}

void pack_writer_free(struct pack_writer *w)
{
    strbuf_free(&w->groups);
    strbuf_free(&w->data);
}

static void put_bits(struct pack_writer *w, uint64_t code, unsigned width)
{
    unsigned at = w->bits % 64;
    w->bits += width;
    if (!width) {
        return;
    }
    w->word |= code << at;
    if (at + width >= 64) {
        strbuf_add(&w->data, &w->word, sizeof w->word);
        w->word = at ? code >> (64 - at) : 0;
    }
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

static void flush(struct pack_writer *w)
{
    struct pack_group g = {0};
    bool all = true, any = false;
    int64_t most = 0;
    for (size_t i = 0; i < w->n; i++) {
        all = all && w->known[i];
        if (!w->known[i]) {
            continue;
        }
        g.least = any && g.least < w->values[i] ? g.least : w->values[i];
        most = any && most > w->values[i] ? most : w->values[i];
        any = true;
    }
    for (size_t i = 0; i < w->n; i++) {
        g.step = w->known[i] ? gcd((uint64_t)w->values[i] - (uint64_t)g.least, g.step) : g.step;
    }
    g.step = any && !g.step ? 1 : g.step;
    uint64_t largest = any ? ((uint64_t)most - (uint64_t)g.least) / g.step : 0;
    /* 0 stands for "not known" where some are not; a spread of 2^64 - 1 would then overflow and is
     * held as unknown. */
    if (any && !all && largest == UINT64_MAX) {
        any = false;
        g = (struct pack_group){0};
        largest = 0;
    }
    largest += any && !all;
    unsigned width = largest ? 64 - (unsigned)__builtin_clzll(largest) : 0;
    g.place = w->bits << 8 | (all ? 1u << 7 : 0) | width;
    for (size_t i = 0; i < w->n; i++) {
        uint64_t code =
            any && w->known[i] ? ((uint64_t)w->values[i] - (uint64_t)g.least) / g.step + !all : 0;
        put_bits(w, code, width);
    }
    strbuf_add(&w->groups, &g, sizeof g);
    w->n = 0;
}

void pack_writer_add(struct pack_writer *w, int64_t value, bool known)
{
    w->values[w->n] = value;
    w->known[w->n++] = known;
    w->count++;
    if (w->n == PACK_GROUP) {
        flush(w);
    }
}

void pack_writer_finish(struct pack_writer *w)
{
    if (w->n) {
        flush(w);
    }
    /* One word more than needed: a value may be read across two words without asking whether the
     * second is there. */
    strbuf_add(&w->data, &w->word, sizeof w->word);
    w->word = 0;
    strbuf_add(&w->data, &w->word, sizeof w->word);
}

bool pack_open(struct pack_column *c, const void *section, size_t len, uint64_t count)
{
    uint64_t n_groups = count / PACK_GROUP + (count % PACK_GROUP != 0);
    if (n_groups > len / sizeof(struct pack_group) || len % 8) {
        return false;
    }
    size_t head = (size_t)n_groups * sizeof(struct pack_group);
    *c =
        (struct pack_column){.groups = section,
                             .data = (const uint64_t *)(const void *)((const char *)section + head),
                             .n_groups = n_groups,
                             .n_words = (len - head) / 8,
                             .count = count};
    return true;
}

bool pack_get(const struct pack_column *c, uint64_t i, int64_t *value)
{
    if (i >= c->count) {
        return false;
    }
    const struct pack_group *g = &c->groups[i / PACK_GROUP];
    unsigned width = g->place & 0x7f;
    if (!g->step || width > 64) {
        return false;
    }
    uint64_t code = 0, bit = (g->place >> 8) + i % PACK_GROUP * width;
    if (width) {
        if (bit / 64 + 1 >= c->n_words) {
            return false;
        }
        unsigned at = bit % 64;
        code = c->data[bit / 64] >> at;
        if (at + width > 64) {
            code |= c->data[bit / 64 + 1] << (64 - at);
        }
        code &= width == 64 ? ~0ull : (1ull << width) - 1;
    }
    if (!(g->place >> 7 & 1) && code-- == 0) {
        return false;
    }
    *value = (int64_t)((uint64_t)g->least + code * g->step);
    return true;
}
