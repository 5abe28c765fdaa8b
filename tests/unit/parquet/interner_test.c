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

/* Batches that repeat values inside of themselves and grow the index, of lengths that take each way
 * to compare. */
static void a_batch_gives_the_codes_of_one_by_one(void **state)
{
    (void)state;
    enum { N = 20000, TEXT = 80 };
    struct interner all, single;
    char(*texts)[TEXT] = test_calloc(N, TEXT);
    struct str *values = test_calloc(N, sizeof *values);
    uint32_t *codes = test_calloc(N, sizeof *codes);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t which = i * 2654435761u % 7001;
        int len =
            snprintf(texts[i], TEXT, "%u%.*s", which, (int)(which % 70),
                     "......................................................................");
        values[i] = str_n(texts[i], (size_t)len);
    }
    interner_init(&all, false, 0, 1 << 26);
    interner_init(&single, false, 0, 1 << 26);
    assert_true(interner_put_all(&all, values, 0, codes));
    assert_true(interner_put_all(&all, values, N, codes));
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(put(&single, texts[i]), codes[i]);
        assert_true(str_eq(interner_value(&all, codes[i]), values[i]));
    }
    assert_int_equal(all.count, single.count);
    interner_free(&all);
    interner_free(&single);
    test_free(texts);
    test_free(values);
    test_free(codes);
}

static void a_batch_is_bounded(void **state)
{
    (void)state;
    struct interner in;
    interner_init(&in, false, 0, 10);
    const struct str values[] = {str_c("123456"), str_c("123456"), str_c("abcdef")};
    uint32_t codes[3];
    assert_false(interner_put_all(&in, values, 3, codes));
    assert_true(interner_put_all(&in, values, 2, codes));
    assert_int_equal(codes[1], 0);
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
        cmocka_unit_test(a_batch_gives_the_codes_of_one_by_one),
        cmocka_unit_test(a_batch_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
