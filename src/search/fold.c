#include "search/fold.h"

#include <utf8proc.h>

#include "base/map.h"
#include "base/memory.h"
#include "search/find.h"
#include "search/fold_bytes.h"

/* A cluster - a base and the marks on it - of more codepoints than this is folded in pieces; no
 * script needs so many. */
#define CLUSTER_MAX 32
/* One codepoint decomposes to at most 18 (U+FDFA); case folding adds at most 2 each. */
#define DECOMPOSED_MAX 64
/* Bytes out per byte in, at most: U+FDFA is 3 bytes and gives 33; an invalid byte gives 4. */
#define FOLD_GROWTH 12

bool fold_is_separator(unsigned char c)
{
    return c <= ' ' || c == 0x7f || c == '_' || c == '-' || c == '.' || c == '/' || c == ':' ||
           c == '|' || c == '\\';
}

uint64_t fold_fingerprint(void)
{
    const char *unicode = utf8proc_unicode_version();
    return hash_mix(FOLD_VERSION, hash_bytes(unicode, str_c(unicode).len));
}

size_t fold_bound(size_t len)
{
    return len * FOLD_GROWTH + 4;
}

bool fold_is_simple(struct str s)
{
    bool was_separator = true; /* none may come first */
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.data[i];
        bool separator = fold_is_separator(c);
        if (c >= 0x80 || (separator && was_separator)) {
            return false;
        }
        was_separator = separator;
    }
    return s.len > 0 && !was_separator;
}

#if defined(__x86_64__)
/* The bytes are ASCII. */
__attribute__((target("avx2"))) static size_t fold_vectors(char *out, const char *in, size_t n)
{
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(in + i));
        _mm256_storeu_si256((__m256i *)(void *)(out + i), fold_vector(x));
    }
    return i;
}
#endif

void fold_simple(char *out, const char *in, size_t n)
{
    size_t i = 0;
#if defined(__x86_64__)
    if (find_has_vectors()) {
        i = fold_vectors(out, in, n);
    }
#endif
    for (; i < n; i++) {
        out[i] = fold_byte(in[i]);
    }
}

struct folder {
    struct strbuf *out;
    uint32_t *begins, *ends;
    size_t start; /* of out->len when the text began */
    bool pending; /* a separator was seen and is owed before the next character */
    uint32_t pending_begin, pending_end;
};

static void emit_bytes(struct folder *f, const char *bytes, size_t n, uint32_t begin, uint32_t end)
{
    for (size_t i = 0; f->begins && i < n; i++) {
        f->begins[f->out->len - f->start + i] = begin;
        f->ends[f->out->len - f->start + i] = end;
    }
    strbuf_add(f->out, bytes, n);
}

static void emit(struct folder *f, const char *bytes, size_t n, uint32_t begin, uint32_t end)
{
    if (f->pending) {
        f->pending = false;
        if (f->out->len > f->start) {
            emit_bytes(f, " ", 1, f->pending_begin, f->pending_end);
        }
    }
    emit_bytes(f, bytes, n, begin, end);
}

static void emit_separator(struct folder *f, uint32_t begin, uint32_t end)
{
    if (!f->pending) {
        f->pending = true;
        f->pending_begin = begin;
    }
    f->pending_end = end;
}

static bool is_mark(int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    return k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_ME;
}

/* Letters whose accents people leave out: Latin, Greek, Cyrillic. Elsewhere a mark makes another
 * letter. */
static bool drops_marks(int32_t base)
{
    return base < 0x530 || (base >= 0x1d00 && base < 0x2000) || (base >= 0x2c60 && base < 0x2c80) ||
           (base >= 0xa720 && base < 0xa800) || (base >= 0xab30 && base < 0xab70);
}

static bool is_blank(int32_t c)
{
    if (c < 0x80) {
        return fold_is_separator((unsigned char)c);
    }
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_PD:
        return true;
    default:
        return false;
    }
}

/* One cluster, decomposed and folded, back to bytes. */
static void emit_cluster(struct folder *f, int32_t *cps, size_t n, uint32_t begin, uint32_t end)
{
    size_t kept = 0;
    int32_t base = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_mark(cps[i])) {
            base = cps[i];
        } else if (drops_marks(base)) {
            continue;
        }
        cps[kept++] = cps[i];
    }
    utf8proc_ssize_t composed =
        utf8proc_normalize_utf32(cps, (utf8proc_ssize_t)kept, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    for (utf8proc_ssize_t i = 0; i < composed; i++) {
        uint8_t bytes[4];
        if (is_blank(cps[i])) {
            emit_separator(f, begin, end);
        } else {
            utf8proc_ssize_t len = utf8proc_encode_char(cps[i], bytes);
            emit(f, (const char *)bytes, (size_t)len, begin, end);
        }
    }
}

/* Decomposes and case-folds one codepoint; the result is in canonical pieces. */
static size_t decompose(int32_t c, int32_t *out, size_t room)
{
    int boundclass = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(
        c, out, (utf8proc_ssize_t)room,
        UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, &boundclass);
    return n < 0 || (size_t)n > room ? 0 : (size_t)n;
}

/* The cluster that begins at `at`: returns where it ends. */
static size_t fold_cluster(struct folder *f, struct str s, size_t at)
{
    int32_t cps[CLUSTER_MAX + DECOMPOSED_MAX];
    size_t n = 0, pos = at;
    while (pos < s.len && n < CLUSTER_MAX) {
        int32_t c;
        utf8proc_ssize_t len =
            utf8proc_iterate((const uint8_t *)s.data + pos, (utf8proc_ssize_t)(s.len - pos), &c);
        if (len <= 0 || (pos > at && !is_mark(c))) {
            break;
        }
        n += decompose(c, cps + n, DECOMPOSED_MAX);
        pos += (size_t)len;
    }
    emit_cluster(f, cps, n, (uint32_t)at, (uint32_t)pos);
    return pos;
}

static void fold_invalid(struct folder *f, unsigned char byte, uint32_t at)
{
    static const char hex[] = "0123456789abcdef";
    char text[3] = {'x', hex[byte >> 4], hex[byte & 15]};
    emit_separator(f, at, at + 1);
    emit(f, text, sizeof text, at, at + 1);
}

static bool next_is_mark(struct str s, size_t at)
{
    int32_t c;
    return at < s.len && (unsigned char)s.data[at] >= 0x80 &&
           utf8proc_iterate((const uint8_t *)s.data + at, (utf8proc_ssize_t)(s.len - at), &c) > 0 &&
           is_mark(c);
}

void fold_text(struct str s, struct strbuf *out, uint32_t *begins, uint32_t *ends)
{
    struct folder f = {.out = out, .begins = begins, .ends = ends, .start = out->len};
    for (size_t i = 0; i < s.len;) {
        unsigned char c = (unsigned char)s.data[i];
        int32_t cp;
        if (fold_is_separator(c)) {
            emit_separator(&f, (uint32_t)i, (uint32_t)i + 1);
            i++;
        } else if (c < 0x80 && !next_is_mark(s, i + 1)) {
            char lower = (char)(c >= 'A' && c <= 'Z' ? c + 0x20 : c);
            emit(&f, &lower, 1, (uint32_t)i, (uint32_t)i + 1);
            i++;
        } else if (utf8proc_iterate((const uint8_t *)s.data + i, (utf8proc_ssize_t)(s.len - i),
                                    &cp) <= 0) {
            fold_invalid(&f, c, (uint32_t)i);
            i++;
        } else {
            i = fold_cluster(&f, s, i);
        }
    }
}
