#include "catalog/text.h"

#include <string.h>

#include "model/series_id.h"

struct str key_decode(struct str text, struct arena *a)
{
    struct str part;
    if (text.len == 0 || !memchr(text.data, '\\', text.len) ||
        series_id_parse(text, 1, a, &part, NULL) || !part.data) {
        return str_n(arena_strndup(a, text.len ? text.data : "", text.len), text.len);
    }
    return part;
}

void key_encode(struct str key, struct strbuf *out)
{
    if (str_is_utf8(key)) {
        if (!memchr(key.data, '\\', key.len)) {
            strbuf_add(out, key.data, key.len);
            return;
        }
        struct arena scratch;
        arena_init(&scratch);
        bool same = str_eq(key_decode(key, &scratch), key);
        arena_reset(&scratch);
        if (same) {
            strbuf_add(out, key.data, key.len);
            return;
        }
    }
    series_id_format(&key, 1, out);
}

/* Bytes of well-formed UTF-8 at the start of s, up to its first fault. */
static size_t valid_prefix(struct str s)
{
    size_t lo = 0;
    while (lo < s.len) {
        size_t n = 1;
        while (n <= 4 && lo + n <= s.len && !str_is_utf8(str_n(s.data + lo, n))) {
            n++;
        }
        if (n > 4 || lo + n > s.len) {
            break;
        }
        lo += n;
    }
    return lo;
}

void text_clean(struct str text, struct strbuf *out)
{
    while (text.len) {
        size_t n = str_is_utf8(text) ? text.len : valid_prefix(text);
        strbuf_add(out, text.data, n);
        text = str_from(text, n);
        if (text.len) {
            strbuf_printf(out, "\\x%02X", (unsigned)(unsigned char)text.data[0]);
            text = str_from(text, 1);
        }
    }
}
