#include "model/series_id.h"

#include <string.h>

/* Length of the well-formed UTF-8 sequence at the start of s, 0 where there is none. */
static size_t sequence_at(struct str s)
{
    for (size_t n = 1; n <= 4 && n <= s.len; n++) {
        if (str_is_utf8(str_n(s.data, n))) {
            return n;
        }
    }
    return 0;
}

/* How many bytes from the start stand as they are and are ASCII, which nearly all ids are through
 * and through. */
static size_t plain_run(struct str s, bool composite)
{
    size_t n = 0;
    while (n < s.len && (signed char)s.data[n] > 0 && s.data[n] != '\\' &&
           !(composite && s.data[n] == '|')) {
        n++;
    }
    return n;
}

/* Sixteen bytes at once: a byte is set where one is 0, not ASCII, or a backslash. */
typedef signed char bytes16 __attribute__((vector_size(16)));

static inline bytes16 specials(const char *p)
{
    bytes16 word;
    memcpy(&word, p, sizeof word);
    return (bytes16)((word <= 0) | (word == '\\'));
}

static bool is_any(bytes16 found)
{
    uint64_t halves[2];
    memcpy(halves, &found, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}

bool series_id_is_plain(struct str part)
{
    if (part.len < sizeof(bytes16)) {
        return plain_run(part, false) == part.len;
    }
    bytes16 found = specials(part.data + part.len - sizeof found); /* the rest, and more of it */
    for (size_t at = 0; at + sizeof found < part.len; at += sizeof found) {
        found |= specials(part.data + at);
    }
    return !is_any(found);
}

static void format_part(struct str part, bool composite, struct strbuf *out)
{
    while (part.len) {
        size_t plain = plain_run(part, composite);
        if (plain) {
            strbuf_add(out, part.data, plain);
            part = str_from(part, plain);
            continue;
        }
        char c = part.data[0];
        size_t n = c == '\0' ? 0 : sequence_at(part);
        if (n == 0) {
            strbuf_printf(out, "\\x%02X", (unsigned)(unsigned char)c);
            n = 1;
        } else if (c == '\\' || (c == '|' && composite)) {
            strbuf_add_char(out, '\\');
            strbuf_add_char(out, c);
        } else {
            strbuf_add(out, part.data, n);
        }
        part = str_from(part, n);
    }
}

void series_id_format(const struct str *parts, size_t n, struct strbuf *out)
{
    for (size_t i = 0; i < n; i++) {
        if (i) {
            strbuf_add_char(out, '|');
        }
        if (parts[i].data) {
            format_part(parts[i], n > 1, out);
        } else {
            strbuf_add_c(out, "\\N");
        }
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decode the escape at text.data[*at] (a backslash) into one byte; false where it is none of ours.
 */
static bool unescape(struct str text, size_t *at, char *out)
{
    char kind = *at + 1 < text.len ? text.data[*at + 1] : '\0';
    if (kind == '\\' || kind == '|') {
        *out = kind;
        *at += 2;
        return true;
    }
    if (kind == 'x' && *at + 3 < text.len) {
        int hi = hex_digit(text.data[*at + 2]), lo = hex_digit(text.data[*at + 3]);
        if (hi >= 0 && lo >= 0) {
            *out = (char)(hi * 16 + lo);
            *at += 4;
            return true;
        }
    }
    return false;
}

static enum error_code parse_part(struct str text, size_t *at, bool composite, struct arena *a,
                                  struct str *part, struct error *err)
{
    size_t left = text.len - *at;
    if (left >= 2 && text.data[*at] == '\\' && text.data[*at + 1] == 'N' &&
        (left == 2 || (composite && text.data[*at + 2] == '|'))) {
        *part = str_n(NULL, 0);
        *at += 2;
        return OK;
    }
    char *bytes = arena_alloc(a, left + 1);
    size_t n = 0;
    while (*at < text.len && !(composite && text.data[*at] == '|')) {
        if (text.data[*at] != '\\') {
            bytes[n++] = text.data[(*at)++];
        } else if (!unescape(text, at, &bytes[n++])) {
            return error_set_at(err, ERR_USAGE, *at, "series id has an unknown escape: " STR_FMT,
                                STR_ARG(text));
        }
    }
    bytes[n] = '\0';
    *part = str_n(bytes, n);
    return OK;
}

enum error_code series_id_parse(struct str text, size_t n_parts, struct arena *a, struct str *parts,
                                struct error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < n_parts; i++) {
        if (i && (at >= text.len || text.data[at++] != '|')) {
            return error_set(err, ERR_USAGE, "series id has %zu parts, expected %zu: " STR_FMT, i,
                             n_parts, STR_ARG(text));
        }
        enum error_code code = parse_part(text, &at, n_parts > 1, a, &parts[i], err);
        if (code) {
            return code;
        }
    }
    if (at != text.len) {
        return error_set(err, ERR_USAGE, "series id has more than %zu parts: " STR_FMT, n_parts,
                         STR_ARG(text));
    }
    return OK;
}
