/* Sorting by runs: the order of qsort, stable, whatever lies in runs and whatever does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/sort.h"

static uint64_t seed = 3;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

struct item {
    uint32_t key, place;
};

static size_t comparisons;

static int by_key(const void *a, const void *b, void *user)
{
    const struct item *x = a, *y = b;
    assert_ptr_equal(user, &seed);
    comparisons++;
    return (x->key > y->key) - (x->key < y->key);
}

static void check(struct item *items, size_t n)
{
    uint64_t keys = 0, sorted = 0;
    for (size_t i = 0; i < n; i++) {
        items[i].place = (uint32_t)i;
        keys += (uint64_t)items[i].key * (i + 7919);
    }
    uint32_t *was = mem_alloc((n + 1) * sizeof *was);
    for (size_t i = 0; i < n; i++) {
        was[i] = items[i].key;
    }
    sort_runs(items, n, sizeof *items, by_key, &seed);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(items[i].key, was[items[i].place]);
        sorted += (uint64_t)items[i].key * (items[i].place + 7919);
        if (i > 0) {
            assert_true(items[i - 1].key < items[i].key ||
                        (items[i - 1].key == items[i].key && items[i - 1].place < items[i].place));
        }
    }
    assert_true(keys == sorted); /* each of them once */
    mem_free(was);
}

static void runs_of_any_length(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        size_t n = draw(300), length = 1 + draw(60);
        uint32_t key = 0, range = 1 + (uint32_t)draw(1000);
        struct item *items = mem_alloc((n + 1) * sizeof *items);
        for (size_t i = 0; i < n; i++) {
            key = draw(length) ? key + (uint32_t)draw(3) : (uint32_t)draw(range);
            items[i].key = key;
        }
        check(items, n);
        mem_free(items);
    }
}

/* Blocks of a sorted whole in any order, as several threads write them. */
static void blocks_in_any_order(void **state)
{
    (void)state;
    enum { BLOCKS = 9, ROWS = 1000 };
    static struct item items[BLOCKS * ROWS];
    uint32_t from[BLOCKS];
    for (size_t b = 0; b < BLOCKS; b++) {
        size_t other = draw(b + 1);
        from[b] = from[other];
        from[other] = (uint32_t)b * ROWS;
    }
    for (size_t i = 0; i < BLOCKS * ROWS; i++) {
        items[i].key = from[i / ROWS] + (uint32_t)(i % ROWS);
    }
    comparisons = 0;
    check(items, BLOCKS * ROWS);
    assert_true(comparisons < 4 * BLOCKS * ROWS);
}

static void what_is_in_order_is_looked_at_once(void **state)
{
    (void)state;
    enum { N = 1000 };
    static struct item items[N];
    for (uint32_t i = 0; i < N; i++) {
        items[i].key = i / 3;
    }
    comparisons = 0;
    check(items, N);
    assert_int_equal(comparisons, N - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_of_any_length),
        cmocka_unit_test(blocks_in_any_order),
        cmocka_unit_test(what_is_in_order_is_looked_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
