/* text.h - text for a terminal: made harmless, measured, cut.
 *
 * Ids and names come from the data and may hold anything. What could drive a terminal (control
 * characters, C1 codes, text-direction overrides) and bytes that are not UTF-8 are written as \xHH,
 * byte by byte. Widths are columns of the terminal: 2 for most East Asian characters and emoji, 0
 * for combining marks.
 */
#ifndef TSI_CLI_TEXT_H
#define TSI_CLI_TEXT_H

#include "base/str.h"

/* Widths need a UTF-8 character type; call once before threads start. Output is the same where it
 * fails, but the width of wide characters is then taken for 1. */
void text_init(void);

void text_add_clean(struct strbuf *b, struct str s);
size_t text_width(struct str clean);

/* The longest beginning of at most `columns`; where something is cut off, it ends with the
 * ellipsis. */
void text_add_cut(struct strbuf *b, struct str clean, size_t columns);

/* 1234567 -> "1,234,567". */
void text_add_integer(struct strbuf *b, int64_t i);
/* For people: few digits and grouped; machine formats write doubles exactly. */
void text_add_double(struct strbuf *b, double d);
/* 1536 -> "1.5 KiB". */
void text_add_bytes(struct strbuf *b, uint64_t bytes);
/* 1234567 -> "1.23 M". */
void text_add_short(struct strbuf *b, double count);
/* Seconds -> "9.3 s", "1:05", "2:03:04". */
void text_add_seconds(struct strbuf *b, double seconds);

/* `s`, a paragraph of ASCII words, broken at blanks to lines of at most `width` columns, each after
 * the first indented. */
void text_add_wrapped(struct strbuf *b, const char *s, size_t indent, size_t width);

#endif
