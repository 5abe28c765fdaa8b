#include "catalog/merge.h"

#include <string.h>

#include "catalog/merge_values.h"
#include "catalog/near_ids.h"
#include "catalog/span_sort.h"
#include "catalog/text.h"
#include "model/frequency.h"

/* Of DuckDB's memory, for spans that are sorted while it sends them. */
#define SORT_SHARE 4
#define SORT_LEAST ((uint64_t)16 << 20)
#define SORT_MOST  ((uint64_t)256 << 20)

/* The series under way. */
struct merge_series {
    struct strbuf id;
    uint64_t number; /* 1 is the first */
    bool timed;      /* every file was read to depth `time` */
    int64_t rows, files, spans;
    bool overflow; /* rows do not fit in 64 bits */
    size_t first_file;
    struct time_steps steps;
};

struct merge {
    struct catalog *catalog;
    const struct merge_options *options;
    struct strbuf dataset; /* its id, encoded */
    struct arena arena;
    struct dataset_file *files; /* by place; `series`: number of the last series met in it, which
                                   counts files without a set of them */
    struct merge_series series;
    struct series_totals *totals;
    struct near_ids *near;
    struct merge_values values;
    struct error *err;
};

/* Columns of agg_spans. */
enum {
    A_SERIES,
    A_ROWS,
    A_TIMES,
    A_T_MIN,
    A_T_MAX,
    A_STEPS,
    A_VALUES,
    A_FILE,
    A_ROW_GROUP,
    A_FIRST_ROW
};

/* Columns of series_metadata, as schema.sql and schema_2.sql order them. */
enum {
    M_DATASET,
    M_SERIES,
    M_PARTS,
    M_RECORDS,
    M_FILES,
    M_SPANS,
    M_FIRST,
    M_LAST,
    M_FIRST_TIMESTAMP,
    M_LAST_TIMESTAMP,
    M_NULL_TIMES,
    M_SOURCE_FILE,
    M_QUALITY,
    M_FREQUENCY,
    M_FREQUENCY_SHARE,
    M_STEP,
    M_STEP_SHARE,
    M_DISTINCT_STEPS,
    M_GAPS,
    M_MISSING,
    M_LONGEST_GAP,
    M_COVERAGE,
    M_DUPLICATES,
    M_OUT_OF_ORDER,
    M_STEPS_QUALITY
};

/* ---- one series to one row ---- */

static struct figure signed_figure(int64_t v)
{
    return (struct figure){.known = true, .value = v};
}

static struct figure timestamp(int64_t t, enum time_unit unit)
{
    int64_t us;
    bool known = time_to_timestamp(t, unit, &us);
    return (struct figure){.known = known, .value = known ? us : 0};
}

static void find_steps(const struct time_steps *s, enum time_unit unit, struct series_figures *f)
{
    static const char *const qualities[] = {"exact", "unordered", "unknown"};
    f->steps_quality = qualities[s->quality];
    if (s->quality != STEPS_UNKNOWN) {
        f->out_of_order = figure_of(s->backwards);
    }
    if (s->quality != STEPS_EXACT) {
        return;
    }
    frequency_find(s, unit, &f->frequency);
    f->duplicates = figure_of(s->duplicates);
    f->distinct_steps = figure_of(f->frequency.distinct_steps);
    if (f->frequency.has_step) {
        f->step = figure_of(f->frequency.step);
    }
    if (f->frequency.has_gaps) {
        f->gaps = figure_of(f->frequency.gaps);
        f->missing = figure_of(f->frequency.missing);
        f->longest_gap = figure_of(f->frequency.longest_gap);
    }
}

static void find_times(const struct merge *m, struct series_figures *f)
{
    const struct merge_series *s = &m->series;
    enum time_unit unit = m->options->unit;
    if (!s->timed || unit == TIME_UNIT_NONE) {
        return;
    }
    f->null_times = signed_figure(s->rows - (int64_t)s->steps.times);
    if (s->steps.times) {
        f->first = signed_figure(s->steps.t_min);
        f->last = signed_figure(s->steps.t_max);
        f->first_timestamp = timestamp(s->steps.t_min, unit);
        f->last_timestamp = timestamp(s->steps.t_max, unit);
        find_steps(&s->steps, unit, f);
    }
}

static void put_figure(struct bulk *b, idx_t column, const struct figure *f)
{
    if (f->known) {
        bulk_i64(b, column, f->value);
    }
}

static void put_figures(struct bulk *b, const struct series_figures *f)
{
    put_figure(b, M_RECORDS, &f->records);
    put_figure(b, M_FIRST, &f->first);
    put_figure(b, M_LAST, &f->last);
    put_figure(b, M_FIRST_TIMESTAMP, &f->first_timestamp);
    put_figure(b, M_LAST_TIMESTAMP, &f->last_timestamp);
    put_figure(b, M_NULL_TIMES, &f->null_times);
    put_figure(b, M_STEP, &f->step);
    put_figure(b, M_DISTINCT_STEPS, &f->distinct_steps);
    put_figure(b, M_GAPS, &f->gaps);
    put_figure(b, M_MISSING, &f->missing);
    put_figure(b, M_LONGEST_GAP, &f->longest_gap);
    put_figure(b, M_DUPLICATES, &f->duplicates);
    put_figure(b, M_OUT_OF_ORDER, &f->out_of_order);
    if (f->steps_quality) {
        bulk_str(b, M_STEPS_QUALITY, str_c(f->steps_quality));
    }
    if (f->frequency.has_name) {
        bulk_str(b, M_FREQUENCY, str_c(f->frequency.name));
        bulk_double(b, M_FREQUENCY_SHARE, f->frequency.share);
    }
    if (f->frequency.has_step) {
        bulk_double(b, M_STEP_SHARE, f->frequency.step_share);
    }
    if (f->frequency.has_gaps) {
        bulk_double(b, M_COVERAGE, f->frequency.coverage);
    }
}

static enum error_code finish_series(struct merge *m)
{
    struct bulk *b = &m->catalog->series;
    struct merge_series *s = &m->series;
    struct series_figures f = {0};
    if (s->number == 0) {
        return OK;
    }
    if (!s->overflow) {
        f.records = signed_figure(s->rows);
        find_times(m, &f);
    }
    series_totals_add(m->totals, &f);
    near_ids_add(m->near, strbuf_view(&s->id));
    bulk_str(b, M_DATASET, strbuf_view(&m->dataset));
    bulk_str(b, M_SERIES, str_n(s->id.data ? s->id.data : "", s->id.len));
    bulk_id_parts(b, M_PARTS, strbuf_view(&s->id), m->options->n_parts);
    put_figures(b, &f);
    bulk_i64(b, M_FILES, s->files);
    bulk_i64(b, M_SPANS, s->spans);
    bulk_str(b, M_SOURCE_FILE, str_c(m->files[s->first_file].key));
    bulk_str(b, M_QUALITY, str_c(m->options->quality));
    enum error_code code = bulk_end_row(b, m->err);
    return code ? code
                : merge_values_finish(&m->values, m->catalog, strbuf_view(&m->dataset),
                                      strbuf_view(&s->id), s->spans,
                                      m->options->partial ? m->options->quality : NULL, m->totals,
                                      m->err);
}

/* ---- spans to series ---- */

static void start_series(struct merge *m, struct str id)
{
    struct merge_series *s = &m->series;
    *s = (struct merge_series){
        .id = s->id, .number = s->number + 1, .timed = true, .first_file = SIZE_MAX};
    strbuf_clear(&s->id);
    strbuf_add(&s->id, id.data, id.len);
}

static enum error_code add_times(struct merge *m, const struct sorted_span *span,
                                 enum time_unit unit)
{
    struct time_steps steps;
    if (!time_steps_decode(span->steps, (uint64_t)span->times, span->t_min, span->t_max, unit,
                           &steps)) {
        return error_set(m->err, ERR_CATALOG_DAMAGED,
                         "catalog: the times of a span of series " STR_FMT " make no sense",
                         STR_ARG(strbuf_view(&m->series.id)));
    }
    time_steps_convert(&steps, unit, m->options->unit);
    time_steps_merge(&m->series.steps, &steps, m->options->unit);
    return OK;
}

static enum error_code add_values(struct merge *m, const struct sorted_span *span)
{
    if (merge_values_add(&m->values, span->place, span->values, span->t_min, span->t_max,
                         m->files[span->place].unit)) {
        return OK;
    }
    return error_set(m->err, ERR_CATALOG_DAMAGED,
                     "catalog: the values of a span of series " STR_FMT " make no sense",
                     STR_ARG(strbuf_view(&m->series.id)));
}

static enum error_code add_span(struct merge *m, const struct sorted_span *span)
{
    struct merge_series *s = &m->series;
    if (s->number == 0 || !str_eq(span->series, strbuf_view(&s->id))) {
        enum error_code code = finish_series(m);
        if (code) {
            return code;
        }
        start_series(m, span->series);
    }
    struct dataset_file *f = &m->files[span->place];
    s->overflow |= __builtin_add_overflow(s->rows, span->rows, &s->rows);
    s->spans++;
    s->files += f->series != s->number;
    f->series = s->number;
    s->first_file = span->place < s->first_file ? span->place : s->first_file;
    s->timed = s->timed && f->timed;
    bool timed = f->timed && m->options->unit != TIME_UNIT_NONE && span->times > 0;
    enum error_code code = timed ? add_times(m, span, f->unit) : OK;
    return code || !span->values.data ? code : add_values(m, span);
}

/* ---- spans in order ---- */

/* For the order alone, in any unit. A unit is chosen in which all times fit (aggregate.c), unless
 * the dataset has none; then what does not fit is held at the bound. */
static int64_t convert(int64_t t, enum time_unit from, enum time_unit to)
{
    int64_t f = time_ticks_per_day(from), g = time_ticks_per_day(to), out;
    f = f ? f : 1;
    g = g ? g : 1;
    if (g > f) {
        return __builtin_mul_overflow(t, g / f, &out) ? (t < 0 ? INT64_MIN : INT64_MAX) : out;
    }
    return t / (f / g) - (t % (f / g) < 0);
}

static enum error_code read_span(struct merge *m, struct db_rows *rows, struct sorted_span *s)
{
    uint32_t place;
    if (!dataset_files_place(m->options->files, db_get_i64(rows, A_FILE), &place)) {
        return error_set(m->err, ERR_INTERNAL, "a span of a file that is not there");
    }
    enum time_unit unit = m->files[place].unit;
    *s = (struct sorted_span){.series = db_get_str(rows, A_SERIES),
                              .steps = db_get_str(rows, A_STEPS),
                              .values = db_get_str(rows, A_VALUES),
                              .rows = db_get_i64(rows, A_ROWS),
                              .times = db_get_i64(rows, A_TIMES),
                              .t_min = db_get_i64(rows, A_T_MIN),
                              .t_max = db_get_i64(rows, A_T_MAX),
                              .place = place,
                              .row_group = (uint32_t)db_get_i64(rows, A_ROW_GROUP),
                              .first_row = db_get_i64(rows, A_FIRST_ROW)};
    s->first = convert(s->t_min, unit, m->options->unit);
    s->last = convert(s->t_max, unit, m->options->unit);
    return OK;
}

static enum error_code sort_spans(struct merge *m, struct span_sort *sort)
{
    struct db_rows rows;
    bool one = m->options->files->n_places == 1;
    struct db_call q =
        db_begin(&m->catalog->db, one ? STMT_AGG_SPANS_OF_FILE : STMT_AGG_SPANS, m->err);
    if (one) {
        db_bind_i64(&q, "file", m->files[0].id);
    } else {
        db_bind_key(&q, "dataset", m->options->dataset_id);
    }
    enum error_code code = db_query_stream(&q, &rows);
    if (code) {
        return code;
    }
    while (!code && db_next(&rows)) {
        struct sorted_span span;
        code = read_span(m, &rows, &span);
        code = code ? code : span_sort_add(sort, &span, m->err);
    }
    enum error_code end = db_rows_end(&rows, code ? NULL : m->err);
    code = code ? code : end;
    return code ? code : span_sort_end(sort, m->err);
}

static enum error_code merge_sorted(struct merge *m, struct span_sort *sort)
{
    struct sorted_span span;
    bool more = false;
    enum error_code code = span_sort_next(sort, &span, &more, m->err);
    while (!code && more) {
        code = add_span(m, &span);
        code = code ? code : span_sort_next(sort, &span, &more, m->err);
    }
    return code ? code : finish_series(m);
}

static uint64_t sort_memory(const struct catalog *c)
{
    uint64_t n = c->memory / SORT_SHARE;
    return n < SORT_LEAST ? SORT_LEAST : n > SORT_MOST ? SORT_MOST : n;
}

static enum error_code merge_all(struct merge *m)
{
    struct span_sort *sort = span_sort_new(m->catalog->path, sort_memory(m->catalog));
    enum error_code code = sort_spans(m, sort);
    code = code ? code : merge_sorted(m, sort);
    span_sort_free(sort);
    return code;
}

enum error_code merge_series(struct catalog *c, const struct merge_options *o,
                             struct series_totals *totals, struct near_ids **near,
                             struct error *err)
{
    struct merge m = {.catalog = c,
                      .options = o,
                      .files = o->files->places,
                      .totals = totals,
                      .values = {.unit = o->unit, .rounded = o->rounded},
                      .near = near_ids_new(c->path),
                      .err = err};
    arena_init(&m.arena);
    strbuf_init(&m.series.id, SIZE_MAX);
    strbuf_init(&m.dataset, SIZE_MAX);
    key_encode(str_c(o->dataset_id), &m.dataset);
    enum error_code code = merge_values_load(&m.values, c, o->dataset_id, o->files, &m.arena, err);
    code = code ? code : merge_all(&m);
    if (!code && near_ids_possible(m.near)) {
        *near = m.near;
    } else {
        near_ids_free(m.near);
    }
    merge_values_free(&m.values);
    strbuf_free(&m.series.id);
    strbuf_free(&m.dataset);
    arena_reset(&m.arena);
    return code;
}
