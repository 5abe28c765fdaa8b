/* A full page ends the search early: the answers are those of scoring every string. */
#include "support.h"

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

static struct search_index *mixed_index(char dir[64])
{
    struct corpus_rng r = {11};
    char name[32];
    struct error err;
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    for (uint64_t d = 0; d < 24; d++) {
        snprintf(name, sizeof name, "set%02d", (int)d);
        struct search_doc doc = {.dataset_id = name, .records = 1000ull << d / 3 * 2};
        check(search_builder_dataset(b, &doc, &err), &err);
        add_mixed(b, d, &r);
    }
    finish(b, 1);
    return open_index(dir);
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

static void test_pages_are_those_of_scoring_every_string(void **state)
{
    (void)state;
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
                                          "ce_"};
    char dir[64];
    struct search_index *ix = mixed_index(dir);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        assert_as_brute_force(ix, queries[i]);
    }
    search_close(ix);
    remove_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_are_those_of_scoring_every_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
