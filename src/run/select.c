#include "run/select.h"

#include <string.h>

#include "base/map.h"

static char fold(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* Linear in practice and quadratic at worst: only the last '*' is ever taken back. */
static bool match_n(const char *pattern, const char *text, size_t n)
{
    const char *star = NULL;
    size_t at = 0, star_at = 0;
    while (at < n) {
        if (*pattern == '*') {
            star = pattern++;
            star_at = at;
        } else if (*pattern && (*pattern == '?' || fold(*pattern) == fold(text[at]))) {
            pattern++;
            at++;
        } else if (star) {
            pattern = star + 1;
            at = ++star_at;
        } else {
            return false;
        }
    }
    while (*pattern == '*') {
        pattern++;
    }
    return *pattern == '\0';
}

bool glob_match(const char *pattern, const char *text)
{
    return match_n(pattern, text, strlen(text));
}

bool selection_takes_dataset(const struct selection *s, const char *id, const char *folder)
{
    size_t n = strlen(folder);
    n -= n && folder[n - 1] == '/';
    for (size_t i = 0; i < s->n_filters; i++) {
        if (glob_match(s->filters[i], id) || (n && match_n(s->filters[i], folder, n))) {
            return true;
        }
    }
    return s->n_filters == 0;
}

bool selection_takes_key(const struct selection *s, const char *key)
{
    for (size_t i = 0; i < s->n_excludes; i++) {
        if (glob_match(s->excludes[i], key)) {
            return false;
        }
    }
    return true;
}

bool selection_takes_time(const struct selection *s, int64_t mtime_us)
{
    return mtime_us == 0 || mtime_us >= s->since_us;
}

uint64_t selection_draw(const char *key, uint64_t seed)
{
    return hash_mix(hash_bytes(key, strlen(key)), hash_mix(seed, 0));
}
