/* datasets, failures, drift, dump: questions to the catalog. */
#include <string.h>

#include "cli/app.h"
#include "cli/query.h"
#include "cli/terminal.h"
#include "cli/text.h"

int query_open(struct app *app, struct tsi_catalog **catalog)
{
    const char *database = parse_text(&app->line, OPT_DATABASE);
    struct tsi_error err = {0};
    int code = tsi_catalog_open(database, catalog, &err);
    if (code) {
        app_fail(&err);
        return code;
    }
    if (tsi_catalog_is_snapshot(*catalog)) {
        app_say(app, "a run is writing %s; this is the state it last published", database);
    }
    return 0;
}

int query_finish(struct app *app, struct tsi_catalog *catalog, int code, struct tsi_result *result,
                 const struct tsi_error *err)
{
    if (code) {
        app_fail(err);
    } else if (result) {
        struct view v = view_of_result(result);
        app_write(app, &v);
    }
    tsi_result_free(result);
    tsi_catalog_close(catalog);
    return code;
}

static uint64_t limit_or(const struct app *app, uint64_t otherwise)
{
    return parse_has(&app->line, OPT_LIMIT) ? parse_number(&app->line, OPT_LIMIT) : otherwise;
}

/* Ask the catalog and show the answer; where it has no rows, `nothing` is said. */
typedef int question(const struct app *app, struct tsi_catalog *catalog, struct tsi_result **result,
                     struct tsi_error *err);

static int ask(struct app *app, question *q, const char *nothing)
{
    struct tsi_catalog *catalog;
    struct tsi_result *result = NULL;
    struct tsi_error err = {0};
    int code = query_open(app, &catalog);
    if (code) {
        return code;
    }
    code = q(app, catalog, &result, &err);
    if (code == 0 && tsi_result_rows(result) == 0) {
        app_say(app, "%s", nothing);
    }
    return query_finish(app, catalog, code, result, &err);
}

/* The dataset that the question is about; NULL: all. */
static const char *dataset_of(const struct app *app)
{
    return app->line.n_words ? app->line.words[0] : NULL;
}

static int ask_datasets(const struct app *app, struct tsi_catalog *catalog,
                        struct tsi_result **result, struct tsi_error *err)
{
    /* The largest number that SQL takes for a limit. */
    return tsi_datasets(catalog, limit_or(app, INT64_MAX), result, err);
}

static int ask_twins(const struct app *app, struct tsi_catalog *catalog, struct tsi_result **result,
                     struct tsi_error *err)
{
    return tsi_twins(catalog, dataset_of(app), limit_or(app, INT64_MAX), result, err);
}

static int ask_failures(const struct app *app, struct tsi_catalog *catalog,
                        struct tsi_result **result, struct tsi_error *err)
{
    return tsi_failures(catalog, dataset_of(app), result, err);
}

static int ask_drift(const struct app *app, struct tsi_catalog *catalog, struct tsi_result **result,
                     struct tsi_error *err)
{
    return tsi_drift(catalog, dataset_of(app), result, err);
}

int command_datasets(struct app *app)
{
    return ask(app, ask_datasets,
               "the catalog holds no datasets yet; 'ts-indexer index SOURCE' adds some");
}

int command_twins(struct app *app)
{
    return ask(app, ask_twins,
               "no two series hold the same values, as far as they were read: "
               "'ts-indexer index SOURCE --depth values' reads them");
}

int command_failures(struct app *app)
{
    return ask(app, ask_failures, "no failures");
}

int command_drift(struct app *app)
{
    return ask(app, ask_drift,
               dataset_of(app) ? "the files of the dataset have the same columns"
                               : "the files of each dataset have the same columns");
}

int command_dump(struct app *app)
{
    struct tsi_catalog *catalog;
    struct tsi_error err = {0};
    const struct option_value *format = &app->line.options[OPT_FORMAT];
    if (format->origin == FROM_COMMAND_LINE && app->format != FORMAT_NDJSON) {
        return app_usage(app, "'dump' writes ndjson only");
    }
    int code = query_open(app, &catalog);
    if (code) {
        return code;
    }
    code = tsi_dump(catalog, app->out.fd, &err);
    if (code && terminal_reader_gone(app->out.fd)) {
        code = 0; /* `| head` has what it wanted */
    } else if (code) {
        app_fail(&err);
    }
    tsi_catalog_close(catalog);
    return code;
}
