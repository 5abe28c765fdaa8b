/* What the bar and the lines say, and when they are written. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "cli/progress.h"
#include "cli/text.h"

static const struct tsi_progress half = {.phase = "reading",
                                         .files_total = 160,
                                         .files_done = 80,
                                         .bytes_total = UINT64_C(4) << 30,
                                         .bytes_done = UINT64_C(2) << 30,
                                         .rows = 50000000,
                                         .seconds = 25};

/* As after ten seconds of listing and fifteen of reading. */
static struct progress reading(const struct tsi_progress *event)
{
    return (struct progress){.last = *event, .reading = true, .reading_since = 10};
}

static void assert_bar(const struct progress *p, size_t width, const char *expected)
{
    struct strbuf b;
    strbuf_init(&b, 1024);
    progress_bar_text(p, width, &b);
    assert_string_equal(strbuf_view(&b).data, expected);
    strbuf_free(&b);
}

static void test_the_bar_says_how_far_and_how_long(void **state)
{
    (void)state;
    struct progress p = reading(&half);
    assert_bar(&p, 100,
               "reading [============>           ]  50%  80/160 files  ETA 15 s  2.00 GiB of 4.00 "
               "GiB  3.33 M rows/s");
}

static void assert_file(const struct tsi_active *a, size_t width, const char *expected)
{
    struct strbuf b;
    strbuf_init(&b, 1024);
    progress_file_text(a, width, &b);
    assert_string_equal(strbuf_view(&b).data, expected);
    strbuf_free(&b);
}

static void test_a_file_has_a_line(void **state)
{
    (void)state;
    struct tsi_active a = {
        .key = "wind/part-0.parquet", .doing = "reading", .size = UINT64_C(3) << 30, .seconds = 65};
    assert_file(&a, 80, "  reading   3.00 GiB  1:05  wind/part-0.parquet");
    a.share = 0.509;
    a.doing = "decoding";
    assert_file(&a, 80, "  decoding   50% of 3.00 GiB  1:05  wind/part-0.parquet");
    a.key = "\x1b[2J";
    assert_file(&a, 80, "  decoding   50% of 3.00 GiB  1:05  \\x1B[2J");
}

static void test_trouble_comes_first(void **state)
{
    (void)state;
    struct tsi_progress e = half;
    e.files_failed = 3;
    e.stalled_seconds = 12.4;
    struct progress p = reading(&e);
    assert_bar(&p, 70, "reading [====>    ]  50%  no progress for 12 s  3 failed  80/160 files");
    int stop = 2;
    p.stop = &stop;
    struct strbuf b;
    strbuf_init(&b, 1024);
    progress_bar_text(&p, 100, &b);
    assert_non_null(strstr(b.data, "stopping"));
    assert_null(strstr(b.data, "no progress"));
    strbuf_free(&b);
}

static void test_the_bar_fits_every_width(void **state)
{
    (void)state;
    struct tsi_progress e = half;
    e.files_failed = 3;
    struct progress p = reading(&e);
    for (size_t width = 1; width < 200; width++) {
        struct strbuf b;
        strbuf_init(&b, 1024);
        progress_bar_text(&p, width, &b);
        assert_true(text_width(strbuf_view(&b)) <= width);
        strbuf_free(&b);
    }
}

static void test_before_anything_is_known(void **state)
{
    (void)state;
    struct progress none = {.fd = -1};
    assert_bar(&none, 80, "starting");
    struct progress listing = {.last = {.phase = "listing", .seconds = 3}};
    assert_bar(&listing, 80, "listing");
}

static void test_the_end_is_full_and_has_no_eta(void **state)
{
    (void)state;
    struct tsi_progress e = half;
    e.files_done = e.files_total;
    e.bytes_done = e.bytes_total;
    struct progress p = reading(&e);
    struct strbuf b;
    strbuf_init(&b, 1024);
    progress_bar_text(&p, 120, &b);
    assert_non_null(strstr(b.data, "] 100%"));
    assert_null(strstr(b.data, "ETA"));
    strbuf_free(&b);
    /* One byte before the end is not 100 %. */
    p.last.bytes_done--;
    strbuf_init(&b, 1024);
    progress_bar_text(&p, 120, &b);
    assert_non_null(strstr(b.data, "]  99%"));
    strbuf_free(&b);
}

static void test_a_plain_line(void **state)
{
    (void)state;
    struct tsi_progress e = half;
    e.files_failed = 1;
    struct progress p = reading(&e);
    struct strbuf b;
    strbuf_init(&b, 1024);
    progress_line_text(&p, &b);
    assert_string_equal(b.data,
                        "ts-indexer: reading: 80/160 files, 2.00 GiB of 4.00 GiB, 3.33 M rows/s, "
                        "1 failed, ETA 15 s");
    strbuf_free(&b);
}

/* What was written to `fd`, a pipe that does not block. */
static const char *drain(int fd)
{
    static char text[8192];
    ssize_t n = read(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void test_lines_come_at_the_start_and_then_seldom(void **state)
{
    (void)state;
    int fds[2];
    struct progress p;
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    progress_start(&p, PROGRESS_LINES, fds[1], NULL, "indexing s3://b/\x1b[31m");
    assert_string_equal(drain(fds[0]), "ts-indexer: indexing s3://b/\\x1B[31m\n");
    for (int i = 0; i < 100; i++) {
        progress_event(&half, &p);
    }
    assert_string_equal(drain(fds[0]), "");
    p.shown_ns = 0; /* as if ten seconds had passed */
    progress_event(&half, &p);
    assert_non_null(strstr(drain(fds[0]), "ts-indexer: reading: 80/160 files"));
    progress_end(&p);
    assert_string_equal(drain(fds[0]), "");
    close(fds[0]);
    close(fds[1]);
}

static void test_the_bar_steps_aside_for_the_log_and_goes_at_the_end(void **state)
{
    (void)state;
    int fds[2];
    struct progress p;
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    progress_start(&p, PROGRESS_BAR, fds[1], NULL, "indexing x");
    assert_string_equal(drain(fds[0]), "ts-indexer: indexing x\n\r\x1b[Kstarting");
    for (int i = 0; i < 100; i++) {
        progress_event(&half, &p); /* within a few milliseconds: too soon to draw again */
    }
    assert_string_equal(drain(fds[0]), "");
    log_warn("test", "a line between bars");
    const char *text = drain(fds[0]);
    assert_memory_equal(text, "\r\x1b[K\r\x1b[Kreading [", 16);
    progress_end(&p);
    assert_string_equal(drain(fds[0]), "\r\x1b[K");
    log_warn("test", "a line after the end");
    assert_string_equal(drain(fds[0]), "");
    close(fds[0]);
    close(fds[1]);
}

static void *send_events(void *progress)
{
    for (int i = 0; i < 2000; i++) {
        struct tsi_progress e = half;
        e.bytes_done += (uint64_t)i;
        progress_event(&e, progress);
    }
    return NULL;
}

/* Events of one thread and log lines of another share one bar: neither waits for the other for
 * ever, and at the end the bar is gone. */
static void test_events_and_log_lines_from_several_threads(void **state)
{
    (void)state;
    struct progress p;
    pthread_t thread;
    int fd = open("/dev/null", O_WRONLY), err = dup(STDERR_FILENO);
    assert_true(fd >= 0 && err >= 0);
    dup2(fd, STDERR_FILENO);
    progress_start(&p, PROGRESS_BAR, fd, NULL, "indexing x");
    assert_int_equal(pthread_create(&thread, NULL, send_events, &p), 0);
    for (int i = 0; i < 2000; i++) {
        log_warn("test", "line %d", i);
    }
    pthread_join(thread, NULL);
    assert_true(p.drawn);
    progress_end(&p);
    assert_false(p.drawn);
    dup2(err, STDERR_FILENO);
    close(err);
    close(fd);
}

static void test_quiet_is_quiet(void **state)
{
    (void)state;
    int fds[2];
    struct progress p;
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    progress_start(&p, PROGRESS_OFF, fds[1], NULL, "indexing x");
    progress_event(&half, &p);
    progress_end(&p);
    assert_string_equal(drain(fds[0]), "");
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    text_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_bar_says_how_far_and_how_long),
        cmocka_unit_test(test_a_file_has_a_line),
        cmocka_unit_test(test_trouble_comes_first),
        cmocka_unit_test(test_the_bar_fits_every_width),
        cmocka_unit_test(test_before_anything_is_known),
        cmocka_unit_test(test_the_end_is_full_and_has_no_eta),
        cmocka_unit_test(test_a_plain_line),
        cmocka_unit_test(test_lines_come_at_the_start_and_then_seldom),
        cmocka_unit_test(test_the_bar_steps_aside_for_the_log_and_goes_at_the_end),
        cmocka_unit_test(test_events_and_log_lines_from_several_threads),
        cmocka_unit_test(test_quiet_is_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
