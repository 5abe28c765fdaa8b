#include "base/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_reserve_and_release(void **state)
{
    (void)state;
    struct budget b;
    budget_init(&b, 100);
    assert_true(budget_try(&b, 60));
    assert_true(budget_try(&b, 40));
    assert_false(budget_try(&b, 1));
    assert_true(budget_try(&b, 0));
    assert_int_equal(budget_used(&b), 100);
    budget_release(&b, 40);
    assert_true(budget_try(&b, 40));
    budget_release(&b, 100);
    assert_int_equal(budget_used(&b), 0);
    assert_int_equal(budget_peak(&b), 100);
    budget_destroy(&b);
}

/* More than the whole budget is let in alone, and nothing beside it. */
static void test_oversize(void **state)
{
    (void)state;
    struct budget b;
    budget_init(&b, 100);
    assert_true(budget_try(&b, 1));
    assert_false(budget_try(&b, 101));
    budget_release(&b, 1);
    assert_true(budget_try(&b, 1000));
    assert_false(budget_try(&b, 1));
    assert_false(budget_try(&b, UINT64_MAX));
    assert_int_equal(budget_peak(&b), 1000);
    budget_release(&b, 1000);
    assert_true(budget_try(&b, UINT64_MAX));
    assert_false(budget_try(&b, 1));
    budget_release(&b, UINT64_MAX);
    assert_int_equal(budget_used(&b), 0);
    budget_destroy(&b);
}

static void count_wake(void *user)
{
    atomic_fetch_add((atomic_int *)user, 1);
}

static void test_release_wakes(void **state)
{
    (void)state;
    struct budget b;
    atomic_int wakes = 0;
    budget_init(&b, 10);
    budget_release(&b, 0);
    budget_on_release(&b, count_wake, &wakes);
    assert_true(budget_try(&b, 10));
    assert_int_equal(wakes, 0);
    budget_release(&b, 10);
    assert_int_equal(wakes, 1);
    budget_destroy(&b);
}

enum { THREADS = 4, ROUNDS = 20000, LIMIT = 1000 };

struct shared {
    struct budget b;
    atomic_ullong held; /* by all threads, counted by them */
    atomic_int too_much, refused, wakes;
};

static void *worker(void *user)
{
    struct shared *s = user;
    unsigned seed = (unsigned)(uintptr_t)&seed;
    for (int i = 0; i < ROUNDS; i++) {
        /* Never 0: a reservation of nothing may stand beside an oversize one. */
        unsigned long long bytes = 1 + (unsigned)rand_r(&seed) % (LIMIT + LIMIT / 10 - 1);
        if (!budget_try(&s->b, bytes)) {
            atomic_fetch_add(&s->refused, 1);
            continue;
        }
        unsigned long long held = atomic_fetch_add(&s->held, bytes) + bytes;
        /* A lone oversize reservation is the only way above the limit. */
        atomic_fetch_add(&s->too_much, held > LIMIT && held != bytes);
        atomic_fetch_sub(&s->held, bytes);
        budget_release(&s->b, bytes);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    static struct shared s;
    pthread_t t[THREADS];
    budget_init(&s.b, LIMIT);
    budget_on_release(&s.b, count_wake, &s.wakes);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&t[i], NULL, worker, &s), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
    }
    assert_int_equal(s.too_much, 0);
    assert_int_equal(budget_used(&s.b), 0);
    assert_int_equal(s.wakes + s.refused, THREADS * ROUNDS);
    assert_true(budget_peak(&s.b) < LIMIT + LIMIT / 10);
    budget_destroy(&s.b);
}

static void test_default(void **state)
{
    (void)state;
    assert_true(budget_default() >= (uint64_t)64 << 20);
    assert_true(budget_default() < (uint64_t)1 << 50);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_reserve_and_release),
        cmocka_unit_test(test_oversize),
        cmocka_unit_test(test_release_wakes),
        cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_default),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
