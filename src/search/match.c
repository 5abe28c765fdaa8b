#include "search/match.h"

#include "search/find.h"
#include "search/grams.h"

/* As in the issue that users know from other engines: below 4 characters a typo is another word,
 * above 8 two are common. */
#define ONE_TYPO_CHARS  4
#define TWO_TYPOS_CHARS 8
/* Pieces that are looked for before the automaton runs have so many characters at least: what is
 * shorter is found nearly anywhere. */
#define PIECE_CHARS 3

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* `n` pieces of the word, a character apart: an edit (a swap of neighbours included) touches one of
 * them at most. False: they would have fewer than `least` characters. */
static bool cut_pieces(struct str word, size_t n, size_t least, struct pieces *out)
{
    size_t starts[PATTERN_CHARS_MAX + 1], m = 0, used = 0;
    for (size_t at = 0; at < word.len && m < PATTERN_CHARS_MAX;) {
        starts[m++] = at;
        pattern_decode(word, &at);
    }
    starts[m] = word.len;
    if (m < (least + 1) * n - 1) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        size_t len = (m - used - (n - 1 - i)) / (n - i);
        out->part[i] = str_n(word.data + starts[used], starts[used + len] - starts[used]);
        used += len + 1;
    }
    out->n = n;
    return true;
}

void term_init(struct term *t, struct str text, bool typos, struct arena *a)
{
    size_t digits = 0, others = 0;
    struct pattern *pattern = arena_alloc(a, sizeof *pattern);
    *t = (struct term){.text = text, .pattern = pattern};
    pattern_init(pattern, text);
    needle_init(&t->needle, text);
    for (size_t i = 0; i < text.len; i++) {
        digits += is_digit(text.data[i]);
        others += !is_digit(text.data[i]) && text.data[i] != ' ';
    }
    uint32_t m = pattern->m;
    t->digits = digits >= others && digits;
    t->short_word = m <= GRAM_SHORT_CHARS;
    if (typos && m >= ONE_TYPO_CHARS) {
        t->max_typos = m >= TWO_TYPOS_CHARS && !t->digits ? 2 : 1;
        size_t pieces = (m + 1) / (PIECE_CHARS + 1);
        pieces = pieces < MATCH_PIECES_MAX ? pieces : MATCH_PIECES_MAX;
        if (pieces <= (size_t)t->max_typos || !cut_pieces(text, pieces, PIECE_CHARS, &t->pieces)) {
            t->pieces.n = 0;
        }
    }
}

/* Blanks and the end only: the filters know both by one gram. */
static bool word_goes_on(struct str text, size_t at)
{
    return at < text.len && text.data[at] != ' ';
}

enum search_match match_class(struct str text, size_t begin, size_t end)
{
    if (begin == 0) {
        return end == text.len           ? SEARCH_MATCH_WHOLE
               : word_goes_on(text, end) ? SEARCH_MATCH_PREFIX
                                         : SEARCH_MATCH_PREFIX_WORD;
    }
    char before = text.data[begin - 1];
    if (before == ' ') {
        return word_goes_on(text, end) ? SEARCH_MATCH_WORD_START : SEARCH_MATCH_WORD;
    }
    bool punctuation = (unsigned char)before < 0x80 && !is_digit(before) && !is_letter(before);
    bool counter = is_letter(before) && begin < text.len && is_digit(text.data[begin]);
    return punctuation || counter ? SEARCH_MATCH_EDGE : SEARCH_MATCH_INSIDE;
}

bool match_exact(const struct term *t, struct str text, struct found *out)
{
    size_t m = t->text.len, at = find_bytes(text.data, text.len, 0, t->text.data, m);
    *out = (struct found){0};
    while (at < text.len) {
        enum search_match c = match_class(text, at, at + m);
        if (c > out->match) {
            *out = (struct found){0, (uint8_t)c, (uint32_t)at, (uint32_t)(at + m)};
        }
        at = find_bytes(text.data, text.len, at + 1, t->text.data, m);
    }
    return out->match != SEARCH_MATCH_NONE;
}

bool match_word(const struct term *t, struct str text, struct found *out)
{
    size_t m = t->text.len;
    if (!match_exact(t, text, out)) {
        return false;
    }
    /* The start of a longer word was preferred to a whole word behind it. */
    size_t at = out->match == SEARCH_MATCH_PREFIX ? m : text.len;
    while ((at = find_bytes(text.data, text.len, at, t->text.data, m)) < text.len) {
        if (match_class(text, at, at + m) == SEARCH_MATCH_WORD) {
            *out = (struct found){0, SEARCH_MATCH_WORD, (uint32_t)at, (uint32_t)(at + m)};
            break;
        }
        at++;
    }
    return true;
}

/* False: `k` edits cannot make the word of any part of the text. Finding a piece is much cheaper
 * than the automaton. */
static bool has_pieces(const struct term *t, struct str text, int k)
{
    int missing = 0;
    for (size_t i = 0; i < t->pieces.n; i++) {
        struct str p = t->pieces.part[i];
        if (find_bytes(text.data, text.len, 0, p.data, p.len) >= text.len && ++missing > k) {
            return false;
        }
    }
    return true;
}

bool match_fuzzy(const struct term *t, struct str text, int k, struct found *out)
{
    k = k < t->max_typos ? k : t->max_typos;
    if (k < 1 || !has_pieces(t, text, k)) {
        return false;
    }
    enum pattern_begin begin = t->short_word ? PATTERN_AT_WORD : PATTERN_ANYWHERE;
    int d = pattern_search(t->pattern, text, k, begin, NULL);
    if (d > k) {
        return false;
    }
    enum search_match m = SEARCH_MATCH_INSIDE;
    if (pattern_whole(t->pattern, text, d) <= d) {
        m = SEARCH_MATCH_WHOLE;
    } else if (pattern_search(t->pattern, text, d, PATTERN_AT_TEXT, NULL) <= d) {
        m = SEARCH_MATCH_PREFIX;
    } else if (t->short_word || pattern_search(t->pattern, text, d, PATTERN_AT_WORD, NULL) <= d) {
        m = SEARCH_MATCH_WORD_START;
    }
    *out = (struct found){.typos = (uint8_t)d, .match = (uint8_t)m};
    return true;
}

bool match_term(const struct term *t, struct str text, int k, struct found *out)
{
    return match_exact(t, text, out) || match_fuzzy(t, text, k, out);
}

/* The match may go on where it is as good: "zurihc" is all of "zurich", not only "zuric". */
static size_t longest_end(const struct term *t, struct str text, size_t begin, size_t end, int d)
{
    for (size_t at = end; at < text.len;) {
        pattern_decode(text, &at);
        if (pattern_whole(t->pattern, str_n(text.data + begin, at - begin), d) > d) {
            break;
        }
        end = at;
    }
    return end;
}

/* The shortest stretch that ends at `end` and is `d` edits from the word. */
static size_t begin_of(const struct term *t, struct str text, size_t end, int d)
{
    size_t most =
        t->text.len + 4 * (size_t)d; /* an edit adds at most one character of four bytes */
    for (size_t len = t->text.len > 4 * (size_t)d ? t->text.len - 4 * (size_t)d : 1;
         len <= most && len <= end; len++) {
        struct str part = str_n(text.data + end - len, len);
        bool boundary = (unsigned char)part.data[0] < 0x80 || (unsigned char)part.data[0] >= 0xc0;
        bool allowed = !t->short_word || end == len || part.data[-1] == ' ';
        if (boundary && allowed && pattern_whole(t->pattern, part, d) <= d) {
            return end - len;
        }
    }
    return end > t->text.len ? end - t->text.len : 0;
}

bool match_locate(const struct term *t, struct str text, int k, struct found *out)
{
    if (!match_term(t, text, k, out)) {
        return false;
    }
    if (out->typos) {
        enum pattern_begin begin = out->match >= SEARCH_MATCH_PREFIX       ? PATTERN_AT_TEXT
                                   : out->match == SEARCH_MATCH_WORD_START ? PATTERN_AT_WORD
                                                                           : PATTERN_ANYWHERE;
        size_t end = text.len;
        if (out->match != SEARCH_MATCH_WHOLE) {
            pattern_search(t->pattern, text, out->typos, begin, &end);
        }
        size_t from = out->match >= SEARCH_MATCH_PREFIX ? 0 : begin_of(t, text, end, out->typos);
        out->begin = (uint32_t)from;
        out->end = (uint32_t)longest_end(t, text, from, end, out->typos);
    }
    return true;
}

bool match_pieces(const struct term *t, int k, struct pieces *out)
{
    return cut_pieces(t->text, (size_t)k + 1, 2, out);
}
