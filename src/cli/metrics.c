#include "cli/metrics.h"

#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

#include "base/budget.h"
#include "base/clock.h"
#include "base/json.h"

/* Where a sample comes from. */
enum source {
    FROM_COUNT,   /* uint64_t at `offset` of the summary */
    FROM_DOUBLE,  /* double at `offset` */
    FROM_COUNTER, /* the cost counter named `counter` */
    FROM_PHASES,  /* one sample a phase */
    FROM_ERRORS,  /* one sample an error code */
    FROM_SUCCESS, /* 1 where the run did all it was to do, else 0 */
    FROM_NOW,     /* the time of the end */
};

struct sample {
    const char *name;
    const char *labels; /* "{state=\"read\"}"; NULL none */
    const char *counter;
    size_t offset;
    const char *type, *help; /* NULL: as the sample before, whose name it shares */
    enum source source;
    bool live; /* known while the run goes on */
};

#define COUNT(field)  .source = FROM_COUNT, .offset = offsetof(struct tsi_index_summary, field)
#define DOUBLE(field) .source = FROM_DOUBLE, .offset = offsetof(struct tsi_index_summary, field)
#define FILES         "tsindexer_files_total"
#define REQUESTS      "tsindexer_requests_total"

static const struct sample samples[] = {
    {.name = "tsindexer_run_success",
     .source = FROM_SUCCESS,
     .type = "gauge",
     .help = "1 if the last run ended without failures, 0 otherwise."},
    {.name = "tsindexer_run_end_timestamp_seconds",
     .source = FROM_NOW,
     .type = "gauge",
     .help = "When the last run ended, in seconds since 1970."},
    {.name = "tsindexer_run_duration_seconds",
     DOUBLE(seconds),
     .type = "gauge",
     .help = "How long the last run took.",
     .live = true},
    {.name = "tsindexer_phase_duration_seconds",
     .source = FROM_PHASES,
     .type = "gauge",
     .help = "How long each phase of the last run took."},
    {.name = "tsindexer_cpu_seconds_total",
     DOUBLE(cpu_seconds),
     .type = "counter",
     .help = "Processor time of the run.",
     .live = true},
    {.name = "tsindexer_peak_memory_bytes",
     COUNT(peak_memory),
     .type = "gauge",
     .help = "Largest resident set of the run.",
     .live = true},
    {.name = "tsindexer_datasets",
     COUNT(datasets),
     .type = "gauge",
     .help = "Datasets that the run looked at.",
     .live = true},
    {.name = "tsindexer_datasets_failed",
     COUNT(datasets_failed),
     .type = "gauge",
     .help = "Datasets of the source that are partial or failed."},
    {.name = "tsindexer_series",
     COUNT(series),
     .type = "gauge",
     .help = "Series of the source in the catalog."},
    {.name = "tsindexer_rows",
     COUNT(rows),
     .type = "gauge",
     .help = "Rows of the source in the catalog."},
    {.name = FILES,
     .labels = "{state=\"read\"}",
     COUNT(files_read),
     .type = "counter",
     .help = "Files of the run by what became of them.",
     .live = true},
    {.name = FILES, .labels = "{state=\"unchanged\"}", COUNT(files_unchanged), .live = true},
    {.name = FILES, .labels = "{state=\"failed\"}", COUNT(files_failed), .live = true},
    {.name = FILES, .labels = "{state=\"gone\"}", COUNT(files_gone)},
    {.name = FILES, .labels = "{state=\"left\"}", COUNT(files_left)},
    {.name = FILES, .labels = "{state=\"excluded\"}", COUNT(files_excluded)},
    {.name = "tsindexer_files_retried_total",
     COUNT(files_retried),
     .type = "counter",
     .help = "Files that were read a second time in the run."},
    {.name = "tsindexer_file_bytes_total",
     COUNT(bytes_files),
     .type = "counter",
     .help = "Sizes of the files that were read.",
     .live = true},
    {.name = REQUESTS,
     .labels = "{method=\"list\"}",
     .source = FROM_COUNTER,
     .counter = "requests_list",
     .type = "counter",
     .help = "Requests to the store.",
     .live = true},
    {.name = REQUESTS,
     .labels = "{method=\"get\"}",
     .source = FROM_COUNTER,
     .counter = "requests_get",
     .live = true},
    {.name = REQUESTS,
     .labels = "{method=\"other\"}",
     .source = FROM_COUNTER,
     .counter = "requests_other",
     .live = true},
    {.name = "tsindexer_retries_total",
     .source = FROM_COUNTER,
     .counter = "retries",
     .type = "counter",
     .help = "Requests that were sent again.",
     .live = true},
    {.name = "tsindexer_received_bytes_total",
     .source = FROM_COUNTER,
     .counter = "bytes_received",
     .type = "counter",
     .help = "Bytes received from the store.",
     .live = true},
    {.name = "tsindexer_cost_total",
     DOUBLE(cost),
     .type = "counter",
     .help = "Cost of requests and bytes by the table of prices."},
    {.name = "tsindexer_failures_total",
     .source = FROM_ERRORS,
     .type = "counter",
     .help = "Failures of the run by error code."},
};

static void add_value(struct strbuf *b, const char *name, const char *labels, double value)
{
    strbuf_printf(b, "%s%s ", name, labels ? labels : "");
    json_add_double(b, value);
    strbuf_add_char(b, '\n');
}

/* Names of phases and codes are ours: letters and underscores, nothing to escape. */
static void add_labelled(struct strbuf *b, const char *name, const char *label, const char *of,
                         double value)
{
    strbuf_printf(b, "%s{%s=\"%s\"} ", name, label, of);
    json_add_double(b, value);
    strbuf_add_char(b, '\n');
}

static double counter_value(const struct tsi_index_summary *run, const char *name)
{
    for (size_t i = 0; i < run->n_counters; i++) {
        if (strcmp(run->counters[i].name, name) == 0) {
            return (double)run->counters[i].value;
        }
    }
    return 0;
}

static double single_value(const struct sample *m, const struct summary *s)
{
    const char *base = (const char *)s->run + m->offset;
    switch (m->source) {
    case FROM_COUNT:
        return (double)*(const uint64_t *)(const void *)base;
    case FROM_DOUBLE:
        return *(const double *)(const void *)base;
    case FROM_COUNTER:
        return counter_value(s->run, m->counter);
    case FROM_SUCCESS:
        return s->exit_code == 0 ? 1 : 0;
    case FROM_NOW:
        return (double)clock_wall_us() / 1e6;
    case FROM_PHASES:
    case FROM_ERRORS:
        break;
    }
    return 0;
}

static void add_samples(struct strbuf *b, const struct summary *s, bool live)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *m = &samples[i];
        if (live && !m->live) {
            continue;
        }
        if (m->help) {
            strbuf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, m->type);
        }
        if (m->source == FROM_PHASES) {
            for (size_t k = 0; k < s->run->n_phases; k++) {
                add_labelled(b, m->name, "phase", s->run->phases[k].name,
                             s->run->phases[k].seconds);
            }
        } else if (m->source == FROM_ERRORS) {
            for (size_t k = 0; k < s->run->n_errors; k++) {
                add_labelled(b, m->name, "code", s->run->errors[k].name,
                             (double)s->run->errors[k].value);
            }
        } else {
            add_value(b, m->name, m->labels, single_value(m, s));
        }
    }
}

void metrics_text(struct strbuf *b, const struct summary *s)
{
    add_samples(b, s, false);
}

/* ---- while the run goes on ---- */

static void add_gauge(struct strbuf *b, const char *name, const char *help, double value)
{
    strbuf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
    add_value(b, name, NULL, value);
}

void metrics_live_text(struct strbuf *b, const struct tsi_progress *p)
{
    struct rusage usage;
    struct tsi_index_summary run = {
        .datasets = p->datasets_total,
        .files_read = p->files_done,
        .files_unchanged = p->files_unchanged,
        .files_failed = p->files_failed,
        .bytes_files = p->bytes_done,
        .seconds = p->seconds,
        .n_counters = p->n_counters,
    };
    memcpy(run.counters, p->counters, sizeof run.counters);
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        run.cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                          (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    }
    run.peak_memory = memory_peak();
    struct summary s = {.run = &run};
    add_samples(b, &s, true);
    add_gauge(b, "tsindexer_files_expected", "Files that the run knows it has to read.",
              (double)p->files_total);
    add_gauge(b, "tsindexer_file_bytes_expected", "Sizes of the files that it has to read.",
              (double)p->bytes_total);
    add_gauge(b, "tsindexer_datasets_done", "Datasets that the run has finished.",
              (double)p->datasets_done);
    add_gauge(b, "tsindexer_rows_read", "Rows of the files that are done.", (double)p->rows);
    add_gauge(b, "tsindexer_stalled_seconds",
              "Since the last byte arrived or the last file was done.", p->stalled_seconds);
    strbuf_add_c(b, "# HELP tsindexer_run_phase What the run does now.\n"
                    "# TYPE tsindexer_run_phase gauge\n");
    add_labelled(b, "tsindexer_run_phase", "phase", p->phase ? p->phase : "starting", 1);
}
