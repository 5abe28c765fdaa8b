/* search: answered from the index beside the catalog; the catalog itself stays closed. */
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/memory.h"
#include "cli/app.h"
#include "cli/terminal.h"
#include "cli/text.h"

/* What fits on a screen, headers and prompt included. */
#define SEARCH_LIMIT 20
/* Far above what the index takes as a query: it says itself what is too long. */
#define QUERY_MAX ((size_t)64 * 1024)

/* "search solar power" and "search 'solar power'" are the same query; --dataset is a filter of it.
 */
static void join_words(const struct command_line *line, struct strbuf *query)
{
    const char *dataset = parse_text(line, OPT_DATASET);
    strbuf_init(query, QUERY_MAX);
    strbuf_add_c(query, "");
    for (size_t i = 0; i < line->n_words; i++) {
        strbuf_printf(query, "%s%s", i ? " " : "", line->words[i]);
    }
    if (dataset) {
        strbuf_printf(query, " dataset:\"%s\"", dataset);
    }
}

static struct tsi_search_options options_of(const struct app *app)
{
    const struct command_line *line = &app->line;
    struct tsi_search_options o = {
        .limit = parse_has(line, OPT_LIMIT) ? parse_number(line, OPT_LIMIT) : SEARCH_LIMIT,
        .offset = parse_has(line, OPT_OFFSET) ? parse_number(line, OPT_OFFSET) : 0,
        .cursor = parse_text(line, OPT_CURSOR),
        .exact = parse_has(line, OPT_EXACT),
        .explain = parse_has(line, OPT_EXPLAIN),
        .highlight = app->format != FORMAT_TABLE || app->style.color,
        .count = parse_has(line, OPT_COUNTS),
        .facets = parse_has(line, OPT_FACETS),
        .sort = parse_text(line, OPT_SORT),
        .per_dataset = parse_has(line, OPT_PER_DATASET) ? parse_number(line, OPT_PER_DATASET) : 0,
        .grouped = parse_has(line, OPT_GROUP),
    };
    if (parse_has(line, OPT_ONLY_DATASETS)) {
        o.kinds = TSI_SEARCH_DATASETS;
    } else if (parse_has(line, OPT_ONLY_SERIES)) {
        o.kinds = TSI_SEARCH_SERIES;
    }
    return o;
}

/* ---- the answer ---- */

/* The columns of an answer that are known by their place. */
enum { DATASET_ID = 1, SERIES_ID = 2, NAME = 3, THEME = 4, FIELD = 9 };

/* "dataset:series", or the dataset alone, and a zero byte: what show takes. */
static void write_names(struct app *app, const struct tsi_result *r)
{
    for (size_t i = 0; i < tsi_result_rows(r); i++) {
        struct tsi_value dataset = tsi_result_value(r, i, DATASET_ID);
        struct tsi_value series = tsi_result_value(r, i, SERIES_ID);
        fwrite(dataset.text, 1, dataset.length, app->out.file);
        if (series.type != TSI_NULL) {
            fputc(':', app->out.file);
            fwrite(series.text, 1, series.length, app->out.file);
        }
        fputc(0, app->out.file);
    }
}

static void add_words(struct strbuf *b, const char *name, const char *joined)
{
    strbuf_printf(b, "\"%s\":[", name);
    for (const char *at = joined; *at;) {
        const char *end = strstr(at, ", ");
        size_t len = end ? (size_t)(end - at) : strlen(at);
        strbuf_add_c(b, at == joined ? "" : ",");
        json_add_string(b, str_n(at, len));
        at += len + (end ? 2 : 0);
    }
    strbuf_add_c(b, "],");
}

/* What the envelope of JSON says beside the hits. */
static void add_facts(struct strbuf *b, const struct tsi_search_facts *f)
{
    strbuf_printf(b, "\"matched_is_exact\":%s,\"partial\":%s,\"typos\":%d,\"cursor\":",
                  f->at_least ? "false" : "true", f->partial ? "true" : "false", f->typos);
    if (*f->cursor) {
        json_add_string(b, str_c(f->cursor));
    } else {
        strbuf_add_c(b, "null");
    }
    strbuf_add_char(b, ',');
    add_words(b, "ignored", f->ignored);
    add_words(b, "suggestions", f->suggestions);
}

static int write_view(struct app *app, struct view *v)
{
    size_t *picked = mem_zalloc((v->columns + 1) * sizeof *picked);
    struct str unknown;
    const char *fields = parse_text(&app->line, OPT_FIELDS);
    int code = 0;
    if (fields && view_pick(v, str_c(fields), picked, &unknown)) {
        struct strbuf all;
        strbuf_init(&all, FORMAT_MAX);
        for (size_t c = 0; c < v->columns; c++) {
            strbuf_printf(&all, "%s%s", c ? ", " : "", v->name(v->source, c));
        }
        code = app_usage(app, "there is no column \"" STR_FMT "\": %s are there", STR_ARG(unknown),
                         strbuf_view(&all).data);
        strbuf_free(&all);
    } else {
        app_write(app, v);
    }
    mem_free(picked);
    return code;
}

/* The marks are in the last column, and stand in the text of the field that matched. */
static const char *marks_of(const void *source, size_t row, size_t column)
{
    static const struct {
        const char *field;
        size_t column;
    } shown[] = {{"dataset", DATASET_ID}, {"series", SERIES_ID}, {"name", NAME}, {"theme", THEME}};
    struct tsi_value field = tsi_result_value(source, row, FIELD);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (shown[i].column == column &&
            str_eq(str_n(field.text, field.length), str_c(shown[i].field))) {
            return tsi_result_value(source, row, tsi_result_columns(source) - 1).text;
        }
    }
    return NULL;
}

/* Marks are colour in a table, and a column elsewhere. */
static void set_marks(struct app *app, struct view *v)
{
    if (app->format == FORMAT_TABLE && app->style.color) {
        v->marks = marks_of;
        v->columns--;
    }
}

static int write_answer(struct app *app, const struct tsi_result *r,
                        const struct tsi_search_facts *f)
{
    struct strbuf extra;
    if (parse_has(&app->line, OPT_NUL)) {
        write_names(app, r);
        return 0;
    }
    struct view v = view_of_result(f->facets ? f->facets : r);
    strbuf_init(&extra, FORMAT_MAX);
    add_facts(&extra, f);
    v.extra = strbuf_view(&extra).data;
    if (!f->facets) {
        set_marks(app, &v);
    }
    int code = write_view(app, &v);
    strbuf_free(&extra);
    return code;
}

/* What the rows do not show: how they were found, and whether there are more than were counted. */
static void say_facts(struct app *app, const char *query, const struct tsi_search_facts *f,
                      const struct tsi_result *result)
{
    if (*f->ignored) {
        app_say(app, "nothing has all the words; left out: %s", f->ignored);
    }
    if (tsi_result_rows(result) == 0) {
        app_say(app, "nothing found for '%s'%s%s", query, *f->suggestions ? "; did you mean: " : "",
                f->suggestions);
    } else if (f->at_least) {
        app_say(app, "there are more matches than were counted; --count counts them all");
    }
    if (f->partial) {
        app_say(app, "not everything was looked at");
    }
}

static int run_query(struct app *app, const struct tsi_search *search, const char *query)
{
    struct tsi_search_options o = options_of(app);
    struct tsi_search_facts facts;
    struct tsi_result *result;
    struct tsi_error err = {0};
    int code = tsi_search_run(search, query, &o, &facts, &result, &err);
    if (code) {
        return app_fail(&err);
    }
    bool nothing = tsi_result_rows(result) == 0;
    say_facts(app, query, &facts, result);
    /* A table without rows says nothing to people; programs get their empty list. */
    if (!nothing || app->format != FORMAT_TABLE) {
        code = write_answer(app, result, &facts);
    }
    tsi_result_free(result);
    return code ? code : nothing ? error_exit_code(ERR_NOT_FOUND) : 0;
}

int command_search(struct app *app)
{
    struct tsi_search *search;
    struct tsi_error err = {0};
    struct strbuf query;
    if (parse_has(&app->line, OPT_ONLY_DATASETS) && parse_has(&app->line, OPT_ONLY_SERIES)) {
        return app_usage(app, "--datasets and --series exclude each other");
    }
    join_words(&app->line, &query);
    if (query.overflow) {
        strbuf_free(&query);
        return app_usage(app, "the query is longer than 64 KiB");
    }
    int code = tsi_search_open(parse_text(&app->line, OPT_DATABASE), &search, &err);
    if (code) {
        app_fail(&err);
    } else {
        code = run_query(app, search, query.data);
        tsi_search_close(search);
    }
    strbuf_free(&query);
    return code;
}
