#include "scan/group_scan.h"

#include "base/memory.h"

/* Runs handled between two looks at the reader; fits the first-level cache. */
#define RUN_BATCH 1024

struct time_cursor {
    struct time_reader *reader; /* NULL: no times are read */
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

/* Give the rows of one run, together with the times beside them, to the builder. */
static enum error_code add_run(struct time_cursor *t, struct span_builder *b, struct id_run run,
                               struct error *err)
{
    uint64_t left = run.rows;
    while (left) {
        if (t->at == t->batch.n) {
            t->at = 0;
            enum error_code code = time_reader_next(t->reader, &t->batch, err);
            if (code) {
                return code;
            }
            if (t->batch.n == 0) {
                return error_set(err, ERR_CORRUPT, "the time column ends before its row group");
            }
        }
        uint64_t n = t->batch.n - t->at < left ? t->batch.n - t->at : left;
        spans_add_run(b, run.series, n,
                      (struct run_times){t->batch.values + t->at,
                                         t->batch.valid ? t->batch.valid + t->at : NULL});
        t->at += n;
        left -= n;
    }
    return OK;
}

/* How many of the runs have all their times in the batch at hand, and the number of those times. */
static size_t runs_at_hand(const struct time_cursor *t, const struct id_run *runs, size_t n,
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
static enum error_code add_runs(struct time_cursor *t, struct span_builder *b,
                                const struct id_run *runs, size_t n, struct error *err)
{
    if (!t->reader) {
        spans_add_runs(b, runs, n, (struct run_times){0});
        return OK;
    }
    for (size_t i = 0; i < n;) {
        uint64_t rows;
        size_t some = runs_at_hand(t, runs + i, n - i, &rows);
        if (some) {
            spans_add_runs(b, runs + i, some,
                           (struct run_times){t->batch.values + t->at,
                                              t->batch.valid ? t->batch.valid + t->at : NULL});
            t->at += rows;
            i += some;
            continue;
        }
        enum error_code code = add_run(t, b, runs[i++], err);
        if (code) {
            return code;
        }
    }
    return OK;
}

static enum error_code scan_runs(struct id_runs *runs, struct time_cursor *t,
                                 struct span_builder *b, struct error *err)
{
    struct id_run batch[RUN_BATCH];
    size_t n;
    for (;;) {
        enum error_code code = id_runs_next(runs, batch, RUN_BATCH, &n, err);
        if (code || n == 0) {
            return code;
        }
        if ((code = add_runs(t, b, batch, n, err))) {
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

enum error_code group_scan(const struct group_input *in, struct id_set *set, struct span_builder *b,
                           struct time_remarks *remarks, struct error *err)
{
    struct id_source sources[ID_COLUMNS_MAX] = {0};
    struct time_cursor t = {0};
    struct id_runs *runs = NULL;
    const struct parquet_row_group *rg = &in->footer->row_groups[in->row_group];
    enum error_code code = open_sources(in, sources, err);
    if (!code && in->plan->read_time) {
        code = time_reader_open(in->footer, in->row_group, in->columns->time, &in->time,
                                in->time_unit, in->counters, &t.reader, err);
    }
    if (!code) {
        runs = id_runs_open(sources, in->columns->n_id, rg->rows, set);
        spans_begin_group(b, in->row_group);
        code = in->plan->time_proven ? add_proven(in, runs, b, err) : scan_runs(runs, &t, b, err);
        spans_end_group(b);
    }
    if (t.reader) {
        struct time_remarks r = time_reader_remarks(t.reader);
        remarks->rounded |= r.rounded;
        remarks->zoned |= r.zoned;
        remarks->local |= r.local;
        time_reader_close(t.reader);
    }
    for (size_t i = 0; i < in->columns->n_id; i++) {
        chunk_close(sources[i].reader);
    }
    id_runs_close(runs);
    return code ? error_add(err, "in row group %u", in->row_group) : OK;
}
