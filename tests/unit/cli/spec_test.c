/* The declarations are whole, and everything generated from them names everything in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/completion.h"
#include "cli/format.h"
#include "cli/help.h"
#include "cli/parse.h"
#include "cli/value.h"

static const struct help_style plain = {.width = 80};

static void assert_names(const struct strbuf *text, const char *name, const char *where)
{
    if (!strstr(strbuf_view(text).data, name)) {
        fail_msg("%s does not name %s", where, name);
    }
}

static void test_every_entry_is_filled_in(void **state)
{
    (void)state;
    for (size_t i = 0; i < CMD_COUNT; i++) {
        const struct command_spec *c = &spec_commands[i];
        assert_non_null(c->name);
        assert_non_null(c->summary);
        assert_non_null(c->description);
        assert_non_null(c->examples[0].line);
        assert_ptr_equal(parse_find_command(c->name), c);
    }
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct option_spec *o = &spec_options[i];
        assert_non_null(o->name);
        assert_non_null(o->help);
        assert_true(o->commands != 0);
        assert_int_equal(o->value_name != NULL, o->kind != KIND_FLAG && o->kind != KIND_TALLY);
        /* A list may name the words that it is made of, for help and completion. */
        assert_int_equal(o->choices != NULL, o->kind == KIND_CHOICE || i == OPT_LOG_LEVEL);
    }
}

static void test_names_are_unique_and_defaults_are_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct option_spec *a = &spec_options[i];
        for (size_t j = i + 1; j < OPT_COUNT; j++) {
            assert_string_not_equal(a->name, spec_options[j].name);
            assert_true(!a->short_name || a->short_name != spec_options[j].short_name);
        }
        uint64_t number;
        if (a->fallback) {
            assert_int_equal(value_check((enum option_id)i, a->fallback, NULL, &number, NULL), OK);
        }
    }
}

/* TS_INDEXER_ and the name of the option: users need not look it up. */
static void test_variables_follow_the_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPT_COUNT; i++) {
        const struct option_spec *o = &spec_options[i];
        char expected[64];
        snprintf(expected, sizeof expected, "TS_INDEXER_%s", o->name);
        for (char *c = expected; *c; c++) {
            *c = *c == '-' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
        }
        if (o->environment) {
            assert_string_equal(o->environment, expected);
        }
    }
}

static void test_formats_are_declared_in_the_order_of_the_enum(void **state)
{
    (void)state;
    static const char *const names[] = {[FORMAT_TABLE] = "table",
                                        [FORMAT_JSON] = "json",
                                        [FORMAT_NDJSON] = "ndjson",
                                        [FORMAT_CSV] = "csv",
                                        [FORMAT_TSV] = "tsv"};
    uint64_t index;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_true(value_choice(spec_options[OPT_FORMAT].choices, names[i], &index));
        assert_int_equal(index, i);
    }
}

static void test_help_names_everything(void **state)
{
    (void)state;
    char option[64];
    struct strbuf b;
    strbuf_init(&b, HELP_MAX);
    help_program(&b, &plain);
    for (size_t i = 0; i < CMD_COUNT; i++) {
        assert_names(&b, spec_commands[i].name, "the help of the program");
    }
    for (size_t i = 0; i < CMD_COUNT; i++) {
        strbuf_clear(&b);
        help_command(&b, &spec_commands[i], &plain);
        for (size_t j = 0; j < OPT_COUNT; j++) {
            snprintf(option, sizeof option, "--%s", spec_options[j].name);
            if (spec_takes((enum command_id)i, (enum option_id)j)) {
                assert_names(&b, option, spec_commands[i].name);
            }
        }
    }
    assert_false(b.overflow);
    strbuf_free(&b);
}

static void test_help_of_the_program_fits_a_screen(void **state)
{
    (void)state;
    struct strbuf b;
    size_t lines = 0;
    strbuf_init(&b, HELP_MAX);
    help_program(&b, &plain);
    for (const char *line = b.data; *line; lines++) {
        size_t n = strcspn(line, "\n");
        assert_true(n <= plain.width);
        line += n + 1;
    }
    /* A terminal window of ordinary height. */
    assert_true(lines <= 50);
    /* How to start stands before what there is. */
    assert_true(strstr(b.data, "ts-indexer index s3://") < strstr(b.data, "COMMANDS"));
    strbuf_free(&b);
}

static void test_help_has_escapes_only_with_color(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, HELP_MAX);
    help_command(&b, &spec_commands[CMD_INDEX], &plain);
    assert_null(strchr(b.data, '\x1b'));
    help_command(&b, &spec_commands[CMD_INDEX], &(struct help_style){.width = 80, .color = true});
    assert_non_null(strstr(b.data, "\x1b[1mEXAMPLES\x1b[0m"));
    strbuf_free(&b);
}

static void test_man_and_markdown_name_everything(void **state)
{
    (void)state;
    struct strbuf man, markdown;
    char name[64];
    strbuf_init(&man, HELP_MAX);
    strbuf_init(&markdown, HELP_MAX);
    man_page(&man, NULL, "1.2.3");
    markdown_reference(&markdown);
    for (size_t i = 0; i < CMD_COUNT; i++) {
        assert_names(&man, spec_commands[i].name, "the man page");
        snprintf(name, sizeof name, "## %s\n", spec_commands[i].name);
        assert_names(&markdown, name, "the reference");
        man_page(&man, &spec_commands[i], "1.2.3");
    }
    for (size_t i = 0; i < OPT_COUNT; i++) {
        snprintf(name, sizeof name, "--%s", spec_options[i].name);
        assert_names(&markdown, name, "the reference");
        if (spec_options[i].environment) {
            assert_names(&man, spec_options[i].environment, "the man page");
        }
    }
    assert_names(&man, ".TH \"ts-indexer\" 1 \"\" \"ts-indexer 1.2.3\"", "the man page");
    assert_names(&man, "\\fB\\-\\-no\\-sign\\-request\\fR", "the man page");
    assert_false(man.overflow || markdown.overflow);
    strbuf_free(&man);
    strbuf_free(&markdown);
}

static void test_completions_name_everything(void **state)
{
    (void)state;
    static const char *const shells[] = {"bash", "zsh", "fish"};
    struct strbuf b;
    char name[64];
    for (size_t s = 0; s < 3; s++) {
        strbuf_init(&b, HELP_MAX);
        completion_script(&b, shells[s]);
        for (size_t i = 0; i < CMD_COUNT; i++) {
            assert_names(&b, spec_commands[i].name, shells[s]);
        }
        for (size_t i = 0; i < OPT_COUNT; i++) {
            snprintf(name, sizeof name, s == 2 ? "-l %s " : "--%s", spec_options[i].name);
            assert_names(&b, name, shells[s]);
        }
        strbuf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_entry_is_filled_in),
        cmocka_unit_test(test_names_are_unique_and_defaults_are_values),
        cmocka_unit_test(test_variables_follow_the_names),
        cmocka_unit_test(test_formats_are_declared_in_the_order_of_the_enum),
        cmocka_unit_test(test_help_names_everything),
        cmocka_unit_test(test_help_of_the_program_fits_a_screen),
        cmocka_unit_test(test_help_has_escapes_only_with_color),
        cmocka_unit_test(test_man_and_markdown_name_everything),
        cmocka_unit_test(test_completions_name_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
