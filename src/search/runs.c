#include "search/runs.h"

#include <string.h>

#include "search/find.h"
#include "search/fold.h"
#include "search/natural.h"

#define PLACES_MAX                                                                                 \
    128 /* ways to lay a word over a text that are kept; beyond it, every number is tried */

struct place { /* (number / unit) % modulus == value */
    uint64_t unit, modulus, value;
};

void run_view_init(struct run_view *v, const struct segment *s, const struct run_record *r,
                   struct strbuf *buffer)
{
    static const char zeros[] = "000000000000000000";
    static const char padding[FIND_PADDING];
    strbuf_clear(buffer);
    strbuf_add(buffer, s->run_text + r->text_at, r->prefix_len);
    strbuf_add(buffer, zeros, r->width);
    strbuf_add(buffer, s->run_text + r->text_at + r->prefix_len, r->suffix_len);
    size_t n = buffer->len;
    strbuf_add(buffer, padding, sizeof padding);
    fold_simple(buffer->data, buffer->data, n);
    *v = (struct run_view){.text = str_n(buffer->data, n),
                           .digits_at = r->prefix_len,
                           .width = r->width,
                           .low = r->low,
                           .end = r->low + r->count};
}

/* Whether the word can lie at `at`, and what that asks of the number. */
static bool fits(const struct run_view *v, struct str word, size_t at, struct place *out)
{
    size_t digits_end = (size_t)v->digits_at + v->width;
    uint64_t value = 0;
    uint32_t count = 0, last = 0;
    for (size_t i = 0; i < word.len; i++) {
        size_t pos = at + i;
        char c = word.data[i];
        if (pos < v->digits_at || pos >= digits_end) {
            if (c != v->text.data[pos]) {
                return false;
            }
        } else if (c < '0' || c > '9') {
            return false;
        } else {
            value = value * 10 + (uint64_t)(c - '0');
            count++;
            last = (uint32_t)(pos - v->digits_at) + 1;
        }
    }
    *out = (struct place){count ? natural_power_of_ten(v->width - last) : 1,
                          natural_power_of_ten(count), value};
    return true;
}

static uint64_t next_solution(const struct place *p, uint64_t from)
{
    uint64_t q = from / p->unit, r = q % p->modulus;
    if (r == p->value) {
        return from;
    }
    q += r < p->value ? p->value - r : p->modulus - (r - p->value);
    return q * p->unit;
}

/* All places of the word whose class is wanted; SIZE_MAX where there are too many to keep. */
static size_t places_of(const struct run_view *v, struct str word, match_mask wanted,
                        struct place *out)
{
    size_t n = 0;
    for (size_t at = 0; at + word.len <= v->text.len; at++) {
        struct place p;
        if (!fits(v, word, at, &p) || !(wanted >> match_class(v->text, at, at + word.len) & 1)) {
            continue;
        }
        if (n == PLACES_MAX) {
            return SIZE_MAX;
        }
        out[n++] = p;
    }
    return n;
}

static uint64_t next_of(const struct place *places, size_t n, uint64_t from)
{
    uint64_t best = UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        uint64_t x = next_solution(&places[i], from);
        best = x < best ? x : best;
    }
    return best;
}

void run_find_exact(const struct run_view *v, struct str word, match_mask wanted, run_each *each,
                    void *user)
{
    struct place places[PLACES_MAX];
    size_t n = places_of(v, word, wanted, places);
    for (uint64_t x = v->low; x < v->end;) {
        if (n != SIZE_MAX) {
            x = next_of(places, n, x);
        }
        if (x >= v->end) {
            return;
        }
        x = each(user, x);
    }
}

uint64_t run_count_exact(const struct run_view *v, struct str word)
{
    struct place places[PLACES_MAX];
    size_t n = places_of(v, word, ~0u, places);
    uint64_t total = v->end - v->low, sum = n == SIZE_MAX ? total : 0;
    for (size_t i = 0; n != SIZE_MAX && i < n; i++) {
        sum += total / places[i].modulus + 1;
    }
    return sum < total ? sum : total;
}

/* ---- with typos ---- */

struct walk {
    const struct run_view *v;
    const struct term *t;
    int k;
    enum pattern_begin begin;
    uint64_t from; /* the least number still asked for */
    run_each *each;
    void *user;
};

static bool step(const struct walk *w, struct pattern_state *s, char c)
{
    uint32_t cp = (unsigned char)c;
    pattern_step(s, w->k, cp, pattern_mask(w->t->pattern, cp), w->begin);
    return pattern_here(w->t->pattern, s, w->k) <= w->k;
}

static bool suffix_matches(const struct walk *w, struct pattern_state s)
{
    for (size_t i = (size_t)w->v->digits_at + w->v->width; i < w->v->text.len; i++) {
        if (step(w, &s, w->v->text.data[i])) {
            return true;
        }
    }
    return false;
}

/* All numbers that begin with `number` (`depth` digits of the width); `matched`: a match has ended
 * already. */
static void walk_digits(struct walk *w, uint32_t depth, uint64_t number, struct pattern_state s,
                        bool matched)
{
    const struct run_view *v = w->v;
    uint64_t span = natural_power_of_ten(v->width - depth), first = number * span;
    uint64_t low = w->from > v->low ? w->from : v->low;
    if (first >= v->end || first + span <= low || w->from == UINT64_MAX) {
        return;
    }
    uint32_t left = (uint32_t)(v->text.len - v->digits_at - depth);
    /* A match that has not begun yet needs as many characters as the word has, less the typos. */
    if (!matched && !pattern_alive(w->t->pattern, &s, w->k, left)) {
        return;
    }
    if (depth == v->width) {
        if (matched || suffix_matches(w, s)) {
            w->from = w->each(w->user, number);
        }
        return;
    }
    for (int c = '0'; c <= '9'; c++) {
        struct pattern_state next = s;
        bool here = step(w, &next, (char)c);
        walk_digits(w, depth + 1, number * 10 + (uint64_t)(c - '0'), next, matched || here);
    }
}

/* What can stand at the places of the number: the digits that all numbers begin with are known, of
 * the next one a range, and behind it there are all. */
static void digit_masks(const struct run_view *v, const struct pattern *p, uint64_t *masks)
{
    uint8_t low[NATURAL_DIGITS_MAX], high[NATURAL_DIGITS_MAX];
    uint64_t all = 0, first = v->low, last = v->end - 1;
    bool same = true;
    for (uint32_t i = v->width; i-- > 0; first /= 10, last /= 10) {
        low[i] = (uint8_t)(first % 10);
        high[i] = (uint8_t)(last % 10);
    }
    for (int c = '0'; c <= '9'; c++) {
        all |= p->ascii[c];
    }
    for (uint32_t i = 0; i < v->width; i++) {
        masks[i] = same ? 0 : all;
        for (uint32_t d = low[i]; same && d <= high[i]; d++) {
            masks[i] |= p->ascii['0' + d];
        }
        same = same && low[i] == high[i];
    }
}

static inline __attribute__((always_inline)) bool any_matches(const struct run_view *v,
                                                              const struct pattern *p, const int k,
                                                              enum pattern_begin begin)
{
    uint64_t masks[NATURAL_DIGITS_MAX];
    struct pattern_state s;
    bool here = false;
    digit_masks(v, p, masks);
    pattern_start(&s);
    for (size_t i = 0; i < v->text.len && !here; i++) {
        uint32_t c = (unsigned char)v->text.data[i];
        bool digit = i >= v->digits_at && i < (size_t)v->digits_at + v->width;
        uint64_t mask = digit ? masks[i - v->digits_at] : pattern_mask(p, c);
        pattern_step(&s, k, c, mask, begin);
        here = pattern_here(p, &s, k) <= k;
    }
    return here;
}

/* Whether any number at all could match: one pass over the text tells, where walking the tree in
 * vain costs a hundred times as much. */
static bool may_match(const struct run_view *v, const struct pattern *p, int k,
                      enum pattern_begin begin)
{
    return p->m <= (uint32_t)k ||
           (k == 1 ? any_matches(v, p, 1, begin) : any_matches(v, p, 2, begin));
}

void run_find_fuzzy(const struct run_view *v, const struct term *t, int k, run_each *each,
                    void *user)
{
    if (!may_match(v, t->pattern, k, t->short_word ? PATTERN_AT_WORD : PATTERN_ANYWHERE)) {
        return;
    }
    struct walk w = {v, t, k, t->short_word ? PATTERN_AT_WORD : PATTERN_ANYWHERE, 0, each, user};
    struct pattern_state s;
    bool matched = false;
    pattern_start(&s);
    for (size_t i = 0; i < v->digits_at; i++) {
        matched = step(&w, &s, v->text.data[i]) || matched;
    }
    walk_digits(&w, 0, 0, s, matched);
}
