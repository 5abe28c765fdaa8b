#include "search/needle.h"

#include <string.h>

#include "search/find.h"
#include "search/fold_bytes.h"

/* Of needles of so many bytes, two of them say enough for a count. */
#define TOLD_BY_TWO 8

/* How common a folded byte is in ids, roughly: 0 is rarest. Digits and the letters that make most
 * of words come last; blanks, which stand for many bytes, are never compared first. */
static unsigned commonness(char c)
{
    static const char letters[] = "qxjzvkwyfbghpumcdlnrsoitae";
    const char *letter = c ? strchr(letters, c) : NULL;
    if (c == ' ') {
        return 255;
    }
    return letter ? 1 + (unsigned)(letter - letters) : c >= '0' && c <= '9' ? 40 : 0;
}

static void compare_first(struct needle *f, int which, size_t at)
{
    char c = f->text.data[at];
    f->at[which] = (uint16_t)at;
    f->byte[which] = c;
    f->mask[which] = c >= 'a' && c <= 'z' ? 0x20 : 0;
}

/* The other byte: ids of a family have their letters in common and differ in their digits, the last
 * of them most. Without digits the rarest that is not the same as the first. */
static size_t second_byte(struct str text, size_t first)
{
    size_t second = first;
    for (size_t i = text.len; i-- > 0;) {
        if (text.data[i] >= '0' && text.data[i] <= '9' && i != first) {
            return i;
        }
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (i != first && c != ' ' &&
            (second == first || text.data[second] == text.data[first] ||
             (c != text.data[first] && commonness(c) < commonness(text.data[second])))) {
            second = i;
        }
    }
    return second;
}

void needle_init(struct needle *f, struct str text)
{
    size_t first = 0;
    *f = (struct needle){.text = text};
    for (size_t i = 1; i < text.len; i++) {
        if (commonness(text.data[i]) < commonness(text.data[first])) {
            first = i;
        }
    }
    size_t second = second_byte(text, first);
    compare_first(f, 0, first < second ? first : second);
    compare_first(f, 1, first < second ? second : first);
}

static bool is_at(const struct str word, const char *hay)
{
    for (size_t i = 0; i < word.len; i++) {
        if (fold_byte(hay[i]) != word.data[i]) {
            return false;
        }
    }
    return true;
}

/* `c`: the byte beside the word; 0 where the text ends. */
static bool is_beside(enum beside wanted, char c)
{
    bool blank = fold_byte(c) == ' ';
    switch (wanted) {
    case BESIDE_EDGE:
        return c == 0;
    case BESIDE_BLANK:
        return blank;
    case BESIDE_EITHER:
        return c == 0 || blank;
    case BESIDE_MORE:
        return c != 0 && !blank;
    default:
        return true;
    }
}

static size_t find_portable(const struct needle *f, const char *hay, size_t end, size_t from,
                            struct around around, bool *any)
{
    for (size_t i = from; i < end; i++) {
        if ((char)(hay[i + f->at[0]] | f->mask[0]) != f->byte[0] || !is_at(f->text, hay + i)) {
            continue;
        }
        *any = true;
        /* Behind the last text there is its NUL. */
        if (is_beside(around.before, i ? hay[i - 1] : 0) &&
            is_beside(around.behind, hay[i + f->text.len])) {
            return i;
        }
    }
    return SIZE_MAX;
}

#if defined(__x86_64__)
#define LOAD(p) _mm256_loadu_si256((const __m256i *)(const void *)(p))

__attribute__((target("avx2"))) static inline bool is_at_avx2(const struct str word,
                                                              const char *hay)
{
    if (word.len > 32) {
        return is_at(word, hay);
    }
    __m256i same = _mm256_cmpeq_epi8(fold_vector(LOAD(hay)), LOAD(word.data));
    return (~(uint32_t)_mm256_movemask_epi8(same) & (uint32_t)((1ull << word.len) - 1)) == 0;
}

/* Bit i: what is wanted stands at hay[i]. */
__attribute__((target("avx2"))) static inline uint32_t beside_avx2(enum beside wanted,
                                                                   const char *hay)
{
    if (wanted == BESIDE_ANY) {
        return UINT32_MAX;
    }
    __m256i x = LOAD(hay), blank = _mm256_cmpeq_epi8(fold_vector(x), _mm256_set1_epi8(' '));
    uint32_t edges = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, _mm256_setzero_si256()));
    uint32_t blanks = (uint32_t)_mm256_movemask_epi8(blank);
    return wanted == BESIDE_EDGE     ? edges
           : wanted == BESIDE_BLANK  ? blanks
           : wanted == BESIDE_EITHER ? edges | blanks
                                     : ~(edges | blanks);
}

/* The two bytes that are compared first. */
struct probe {
    __m256i byte[2], mask[2];
    size_t at[2];
};

__attribute__((target("avx2"))) static inline struct probe probe_of(const struct needle *f)
{
    return (struct probe){{_mm256_set1_epi8(f->byte[0]), _mm256_set1_epi8(f->byte[1])},
                          {_mm256_set1_epi8(f->mask[0]), _mm256_set1_epi8(f->mask[1])},
                          {f->at[0], f->at[1]}};
}

/* Bit i: both are there, of a needle that begins at hay[i]. */
__attribute__((target("avx2"))) static inline uint32_t probe_at(const struct probe *p,
                                                                const char *hay)
{
    __m256i a = _mm256_or_si256(LOAD(hay + p->at[0]), p->mask[0]);
    __m256i b = _mm256_or_si256(LOAD(hay + p->at[1]), p->mask[1]);
    return (uint32_t)_mm256_movemask_epi8(
        _mm256_and_si256(_mm256_cmpeq_epi8(a, p->byte[0]), _mm256_cmpeq_epi8(b, p->byte[1])));
}

__attribute__((target("avx2"))) static size_t find_avx2(const struct needle *f, const char *hay,
                                                        size_t end, size_t from,
                                                        struct around around, bool *any)
{
    const struct probe p = probe_of(f);
    const uint32_t at_start = is_beside(around.before, 0);
    for (size_t i = from; i < end; i += 32) {
        uint32_t hits = probe_at(&p, hay + i);
        if (!hits) {
            continue;
        }
        uint32_t before = beside_avx2(around.before, hay + i - 1);
        *any = true;
        hits &= i ? before : (before & ~1u) | at_start;
        hits = hits ? hits & beside_avx2(around.behind, hay + i + f->text.len) : 0;
        for (; hits; hits &= hits - 1) {
            size_t at = i + (size_t)__builtin_ctz(hits);
            if (at >= end) {
                return SIZE_MAX;
            }
            if (is_at_avx2(f->text, hay + at)) {
                return at;
            }
        }
    }
    return SIZE_MAX;
}
#endif

size_t needle_find(const struct needle *f, const char *hay, size_t n, size_t from,
                   struct around around, bool *any)
{
    bool unasked;
    if (f->text.len > n || from > n - f->text.len) {
        return n;
    }
    size_t end = n - f->text.len + 1, at;
    any = any ? any : &unasked;
#if defined(__x86_64__)
    at = find_has_vectors() ? find_avx2(f, hay, end, from, around, any)
                            : find_portable(f, hay, end, from, around, any);
#else
    at = find_portable(f, hay, end, from, around, any);
#endif
    return at == SIZE_MAX ? n : at;
}

static size_t count_portable(const struct needle *f, const char *hay, size_t end, size_t limit)
{
    size_t count = 0;
    for (size_t i = 0; i < end && count <= limit; i++) {
        count += (char)(hay[i + f->at[0]] | f->mask[0]) == f->byte[0] &&
                 (char)(hay[i + f->at[1]] | f->mask[1]) == f->byte[1] &&
                 (f->text.len <= TOLD_BY_TWO || is_at(f->text, hay + i));
    }
    return count;
}

#if defined(__x86_64__)
__attribute__((target("avx2,popcnt"))) static size_t
count_avx2(const struct needle *f, const char *hay, size_t end, size_t limit)
{
    size_t count = 0;
    const struct probe p = probe_of(f);
    for (size_t i = 0; i < end && count <= limit; i += 32) {
        uint32_t hits = probe_at(&p, hay + i);
        hits &= end - i < 32 ? (1u << (end - i)) - 1 : UINT32_MAX;
        if (f->text.len <= TOLD_BY_TWO) {
            count += (size_t)__builtin_popcount(hits);
            continue;
        }
        for (; hits; hits &= hits - 1) {
            count += is_at_avx2(f->text, hay + i + (size_t)__builtin_ctz(hits));
        }
    }
    return count;
}
#endif

size_t needle_count(const struct needle *f, const char *hay, size_t n, size_t limit)
{
    if (f->text.len > n) {
        return 0;
    }
    size_t end = n - f->text.len + 1;
#if defined(__x86_64__)
    if (find_has_vectors()) {
        return count_avx2(f, hay, end, limit);
    }
#endif
    return count_portable(f, hay, end, limit);
}
