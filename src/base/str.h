/* str.h - borrowed byte strings, and a growable one with a stated maximum.
 *
 * Keys and ids are bytes: they may hold NUL, control characters and invalid UTF-8. `struct str`
 * carries its length and owns nothing; it lives as long as what it points into.
 */
#ifndef TSI_BASE_STR_H
#define TSI_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
    const char *data;
    size_t len;
};

#define STR_FMT    "%.*s"
#define STR_ARG(s) (int)((s).len), (s).data

static inline struct str str_n(const void *data, size_t len)
{
    return (struct str){(const char *)data, len};
}
struct str str_c(const char *s); /* of a C string; NULL gives the empty one */
bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
int str_cmp(struct str a, struct str b);        /* bytes, unsigned; shorter first */
bool str_starts(struct str s, const char *prefix);
bool str_ends(struct str s, const char *suffix);
bool str_ends_nocase(struct str s, const char *suffix);
struct str str_trim(struct str s);            /* ASCII blanks off both ends */
struct str str_from(struct str s, size_t at); /* s without its first `at` bytes */
bool str_to_u64(struct str s, uint64_t *out); /* decimal digits only, overflow checked */
bool str_to_i64(struct str s, int64_t *out);  /* optional sign */
bool str_is_utf8(struct str s);               /* strict: no surrogates, no overlong forms */

/* A growable buffer, always NUL-terminated behind `len`. Never grows beyond `max`: what does not
 * fit is dropped and `overflow` is set, so that a caller checks once at the end. */
struct strbuf {
    char *data;
    size_t len, cap, max;
    bool overflow;
};

void strbuf_init(struct strbuf *b, size_t max);
void strbuf_free(struct strbuf *b);
void strbuf_clear(struct strbuf *b);
void strbuf_add(struct strbuf *b, const void *data, size_t n);
void strbuf_add_c(struct strbuf *b, const char *s);
void strbuf_add_char(struct strbuf *b, char c);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct str strbuf_view(const struct strbuf *b);

#endif
