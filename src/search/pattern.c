#include "search/pattern.h"

#include <string.h>

uint32_t pattern_decode(struct str s, size_t *at)
{
    const uint8_t *p = (const uint8_t *)s.data + *at;
    size_t left = s.len - *at, n = p[0] < 0xc2 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n == 1 || n > left) {
        *at += 1;
        return p[0];
    }
    uint32_t c = p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        c = c << 6 | (p[i] & 0x3f);
    }
    *at += n;
    return c;
}

static void add_char(struct pattern *p, uint32_t c, uint32_t position)
{
    if (c < 128) {
        p->ascii[c] |= 1ull << position;
        return;
    }
    uint32_t i = 0;
    while (i < p->n_others && p->others[i] != c) {
        i++;
    }
    if (i == p->n_others) {
        p->others[p->n_others] = c;
        p->other_masks[p->n_others++] = 0;
    }
    p->other_masks[i] |= 1ull << position;
}

void pattern_init(struct pattern *p, struct str word)
{
    memset(p, 0, sizeof *p);
    for (size_t at = 0; at < word.len;) {
        uint32_t c = pattern_decode(word, &at);
        if (p->m == PATTERN_CHARS_MAX) {
            p->m = 0;
            return;
        }
        add_char(p, c, p->m++);
    }
}

uint64_t pattern_mask(const struct pattern *p, uint32_t c)
{
    if (c < 128) {
        return p->ascii[c];
    }
    for (uint32_t i = 0; i < p->n_others; i++) {
        if (p->others[i] == c) {
            return p->other_masks[i];
        }
    }
    return 0;
}

void pattern_start(struct pattern_state *s)
{
    for (int d = 0; d <= PATTERN_EDITS_MAX; d++) {
        s->r[d] = (1ull << (d + 1)) - 1;
        s->before[d] = 0;
    }
    s->previous = 0;
}

void pattern_step(struct pattern_state *s, uint32_t c, uint64_t mask, enum pattern_begin begin)
{
    /* The empty prefix of the word is matched again wherever a match may begin behind this character. */
    uint64_t now[PATTERN_EDITS_MAX + 1];
    uint64_t fresh = begin == PATTERN_ANYWHERE || (begin == PATTERN_AT_WORD && c == ' ');
    now[0] = (s->r[0] & mask) << 1 | fresh;
    for (int d = 1; d <= PATTERN_EDITS_MAX; d++) {
        /* A swap reads this character as the word's i-th and the one before as its i + 1-th. */
        uint64_t swapped = (s->before[d - 1] & mask & s->previous >> 1) << 2;
        /* In turn: the character fits; another stands for it; one too many; one is missing. */
        now[d] = (s->r[d] & mask) << 1 | s->r[d - 1] << 1 | s->r[d - 1] | now[d - 1] << 1 | swapped |
                 fresh;
    }
    memcpy(s->before, s->r, sizeof now);
    memcpy(s->r, now, sizeof now);
    s->previous = mask;
}

int pattern_here(const struct pattern *p, const struct pattern_state *s, int k)
{
    for (int d = 0; d <= k; d++) {
        if (s->r[d] >> p->m & 1) {
            return d;
        }
    }
    return k + 1;
}

bool pattern_alive(const struct pattern *p, const struct pattern_state *s, int k, uint32_t left)
{
    for (int d = 0; d <= k; d++) {
        uint32_t reach = left + (uint32_t)(k - d); /* characters of the word that can still be matched */
        if (s->r[d] >> (reach < p->m ? p->m - reach : 0)) {
            return true;
        }
    }
    return false;
}

int pattern_search(const struct pattern *p, struct str text, int k, enum pattern_begin begin,
                   size_t *end)
{
    struct pattern_state s;
    pattern_start(&s);
    int best = pattern_here(p, &s, k);
    size_t best_end = 0;
    for (size_t at = 0; at < text.len && best > 0;) {
        uint32_t c = pattern_decode(text, &at);
        pattern_step(&s, c, pattern_mask(p, c), begin);
        int d = pattern_here(p, &s, best - 1);
        if (d < best) {
            best = d;
            best_end = at;
        }
    }
    if (end) {
        *end = best_end;
    }
    return best;
}

int pattern_whole(const struct pattern *p, struct str text, int k)
{
    struct pattern_state s;
    pattern_start(&s);
    for (size_t at = 0; at < text.len;) {
        uint32_t c = pattern_decode(text, &at);
        pattern_step(&s, c, pattern_mask(p, c), PATTERN_AT_TEXT);
    }
    return pattern_here(p, &s, k);
}
