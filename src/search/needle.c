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

/* The byte of [begin, end) that is rarest in ids. */
static size_t rarest_byte(struct str text, size_t begin, size_t end)
{
    size_t best = begin;
    for (size_t i = begin + 1; i < end; i++) {
        if (commonness(text.data[i]) < commonness(text.data[best])) {
            best = i;
        }
    }
    return best;
}

static void init_with(struct needle *f, struct str text, size_t first)
{
    *f = (struct needle){.text = text};
    size_t second = second_byte(text, first);
    compare_first(f, 0, first < second ? first : second);
    compare_first(f, 1, first < second ? second : first);
}

void needle_init(struct needle *f, struct str text)
{
    init_with(f, text, rarest_byte(text, 0, text.len));
}

void needle_init_at(struct needle *f, struct str text, size_t rare)
{
    size_t first = rarest_byte(text, rare, rare + 3 < text.len ? rare + 3 : text.len);
    init_with(f, text, text.data[first] == ' ' ? rarest_byte(text, 0, text.len) : first);
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

/* Bit i: hay[i] folds to a blank, or is 0. Two tables of sixteen, by the low and the high half of a
 * byte, have a bit in common for these only: 0 to 20, 2d to 2f, 3a, 5c, 5f, 7c and 7f. */
__attribute__((target("avx2"))) static inline uint32_t blanks_avx2(__m256i x)
{
    const __m256i low =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 5, 1, 9, 3, 3, 11));
    const __m256i high =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(1, 1, 2, 4, 0, 8, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0));
    __m256i half = _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));
    __m256i common = _mm256_and_si256(_mm256_shuffle_epi8(low, x), _mm256_shuffle_epi8(high, half));
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(common, _mm256_setzero_si256()));
}

/* Bit i: what is wanted stands at hay[i]. */
__attribute__((target("avx2"))) static inline uint32_t beside_avx2(enum beside wanted,
                                                                   const char *hay)
{
    if (wanted == BESIDE_ANY) {
        return UINT32_MAX;
    }
    __m256i x = LOAD(hay);
    uint32_t blanks = wanted == BESIDE_EDGE ? 0 : blanks_avx2(x);
    if (wanted == BESIDE_EITHER || wanted == BESIDE_MORE) {
        return wanted == BESIDE_EITHER ? blanks : ~blanks;
    }
    uint32_t edges = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, _mm256_setzero_si256()));
    return wanted == BESIDE_EDGE ? edges : blanks & ~edges;
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

/* The first of the places in `hits`, from hay[i] on, that is one; SIZE_MAX. */
__attribute__((target("avx2"))) static inline size_t
first_avx2(const struct needle *f, const char *hay, size_t i, uint32_t hits, struct around around)
{
    uint32_t before = beside_avx2(around.before, hay + i - 1);
    hits &= i ? before : (before & ~1u) | is_beside(around.before, 0);
    hits = hits ? hits & beside_avx2(around.behind, hay + i + f->text.len) : 0;
    for (; hits; hits &= hits - 1) {
        size_t at = i + (size_t)__builtin_ctz(hits);
        if (is_at_avx2(f->text, hay + at)) {
            return at;
        }
    }
    return SIZE_MAX;
}

__attribute__((target("avx2"))) static size_t find_avx2(const struct needle *f, const char *hay,
                                                        size_t end, size_t from,
                                                        struct around around, bool *any)
{
    const struct probe p = probe_of(f);
    for (size_t i = from; i < end; i += 64) {
        uint32_t hits[2] = {probe_at(&p, hay + i), probe_at(&p, hay + i + 32)};
        if (!(hits[0] | hits[1])) {
            continue;
        }
        *any = true;
        for (size_t k = 0; k < 2; k++) {
            size_t at = hits[k] ? first_avx2(f, hay, i + 32 * k, hits[k], around) : SIZE_MAX;
            if (at != SIZE_MAX) {
                return at < end ? at : SIZE_MAX;
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
/* How many of the places in `hits`, from hay[i] on, are the needle; of a short one, all. */
__attribute__((target("avx2,popcnt"))) static inline size_t
count_hits_avx2(const struct needle *f, const char *hay, size_t i, uint64_t hits)
{
    size_t count = 0;
    if (f->text.len <= TOLD_BY_TWO) {
        return (size_t)__builtin_popcountll(hits);
    }
    for (; hits; hits &= hits - 1) {
        count += is_at_avx2(f->text, hay + i + (size_t)__builtin_ctzll(hits));
    }
    return count;
}

__attribute__((target("avx2,popcnt"))) static size_t
count_avx2(const struct needle *f, const char *hay, size_t end, size_t limit)
{
    size_t count = 0;
    const struct probe p = probe_of(f);
    for (size_t i = 0; i < end && count <= limit; i += 64) {
        uint64_t hits = (uint64_t)probe_at(&p, hay + i + 32) << 32 | probe_at(&p, hay + i);
        hits &= end - i < 64 ? (1ull << (end - i)) - 1 : UINT64_MAX;
        count += hits ? count_hits_avx2(f, hay, i, hits) : 0;
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
