/* The whole program over a public API that answers as the test says: what goes to stdout, what to
 * stderr, which code.
 *
 * The functions of the API that are defined here take the place of the library's. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/result.h"
#include "base/log.h"
#include "cli/app.h"

/* ---- the library of the test ---- */

struct tsi_catalog {
    int unused;
};
static struct tsi_catalog the_catalog;

/* What the library shall do; a child process inherits it. */
static struct {
    size_t rows;
    uint64_t matched;
    bool snapshot, is_dataset;
    int index_code, open_code;
} will;

static int fails(struct tsi_error *err, int exit_code, const char *text)
{
    *err = (struct tsi_error){.exit_code = exit_code};
    snprintf(err->text, sizeof err->text, "%s", text);
    return exit_code;
}

int tsi_catalog_open(const char *database, struct tsi_catalog **out, struct tsi_error *err)
{
    (void)database;
    *out = &the_catalog;
    return will.open_code ? fails(err, will.open_code, "there is no catalog") : 0;
}

void tsi_catalog_close(struct tsi_catalog *c)
{
    (void)c;
}

bool tsi_catalog_is_snapshot(const struct tsi_catalog *c)
{
    (void)c;
    return will.snapshot;
}

static int answer(struct tsi_result **out)
{
    static const char *const names[] = {"id", "series"};
    struct table t;
    table_init(&t, names, 2);
    for (size_t i = 0; i < will.rows; i++) {
        struct cell *row = table_add_row(&t);
        row[0] = cell_text(&t, CELL_TEXT, str_c("wind"));
        row[1] = cell_int(1000 * ((int64_t)i + 1));
    }
    t.total = 99;
    t.matched = will.matched ? will.matched : will.rows;
    *out = result_take(&t);
    return 0;
}

int tsi_status(struct tsi_catalog *c, struct tsi_result **out, struct tsi_error *err)
{
    (void)c;
    (void)err;
    return answer(out);
}

int tsi_runs(struct tsi_catalog *c, uint64_t limit, struct tsi_result **out, struct tsi_error *err)
{
    (void)c;
    (void)limit;
    (void)err;
    static const char *const names[] = {"state", "started_at", "seconds", "files_done"};
    struct table t;
    table_init(&t, names, 4);
    struct cell *row = table_add_row(&t);
    row[0] = cell_text(&t, CELL_TEXT, str_c("interrupted"));
    row[1] = cell_text(&t, CELL_TEXT, str_c("2026-01-31T00:00:00Z"));
    row[2] = cell_double(2.5);
    row[3] = cell_int(1234);
    t.total = t.matched = 1;
    *out = result_take(&t);
    return 0;
}

int tsi_live(const char *database, struct tsi_live *out, struct tsi_error *err)
{
    (void)database;
    (void)err;
    *out = (struct tsi_live){.eta_seconds = -1};
    return 0;
}

int tsi_datasets(struct tsi_catalog *c, uint64_t limit, struct tsi_result **out,
                 struct tsi_error *err)
{
    (void)c;
    (void)err;
    will.rows = limit < will.rows ? (size_t)limit : will.rows;
    return answer(out);
}

int tsi_search_open(const char *database, struct tsi_search **out, struct tsi_error *err)
{
    (void)database;
    *out = NULL;
    return will.open_code ? fails(err, will.open_code, "no index") : 0;
}

void tsi_search_close(struct tsi_search *s)
{
    (void)s;
}

int tsi_search_run(const struct tsi_search *s, const char *query,
                   const struct tsi_search_options *options, struct tsi_search_facts *facts,
                   struct tsi_result **out, struct tsi_error *err)
{
    (void)s;
    *facts = (struct tsi_search_facts){.ignored = "", .suggestions = "", .cursor = ""};
    if (strcmp(query, "solar power") != 0 || options->limit != 20) {
        *out = NULL;
        return fails(err, 1, "not the query of the test");
    }
    return answer(out);
}

int tsi_show(struct tsi_catalog *c, const char *name, bool *is_dataset, struct tsi_result **out,
             struct tsi_error *err)
{
    (void)c;
    (void)name;
    (void)err;
    *is_dataset = will.is_dataset;
    return answer(out);
}

int tsi_spans(struct tsi_catalog *c, const char *series, struct tsi_result **out,
              struct tsi_error *err)
{
    (void)c;
    (void)series;
    (void)err;
    will.rows = 2;
    return answer(out);
}

int tsi_values(struct tsi_catalog *c, const char *series, struct tsi_result **out,
               struct tsi_error *err)
{
    (void)c;
    (void)series;
    (void)err;
    will.rows = 1;
    return answer(out);
}

int tsi_twins(struct tsi_catalog *c, const char *name, uint64_t limit, struct tsi_result **out,
              struct tsi_error *err)
{
    (void)c;
    (void)limit;
    (void)err;
    will.rows = name ? 1 : 2;
    return answer(out);
}

int tsi_failures(struct tsi_catalog *c, const char *dataset, struct tsi_result **out,
                 struct tsi_error *err)
{
    (void)c;
    (void)err;
    will.rows = dataset ? 1 : 2;
    return answer(out);
}

int tsi_drift(struct tsi_catalog *c, const char *dataset, struct tsi_result **out,
              struct tsi_error *err)
{
    (void)c;
    (void)err;
    will.rows = dataset ? 1 : 0;
    return answer(out);
}

int tsi_dump(struct tsi_catalog *c, int fd, struct tsi_error *err)
{
    (void)c;
    return write(fd, "{}\n", 3) == 3 ? 0 : fails(err, 1, "cannot write the dump");
}

int tsi_index(const struct tsi_index_options *o, struct tsi_index_summary *summary,
              struct tsi_error *err)
{
    *summary = (struct tsi_index_summary){.datasets = 1, .files_read = 2, .failures = 3};
    log_warn("test", "%s %s %s %d %llu %d %d", o->source, o->metadata ? o->metadata : "-", o->depth,
             o->concurrency, (unsigned long long)o->memory, o->force, o->store.no_sign_request);
    return will.index_code == 5 ? fails(err, 5, "no credentials") : will.index_code;
}

int tsi_estimate(const struct tsi_index_options *o, struct tsi_result **out, double *cost,
                 struct tsi_error *err)
{
    (void)err;
    *cost = o->max_cost;
    return answer(out);
}

/* ---- running the program ---- */

static char out_text[16384], err_text[16384];

static void read_back(FILE *f, char *text, size_t size)
{
    rewind(f);
    text[fread(text, 1, size - 1, f)] = '\0';
    fclose(f);
}

/* Run in a child with its stdout in `stdout_path` (NULL: caught in out_text) and its stderr in
 * err_text. */
static int run_to(const char *stdout_path, const char *command)
{
    char words[512], *argv[32] = {(char *)"ts-indexer"};
    int argc = 1, status;
    FILE *out = stdout_path ? fopen(stdout_path, "r+") : tmpfile(), *err = tmpfile();
    assert_true(out && err);
    snprintf(words, sizeof words, "%s", command);
    for (char *save, *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        argv[argc++] = word;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        dup2(fileno(out), STDOUT_FILENO);
        dup2(fileno(err), STDERR_FILENO);
        int code = app_main(argc, argv);
        fflush(stderr);
        _exit(code);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (stdout_path) {
        fclose(out);
    } else {
        read_back(out, out_text, sizeof out_text);
    }
    read_back(err, err_text, sizeof err_text);
    return WEXITSTATUS(status);
}

static int run(const char *command)
{
    return run_to(NULL, command);
}

static int reset(void **state)
{
    (void)state;
    memset(&will, 0, sizeof will);
    will.rows = 2;
    unsetenv("TS_INDEXER_FORMAT");
    return 0;
}

static void test_a_wrong_command_line_is_talk_and_code_2(void **state)
{
    (void)state;
    assert_int_equal(run("status --formt json"), 2);
    assert_string_equal(out_text, "");
    assert_string_equal(err_text,
                        "ts-indexer: error: unknown option '--formt'; did you mean '--format'?\n"
                        "Try 'ts-indexer status --help'.\n");
    assert_int_equal(run(""), 2);
    assert_string_equal(out_text, "");
    assert_non_null(strstr(err_text, "START"));
}

static void test_help_and_version_are_data(void **state)
{
    (void)state;
    assert_int_equal(run("--help"), 0);
    assert_non_null(strstr(out_text, "COMMANDS"));
    assert_string_equal(err_text, "");
    assert_int_equal(run("help search"), 0);
    char by_command[sizeof out_text];
    memcpy(by_command, out_text, sizeof by_command);
    assert_int_equal(run("search -h"), 0);
    assert_string_equal(out_text, by_command);
    assert_int_equal(run("-V"), 0);
    assert_string_equal(out_text, "ts-indexer " TSI_VERSION "\n");
    assert_int_equal(run("help serch"), 2);
    assert_non_null(strstr(err_text, "did you mean 'search'?"));
}

static void test_a_pipe_gets_csv_and_no_remarks(void **state)
{
    (void)state;
    assert_int_equal(run("datasets"), 0);
    assert_string_equal(out_text, "id,series\nwind,1000\nwind,2000\n");
    assert_string_equal(err_text, "");
    assert_int_equal(run("datasets -f table"), 0);
    assert_string_equal(out_text, "id    series\nwind   1,000\nwind   2,000\n");
}

static void test_less_than_all_is_said(void **state)
{
    (void)state;
    will.matched = 7;
    assert_int_equal(run("datasets --limit 1"), 0);
    assert_string_equal(out_text, "id,series\nwind,1000\n");
    assert_string_equal(err_text, "ts-indexer: 1 of 7 shown; --limit all shows every one\n");
    assert_int_equal(run("datasets --limit 1 -q"), 0);
    assert_string_equal(err_text, "");
}

static void test_nothing_found_is_code_4(void **state)
{
    (void)state;
    will.rows = 0;
    assert_int_equal(run("search solar power"), 4);
    assert_string_equal(err_text, "ts-indexer: nothing found for 'solar power'\n");
    assert_int_equal(run("search solar power -f json"), 4);
    assert_string_equal(
        out_text,
        "{\"schema_version\":1,\"total\":99,\"matched\":0,\"returned\":0,\"matched_is_exact\":true,"
        "\"partial\":false,\"typos\":0,\"cursor\":null,\"ignored\":[],"
        "\"suggestions\":[],\"items\":[]}\n");
    will.rows = 2;
    assert_int_equal(run("search solar power"), 0);
}

static void test_status_tells_of_a_snapshot(void **state)
{
    (void)state;
    will.snapshot = true;
    assert_int_equal(run("status --database x.db"), 0);
    assert_string_equal(
        err_text,
        "ts-indexer: a run is writing x.db; this is the state it last published\n"
        "ts-indexer: x.db: 2 datasets, 3,000 series\n"
        "ts-indexer: the last run is interrupted: began 2026-01-31T00:00:00Z, 2.50 s, 1,234 files "
        "recorded; the same command goes on from there\n");
}

static void test_errors_go_to_stderr_in_every_format(void **state)
{
    (void)state;
    will.open_code = 7;
    assert_int_equal(run("status -f json"), 7);
    assert_string_equal(out_text, "");
    assert_string_equal(err_text, "ts-indexer: error: there is no catalog\n");
}

static void test_show_is_a_record_or_an_item(void **state)
{
    (void)state;
    will.rows = 1;
    assert_int_equal(run("show wind:1 --spans -f table"), 0);
    assert_string_equal(out_text, "id:     wind\nseries: 1,000\n\n"
                                  "id:     wind\nseries: 1,000\n\n"
                                  "id    series\nwind   1,000\nwind   2,000\n");
    assert_int_equal(run("show wind:1 --spans -f ndjson"), 0);
    assert_string_equal(out_text,
                        "{\"id\":\"wind\",\"series\":1000,"
                        "\"values\":[{\"id\":\"wind\",\"series\":1000}],\"spans\":["
                        "{\"id\":\"wind\",\"series\":1000},{\"id\":\"wind\",\"series\":2000}]}\n");
    will.is_dataset = true;
    assert_int_equal(run("show wind --spans"), 2);
    assert_string_equal(out_text, "");
}

static void test_failures_and_dump(void **state)
{
    (void)state;
    assert_int_equal(run("failures wind -f ndjson"), 0);
    assert_string_equal(out_text, "{\"id\":\"wind\",\"series\":1000}\n");
    assert_int_equal(run("dump"), 0);
    assert_string_equal(out_text, "{}\n");
    assert_int_equal(run("dump -f csv"), 2);
    setenv("TS_INDEXER_FORMAT", "csv", 1);
    assert_int_equal(run("dump"), 0);
}

static void test_index_gets_what_was_asked(void **state)
{
    (void)state;
    assert_int_equal(run("index dir"), 0);
    assert_non_null(strstr(err_text, "warning: dir - time 0 0 0 0\n"));
    assert_int_equal(run("index s3://b/p --metadata m --depth files -c 8 --memory 1KiB --force "
                         "--no-sign-request"),
                     0);
    assert_non_null(strstr(err_text, "warning: s3://b/p m files 8 1024 1 1\n"));
    assert_int_equal(run("index -b buck -p lake/ -m meta/"), 0);
    assert_non_null(strstr(err_text, "warning: s3://buck/lake/ s3://buck/meta/ time 0 0 0 0\n"));
    assert_int_equal(run("index --bucket buck"), 0);
    assert_non_null(strstr(err_text, "warning: s3://buck/ - time 0 0 0 0\n"));
}

static void test_index_needs_exactly_one_source(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "index",          "index dir -b buck",  "index dir -p lake/",
        "index -p lake/", "index -b s3://buck", "index -b b -m x --metadata y"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(run(wrong[i]), 2);
        assert_null(strstr(err_text, "warning"));
    }
}

static void test_the_summary_of_index_is_talk_unless_asked_for(void **state)
{
    (void)state;
    will.index_code = 3;
    assert_int_equal(run("index dir"), 3);
    assert_string_equal(out_text, "");
    assert_non_null(strstr(err_text, "failures  3; 'ts-indexer failures' lists them\n"));
    assert_int_equal(run("index dir -f ndjson"), 3);
    assert_non_null(strstr(out_text, "\"exit_code\":3,\"datasets\":1,"));
    assert_int_equal(run("index dir -f table"), 3);
    assert_string_equal(out_text, "");
    assert_int_equal(run("index dir -q"), 3);
    assert_string_equal(err_text, "ts-indexer: 3 failures; 'ts-indexer failures' lists them\n");
    will.index_code = 5;
    assert_int_equal(run("index dir -f ndjson"), 5);
    assert_string_equal(out_text, "");
    assert_non_null(strstr(err_text, "ts-indexer: error: no credentials\n"));
    will.index_code = 130;
    assert_int_equal(run("index dir"), 130);
    assert_non_null(strstr(err_text, "interrupted"));
}

static void test_an_answer_that_is_not_written_is_a_failure(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0) {
        skip();
    }
    assert_int_equal(run_to("/dev/full", "datasets"), 1);
    assert_string_equal(err_text,
                        "ts-indexer: error: cannot write to stdout: No space left on device\n");
    assert_int_equal(run_to("/dev/full", "--help"), 1);
    assert_int_equal(run_to("/dev/full", "dump"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_wrong_command_line_is_talk_and_code_2, reset),
        cmocka_unit_test_setup(test_help_and_version_are_data, reset),
        cmocka_unit_test_setup(test_a_pipe_gets_csv_and_no_remarks, reset),
        cmocka_unit_test_setup(test_less_than_all_is_said, reset),
        cmocka_unit_test_setup(test_nothing_found_is_code_4, reset),
        cmocka_unit_test_setup(test_status_tells_of_a_snapshot, reset),
        cmocka_unit_test_setup(test_errors_go_to_stderr_in_every_format, reset),
        cmocka_unit_test_setup(test_show_is_a_record_or_an_item, reset),
        cmocka_unit_test_setup(test_failures_and_dump, reset),
        cmocka_unit_test_setup(test_index_gets_what_was_asked, reset),
        cmocka_unit_test_setup(test_index_needs_exactly_one_source, reset),
        cmocka_unit_test_setup(test_the_summary_of_index_is_talk_unless_asked_for, reset),
        cmocka_unit_test_setup(test_an_answer_that_is_not_written_is_a_failure, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
