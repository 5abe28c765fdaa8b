/* The man pages: roff with the man macros. */
#include <string.h>

#include "cli/help.h"

/* Text as roff shows it: hyphens stay hyphens that can be copied, and no line starts with a
 * request. */
static void add_text(struct strbuf *b, const char *s)
{
    bool line_start = true;
    for (; *s; s++) {
        if (line_start && (*s == '.' || *s == '\'')) {
            strbuf_add_c(b, "\\&");
        }
        if (*s == '\\') {
            strbuf_add_c(b, "\\e");
        } else if (*s == '-') {
            strbuf_add_c(b, "\\-");
        } else {
            strbuf_add_char(b, *s);
        }
        line_start = *s == '\n';
    }
}

static void add_line(struct strbuf *b, const char *s)
{
    add_text(b, s);
    strbuf_add_char(b, '\n');
}

static void add_paragraphs(struct strbuf *b, const char *s)
{
    for (const char *end; (end = strstr(s, "\n\n")); s = end + 2) {
        struct strbuf paragraph;
        strbuf_init(&paragraph, HELP_MAX);
        strbuf_add(&paragraph, s, (size_t)(end - s));
        add_line(b, strbuf_view(&paragraph).data);
        strbuf_add_c(b, ".PP\n");
        strbuf_free(&paragraph);
    }
    add_line(b, s);
}

static void add_option(struct strbuf *b, const struct option_spec *o)
{
    struct strbuf text;
    strbuf_init(&text, HELP_MAX);
    strbuf_add_c(b, ".TP\n");
    if (o->short_name) {
        strbuf_printf(b, "\\fB\\-%c\\fR, ", o->short_name);
    }
    strbuf_add_c(b, "\\fB\\-\\-");
    add_text(b, o->name);
    strbuf_add_c(b, "\\fR");
    if (o->value_name) {
        strbuf_printf(b, " \\fI%s\\fR", o->value_name);
    }
    strbuf_add_char(b, '\n');
    help_option_text(&text, o);
    add_line(b, strbuf_view(&text).data);
    strbuf_free(&text);
}

/* The options of one command, or the global ones. */
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
            strbuf_add_c(b, c ? ".SH OPTIONS\n" : ".SH \"OPTIONS OF EVERY COMMAND\"\n");
        }
        first = false;
        add_option(b, &spec_options[i]);
    }
}

static void add_examples(struct strbuf *b, const struct example_spec *e)
{
    strbuf_add_c(b, ".SH EXAMPLES\n");
    for (; e->line; e++) {
        strbuf_add_c(b, ".TP\n\\fB");
        add_text(b, e->line);
        strbuf_add_c(b, "\\fR\n");
        add_line(b, e->note);
    }
}

static void add_terms(struct strbuf *b, const struct exit_spec *e)
{
    for (; e->code; e++) {
        strbuf_add_c(b, ".TP\n\\fB");
        add_text(b, e->code);
        strbuf_add_c(b, "\\fR\n");
        add_line(b, e->meaning);
    }
}

static void add_common(struct strbuf *b)
{
    strbuf_add_c(b, ".SH \"OUTPUT FORMATS\"\n");
    add_paragraphs(b, spec_formats);
    strbuf_add_c(
        b,
        ".PP\nAnswers go to stdout, everything else to stderr. "
        "A reader that closes the pipe early, such as head, ends the command with exit code 0.\n");
    strbuf_add_c(b, ".SH \"EXIT STATUS\"\n");
    add_terms(b, spec_exits);
    strbuf_add_c(b, ".SH ENVIRONMENT\nA variable changes the default of an option; the command "
                    "line goes before it.\n");
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if (spec_options[i].environment) {
            strbuf_printf(b, ".TP\n\\fB%s\\fR\nThe default of \\fB\\-\\-",
                          spec_options[i].environment);
            add_text(b, spec_options[i].name);
            strbuf_add_c(b, "\\fR.\n");
        }
    }
    add_terms(b, spec_environment);
}

static void add_command_list(struct strbuf *b)
{
    strbuf_add_c(b, ".SH COMMANDS\n");
    for (size_t i = 0; i < CMD_COUNT; i++) {
        strbuf_printf(b, ".TP\n\\fB%s\\fR", spec_commands[i].name);
        if (spec_commands[i].alias) {
            strbuf_printf(b, ", \\fB%s\\fR", spec_commands[i].alias);
        }
        strbuf_add_char(b, '\n');
        add_line(b, spec_commands[i].summary);
    }
}

static void add_arguments(struct strbuf *b, const struct command_spec *c)
{
    if (c->arguments[0].name) {
        strbuf_add_c(b, ".SH ARGUMENTS\n");
    }
    for (const struct argument_spec *a = c->arguments; a->name; a++) {
        strbuf_printf(b, ".TP\n\\fI%s\\fR\n", a->name);
        add_line(b, a->help);
    }
}

static void add_head(struct strbuf *b, const struct command_spec *c, const char *version)
{
    const char *dash = c ? "-" : "", *name = c ? c->name : "";
    struct strbuf usage;
    strbuf_init(&usage, HELP_MAX);
    strbuf_printf(b, ".TH \"%s%s%s\" 1 \"\" \"%s %s\" \"User Commands\"\n", SPEC_PROGRAM, dash,
                  name, SPEC_PROGRAM, version);
    strbuf_add_c(b, ".SH NAME\n");
    strbuf_printf(b, "%s%s%s \\- ", SPEC_PROGRAM, dash, name);
    add_line(b, c ? c->summary : spec_tagline);
    strbuf_add_c(b, ".SH SYNOPSIS\n");
    help_usage(&usage, c);
    add_line(b, strbuf_view(&usage).data);
    strbuf_free(&usage);
}

void man_page(struct strbuf *b, const struct command_spec *c, const char *version)
{
    add_head(b, c, version);
    strbuf_add_c(b, ".SH DESCRIPTION\n");
    add_paragraphs(b, c ? c->description : spec_description);
    add_examples(b, c ? c->examples : spec_examples);
    if (c) {
        add_arguments(b, c);
        add_options(b, c);
    } else {
        add_command_list(b);
    }
    add_options(b, NULL);
    add_common(b);
}
