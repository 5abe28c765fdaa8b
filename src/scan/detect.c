#include "scan/detect.h"

#include <stdlib.h>
#include <string.h>

#include "scan/candidates.h"
#include "scan/id_runs.h"
#include "scan/row_lists.h"
#include "scan/time_reader.h"

/* A row as the test sees it: its value in each candidate column (a number per distinct value) and
 * its time. */
struct sample {
    uint32_t *codes[DETECT_COLUMNS_MAX];
    int64_t *times; /* NULL: no time column */
    size_t rows;
};

struct keyed {
    uint64_t key; /* of one or two columns */
    int64_t time;
};

static size_t first_row_group(const struct parquet_footer *f)
{
    size_t g = 0;
    while (g < f->n_row_groups && f->row_groups[g].rows == 0) {
        g++;
    }
    return g;
}

static size_t chunk_of(const struct detection *d, uint32_t column)
{
    size_t i = 0;
    while (i < d->n_chunks && d->chunks[i].column != column) {
        i++;
    }
    return i;
}

static void look_at(struct detection *d, uint32_t column)
{
    if (chunk_of(d, column) == d->n_chunks && d->n_chunks < DETECT_COLUMNS_MAX) {
        d->chunks[d->n_chunks++] = (struct detect_chunk){
            .column = column, .chunk = &d->footer->row_groups[d->row_group].chunks[column]};
    }
}

static bool is_named_id(const struct parquet_footer *f, const struct scan_columns *hint,
                        uint32_t column)
{
    for (size_t i = 0; i < hint->n_id; i++) {
        if (column_find(f, hint->id[i]) == (int64_t)column) {
            return true;
        }
    }
    return false;
}

/* An id may be a date or a timestamp: what the metadata takes for the key is no time. */
static void drop_named_ids(const struct parquet_footer *f, const struct scan_columns *hint,
                           struct candidates *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_times; i++) {
        if (!is_named_id(f, hint, c->times[i])) {
            c->times[n++] = c->times[i];
        }
    }
    c->n_times = n;
}

static bool is_list_file(const struct parquet_footer *f, const char *time,
                         const struct target_names *targets)
{
    struct file_lists lists;
    struct error unused = {0};
    enum error_code code =
        row_lists_resolve(f, time ? column_find(f, time) : -1, targets, &lists, &unused);
    bool on = code != OK || lists.on; /* of several variates, which are told later */
    error_reset(&unused);
    return on;
}

void detect_begin(struct detection *d, const struct parquet_footer *f,
                  const struct scan_columns *hint, const struct target_names *targets,
                  struct arena *a)
{
    struct candidates c;
    *d = (struct detection){.footer = f, .arena = a, .row_group = first_row_group(f)};
    d->columns = *hint;
    candidates_find(f, a, &c);
    drop_named_ids(f, hint, &c);
    if (!d->columns.time && c.n_times) {
        const struct parquet_column *time = &f->columns[c.times[0]];
        d->columns.time = column_is_list(f, c.times[0]) ? time->name : time->path;
    }
    d->lists = is_list_file(f, d->columns.time, targets);
    d->no_rows = d->row_group == f->n_row_groups;
    d->decided = d->columns.n_id > 0 || (c.n_ids == 0 && !d->no_rows);
    if (d->decided || d->no_rows) {
        return;
    }
    for (size_t i = 0; i < c.n_ids && d->n_chunks < DETECT_COLUMNS_MAX - 1; i++) {
        if (c.ids[i].n == 1 && (c.n_times == 0 || c.ids[i].columns[0] != c.times[0])) {
            look_at(d, c.ids[i].columns[0]);
        }
    }
    d->n_ids = d->n_chunks;
    d->has_time = c.n_times > 0 && !d->lists;
    if (d->has_time) {
        look_at(d, c.times[0]);
    }
}

bool detect_is_decided(const struct detection *d)
{
    return d->decided;
}

static enum error_code open_chunk(const struct detection *d, size_t i, struct counters *counters,
                                  struct chunk_reader **out, struct error *err)
{
    return chunk_open(d->footer, d->row_group, d->chunks[i].column, &d->chunks[i].piece, 1,
                      PARQUET_PAGE_MAX, counters, out, err);
}

static enum error_code sample_ids(const struct detection *d, size_t i, struct counters *counters,
                                  struct sample *s, struct error *err)
{
    const struct parquet_column *column = &d->footer->columns[d->chunks[i].column];
    struct id_source source = {.column = column};
    struct id_set set;
    struct id_run run;
    size_t n = 1, at = 0;
    enum error_code code = open_chunk(d, i, counters, &source.reader, err);
    if (code) {
        return code;
    }
    id_set_init(&set);
    struct id_runs *runs = id_runs_open(&source, 1, d->footer->row_groups[d->row_group].rows, &set);
    while (!code && n > 0 && at < s->rows) {
        code = id_runs_next(runs, &run, 1, &n, err);
        for (uint32_t k = 0; !code && n && k < run.rows && at < s->rows; k++) {
            s->codes[i][at++] = run.series;
        }
    }
    id_runs_close(runs);
    chunk_close(source.reader);
    id_set_free(&set);
    return code;
}

/* Microseconds are fine enough, and reach far enough, to see repetition. */
static enum error_code sample_times(const struct detection *d, struct counters *counters,
                                    struct sample *s, struct error *err)
{
    struct time_reader *reader;
    struct chunk_i64s batch = {.n = 1};
    const struct detect_chunk *chunk = &d->chunks[d->n_ids];
    size_t at = 0;
    enum error_code code = time_reader_open(d->footer, d->row_group, chunk->column, &chunk->piece,
                                            TIME_UNIT_US, counters, &reader, err);
    if (code) {
        return code;
    }
    while (!code && batch.n > 0 && at < s->rows) {
        code = time_reader_next(reader, &batch, err);
        for (size_t k = 0; !code && k < batch.n && at < s->rows; k++) {
            s->times[at++] = batch.values[k];
        }
    }
    time_reader_close(reader);
    return code;
}

static int by_key_and_time(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return (x->time > y->time) - (x->time < y->time);
}

/* Does this key split the sampled rows into series? `order` is scratch of s->rows. */
static bool is_key(const struct detection *d, const struct sample *s, const struct id_candidate *c,
                   struct keyed *order)
{
    size_t first = chunk_of(d, c->columns[0]);
    size_t second = c->n == 2 ? chunk_of(d, c->columns[1]) : 0;
    size_t keys = 1, repeats = 0;
    if (first >= d->n_ids || (c->n == 2 && second >= d->n_ids)) {
        return false;
    }
    for (size_t i = 0; i < s->rows; i++) {
        uint64_t key = s->codes[first][i];
        order[i] = (struct keyed){c->n == 2 ? key << 32 | s->codes[second][i] : key,
                                  s->times ? s->times[i] : 0};
    }
    qsort(order, s->rows, sizeof *order, by_key_and_time);
    for (size_t i = 1; i < s->rows; i++) {
        keys += order[i].key != order[i - 1].key;
        repeats += by_key_and_time(&order[i], &order[i - 1]) == 0;
    }
    if (d->lists) {
        return (double)(s->rows - keys) <= DETECT_REPEATS_PER_ROW * (double)s->rows;
    }
    bool numbers_rows = keys == s->rows && s->rows > 1;
    bool unique = !s->times || (double)repeats <= DETECT_REPEATS_PER_ROW * (double)s->rows;
    return !numbers_rows && unique;
}

static void choose(struct detection *d, const struct sample *s)
{
    struct candidates c;
    struct keyed *order = mem_alloc(s->rows * sizeof *order);
    candidates_find(d->footer, d->arena, &c);
    for (size_t i = 0; i < c.n_ids && d->columns.n_id == 0; i++) {
        if (is_key(d, s, &c.ids[i], order)) {
            d->columns.id = arena_array(d->arena, c.ids[i].n, sizeof *d->columns.id);
            d->columns.n_id = c.ids[i].n;
            for (size_t k = 0; k < c.ids[i].n; k++) {
                d->columns.id[k] = d->footer->columns[c.ids[i].columns[k]].path;
            }
        }
    }
    mem_free(order);
}

enum error_code detect_finish(struct detection *d, struct counters *counters, struct error *err)
{
    uint64_t rows = d->footer->row_groups[d->row_group].rows;
    struct sample s = {.rows = rows < DETECT_ROWS_MAX ? rows : DETECT_ROWS_MAX};
    enum error_code code = OK;
    for (size_t i = 0; i < d->n_ids; i++) {
        s.codes[i] = mem_zalloc(s.rows * sizeof **s.codes);
        code = code ? code : sample_ids(d, i, counters, &s, err);
    }
    if (d->has_time) {
        s.times = mem_zalloc(s.rows * sizeof *s.times);
        code = code ? code : sample_times(d, counters, &s, err);
    }
    if (!code) {
        choose(d, &s);
        d->decided = true;
    }
    for (size_t i = 0; i < d->n_ids; i++) {
        mem_free(s.codes[i]);
    }
    mem_free(s.times);
    return code ? error_add(err, "while looking for the id column") : OK;
}
