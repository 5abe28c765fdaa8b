#include "cli/text.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define ELLIPSIS "\xE2\x80\xA6"

void text_init(void)
{
    /* Only the character type: numbers and messages stay as in the C locale, which scripts rely on.
     */
    if (!setlocale(LC_CTYPE, "C.UTF-8")) {
        setlocale(LC_CTYPE, "");
    }
}

/* Decode the first character of s (s.len > 0): its bytes and code point; 0 bytes where it is not
 * UTF-8. */
static size_t decode(struct str s, uint32_t *cp)
{
    unsigned char first = (unsigned char)s.data[0];
    size_t n = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (n > s.len || !str_is_utf8(str_n(s.data, n))) {
        return 0;
    }
    *cp = n == 1 ? first : first & (0xFFU >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        *cp = *cp << 6 | ((unsigned char)s.data[i] & 0x3F);
    }
    return n;
}

/* Control characters of C0 and C1, line separators, and the marks that turn the direction of text.
 */
static bool is_harmful(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x061C || cp == 0x200E || cp == 0x200F ||
           (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069);
}

void text_add_clean(struct strbuf *b, struct str s)
{
    while (s.len) {
        uint32_t cp = 0;
        size_t n = decode(s, &cp);
        if (n && !is_harmful(cp)) {
            strbuf_add(b, s.data, n);
        } else {
            n = n ? n : 1;
            for (size_t i = 0; i < n; i++) {
                strbuf_printf(b, "\\x%02X", (unsigned char)s.data[i]);
            }
        }
        s = str_from(s, n);
    }
}

static size_t character_width(uint32_t cp)
{
    if (cp < 0x80) {
        return 1;
    }
    int w = wcwidth((wchar_t)cp);
    /* Unassigned in the tables of this system: terminals draw one box. */
    return w < 0 ? 1 : (size_t)w;
}

size_t text_width(struct str clean)
{
    size_t columns = 0;
    while (clean.len) {
        uint32_t cp = 0;
        size_t n = decode(clean, &cp);
        columns += n ? character_width(cp) : 1;
        clean = str_from(clean, n ? n : 1);
    }
    return columns;
}

void text_add_cut(struct strbuf *b, struct str clean, size_t columns)
{
    if (text_width(clean) <= columns) {
        strbuf_add(b, clean.data, clean.len);
        return;
    }
    size_t used = 0;
    while (clean.len && columns) {
        uint32_t cp = 0;
        size_t n = decode(clean, &cp), w = n ? character_width(cp) : 1;
        if (used + w > columns - 1) {
            break;
        }
        strbuf_add(b, clean.data, n ? n : 1);
        used += w;
        clean = str_from(clean, n ? n : 1);
    }
    if (columns) {
        strbuf_add_c(b, ELLIPSIS);
    }
}

static void add_grouped(struct strbuf *b, const char *digits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0) {
            strbuf_add_char(b, ',');
        }
        strbuf_add_char(b, digits[i]);
    }
}

void text_add_integer(struct strbuf *b, int64_t i)
{
    char digits[24];
    uint64_t magnitude = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)magnitude);
    if (i < 0) {
        strbuf_add_char(b, '-');
    }
    add_grouped(b, digits, (size_t)n);
}

void text_add_double(struct strbuf *b, double d)
{
    /* From here on a double is no longer exact to the unit, and digits before the point would
     * pretend it were. */
    const double exact_below = 9007199254740992.0;
    char text[64];
    if (!isfinite(d) || fabs(d) >= exact_below || fabs(d) < 1000) {
        strbuf_printf(b, "%.4g", d);
        return;
    }
    int n = snprintf(text, sizeof text, "%.1f", fabs(d));
    size_t whole = (size_t)n - 2;
    if (d < 0) {
        strbuf_add_char(b, '-');
    }
    add_grouped(b, text, whole);
    if (text[n - 1] != '0') {
        strbuf_add_c(b, text + whole);
    }
}

/* Three digits: 1.23, 12.3, 123. */
static void add_three_digits(struct strbuf *b, double x)
{
    strbuf_printf(b, "%.*f", x < 9.995 ? 2 : x < 99.95 ? 1 : 0, x);
}

void text_add_bytes(struct strbuf *b, uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double x = (double)bytes;
    size_t unit = 0;
    /* 999.5 would be written as 1000. */
    while (x >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        x /= 1024;
        unit++;
    }
    if (unit == 0) {
        strbuf_printf(b, "%llu B", (unsigned long long)bytes);
        return;
    }
    add_three_digits(b, x);
    strbuf_printf(b, " %s", units[unit]);
}

void text_add_short(struct strbuf *b, double count)
{
    static const char *const units[] = {"", " k", " M", " G", " T", " P"};
    size_t unit = 0;
    while (count >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        count /= 1000;
        unit++;
    }
    if (unit == 0) {
        strbuf_printf(b, "%.0f", count);
        return;
    }
    add_three_digits(b, count);
    strbuf_add_c(b, units[unit]);
}

void text_add_seconds(struct strbuf *b, double seconds)
{
    /* Beyond this the figure means nothing to people, and the cast below stays defined. */
    const double longest = 9999.0 * 3600;
    seconds = seconds > 0 ? seconds : 0;
    if (seconds < 59.95) {
        strbuf_printf(b, "%.*f s", seconds < 9.995 ? 2 : 1, seconds);
        return;
    }
    unsigned long whole = (unsigned long)((seconds < longest ? seconds : longest) + 0.5);
    unsigned long h = whole / 3600, m = whole / 60 % 60, s = whole % 60;
    if (h) {
        strbuf_printf(b, "%lu:%02lu:%02lu", h, m, s);
    } else {
        strbuf_printf(b, "%lu:%02lu", m, s);
    }
}

void text_add_wrapped(struct strbuf *b, const char *s, size_t indent, size_t width)
{
    size_t column = indent;
    bool first = true;
    while (*s) {
        size_t n = strcspn(s, " ");
        if (!first && column + 1 + n > width) {
            strbuf_printf(b, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            strbuf_add_char(b, ' ');
            column++;
        }
        strbuf_add(b, s, n);
        column += n;
        s += n;
        s += strspn(s, " ");
        first = false;
    }
}
