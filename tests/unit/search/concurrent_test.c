/* One index, a thousand threads: every one gets the answer that one alone gets. */
#include <pthread.h>

#include "support.h"

#define THREADS 1000

static const char *const queries[] = {"itme_0001 x", "item_000", "zurich",       "FOODS_1",
                                      "T12",         "a",        "HOBIES_1_001", "nothing-at-all"};
#define N_QUERIES (sizeof queries / sizeof *queries)

struct crowd {
    const struct search_index *ix;
    char *expected[N_QUERIES];
    pthread_barrier_t start;
    atomic_int wrong;
};

struct member {
    pthread_t thread;
    struct crowd *crowd;
    size_t query;
};

static void *ask_once(void *user)
{
    struct member *m = user;
    struct search_result r;
    struct error err;
    pthread_barrier_wait(&m->crowd->start);
    bool failed = search_run(m->crowd->ix, str_c(queries[m->query]), NULL, &r, &err) != OK;
    char *text = result_text(&r);
    atomic_fetch_add(&m->crowd->wrong, failed || strcmp(text, m->crowd->expected[m->query]) != 0);
    mem_free(text);
    search_result_free(&r);
    return NULL;
}

static void test_a_thousand_at_once(void **state)
{
    (void)state;
    char dir[64];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_corpus(b, 0, 20, 200);
    finish(b, 1);
    struct search_index *ix = open_index(dir);
    static struct member members[THREADS];
    struct crowd crowd = {.ix = ix};
    for (size_t i = 0; i < N_QUERIES; i++) {
        struct search_result r;
        ask_with(ix, queries[i], NULL, &r);
        crowd.expected[i] = result_text(&r);
        search_result_free(&r);
    }
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 1 << 20);
    pthread_barrier_init(&crowd.start, NULL, THREADS);
    for (size_t i = 0; i < THREADS; i++) {
        members[i] = (struct member){.crowd = &crowd, .query = i % N_QUERIES};
        assert_int_equal(pthread_create(&members[i].thread, &small, ask_once, &members[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(members[i].thread, NULL);
    }
    assert_int_equal(crowd.wrong, 0);
    for (size_t i = 0; i < N_QUERIES; i++) {
        mem_free(crowd.expected[i]);
    }
    pthread_barrier_destroy(&crowd.start);
    pthread_attr_destroy(&small);
    search_close(ix);
    remove_folder(dir);
}

struct typist {
    const struct search_index *ix;
    struct search_line line;
    atomic_bool cancelled;
};

/* Slow queries, one after the other, until one is cancelled. */
static void *ask_slowly(void *user)
{
    struct typist *t = user;
    while (!atomic_load(&t->cancelled)) {
        struct search_result r;
        struct error err = {0};
        struct search_options o = {.line = &t->line, .brute_force = true, .count = true};
        enum error_code rc = search_run(t->ix, str_c("evaluatoin something"), &o, &r, &err);
        if (rc == ERR_CANCELLED) {
            atomic_store(&t->cancelled, strstr(err.text, "newer") != NULL);
        }
        search_result_free(&r);
    }
    return NULL;
}

static void test_a_newer_query_replaces_an_older_one(void **state)
{
    (void)state;
    char dir[64];
    temporary_folder(dir);
    struct search_builder *b = begin(dir, true);
    add_corpus(b, 0, 60, 400);
    finish(b, 1);
    struct typist t = {.ix = open_index(dir)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, ask_slowly, &t), 0);
    while (!atomic_load(&t.cancelled)) {
        struct search_result r;
        struct error err;
        struct search_options o = {.line = &t.line};
        enum error_code rc = search_run(t.ix, str_c("zurich"), &o, &r, &err);
        assert_true(rc == OK || rc == ERR_CANCELLED);
        search_result_free(&r);
        usleep(500);
    }
    pthread_join(thread, NULL);
    search_close((struct search_index *)(uintptr_t)t.ix);
    remove_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thousand_at_once),
        cmocka_unit_test(test_a_newer_query_replaces_an_older_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
