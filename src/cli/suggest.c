#include "cli/suggest.h"

#include <string.h>

/* One error in three letters is still the same word; more is another one. */
#define LETTERS_AN_ERROR 3

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(struct str a, struct str b)
{
    /* Three rows of the table: before the last, last, current. */
    size_t rows[3][SUGGEST_MAX + 1];
    for (size_t j = 0; j <= b.len; j++) {
        rows[0][j] = j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t change = a.data[i - 1] == b.data[j - 1] ? 0 : 1;
            now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + change);
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
                a.data[i - 2] == b.data[j - 1]) {
                now[j] = least(now[j], before[j - 2] + 1);
            }
        }
    }
    return rows[a.len % 3][b.len];
}

void suggest_start(struct suggestion *s, struct str word)
{
    *s = (struct suggestion){.word = word};
}

void suggest_consider(struct suggestion *s, const char *candidate)
{
    struct str c = str_c(candidate);
    if (s->word.len == 0 || s->word.len > SUGGEST_MAX || c.len > SUGGEST_MAX) {
        return;
    }
    size_t d = distance(s->word, c);
    if (c.len > s->word.len && s->word.len > 1 && memcmp(c.data, s->word.data, s->word.len) == 0) {
        d = 1; /* an abbreviation is as near as one slip */
    }
    size_t longest = c.len > s->word.len ? c.len : s->word.len;
    size_t allowed = longest / LETTERS_AN_ERROR > 0 ? longest / LETTERS_AN_ERROR : 1;
    if (d <= allowed && d < longest && (!s->best || d < s->distance)) {
        s->best = candidate;
        s->distance = d;
    }
}
