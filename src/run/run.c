#include "run/run.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/json.h"
#include "base/log.h"
#include "run/state.h"

/* DuckDB's part of the memory budget: sorting and grouping spans. Below the least it runs out of
 * memory over a few million series (64 MiB: at 2.5 million), so it has that however small the
 * budget is, and bytes in flight have the rest, or half of the budget at least. */
#define CATALOG_MEMORY_SHARE 4
#define CATALOG_MEMORY_MIN   ((uint64_t)128 << 20)
#define WRITER_MEMORY        ((uint64_t)1 << 30)
#define WRITERS_MAX          4
/* With more series DuckDB holds on to some 200 MB until the catalog is closed. */
#define OPEN_SERIES_MAX 1000000
/* The part of footers that are kept until the rest of their files is read. */
#define OPEN_MEMORY_SHARE 8
/* The part that the series of one file may take until it is recorded; what exceeds it goes to disk.
 * Files that are read and that wait to be recorded are several. */
#define HELD_MEMORY_SHARE 16
/* The part of DuckDB's memory that slices kept in the catalog may take: at a checkpoint it pins the
 * contents of 2,048 rows at once, and where they do not fit the run ends. */
#define SLICES_MEMORY_SHARE 4

void run_fail(struct run *run, const struct error *err)
{
    pthread_mutex_lock(&run->lock);
    if (!run->fatal.code) {
        run->fatal = *err;
    }
    run->stopping = true;
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock);
    store_cancel(run->store);
}

bool run_is_stopping(struct run *run)
{
    bool asked = run->options->stop && __atomic_load_n(run->options->stop, __ATOMIC_RELAXED) != 0;
    pthread_mutex_lock(&run->lock);
    bool stopping = run->stopping || asked;
    pthread_mutex_unlock(&run->lock);
    return stopping;
}

struct catalog_progress run_catalog_progress_locked(const struct run *run)
{
    const struct run_progress *p = &run->progress;
    return (struct catalog_progress){.files_total = p->files_total,
                                     .files_done = p->files_done,
                                     .files_failed = p->files_failed,
                                     .files_unchanged = p->files_unchanged,
                                     .bytes_total = p->bytes_total,
                                     .bytes_done = p->bytes_done,
                                     .limited = run->limited ? run->limited : run->plan_limited};
}

void run_tell_locked(struct run *run)
{
    jobs_list_locked(run);
    struct run_progress p = run->progress;
    pthread_mutex_unlock(&run->lock);
    live_tell(&run->live, &p, &run->counters);
    if (run->options->on_progress) {
        run->options->on_progress(&p, &run->counters, run->options->user);
    }
    pthread_mutex_lock(&run->lock);
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void end_phase(struct run *run)
{
    uint64_t now = clock_monotonic_ns();
    double cpu = cpu_seconds();
    if (run->n_phases) {
        struct run_phase *p = &run->phases[run->n_phases - 1];
        p->seconds = (double)(now - run->phase_ns) / 1e9;
        p->cpu_seconds = cpu - run->phase_cpu;
    }
    run->phase_ns = now;
    run->phase_cpu = cpu;
}

static void set_phase(struct run *run, const char *phase)
{
    end_phase(run);
    run->phases[run->n_phases++].name = phase;
    pthread_mutex_lock(&run->lock);
    run->progress.phase = phase;
    run_tell_locked(run);
    pthread_mutex_unlock(&run->lock);
}

static void read_and_record(struct run *run)
{
    set_phase(run, "reading");
    writer_start(run);
    pool_start(run, cores_usable());
    for (size_t i = 0; i < run->n_datasets; i++) {
        writer_push_dataset(run, &run->datasets[i]);
    }
    run_read_files(run);
    pool_stop(run);
    mem_trim(); /* the files' bytes and spans are free; sorting and publishing need room */
    set_phase(run, "recording");
    writer_stop(run);
}

/* ---- opening and closing ---- */

/* "weather" of "s3://bucket/data/weather/". */
void run_name_root(struct run *run)
{
    struct str uri = str_c(store_uri(run->store));
    while (uri.len && uri.data[uri.len - 1] == '/') {
        uri.len--;
    }
    size_t at = uri.len;
    while (at && uri.data[at - 1] != '/') {
        at--;
    }
    discovery_init(&run->discovery, arena_strndup(&run->arena, uri.data + at, uri.len - at));
}

void run_init(struct run *run, const struct run_options *o)
{
    pthread_condattr_t attr;
    *run = (struct run){.options = o};
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->changed, &attr);
    pthread_condattr_destroy(&attr);
    arena_init(&run->arena);
    arena_init(&run->columns_arena);
    map_init(&run->excluded_folders);
    run->again_tail = &run->again;
    run->progress.phase = "listing";
}

void run_destroy(struct run *run)
{
    while (run->again) {
        struct again *next = run->again->next;
        mem_free(run->again);
        run->again = next;
    }
    run_free_metadata(run);
    map_free(&run->excluded_folders);
    discovery_free(&run->discovery);
    arena_reset(&run->columns_arena);
    arena_reset(&run->arena);
    pthread_cond_destroy(&run->changed);
    pthread_mutex_destroy(&run->lock);
}

static void add_patterns(struct strbuf *b, const char *name, const char *const *items, size_t n)
{
    strbuf_printf(b, ",\"%s\":[", name);
    for (size_t i = 0; i < n; i++) {
        strbuf_add_c(b, i ? "," : "");
        json_add_string(b, str_c(items[i]));
    }
    strbuf_add_char(b, ']');
}

/* What the run was asked for, for the table `runs`. */
static void add_options(struct strbuf *b, const struct run_options *o)
{
    static const char *const bad_files[] = {"warn", "error", "skip"};
    strbuf_printf(b, "{\"depth\":\"%s\",\"force\":%s,\"on_bad_file\":\"%s\"", depth_name(o->depth),
                  o->force ? "true" : "false", bad_files[o->on_bad_file]);
    if (o->sample) {
        strbuf_printf(b, ",\"sample\":%llu,\"seed\":%llu", (unsigned long long)o->sample,
                      (unsigned long long)o->seed);
    }
    if (o->select.n_filters) {
        add_patterns(b, "filter", o->select.filters, o->select.n_filters);
    }
    if (o->select.n_excludes) {
        add_patterns(b, "exclude", o->select.excludes, o->select.n_excludes);
    }
    strbuf_add_char(b, '}');
}

static uint64_t catalog_memory(uint64_t memory)
{
    uint64_t share = memory / CATALOG_MEMORY_SHARE;
    return share > CATALOG_MEMORY_MIN ? share : CATALOG_MEMORY_MIN;
}

static uint64_t bytes_memory(uint64_t memory)
{
    uint64_t rest = memory - memory / OPEN_MEMORY_SHARE, catalog = catalog_memory(memory);
    return catalog < memory / 2 ? rest - catalog : rest - memory / 2;
}

/* Threads that write many rows. Each holds two row groups of them, of up to 80 MB: with less memory
 * than WRITER_MEMORY for each there is one, by which rows go as they come. */
static size_t writers(uint64_t memory)
{
    size_t cores = cores_usable(), most = (size_t)(memory / WRITER_MEMORY);
    most = most > WRITERS_MAX ? WRITERS_MAX : most;
    return cores < most ? cores : most;
}

static enum error_code open_catalog(struct run *run, uint64_t memory, struct error *err)
{
    /* One thread of DuckDB's: what the writer asks of it is many small statements and appends, for
     * which a second one wakes, waits and holds memory, and is taken from those that read. */
    struct catalog_options o = {
        .memory = catalog_memory(memory), .threads = 1, .writers = writers(memory)};
    enum error_code code = catalog_open_write(run->options->database, &o, &run->catalog, err);
    struct strbuf options;
    if (code) {
        return code;
    }
    catalog_sample(run->catalog, run->options->sample, run->options->seed);
    strbuf_init(&options, SIZE_MAX);
    add_options(&options, run->options);
    code = catalog_run_start(run->catalog, store_uri(run->store), options.data, err);
    strbuf_free(&options);
    if (code) {
        catalog_close(run->catalog);
    } else {
        live_start(&run->live, run->options->database, store_uri(run->store),
                   catalog_run_id(run->catalog));
    }
    return code;
}

enum error_code run_open_store(struct run *run, uint64_t memory, struct error *err)
{
    struct store_options o = run->options->store;
    run->memory = memory;
    run->open_bytes_max = memory / OPEN_MEMORY_SHARE;
    run->held_max = memory / HELD_MEMORY_SHARE;
    run->slices_max = catalog_memory(memory) / SLICES_MEMORY_SHARE;
    budget_init(&run->budget, bytes_memory(memory));
    o.budget = &run->budget;
    o.counters = &run->counters;
    o.max_in_flight = run->options->concurrency;
    return store_open(run->options->source, &o, &run->store, err);
}

/* ---- the end ---- */

static void count_notes(struct run *run)
{
    for (size_t i = 0; i < run->discovery.n_notes; i++) {
        bool failure = error_exit_code(run->discovery.notes[i].code) != 0;
        run->n_failures += failure;
        run->errors[run->discovery.notes[i].code] += failure;
        run->n_notes += !failure;
    }
}

static void copy_counters(struct counters *to, const struct counters *from)
{
#define COPY_COUNTER(field, text) atomic_store(&to->field, counter_get(&from->field));
    COUNTERS(COPY_COUNTER)
#undef COPY_COUNTER
}

static void summarise(struct run *run, struct run_summary *s)
{
    count_notes(run);
    end_phase(run);
    memcpy(s->phases, run->phases, sizeof s->phases);
    s->n_phases = run->n_phases;
    s->limited = run->limited ? run->limited : run->plan_limited;
    s->files_excluded = run->n_excluded;
    s->files_retried = run->files_retried;
    s->bytes_files = run->progress.bytes_done;
    memcpy(s->errors, run->errors, sizeof s->errors);
    s->files_left += run->progress.files_total - run->progress.files_done;
    s->cost = prices_cost(&run->options->prices, counter_get(&run->counters.requests_list),
                          counter_get(&run->counters.requests_get) +
                              counter_get(&run->counters.requests_other),
                          counter_get(&run->counters.bytes_received));
    s->datasets = run->n_datasets;
    for (size_t i = 0; i < run->n_datasets; i++) {
        s->files_gone += run->datasets[i].held ? 0 : run->datasets[i].n_gone;
        s->files_left += run->datasets[i].n_left;
    }
    s->files_read = run->progress.files_done - run->progress.files_failed;
    s->files_unchanged = run->progress.files_unchanged;
    s->files_failed = run->progress.files_failed;
    s->failures = run->failures + run->n_failures;
    s->notes = run->n_notes;
    copy_counters(&s->counters, &run->counters);
}

/* A source that cannot be listed at all is written down too: the next `failures` tells. */
static void record_source_failure(struct run *run, const struct error *why)
{
    struct error err = {0};
    if (catalog_begin(run->catalog, &err) == OK &&
        catalog_failure_put(run->catalog, "", store_uri(run->store), why->code, why->text, &err) ==
            OK) {
        (void)!catalog_commit(run->catalog, &err);
    } else {
        catalog_rollback(run->catalog);
    }
    if (err.code) {
        log_warn("run", "the failure could not be recorded: %s", err.text);
    }
}

static enum error_code work(struct run *run, struct error *err)
{
    run_name_root(run);
    set_phase(run, "listing");
    enum error_code code = run_list(run, err);
    if (!code) {
        set_phase(run, "planning");
        code = run_plan(run, err);
        code = code ? code : run_drop_gone(run, err);
    }
    if (code) {
        if (code != ERR_CANCELLED) {
            record_source_failure(run, err);
        }
        return code;
    }
    read_and_record(run);
    if (run->fatal.code) {
        if (err) {
            *err = run->fatal;
        }
        return run->fatal.code;
    }
    return run->stopping ? OK : record_orphans(run, err);
}

/* What to do about an end that is nobody's fault in the data. */
static void add_advice(struct run *run, enum error_code code, struct error *err)
{
    static const char goes_on[] = "everything recorded is kept, and the same command goes on";
    if (!err) {
        return;
    }
    if (code == ERR_NO_SPACE) {
        error_add(err, "make room on the disk of %s: %s", run->options->database, goes_on);
    } else if (code == ERR_AUTH || code == ERR_NO_CREDENTIALS) {
        error_add(err, "renew the credentials: %s", goes_on);
    } else if (code == ERR_MEMORY) {
        error_add(err, "give the run more --memory or a lower --concurrency: %s", goes_on);
    }
}

static enum error_code finish(struct run *run, enum error_code code, struct run_summary *summary,
                              struct error *err)
{
    summary->interrupted = code == ERR_CANCELLED || (!code && run->stopping);
    summarise(run, summary);
    summary->peak_memory = memory_peak();
    summary->cpu_seconds = cpu_seconds();
    const char *state = summary->interrupted                      ? "interrupted"
                        : code                                    ? "failed"
                        : summary->limited || summary->files_left ? "limited"
                                                                  : "complete";
    struct error late = {0};
    pthread_mutex_lock(&run->lock);
    struct catalog_progress p = run_catalog_progress_locked(run);
    pthread_mutex_unlock(&run->lock);
    if (catalog_run_progress(run->catalog, &p, &late) ||
        catalog_run_finish(run->catalog, state, &run->counters, summary->peak_memory, &late) ||
        catalog_totals(run->catalog, store_uri(run->store), &summary->rows, &summary->series,
                       &summary->series_known, &summary->datasets_failed, &late)) {
        if (!code && err) {
            *err = late;
        }
        code = code ? code : late.code;
    }
    if (code) {
        add_advice(run, code, err);
    }
    return summary->interrupted ? OK : code;
}

static void tell_recorded(struct run *run, const struct run_summary *s, uint64_t memory)
{
    struct error err;
    if (!run->options->on_recorded || !s->series_known || s->series > OPEN_SERIES_MAX) {
        return;
    }
    mem_trim(); /* nobody reads any more */
    if (catalog_checkpoint(run->catalog, &err)) {
        log_warn("run", "%s", err.text);
    } else {
        run->options->on_recorded(run->catalog, memory, run->options->user);
    }
}

enum error_code run_index(const struct run_options *o, struct run_summary *summary,
                          struct error *err)
{
    struct run run;
    uint64_t memory = o->memory ? o->memory : budget_default();
    uint64_t start_ns = clock_monotonic_ns();
    memset(summary, 0, sizeof *summary);
    run_init(&run, o);
    enum error_code code = run_open_store(&run, memory, err);
    if (!code) {
        code = open_catalog(&run, memory, err);
        if (!code) {
            code = work(&run, err);
            code = finish(&run, code, summary, err);
            if (!code) {
                tell_recorded(&run, summary, memory);
            }
            catalog_close(run.catalog);
            live_end(&run.live);
        }
        store_close(run.store);
    }
    budget_destroy(&run.budget);
    run_destroy(&run);
    summary->seconds = (double)(clock_monotonic_ns() - start_ns) / 1e9;
    return code;
}
