/* The grammar of the command line, and where values come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cli/parse.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *variable_name, *variable_value;

static const char *environment(const char *name)
{
    return variable_name && strcmp(name, variable_name) == 0 ? variable_value : NULL;
}

static struct command_line line;
static struct error err;

/* Parse up to ten words after the program's name. */
static enum error_code parse(const char *a, ...)
{
    char *argv[12] = {(char *)"ts-indexer"};
    int argc = 1;
    va_list ap;
    va_start(ap, a);
    for (const char *word = a; word; word = va_arg(ap, const char *)) {
        argv[argc++] = (char *)word;
    }
    va_end(ap);
    err = (struct error){0};
    return parse_command_line(argc, argv, environment, &line, &err);
}

static int reset(void **state)
{
    (void)state;
    variable_name = variable_value = NULL;
    return 0;
}

static void assert_refused(const char *text)
{
    assert_int_equal(err.code, ERR_USAGE);
    if (!strstr(err.text, text)) {
        fail_msg("'%s' does not say '%s'", err.text, text);
    }
}

static void test_options_stand_before_and_after_the_command(void **state)
{
    (void)state;
    assert_int_equal(parse("--database", "a.db", "status", "-q", NULL), OK);
    assert_int_equal(line.command_id, CMD_STATUS);
    assert_string_equal(parse_text(&line, OPT_DATABASE), "a.db");
    assert_true(parse_has(&line, OPT_QUIET));
    assert_int_equal(parse("status", "--database=b.db", NULL), OK);
    assert_string_equal(parse_text(&line, OPT_DATABASE), "b.db");
}

static void test_an_alias_is_the_command(void **state)
{
    (void)state;
    assert_int_equal(parse("ls", NULL), OK);
    assert_int_equal(line.command_id, CMD_DATASETS);
}

static void test_short_options_take_values_in_every_form(void **state)
{
    (void)state;
    static const char *const forms[][2] = {{"-l", "12"}, {"-l12", NULL}, {"-l=12", NULL}};
    for (size_t i = 0; i < COUNT(forms); i++) {
        assert_int_equal(parse("search", "wind", forms[i][0], forms[i][1], NULL), OK);
        assert_int_equal(parse_number(&line, OPT_LIMIT), 12);
    }
    assert_int_equal(parse("status", "-vv", NULL), OK);
    assert_int_equal(parse_number(&line, OPT_VERBOSE), 2);
    assert_int_equal(parse("search", "-vl3", "wind", NULL), OK);
    assert_int_equal(parse_number(&line, OPT_LIMIT), 3);
    assert_int_equal(parse_number(&line, OPT_VERBOSE), 1);
}

static void test_the_form_of_earlier_versions(void **state)
{
    (void)state;
    assert_int_equal(
        parse("index", "-b", "bucket", "-p", "", "-m", "meta/", "-r", "eu-west-3", NULL), OK);
    assert_string_equal(parse_text(&line, OPT_BUCKET), "bucket");
    assert_string_equal(parse_text(&line, OPT_PREFIX), "");
    assert_string_equal(parse_text(&line, OPT_METADATA_PREFIX), "meta/");
    assert_string_equal(parse_text(&line, OPT_REGION), "eu-west-3");
}

static void test_words_after_two_dashes_are_no_options(void **state)
{
    (void)state;
    assert_int_equal(parse("search", "--", "--limit", "-x", NULL), OK);
    assert_int_equal(line.n_words, 2);
    assert_string_equal(line.words[0], "--limit");
    assert_false(parse_has(&line, OPT_LIMIT));
    assert_int_equal(parse("search", "-", NULL), OK);
    assert_string_equal(line.words[0], "-");
}

static void test_an_option_given_twice_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse("search", "x", "--limit", "1", "-l", "2", NULL), ERR_USAGE);
    assert_refused("--limit is given twice");
    assert_int_equal(parse("index", "s", "--force", "--force", NULL), ERR_USAGE);
    assert_refused("--force is given twice");
}

static void test_lists_are_joined(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    assert_int_equal(parse("index", "s", "--filter", "wind*,sun", "--filter=rain", NULL), OK);
    assert_string_equal(parse_list(&line, OPT_FILTER, &a), "wind*,sun,rain");
    assert_null(parse_list(&line, OPT_EXCLUDE, &a));
    assert_int_equal(parse("index", "s", "--filter", "one", NULL), OK);
    assert_string_equal(parse_list(&line, OPT_FILTER, &a), "one");
    arena_reset(&a);
}

static void test_unknown_names_bring_the_nearest(void **state)
{
    (void)state;
    assert_int_equal(parse("serach", NULL), ERR_USAGE);
    assert_refused("did you mean 'search'?");
    assert_int_equal(parse("search", "x", "--limti=3", NULL), ERR_USAGE);
    assert_refused("unknown option '--limti'; did you mean '--limit'?");
    assert_int_equal(parse("index", "x", "--dat", NULL), ERR_USAGE);
    assert_refused("did you mean '--database'?");
    assert_int_equal(parse("frobnicate", NULL), ERR_USAGE);
    assert_null(strstr(err.text, "did you mean"));
    assert_int_equal(parse("status", "-Z", NULL), ERR_USAGE);
    assert_refused("unknown option '-Z'");
}

static void test_an_option_of_another_command_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse("status", "--depth", "time", NULL), ERR_USAGE);
    assert_refused("--depth is an option of 'index', not of 'status'");
}

static void test_values_that_are_missing_or_too_many(void **state)
{
    (void)state;
    assert_int_equal(parse("status", "--database", NULL), ERR_USAGE);
    assert_refused("--database needs a value");
    assert_int_equal(parse("index", "x", "--metadata", "--force", NULL), ERR_USAGE);
    assert_refused("--metadata needs a value");
    assert_int_equal(parse("index", "x", "--force=yes", NULL), ERR_USAGE);
    assert_refused("--force takes no value");
    assert_int_equal(parse("status", "--database=", NULL), ERR_USAGE);
    assert_refused("not empty");
    assert_int_equal(parse("status", "extra", NULL), ERR_USAGE);
    assert_refused("'extra'");
    assert_int_equal(parse("show", NULL), ERR_USAGE);
    assert_refused("'show' needs NAME");
    assert_int_equal(parse("completions", "tcsh", NULL), ERR_USAGE);
    assert_refused("bash, zsh or fish");
}

static void test_values_are_checked(void **state)
{
    (void)state;
    assert_int_equal(parse("index", "x", "--depth", "deep", NULL), ERR_USAGE);
    assert_refused("one of files, series, time");
    assert_int_equal(parse("index", "x", "-c", "0", NULL), ERR_USAGE);
    assert_refused("at least 1 and at most 1024");
    assert_int_equal(parse("index", "x", "-c", "auto", NULL), OK);
    assert_int_equal(parse_number(&line, OPT_CONCURRENCY), 0);
    assert_int_equal(parse("index", "x", "-c", "-4", NULL), ERR_USAGE);
    assert_int_equal(parse("search", "x", "--limit", "all", NULL), OK);
    assert_true(parse_number(&line, OPT_LIMIT) == INT64_MAX);
    assert_int_equal(parse("search", "x", "--limit", "9223372036854775808", NULL), ERR_USAGE);
    assert_int_equal(parse("index", "x", "--memory", "0", NULL), ERR_USAGE);
    assert_int_equal(parse("status", "--format", "ndjson", NULL), OK);
    assert_int_equal(parse_number(&line, OPT_FORMAT), 2);
    assert_int_equal(parse("status", "-q", "-v", NULL), ERR_USAGE);
    assert_refused("contradict");
}

static void test_the_flag_goes_before_the_environment_before_the_default(void **state)
{
    (void)state;
    assert_int_equal(parse("status", NULL), OK);
    assert_string_equal(parse_text(&line, OPT_DATABASE), "ts_indexer.db");
    assert_int_equal(line.options[OPT_DATABASE].origin, FROM_DEFAULT);
    variable_name = "TS_INDEXER_DATABASE";
    variable_value = "env.db";
    assert_int_equal(parse("status", NULL), OK);
    assert_string_equal(parse_text(&line, OPT_DATABASE), "env.db");
    assert_int_equal(line.options[OPT_DATABASE].origin, FROM_ENVIRONMENT);
    assert_int_equal(parse("status", "--database", "flag.db", NULL), OK);
    assert_string_equal(parse_text(&line, OPT_DATABASE), "flag.db");
    variable_value = "";
    assert_int_equal(parse("status", NULL), OK);
    assert_string_equal(parse_text(&line, OPT_DATABASE), "ts_indexer.db");
}

static void test_a_wrong_variable_is_named_and_never_blocks_help(void **state)
{
    (void)state;
    variable_name = "TS_INDEXER_MEMORY";
    variable_value = "lots";
    assert_int_equal(parse("index", "x", NULL), ERR_USAGE);
    assert_refused("TS_INDEXER_MEMORY is 'lots'");
    assert_int_equal(parse("status", NULL), OK);
    assert_int_equal(parse("index", "--help", NULL), OK);
    assert_true(parse_has(&line, OPT_HELP));
}

static void test_flags_from_the_environment(void **state)
{
    (void)state;
    variable_name = "TS_INDEXER_NO_SIGN_REQUEST";
    variable_value = "yes";
    assert_int_equal(parse("index", "x", NULL), OK);
    assert_true(parse_has(&line, OPT_NO_SIGN_REQUEST));
    variable_value = "0";
    assert_int_equal(parse("index", "x", NULL), OK);
    assert_false(parse_has(&line, OPT_NO_SIGN_REQUEST));
    variable_value = "perhaps";
    assert_int_equal(parse("index", "x", NULL), ERR_USAGE);
}

static void test_no_command_and_too_many_words(void **state)
{
    (void)state;
    assert_int_equal(parse(NULL), OK);
    assert_null(line.command);
    char *argv[PARSE_WORDS_MAX + 3] = {(char *)"ts-indexer", (char *)"search"};
    for (size_t i = 2; i < COUNT(argv); i++) {
        argv[i] = (char *)"x";
    }
    assert_int_equal(parse_command_line(PARSE_WORDS_MAX + 2, argv, environment, &line, &err), OK);
    assert_int_equal(parse_command_line(PARSE_WORDS_MAX + 3, argv, environment, &line, &err),
                     ERR_USAGE);
}

static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        {"0", 0},
        {"1048576", 1048576},
        {"512MiB", UINT64_C(512) << 20},
        {"1GiB", UINT64_C(1) << 30},
        {"1gib", UINT64_C(1) << 30},
        {"500MB", 500000000},
        {"1.5GiB", UINT64_C(3) << 29},
        {" 2 G ", UINT64_C(2) << 30},
        {"64k", 65536},
        {"12B", 12},
        {"18446744073709551615", UINT64_MAX},
    };
    static const char *const bad[] = {"",
                                      "x",
                                      "MiB",
                                      "1.5",
                                      "-1",
                                      "1 2",
                                      "1XB",
                                      "1MiBB",
                                      "1..5G",
                                      "1.0123456789G",
                                      "18446744073709551616",
                                      "20000P",
                                      ".5G"};
    uint64_t bytes;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(parse_size(str_c(good[i].text), &bytes));
        assert_int_equal(bytes, good[i].bytes);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (parse_size(str_c(bad[i]), &bytes)) {
            fail_msg("'%s' was taken for a size", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_options_stand_before_and_after_the_command, reset),
        cmocka_unit_test_setup(test_an_alias_is_the_command, reset),
        cmocka_unit_test_setup(test_short_options_take_values_in_every_form, reset),
        cmocka_unit_test_setup(test_the_form_of_earlier_versions, reset),
        cmocka_unit_test_setup(test_words_after_two_dashes_are_no_options, reset),
        cmocka_unit_test_setup(test_an_option_given_twice_is_refused, reset),
        cmocka_unit_test_setup(test_lists_are_joined, reset),
        cmocka_unit_test_setup(test_unknown_names_bring_the_nearest, reset),
        cmocka_unit_test_setup(test_an_option_of_another_command_is_refused, reset),
        cmocka_unit_test_setup(test_values_that_are_missing_or_too_many, reset),
        cmocka_unit_test_setup(test_values_are_checked, reset),
        cmocka_unit_test_setup(test_the_flag_goes_before_the_environment_before_the_default, reset),
        cmocka_unit_test_setup(test_a_wrong_variable_is_named_and_never_blocks_help, reset),
        cmocka_unit_test_setup(test_flags_from_the_environment, reset),
        cmocka_unit_test_setup(test_no_command_and_too_many_words, reset),
        cmocka_unit_test_setup(test_sizes, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
