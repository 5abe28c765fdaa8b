#include "scan/list_scan.h"

#include <string.h>

#include "base/memory.h"
#include "scan/list_values.h"
#include "scan/period_reader.h"
#include "scan/value_builder.h"

/* Times made from a start and a period, at a time. Fits the first-level cache. */
#define MADE_TIMES 1024

struct list_sink {
    const struct group_input *in;
    struct span_builder *spans;
    struct value_builder *values; /* NULL: none are read */
    struct list_values *targets;
    const struct parquet_column *length;
    struct chunk_reader *lengths;
    struct chunk_lists lists;
    size_t list_at;
    struct time_reader *times; /* NULL: none are read */
    struct chunk_i64s batch;
    size_t at;
    struct period_reader periods;
    int64_t made[MADE_TIMES];
    uint8_t none[MADE_TIMES]; /* zeros: no record has a time */
};

/* ---- the records of a row ---- */

static enum error_code add_records(struct list_sink *s, uint32_t series, uint64_t n,
                                   struct run_times t, struct error *err)
{
    spans_add_records(s->spans, series, n, t);
    return s->values ? values_add_run(s->values, series, n, t, err) : OK;
}

/* Have an entry of the time column at hand. */
static enum error_code need_time(struct list_sink *s, struct error *err)
{
    if (s->at < s->batch.n) {
        return OK;
    }
    s->at = 0;
    enum error_code code = time_reader_next(s->times, &s->batch, err);
    if (!code && s->batch.n == 0) {
        code = error_set(err, ERR_CORRUPT, "the time column ends before its row group");
    }
    return code;
}

/* The row's times are a list of `n`; a list without elements is an entry, too. */
static enum error_code add_listed(struct list_sink *s, uint32_t series, uint64_t n,
                                  struct error *err)
{
    enum error_code code = OK;
    if (n == 0) {
        code = need_time(s, err);
        s->at++;
    }
    while (n && !(code = need_time(s, err))) {
        uint64_t some = s->batch.n - s->at < n ? s->batch.n - s->at : n;
        struct run_times t = {s->batch.values + s->at,
                              s->batch.valid ? s->batch.valid + s->at : NULL};
        if ((code = add_records(s, series, some, t, err))) {
            break;
        }
        s->at += some;
        n -= some;
    }
    return code;
}

/* The row has no start, and so its records have no times. */
static enum error_code add_timeless(struct list_sink *s, uint32_t series, uint64_t n,
                                    struct error *err)
{
    enum error_code code = OK;
    memset(s->made, 0, sizeof s->made);
    while (n && !code) {
        uint64_t some = n < MADE_TIMES ? n : MADE_TIMES;
        code = add_records(s, series, some, (struct run_times){s->made, s->none}, err);
        n -= some;
    }
    return code;
}

static enum error_code cannot_walk(const struct list_sink *s, const char *why, struct error *err)
{
    return error_set(err, ERR_UNSUPPORTED, "no times follow from a start in column '%s': %s",
                     s->in->footer->columns[s->in->columns->time].path, why);
}

static enum error_code add_made(struct list_sink *s, uint32_t series, uint64_t n,
                                const struct period *period, int64_t start, struct error *err)
{
    struct period_walk walk;
    const char *why = n > 1 ? period_begin(period, s->in->time_unit, start, &walk) : NULL;
    enum error_code code = why ? cannot_walk(s, why, err) : OK;
    s->made[0] = start; /* one record needs no period */
    while (n && !code) {
        size_t some = n < MADE_TIMES ? (size_t)n : MADE_TIMES;
        if (n > 1 && !period_next(&walk, s->made, some)) {
            return cannot_walk(s, "they do not fit 64 bits", err);
        }
        code = add_records(s, series, some, (struct run_times){s->made, NULL}, err);
        n -= some;
    }
    return code;
}

/* The row's times are a start and a period. */
static enum error_code add_started(struct list_sink *s, uint32_t series, uint64_t n,
                                   struct error *err)
{
    struct period period;
    enum error_code code = need_time(s, err);
    code = code ? code : period_reader_next(&s->periods, &period, err);
    if (code) {
        return code;
    }
    size_t at = s->at++;
    return s->batch.valid && !s->batch.valid[at]
               ? add_timeless(s, series, n, err)
               : add_made(s, series, n, &period, s->batch.values[at], err);
}

static enum error_code add_row(struct list_sink *s, uint32_t series, struct error *err)
{
    uint64_t n;
    bool valid;
    enum error_code code =
        list_next(s->lengths, s->length, &s->lists, &s->list_at, &n, &valid, err);
    for (size_t i = 0; !code && s->values && i < s->in->columns->targets.n; i++) {
        code = list_values_expect(&s->targets[i], n, valid, err);
    }
    if (code) {
        return code;
    }
    spans_add_row(s->spans, series);
    if (!s->times) {
        return add_records(s, series, n, (struct run_times){0}, err);
    }
    return s->in->columns->lists.has_start ? add_started(s, series, n, err)
                                           : add_listed(s, series, n, err);
}

static enum error_code scan_rows(struct list_sink *s, struct id_runs *runs, struct error *err)
{
    struct id_batch batch;
    enum error_code code;
    while (!(code = id_runs_next_batch(runs, &batch, err)) && batch.n) {
        for (size_t i = 0; i < batch.n && !code; i++) {
            uint32_t series = batch.runs ? batch.runs[i].series : batch.series[i];
            uint32_t rows = batch.runs ? batch.runs[i].rows : 1;
            for (uint32_t k = 0; k < rows && !code; k++) {
                code = add_row(s, series, err);
            }
        }
        if (code) {
            break;
        }
    }
    return code;
}

/* ---- values ---- */

static enum error_code open_targets(struct list_sink *s, struct value_target *out,
                                    struct error *err)
{
    const struct group_input *in = s->in;
    const struct file_targets *t = &in->columns->targets;
    enum error_code code = OK;
    for (size_t i = 0; i < t->n && !code; i++) {
        struct list_values *l = &s->targets[i];
        uint32_t column = t->columns[i];
        l->column = out[i].column = &in->footer->columns[column];
        out[i].lists = l;
        code = chunk_open(in->footer, in->row_group, column, &in->targets[i], 1, PARQUET_PAGE_MAX,
                          in->counters, &l->values, err);
        if (!code && column != in->columns->lists.length) {
            code = chunk_open(in->footer, in->row_group, column, &in->targets[i], 1,
                              PARQUET_PAGE_MAX, in->counters, &l->lengths, err);
        }
    }
    return code;
}

static enum error_code scan_values(struct list_sink *s, struct id_runs *runs,
                                   struct uneven_targets *uneven, struct error *err)
{
    struct value_builder values;
    size_t n = s->in->columns->targets.n;
    struct value_target *targets = mem_zalloc(n * sizeof *targets);
    s->targets = mem_zalloc(n * sizeof *s->targets);
    enum error_code code = open_targets(s, targets, err);
    values_init(&values, s->spans, targets, n, s->times != NULL);
    s->values = &values;
    code = code ? code : scan_rows(s, runs, err);
    code = code ? code : values_end_group(&values, err);
    values_free(&values);
    for (size_t i = 0; i < n; i++) {
        if (s->targets[i].uneven) {
            uneven_add(uneven, (uint32_t)i);
        }
        list_values_close(&s->targets[i]);
    }
    mem_free(s->targets);
    mem_free(targets);
    return code;
}

/* ---- opening ---- */

static enum error_code open_periods(struct list_sink *s, struct error *err)
{
    const struct group_input *in = s->in;
    const struct file_lists *l = &in->columns->lists;
    s->periods.all = l->period;
    if (!l->has_start || !l->has_period_column) {
        return OK;
    }
    s->periods.column = &in->footer->columns[l->period_column];
    return chunk_open(in->footer, in->row_group, l->period_column, &in->periods, 1,
                      PARQUET_PAGE_MAX, in->counters, &s->periods.chunk, err);
}

static enum error_code open_columns(struct list_sink *s, struct error *err)
{
    const struct group_input *in = s->in;
    uint32_t length = in->columns->lists.length;
    s->length = &in->footer->columns[length];
    enum error_code code = chunk_open(in->footer, in->row_group, length, &in->lengths, 1,
                                      PARQUET_PAGE_MAX, in->counters, &s->lengths, err);
    if (!code && in->plan->read_time) {
        code = time_reader_open(in->footer, in->row_group, in->columns->time, &in->time,
                                in->time_unit, in->counters, &s->times, err);
        code = code ? code : open_periods(s, err);
    }
    return code;
}

enum error_code list_scan(const struct group_input *in, struct id_runs *runs,
                          struct span_builder *b, struct time_remarks *remarks,
                          struct uneven_targets *uneven, struct error *err)
{
    struct list_sink *s = mem_zalloc(sizeof *s);
    s->in = in;
    s->spans = b;
    enum error_code code = open_columns(s, err);
    if (!code) {
        code = in->plan->read_targets ? scan_values(s, runs, uneven, err) : scan_rows(s, runs, err);
    }
    if (s->times) {
        time_remarks_add(remarks, time_reader_remarks(s->times));
        time_reader_close(s->times);
    }
    chunk_close(s->lengths);
    period_reader_close(&s->periods);
    mem_free(s);
    return code;
}
