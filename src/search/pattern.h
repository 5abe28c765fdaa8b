/* pattern.h - approximate matching of one word, bit-parallel.
 *
 * The distance is optimal string alignment: insertion, deletion, substitution and the swap of two
 * neighbours cost one each, and no part of the text is edited twice. Units are codepoints. Method:
 * Wu and Manber's automaton (CACM 35(10), 1992) with a state for swaps; bit i of a state says that
 * the first i characters of the word are matched with that many edits. The word has at most 63
 * characters, so that all states fit one word of the machine.
 */
#ifndef TSI_SEARCH_PATTERN_H
#define TSI_SEARCH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define PATTERN_CHARS_MAX 63
#define PATTERN_EDITS_MAX 2

struct pattern {
    uint64_t ascii[128];                /* bit i: character i of the word is this one */
    uint32_t others[PATTERN_CHARS_MAX]; /* codepoints beyond ASCII that occur */
    uint64_t other_masks[PATTERN_CHARS_MAX];
    uint32_t n_others, m; /* m: characters of the word; 0: too long for edits */
};

struct pattern_state {
    uint64_t r[PATTERN_EDITS_MAX + 1];      /* now */
    uint64_t before[PATTERN_EDITS_MAX + 1]; /* one character ago: where a swap starts from */
    uint64_t previous;                      /* mask of the character before */
};

void pattern_init(struct pattern *p, struct str word);

/* Where a match may begin. Words of a text begin behind blanks. */
enum pattern_begin { PATTERN_ANYWHERE, PATTERN_AT_WORD, PATTERN_AT_TEXT };

static inline void pattern_start(struct pattern_state *s)
{
    for (int d = 0; d <= PATTERN_EDITS_MAX; d++) {
        s->r[d] = (1ull << (d + 1)) - 1;
        s->before[d] = 0;
    }
    s->previous = 0;
}

/* One more character `c` of the text, whose pattern_mask is `mask`, for up to k edits. Inline, so
 * that with a constant k the state lives in registers: this is the innermost loop of every search
 * with typos. */
static inline __attribute__((always_inline)) void
pattern_step(struct pattern_state *s, int k, uint32_t c, uint64_t mask, enum pattern_begin begin)
{
    /* The empty prefix of the word is matched again wherever a match may begin behind this
     * character. */
    uint64_t fresh = begin == PATTERN_ANYWHERE || (begin == PATTERN_AT_WORD && c == ' ');
    uint64_t was = s->r[0], now = (was & mask) << 1 | fresh;
    uint64_t before = s->before[0];
    s->before[0] = was;
    s->r[0] = now;
    for (int d = 1; d <= k && d <= PATTERN_EDITS_MAX; d++) {
        /* A swap reads this character as the word's i-th and the one before as its i + 1-th. */
        uint64_t swapped = (before & mask & s->previous >> 1) << 2, old = s->r[d];
        /* In turn: the character fits; another stands for it; one too many; one is missing. */
        now = (old & mask) << 1 | was << 1 | was | now << 1 | swapped | fresh;
        before = s->before[d];
        s->before[d] = old;
        s->r[d] = now;
        was = old;
    }
    s->previous = mask;
}

uint64_t pattern_mask(const struct pattern *p, uint32_t codepoint);
/* The fewest edits, at most k, of a match that ends here; k + 1 where there is none. */
static inline int pattern_here(const struct pattern *p, const struct pattern_state *s, int k)
{
    for (int d = 0; d <= k; d++) {
        if (s->r[d] >> p->m & 1) {
            return d;
        }
    }
    return k + 1;
}

/* Whether `left` more characters could still bring a match with at most k edits that has begun
 * already. */
bool pattern_alive(const struct pattern *p, const struct pattern_state *s, int k, uint32_t left);

/* The fewest edits, at most k, with which the word is found in the text; k + 1 where it needs more.
 * `*end` (may be NULL): the byte behind the first place where it is found with so few. */
int pattern_search(const struct pattern *p, struct str text, int k, enum pattern_begin begin,
                   size_t *end);

/* The fewest edits between the word and the whole text. */
int pattern_whole(const struct pattern *p, struct str text, int k);

/* One codepoint of UTF-8; a byte that is none stands for itself. Advances *at, which is below
 * s.len. */
uint32_t pattern_decode(struct str s, size_t *at);

#endif
