#include "base/log.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *capture;
static int saved_stderr;
static char captured[1 << 20];

static void capture_start(void)
{
    capture = tmpfile();
    assert_non_null(capture);
    fflush(stderr);
    saved_stderr = dup(2);
    dup2(fileno(capture), 2);
    /* All writers share one position, as they do on a terminal. */
}

static const char *capture_end(void)
{
    dup2(saved_stderr, 2);
    close(saved_stderr);
    rewind(capture);
    size_t n = fread(captured, 1, sizeof captured - 1, capture);
    captured[n] = '\0';
    fclose(capture);
    return captured;
}

static void test_levels_and_labels(void **state)
{
    (void)state;
    log_set_level(LOG_INFO);
    assert_true(log_enabled(LOG_ERROR));
    assert_false(log_enabled(LOG_DEBUG));
    capture_start();
    log_error("net", "broken %d", 1);
    log_warn("net", "careful");
    log_info("net", "hello");
    log_debug("net", "unseen");
    log_set_level(LOG_TRACE);
    log_debug("net", "seen");
    log_set_level(LOG_WARN);
    log_info("net", "unseen");
    assert_string_equal(capture_end(), "ts-indexer: error: broken 1\nts-indexer: warning: careful\n"
                                       "ts-indexer: hello\nts-indexer: debug: net: seen\n");
}

static void test_levels_of_modules(void **state)
{
    (void)state;
    log_set_level(LOG_WARN);
    assert_true(log_set_levels("info,store=trace,run=error"));
    capture_start();
    log_trace("store", "seen");
    log_debug("search", "unseen");
    log_info("search", "seen");
    log_warn("run", "unseen");
    log_error("run", "seen");
    log_info("other", "seen");
    log_debug("other", "unseen");
    assert_string_equal(capture_end(), "ts-indexer: trace: store: seen\nts-indexer: seen\n"
                                       "ts-indexer: error: seen\nts-indexer: seen\n");
    static const char *const wrong[] = {"",           "loud",           "store=", "=info",
                                        "info,",      ",info",          "stor=x", "store=trac",
                                        "nope=trace", "info store=info"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(log_set_levels(wrong[i]));
    }
    assert_true(log_enabled(LOG_TRACE)); /* nothing of them was taken */
    assert_true(log_set_levels("warn"));
    assert_false(log_enabled(LOG_INFO));
}

static void test_secrets_never_appear(void **state)
{
    (void)state;
    log_secret("hunter2-hunter2");
    log_secret("hunter2-hunter2-and-more");
    log_secret("hunter2-hunter2");
    log_secret("short");
    log_secret(NULL);
    capture_start();
    log_warn("net", "key=hunter2-hunter2&again=hunter2-hunter2 short");
    log_warn("net", "hunter2-hunter2-and-more|hunter2-hunter");
    assert_string_equal(capture_end(), "ts-indexer: warning: key=***&again=*** short\n"
                                       "ts-indexer: warning: ***|hunter2-hunter\n");
}

/* A secret that lies across the end of the longest line must not show its first half. */
static void test_secrets_at_the_cut(void **state)
{
    (void)state;
    log_secret("S3CR3T-S3CR3T-S3CR3T");
    capture_start();
    for (int n = 4040; n < 4100; n++) {
        log_warn("net", "%0*d%s", n, 0, "S3CR3T-S3CR3T-S3CR3T");
    }
    const char *text = capture_end();
    assert_null(strstr(text, "S3CR"));
    assert_non_null(strstr(text, "***"));
}

static void test_refreshed_secrets_replace_the_oldest(void **state)
{
    (void)state;
    char secret[32];
    for (int i = 0; i < 100; i++) {
        snprintf(secret, sizeof secret, "rotating-token-%03d", i);
        log_secret(secret);
    }
    capture_start();
    for (int i = 40; i < 100; i++) {
        log_warn("net", "rotating-token-%03d", i);
    }
    assert_null(strstr(capture_end(), "rotating"));
}

static void test_control_characters(void **state)
{
    (void)state;
    capture_start();
    log_warn("x", "a\nb\x1B[31mc\rd\te\x7F");
    log_warn("x", "csi \xC2\x9B"
                  "31m nel \xC2\x85 raw \x9B cut \xC3");
    log_warn("x", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xC2\xA0");
    assert_string_equal(
        capture_end(), "ts-indexer: warning: a?b?[31mc?d?e?\n"
                       "ts-indexer: warning: csi ??31m nel ?? raw ? cut ?\n"
                       "ts-indexer: warning: caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xC2\xA0\n");
}

static void test_long_lines_are_cut(void **state)
{
    (void)state;
    capture_start();
    log_warn("x", "%0*d", 100000, 0);
    const char *text = capture_end();
    assert_int_equal(strlen(text), 4096);
    assert_int_equal(text[4095], '\n');
}

static void before(void *user)
{
    ((int *)user)[0]++;
}

static void after(void *user)
{
    ((int *)user)[1]++;
}

static void test_hooks(void **state)
{
    (void)state;
    int calls[2] = {0, 0};
    log_set_hooks(before, after, calls);
    capture_start();
    log_warn("x", "one");
    log_info("x", "not at this level");
    capture_end();
    log_set_hooks(NULL, NULL, NULL);
    assert_int_equal(calls[0], 1);
    assert_int_equal(calls[1], 1);
}

enum { THREADS = 4, LINES = 200 };

static void *talk(void *user)
{
    for (int i = 0; i < LINES; i++) {
        log_warn("x", "%c%c%c%c%c%c%c%c", *(char *)user, *(char *)user, *(char *)user,
                 *(char *)user, *(char *)user, *(char *)user, *(char *)user, *(char *)user);
    }
    return NULL;
}

static void test_lines_do_not_mix(void **state)
{
    (void)state;
    pthread_t t[THREADS];
    char letters[] = "abcd";
    capture_start();
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&t[i], NULL, talk, &letters[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(t[i], NULL);
    }
    char *line, *rest = (char *)capture_end();
    int lines = 0;
    while ((line = strsep(&rest, "\n")) && *line) {
        const char *body = strrchr(line, ' ') + 1;
        assert_int_equal(strlen(body), 8);
        assert_int_equal(strspn(body, (char[]){body[0], '\0'}), 8);
        lines++;
    }
    assert_int_equal(lines, THREADS * LINES);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_levels_and_labels),
        cmocka_unit_test(test_levels_of_modules),
        cmocka_unit_test(test_secrets_never_appear),
        cmocka_unit_test(test_secrets_at_the_cut),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_long_lines_are_cut),
        cmocka_unit_test(test_hooks),
        cmocka_unit_test(test_lines_do_not_mix),
        cmocka_unit_test(test_refreshed_secrets_replace_the_oldest),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
