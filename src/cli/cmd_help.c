/* help, version, completions: what can be said without a catalog. */
#include "cli/app.h"
#include "cli/completion.h"
#include "cli/help.h"

/* Longer lines are hard to read, however wide the terminal is; without one the width is what pages
 * have. */
#define HELP_WIDTH_MOST  100
#define HELP_WIDTH_PLAIN 80
/* Narrower than this, names and texts have no room beside each other. */
#define HELP_WIDTH_LEAST 60

static struct help_style style_of(const struct app *app)
{
    size_t width = app->style.width ? app->style.width : HELP_WIDTH_PLAIN;
    width = width < HELP_WIDTH_LEAST ? HELP_WIDTH_LEAST : width;
    return (struct help_style){.width = width < HELP_WIDTH_MOST ? width : HELP_WIDTH_MOST,
                               .color = app->style.color};
}

static int finish(struct app *app, struct strbuf *b)
{
    fwrite(strbuf_view(b).data, 1, b->len, app->out.file);
    strbuf_free(b);
    return 0;
}

int command_help(struct app *app)
{
    const struct command_line *line = &app->line;
    const struct command_spec *subject = line->command;
    struct help_style style = style_of(app);
    struct strbuf b;
    if (subject && line->command_id == CMD_HELP && !parse_has(line, OPT_HELP)) {
        subject = line->n_words ? parse_find_command(line->words[0]) : NULL;
        if (line->n_words && !subject) {
            struct error err = {0};
            parse_unknown_command(line->words[0], &err);
            return app_usage(app, "%s", err.text);
        }
    }
    strbuf_init(&b, HELP_MAX);
    if (parse_has(line, OPT_MAN)) {
        man_page(&b, subject, tsi_version());
    } else if (parse_has(line, OPT_MARKDOWN)) {
        markdown_reference(&b);
    } else if (subject) {
        help_command(&b, subject, &style);
    } else {
        help_program(&b, &style);
    }
    return finish(app, &b);
}

int command_version(struct app *app)
{
    fprintf(app->out.file, "%s %s\n", SPEC_PROGRAM, tsi_version());
    return 0;
}

int command_completions(struct app *app)
{
    struct strbuf b;
    strbuf_init(&b, HELP_MAX);
    completion_script(&b, app->line.words[0]);
    return finish(app, &b);
}
