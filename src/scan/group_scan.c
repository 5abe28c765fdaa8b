#include "scan/group_scan.h"

#include "base/memory.h"
#include "scan/list_scan.h"
#include "scan/value_builder.h"

/* Where the runs go, with the times beside them. */
struct sink {
    const struct id_set *ids;
    struct span_builder *spans;
    struct value_builder *values; /* NULL: none are read */
    struct time_reader *reader;   /* NULL: no times are read */
    struct chunk_i64s batch;
    size_t at;
};

static enum error_code open_sources(const struct group_input *in, struct id_source *sources,
                                    struct error *err)
{
    for (size_t i = 0; i < in->columns->n_id; i++) {
        uint32_t column = in->columns->id[i];
        sources[i].column = &in->footer->columns[column];
        if (in->plan->read_ids >> i & 1) {
            enum error_code code =
                chunk_open(in->footer, in->row_group, column, &in->id[i], 1, PARQUET_PAGE_MAX,
                           in->counters, &sources[i].reader, err);
            if (code) {
                return code;
            }
        } else if (!stats_constant(sources[i].column,
                                   &in->footer->row_groups[in->row_group].chunks[column],
                                   &sources[i].constant_null, &sources[i].constant)) {
            return error_set(err, ERR_INTERNAL, "column '%s' was planned as constant",
                             sources[i].column->path);
        }
    }
    return OK;
}

/* Have a time at hand. */
static enum error_code more_times(struct sink *t, struct error *err)
{
    if (t->at < t->batch.n) {
        return OK;
    }
    t->at = 0;
    enum error_code code = time_reader_next(t->reader, &t->batch, err);
    if (!code && t->batch.n == 0) {
        return error_set(err, ERR_CORRUPT, "the time column ends before its row group");
    }
    return code;
}

static struct run_times times_at(const struct sink *t)
{
    return (struct run_times){t->batch.values + t->at,
                              t->batch.valid ? t->batch.valid + t->at : NULL};
}

/* The values' builder asks for the spans of its runs: they go to the other one first. */
static enum error_code add_rows(struct sink *t, const struct id_run *runs, size_t n,
                                struct run_times times, struct error *err)
{
    enum error_code code = OK;
    spans_add_runs(t->spans, runs, n, times);
    for (size_t i = 0; t->values && i < n && !code; i++) {
        code = values_add_run(t->values, runs[i].series, runs[i].rows, times, err);
        if (times.values) {
            times.values += runs[i].rows;
            times.valid = times.valid ? times.valid + runs[i].rows : NULL;
        }
    }
    return code;
}

/* Give the rows of one run, together with the times beside them, to the builders. */
static enum error_code add_run(struct sink *t, struct id_run run, struct error *err)
{
    uint64_t left = run.rows;
    while (left) {
        enum error_code code = more_times(t, err);
        if (code) {
            return code;
        }
        uint64_t n = t->batch.n - t->at < left ? t->batch.n - t->at : left;
        struct id_run some = {run.series, (uint32_t)n};
        if ((code = add_rows(t, &some, 1, times_at(t), err))) {
            return code;
        }
        t->at += n;
        left -= n;
    }
    return OK;
}

/* Rows that are a series each, with the times beside them. */
static enum error_code add_singles(struct sink *t, const uint32_t *series, size_t n,
                                   struct run_times times, struct error *err)
{
    enum error_code code = OK;
    spans_add_rows(t->spans, series, n, times);
    for (size_t i = 0; t->values && i < n && !code; i++) {
        code = values_add_run(t->values, series[i], 1, times, err);
        if (times.values) {
            times.values++;
            times.valid = times.valid ? times.valid + 1 : NULL;
        }
    }
    return code;
}

static enum error_code add_series(struct sink *t, const uint32_t *series, size_t n,
                                  struct error *err)
{
    if (!t->reader) {
        return add_singles(t, series, n, (struct run_times){0}, err);
    }
    while (n) {
        enum error_code code = more_times(t, err);
        size_t some = t->batch.n - t->at < n ? t->batch.n - t->at : n;
        if (code || (code = add_singles(t, series, some, times_at(t), err))) {
            return code;
        }
        t->at += some;
        series += some;
        n -= some;
    }
    return OK;
}

/* How many of the runs have all their times in the batch at hand, and the number of those times. */
static size_t runs_at_hand(const struct sink *t, const struct id_run *runs, size_t n,
                           uint64_t *rows)
{
    uint64_t left = t->batch.n - t->at;
    size_t i = 0;
    for (*rows = 0; i < n && *rows + runs[i].rows <= left; i++) {
        *rows += runs[i].rows;
    }
    return i;
}

/* Runs that share a batch of times go to the builder together; one that crosses its end goes by
 * itself. */
static enum error_code add_runs(struct sink *t, const struct id_run *runs, size_t n,
                                struct error *err)
{
    if (!t->reader) {
        return add_rows(t, runs, n, (struct run_times){0}, err);
    }
    for (size_t i = 0; i < n;) {
        uint64_t rows;
        size_t some = runs_at_hand(t, runs + i, n - i, &rows);
        enum error_code code =
            some ? add_rows(t, runs + i, some, times_at(t), err) : add_run(t, runs[i], err);
        t->at += rows;
        i += some ? some : 1;
        if (code) {
            return code;
        }
    }
    return OK;
}

static enum error_code scan_runs(struct id_runs *runs, struct sink *t, struct error *err)
{
    struct id_batch batch;
    for (;;) {
        enum error_code code = id_runs_next_batch(runs, &batch, err);
        if (code || batch.n == 0) {
            return code;
        }
        spans_expect(t->spans, id_set_expected(t->ids));
        code = batch.runs ? add_runs(t, batch.runs, batch.n, err)
                          : add_series(t, batch.series, batch.n, err);
        if (code) {
            return code;
        }
    }
}

/* Statistics proved the ids and the times: the row group is one span, and no byte of it was read.
 */
static enum error_code add_proven(const struct group_input *in, struct id_runs *runs,
                                  struct span_builder *b, struct error *err)
{
    const struct parquet_row_group *rg = &in->footer->row_groups[in->row_group];
    struct id_run run;
    size_t n;
    int64_t lo, hi;
    uint64_t times;
    uint32_t time = in->columns->time;
    if (!stats_time_bounds(&in->footer->columns[time], &rg->chunks[time], &lo, &hi, &times)) {
        return error_set(err, ERR_INTERNAL, "the time bounds were planned as proven");
    }
    /* All rows in one go: a constant key has one run, cut only at 2^32 rows, where the parts share
     * these bounds. */
    enum error_code code = id_runs_next(runs, &run, 1, &n, err);
    if (!code && n == 1) {
        spans_add_proven(b, run.series, rg->rows, times, lo);
    }
    return code;
}

static void close_targets(struct value_target *targets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        chunk_close(targets[i].reader);
    }
    mem_free(targets);
}

static enum error_code open_targets(const struct group_input *in, struct value_target **out,
                                    struct error *err)
{
    const struct file_targets *t = &in->columns->targets;
    struct value_target *targets = mem_zalloc(t->n * sizeof *targets);
    enum error_code code = OK;
    for (size_t i = 0; i < t->n && !code; i++) {
        targets[i].column = &in->footer->columns[t->columns[i]];
        code = chunk_open(in->footer, in->row_group, t->columns[i], &in->targets[i], 1,
                          PARQUET_PAGE_MAX, in->counters, &targets[i].reader, err);
    }
    *out = targets;
    return code;
}

/* Runs, times and values, walked side by side. */
static enum error_code scan_values(const struct group_input *in, struct id_runs *runs,
                                   struct sink *sink, struct error *err)
{
    struct value_builder values;
    struct value_target *targets;
    enum error_code code = open_targets(in, &targets, err);
    values_init(&values, sink->spans, targets, in->columns->targets.n, sink->reader != NULL);
    sink->values = &values;
    code = code ? code : scan_runs(runs, sink, err);
    code = code ? code : values_end_group(&values, err);
    sink->values = NULL;
    values_free(&values);
    close_targets(targets, in->columns->targets.n);
    return code;
}

static enum error_code scan_columns(const struct group_input *in, struct id_runs *runs,
                                    struct sink *sink, struct error *err)
{
    return in->plan->time_proven    ? add_proven(in, runs, sink->spans, err)
           : in->plan->read_targets ? scan_values(in, runs, sink, err)
                                    : scan_runs(runs, sink, err);
}

enum error_code group_scan(const struct group_input *in, struct scan_part *part, struct error *err)
{
    struct span_builder *b = &part->spans;
    bool lists = in->columns->lists.on;
    struct id_source sources[ID_COLUMNS_MAX] = {0};
    struct sink sink = {.ids = &part->ids, .spans = b};
    struct id_runs *runs = NULL;
    const struct parquet_row_group *rg = &in->footer->row_groups[in->row_group];
    enum error_code code = open_sources(in, sources, err);
    if (!code && in->plan->read_time && !lists) {
        code = time_reader_open(in->footer, in->row_group, in->columns->time, &in->time,
                                in->time_unit, in->counters, &sink.reader, err);
    }
    if (!code) {
        runs = id_runs_open(sources, in->columns->n_id, rg->rows, &part->ids);
        spans_begin_group(b, in->row_group);
        b->n_targets = in->columns->targets.n;
        code = lists ? list_scan(in, runs, b, &part->remarks, &part->uneven, err)
                     : scan_columns(in, runs, &sink, err);
        spans_end_group(b);
    }
    if (sink.reader) {
        time_remarks_add(&part->remarks, time_reader_remarks(sink.reader));
        time_reader_close(sink.reader);
    }
    for (size_t i = 0; i < in->columns->n_id; i++) {
        chunk_close(sources[i].reader);
    }
    id_runs_close(runs);
    return code ? error_add(err, "in row group %u", in->row_group) : OK;
}
