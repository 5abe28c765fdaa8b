#include "build.h"

#include <stdio.h>

#include "parquet/interner.h"

static uint32_t put(struct interner *in, const char *s)
{
    uint32_t code = 0;
    assert_true(interner_put(in, s, strlen(s), &code));
    return code;
}

static void equal_values_have_one_code(void **state)
{
    (void)state;
    struct interner in;
    interner_init(&in, false, 0, 1 << 20);
    assert_int_equal(put(&in, "a"), 0);
    assert_int_equal(put(&in, ""), 1);
    assert_int_equal(put(&in, "a"), 0);
    assert_int_equal(put(&in, "ab"), 2);
    assert_true(str_eq(interner_value(&in, 1), str_c("")));
    assert_true(str_eq(interner_value(&in, 2), str_c("ab")));
    interner_free(&in);
}

static void many_values(void **state)
{
    (void)state;
    struct interner in;
    interner_init(&in, false, 0, 1 << 26);
    char text[32];
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 100000; i++) {
            snprintf(text, sizeof text, "series-%u", i);
            assert_int_equal(put(&in, text), i);
        }
    }
    assert_int_equal(in.count, 100000);
    assert_true(str_eq(interner_value(&in, 54321), str_c("series-54321")));
    interner_free(&in);
}

static void a_dictionary_may_repeat_itself(void **state)
{
    (void)state;
    struct interner in;
    interner_init(&in, true, 2, 1000);
    assert_true(interner_append(&in, "xx", 2));
    assert_true(interner_append(&in, "xx", 2));
    assert_true(interner_append(&in, "yy", 2));
    assert_int_equal(in.count, 3);
    assert_int_equal(put(&in, "yy"), 2); /* found, though it was not put */
    assert_int_equal(put(&in, "xx"), 0);
    assert_int_equal(put(&in, "zz"), 3);
    interner_free(&in);
}

static void bytes_are_bounded(void **state)
{
    (void)state;
    struct interner in;
    interner_init(&in, false, 0, 10);
    uint32_t code;
    assert_true(interner_put(&in, "123456", 6, &code));
    assert_false(interner_put(&in, "abcdef", 6, &code));
    assert_true(interner_put(&in, "123456", 6, &code)); /* what is there is found */
    assert_true(interner_put(&in, "abcd", 4, &code));
    assert_false(interner_append(&in, "x", 1));
    interner_free(&in);
}

static void values_of_no_width(void **state)
{
    (void)state;
    struct interner in;
    interner_init(&in, true, 0, 10);
    uint32_t code = 7;
    assert_true(interner_put(&in, "", 0, &code));
    assert_int_equal(code, 0);
    assert_true(interner_put(&in, "", 0, &code));
    assert_int_equal(code, 0);
    assert_int_equal(interner_value(&in, 0).len, 0);
    interner_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_values_have_one_code),
        cmocka_unit_test(many_values),
        cmocka_unit_test(a_dictionary_may_repeat_itself),
        cmocka_unit_test(bytes_are_bounded),
        cmocka_unit_test(values_of_no_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
