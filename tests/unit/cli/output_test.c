/* An answer that could not be written is no success; a reader that left early is no failure. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/output.h"
#include "cli/signals.h"
#include "cli/terminal.h"

static void test_what_is_written_arrives(void **state)
{
    (void)state;
    int fds[2];
    struct output o;
    char text[16] = "";
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(output_open(&o, fds[1]), 0);
    fputs("answer\n", o.file);
    assert_int_equal(output_close(&o, 4), 4);
    assert_int_equal(read(fds[0], text, sizeof text), 7);
    assert_string_equal(text, "answer\n");
    close(fds[0]);
}

static void test_a_full_disk_is_a_failure(void **state)
{
    (void)state;
    struct output o;
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0) {
        skip();
    }
    assert_int_equal(output_open(&o, fd), 0);
    fputs("x", o.file); /* stays in the buffer until the end */
    assert_int_equal(output_close(&o, 0), 1);
}

static void test_nothing_written_is_no_failure(void **state)
{
    (void)state;
    struct output o;
    int fd = open("/dev/full", O_WRONLY);
    if (fd < 0) {
        skip();
    }
    assert_int_equal(output_open(&o, fd), 0);
    assert_int_equal(output_close(&o, 0), 0);
}

static void test_a_reader_that_left_keeps_the_code(void **state)
{
    (void)state;
    int fds[2];
    struct output o;
    signals_ignore_pipe();
    assert_int_equal(pipe(fds), 0);
    assert_false(terminal_reader_gone(fds[1]));
    close(fds[0]);
    assert_true(terminal_reader_gone(fds[1]));
    assert_int_equal(output_open(&o, fds[1]), 0);
    for (int i = 0; i < 100000; i++) {
        fputs("more than a buffer\n", o.file);
    }
    assert_true(ferror(o.file));
    assert_int_equal(output_close(&o, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_arrives),
        cmocka_unit_test(test_a_full_disk_is_a_failure),
        cmocka_unit_test(test_nothing_written_is_no_failure),
        cmocka_unit_test(test_a_reader_that_left_keeps_the_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
