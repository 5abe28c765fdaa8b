/* Needles against folding first and looking then. */
#include "support.h"

#include "search/find.h"
#include "search/fold.h"
#include "search/needle.h"

static const char folds_to_blank[] = "_-./:|\\ ";

static bool is_beside(enum beside wanted, char c)
{
    switch (wanted) {
    case BESIDE_EDGE:
        return c == 0;
    case BESIDE_BLANK:
        return c == ' ';
    case BESIDE_EITHER:
        return c == 0 || c == ' ';
    case BESIDE_MORE:
        return c != 0 && c != ' ';
    default:
        return true;
    }
}

static size_t find_folded(const char *folded, size_t n, size_t from, struct str word,
                          struct around around)
{
    for (size_t at = from; at + word.len <= n; at++) {
        if (memcmp(folded + at, word.data, word.len) == 0 &&
            is_beside(around.before, at ? folded[at - 1] : 0) &&
            is_beside(around.behind, folded[at + word.len])) {
            return at;
        }
    }
    return n;
}

/* Texts as they are written, a NUL behind each. */
static size_t make_texts(struct corpus_rng *r, char *hay, size_t room)
{
    size_t n = corpus_below(r, room - 2) + 1;
    for (size_t i = 0; i < n; i++) {
        uint64_t kind = corpus_below(r, 12);
        hay[i] = kind == 0  ? 0
                 : kind < 3 ? folds_to_blank[corpus_below(r, sizeof folds_to_blank - 1)]
                 : kind < 6 ? "ABC"[corpus_below(r, 3)]
                            : "abc01@["[corpus_below(r, 7)];
    }
    hay[n - 1] = 0;
    return n;
}

static void test_needles_are_found_where_the_folded_text_has_them(void **state)
{
    (void)state;
    enum { ROOM = 300 };
    struct corpus_rng r = {5};
    for (int i = 0; i < 20000; i++) {
        char store[1 + ROOM + FIND_PADDING] = "\x7f", folded[ROOM + FIND_PADDING] = "";
        char word[64 + FIND_PADDING] = "", *hay = store + 1;
        size_t n = make_texts(&r, hay, ROOM), len = 1 + corpus_below(&r, i % 10 ? 6 : 40);
        fold_simple(folded, hay, n);
        size_t at = corpus_below(&r, n);
        for (size_t k = 0; k < len; k++) {
            char c = at + k < n ? folded[at + k] : 0;
            word[k] = c && (c != ' ' || k) ? c : 'a';
        }
        struct needle needle;
        struct around around = {(enum beside)corpus_below(&r, 5), (enum beside)corpus_below(&r, 5)};
        if (i % 2) {
            needle_init(&needle, str_n(word, len));
        } else {
            needle_init_at(&needle, str_n(word, len), corpus_below(&r, len));
        }
        size_t from = corpus_below(&r, n), anywhere = 0;
        size_t want = find_folded(folded, n, from, needle.text, around);
        for (size_t k = 0; k + len <= n; k++) {
            anywhere += memcmp(folded + k, word, len) == 0;
        }
        for (int vectors = 0; vectors < 2; vectors++) {
            bool any = false;
            find_use_vectors(vectors);
            assert_int_equal(needle_find(&needle, hay, n, from, around, &any), want);
            assert_true(any || want == n);
            size_t count = needle_count(&needle, hay, n, SIZE_MAX);
            assert_true(len <= 8 ? count >= anywhere : count == anywhere);
            assert_true(needle_count(&needle, hay, n, 1) >= (anywhere < 2 ? anywhere : 2));
        }
    }
    find_use_vectors(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_needles_are_found_where_the_folded_text_has_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
