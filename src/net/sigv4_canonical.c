/* sigv4_canonical.c - canonical paths and queries from raw ones. S3 requests are built canonical
 * and need neither. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/sigv4.h"

/* More parameters than any request of ours has; what is beyond is not signed, so the service
 * refuses it. */
#define PARAMETERS_MAX 64
#define SEGMENTS_MAX   256

static void add_encoded(struct strbuf *out, unsigned char c)
{
    static const char hex[] = "0123456789ABCDEF";
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
    if (c && strchr(unreserved, c)) {
        strbuf_add_char(out, (char)c);
    } else {
        const char coded[3] = {'%', hex[c >> 4], hex[c & 15]};
        strbuf_add(out, coded, sizeof coded);
    }
}

static size_t split_segments(struct str raw, bool normalize, struct str *segments)
{
    size_t n = 0;
    while (raw.len && n < SEGMENTS_MAX) {
        raw = str_from(raw, 1); /* the '/' */
        const char *slash = raw.len ? memchr(raw.data, '/', raw.len) : NULL;
        struct str s = str_n(raw.data, slash ? (size_t)(slash - raw.data) : raw.len);
        raw = str_from(raw, s.len);
        bool last = raw.len == 0;
        if (!normalize) {
            segments[n++] = s;
        } else if (str_eq(s, str_c(".."))) {
            n -= n > 0;
        } else if (s.len && !str_eq(s, str_c("."))) {
            segments[n++] = s;
            continue;
        }
        if (normalize && last && n && s.len == 0) {
            segments[n++] = s; /* "/a/" keeps its last '/' */
        }
    }
    return n;
}

void sigv4_canonical_path(struct str raw, bool normalize, struct strbuf *out)
{
    struct str *segments = mem_alloc(SEGMENTS_MAX * sizeof *segments);
    size_t n = split_segments(raw, normalize, segments);
    for (size_t i = 0; i < n; i++) {
        strbuf_add_char(out, '/');
        for (size_t k = 0; k < segments[i].len; k++) {
            add_encoded(out, (unsigned char)segments[i].data[k]);
        }
    }
    strbuf_add(out, "/", n == 0);
    mem_free(segments);
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    c = (char)(c >= 'A' && c <= 'F' ? c + 32 : c);
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Encoded or not, to encoded: what is "%31" already is decoded first. */
static void add_recoded(struct strbuf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        int high = s.data[i] == '%' && s.len - i > 2 ? hex_value(s.data[i + 1]) : -1;
        int low = high >= 0 ? hex_value(s.data[i + 2]) : -1;
        if (low >= 0) {
            add_encoded(out, (unsigned char)(high * 16 + low));
            i += 2;
        } else {
            add_encoded(out, (unsigned char)s.data[i]);
        }
    }
}

struct parameter {
    struct str name, value; /* encoded; owned */
};

static int compare_parameters(const void *a, const void *b)
{
    const struct parameter *x = a, *y = b;
    int c = str_cmp(x->name, y->name);
    return c ? c : str_cmp(x->value, y->value);
}

static struct str recode(struct str s, struct arena *a)
{
    struct strbuf b;
    strbuf_init(&b, s.len * 3);
    add_recoded(&b, s);
    struct str view = strbuf_view(&b);
    view = str_n(arena_strndup(a, view.data, view.len), view.len);
    strbuf_free(&b);
    return view;
}

void sigv4_canonical_query(struct str raw, struct strbuf *out)
{
    struct parameter parameters[PARAMETERS_MAX];
    struct arena a;
    size_t n = 0;
    arena_init(&a);
    while (raw.len && n < PARAMETERS_MAX) {
        const char *and = memchr(raw.data, '&', raw.len);
        struct str one = str_n(raw.data, and? (size_t)(and-raw.data) : raw.len);
        const char *eq = one.len ? memchr(one.data, '=', one.len) : NULL;
        size_t name_len = eq ? (size_t)(eq - one.data) : one.len;
        if (one.len) {
            parameters[n].name = recode(str_n(one.data, name_len), &a);
            parameters[n++].value = recode(str_from(one, name_len + 1), &a);
        }
        raw = str_from(raw, one.len + 1);
    }
    qsort(parameters, n, sizeof *parameters, compare_parameters);
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(out, "%s%s=%s", i ? "&" : "", parameters[i].name.data,
                      parameters[i].value.data);
    }
    arena_reset(&a);
}
