#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_arena_values_do_not_touch(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 15, 16, 17, 100, 4096, 4097, 16384, 100000, 3};
    enum { COUNT = 2000 };
    static unsigned char *p[COUNT];
    struct arena a;
    arena_init(&a);
    for (int i = 0; i < COUNT; i++) {
        size_t n = sizes[(size_t)i % (sizeof sizes / sizeof *sizes)];
        p[i] = arena_alloc(&a, n);
        assert_int_equal((uintptr_t)p[i] % 16, 0);
        memset(p[i], i & 0xFF, n);
    }
    for (int i = 0; i < COUNT; i++) {
        size_t n = sizes[(size_t)i % (sizeof sizes / sizeof *sizes)];
        for (size_t k = 0; k < n; k++) {
            assert_int_equal(p[i][k], i & 0xFF);
        }
    }
    assert_true(a.total > 0);
    arena_reset(&a);
    assert_int_equal(a.total, 0);
    assert_string_equal(arena_strdup(&a, "again"), "again");
    arena_reset(&a);
}

/* Large values must not make the small ones start a new block each time. */
static void test_arena_mixes_sizes_cheaply(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    for (int i = 0; i < 100; i++) {
        arena_alloc(&a, 16);
        arena_alloc(&a, 5000);
    }
    assert_true(a.total < 100 * 5200 + 2 * 16500);
    arena_reset(&a);
}

static void test_arena_text(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    char *s = arena_strndup(&a, "a\0b", 3);
    assert_memory_equal(s, "a\0b\0", 4);
    assert_string_equal(arena_strndup(&a, NULL, 0), "");
    assert_string_equal(arena_printf(&a, "%s-%d", "x", 7), "x-7");
    char *wide = arena_printf(&a, "%20000d", 1);
    assert_int_equal(strlen(wide), 20000);
    int *zeros = arena_array(&a, 1000, sizeof *zeros);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(zeros[i], 0);
    }
    assert_non_null(arena_array(&a, 0, 8));
    arena_reset(&a);
}

static void test_grow(void **state)
{
    (void)state;
    int *v = NULL;
    size_t cap = 0, grown = 0;
    for (size_t i = 0; i < 100000; i++) {
        size_t before = cap;
        v = mem_grow(v, i, &cap, sizeof *v);
        assert_true(cap > i);
        grown += cap != before;
        v[i] = (int)i;
    }
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(v[i], i);
    }
    assert_true(grown < 20);
    mem_free(v);
}

static void test_heap(void **state)
{
    (void)state;
    char *s = mem_strdup("secret");
    mem_wipe(s, 6);
    assert_memory_equal(s, "\0\0\0\0\0\0", 6);
    mem_wipe(NULL, 5);
    s = mem_realloc(s, 0);
    assert_non_null(s);
    mem_free(s);
    void *p = mem_alloc(0);
    assert_non_null(p);
    mem_free(p);
    unsigned char *z = mem_zalloc(64);
    for (int i = 0; i < 64; i++) {
        assert_int_equal(z[i], 0);
    }
    mem_free(z);
    mem_free(NULL);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_arena_values_do_not_touch),
        cmocka_unit_test(test_arena_mixes_sizes_cheaply),
        cmocka_unit_test(test_arena_text),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_heap),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
