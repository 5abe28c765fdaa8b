#include "base/counters.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREADS = 4, ROUNDS = 50000 };

static void *count(void *user)
{
    struct counters *c = user;
    for (int i = 0; i < ROUNDS; i++) {
        counter_add(&c->requests_get, 1);
        counter_add(&c->bytes_received, 1000);
    }
    return NULL;
}

static void test_exact_for_any_number_of_threads(void **state)
{
    (void)state;
    static struct counters c;
    pthread_t t[THREADS];
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&t[i], NULL, count, &c);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
    }
    assert_int_equal(counter_get(&c.requests_get), THREADS * ROUNDS);
    assert_int_equal(counter_get(&c.bytes_received), 1000ull * THREADS * ROUNDS);
    assert_int_equal(counter_get(&c.retries), 0);
}

int main(void)
{
    const struct CMUnitTest all[] = {cmocka_unit_test(test_exact_for_any_number_of_threads)};
    return cmocka_run_group_tests(all, NULL, NULL);
}
