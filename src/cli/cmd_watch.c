/* status --watch: follow the run that writes the catalog, from a second process. */
#include <stdio.h>

#include "base/clock.h"
#include "cli/app.h"
#include "cli/query.h"
#include "cli/signals.h"
#include "cli/text.h"
#include "cli/value.h"

/* The run says something once a second. */
#define LOOK_EVERY_NS ((uint64_t)1000 * 1000 * 1000)
/* Twice the run's own pace and some: a longer silence is news. */
#define SILENT_SECONDS  5.0
#define STALLED_SECONDS 5.0

static void add_eta(struct strbuf *b, const struct tsi_live *l)
{
    if (l->eta_seconds >= 0 && l->progress.stalled_seconds < STALLED_SECONDS) {
        strbuf_add_c(b, ", ETA ");
        text_add_seconds(b, l->eta_seconds);
    }
}

static void line_for_people(struct strbuf *b, const struct tsi_live *l)
{
    const struct tsi_progress *p = &l->progress;
    text_add_clean(b, str_c(l->phase));
    strbuf_printf(b, " (process %lld): ", (long long)l->pid);
    text_add_integer(b, (int64_t)(p->files_done + p->files_unchanged));
    strbuf_add_char(b, '/');
    text_add_integer(b, (int64_t)(p->files_total + p->files_unchanged));
    strbuf_add_c(b, " files, ");
    text_add_bytes(b, p->bytes_done + p->bytes_unchanged);
    strbuf_add_c(b, " of ");
    text_add_bytes(b, p->bytes_total + p->bytes_unchanged);
    if (l->bytes_per_second > 0) {
        strbuf_add_c(b, ", ");
        text_add_bytes(b, (uint64_t)l->bytes_per_second);
        strbuf_add_c(b, "/s");
    }
    add_eta(b, l);
    if (p->files_failed) {
        strbuf_printf(b, ", %llu failed", (unsigned long long)p->files_failed);
    }
    if (p->stalled_seconds >= STALLED_SECONDS) {
        strbuf_printf(b, ", no progress for %.0f s", p->stalled_seconds);
    }
    if (l->heartbeat_seconds >= SILENT_SECONDS) {
        strbuf_printf(b, ", silent for %.0f s", l->heartbeat_seconds);
    }
    strbuf_add_char(b, '\n');
}

static struct tsi_value seconds(double s)
{
    return s < 0 ? (struct tsi_value){.type = TSI_NULL}
                 : (struct tsi_value){.type = TSI_DOUBLE, .real = s};
}

static void write_data(struct app *app, const struct tsi_live *l)
{
    const struct tsi_progress *p = &l->progress;
    static const char *const names[] = {"run_id",
                                        "pid",
                                        "host",
                                        "phase",
                                        "datasets_total",
                                        "datasets_done",
                                        "files_total",
                                        "files_done",
                                        "files_failed",
                                        "files_unchanged",
                                        "bytes_total",
                                        "bytes_done",
                                        "bytes_unchanged",
                                        "bytes_received",
                                        "requests",
                                        "rows",
                                        "seconds",
                                        "bytes_per_second",
                                        "eta_seconds",
                                        "heartbeat_seconds",
                                        "stalled_seconds"};
    const struct tsi_value values[] = {value_text(l->run_id),
                                       value_integer(l->pid),
                                       value_text(l->host),
                                       value_text(l->phase),
                                       value_count(p->datasets_total),
                                       value_count(p->datasets_done),
                                       value_count(p->files_total),
                                       value_count(p->files_done),
                                       value_count(p->files_failed),
                                       value_count(p->files_unchanged),
                                       value_count(p->bytes_total),
                                       value_count(p->bytes_done),
                                       value_count(p->bytes_unchanged),
                                       value_count(p->bytes_received),
                                       value_count(p->requests),
                                       value_count(p->rows),
                                       seconds(p->seconds),
                                       seconds(l->bytes_per_second),
                                       seconds(l->eta_seconds),
                                       seconds(l->heartbeat_seconds),
                                       seconds(p->stalled_seconds)};
    struct view_row row = {
        .names = names, .values = values, .columns = sizeof names / sizeof *names};
    struct view v = view_of_row(&row);
    format_write(app->out.file, app->format, &v, &(struct format_style){0});
    fflush(app->out.file);
}

static void tell(struct app *app, const struct tsi_live *l)
{
    if (parse_has(&app->line, OPT_FORMAT) && app->format != FORMAT_TABLE) {
        write_data(app, l);
        return;
    }
    struct strbuf b;
    strbuf_init(&b, 4096);
    line_for_people(&b, l);
    fwrite(b.data, 1, b.len, app->out.file);
    fflush(app->out.file);
    strbuf_free(&b);
}

int status_watch(struct app *app)
{
    const char *database = parse_text(&app->line, OPT_DATABASE);
    const volatile int *stop = signals_catch();
    struct tsi_live live;
    struct tsi_error err = {0};
    bool seen = false;
    if (parse_has(&app->line, OPT_FORMAT) && app->format != FORMAT_NDJSON &&
        app->format != FORMAT_TABLE) {
        return app_usage(app, "'status --watch' writes lines for people, or ndjson");
    }
    for (;;) {
        int code = tsi_live(database, &live, &err);
        if (code) {
            app_fail(&err);
            return code;
        }
        if (!live.alive) {
            break;
        }
        tell(app, &live);
        seen = true;
        if (*stop || ferror(app->out.file)) {
            return 0;
        }
        clock_sleep_ns(LOOK_EVERY_NS);
    }
    if (live.found) {
        app_say(app, "the run of process %lld was killed; 'ts-indexer index' goes on from there",
                (long long)live.pid);
    } else {
        app_say(app,
                seen ? "the run has ended; 'ts-indexer status --runs' tells how"
                     : "no run is writing %s",
                database);
    }
    return 0;
}
