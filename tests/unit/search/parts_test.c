/* The small parts against slow and plain versions of themselves. */
#include "support.h"

#include <errno.h>

#include "search/bits.h"
#include "search/crc32c.h"
#include "search/find.h"
#include "search/fold.h"
#include "search/grams.h"
#include "search/natural.h"
#include "search/pack.h"
#include "search/pattern.h"

/* Optimal string alignment by the book; begins: 0 anywhere, 1 at the text. */
static int osa(const char *p, const char *t, bool anchored, bool whole)
{
    int m = (int)strlen(p), n = (int)strlen(t), d[20][40], best = 99;
    for (int i = 0; i <= m; i++) {
        for (int j = 0; j <= n; j++) {
            if (i == 0) {
                d[i][j] = anchored ? j : 0;
            } else if (j == 0) {
                d[i][j] = i;
            } else {
                int cost = p[i - 1] != t[j - 1], x = d[i - 1][j - 1] + cost;
                x = d[i - 1][j] + 1 < x ? d[i - 1][j] + 1 : x;
                x = d[i][j - 1] + 1 < x ? d[i][j - 1] + 1 : x;
                if (i > 1 && j > 1 && p[i - 1] == t[j - 2] && p[i - 2] == t[j - 1] &&
                    d[i - 2][j - 2] + 1 < x) {
                    x = d[i - 2][j - 2] + 1;
                }
                d[i][j] = x;
            }
        }
    }
    for (int j = whole ? n : 0; j <= n; j++) {
        best = d[m][j] < best ? d[m][j] : best;
    }
    return best;
}

static void test_pattern_is_osa(void **state)
{
    (void)state;
    struct corpus_rng r = {1};
    for (int i = 0; i < 30000; i++) {
        char p[20], t[40];
        size_t m = 3 + corpus_below(&r, 9), n = corpus_below(&r, 16);
        for (size_t k = 0; k < m; k++) {
            p[k] = (char)('a' + corpus_below(&r, 3));
        }
        for (size_t k = 0; k < n; k++) {
            t[k] = (char)('a' + corpus_below(&r, 3));
        }
        p[m] = t[n] = 0;
        struct pattern x;
        pattern_init(&x, str_c(p));
        for (int k = 1; k <= 2; k++) {
            int want = osa(p, t, false, false),
                got = pattern_search(&x, str_c(t), k, PATTERN_ANYWHERE, NULL);
            assert_int_equal(got, want <= k ? want : k + 1);
            want = osa(p, t, true, false);
            assert_int_equal(pattern_search(&x, str_c(t), k, PATTERN_AT_TEXT, NULL),
                             want <= k ? want : k + 1);
            want = osa(p, t, true, true);
            assert_int_equal(pattern_whole(&x, str_c(t), k), want <= k ? want : k + 1);
        }
    }
}

/* The starts of the text and of the words inside of it, which are asked for by four bytes. */
static void starts_are_found(const struct gram_index *g, uint32_t unit, const char *text)
{
    struct gram_scratch s = {0};
    uint64_t map[8];
    size_t n = strlen(text);
    assert_true(bitmap_words(g->n_units) <= sizeof map / sizeof *map);
    for (size_t at = 0; at < n; at++) {
        if (at > 0 && text[at - 1] != ' ') {
            continue;
        }
        char start[GRAM_START_LEN] = {at ? ' ' : GRAM_BEGIN};
        for (size_t i = 1; i < GRAM_START_LEN; i++) {
            start[i] = at + i - 1 < n ? text[at + i - 1] : GRAM_END;
        }
        gram_filter_start(g, start, map, &s);
        assert_true(bitmap_get(map, unit));
        start[1] = 'z'; /* in no text */
        gram_filter_start(g, start, map, &s);
        assert_false(bitmap_get(map, unit));
    }
    assert_false(s.damaged);
    gram_scratch_free(&s);
}

/* Ends of words, and that the unit has several, are never taken for what it has not. */
static void nothing_is_narrowed_away(const struct gram_index *g, uint32_t unit, const char *text)
{
    struct gram_scratch s = {0};
    uint64_t map[8];
    size_t n = strlen(text), words = bitmap_words(g->n_units);
    for (size_t end = 3; end <= n; end++) {
        if (text[end] && text[end] != ' ') {
            continue;
        }
        struct str word = str_n(text + end - 3, 3);
        gram_filter_end(g, word, map, &s);
        assert_true(bitmap_get(map, unit));
        memset(map, 0, sizeof map);
        bitmap_fill(map, g->n_units);
        gram_narrow_end(g, word, map, &s);
        assert_true(bitmap_get(map, unit));
        gram_narrow_end(g, str_c("xzz"), map, &s); /* in no text */
        assert_int_equal(bitmap_count(map, words), 0);
    }
    memset(map, 0, sizeof map);
    bitmap_fill(map, g->n_units);
    gram_narrow_several(g, map, &s);
    assert_int_equal(bitmap_get(map, unit), strchr(text, ' ') != NULL);
    gram_narrow_start(g, GRAM_BEGIN, str_c(text), map, &s);
    assert_int_equal(bitmap_get(map, unit), strchr(text, ' ') != NULL);
    assert_false(s.damaged);
    gram_scratch_free(&s);
}

static void put_postings(void *user, const void *data, size_t n)
{
    strbuf_add(user, data, n);
}

static void finish_grams(struct gram_builder *b, uint32_t units, struct strbuf *dir,
                         struct strbuf *posts)
{
    strbuf_init(dir, SIZE_MAX);
    strbuf_init(posts, SIZE_MAX);
    assert_int_equal(gram_builder_finish(b, units, put_postings, posts, dir), 0);
    gram_builder_free(b);
}

static void assert_same_on_disk(struct gram_builder *b, uint32_t units, const struct strbuf *dir,
                                const struct strbuf *posts)
{
    struct strbuf dir2, posts2;
    finish_grams(b, units, &dir2, &posts2);
    assert_true(str_eq(strbuf_view(dir), strbuf_view(&dir2)));
    assert_true(str_eq(strbuf_view(posts), strbuf_view(&posts2)));
    strbuf_free(&dir2);
    strbuf_free(&posts2);
}

static void test_postings_that_cannot_be_kept_are_told(void **state)
{
    (void)state;
    struct strbuf dir, posts;
    struct gram_builder *b = gram_builder_new(false, "/nowhere/at/all", 10);
    strbuf_init(&dir, SIZE_MAX);
    strbuf_init(&posts, SIZE_MAX);
    gram_builder_add(b, 0, str_c("something"));
    gram_builder_add(b, 1, str_c("something else"));
    assert_int_equal(gram_builder_finish(b, 2, put_postings, &posts, &dir), ENOENT);
    gram_builder_free(b);
    strbuf_free(&dir);
    strbuf_free(&posts);
}

/* No filter may lose a unit that matches. */
static void test_filters_never_miss(void **state)
{
    (void)state;
    enum { UNITS = 300 };
    struct corpus_rng r = {8};
    struct gram_builder *b = gram_builder_new(false, "/tmp/tsi-grams", UINT64_MAX);
    struct gram_builder *on_disk = gram_builder_new(false, "/tmp/tsi-grams", 300);
    char texts[UNITS][40];
    for (uint32_t i = 0; i < UNITS; i++) {
        size_t n = 5 + corpus_below(&r, 12);
        for (size_t k = 0; k < n; k++) {
            texts[i][k] = "abcde 01"[corpus_below(&r, 8)];
        }
        texts[i][0] = texts[i][n - 1] = 'a';
        texts[i][n] = 0;
        gram_builder_add(b, i, str_c(texts[i]));
        gram_builder_add(on_disk, i, str_c(texts[i]));
    }
    struct strbuf dir, posts;
    finish_grams(b, UNITS, &dir, &posts);
    assert_same_on_disk(on_disk, UNITS, &dir, &posts);
    struct gram_index g = {(const void *)dir.data,
                           dir.len / sizeof(struct gram_entry),
                           (const void *)posts.data,
                           posts.len,
                           UNITS,
                           false};
    struct gram_scratch s = {0};
    uint64_t map[UNITS / 64 + 2];
    size_t kept = 0, asked = 0;
    for (int i = 0; i < 3000; i++) {
        const char *from = texts[corpus_below(&r, UNITS)];
        char word[24];
        size_t n = strlen(from), at = corpus_below(&r, n - 4), len = 4 + corpus_below(&r, 9);
        snprintf(word, sizeof word, "%.*s", (int)len, from + at);
        for (uint64_t edits = corpus_below(&r, 3); edits; edits--) {
            word[corpus_below(&r, strlen(word))] = "abcde 01"[corpus_below(&r, 8)];
        }
        struct pattern p;
        pattern_init(&p, str_c(word));
        enum pattern_begin begin = p.m <= GRAM_SHORT_CHARS ? PATTERN_AT_WORD : PATTERN_ANYWHERE;
        for (int k = 0; k <= 2; k++) {
            if (k == 0) {
                gram_filter_exact(&g, str_c(word), map, &s);
            } else {
                gram_filter_fuzzy(&g, str_c(word), k, map, &s);
            }
            for (uint32_t u = 0; u < UNITS; u++) {
                bool match = k == 0 ? strstr(texts[u], word) != NULL
                                    : pattern_search(&p, str_c(texts[u]), k, begin, NULL) <= k;
                if (match && !bitmap_get(map, u)) {
                    fail_msg("\"%s\" with %d typos is lost in \"%s\"", word, k, texts[u]);
                }
                kept += k == 1 && bitmap_get(map, u);
            }
            asked += k == 1;
        }
    }
    for (uint32_t u = 0; u < UNITS; u++) {
        starts_are_found(&g, u, texts[u]);
        nothing_is_narrowed_away(&g, u, texts[u]);
    }
    assert_false(s.damaged);
    assert_true(kept < asked * UNITS / 2); /* and it does filter */
    gram_scratch_free(&s);
    strbuf_free(&dir);
    strbuf_free(&posts);
}

static void assert_folds(const char *in, const char *out)
{
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX);
    fold_text(str_c(in), &b, NULL, NULL);
    assert_string_equal(b.data ? b.data : "", out);
    strbuf_free(&b);
}

static void test_fold(void **state)
{
    (void)state;
    assert_folds("Item_00-1./:|\\x", "item 00 1 x");
    assert_folds("  __a__  ", "a");
    assert_folds("", "");
    assert_folds("\t\n", "");
    assert_folds("Zürich", "zurich");
    assert_folds("Zu\xcc\x88rich", "zurich");
    assert_folds("Straße", "strasse");
    assert_folds("İstanbul", "istanbul");
    assert_folds("ﬁne ＡＢＣ", "fine abc");
    assert_folds("が", "が");
    assert_folds("\xff"
                 "a",
                 "xffa");
    assert_folds("a\xe2\x80\x93z", "a z"); /* en dash */
    for (int c = 1; c < 128; c++) {        /* the quick way is the slow way */
        char text[4] = {'a', (char)c, 'Z', 0}, quick[64 + 4] = "";
        if (fold_is_simple(str_n(text, 3))) {
            fold_simple(quick, text, 3);
            assert_folds(text, quick);
        }
    }
    char long_text[101], vector[101], scalar[101];
    struct corpus_rng r = {4};
    for (int i = 0; i < 100; i++) {
        long_text[i] = (char)corpus_below(&r, 128);
    }
    fold_simple(vector, long_text, 100);
    find_use_vectors(false);
    fold_simple(scalar, long_text, 100);
    find_use_vectors(true);
    assert_memory_equal(vector, scalar, 100);
}

static void test_find(void **state)
{
    (void)state;
    struct corpus_rng r = {6};
    for (int i = 0; i < 3000; i++) {
        char hay[300 + FIND_PADDING] = "";
        size_t n = 1 + corpus_below(&r, 200), m = 1 + corpus_below(&r, 6),
               from = corpus_below(&r, n);
        for (size_t k = 0; k < n + FIND_PADDING; k++) {
            hay[k] = "ab\0c"[corpus_below(&r, 4)];
        }
        char needle[8];
        memcpy(needle, hay + corpus_below(&r, n), m);
        size_t a = find_bytes(hay, n, from, needle, m), c = find_count_nul(hay, from, n);
        find_use_vectors(false);
        assert_int_equal(a, find_bytes(hay, n, from, needle, m));
        assert_int_equal(c, find_count_nul(hay, from, n));
        find_use_vectors(true);
    }
}

static void test_natural_order(void **state)
{
    (void)state;
    static const char *const sorted[] = {"",   "1",   "01",   "2",     "10",    "H",      "H1",
                                         "H2", "H10", "H10a", "H010b", "a_9_z", "a_10_a", "b"};
    for (size_t i = 0; i < sizeof sorted / sizeof *sorted; i++) {
        for (size_t k = 0; k < sizeof sorted / sizeof *sorted; k++) {
            int order = natural_cmp(str_c(sorted[i]), str_c(sorted[k]));
            if ((i < k && order >= 0 && !(i == 1 && k == 2)) || (i == k && order != 0)) {
                fail_msg("%s and %s", sorted[i], sorted[k]);
            }
            assert_int_equal(order<0, natural_cmp(str_c(sorted[k]), str_c(sorted[i]))> 0);
        }
    }
    struct natural_step s;
    assert_true(natural_follows(str_c("a_099_b"), str_c("a_100_b"), &s));
    assert_int_equal(s.begin, 2);
    assert_true(natural_follows(str_c("H99"), str_c("H100"), &s));
    assert_false(natural_follows(str_c("H098"), str_c("H99"), &s));
    assert_false(natural_follows(str_c("H9"), str_c("H11"), &s));
    assert_false(natural_follows(str_c("H1a"), str_c("H2b"), &s));
    assert_false(natural_follows(str_c("9999999999999999999"), str_c("10000000000000000000"), &s));
}

static void test_pack(void **state)
{
    (void)state;
    enum { N = 3000 };
    int64_t *values = calloc(N, sizeof *values), v;
    bool *known = calloc(N, sizeof *known);
    struct corpus_rng r = {2};
    struct pack_writer w;
    pack_writer_init(&w);
    for (size_t i = 0; i < N; i++) {
        size_t group = i / PACK_GROUP % 6;
        values[i] = group == 0   ? 8760
                    : group == 1 ? (int64_t)corpus_next(&r)
                    : group == 2 ? 3600000000ll * (int64_t)corpus_below(&r, 100000)
                                 : (int64_t)corpus_below(&r, 7);
        known[i] = group < 3 || corpus_below(&r, 4) > 0;
        if (group == 5) {
            known[i] = false;
        }
        pack_writer_add(&w, values[i], known[i]);
    }
    values[0] = 8760;
    pack_writer_finish(&w);
    strbuf_add(&w.groups, w.data.data, w.data.len);
    struct pack_column c;
    assert_true(pack_open(&c, w.groups.data, w.groups.len, N));
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(pack_get(&c, i, &v), known[i]);
        if (known[i]) {
            assert_true(v == values[i]);
        }
    }
    assert_false(pack_get(&c, N, &v));
    assert_false(pack_open(&c, w.groups.data, 16, N));
    pack_writer_free(&w);
    free(values);
    free(known);
}

static void test_crc32c(void **state)
{
    (void)state;
    unsigned char zeros[32] = {0}, ones[32]; /* RFC 3720 B.4 */
    memset(ones, 0xff, sizeof ones);
    assert_int_equal(crc32c(0, zeros, 32), 0x8A9136AAu);
    assert_int_equal(crc32c(0, ones, 32), 0x62A8AB43u);
    assert_int_equal(crc32c(0, "123456789", 9), 0xE3069283u);
    assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xE3069283u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pattern_is_osa),
        cmocka_unit_test(test_filters_never_miss),
        cmocka_unit_test(test_postings_that_cannot_be_kept_are_told),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_natural_order),
        cmocka_unit_test(test_pack),
        cmocka_unit_test(test_crc32c),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
