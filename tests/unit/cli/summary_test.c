/* The end of a run, for people and for programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/summary.h"

static const struct tsi_index_options options = {
    .source = "s3://b/p", .database = "x.db", .depth = "time"};

static struct tsi_index_summary sample(void)
{
    return (struct tsi_index_summary){.datasets = 5,
                                      .datasets_failed = 1,
                                      .files_read = 158,
                                      .files_failed = 2,
                                      .series = 1234567,
                                      .series_known = true,
                                      .rows = 96000000,
                                      .failures = 3,
                                      .notes = 1,
                                      .peak_memory = UINT64_C(512) << 20,
                                      .seconds = 12.34,
                                      .n_counters = 2,
                                      .counters = {{"requests_get", "GET requests", 3200},
                                                   {"bytes_received", "bytes received", 1536}}};
}

static void test_for_people(void **state)
{
    (void)state;
    struct tsi_index_summary run = sample();
    struct summary s = {.options = &options, .run = &run, .exit_code = 3};
    struct strbuf b;
    strbuf_init(&b, 8192);
    summary_text(&b, &s);
    assert_string_equal(b.data,
                        "ts-indexer: indexed s3://b/p into x.db\n"
                        "  datasets  5 indexed, 1 failed\n"
                        "  files     158 read, 2 failed\n"
                        "  catalog   1,234,567 series, 96,000,000 rows\n"
                        "  cost      3,200 GET requests, 1.50 KiB received\n"
                        "            12.3 s, peak memory 512 MiB\n"
                        "  failures  3; 'ts-indexer failures' lists them\n"
                        "  notes     1 thing passed over; 'ts-indexer failures' shows it\n");
    strbuf_free(&b);
}

static void test_an_interrupted_run_says_how_to_go_on(void **state)
{
    (void)state;
    struct tsi_index_summary run = sample();
    struct summary s = {.options = &options, .run = &run, .exit_code = 130};
    struct strbuf b;
    strbuf_init(&b, 8192);
    summary_text(&b, &s);
    assert_non_null(strstr(b.data, "interrupted"));
    assert_non_null(strstr(b.data, "the same command goes on from here"));
    strbuf_free(&b);
}

static void test_for_programs(void **state)
{
    (void)state;
    struct tsi_index_summary run = sample();
    run.series_known = false;
    struct summary s = {.options = &options, .run = &run, .exit_code = 3};
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    summary_data(out, FORMAT_NDJSON, &s);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(
        text, "{\"source\":\"s3://b/p\",\"database\":\"x.db\",\"depth\":\"time\",\"exit_code\":3,"
              "\"datasets\":5,\"datasets_failed\":1,\"files_read\":158,\"files_unchanged\":0,"
              "\"files_failed\":2,\"files_gone\":0,\"files_left\":0,\"limited\":null,\"series\":"
              "null,\"rows\":96000000,\"failures\":3,"
              "\"notes\":1,\"seconds\":12.34,\"peak_memory_bytes\":536870912,"
              "\"requests_get\":3200,\"bytes_received\":1536}\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_for_people),
        cmocka_unit_test(test_an_interrupted_run_says_how_to_go_on),
        cmocka_unit_test(test_for_programs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
