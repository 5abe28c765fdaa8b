#include "cli/summary.h"

#include <string.h>

#include "cli/text.h"

#define LABEL_WIDTH 10

static void add_label(struct strbuf *b, const char *label)
{
    strbuf_printf(b, "  %-*s", LABEL_WIDTH, label);
}

/* "12 label", with ", " before it where something stands on the line; zeros are left out unless
 * `always`. */
static void add_count(struct strbuf *b, size_t line_start, uint64_t n, const char *label,
                      bool always)
{
    if (n == 0 && !always) {
        return;
    }
    if (b->len > line_start) {
        strbuf_add_c(b, ", ");
    }
    text_add_integer(b, n <= INT64_MAX ? (int64_t)n : INT64_MAX);
    strbuf_printf(b, " %s", label);
}

static void add_datasets(struct strbuf *b, const struct tsi_index_summary *run)
{
    add_label(b, "datasets");
    size_t start = b->len;
    add_count(b, start, run->datasets, "indexed", true);
    add_count(b, start, run->datasets_failed, "failed", false);
    strbuf_add_char(b, '\n');
}

static void add_files(struct strbuf *b, const struct tsi_index_summary *run)
{
    add_label(b, "files");
    size_t start = b->len;
    add_count(b, start, run->files_read, "read", true);
    add_count(b, start, run->files_unchanged, "unchanged", false);
    add_count(b, start, run->files_failed, "failed", false);
    add_count(b, start, run->files_gone, "gone", false);
    add_count(b, start, run->files_left, "left for later", false);
    add_count(b, start, run->files_excluded, "excluded", false);
    add_count(b, start, run->files_retried, "read twice", false);
    strbuf_add_char(b, '\n');
}

static void add_contents(struct strbuf *b, const struct tsi_index_summary *run)
{
    add_label(b, "catalog");
    size_t start = b->len;
    if (run->series_known) {
        add_count(b, start, run->series, "series", true);
    }
    add_count(b, start, run->rows, "rows", true);
    strbuf_add_char(b, '\n');
}

static void add_counter(struct strbuf *b, const struct tsi_counter *c)
{
    if (strncmp(c->name, "bytes_", 6) == 0) {
        text_add_bytes(b, c->value);
        /* "bytes received" -> "4.7 GiB received" */
        strbuf_printf(b, " %s", strncmp(c->text, "bytes ", 6) == 0 ? c->text + 6 : c->text);
    } else {
        text_add_integer(b, c->value <= INT64_MAX ? (int64_t)c->value : INT64_MAX);
        strbuf_printf(b, " %s", c->text);
    }
}

/* Wrapped at what a terminal has at least; each counter stays whole. */
static void add_cost(struct strbuf *b, const struct tsi_index_summary *run)
{
    const size_t width = 80;
    size_t column = LABEL_WIDTH + 2;
    struct strbuf part;
    strbuf_init(&part, 512);
    add_label(b, "cost");
    for (size_t i = 0; i < run->n_counters; i++) {
        strbuf_clear(&part);
        add_counter(&part, &run->counters[i]);
        if (i && column + 2 + part.len > width) {
            strbuf_printf(b, ",\n%*s", LABEL_WIDTH + 2, "");
            column = LABEL_WIDTH + 2;
        } else if (i) {
            strbuf_add_c(b, ", ");
            column += 2;
        }
        strbuf_add(b, part.data, part.len);
        column += part.len;
    }
    strbuf_add_char(b, '\n');
    strbuf_free(&part);
    add_label(b, "");
    text_add_seconds(b, run->seconds);
    strbuf_add_c(b, ", peak memory ");
    text_add_bytes(b, run->peak_memory);
    strbuf_add_char(b, '\n');
}

static void add_failures(struct strbuf *b, const struct tsi_index_summary *run)
{
    if (run->failures) {
        add_label(b, "failures");
        text_add_integer(b, (int64_t)run->failures);
        strbuf_add_c(b, run->failures == 1 ? "; 'ts-indexer failures' shows it\n"
                                           : "; 'ts-indexer failures' lists them\n");
    }
    if (run->notes) {
        add_label(b, "notes");
        text_add_integer(b, (int64_t)run->notes);
        strbuf_add_c(b, run->notes == 1
                            ? " thing passed over; 'ts-indexer failures' shows it\n"
                            : " things passed over; 'ts-indexer failures' lists them\n");
    }
}

void summary_text(struct strbuf *b, const struct summary *s)
{
    strbuf_printf(b, "ts-indexer: %s ",
                  s->exit_code >= 128 ? "interrupted while indexing" : "indexed");
    text_add_clean(b, str_c(s->options->source));
    strbuf_add_c(b, " into ");
    text_add_clean(b, str_c(s->options->database));
    strbuf_add_char(b, '\n');
    add_datasets(b, s->run);
    add_files(b, s->run);
    add_contents(b, s->run);
    add_cost(b, s->run);
    add_failures(b, s->run);
    if (s->run->limited) {
        strbuf_printf(b, "  The run ended at %s; the next one goes on from here.\n",
                      s->run->limited);
    }
    if (s->exit_code >= 128) {
        strbuf_add_c(b, "  Everything finished is saved; the same command goes on from here.\n");
    }
}

/* The fields before the counters, and room for all counters. */
#define FIELDS_MAX (20 + 32)

struct fields {
    const char *names[FIELDS_MAX];
    struct tsi_value values[FIELDS_MAX];
    size_t n;
};

static void add_field(struct fields *f, const char *name, struct tsi_value value)
{
    f->names[f->n] = name;
    f->values[f->n++] = value;
}

static void collect(struct fields *f, const struct summary *s)
{
    const struct tsi_index_summary *run = s->run;
    struct tsi_value none = {.type = TSI_NULL};
    add_field(f, "source", value_text(s->options->source));
    add_field(f, "database", value_text(s->options->database));
    add_field(f, "depth", value_text(s->options->depth));
    add_field(f, "exit_code", value_integer(s->exit_code));
    add_field(f, "datasets", value_count(run->datasets));
    add_field(f, "datasets_failed", value_count(run->datasets_failed));
    add_field(f, "files_read", value_count(run->files_read));
    add_field(f, "files_unchanged", value_count(run->files_unchanged));
    add_field(f, "files_failed", value_count(run->files_failed));
    add_field(f, "files_gone", value_count(run->files_gone));
    add_field(f, "files_left", value_count(run->files_left));
    add_field(f, "limited", value_text(run->limited));
    add_field(f, "series", run->series_known ? value_count(run->series) : none);
    add_field(f, "rows", value_count(run->rows));
    add_field(f, "failures", value_count(run->failures));
    add_field(f, "notes", value_count(run->notes));
    add_field(f, "seconds", (struct tsi_value){.type = TSI_DOUBLE, .real = run->seconds});
    add_field(f, "peak_memory_bytes", value_count(run->peak_memory));
    for (size_t i = 0; i < run->n_counters; i++) {
        add_field(f, run->counters[i].name, value_count(run->counters[i].value));
    }
}

void summary_data(FILE *out, enum format f, const struct summary *s)
{
    struct fields fields = {.n = 0};
    collect(&fields, s);
    struct view_row row = {.names = fields.names, .values = fields.values, .columns = fields.n};
    struct view v = view_of_row(&row);
    format_write(out, f, &v, &(struct format_style){0});
}
