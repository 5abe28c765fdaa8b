/* grams_fuzzy.c - which units may have a text with one or two edits.
 *
 * The filter for k edits, after G[i] = the units with the gram at byte i of the word (n of them):
 * an edit touches at most two neighbouring characters, bytes [a, c); every gram that does not
 * overlap them must be there. For one edit that is, over all places, "all grams before the place
 * and all grams behind it": prefix and suffix ANDs, each computed once. For two edits, F[j][e] =
 * units that have the first j grams but for those that e edits destroyed: F[j][e] = (F[j-1][e] &
 * G[j-1])  |  F[grams before the place][e-1] for the places whose damage ends at j. Work goes tile
 * by tile, so that the tables stay in the first cache.
 */
#include "base/memory.h"
#include "search/bits.h"
#include "search/grams_read.h"
#include "search/pattern.h"

#define TILE            ((size_t)64) /* words: 512 bytes a row */
#define DIGITS_LEN      5
#define PIECE_CHARS     4  /* of a piece whose units are told apart, at least */
#define FEW_UNITS       32 /* one in so many are few */
#define PAIRS_FROM      10 /* characters of a word whose swaps leave enough grams */
#define VARIANTS_DIGITS 9
#define VARIANTS_LEN    (GRAM_SHORT_CHARS * 4) /* bytes of a word whose variants are asked for */

/* One place where an edit may fall: grams [0, before) and [behind, n) survive it. */
struct place {
    size_t before, behind;
};

/* The places of a word of at least two characters. `pairs`: an edit may be a swap of two
 * neighbours, which covers every edit of the first of them; else it concerns one character. */
static size_t places_of(struct str w, size_t n_grams, bool pairs, struct place *out)
{
    size_t n = 0, at = 0, next = 0;
    pattern_decode(w, &next);
    while (at < w.len && (!pairs || next < w.len)) {
        size_t end = next;
        if (next < w.len) {
            pattern_decode(w, &end);
        }
        size_t before = at > GRAM_LEN - 1 ? at - (GRAM_LEN - 1) : 0, behind = pairs ? end : next;
        out[n++] = (struct place){before < n_grams ? before : n_grams,
                                  behind < n_grams ? behind : n_grams};
        at = next;
        next = end;
    }
    return n;
}

/* A word with edits, and the units that are asked about. */
struct asked {
    const struct gram_index *g;
    struct str word;
    const struct gram_units *units; /* NULL: all */
    size_t words;                   /* of a bitmap of them */
    struct gram_scratch *s;
};

/* The bitmaps of each gram of the word, one after the other, then those of the five-digit grams
 * (all ones where there is none). */
static uint64_t *expand(const struct asked *q, size_t n_grams, bool digits, size_t extra)
{
    const struct gram_index *g = q->g;
    size_t words = q->words;
    uint64_t *maps = gram_words(q->s, (n_grams * 2 + extra) * words + extra * TILE);
    memset(maps, 0, n_grams * (digits ? 2 : 1) * words * sizeof *maps);
    for (size_t i = 0; i < n_grams; i++) {
        const struct gram_entry *e = gram_look_up(g, gram_triple(g, q->word, i));
        if (e) {
            gram_row(g, e, q->units, maps + i * words, q->s);
        }
        if (!digits) {
            continue;
        }
        uint32_t key = gram_digits(g, q->word, i);
        e = key ? gram_look_up(g, key) : NULL;
        uint64_t *row = maps + (n_grams + i) * words;
        if (e) {
            gram_row(g, e, q->units, row, q->s);
        } else if (!key) {
            memset(row, 0xff, words * sizeof *row);
        }
    }
    return maps;
}

/* One edit. before[j]: the first j grams, and the five-digit grams inside the j + 2 bytes they
 * cover; behind[j]: the grams from j on. */
static void filter_places(const struct asked *q, bool pairs, uint64_t *out)
{
    struct str w = q->word;
    size_t n = w.len - (GRAM_LEN - 1), words = q->words;
    struct place places[PATTERN_CHARS_MAX];
    size_t n_places = places_of(w, n, pairs, places);
    size_t rows = n + 1;
    uint64_t *grams = expand(q, n, true, 2 * rows);
    uint64_t *digits = grams + n * words;
    uint64_t *before = digits + n * words, *behind = before + rows * TILE;
    for (size_t tile = 0; tile < words; tile += TILE) {
        size_t len = words - tile < TILE ? words - tile : TILE;
        memset(before, 0xff, len * sizeof *before);
        memset(behind + n * TILE, 0xff, len * sizeof *behind);
        for (size_t j = 1; j <= n; j++) {
            uint64_t *row = before + j * TILE;
            memcpy(row, row - TILE, len * sizeof *row);
            bitmap_and(row, grams + (j - 1) * words + tile, len);
            if (j >= GRAM_LEN) {
                bitmap_and(row, digits + (j - GRAM_LEN) * words + tile, len);
            }
        }
        for (size_t j = n; j-- > 0;) {
            uint64_t *row = behind + j * TILE;
            memcpy(row, row + TILE, len * sizeof *row);
            bitmap_and(row, grams + j * words + tile, len);
            bitmap_and(row, digits + j * words + tile, len);
        }
        for (size_t p = 0; p < n_places; p++) {
            const uint64_t *a = before + places[p].before * TILE;
            const uint64_t *b = behind + places[p].behind * TILE;
            for (size_t i = 0; i < len; i++) {
                out[tile + i] |= a[i] & b[i];
            }
        }
    }
}

/* out |= the units that may have the word with two neighbours swapped, wherever. */
static void or_swaps(const struct gram_index *g, struct str w, uint64_t *out,
                     struct gram_scratch *s)
{
    char text[PAIRS_FROM * 4];
    size_t words = bitmap_words(g->n_units), next = 0;
    uint64_t *map = mem_alloc((words + 1) * sizeof *map);
    pattern_decode(w, &next);
    for (size_t at = 0; next < w.len;) {
        size_t end = next;
        pattern_decode(w, &end);
        memcpy(text, w.data, w.len);
        memcpy(text + at, w.data + next, end - next);
        memcpy(text + at + (end - next), w.data + at, next - at);
        gram_filter_exact(g, str_n(text, w.len), map, s);
        bitmap_or(out, map, words);
        at = next;
        next = end;
    }
    mem_free(map);
}

static void filter_two(const struct asked *q, uint64_t *out)
{
    struct str w = q->word;
    size_t n = w.len - (GRAM_LEN - 1), words = q->words;
    struct place places[PATTERN_CHARS_MAX];
    size_t n_places = places_of(w, n, true, places);
    size_t rows = 3 * (n + 1);
    uint64_t *grams = expand(q, n, false, rows);
    uint64_t *f = grams + n * words; /* row j * 3 + e */
    for (size_t tile = 0; tile < words; tile += TILE) {
        size_t len = words - tile < TILE ? words - tile : TILE, p = 0;
        memset(f, 0, rows * TILE * sizeof *f);
        memset(f, 0xff, len * sizeof *f);
        for (size_t j = 0; j <= n; j++) {
            uint64_t *row = f + j * 3 * TILE;
            for (size_t e = 0; j > 0 && e < 3; e++) {
                memcpy(row + e * TILE, row - 3 * TILE + e * TILE, len * sizeof *row);
                bitmap_and(row + e * TILE, grams + (j - 1) * words + tile, len);
            }
            /* Places are in order of where their damage ends. Edits that start from the same row
             * must be applied in order of e, which the two steps here are. */
            for (; p < n_places && places[p].behind == j; p++) {
                const uint64_t *from = f + places[p].before * 3 * TILE;
                bitmap_or(row + TILE, from, len);
                bitmap_or(row + 2 * TILE, from + TILE, len);
            }
        }
        const uint64_t *last = f + n * 3 * TILE;
        for (size_t e = 0; e < 3; e++) {
            bitmap_or(out + tile, last + e * TILE, len);
        }
    }
}

/* The byte at which the `nth` character begins. */
static size_t byte_of(struct str w, size_t nth)
{
    size_t at = 0;
    while (nth-- > 0 && at < w.len) {
        pattern_decode(w, &at);
    }
    return at;
}

/* The units with one of k + 1 pieces of the word, a character apart: an edit touches one of them at
 * most. False: the pieces would be short, or are in too many units to be worth a list. */
static bool units_with_pieces(const struct gram_index *g, struct str w, size_t chars, int k,
                              uint64_t *map, struct gram_scratch *s, struct gram_units *out)
{
    size_t words = bitmap_words(g->n_units), n = (size_t)k + 1, used = 0;
    if (chars < (PIECE_CHARS + 1) * n - 1) {
        return false;
    }
    uint64_t *one = mem_alloc((words + 1) * sizeof *one);
    memset(map, 0, words * sizeof *map);
    for (size_t i = 0; i < n; i++) {
        size_t len = (chars - used - (n - 1 - i)) / (n - i), begin = byte_of(w, used);
        if (gram_filter_all(g, str_n(w.data + begin, byte_of(w, used + len) - begin), one, s)) {
            bitmap_or(map, one, words);
        }
        used += len + 1;
    }
    mem_free(one);
    out->n = bitmap_count(map, words);
    if (out->n > g->n_units / FEW_UNITS) {
        return false;
    }
    size_t at = 0;
    out->units = mem_alloc((out->n + 1) * sizeof *out->units);
    for (size_t i = bitmap_next(map, g->n_units, 0); i < g->n_units;
         i = bitmap_next(map, g->n_units, i + 1)) {
        out->units[at++] = (uint32_t)i;
    }
    return true;
}

/* In a word of few characters a swap leaves one gram or none, and what it makes of the word is
 * known: this is asked for as it is, and the other edits concern one character, which leave more.
 */
static void filter_edits(const struct gram_index *g, struct str w, size_t chars, int k,
                         uint64_t *out, struct gram_scratch *s)
{
    struct gram_units few = {NULL, 0};
    struct asked q = {g, w, NULL, bitmap_words(g->n_units), s};
    bool pairs = chars >= PAIRS_FROM;
    if (!units_with_pieces(g, w, chars, k, out, s, &few)) {
        memset(out, 0, q.words * sizeof *out);
        if (k == 1) {
            filter_places(&q, pairs, out);
        } else {
            filter_two(&q, out);
        }
    } else {
        q.units = &few;
        q.words = bitmap_words(few.n);
        uint64_t *kept = mem_zalloc((q.words + 1) * sizeof *kept);
        if (k == 1) {
            filter_places(&q, true, kept);
        } else {
            filter_two(&q, kept);
        }
        for (size_t i = 0; i < few.n; i++) {
            if (!bitmap_get(kept, i)) {
                bitmap_clear(out, few.units[i]);
            }
        }
        mem_free(kept);
        mem_free(few.units);
    }
    if (k == 1 && !pairs) {
        or_swaps(g, w, out, s);
    }
}

/* Words whose variants are asked for one by one; `out` and a map of the same size. */
struct variants {
    const struct gram_index *g;
    struct gram_scratch *s;
    uint64_t *out, *map;
    bool at_word; /* at starts of words only */
};

/* One variant: w[0, cut) + c + w[cut + skip, end). */
static void or_variant(const struct variants *v, struct str w, size_t cut, int c, size_t skip)
{
    char text[VARIANTS_LEN + 3] = " ";
    size_t n = v->at_word;
    memcpy(text + n, w.data, cut);
    n += cut;
    if (c) {
        text[n++] = (char)c;
    }
    memcpy(text + n, w.data + cut + skip, w.len - cut - skip);
    n += w.len - cut - skip;
    struct str variant = str_n(text, n);
    if (n < GRAM_LEN) {
        gram_filter_exact(v->g, variant, v->map, v->s);
        bitmap_or(v->out, v->map, bitmap_words(v->g->n_units));
    } else if (gram_filter_all(v->g, variant, v->map, v->s)) {
        bitmap_or(v->out, v->map, bitmap_words(v->g->n_units));
    }
}

static void or_swapped(const struct variants *v, struct str w, size_t a, size_t b, size_t c)
{
    char text[VARIANTS_LEN];
    memcpy(text, w.data, w.len);
    memcpy(text + a, w.data + b, c - b);
    memcpy(text + a + (c - b), w.data + a, b - a);
    or_variant(v, str_n(text, w.len), 0, 0, 0);
}

/* Every word one edit away is asked for. A character that is not ASCII can only come in where there
 * is one. */
static void filter_variants(const struct gram_index *g, struct str w, bool at_word, uint64_t *out,
                            struct gram_scratch *s)
{
    uint64_t *map = mem_alloc((bitmap_words(g->n_units) + 1) * sizeof *map);
    const struct variants v = {g, s, out, map, at_word};
    const struct gram_entry *e = gram_look_up(g, GRAM_NON_ASCII);
    if (e) {
        gram_or(g, e, out, s);
    }
    for (size_t at = 0; at <= w.len;) {
        size_t next = at, after;
        if (at < w.len) {
            pattern_decode(w, &next);
            or_variant(&v, w, at, 0, next - at);
        }
        for (int c = ' '; c < 0x7f; c++) {
            if ((c >= 'A' && c <= 'Z') || (g->skeleton && c > '0' && c <= '9')) {
                continue;
            }
            or_variant(&v, w, at, c, 0);
            if (at < w.len) {
                or_variant(&v, w, at, c, next - at);
            }
        }
        if (next < w.len && at < w.len) {
            after = next;
            pattern_decode(w, &after);
            or_swapped(&v, w, at, next, after);
        }
        at = at < w.len ? next : w.len + 1;
    }
    mem_free(map);
}

/* Numbers of six to nine digits: five digits are rare, three are in nearly any block of numbers. */
static bool is_number(struct str w)
{
    for (size_t i = 0; i < w.len; i++) {
        if (w.data[i] < '0' || w.data[i] > '9') {
            return false;
        }
    }
    return w.len > DIGITS_LEN && w.len <= VARIANTS_DIGITS;
}

static size_t count_chars(struct str w)
{
    size_t n = 0;
    for (size_t at = 0; at < w.len; n++) {
        pattern_decode(w, &at);
    }
    return n;
}

void gram_filter_fuzzy(const struct gram_index *g, struct str w, int k, uint64_t *out,
                       struct gram_scratch *s)
{
    size_t words = bitmap_words(g->n_units), chars = count_chars(w);
    memset(out, 0, words * sizeof *out);
    if (chars > PATTERN_CHARS_MAX || chars < 2 || w.len < GRAM_LEN ||
        (k == 2 && chars <= GRAM_SHORT_CHARS)) {
        bitmap_fill(out, g->n_units);
    } else if (chars <= GRAM_SHORT_CHARS) {
        filter_variants(g, w, true, out, s);
    } else if (k == 1 && !g->skeleton && is_number(w)) {
        filter_variants(g, w, false, out, s);
    } else {
        filter_edits(g, w, chars, k, out, s);
    }
    if (g->n_units % 64) {
        out[words - 1] &= (1ull << (g->n_units % 64)) - 1;
    }
}
