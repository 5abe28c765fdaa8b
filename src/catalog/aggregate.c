#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "catalog/figures.h"
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
    bool rounded;          /* some times are no multiples of the unit */
    enum depth depth;      /* that all files reached; of a sample, all that were drawn */
    struct near_ids *near; /* ids that may be one without case, blanks and leading zeros */
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
    enum error_code code = bulk_flush(&c->failures, err);
    if (code) {
        return code;
    }
    struct db_call q = db_begin(&c->db, STMT_AGG_ERRORS, err);
    db_bind_key(&q, "dataset", dataset_id);
    code = db_query(&q, &rows);
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
    enum error_code code = catalog_flush_series(c, err);
    code = code ? code : catalog_run_for_dataset(c, STMT_DROP_SERIES, dataset_id, err);
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

/* ---- the row of figures ---- */

struct row {
    struct bulk *bulk;
    bool wanted; /* else what is put stays NULL */
};

static void put(const struct row *r, enum figure_column column, const struct figure *f)
{
    if (r->wanted && f->known) {
        bulk_i64(r->bulk, column, f->value);
    }
}

static void put_count(const struct row *r, enum figure_column column, int64_t n)
{
    put(r, column, &(struct figure){.known = true, .value = n});
}

static void put_total(const struct row *r, enum figure_column column, const struct total *t)
{
    struct figure f = total_figure(t);
    put(r, column, &f);
}

/* A count: nothing to add is 0. */
static void put_sum(const struct row *r, enum figure_column column, struct total t)
{
    t.known = true;
    put_total(r, column, &t);
}

static void put_ratio(const struct row *r, enum figure_column column, double of, int64_t by)
{
    if (r->wanted && by > 0) {
        bulk_double(r->bulk, column, of / (double)by);
    }
}

static void put_series(struct bulk *b, const struct series_totals *t, bool wanted)
{
    struct row r = {b, wanted};
    put_count(&r, FIGURE_total_series, t->series);
    put(&r, FIGURE_min_series_length, &t->shortest);
    put(&r, FIGURE_max_series_length, &t->longest);
    if (t->records.known) {
        put_ratio(&r, FIGURE_avg_series_length, (double)t->records.sum, t->series);
    }
}

static void put_times(struct bulk *b, const struct series_totals *t, bool wanted)
{
    struct row r = {b, wanted};
    struct str frequency;
    int64_t series;
    put(&r, FIGURE_first_time, &t->first);
    put(&r, FIGURE_last_time, &t->last);
    put(&r, FIGURE_first_timestamp, &t->first_timestamp);
    put(&r, FIGURE_last_timestamp, &t->last_timestamp);
    put_total(&r, FIGURE_null_times, &t->null_times);
    put_total(&r, FIGURE_gaps, &t->gaps);
    put_total(&r, FIGURE_missing_times, &t->missing);
    put_total(&r, FIGURE_duplicate_times, &t->duplicates);
    put_total(&r, FIGURE_out_of_order_times, &t->out_of_order);
    put_count(&r, FIGURE_series_with_gaps, t->with_gaps);
    put_count(&r, FIGURE_series_with_duplicates, t->with_duplicates);
    put_count(&r, FIGURE_series_out_of_order, t->with_out_of_order);
    put_count(&r, FIGURE_series_irregular, t->irregular);
    put_count(&r, FIGURE_series_unordered, t->unordered);
    if (wanted && series_totals_frequency(t, &frequency, &series)) {
        bulk_str(b, FIGURE_detected_frequency, frequency);
        put_ratio(&r, FIGURE_detected_frequency_share, (double)series, t->with_frequency);
    }
}

static void put_values(struct bulk *b, const struct series_totals *t, bool wanted)
{
    struct row r = {b, wanted};
    bulk_bool(b, FIGURE_WITH_VALUES, wanted);
    put_count(&r, FIGURE_value_targets, t->targets);
    put_sum(&r, FIGURE_value_count, t->values);
    put_sum(&r, FIGURE_value_nulls, t->nulls);
    put_sum(&r, FIGURE_value_nans, t->nans);
    put_sum(&r, FIGURE_value_infinities, t->infinities);
    put_sum(&r, FIGURE_value_zeros, t->zeros);
    put_sum(&r, FIGURE_value_negatives, t->negatives);
    put_count(&r, FIGURE_constant_series, t->constant);
    put_count(&r, FIGURE_intermittent_series, t->intermittent);
    put_count(&r, FIGURE_values_unordered, t->values_unordered);
}

static void put_files(struct bulk *b, const struct dataset_files *f, const struct verdict *v)
{
    if (f->has_records) {
        bulk_i64(b, FIGURE_total_records, f->records);
    }
    bulk_i64(b, FIGURE_total_bytes, f->bytes);
    bulk_i64(b, FIGURE_data_file_count, f->ok + f->failed);
    bulk_i64(b, FIGURE_files_failed, f->failed);
    bulk_i64(b, FIGURE_bytes_failed, f->bytes_failed);
    bulk_i64(b, FIGURE_rows_failed, f->rows_failed);
    bulk_i64(b, FIGURE_files_without_time, f->without_time);
    bulk_text(b, FIGURE_time_unit, time_unit_name(v->unit));
    bulk_text(b, FIGURE_time_kind, f->kind ? f->kind : v->depth >= DEPTH_TIME ? "none" : NULL);
    if (v->unit != TIME_UNIT_NONE) {
        bulk_bool(b, FIGURE_time_utc, f->utc && v->unit != TIME_UNIT_INDEX);
    }
}

static void put_error(struct bulk *b, const struct summary *s)
{
    struct strbuf text;
    if (!s->first_error) {
        return;
    }
    strbuf_init(&text, SIZE_MAX);
    if (s->errors > 1) {
        strbuf_printf(&text, "%lld failures, the first: ", (long long)s->errors);
    }
    strbuf_add_c(&text, s->first_error);
    bulk_text(b, FIGURE_indexing_error, text.data);
    strbuf_free(&text);
}

static enum error_code put_notes(struct catalog *c, const char *dataset_id, const struct summary *s,
                                 const struct verdict *v, int64_t *near_ids, int64_t *drifting,
                                 struct error *err)
{
    enum error_code code = notes_time_units(c, dataset_id, s->files.units, v->unit, err);
    code = code ? code : notes_drift(c, dataset_id, s->files.ok, drifting, err);
    return code ? code : notes_near_ids(c, dataset_id, v->near, near_ids, err);
}

static enum error_code write_dataset(struct catalog *c, const char *dataset_id,
                                     const struct summary *s, const struct verdict *v,
                                     enum depth wanted, struct error *err)
{
    int64_t near_ids = 0, drifting = 0;
    enum error_code code = put_notes(c, dataset_id, s, v, &near_ids, &drifting, err);
    if (!code && marks_has(c, dataset_id, MARK_FIGURES)) {
        code = figures_apply(c, err); /* one row a dataset */
    }
    if (code) {
        return code;
    }
    struct bulk *b = &c->figures;
    bulk_key(b, FIGURE_DATASET, dataset_id);
    catalog_put_decided(c, dataset_id);
    put_files(b, &s->files, v);
    put_series(b, &v->totals, v->with_series);
    put_times(b, &v->totals, v->with_time);
    put_values(b, &v->totals, v->with_values);
    put_count(&(struct row){b, v->with_series}, FIGURE_near_ids, near_ids);
    bulk_i64(b, FIGURE_drifting_columns, drifting);
    bulk_text(b, FIGURE_depth, depth_name(v->depth));
    bulk_text(b, FIGURE_quality, s->sampled ? "sampled" : v->partial ? "partial" : "exact");
    bulk_text(b, FIGURE_quality_note, v->note.len ? v->note.data : NULL);
    bulk_text(b, FIGURE_indexing_status, status_of(s, wanted));
    put_error(b, s);
    bulk_i64(b, FIGURE_updated_at, clock_wall_us());
    marks_set(c, dataset_id, MARK_FIGURES);
    return bulk_end_row(b, err);
}

void catalog_sample(struct catalog *c, uint64_t files, uint64_t seed)
{
    c->sample_files = files;
    c->sample_seed = seed;
}

/* What the statements below read: a flush costs DuckDB as much as a statement, so the rest waits
 * for that of other datasets. */
static enum error_code flush_files(struct catalog *c, struct error *err)
{
    enum error_code code = bulk_flush(&c->datasets, err);
    code = code ? code : bulk_flush(&c->files, err);
    code = code ? code : bulk_flush(&c->columns, err);
    return code ? code : bulk_flush(&c->spans, err);
}

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
    code = code ? code : flush_files(c, err);
    code = code ? code : summarise(c, dataset_id, &s, &a, err);
    code = code ? code : decide(c, dataset_id, &s, &v, &a, err);
    code = code ? code : catalog_count_id_columns(c, dataset_id, &n_parts, err);
    code = code ? code : write_series(c, dataset_id, &s, &v, n_parts, err);
    code = code ? code : write_dataset(c, dataset_id, &s, &v, depth, err);
    if (!code && s.sampled) {
        code = catalog_flush_series(c, err);
        code = code ? code : figures_apply(c, err);
        int64_t records = s.files.has_records ? s.files.records : -1;
        code = code ? code : sampling_estimate(c, dataset_id, records, v.with_time, err);
    }
    if (!code) {
        marks_clear(c, dataset_id, MARK_TOUCHED);
    }
    if (v.near) {
        near_ids_free(v.near);
    }
    series_totals_free(&v.totals);
    strbuf_free(&v.note);
    arena_reset(&a);
    return code;
}
