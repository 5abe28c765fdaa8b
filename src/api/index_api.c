/* tsi_index: from the options of the public API to a run, and back to a summary. */
#include <signal.h>
#include <string.h>
#include <time.h>

#include "api/error_api.h"
#include "api/result.h"
#include "api/search_publish.h"
#include "api/store_options.h"
#include "base/budget.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "run/run.h"
#include "tsindexer.h"

#define EXIT_WITH_FAILURES 3
#define EXIT_SIGNAL_BASE   128

/* The counters, of whatever struct holds them. */
static void copy_counters(const struct counters *c, struct tsi_counter *out, size_t *n)
{
    *n = 0;
#define PUBLISH_COUNTER(field, words)                                                              \
    out[(*n)++] = (struct tsi_counter){#field, words, counter_get(&c->field)};
    COUNTERS(PUBLISH_COUNTER)
#undef PUBLISH_COUNTER
}

/* What the progress callback needs to know between two calls. */
struct teller {
    const struct tsi_index_options *options;
    uint64_t start_ns;
    uint64_t moved_ns; /* when bytes or files last moved */
    uint64_t mark;     /* bytes received and files done, as one number that only grows */
    bool published;    /* the search index */
};

static void copy_active(const struct run_progress *p, uint64_t now, struct tsi_progress *out)
{
    out->n_active = p->n_active;
    out->files_active = p->files_active;
    for (size_t i = 0; i < p->n_active; i++) {
        const struct run_active *a = &p->active[i];
        out->active[i] = (struct tsi_active){
            .key = a->key,
            .doing = a->doing,
            .size = a->size,
            .seconds = now > a->started_ns ? (double)(now - a->started_ns) / 1e9 : 0,
            .share = a->groups_total ? (double)a->groups_done / a->groups_total : 0,
        };
    }
}

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
    copy_active(p, now, &out);
    copy_counters(c, out.counters, &out.n_counters);
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
        .files_left = s->files_left,
        .files_excluded = s->files_excluded,
        .files_retried = s->files_retried,
        .limited = s->limited,
        .bytes_files = s->bytes_files,
        .cpu_seconds = s->cpu_seconds,
        .cost = s->cost,
        .n_phases = s->n_phases,
    };
    for (size_t i = 0; i < s->n_phases; i++) {
        out->phases[i] = (struct tsi_phase){.name = s->phases[i].name,
                                            .seconds = s->phases[i].seconds,
                                            .cpu_seconds = s->phases[i].cpu_seconds};
    }
    for (int i = 0; i < ERROR_CODE_COUNT; i++) {
        const char *name = error_name((enum error_code)i);
        if (s->errors[i]) {
            out->errors[out->n_errors++] = (struct tsi_counter){name, name, s->errors[i]};
        }
    }
    copy_counters(&s->counters, out->counters, &out->n_counters);
}

_Static_assert(ERROR_CODE_COUNT <= 64, "tsi_index_summary.errors has room for every code");
_Static_assert(RUN_ACTIVE_MAX <= 16, "tsi_progress.active has room for every file");
_Static_assert(RUN_PHASES_MAX <= 8, "tsi_index_summary.phases has room for every phase");

/* ---- from public options to those of a run ---- */

/* "a, b,c" into `out`; the texts live in the arena. */
static const char *const *split(const char *list, struct arena *a, size_t *n)
{
    const char **out = arena_array(a, list ? strlen(list) / 2 + 1 : 1, sizeof *out);
    *n = 0;
    while (list && *list) {
        size_t len = strcspn(list, ",");
        struct str part = str_trim(str_n(list, len));
        if (part.len) {
            out[(*n)++] = arena_strndup(a, part.data, part.len);
        }
        list += len + (list[len] == ',');
    }
    return out;
}

/* A date, or a date and a time, of UTC. */
static bool parse_since(const char *text, int64_t *us)
{
    static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S",
                                        "%Y-%m-%d %H:%M:%S"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct tm tm = {0};
        const char *end = strptime(text, forms[i], &tm);
        if (end && !*end) {
            *us = (int64_t)timegm(&tm) * 1000000;
            return true;
        }
    }
    return false;
}

static bool parse_bad_file(const char *text, enum bad_file *out)
{
    static const char *const names[] = {"warn", "error", "skip"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (enum bad_file)i;
            return true;
        }
    }
    return false;
}

static enum error_code take_options(const struct tsi_index_options *from, struct arena *a,
                                    struct run_options *to, struct error *e)
{
    *to = (struct run_options){.source = from->source,
                               .metadata = from->metadata,
                               .database = from->database,
                               .depth = DEPTH_TIME,
                               .concurrency = from->concurrency,
                               .memory = from->memory,
                               .force = from->force,
                               .sample = from->sample,
                               .seed = from->seed,
                               .select = {.since_us = INT64_MIN},
                               .max_datasets = from->max_datasets,
                               .max_files = from->max_files,
                               .max_requests = from->max_requests,
                               .max_bytes = from->max_bytes,
                               .max_cost = from->max_cost,
                               .stop = from->stop};
    store_options_take(&from->store, &to->store);
    to->select.filters = split(from->filter, a, &to->select.n_filters);
    to->select.excludes = split(from->exclude, a, &to->select.n_excludes);
    prices_default(&to->prices);
    if (!from->source || !from->database) {
        return error_set(e, ERR_USAGE, "a source and a database are needed");
    }
    if (from->depth && !depth_parse(from->depth, &to->depth)) {
        return error_set(e, ERR_USAGE, "depth is one of files, series, time, values");
    }
    if (from->on_bad_file && !parse_bad_file(from->on_bad_file, &to->on_bad_file)) {
        return error_set(e, ERR_USAGE, "on_bad_file is one of warn, error, skip");
    }
    if (from->since && !parse_since(from->since, &to->select.since_us)) {
        return error_set(e, ERR_USAGE, "'%s' is no date: 2026-01-31 or 2026-01-31T12:00:00Z",
                         from->since);
    }
    return from->prices ? prices_read(from->prices, &to->prices, e) : OK;
}

static int exit_code_of(const struct tsi_index_options *options, const struct run_summary *s)
{
    if (s->interrupted) {
        int signal_number =
            options->stop ? __atomic_load_n(options->stop, __ATOMIC_RELAXED) : SIGINT;
        return EXIT_SIGNAL_BASE + (signal_number == SIGTERM ? SIGTERM : SIGINT);
    }
    return s->failures ? EXIT_WITH_FAILURES : 0;
}

/* A search index that could not be made: the catalog is well, and `search` notices that the index
 * is older and tries once more. */
static void warn(enum error_code code, const struct error *e)
{
    if (code) {
        log_warn("search", "%s", e->text);
    }
}

static void publish(struct catalog *c, uint64_t memory, void *user)
{
    struct teller *t = user;
    struct error e;
    t->published = true;
    warn(search_publish_from(c, t->options->database, memory, &e), &e);
}

static void publish_closed(const struct tsi_index_options *options)
{
    struct error e;
    mem_trim(); /* DuckDB is closed */
    warn(search_publish(options->database, options->memory, &e), &e);
}

int tsi_index(const struct tsi_index_options *options, struct tsi_index_summary *summary,
              struct tsi_error *err)
{
    struct error e = {0};
    struct run_summary s;
    struct run_options o;
    struct arena a;
    uint64_t now = clock_monotonic_ns();
    struct teller teller = {.options = options, .start_ns = now, .moved_ns = now};
    error_publish_none(err);
    memset(summary, 0, sizeof *summary);
    arena_init(&a);
    enum error_code code = take_options(options, &a, &o, &e);
    if (!code) {
        o.on_progress = options->on_progress ? tell : NULL;
        o.on_recorded = publish;
        o.user = &teller;
        code = run_index(&o, &s, &e);
        copy_summary(&s, summary);
        memcpy(summary->currency, o.prices.currency, sizeof summary->currency);
    }
    arena_reset(&a);
    if (code) {
        return error_publish(&e, err);
    }
    if (!teller.published) {
        publish_closed(options);
    }
    summary->peak_memory = memory_peak();
    summary->seconds = (double)(clock_monotonic_ns() - now) / 1e9;
    return exit_code_of(options, &s);
}

int tsi_estimate(const struct tsi_index_options *options, struct tsi_result **out, double *cost,
                 struct tsi_error *err)
{
    struct error e = {0};
    struct run_options o;
    struct table t = {0};
    struct arena a;
    *out = NULL;
    *cost = 0;
    error_publish_none(err);
    arena_init(&a);
    enum error_code code = take_options(options, &a, &o, &e);
    code = code ? code : run_estimate(&o, &t, cost, &e);
    arena_reset(&a);
    if (code) {
        table_free(&t);
        return error_publish(&e, err);
    }
    *out = result_take(&t);
    return 0;
}
