#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_every_code_has_a_name_and_an_exit_code(void **state)
{
    (void)state;
    for (int a = 0; a < ERROR_CODE_COUNT; a++) {
        const char *name = error_name((enum error_code)a);
        assert_true(name[0] != '\0');
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        assert_true(error_exit_code((enum error_code)a) >= 0);
        for (int b = 0; b < a; b++) {
            assert_string_not_equal(name, error_name((enum error_code)b));
        }
    }
    assert_string_equal(error_name(ERR_NOT_PARQUET), "not_parquet");
    assert_int_equal(error_exit_code(OK), 0);
    assert_int_equal(error_exit_code(ERR_USAGE), 2);
    assert_int_equal(error_exit_code(ERR_PERMISSION), 5);
    assert_int_equal(error_exit_code((enum error_code)9999), 1);
    assert_string_equal(error_name((enum error_code) - 1), "internal");
}

static void test_clauses_add_up(void **state)
{
    (void)state;
    struct error err = {.retryable = true, .http_status = 503, .has_offset = true};
    assert_int_equal(error_set(&err, ERR_HTTP, "GET %s: %d", "k", 404), ERR_HTTP);
    assert_false(err.retryable);
    assert_int_equal(err.http_status, 0);
    assert_false(err.has_offset);
    assert_int_equal(error_add(&err, "while reading %s", "the footer"), ERR_HTTP);
    assert_int_equal(error_add(&err, "in dataset d"), ERR_HTTP);
    assert_string_equal(err.text, "GET k: 404; while reading the footer; in dataset d");
    error_reset(&err);
    assert_int_equal(err.code, OK);
    assert_string_equal(err.text, "");
}

static void test_offsets_and_errno(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(error_set_at(&err, ERR_CORRUPT, 77, "bad page"), ERR_CORRUPT);
    assert_true(err.has_offset);
    assert_int_equal(err.offset, 77);
    assert_string_equal(err.text, "bad page (at byte 77)");
    assert_int_equal(error_set_errno(&err, ENOENT, "open %s", "x"), ERR_NOT_FOUND);
    assert_string_equal(err.text, "open x (No such file or directory)");
    assert_int_equal(error_set_errno(&err, EACCES, "x"), ERR_PERMISSION);
    assert_int_equal(error_set_errno(&err, ENOSPC, "x"), ERR_NO_SPACE);
    assert_int_equal(error_set_errno(&err, EIO, "x"), ERR_IO);
}

static void test_long_texts_are_cut(void **state)
{
    (void)state;
    struct error err;
    char *big = malloc(3 * ERROR_TEXT_MAX);
    memset(big, 'x', 3 * ERROR_TEXT_MAX - 1);
    big[3 * ERROR_TEXT_MAX - 1] = '\0';
    for (size_t n = ERROR_TEXT_MAX - 20; n < ERROR_TEXT_MAX + 5; n++) {
        error_set(&err, ERR_IO, "%.*s", (int)n, big);
        error_add(&err, "a clause");
        error_set_at(&err, ERR_IO, UINT64_MAX, "%.*s", (int)n, big);
        error_set_errno(&err, EIO, "%.*s", (int)n, big);
        error_add(&err, "%s", big);
        assert_int_equal(strlen(err.text), ERROR_TEXT_MAX - 1);
    }
    free(big);
}

static void test_nobody_wants_the_text(void **state)
{
    (void)state;
    error_reset(NULL);
    assert_int_equal(error_set(NULL, ERR_IO, "x"), ERR_IO);
    assert_int_equal(error_set_at(NULL, ERR_CORRUPT, 1, "x"), ERR_CORRUPT);
    assert_int_equal(error_set_errno(NULL, ENOENT, "x"), ERR_NOT_FOUND);
    assert_int_equal(error_add(NULL, "x"), ERR_INTERNAL);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_every_code_has_a_name_and_an_exit_code),
        cmocka_unit_test(test_clauses_add_up),
        cmocka_unit_test(test_offsets_and_errno),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_nobody_wants_the_text),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
