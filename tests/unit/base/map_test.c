#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MILLION = 1000000 };

static struct str key_of(uint64_t i, char *buffer)
{
    int n = snprintf(buffer, 32, "key-%llu", (unsigned long long)(i * 2654435761u));
    return str_n(buffer, (size_t)n);
}

static void test_a_million_keys(void **state)
{
    (void)state;
    char text[32];
    struct map m;
    map_init(&m);
    for (uint64_t i = 0; i < MILLION; i++) {
        bool added;
        map_put(&m, key_of(i, text), &added)->value = i;
        assert_true(added);
    }
    assert_int_equal(m.count, MILLION);
    for (uint64_t i = 0; i < MILLION; i++) {
        uint64_t value = UINT64_MAX;
        assert_true(map_get(&m, key_of(i, text), &value));
        assert_true(value == i);
        assert_true(str_eq(m.entries[i].key, key_of(i, text)));
    }
    uint64_t value;
    for (uint64_t i = MILLION; i < MILLION + 1000; i++) {
        assert_false(map_get(&m, key_of(i, text), &value));
    }
    map_free(&m);
    assert_int_equal(m.count, 0);
}

static void test_put_again(void **state)
{
    (void)state;
    struct map m;
    bool added;
    uint64_t value = 0;
    map_init(&m);
    assert_false(map_get(&m, str_c("a"), &value));
    map_put(&m, str_c("a"), &added)->value = 7;
    assert_true(added);
    assert_int_equal(map_put(&m, str_c("a"), &added)->value, 7);
    assert_false(added);
    map_put(&m, str_c("a"), NULL)->value++;
    assert_true(map_get(&m, str_c("a"), &value));
    assert_int_equal(value, 8);
    assert_int_equal(m.count, 1);
    map_free(&m);
}

static void test_keys_are_bytes(void **state)
{
    (void)state;
    static const struct str keys[] = {{"", 0},    {"\0", 1}, {"\0\0", 2}, {"a", 1},
                                      {"a\0", 2}, {"A", 1},  {"\xFF", 1}};
    struct map m;
    map_init(&m);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        map_put(&m, keys[i], NULL)->value = i;
    }
    assert_int_equal(m.count, sizeof keys / sizeof *keys);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        uint64_t value = 99;
        assert_true(map_get(&m, keys[i], &value));
        assert_int_equal(value, i);
    }
    bool added;
    map_put(&m, str_c(NULL), &added);
    assert_false(added);
    map_free(&m);
}

static void test_keys_are_copied(void **state)
{
    (void)state;
    struct map m;
    char key[] = "abc";
    uint64_t value;
    map_init(&m);
    map_put(&m, str_c(key), NULL)->value = 1;
    key[0] = 'x';
    assert_false(map_get(&m, str_c(key), &value));
    assert_true(map_get(&m, str_c("abc"), &value));
    map_free(&m);
    map_put(&m, str_c("after free"), NULL);
    assert_int_equal(m.count, 1);
    map_free(&m);
}

static void test_hashes(void **state)
{
    (void)state;
    /* XXH3 64 bits, seed 0, of the empty input: published in the xxHash specification. */
    assert_true(hash_bytes("", 0) == 0x2D06800538D394C2ull);
    assert_true(hash_bytes("a", 1) != hash_bytes("b", 1));
    assert_true(hash_mix(1, 2) != hash_mix(2, 1));
    assert_true(hash_mix(0, 0) != hash_mix(0, 1));
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_a_million_keys), cmocka_unit_test(test_put_again),
        cmocka_unit_test(test_keys_are_bytes), cmocka_unit_test(test_keys_are_copied),
        cmocka_unit_test(test_hashes),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
