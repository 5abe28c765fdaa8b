/* tsi_index: from the options of the public API to a run, and back to a summary. */
#include <signal.h>
#include <string.h>

#include "api/error_api.h"
#include "api/search_publish.h"
#include "base/clock.h"
#include "base/log.h"
#include "run/run.h"
#include "tsindexer.h"

#define EXIT_WITH_FAILURES 3
#define EXIT_SIGNAL_BASE   128

/* What the progress callback needs to know between two calls. */
struct teller {
    const struct tsi_index_options *options;
    uint64_t start_ns;
    uint64_t moved_ns; /* when bytes or files last moved */
    uint64_t mark;     /* bytes received and files done, as one number that only grows */
};

static void tell(const struct run_progress *p, const struct counters *c, void *user)
{
    struct teller *t = user;
    uint64_t now = clock_monotonic_ns();
    uint64_t received = counter_get(&c->bytes_received);
    uint64_t mark = received + p->files_done + p->datasets_done;
    if (mark != t->mark) {
        t->mark = mark;
        t->moved_ns = now;
    }
    struct tsi_progress out = {
        .phase = p->phase,
        .datasets_total = p->datasets_total,
        .datasets_done = p->datasets_done,
        .files_total = p->files_total,
        .files_done = p->files_done,
        .files_failed = p->files_failed,
        .files_unchanged = p->files_unchanged,
        .bytes_total = p->bytes_total,
        .bytes_done = p->bytes_done,
        .bytes_unchanged = p->bytes_unchanged,
        .bytes_received = received,
        .requests = counter_get(&c->requests_list) + counter_get(&c->requests_get) +
                    counter_get(&c->requests_other),
        .rows = p->rows,
        .series = p->series,
        .seconds = (double)(now - t->start_ns) / 1e9,
        .stalled_seconds = (double)(now - t->moved_ns) / 1e9,
    };
    t->options->on_progress(&out, t->options->user);
}

static void copy_summary(const struct run_summary *s, struct tsi_index_summary *out)
{
    *out = (struct tsi_index_summary){
        .datasets = s->datasets,
        .datasets_failed = s->datasets_failed,
        .files_read = s->files_read,
        .files_unchanged = s->files_unchanged,
        .files_failed = s->files_failed,
        .files_gone = s->files_gone,
        .series = s->series,
        .rows = s->rows,
        .series_known = s->series_known,
        .failures = s->failures,
        .notes = s->notes,
        .peak_memory = s->peak_memory,
        .seconds = s->seconds,
    };
#define PUBLISH_COUNTER(field, words)                                                              \
    out->counters[out->n_counters++] =                                                             \
        (struct tsi_counter){#field, words, counter_get(&s->counters.field)};
    COUNTERS(PUBLISH_COUNTER)
#undef PUBLISH_COUNTER
}

static int refuse(struct error *e, struct tsi_error *err, const char *what)
{
    error_set(e, ERR_USAGE, "%s", what);
    return error_publish(e, err);
}

int tsi_index(const struct tsi_index_options *options, struct tsi_index_summary *summary,
              struct tsi_error *err)
{
    struct error e = {0};
    struct run_summary s;
    uint64_t now = clock_monotonic_ns();
    struct teller teller = {.options = options, .start_ns = now, .moved_ns = now};
    struct run_options o = {.source = options->source,
                            .metadata = options->metadata,
                            .database = options->database,
                            .depth = DEPTH_TIME,
                            .concurrency = options->concurrency,
                            .memory = options->memory,
                            .force = options->force,
                            .on_progress = options->on_progress ? tell : NULL,
                            .user = &teller,
                            .stop = options->stop};
    error_publish_none(err);
    memset(summary, 0, sizeof *summary);
    if (!options->source || !options->database) {
        return refuse(&e, err, "a source and a database are needed");
    }
    if (options->depth && !depth_parse(options->depth, &o.depth)) {
        return refuse(&e, err, "depth is one of files, series, time");
    }
    o.store.endpoint_url = options->store.endpoint_url;
    o.store.region = options->store.region;
    o.store.profile = options->store.profile;
    o.store.addressing = options->store.addressing;
    o.store.no_sign_request = options->store.no_sign_request;
    enum error_code code = run_index(&o, &s, &e);
    copy_summary(&s, summary);
    if (code) {
        return error_publish(&e, err);
    }
    if (search_publish(options->database, &e)) {
        /* The catalog is well, and `search` can do without the index: slower, and without typos. */
        log_warn("search", "%s", e.text);
    }
    if (s.interrupted) {
        int signal_number = options->stop ? *options->stop : SIGINT;
        return EXIT_SIGNAL_BASE + (signal_number == SIGTERM ? SIGTERM : SIGINT);
    }
    return s.failures ? EXIT_WITH_FAILURES : 0;
}
