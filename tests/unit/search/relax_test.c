#include "support.h"

/* `abcdef` is in no id, and every block has all its grams: to find that it is nowhere without a
 * typo takes a look into each. */
static struct search_index *hard_to_look_through(char dir[64])
{
    char id[64];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_dataset(b, "c", (const char *const[]){"measurementstation", NULL});
    add_dataset(b, "d", NULL);
    for (int i = 0; i < 2560; i++) {
        static const char *const halves[] = {"abcde", "bcdef"};
        snprintf(id, sizeof id, "%c%c %s x%dy", 'a' + i * 7 % 26, 'a' + i * 11 % 23, halves[i % 2],
                 i * 3);
        add_id(b, id, 100);
    }
    finish(b, 1);
    return open_index(dir);
}

static void test_a_word_that_was_not_looked_for_to_the_end_leaves_the_answer_partial(void **state)
{
    (void)state;
    char dir[64];
    struct search_index *ix = hard_to_look_through(dir);
    struct search_result r;
    ask_with(ix, "abcdef measurementstation", &(struct search_options){.work_limit = 5}, &r);
    assert_true(r.partial && r.at_least);
    assert_true(r.blocks_read <= 5);
    search_result_free(&r);
    search_close(ix);
    remove_folder(dir);
}

static void test_words_that_were_looked_for_to_the_end_leave_it_whole(void **state)
{
    (void)state;
    char dir[64];
    struct search_index *ix = hard_to_look_through(dir);
    struct search_result r;
    ask_with(ix, "zzzzqqqq measurementstation", NULL, &r);
    assert_int_equal(r.n_dropped, 1);
    assert_string_equal(r.dropped[0], "zzzzqqqq");
    assert_int_equal(r.n_hits, 1);
    assert_false(r.partial);
    search_result_free(&r);
    search_close(ix);
    remove_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_word_that_was_not_looked_for_to_the_end_leaves_the_answer_partial),
        cmocka_unit_test(test_words_that_were_looked_for_to_the_end_leave_it_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
