#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_escaped(struct strbuf *b, unsigned char c)
{
    static const char *const named[] = {
        ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f", ['\r'] = "\\r"};
    if (c == '"' || c == '\\') {
        strbuf_add_char(b, '\\');
        strbuf_add_char(b, (char)c);
    } else if (c < sizeof named / sizeof *named && named[c]) {
        strbuf_add_c(b, named[c]);
    } else if (c < 0x20) {
        strbuf_printf(b, "\\u%04x", c);
    } else {
        strbuf_add_char(b, (char)c);
    }
}

void json_add_string(struct strbuf *b, struct str s)
{
    bool valid = str_is_utf8(s);
    strbuf_add_char(b, '"');
    while (s.len) {
        size_t n = 1;
        if ((unsigned char)s.data[0] >= 0x80) {
            while (n <= 4 && n <= s.len && !str_is_utf8(str_n(s.data, n))) {
                n++;
            }
            if (!valid && (n > 4 || n > s.len)) {
                strbuf_add_c(b, "\xEF\xBF\xBD");
                n = 1;
            } else {
                strbuf_add(b, s.data, n);
            }
        } else {
            add_escaped(b, (unsigned char)s.data[0]);
        }
        s = str_from(s, n);
    }
    strbuf_add_char(b, '"');
}

/* printf writes the decimal point of the process's locale, which is ',' in half of Europe and may
 * be several bytes. */
static void add_with_point(struct strbuf *b, const char *text)
{
    while (*text) {
        size_t n = strspn(text, "+-0123456789e");
        strbuf_add(b, text, n);
        text += n;
        n = strcspn(text, "+-0123456789e");
        strbuf_add_c(b, n ? "." : "");
        text += n;
    }
}

void json_add_double(struct strbuf *b, double d)
{
    char text[40];
    if (!isfinite(d)) {
        strbuf_add_c(b, "null");
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof text, "%.*g", precision, d);
        if (strtod(text, NULL) == d) {
            break;
        }
    }
    add_with_point(b, text);
}
