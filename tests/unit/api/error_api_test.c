/* Errors cross the border whole, and an error is never success. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "api/error_api.h"

static void test_code_text_and_exit_code(void **state)
{
    (void)state;
    struct error e = {0};
    struct tsi_error out;
    error_set(&e, ERR_CATALOG_LOCKED, "x.db is locked by process %d", 42);
    assert_int_equal(error_publish(&e, &out), 7);
    assert_int_equal(out.exit_code, 7);
    assert_string_equal(out.code, "catalog_locked");
    assert_string_equal(out.text, "x.db is locked by process 42");
    assert_int_equal(error_publish(&e, NULL), 7);
}

static void test_every_code_is_a_failure_with_a_whole_name(void **state)
{
    (void)state;
    for (int code = OK + 1; code < ERROR_CODE_COUNT; code++) {
        struct error e = {.code = (enum error_code)code};
        struct tsi_error out;
        assert_true(error_publish(&e, &out) > 0);
        assert_string_equal(out.code, error_name(e.code));
    }
}

static void test_the_longest_text_is_not_cut(void **state)
{
    (void)state;
    struct error e = {.code = ERR_IO};
    struct tsi_error out;
    memset(e.text, 'x', sizeof e.text - 1);
    error_publish(&e, &out);
    assert_int_equal(strlen(out.text), sizeof e.text - 1);
}

static void test_nothing_is_left_of_an_earlier_error(void **state)
{
    (void)state;
    struct tsi_error out = {.exit_code = 1, .code = "io", .text = "old"};
    error_publish_none(&out);
    assert_int_equal(out.exit_code, 0);
    assert_string_equal(out.code, "ok");
    assert_string_equal(out.text, "");
    error_publish_none(NULL);
    assert_string_equal(tsi_version(), TSI_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_code_text_and_exit_code),
        cmocka_unit_test(test_every_code_is_a_failure_with_a_whole_name),
        cmocka_unit_test(test_the_longest_text_is_not_cut),
        cmocka_unit_test(test_nothing_is_left_of_an_earlier_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
