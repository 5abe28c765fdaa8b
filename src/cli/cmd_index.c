/* index: options to tsi_index, progress while it runs, the summary after. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/str.h"
#include "cli/app.h"
#include "cli/progress.h"
#include "cli/signals.h"
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
        .store = {.endpoint_url = parse_text(line, OPT_ENDPOINT_URL),
                  .region = parse_text(line, OPT_REGION),
                  .profile = parse_text(line, OPT_PROFILE),
                  .addressing = parse_text(line, OPT_ADDRESSING),
                  .no_sign_request = parse_has(line, OPT_NO_SIGN_REQUEST)},
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

int command_index(struct app *app)
{
    struct arena arena;
    struct tsi_index_options options;
    struct tsi_index_summary run = {0};
    struct tsi_error err = {0};
    struct progress progress;
    int code = check_source(app);
    if (code) {
        return code;
    }
    arena_init(&arena);
    fill_options(app, &arena, &options);
    options.stop = signals_catch();
    options.on_progress = progress_event;
    options.user = &progress;
    progress_start(&progress, progress_mode_of(app), STDERR_FILENO, options.stop,
                   arena_printf(&arena, "indexing %s into %s", options.source, options.database));
    code = tsi_index(&options, &run, &err);
    progress_end(&progress);
    if (code && err.text[0]) {
        app_fail(&err);
    }
    if (has_summary(code)) {
        report(app, &(struct summary){.options = &options, .run = &run, .exit_code = code});
    }
    arena_reset(&arena);
    return code;
}
