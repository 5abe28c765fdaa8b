#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "catalog/marks.h"
#include "catalog/merge.h"
#include "catalog/notes.h"
#include "catalog/sampling.h"

/* What its files and its failures say, before their spans are looked at. */
struct summary {
    struct dataset_files files;
    bool sampled;            /* some files were drawn, of the others the footer is known */
    int64_t errors;          /* failures of severity 'error' */
    const char *first_error; /* NULL: none */
};

/* What is decided from it. */
struct verdict {
    enum time_unit unit; /* of the dataset's times; NONE: no time figures */
    bool with_series, with_time, with_values, partial;
    bool rounded;     /* some times are no multiples of the unit */
    enum depth depth; /* that all files reached; of a sample, all that were drawn */
    bool near;        /* some ids may be one without case, blanks and leading zeros */
    struct series_totals totals;
    struct strbuf note;
};

static void add_note(struct verdict *v, const char *text)
{
    strbuf_add_c(&v->note, v->note.len ? "; " : "");
    strbuf_add_c(&v->note, text);
}

static enum error_code summarise_errors(struct catalog *c, const char *dataset_id,
                                        struct summary *s, struct arena *a, struct error *err)
{
    struct db_rows rows;
    if (!marks_has(c, dataset_id, MARK_ERRORS)) {
        return OK;
    }
    struct db_call q = db_begin(&c->db, STMT_AGG_ERRORS, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    if (db_next(&rows)) {
        s->errors = db_get_i64(&rows, 0);
        s->first_error = db_copy_text(&rows, 1, a);
    }
    return db_rows_end(&rows, err);
}

/* ---- the unit of a dataset's times ---- */

static enum time_unit finest(const struct dataset_files *f)
{
    for (int u = TIME_UNIT_NS; u > TIME_UNIT_NONE; u--) {
        if (f->units[u]) {
            return (enum time_unit)u;
        }
    }
    return TIME_UNIT_NONE;
}

/* Whether `t`, rounded down where `to` is coarser, fits in 64 bits. */
static bool fits(int64_t t, enum time_unit from, enum time_unit to)
{
    int64_t out;
    return to <= from || time_convert(t, from, to, &out);
}

/* The finest unit in which every time of the dataset fits. Coarser than the finest in use:
 * something was rounded. */
static enum error_code choose_unit(struct catalog *c, const char *dataset_id, struct arena *a,
                                   bool index, enum time_unit *unit, struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, STMT_AGG_UNIT_BOUNDS, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_bool(&q, "index", index);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    while (db_next(&rows)) {
        enum time_unit from;
        if (!time_unit_parse(db_copy_text(&rows, 0, a), &from)) {
            continue;
        }
        while (!fits(db_get_i64(&rows, 1), from, *unit) ||
               !fits(db_get_i64(&rows, 2), from, *unit)) {
            (*unit)--;
        }
    }
    return db_rows_end(&rows, err);
}

/* Are there times that are no multiples of the unit? */
static bool loses_time(const struct dataset_files *f, enum time_unit unit)
{
    for (int u = unit + 1; u < TIME_UNIT_COUNT; u++) {
        if (f->units[u] && !time_grain_is_whole(f->grains[u], (enum time_unit)u, unit)) {
            return true;
        }
    }
    return false;
}

static enum error_code decide_unit(struct catalog *c, const char *dataset_id,
                                   const struct dataset_files *f, struct verdict *v,
                                   struct arena *a, struct error *err)
{
    v->unit = finest(f);
    if (f->n_units < 2) {
        return OK;
    }
    if (f->units[TIME_UNIT_INDEX]) {
        v->unit = TIME_UNIT_NONE;
        v->partial = true;
        add_note(v, "some files count time by an index, others by the calendar: no start and end");
        return OK;
    }
    enum error_code code = choose_unit(c, dataset_id, a, f->integers_are_indexes, &v->unit, err);
    if (!code && loses_time(f, v->unit)) {
        v->partial = v->rounded = true;
        add_note(
            v,
            "files differ in their time unit and the finest cannot hold all times: rounded down");
    }
    return code;
}

/* How much is missing. A footer that could be read tells the rows of a file that failed behind it.
 */
static void note_failed(const struct summary *s, struct verdict *v)
{
    const struct dataset_files *f = &s->files;
    char text[192];
    if (f->failed) {
        char rows[64] = "an unknown number of";
        if (f->rows_failed || !f->failed_without_rows) {
            snprintf(rows, sizeof rows, "%s%lld", f->failed_without_rows ? "at least " : "",
                     (long long)f->rows_failed);
        }
        v->partial = true;
        snprintf(text, sizeof text, "%lld of %lld files failed: %lld bytes and %s rows missing",
                 (long long)f->failed, (long long)f->ok + (long long)f->failed,
                 (long long)f->bytes_failed, rows);
        add_note(v, text);
    }
    if (f->without_time) {
        v->partial = true;
        snprintf(text, sizeof text,
                 "%lld of %lld files have no times that can be read: start and end are those of "
                 "the others",
                 (long long)f->without_time, (long long)f->ok + (long long)f->failed);
        add_note(v, text);
    }
    if (s->sampled) {
        add_note(v, "estimated from a random sample of files; rows and bytes are exact");
    }
}

static enum error_code decide(struct catalog *c, const char *dataset_id, const struct summary *s,
                              struct verdict *v, struct arena *a, struct error *err)
{
    const struct dataset_files *f = &s->files;
    note_failed(s, v);
    if (f->rounded) {
        v->partial = true;
        add_note(v, "INT96 times were rounded down to microseconds");
    }
    if (f->zones_differ) {
        v->partial = true;
        add_note(v, "some files hold UTC times, others local ones");
    }
    if (f->unread_lists) {
        add_note(v, "records are in lists: their number is not known where files were not read");
    } else if (!f->has_records && f->ok) {
        v->partial = true;
        add_note(v, "the files claim more rows than 64 bits can count");
    }
    if (f->ok && f->shallowest != f->deepest && !s->sampled) {
        add_note(v, "files were read to different depths");
    }
    enum error_code code = decide_unit(c, dataset_id, f, v, a, err);
    v->depth = f->ok == 0 ? DEPTH_NONE : s->sampled ? f->drawn : f->shallowest;
    v->with_series = v->depth >= DEPTH_SERIES;
    v->with_time = v->depth >= DEPTH_TIME && v->unit != TIME_UNIT_NONE;
    v->with_values = v->depth >= DEPTH_VALUES;
    return code;
}

/* ---- writing ---- */

/* Rows of an earlier aggregation. */
static enum error_code drop_series(struct catalog *c, const char *dataset_id, struct error *err)
{
    if (!marks_has(c, dataset_id, MARK_SERIES)) {
        return OK;
    }
    enum error_code code = catalog_run_for_dataset(c, STMT_DROP_SERIES, dataset_id, err);
    return code ? code : catalog_run_for_dataset(c, STMT_DROP_SERIES_VALUES, dataset_id, err);
}

static enum error_code write_series(struct catalog *c, const char *dataset_id, struct summary *s,
                                    struct verdict *v, size_t n_parts, struct error *err)
{
    /* A series may have more rows in a file that failed, or in one that was not read that far. */
    bool partial = v->partial || s->files.shallowest < DEPTH_SERIES;
    enum error_code code = drop_series(c, dataset_id, err);
    if (code || s->files.deepest < DEPTH_SERIES) {
        return code;
    }
    struct merge_options o = {.dataset_id = dataset_id,
                              .files = &s->files,
                              .unit = v->unit,
                              .rounded = v->rounded,
                              .n_parts = n_parts,
                              .quality = s->sampled ? "sampled"
                                         : partial  ? "partial"
                                                    : "exact",
                              .partial = partial || s->sampled};
    marks_set(c, dataset_id, MARK_SERIES);
    return merge_series(c, &o, &v->totals, &v->near, err);
}

static const char *status_of(const struct summary *s, enum depth wanted)
{
    const struct dataset_files *f = &s->files;
    if (f->ok == 0 && (f->failed || s->errors)) {
        return "failed";
    }
    if (f->failed || s->errors) {
        return "partial";
    }
    return s->sampled ? "sampled" : f->ok && f->shallowest < wanted ? "partial" : "complete";
}

static void bind_figure(struct db_call *q, const char *name, bool wanted, const struct figure *f)
{
    if (wanted && f->known) {
        db_bind_i64(q, name, f->value);
    } else {
        db_bind_null(q, name, DB_NULL_I64);
    }
}

static void bind_total(struct db_call *q, const char *name, bool wanted, const struct total *t)
{
    struct figure f = total_figure(t);
    bind_figure(q, name, wanted, &f);
}

static void bind_count(struct db_call *q, const char *name, bool wanted, int64_t n)
{
    bind_figure(q, name, wanted, &(struct figure){.known = true, .value = n});
}

static void bind_ratio(struct db_call *q, const char *name, bool wanted, double of, int64_t by)
{
    if (wanted && by > 0) {
        db_bind_double(q, name, of / (double)by);
    } else {
        db_bind_null(q, name, DB_NULL_DOUBLE);
    }
}

static void bind_series(struct db_call *q, const struct series_totals *t, bool wanted)
{
    bind_count(q, "series", wanted, t->series);
    bind_ratio(q, "length", wanted && t->records.known, (double)t->records.sum, t->series);
    bind_figure(q, "shortest", wanted, &t->shortest);
    bind_figure(q, "longest", wanted, &t->longest);
}

static void bind_times(struct db_call *q, const struct series_totals *t, bool wanted)
{
    struct str frequency;
    int64_t series;
    bool has_frequency = series_totals_frequency(t, &frequency, &series) && wanted;
    bind_figure(q, "first_time", wanted, &t->first);
    bind_figure(q, "last_time", wanted, &t->last);
    bind_figure(q, "first_timestamp", wanted, &t->first_timestamp);
    bind_figure(q, "last_timestamp", wanted, &t->last_timestamp);
    bind_total(q, "null_times", wanted, &t->null_times);
    db_bind_str(q, "detected_frequency", has_frequency ? frequency : str_n(NULL, 0));
    bind_ratio(q, "frequency_share", has_frequency, (double)series, t->with_frequency);
    bind_total(q, "gaps", wanted, &t->gaps);
    bind_total(q, "missing_times", wanted, &t->missing);
    bind_total(q, "duplicate_times", wanted, &t->duplicates);
    bind_total(q, "out_of_order_times", wanted, &t->out_of_order);
    bind_count(q, "series_with_gaps", wanted, t->with_gaps);
    bind_count(q, "series_with_duplicates", wanted, t->with_duplicates);
    bind_count(q, "series_out_of_order", wanted, t->with_out_of_order);
    bind_count(q, "series_irregular", wanted, t->irregular);
    bind_count(q, "series_unordered", wanted, t->unordered);
}

/* A count: nothing to add is 0. */
static void bind_sum(struct db_call *q, const char *name, bool wanted, struct total t)
{
    t.known = true;
    bind_total(q, name, wanted, &t);
}

static void bind_values(struct db_call *q, const struct series_totals *t, bool wanted)
{
    db_bind_bool(q, "with_values", wanted);
    bind_count(q, "value_targets", wanted, t->targets);
    bind_sum(q, "value_count", wanted, t->values);
    bind_sum(q, "value_nulls", wanted, t->nulls);
    bind_sum(q, "value_nans", wanted, t->nans);
    bind_sum(q, "value_infinities", wanted, t->infinities);
    bind_sum(q, "value_zeros", wanted, t->zeros);
    bind_sum(q, "value_negatives", wanted, t->negatives);
    bind_count(q, "constant_series", wanted, t->constant);
    bind_count(q, "intermittent_series", wanted, t->intermittent);
    bind_count(q, "values_unordered", wanted, t->values_unordered);
}

static void bind_files(struct db_call *q, const struct dataset_files *f, const struct verdict *v)
{
    bool has_zone = v->unit != TIME_UNIT_NONE;
    bind_count(q, "records", f->has_records, f->records);
    db_bind_i64(q, "bytes", f->bytes);
    db_bind_i64(q, "files", f->ok + f->failed);
    db_bind_i64(q, "files_failed", f->failed);
    db_bind_i64(q, "bytes_failed", f->bytes_failed);
    db_bind_i64(q, "rows_failed", f->rows_failed);
    db_bind_i64(q, "without_time", f->without_time);
    db_bind_text(q, "unit", time_unit_name(v->unit));
    db_bind_text(q, "kind", f->kind ? f->kind : v->depth >= DEPTH_TIME ? "none" : NULL);
    if (has_zone) {
        db_bind_bool(q, "utc", f->utc && v->unit != TIME_UNIT_INDEX);
    } else {
        db_bind_null(q, "utc", DB_NULL_BOOL);
    }
}

static void bind_error(struct db_call *q, const struct summary *s)
{
    struct strbuf text;
    strbuf_init(&text, SIZE_MAX);
    if (s->errors > 1) {
        strbuf_printf(&text, "%lld failures, the first: ", (long long)s->errors);
    }
    strbuf_add_c(&text, s->first_error ? s->first_error : "");
    db_bind_str(q, "error", s->first_error ? strbuf_view(&text) : str_n(NULL, 0));
    strbuf_free(&text);
}

static enum error_code write_dataset(struct catalog *c, const char *dataset_id,
                                     const struct summary *s, const struct verdict *v,
                                     enum depth wanted, struct error *err)
{
    int64_t near_ids, drifting = 0;
    enum error_code code = notes_time_units(c, dataset_id, s->files.units, v->unit, err);
    code = code ? code : notes_drift(c, dataset_id, s->files.ok, &drifting, err);
    code = code ? code : notes_near_ids(c, dataset_id, v->near, &near_ids, err);
    if (code) {
        return code;
    }
    struct db_call q = db_begin(&c->db, STMT_AGG_DATASET, err);
    db_bind_key(&q, "dataset", dataset_id);
    bind_files(&q, &s->files, v);
    bind_series(&q, &v->totals, v->with_series);
    bind_times(&q, &v->totals, v->with_time);
    bind_values(&q, &v->totals, v->with_values);
    bind_count(&q, "near_ids", v->with_series, near_ids);
    db_bind_i64(&q, "drifting", drifting);
    db_bind_text(&q, "depth", depth_name(v->depth));
    db_bind_text(&q, "quality", s->sampled ? "sampled" : v->partial ? "partial" : "exact");
    db_bind_str(&q, "note", v->note.len ? strbuf_view(&v->note) : str_n(NULL, 0));
    db_bind_text(&q, "status", status_of(s, wanted));
    bind_error(&q, s);
    db_bind_i64(&q, "now", clock_wall_us());
    return db_run(&q);
}

void catalog_sample(struct catalog *c, uint64_t files, uint64_t seed)
{
    c->sample_files = files;
    c->sample_seed = seed;
}

/* Nothing is written before this. */
static enum error_code summarise(struct catalog *c, const char *dataset_id, struct summary *s,
                                 struct arena *a, struct error *err)
{
    enum error_code code = dataset_files_load(c, dataset_id, a, &s->files, err);
    s->sampled = c->sample_files > 0 && s->files.deepest >= DEPTH_SERIES &&
                 s->files.shallowest == DEPTH_FILES;
    return code ? code : summarise_errors(c, dataset_id, s, a, err);
}

enum error_code catalog_dataset_aggregate(struct catalog *c, const char *dataset_id,
                                          enum depth depth, struct error *err)
{
    struct summary s = {0};
    struct verdict v = {0};
    struct arena a;
    size_t n_parts = 0;
    arena_init(&a);
    strbuf_init(&v.note, SIZE_MAX);
    series_totals_init(&v.totals);
    enum error_code code = catalog_need_transaction(c, "catalog_dataset_aggregate", err);
    code = code ? code : catalog_flush(c, err);
    code = code ? code : summarise(c, dataset_id, &s, &a, err);
    code = code ? code : decide(c, dataset_id, &s, &v, &a, err);
    code = code ? code : catalog_count_id_columns(c, dataset_id, &n_parts, err);
    code = code ? code : write_series(c, dataset_id, &s, &v, n_parts, err);
    code = code ? code : write_dataset(c, dataset_id, &s, &v, depth, err);
    if (!code && s.sampled) {
        int64_t records = s.files.has_records ? s.files.records : -1;
        code = sampling_estimate(c, dataset_id, records, v.with_time, err);
    }
    if (!code) {
        marks_clear(c, dataset_id, MARK_TOUCHED);
    }
    series_totals_free(&v.totals);
    strbuf_free(&v.note);
    arena_reset(&a);
    return code;
}
