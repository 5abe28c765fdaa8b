#include "cli/help.h"

#include <string.h>

#include "cli/text.h"

/* Where the texts of commands and options start. Longer names put their text on the next line. */
#define COMMAND_COLUMN 24
#define OPTION_COLUMN  27

static void heading(struct strbuf *b, const struct help_style *style, const char *text)
{
    const char *bold = style->color ? "\x1b[1m" : "", *plain = style->color ? "\x1b[0m" : "";
    strbuf_printf(b, "\n%s%s%s\n", bold, text, plain);
}

/* `used` columns of the line are taken; go on at `column`, on the next line where there is no room
 * for a blank. */
static void go_to_column(struct strbuf *b, size_t used, size_t column)
{
    if (used + 2 > column) {
        strbuf_add_char(b, '\n');
        used = 0;
    }
    strbuf_printf(b, "%*s", (int)(column - used), "");
}

static void add_paragraph(struct strbuf *b, const char *text, const struct help_style *style)
{
    text_add_wrapped(b, text, 0, style->width);
    strbuf_add_char(b, '\n');
}

static void add_examples(struct strbuf *b, const struct example_spec *examples,
                         const struct help_style *style)
{
    size_t widest = 0;
    for (const struct example_spec *e = examples; e->line; e++) {
        size_t n = strlen(e->line);
        widest = n > widest ? n : widest;
    }
    for (const struct example_spec *e = examples; e->line; e++) {
        /* A note that would not fit beside the longest line stands above its own. */
        if (widest + 4 + 34 <= style->width) {
            strbuf_printf(b, "  %-*s  # %s\n", (int)widest, e->line, e->note);
        } else {
            strbuf_printf(b, "  # %s\n  %s\n", e->note, e->line);
        }
    }
}

static void add_argument_name(struct strbuf *b, const struct argument_spec *a)
{
    const char *open = a->required ? "" : "[", *close = a->required ? "" : "]";
    strbuf_printf(b, " %s%s%s%s", open, a->name, close, a->many ? "..." : "");
}

void help_usage(struct strbuf *b, const struct command_spec *c)
{
    strbuf_printf(b, "%s %s", SPEC_PROGRAM, c ? c->name : "COMMAND");
    if (!c) {
        strbuf_add_c(b, " [ARGUMENTS]");
    }
    for (const struct argument_spec *a = c ? c->arguments : NULL; a && a->name; a++) {
        add_argument_name(b, a);
    }
    strbuf_add_c(b, " [OPTIONS]");
}

static void add_commands(struct strbuf *b, const struct help_style *style)
{
    for (size_t i = 0; i < CMD_COUNT; i++) {
        const struct command_spec *c = &spec_commands[i];
        size_t start = b->len;
        strbuf_printf(b, "  %s", c->name);
        if (c->alias) {
            strbuf_printf(b, ", %s", c->alias);
        }
        for (const struct argument_spec *a = c->arguments; a->name; a++) {
            add_argument_name(b, a);
        }
        go_to_column(b, b->len - start, COMMAND_COLUMN);
        text_add_wrapped(b, c->summary, COMMAND_COLUMN, style->width);
        strbuf_add_char(b, '\n');
    }
}

/* "files|series|time" -> "files, series, time". */
static void add_choices(struct strbuf *b, const char *choices)
{
    size_t n;
    const char *c;
    for (size_t i = 0; (c = spec_choice(choices, i, &n)); i++) {
        strbuf_printf(b, "%s" STR_FMT, i ? ", " : "", (int)n, c);
    }
}

/* What it does, and what may be said. */
static void add_meaning(struct strbuf *b, const struct option_spec *o)
{
    strbuf_add_c(b, o->help);
    if (o->choices) {
        strbuf_add_c(b, " [one of: ");
        add_choices(b, o->choices);
        strbuf_add_char(b, ']');
    }
}

void help_option_text(struct strbuf *b, const struct option_spec *o)
{
    const char *fallback = o->fallback ? o->fallback : o->fallback_is;
    add_meaning(b, o);
    if (fallback) {
        strbuf_printf(b, " [default: %s]", fallback);
    }
    if (o->environment) {
        strbuf_printf(b, " [env: %s]", o->environment);
    }
}

static void add_option(struct strbuf *b, const struct option_spec *o,
                       const struct help_style *style)
{
    struct strbuf text;
    size_t start = b->len;
    if (o->short_name) {
        strbuf_printf(b, "  -%c, ", o->short_name);
    } else {
        strbuf_add_c(b, "      ");
    }
    strbuf_printf(b, "--%s%s%s", o->name, o->value_name ? " " : "",
                  o->value_name ? o->value_name : "");
    go_to_column(b, b->len - start, OPTION_COLUMN);
    strbuf_init(&text, HELP_MAX);
    if (style->brief) {
        add_meaning(&text, o);
    } else {
        help_option_text(&text, o);
    }
    text_add_wrapped(b, strbuf_view(&text).data, OPTION_COLUMN, style->width);
    strbuf_add_char(b, '\n');
    strbuf_free(&text);
}

static void add_global_options(struct strbuf *b, const struct help_style *style)
{
    for (size_t i = 0; i < OPT_COUNT; i++) {
        if (spec_is_global((enum option_id)i)) {
            add_option(b, &spec_options[i], style);
        }
    }
}

static void add_own_options(struct strbuf *b, const struct command_spec *c,
                            const struct help_style *style)
{
    enum command_id command = (enum command_id)(c - spec_commands);
    bool first = true;
    for (size_t i = 0; i < OPT_COUNT; i++) {
        enum option_id id = (enum option_id)i;
        if (spec_takes(command, id) && !spec_is_global(id)) {
            if (first) {
                heading(b, style, "OPTIONS");
            }
            first = false;
            add_option(b, &spec_options[i], style);
        }
    }
}

void help_program(struct strbuf *b, const struct help_style *style)
{
    strbuf_printf(b, "%s - %s\n\n", SPEC_PROGRAM, spec_tagline);
    add_paragraph(b, spec_description, style);
    heading(b, style, "START");
    add_examples(b, spec_examples, style);
    heading(b, style, "COMMANDS");
    add_commands(b, style);
    heading(b, style, "OPTIONS OF EVERY COMMAND");
    struct help_style brief = *style;
    brief.brief = true;
    add_global_options(b, &brief);
    strbuf_add_char(b, '\n');
    strbuf_printf(b, "'%s COMMAND --help' explains a command and its options.\n", SPEC_PROGRAM);
}

void help_command(struct strbuf *b, const struct command_spec *c, const struct help_style *style)
{
    strbuf_printf(b, "%s %s - %s\n", SPEC_PROGRAM, c->name, c->summary);
    heading(b, style, "EXAMPLES");
    add_examples(b, c->examples, style);
    heading(b, style, "USAGE");
    strbuf_add_c(b, "  ");
    help_usage(b, c);
    strbuf_add_char(b, '\n');
    if (c->alias) {
        strbuf_printf(b, "  '%s' is short for '%s'.\n", c->alias, c->name);
    }
    for (const char *p = c->description; p; p = strstr(p, "\n\n")) {
        p += strspn(p, "\n");
        const char *end = strstr(p, "\n\n");
        struct strbuf paragraph;
        strbuf_init(&paragraph, HELP_MAX);
        strbuf_add(&paragraph, p, end ? (size_t)(end - p) : strlen(p));
        strbuf_add_char(b, '\n');
        add_paragraph(b, strbuf_view(&paragraph).data, style);
        strbuf_free(&paragraph);
    }
    if (c->arguments[0].name) {
        heading(b, style, "ARGUMENTS");
    }
    for (const struct argument_spec *a = c->arguments; a->name; a++) {
        strbuf_printf(b, "  %s", a->name);
        go_to_column(b, strlen(a->name) + 2, OPTION_COLUMN);
        text_add_wrapped(b, a->help, OPTION_COLUMN, style->width);
        strbuf_add_char(b, '\n');
    }
    add_own_options(b, c, style);
    heading(b, style, "OPTIONS OF EVERY COMMAND");
    add_global_options(b, style);
}
