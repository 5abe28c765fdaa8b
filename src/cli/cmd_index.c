/* index: options to tsi_index, progress while it runs, the summary after. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/metrics.h"
#include "cli/metrics_server.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/source.h"
#include "cli/summary.h"
#include "cli/terminal.h"

/* SOURCE and --metadata as they are, or built from --bucket and its prefixes. The texts live in
 * `a`. */
static const char *s3_url(struct arena *a, const char *bucket, const char *prefix)
{
    return arena_printf(a, "s3://%s/%s", bucket, prefix ? prefix : "");
}

static int check_source(struct app *app)
{
    const struct command_line *line = &app->line;
    const char *bucket = parse_text(line, OPT_BUCKET);
    bool prefixes = parse_has(line, OPT_PREFIX) || parse_has(line, OPT_METADATA_PREFIX);
    if (line->n_words && (bucket || prefixes)) {
        return app_usage(app,
                         "SOURCE and --bucket, --prefix or --metadata-prefix exclude each other");
    }
    if (prefixes && !bucket) {
        return app_usage(app, "--prefix and --metadata-prefix need --bucket");
    }
    if (!line->n_words && !bucket) {
        return app_usage(app, "'index' needs SOURCE: s3://bucket/prefix or a directory");
    }
    if (bucket && strchr(bucket, '/')) {
        return app_usage(app, "--bucket is the name of a bucket; give '%s' as SOURCE instead",
                         bucket);
    }
    if (parse_has(line, OPT_METADATA_PREFIX) &&
        line->options[OPT_METADATA].origin == FROM_COMMAND_LINE) {
        return app_usage(app, "--metadata and --metadata-prefix exclude each other");
    }
    return 0;
}

static void fill_options(struct app *app, struct arena *a, struct tsi_index_options *o)
{
    const struct command_line *line = &app->line;
    const char *bucket = parse_text(line, OPT_BUCKET);
    *o = (struct tsi_index_options){
        .source = bucket ? s3_url(a, bucket, parse_text(line, OPT_PREFIX)) : line->words[0],
        .metadata = parse_has(line, OPT_METADATA_PREFIX)
                        ? s3_url(a, bucket, parse_text(line, OPT_METADATA_PREFIX))
                        : parse_text(line, OPT_METADATA),
        .database = parse_text(line, OPT_DATABASE),
        .depth = parse_text(line, OPT_DEPTH),
        .concurrency = (int)parse_number(line, OPT_CONCURRENCY),
        .memory = parse_number(line, OPT_MEMORY),
        .force = parse_has(line, OPT_FORCE),
        .on_bad_file = parse_text(line, OPT_ON_BAD_FILE),
        .sample = parse_number(line, OPT_SAMPLE),
        .seed = parse_number(line, OPT_SEED),
        .filter = parse_list(line, OPT_FILTER, a),
        .exclude = parse_list(line, OPT_EXCLUDE, a),
        .since = parse_text(line, OPT_SINCE),
        .max_datasets = parse_number(line, OPT_MAX_DATASETS),
        .max_files = parse_number(line, OPT_MAX_FILES),
        .max_requests = parse_number(line, OPT_MAX_REQUESTS),
        .max_bytes = parse_number(line, OPT_MAX_BYTES),
        .prices = parse_text(line, OPT_PRICES),
        .store = source_options(line),
    };
}

static enum progress_mode progress_mode_of(const struct app *app)
{
    if (app->quiet) {
        return PROGRESS_OFF;
    }
    return terminal_is_smart(STDERR_FILENO) ? PROGRESS_BAR : PROGRESS_LINES;
}

/* A run that ended in order, with or without failures, or was interrupted, has a summary; one that
 * could not begin or broke off has only its error. */
static bool has_summary(int code)
{
    return code == 0 || code == error_exit_code(ERR_CORRUPT) || code >= 128;
}

static void report(struct app *app, const struct summary *s)
{
    if (!app->quiet) {
        struct strbuf b;
        strbuf_init(&b, FORMAT_MAX);
        summary_text(&b, s);
        fwrite(strbuf_view(&b).data, 1, b.len, stderr);
        strbuf_free(&b);
    } else if (s->run->failures) {
        fprintf(stderr, SPEC_PROGRAM ": %llu failures; 'ts-indexer failures' lists them\n",
                (unsigned long long)s->run->failures);
    }
    /* For people the summary is talk; stdout gets it only where a program asked for a format. */
    if (parse_has(&app->line, OPT_FORMAT) && app->format != FORMAT_TABLE) {
        summary_data(app->out.file, app->format, s);
    }
}

/* An amount of money: a number above 0. */
static int check_cost(struct app *app, struct tsi_index_options *o)
{
    const char *text = parse_text(&app->line, OPT_MAX_COST);
    char *end;
    if (!text) {
        return 0;
    }
    o->max_cost = strtod(text, &end);
    if (*end || !isfinite(o->max_cost) || o->max_cost <= 0) {
        return app_usage(app, "--max-cost is '%s', but has to be an amount such as 2.50", text);
    }
    return 0;
}

static int dry_run(struct app *app, const struct tsi_index_options *o)
{
    struct tsi_result *result = NULL;
    struct tsi_error err = {0};
    double cost;
    int code = tsi_estimate(o, &result, &cost, &err);
    if (code) {
        app_fail(&err);
        return code;
    }
    struct view v = view_of_result(result);
    app_write(app, &v);
    app_say(app, "nothing was read; the last row is the total, estimated at %.4f by %s", cost,
            o->prices ? o->prices : "the prices of S3 Standard in us-east-1 (to the internet)");
    bool dear = o->max_cost > 0 && cost > o->max_cost;
    if (dear) {
        app_say(app, "that is more than --max-cost %g: the run would stop there", o->max_cost);
    }
    tsi_result_free(result);
    return 0;
}

/* The files for other programs, also of a run that failed. */
static int write_files(struct app *app, const struct summary *s, int code)
{
    struct strbuf b;
    const char *summary = parse_text(&app->line, OPT_SUMMARY);
    const char *metrics = parse_text(&app->line, OPT_METRICS_FILE);
    int failed = 0;
    strbuf_init(&b, FORMAT_MAX);
    if (summary) {
        summary_json(&b, s);
        failed = output_replace(summary, strbuf_view(&b));
    }
    strbuf_clear(&b);
    if (metrics) {
        metrics_text(&b, s);
        failed = output_replace(metrics, strbuf_view(&b)) || failed;
    }
    strbuf_free(&b);
    return failed && code == 0 ? 1 : code;
}

/* Who is told how far the run is. */
struct watchers {
    struct progress progress;
    struct metrics_server *metrics; /* NULL: nobody asked for it */
};

static void tell_watchers(const struct tsi_progress *event, void *user)
{
    struct watchers *w = user;
    progress_event(event, &w->progress);
    if (w->metrics) {
        metrics_server_event(w->metrics, event);
    }
}

/* 0, or an exit code; what is wrong was told. */
static int serve_metrics(struct app *app, struct metrics_server **out)
{
    struct error err = {0};
    const char *address = parse_text(&app->line, OPT_METRICS_LISTEN);
    *out = NULL;
    if (!address) {
        return 0;
    }
    enum error_code code =
        metrics_server_start(address, getenv("TS_INDEXER_METRICS_TOKEN"), out, &err);
    if (code == ERR_USAGE) {
        return app_usage(app, "%s", err.text);
    }
    if (code) {
        log_error("cli", "%s", err.text);
        return error_exit_code(code);
    }
    app_say(app, "metrics at %s", metrics_server_url(*out));
    return 0;
}

/* The run itself, between the first line of its progress and the last. */
static int run_watched(struct app *app, struct tsi_index_options *o, const char *title,
                       struct tsi_index_summary *run, struct tsi_error *err)
{
    struct watchers watchers;
    int code = serve_metrics(app, &watchers.metrics);
    if (code) {
        return code;
    }
    o->stop = signals_catch();
    o->on_progress = tell_watchers;
    o->user = &watchers;
    progress_start(&watchers.progress, progress_mode_of(app), STDERR_FILENO, o->stop, title);
    code = tsi_index(o, run, err);
    progress_end(&watchers.progress);
    metrics_server_stop(watchers.metrics);
    if (code && err->text[0]) {
        app_fail(err);
    }
    return code;
}

int command_index(struct app *app)
{
    struct arena arena;
    struct tsi_index_options options;
    struct tsi_index_summary run = {0};
    struct tsi_error err = {0};
    int code = check_source(app);
    if (code) {
        return code;
    }
    arena_init(&arena);
    fill_options(app, &arena, &options);
    code = check_cost(app, &options);
    if (code || parse_has(&app->line, OPT_DRY_RUN)) {
        code = code ? code : dry_run(app, &options);
        arena_reset(&arena);
        return code;
    }
    code = run_watched(
        app, &options,
        arena_printf(&arena, "indexing %s into %s", options.source, options.database), &run, &err);
    struct summary s = {.options = &options,
                        .run = &run,
                        .exit_code = code,
                        .error_code = code && err.text[0] ? err.code : NULL};
    if (has_summary(code)) {
        report(app, &s);
    }
    code = write_files(app, &s, code);
    arena_reset(&arena);
    return code;
}
