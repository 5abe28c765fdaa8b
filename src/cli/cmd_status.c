/* status: the datasets and how complete they are, the history of runs, the run that is under way.
 */
#include <string.h>

#include "cli/app.h"
#include "cli/query.h"
#include "cli/text.h"

/* The sum of a column of whole numbers; false where there is no such column. */
static bool sum_column(const struct view *v, const char *name, int64_t *sum)
{
    for (size_t c = 0; c < v->columns; c++) {
        if (strcmp(v->name(v->source, c), name) != 0) {
            continue;
        }
        *sum = 0;
        for (size_t r = 0; r < v->rows; r++) {
            struct tsi_value value = v->value(v->source, r, c);
            *sum += value.type == TSI_INT ? value.integer : 0;
        }
        return true;
    }
    return false;
}

static void say_totals(struct app *app, const struct tsi_result *result)
{
    struct view v = view_of_result(result);
    int64_t series, rows;
    struct strbuf b;
    strbuf_init(&b, 256); /* three numbers of at most 26 characters, and their names */
    text_add_integer(&b, (int64_t)v.rows);
    strbuf_add_c(&b, v.rows == 1 ? " dataset" : " datasets");
    if (sum_column(&v, "series", &series)) {
        strbuf_add_c(&b, ", ");
        text_add_integer(&b, series);
        strbuf_add_c(&b, " series");
    }
    if (sum_column(&v, "records", &rows)) {
        strbuf_add_c(&b, ", ");
        text_add_integer(&b, rows);
        strbuf_add_c(&b, " rows");
    }
    app_say(app, "%s: %s", parse_text(&app->line, OPT_DATABASE), strbuf_view(&b).data);
    strbuf_free(&b);
}

/* A cell of the first row; NULL type where there is none. */
static struct tsi_value first_value(const struct tsi_result *r, const char *name)
{
    for (size_t i = 0; tsi_result_rows(r) && i < tsi_result_columns(r); i++) {
        if (strcmp(tsi_result_name(r, i), name) == 0) {
            return tsi_result_value(r, 0, i);
        }
    }
    return (struct tsi_value){.type = TSI_NULL};
}

static void add_count(struct strbuf *b, const struct tsi_result *r, const char *name,
                      const char *words)
{
    struct tsi_value v = first_value(r, name);
    if (v.type == TSI_INT && v.integer > 0) {
        strbuf_add_c(b, ", ");
        text_add_integer(b, v.integer);
        strbuf_printf(b, " %s", words);
    }
}

/* "the last run was interrupted: began 2026-01-31T23:59:59Z, 12 s, 34 files recorded". */
static void say_last_run(struct app *app, struct tsi_catalog *catalog)
{
    struct tsi_result *r = NULL;
    struct tsi_error err = {0};
    if (app->quiet || tsi_runs(catalog, 1, &r, &err) != 0 || tsi_result_rows(r) == 0) {
        tsi_result_free(r);
        return;
    }
    struct strbuf b;
    strbuf_init(&b, 1024);
    struct tsi_value state = first_value(r, "state"), began = first_value(r, "started_at");
    struct tsi_value seconds = first_value(r, "seconds"), limited = first_value(r, "limited");
    strbuf_printf(&b, "the last run is %s: began %s", state.text, began.text);
    if (seconds.type == TSI_DOUBLE) {
        strbuf_add_c(&b, ", ");
        text_add_seconds(&b, seconds.real);
    }
    add_count(&b, r, "files_done", "files recorded");
    add_count(&b, r, "files_failed", "of them failed");
    add_count(&b, r, "files_unchanged", "unchanged");
    if (limited.type == TSI_TEXT) {
        strbuf_printf(&b, "; it stopped at %s", limited.text);
    }
    if (state.text && (strcmp(state.text, "interrupted") == 0 || limited.type == TSI_TEXT)) {
        strbuf_add_c(&b, "; the same command goes on from there");
    }
    app_say(app, "%s", strbuf_view(&b).data);
    strbuf_free(&b);
    tsi_result_free(r);
}

int command_status(struct app *app)
{
    struct tsi_catalog *catalog;
    struct tsi_result *result = NULL;
    struct tsi_error err = {0};
    if (parse_has(&app->line, OPT_WATCH)) {
        return status_watch(app);
    }
    int code = query_open(app, &catalog);
    if (code) {
        return code;
    }
    if (parse_has(&app->line, OPT_RUNS)) {
        code = tsi_runs(catalog, UINT64_MAX, &result, &err);
        return query_finish(app, catalog, code, result, &err);
    }
    code = tsi_status(catalog, &result, &err);
    if (code == 0) {
        say_totals(app, result);
        say_last_run(app, catalog);
    }
    return query_finish(app, catalog, code, result, &err);
}
