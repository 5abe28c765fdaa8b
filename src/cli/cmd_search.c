/* search: answered from the index beside the catalog; the catalog itself stays closed. */
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
        .highlight = app->format != FORMAT_TABLE,
        .count = parse_has(line, OPT_COUNTS),
    };
    if (parse_has(line, OPT_ONLY_DATASETS)) {
        o.kinds = TSI_SEARCH_DATASETS;
    } else if (parse_has(line, OPT_ONLY_SERIES)) {
        o.kinds = TSI_SEARCH_SERIES;
    }
    return o;
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
        struct view v = view_of_result(result);
        app_write(app, &v);
    }
    tsi_result_free(result);
    return nothing ? error_exit_code(ERR_NOT_FOUND) : 0;
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
