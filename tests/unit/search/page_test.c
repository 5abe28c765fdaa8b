/* A full page ends the search early: the answers are those of scoring every string. */
#include "support.h"

#include "search/index.h"

static const char *const animals[] = {"Fox", "Robin", "Mouse", "Hippopotamus"};
static const char *const uses[] = {"parking", "science", "assembly", "education_hall"};
static const char *const names[] = {"Al", "Bruno", "Clementine", "Dagobert_the_Third"};

/* Long and short ids side by side, the same in many datasets of many sizes, and runs. The shortest
 * that have a word are in the smaller datasets. */
static void add_mixed(struct search_builder *b, uint64_t dataset, struct corpus_rng *r)
{
    char id[96];
    for (int i = 0; i < 300; i++) {
        snprintf(id, sizeof id, "%s_%s_%s_%d", animals[corpus_below(r, 4)],
                 uses[corpus_below(r, 4)],
                 names[dataset < 16 ? 2 + corpus_below(r, 2) : corpus_below(r, 4)], i * 3);
        add_id(b, id, 100);
        snprintf(id, sizeof id, "%c%d", 'F' + i % 14, i * 7);
        add_id(b, id, 100);
    }
    for (int i = 0; i < 60; i++) {
        snprintf(id, sizeof id, "household %05d", i + (int)dataset);
        add_id(b, id, 100);
        snprintf(id, sizeof id, "FOODS_1_%03d_CA_%d_evaluation", i / 4, i % 4);
        add_id(b, id, 100);
    }
}

/* In so many segments; the first ones have the smaller datasets. */
static struct search_index *mixed_index(char dir[64], uint64_t segments)
{
    struct corpus_rng r = {11};
    char name[32];
    struct error err;
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    for (uint64_t d = 0; d < 24; d++) {
        if (d && d % (24 / segments) == 0) {
            finish(b, 1);
            b = begin(dir, false);
        }
        snprintf(name, sizeof name, "set%02d", (int)d);
        struct search_doc doc = {.dataset_id = name, .records = 1000ull << d / 3 * 2};
        check(search_builder_dataset(b, &doc, &err), &err);
        add_mixed(b, d, &r);
    }
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    assert_int_equal(ix->n_segments, segments);
    return ix;
}

static void assert_as_brute_force(const struct search_index *ix, const char *query)
{
    struct search_result quick, slow;
    struct search_options o = {.limit = 10};
    ask_with(ix, query, &o, &quick);
    o.brute_force = true;
    ask_with(ix, query, &o, &slow);
    char *a = result_text(&quick), *b = result_text(&slow);
    if (strcmp(a, b) != 0) {
        fail_msg("\"%s\":\n%sinstead of\n%s", query, a, b);
    }
    mem_free(a);
    mem_free(b);
    search_result_free(&quick);
    search_result_free(&slow);
}

static void ask_all(const struct search_index *ix)
{
    static const char *const queries[] = {"Fox_parki",
                                          "robin_asse",
                                          "scien",
                                          "education",
                                          "_offi",
                                          "mouse",
                                          "F49",
                                          "hall_al",
                                          "bruno",
                                          "household 00012",
                                          "household q0m0012",
                                          "huosehold 00030",
                                          "houshold 0003",
                                          "00012 huosehold",
                                          "0001z household",
                                          "00x12 household",
                                          "household 00012 hosehold",
                                          "evalaation FOODS_1_003",
                                          "CA_2 FODOS 007",
                                          "FOODS_1_001_CA",
                                          "FOODS_1_001_uA_2_evaluation",
                                          "FOODS_1_0_CA_1_evalaation",
                                          "A_1_evaluation FOODS_1_003_C",
                                          "third hippopotamus",
                                          "hippopotamsu educaton",
                                          "Fox_sceince_Clementine",
                                          "dagobert parkin robin",
                                          "clemetine 27",
                                          "pp",
                                          "ce_",
                                          "l",
                                          "7",
                                          "k 7",
                                          "4_2",
                                          "ing",
                                          "ck",
                                          "science -robin",
                                          "-assembly F4"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        assert_as_brute_force(ix, queries[i]);
    }
}

/* Parts of ids, as they are and with a letter changed or lost, with and without the ends of words.
 */
static void ask_parts(const struct search_index *ix, size_t n)
{
    struct corpus_rng r = {29};
    for (size_t i = 0; i < n; i++) {
        const char *animal = animals[corpus_below(&r, 4)], *use = uses[corpus_below(&r, 4)];
        char text[96], query[96];
        snprintf(text, sizeof text, "%s_%s_%s_%d", animal, use, names[corpus_below(&r, 4)],
                 (int)corpus_below(&r, 300) * 3);
        size_t begin = corpus_below(&r, 2) ? 0 : corpus_below(&r, strlen(text) - 3);
        size_t len = 1 + corpus_below(&r, strlen(text) - begin);
        snprintf(query, sizeof query, "%.*s", (int)len, text + begin);
        size_t at = corpus_below(&r, strlen(query));
        if (i % 4 == 1) {
            query[at] = 'q';
        } else if (i % 4 == 2) {
            memmove(query + at, query + at + 1, strlen(query + at));
        }
        if (query[strspn(query, "_- ")]) {
            assert_as_brute_force(ix, query);
        }
    }
}

static void test_pages_are_those_of_scoring_every_string(void **state)
{
    (void)state;
    static const uint64_t segments[] = {1, 4};
    for (size_t i = 0; i < sizeof segments / sizeof *segments; i++) {
        char dir[64];
        struct search_index *ix = mixed_index(dir, segments[i]);
        ask_all(ix);
        ask_parts(ix, 60);
        search_close(ix);
        remove_folder(dir);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_are_those_of_scoring_every_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
