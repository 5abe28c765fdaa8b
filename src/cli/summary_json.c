/* The file of --summary: what a run did and what it cost, as one JSON object with stable names. */
#include "base/clock.h"
#include "base/json.h"
#include "cli/summary.h"

static void add_name(struct strbuf *b, const char *name)
{
    strbuf_printf(b, "%s\n  \"%s\": ", b->data[b->len - 1] == '{' ? "" : ",", name);
}

static void add_text(struct strbuf *b, const char *name, const char *text)
{
    add_name(b, name);
    if (text) {
        json_add_string(b, str_c(text));
    } else {
        strbuf_add_c(b, "null");
    }
}

static void add_count(struct strbuf *b, const char *name, uint64_t n)
{
    add_name(b, name);
    strbuf_printf(b, "%llu", (unsigned long long)n);
}

static void add_double(struct strbuf *b, const char *name, double d)
{
    add_name(b, name);
    json_add_double(b, d);
}

static void add_counters(struct strbuf *b, const char *name, const struct tsi_counter *c, size_t n)
{
    add_name(b, name);
    strbuf_add_char(b, '{');
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(b, "%s\"%s\": %llu", i ? ", " : "", c[i].name,
                      (unsigned long long)c[i].value);
    }
    strbuf_add_char(b, '}');
}

static void add_phases(struct strbuf *b, const struct tsi_index_summary *run, const char *name,
                       bool cpu)
{
    add_name(b, name);
    strbuf_add_char(b, '{');
    for (size_t i = 0; i < run->n_phases; i++) {
        const struct tsi_phase *p = &run->phases[i];
        strbuf_printf(b, "%s\"%s\": ", i ? ", " : "", p->name);
        json_add_double(b, cpu ? p->cpu_seconds : p->seconds);
    }
    strbuf_add_char(b, '}');
}

static double per_second(double n, double seconds)
{
    return seconds > 0 ? n / seconds : 0;
}

static void add_counts(struct strbuf *b, const struct tsi_index_summary *run)
{
    add_count(b, "datasets", run->datasets);
    add_count(b, "datasets_failed", run->datasets_failed);
    add_count(b, "files_read", run->files_read);
    add_count(b, "files_unchanged", run->files_unchanged);
    add_count(b, "files_failed", run->files_failed);
    add_count(b, "files_gone", run->files_gone);
    add_count(b, "files_left", run->files_left);
    add_count(b, "files_excluded", run->files_excluded);
    add_count(b, "files_retried", run->files_retried);
    add_count(b, "bytes_files", run->bytes_files);
    add_count(b, "rows", run->rows);
    if (run->series_known) {
        add_count(b, "series", run->series);
    } else {
        add_text(b, "series", NULL);
    }
    add_count(b, "failures", run->failures);
    add_count(b, "notes", run->notes);
}

void summary_json(struct strbuf *b, const struct summary *s)
{
    const struct tsi_index_summary *run = s->run;
    char now[CLOCK_ISO_SIZE];
    clock_format_iso(clock_wall_us(), now);
    strbuf_add_char(b, '{');
    add_text(b, "version", tsi_version());
    add_text(b, "source", s->options->source);
    add_text(b, "database", s->options->database);
    add_text(b, "depth", s->options->depth);
    add_text(b, "ended_at", now);
    add_count(b, "exit_code", (uint64_t)s->exit_code);
    add_text(b, "error", s->error_code);
    add_text(b, "limited", run->limited);
    add_counts(b, run);
    add_double(b, "seconds", run->seconds);
    add_phases(b, run, "phase_seconds", false);
    add_phases(b, run, "phase_cpu_seconds", true);
    add_double(b, "files_per_second", per_second((double)run->files_read, run->seconds));
    add_double(b, "bytes_per_second", per_second((double)run->bytes_files, run->seconds));
    add_double(b, "cpu_seconds", run->cpu_seconds);
    add_count(b, "peak_memory_bytes", run->peak_memory);
    add_double(b, "cost", run->cost);
    add_text(b, "currency", run->currency);
    add_counters(b, "counters", run->counters, run->n_counters);
    add_counters(b, "errors", run->errors, run->n_errors);
    strbuf_add_c(b, "\n}\n");
}
