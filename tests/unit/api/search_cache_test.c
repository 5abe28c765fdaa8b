/* A cache gives back what was put in, for the same index, query and options only. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "api/result.h"
#include "api/search_cache.h"

static struct tsi_result *result_of(int64_t number)
{
    static const char *const names[] = {"n"};
    struct table t;
    table_init(&t, names, 1);
    table_add_row(&t)[0] = cell_int(number);
    return result_take(&t);
}

static void key_of(struct strbuf *b, uint64_t generation, const char *query, uint64_t limit)
{
    const struct search_info info = {.generation = generation, .sequence = 3};
    const struct tsi_search_options o = {.limit = limit};
    strbuf_init(b, CACHE_KEY_MAX);
    cache_key(b, &info, query, &o);
}

static void put(struct tsi_search_cache *c, uint64_t generation, const char *query, int64_t number)
{
    struct strbuf key;
    struct tsi_result *r = result_of(number);
    key_of(&key, generation, query, 20);
    cache_put(c, strbuf_view(&key), r, &(struct tsi_search_facts){.typos = 1});
    tsi_result_free(r);
    strbuf_free(&key);
}

/* The number that was put, or -1. */
static int64_t get(struct tsi_search_cache *c, uint64_t generation, const char *query,
                   uint64_t limit)
{
    struct strbuf key;
    struct tsi_search_facts facts = {0};
    key_of(&key, generation, query, limit);
    struct tsi_result *r = cache_get(c, strbuf_view(&key), &facts);
    int64_t n = r ? tsi_result_value(r, 0, 0).integer : -1;
    assert_int_equal(facts.typos, r ? 1 : 0);
    tsi_result_free(r);
    strbuf_free(&key);
    return n;
}

static void test_only_the_same_question(void **state)
{
    (void)state;
    struct tsi_search_cache *c = tsi_search_cache_new(0);
    put(c, 7, "solar", 1);
    put(c, 7, "wind", 2);
    assert_int_equal(get(c, 7, "solar", 20), 1);
    assert_int_equal(get(c, 7, "wind", 20), 2);
    assert_int_equal(get(c, 8, "solar", 20), -1);
    assert_int_equal(get(c, 7, "solar", 21), -1);
    assert_int_equal(get(c, 7, "sola", 20), -1);
    struct tsi_search_cache_counts n;
    tsi_search_cache_counts(c, &n);
    assert_int_equal(n.hits, 2);
    assert_int_equal(n.misses, 3);
    assert_int_equal(n.entries, 2);
    tsi_search_cache_free(c);
}

static void test_the_oldest_of_a_bucket_goes(void **state)
{
    (void)state;
    struct tsi_search_cache *c = tsi_search_cache_new(4); /* one bucket */
    for (int i = 0; i < 4; i++) {
        put(c, 1, (const char *[]){"a", "b", "c", "d"}[i], i);
    }
    assert_int_equal(get(c, 1, "a", 20), 0);
    put(c, 1, "e", 4);
    assert_int_equal(get(c, 1, "a", 20), 0);
    assert_int_equal(get(c, 1, "b", 20), -1);
    assert_int_equal(get(c, 1, "e", 20), 4);
    tsi_search_cache_free(c);
}

static void *put_and_get(void *user)
{
    struct tsi_search_cache *c = user;
    for (int i = 0; i < 300; i++) {
        char query[8];
        snprintf(query, sizeof query, "q%d", i % 23);
        int64_t n = get(c, 1, query, 20);
        assert_true(n == -1 || n == i % 23);
        put(c, 1, query, i % 23);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    pthread_t threads[8];
    struct tsi_search_cache *c = tsi_search_cache_new(8);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, put_and_get, c), 0);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
    }
    tsi_search_cache_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_same_question),
        cmocka_unit_test(test_the_oldest_of_a_bucket_goes),
        cmocka_unit_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
