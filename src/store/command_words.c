#include "store/command_words.h"

#include <stdbool.h>
#include <string.h>

struct splitter {
    const char *at;
    char *to; /* the word being built, within one buffer */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool take_single(struct splitter *s)
{
    const char *end = strchr(s->at, '\'');
    if (!end) {
        return false;
    }
    memcpy(s->to, s->at, (size_t)(end - s->at));
    s->to += end - s->at;
    s->at = end + 1;
    return true;
}

static bool take_double(struct splitter *s)
{
    while (*s->at && *s->at != '"') {
        if (*s->at == '\\' && s->at[1] && strchr("\\\"$`", s->at[1])) {
            s->at++;
        }
        *s->to++ = *s->at++;
    }
    return *s->at++ == '"';
}

static bool take_word(struct splitter *s)
{
    while (*s->at && !is_blank(*s->at)) {
        char c = *s->at++;
        if (c == '\'' || c == '"') {
            if (c == '\'' ? !take_single(s) : !take_double(s)) {
                return false;
            }
        } else if (c == '\\') {
            if (!*s->at) {
                return false;
            }
            *s->to++ = *s->at++;
        } else {
            *s->to++ = c;
        }
    }
    *s->to++ = '\0';
    return true;
}

char **command_words(const char *line, struct arena *a)
{
    size_t n = strlen(line), count = 0;
    /* A word is never longer than its source; each has a blank or the end behind it. */
    struct splitter s = {.at = line, .to = arena_alloc(a, n + 1)};
    char **words = arena_array(a, n / 2 + 2, sizeof *words);
    for (;;) {
        while (is_blank(*s.at)) {
            s.at++;
        }
        if (!*s.at) {
            return words;
        }
        words[count++] = s.to;
        if (!take_word(&s)) {
            return NULL;
        }
    }
}
