/* The reference of all commands in Markdown: what docs/ holds is this text, and a test compares
 * them. */
#include "cli/help.h"

/* A cell of a table: '|' would end it. */
static void add_cell(struct strbuf *b, const char *s)
{
    for (; *s; s++) {
        if (*s == '|') {
            strbuf_add_char(b, '\\');
        }
        strbuf_add_char(b, *s);
    }
}

static void add_option(struct strbuf *b, const struct option_spec *o)
{
    strbuf_add_c(b, "| ");
    if (o->short_name) {
        strbuf_printf(b, "`-%c`, ", o->short_name);
    }
    strbuf_printf(b, "`--%s%s%s` | ", o->name, o->value_name ? " " : "",
                  o->value_name ? o->value_name : "");
    struct strbuf text;
    strbuf_init(&text, HELP_MAX);
    help_option_text(&text, o);
    add_cell(b, strbuf_view(&text).data);
    strbuf_add_c(b, " |\n");
    strbuf_free(&text);
}

static void add_options(struct strbuf *b, const struct command_spec *c)
{
    bool first = true;
    for (size_t i = 0; i < OPT_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        bool global = spec_is_global(id);
        if (c ? global || !spec_takes((enum command_id)(c - spec_commands), id) : !global) {
            continue;
        }
        if (first) {
            strbuf_add_c(b, "\n| option | meaning |\n|---|---|\n");
        }
        first = false;
        add_option(b, &spec_options[i]);
    }
}

static void add_examples(struct strbuf *b, const struct example_spec *e)
{
    strbuf_add_c(b, "\n```sh\n");
    for (; e->line; e++) {
        strbuf_printf(b, "%s  # %s\n", e->line, e->note);
    }
    strbuf_add_c(b, "```\n");
}

static void add_command(struct strbuf *b, const struct command_spec *c)
{
    strbuf_printf(b, "\n## %s\n\n`", c->name);
    help_usage(b, c);
    strbuf_printf(b, "`\n\n%s\n", c->description);
    add_examples(b, c->examples);
    for (const struct argument_spec *a = c->arguments; a->name; a++) {
        strbuf_printf(b, "\n`%s`: %s.\n", a->name, a->help);
    }
    add_options(b, c);
}

static void add_terms(struct strbuf *b, const char *head, const struct exit_spec *e)
{
    strbuf_printf(b, "\n| %s | meaning |\n|---|---|\n", head);
    for (; e->code; e++) {
        strbuf_printf(b, "| %s | %s |\n", e->code, e->meaning);
    }
}

void markdown_reference(struct strbuf *b)
{
    strbuf_printf(b,
                  "# The commands of %s\n\nWritten by `%s help --markdown`; change src/cli/spec.c, "
                  "not this page.\n",
                  SPEC_PROGRAM, SPEC_PROGRAM);
    strbuf_printf(b, "\n%s\n", spec_description);
    add_examples(b, spec_examples);
    for (size_t i = 0; i < CMD_COUNT; i++) {
        add_command(b, &spec_commands[i]);
    }
    strbuf_add_c(b, "\n## Options of every command\n");
    add_options(b, NULL);
    strbuf_printf(b, "\n## Output formats\n\n%s\n", spec_formats);
    strbuf_add_c(b, "\n## Exit codes\n");
    add_terms(b, "code", spec_exits);
    strbuf_add_c(b, "\n## Environment\n\nThe variables of the options above, and:\n");
    add_terms(b, "variable", spec_environment);
}
