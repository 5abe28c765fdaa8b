/* doctor: whether a source can be read, how, and what to change. */
#include <stdio.h>

#include "cli/app.h"
#include "cli/source.h"
#include "cli/text.h"

/* The width of the longest name of a check, and two blanks. */
#define NAME_WIDTH 18

static struct str text_at(const struct view *v, size_t row, size_t column)
{
    struct tsi_value value = v->value(v->source, row, column);
    return str_n(value.text ? value.text : "", value.text ? value.length : 0);
}

static void add_check(struct strbuf *b, const struct view *v, size_t row)
{
    struct tsi_value ms = v->value(v->source, row, 4);
    struct str hint = text_at(v, row, 3), name = text_at(v, row, 0), status = text_at(v, row, 1);
    strbuf_printf(b, "%-5.*s %-*.*s", (int)status.len, status.data, NAME_WIDTH, (int)name.len,
                  name.data);
    text_add_clean(b, text_at(v, row, 2));
    if (ms.type == TSI_DOUBLE) {
        strbuf_printf(b, " (%.0f ms)", ms.real);
    }
    strbuf_add_char(b, '\n');
    if (hint.len) {
        strbuf_printf(b, "%*s-> ", 6 + NAME_WIDTH, "");
        text_add_clean(b, hint);
        strbuf_add_char(b, '\n');
    }
}

/* Sentences do not fit into columns: for people each check is a line, and its hint another. */
static void write_lines(struct app *app, const struct view *v)
{
    struct strbuf b;
    strbuf_init(&b, FORMAT_MAX);
    for (size_t row = 0; row < v->rows; row++) {
        add_check(&b, v, row);
    }
    fwrite(strbuf_view(&b).data, 1, b.len, app->out.file);
    strbuf_free(&b);
}

int command_doctor(struct app *app)
{
    struct tsi_result *result = NULL;
    struct tsi_error err = {0};
    struct tsi_store_options options = source_options(&app->line);
    const char *source = app->line.n_words ? app->line.words[0] : NULL;
    int code = tsi_doctor(source, &options, &result, &err);
    if (!result) {
        return app_fail(&err);
    }
    struct view v = view_of_result(result);
    if (app->format == FORMAT_TABLE) {
        write_lines(app, &v);
    } else {
        app_write(app, &v);
    }
    tsi_result_free(result);
    return code;
}
