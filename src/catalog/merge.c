#include "catalog/merge.h"

#include <string.h>

#include "catalog/merge_values.h"
#include "catalog/near_ids.h"
#include "catalog/span_sort.h"
#include "model/frequency.h"

/* Of DuckDB's memory, for spans that are sorted while it sends them. */
#define SORT_SHARE 4
#define SORT_LEAST ((uint64_t)16 << 20)
#define SORT_MOST  ((uint64_t)256 << 20)

/* A file of the dataset, at its place in the byte order of the keys. */
struct merge_file {
    char *key; /* as the catalog writes it */
    enum time_unit unit;
    bool timed;      /* read to depth `time` */
    uint64_t series; /* number of the last series met in it: counts files without a set of them */
};

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
    struct arena arena;
    struct merge_file *files;
    size_t n_files;
    struct merge_series series;
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
    A_PLACE,
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

static enum error_code load_files(struct merge *m)
{
    struct db_rows rows;
    struct db_call q = db_begin(&m->catalog->db, STMT_AGG_PLACES, m->err);
    db_bind_key(&q, "dataset", m->options->dataset_id);
    db_bind_bool(&q, "index", m->options->integers_are_indexes);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    m->files = arena_array(&m->arena, duckdb_row_count(&rows.result), sizeof *m->files);
    while (db_next(&rows)) {
        struct merge_file *f = &m->files[m->n_files++];
        struct str key = db_get_str(&rows, 0), unit = db_get_str(&rows, 1);
        f->key = arena_strndup(&m->arena, key.data, key.len);
        f->timed = db_get_bool(&rows, 2);
        char name[8] = "";
        memcpy(name, unit.data ? unit.data : "", unit.len < sizeof name ? unit.len : 0);
        if (!time_unit_parse(name, &f->unit)) {
            f->unit = TIME_UNIT_NONE;
        }
    }
    return db_rows_end(&rows, m->err);
}

/* ---- one series to one row ---- */

static void put_count(struct bulk *b, idx_t column, uint64_t v)
{
    if (v <= INT64_MAX) {
        bulk_i64(b, column, (int64_t)v);
    }
}

static void put_time(struct bulk *b, idx_t raw, idx_t timestamp, int64_t t, enum time_unit unit)
{
    int64_t us;
    bulk_i64(b, raw, t);
    if (time_to_timestamp(t, unit, &us)) {
        bulk_i64(b, timestamp, us);
    }
}

static void put_frequency(struct bulk *b, const struct frequency *f)
{
    if (f->has_name) {
        bulk_str(b, M_FREQUENCY, str_c(f->name));
        bulk_double(b, M_FREQUENCY_SHARE, f->share);
    }
    if (f->has_step) {
        put_count(b, M_STEP, f->step);
        bulk_double(b, M_STEP_SHARE, f->step_share);
    }
    if (f->has_gaps) {
        put_count(b, M_GAPS, f->gaps);
        put_count(b, M_MISSING, f->missing);
        put_count(b, M_LONGEST_GAP, f->longest_gap);
        bulk_double(b, M_COVERAGE, f->coverage);
    }
}

static void put_steps(struct bulk *b, const struct time_steps *s, enum time_unit unit)
{
    static const char *const qualities[] = {"exact", "unordered", "unknown"};
    struct frequency f;
    bulk_str(b, M_STEPS_QUALITY, str_c(qualities[s->quality]));
    if (s->quality != STEPS_UNKNOWN) {
        put_count(b, M_OUT_OF_ORDER, s->backwards);
    }
    if (s->quality != STEPS_EXACT) {
        return;
    }
    frequency_find(s, unit, &f);
    put_count(b, M_DUPLICATES, s->duplicates);
    put_count(b, M_DISTINCT_STEPS, f.distinct_steps);
    put_frequency(b, &f);
}

static void put_times(struct merge *m, struct bulk *b)
{
    const struct merge_series *s = &m->series;
    enum time_unit unit = m->options->unit;
    if (!s->timed || unit == TIME_UNIT_NONE) {
        return;
    }
    bulk_i64(b, M_NULL_TIMES, s->rows - (int64_t)s->steps.times);
    if (s->steps.times) {
        put_time(b, M_FIRST, M_FIRST_TIMESTAMP, s->steps.t_min, unit);
        put_time(b, M_LAST, M_LAST_TIMESTAMP, s->steps.t_max, unit);
        put_steps(b, &s->steps, unit);
    }
}

static enum error_code finish_series(struct merge *m)
{
    struct bulk *b = &m->catalog->series;
    struct merge_series *s = &m->series;
    if (s->number == 0) {
        return OK;
    }
    near_ids_add(m->near, strbuf_view(&s->id));
    bulk_key(b, M_DATASET, m->options->dataset_id);
    bulk_str(b, M_SERIES, str_n(s->id.data ? s->id.data : "", s->id.len));
    bulk_id_parts(b, M_PARTS, strbuf_view(&s->id), m->options->n_parts);
    if (!s->overflow) {
        bulk_i64(b, M_RECORDS, s->rows);
        put_times(m, b);
    }
    bulk_i64(b, M_FILES, s->files);
    bulk_i64(b, M_SPANS, s->spans);
    bulk_str(b, M_SOURCE_FILE, str_c(m->files[s->first_file].key));
    bulk_str(b, M_QUALITY, str_c(m->options->quality));
    enum error_code code = bulk_end_row(b, m->err);
    return code ? code
                : merge_values_finish(&m->values, m->catalog, m->options->dataset_id,
                                      strbuf_view(&s->id), s->spans,
                                      m->options->partial ? m->options->quality : NULL, m->err);
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
    struct merge_file *f = &m->files[span->place];
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
    int64_t place = db_get_i64(rows, A_PLACE);
    if (place < 0 || (uint64_t)place >= m->n_files) {
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
                              .place = (uint32_t)place,
                              .row_group = (uint32_t)db_get_i64(rows, A_ROW_GROUP),
                              .first_row = db_get_i64(rows, A_FIRST_ROW)};
    s->first = convert(s->t_min, unit, m->options->unit);
    s->last = convert(s->t_max, unit, m->options->unit);
    return OK;
}

static enum error_code sort_spans(struct merge *m, struct span_sort *sort)
{
    struct db_rows rows;
    struct db_call q = db_begin(&m->catalog->db, STMT_AGG_SPANS, m->err);
    db_bind_key(&q, "dataset", m->options->dataset_id);
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
    code = code ? code : finish_series(m);
    code = code ? code : bulk_flush(&m->catalog->series, m->err);
    return code ? code : bulk_flush(&m->catalog->values, m->err);
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

enum error_code merge_series(struct catalog *c, const struct merge_options *o, bool *near,
                             struct error *err)
{
    struct merge m = {.catalog = c,
                      .options = o,
                      .values = {.unit = o->unit, .rounded = o->rounded},
                      .near = near_ids_new(c->path),
                      .err = err};
    arena_init(&m.arena);
    strbuf_init(&m.series.id, SIZE_MAX);
    enum error_code code = load_files(&m);
    code = code ? code : merge_values_load(&m.values, c, o->dataset_id, m.n_files, &m.arena, err);
    code = code ? code : merge_all(&m);
    *near = !code && near_ids_possible(m.near);
    near_ids_free(m.near);
    merge_values_free(&m.values);
    strbuf_free(&m.series.id);
    arena_reset(&m.arena);
    return code;
}
