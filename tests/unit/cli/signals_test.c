/* Signals, tried in child processes. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/signals.h"

/* The exit code of a child that gets the signal `times` times and then ends with what `stop` says.
 */
static int ended(int number, int times)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        const volatile int *stop = signals_catch();
        for (int i = 0; i < times; i++) {
            raise(number);
        }
        _exit(*stop);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void test_the_first_signal_asks_and_the_second_ends(void **state)
{
    (void)state;
    assert_int_equal(ended(SIGINT, 0), 0);
    assert_int_equal(ended(SIGINT, 1), SIGINT);
    assert_int_equal(ended(SIGTERM, 1), SIGTERM);
    assert_int_equal(ended(SIGINT, 2), 130);
    assert_int_equal(ended(SIGTERM, 2), 143);
}

static void test_a_closed_pipe_is_an_error_and_not_the_end(void **state)
{
    (void)state;
    int fds[2];
    signals_ignore_pipe();
    assert_int_equal(pipe(fds), 0);
    close(fds[0]);
    assert_int_equal(write(fds[1], "x", 1), -1);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_signal_asks_and_the_second_ends),
        cmocka_unit_test(test_a_closed_pipe_is_an_error_and_not_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
