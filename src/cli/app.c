#include "cli/app.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/help.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/text.h"

typedef int command_function(struct app *app);

static command_function *const functions[CMD_COUNT] = {
    [CMD_INDEX] = command_index,
    [CMD_STATUS] = command_status,
    [CMD_DATASETS] = command_datasets,
    [CMD_SEARCH] = command_search,
    [CMD_SHOW] = command_show,
    [CMD_TWINS] = command_twins,
    [CMD_FAILURES] = command_failures,
    [CMD_DRIFT] = command_drift,
    [CMD_DUMP] = command_dump,
    [CMD_DOCTOR] = command_doctor,
    [CMD_COMPLETIONS] = command_completions,
    [CMD_HELP] = command_help,
    [CMD_VERSION] = command_version,
};

/* A key of 1,024 bytes and a sentence; what is longer is cut. */
#define SAY_MAX 2048

void app_say(const struct app *app, const char *fmt, ...)
{
    char text[SAY_MAX];
    struct strbuf b;
    va_list ap;
    if (app->quiet) {
        return;
    }
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    /* Each byte may become four. */
    strbuf_init(&b, 4 * SAY_MAX + 16);
    strbuf_add_c(&b, SPEC_PROGRAM ": ");
    text_add_clean(&b, str_c(text));
    fprintf(stderr, "%s\n", strbuf_view(&b).data);
    strbuf_free(&b);
}

int app_fail(const struct tsi_error *err)
{
    log_error("cli", "%s", err->text[0] ? err->text : err->code);
    return err->exit_code;
}

int app_usage(const struct app *app, const char *fmt, ...)
{
    char text[SAY_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    log_error("cli", "%s", text);
    const struct command_spec *c = app->line.command;
    fprintf(stderr, "Try '%s%s%s --help'.\n", SPEC_PROGRAM, c ? " " : "", c ? c->name : "");
    return error_exit_code(ERR_USAGE);
}

void app_write(struct app *app, const struct view *v)
{
    struct tsi_error err = {0};
    if (app->format == FORMAT_PARQUET) {
        app->failed = isatty(app->out.fd)
                          ? app_usage(app, "Parquet is nothing for a terminal: write it to a file")
                          : format_parquet(app->out.file, v, &err);
        if (*err.code) {
            app_fail(&err);
        }
        return;
    }
    size_t hidden = format_write(app->out.file, app->format, v, &app->style);
    fflush(app->out.file);
    if (hidden) {
        app_say(app, "%zu more column%s no room here; --format json shows all", hidden,
                hidden == 1 ? " has" : "s have");
    }
    if (v->rows < v->matched && spec_takes(app->line.command_id, OPT_LIMIT)) {
        app_say(app, "%zu of %llu shown; --limit all shows every one", v->rows,
                (unsigned long long)v->matched);
    }
}

/* How much is said: -q errors only, nothing warnings, -v what is done, then for debugging. 0, or
 * the exit code where --log-level cannot be read, which was told. */
static int set_log_level(const struct app *app)
{
    const struct command_line *line = &app->line;
    struct tsi_error err = {0};
    struct arena a;
    int code = 0;
    uint64_t verbose = parse_number(line, OPT_VERBOSE);
    enum tsi_log_level level = TSI_LOG_WARN;
    if (parse_has(line, OPT_QUIET)) {
        level = TSI_LOG_ERROR;
    } else if (verbose) {
        level = verbose == 1 ? TSI_LOG_INFO : verbose == 2 ? TSI_LOG_DEBUG : TSI_LOG_TRACE;
    }
    tsi_log_set_level(level);
    tsi_log_set_format((enum tsi_log_format)parse_number(line, OPT_LOG_FORMAT));
    if (parse_has(line, OPT_LOG_LEVEL)) {
        arena_init(&a);
        code = tsi_log_set_levels(parse_list(line, OPT_LOG_LEVEL, &a), &err);
        arena_reset(&a);
    }
    return code ? app_usage(app, "%s", err.text) : 0;
}

/* 0, or the exit code where the file of the log cannot be written, which was told. */
static int set_log_file(const struct command_line *line)
{
    struct tsi_error err = {0};
    int code =
        parse_has(line, OPT_LOG_FILE) ? tsi_log_set_file(parse_text(line, OPT_LOG_FILE), &err) : 0;
    return code ? app_fail(&err) : 0;
}

static void set_style(struct app *app)
{
    bool terminal = isatty(app->out.fd);
    /* A terminal that does not tell its width gets what terminals always had. */
    app->style.width = terminal_width(app->out.fd, terminal ? 80 : 0);
    app->style.color = terminal_takes_color(app->out.fd, parse_has(&app->line, OPT_NO_COLOR));
    app->format = terminal ? FORMAT_TABLE : FORMAT_CSV;
    if (parse_has(&app->line, OPT_FORMAT)) {
        app->format = (enum format)parse_number(&app->line, OPT_FORMAT);
    }
}

static const char *environment(const char *name)
{
    return getenv(name);
}

/* Called without a command: the help, but as talk, since no data was asked for. */
static int help_for_the_lost(void)
{
    struct help_style style = {.width = terminal_width(STDERR_FILENO, 80)};
    struct strbuf b;
    strbuf_init(&b, HELP_MAX);
    help_program(&b, &style);
    fwrite(strbuf_view(&b).data, 1, b.len, stderr);
    strbuf_free(&b);
    return error_exit_code(ERR_USAGE);
}

static int dispatch(struct app *app)
{
    if (parse_has(&app->line, OPT_VERSION)) {
        return command_version(app);
    }
    if (parse_has(&app->line, OPT_HELP)) {
        return command_help(app);
    }
    if (!app->line.command) {
        return help_for_the_lost();
    }
    return functions[app->line.command_id](app);
}

int app_main(int argc, char *const *argv)
{
    /* 4 KiB of words and values: too much for some stacks of threads, never for that of main. */
    struct app app = {.quiet = false};
    struct error err = {0};
    output_guard_descriptors();
    text_init();
    signals_ignore_pipe();
    enum error_code code = parse_command_line(argc, argv, environment, &app.line, &err);
    if (code != OK) {
        return app_usage(&app, "%s", err.text);
    }
    int failed = output_open(&app.out, STDOUT_FILENO);
    if (failed) {
        log_error("cli", "cannot write to stdout: %s", strerror(failed));
        return 1;
    }
    app.quiet = parse_has(&app.line, OPT_QUIET);
    int refused = set_log_level(&app);
    set_style(&app);
    refused = refused ? refused : set_log_file(&app.line);
    int done = refused ? refused : dispatch(&app);
    return output_close(&app.out, app.failed ? app.failed : done);
}
