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

bool pattern_alive(const struct pattern *p, const struct pattern_state *s, int k, uint32_t left)
{
    for (int d = 0; d <= k; d++) {
        uint32_t reach =
            left + (uint32_t)(k - d); /* characters of the word that can still be matched */
        if (s->r[d] >> (reach < p->m ? p->m - reach : 0)) {
            return true;
        }
    }
    return false;
}

static inline __attribute__((always_inline)) int
search(const struct pattern *p, struct str text, const int k, enum pattern_begin begin, size_t *end)
{
    struct pattern_state s;
    pattern_start(&s);
    int best = pattern_here(p, &s, k);
    size_t best_end = 0;
    for (size_t at = 0; at < text.len && best > 0;) {
        uint32_t c = (unsigned char)text.data[at];
        uint64_t mask;
        if (c < 128) {
            mask = p->ascii[c];
            at++;
        } else {
            c = pattern_decode(text, &at);
            mask = pattern_mask(p, c);
        }
        pattern_step(&s, k, c, mask, begin);
        int d = pattern_here(p, &s, k);
        if (d < best) {
            best = d;
            best_end = at;
        }
    }
    *end = best_end;
    return best;
}

int pattern_search(const struct pattern *p, struct str text, int k, enum pattern_begin begin,
                   size_t *end)
{
    size_t unused;
    end = end ? end : &unused;
    return k == 1   ? search(p, text, 1, begin, end)
           : k == 2 ? search(p, text, 2, begin, end)
                    : search(p, text, 0, begin, end);
}

int pattern_whole(const struct pattern *p, struct str text, int k)
{
    struct pattern_state s;
    pattern_start(&s);
    for (size_t at = 0; at < text.len;) {
        uint32_t c = pattern_decode(text, &at);
        pattern_step(&s, k, c, pattern_mask(p, c), PATTERN_AT_TEXT);
    }
    return pattern_here(p, &s, k);
}
