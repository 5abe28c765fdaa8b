#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "catalog/internal.h"
#include "catalog/merge.h"
#include "catalog/notes.h"
#include "catalog/sampling.h"
#include "model/time_steps.h"

#define UNIT_COUNT (TIME_UNIT_NS + 1)

/* What the files of a dataset say, before their spans are looked at. */
struct files_summary {
    int64_t ok, failed, records, bytes, bytes_failed;
    bool has_records; /* false: the sum does not fit in 64 bits, or no file could be read */
    enum depth shallowest, deepest; /* of the ok files */
    bool sampled;                   /* some were drawn, of the others the footer is known: */
    enum depth drawn;               /* the shallowest of those drawn */
    int64_t rows_failed, failed_without_rows, without_time;
    bool unread_lists; /* files of lists are among those that were not read */
    bool rounded, utc, zones_differ;
    bool units[UNIT_COUNT];     /* those in use */
    uint8_t grains[UNIT_COUNT]; /* the least of the files of each */
    size_t n_units;
    bool integers_are_indexes; /* integer times of different files look like different things */
    const char *kind;          /* time_kind of all files; "mixed"; NULL: no times */
    int64_t errors;            /* failures of severity 'error' */
    const char *first_error;   /* NULL: none */
};

/* What is decided from it. */
struct verdict {
    enum time_unit unit; /* of the dataset's times; NONE: no time figures */
    bool with_series, with_time, with_values, partial;
    bool rounded;     /* some times are no multiples of the unit */
    enum depth depth; /* that all files reached; of a sample, all that were drawn */
    bool near;        /* some ids may be one without case, blanks and leading zeros */
    struct strbuf note;
};

static void add_note(struct verdict *v, const char *text)
{
    strbuf_add_c(&v->note, v->note.len ? "; " : "");
    strbuf_add_c(&v->note, text);
}

static enum error_code summarise_files(struct catalog *c, const char *dataset_id,
                                       struct files_summary *s, struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, STMT_AGG_FILES, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    if (db_next(&rows)) {
        s->ok = db_get_i64(&rows, 0);
        s->failed = db_get_i64(&rows, 1);
        s->has_records = !db_is_null(&rows, 2) || s->ok + s->failed == 0;
        s->records = db_get_i64(&rows, 2);
        s->bytes = db_get_i64(&rows, 3);
        s->bytes_failed = db_get_i64(&rows, 4);
        s->shallowest = (enum depth)db_get_i64(&rows, 5);
        s->deepest = (enum depth)db_get_i64(&rows, 6);
        s->rounded = db_get_bool(&rows, 7);
        s->utc = db_get_bool(&rows, 8);
        s->zones_differ = db_get_i64(&rows, 9) > 1;
        s->drawn = (enum depth)db_get_i64(&rows, 10);
        s->rows_failed = db_get_i64(&rows, 11);
        s->failed_without_rows = db_get_i64(&rows, 12);
        s->without_time = db_get_i64(&rows, 13);
        s->unread_lists = db_get_bool(&rows, 14);
        s->has_records &= !s->unread_lists;
        s->sampled =
            c->sample_files > 0 && s->deepest >= DEPTH_SERIES && s->shallowest == DEPTH_FILES;
    }
    return db_rows_end(&rows, err);
}

static enum error_code summarise_units(struct catalog *c, const char *dataset_id,
                                       struct files_summary *s, struct arena *a, struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, STMT_AGG_UNITS, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    bool integers[UNIT_COUNT] = {false};
    memset(s->grains, TIME_GRAIN_MAX, sizeof s->grains);
    while (db_next(&rows)) {
        enum time_unit u;
        const char *kind = db_copy_text(&rows, 1, a);
        if (time_unit_parse(db_copy_text(&rows, 0, a), &u)) {
            bool integer = kind && strcmp(kind, "integer") == 0;
            uint8_t grain = (uint8_t)db_get_i64(&rows, 2);
            s->grains[u] = grain < s->grains[u] ? grain : s->grains[u];
            *(integer ? &integers[u] : &s->units[u]) = true;
            s->kind = !s->kind || !kind || strcmp(s->kind, kind) == 0 ? kind : "mixed";
        }
    }
    /* One file that does not count from 1970, and none of them does. */
    s->integers_are_indexes = integers[TIME_UNIT_INDEX];
    for (int u = TIME_UNIT_NONE + 1; u < UNIT_COUNT; u++) {
        bool index = s->integers_are_indexes;
        s->units[u] |= integers[u] && (!index || u == TIME_UNIT_INDEX);
        s->n_units += s->units[u];
    }
    if (s->n_units == 0 && integers[TIME_UNIT_NONE]) { /* none of them has a value */
        s->units[TIME_UNIT_INDEX] = true;
        s->n_units = 1;
    }
    return db_rows_end(&rows, err);
}

static enum error_code summarise_errors(struct catalog *c, const char *dataset_id,
                                        struct files_summary *s, struct arena *a, struct error *err)
{
    struct db_rows rows;
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

static enum time_unit finest(const struct files_summary *s)
{
    for (int u = TIME_UNIT_NS; u > TIME_UNIT_NONE; u--) {
        if (s->units[u]) {
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
static bool loses_time(const struct files_summary *s, enum time_unit unit)
{
    for (int u = unit + 1; u < UNIT_COUNT; u++) {
        if (s->units[u] && !time_grain_is_whole(s->grains[u], (enum time_unit)u, unit)) {
            return true;
        }
    }
    return false;
}

static enum error_code decide_unit(struct catalog *c, const char *dataset_id,
                                   const struct files_summary *s, struct verdict *v,
                                   struct arena *a, struct error *err)
{
    v->unit = finest(s);
    if (s->n_units < 2) {
        return OK;
    }
    if (s->units[TIME_UNIT_INDEX]) {
        v->unit = TIME_UNIT_NONE;
        v->partial = true;
        add_note(v, "some files count time by an index, others by the calendar: no start and end");
        return OK;
    }
    enum error_code code = choose_unit(c, dataset_id, a, s->integers_are_indexes, &v->unit, err);
    if (!code && loses_time(s, v->unit)) {
        v->partial = v->rounded = true;
        add_note(
            v,
            "files differ in their time unit and the finest cannot hold all times: rounded down");
    }
    return code;
}

/* How much is missing. A footer that could be read tells the rows of a file that failed behind it.
 */
static void note_failed(const struct files_summary *s, struct verdict *v)
{
    char text[192];
    if (s->failed) {
        char rows[64] = "an unknown number of";
        if (s->rows_failed || !s->failed_without_rows) {
            snprintf(rows, sizeof rows, "%s%lld", s->failed_without_rows ? "at least " : "",
                     (long long)s->rows_failed);
        }
        v->partial = true;
        snprintf(text, sizeof text, "%lld of %lld files failed: %lld bytes and %s rows missing",
                 (long long)s->failed, (long long)s->ok + (long long)s->failed,
                 (long long)s->bytes_failed, rows);
        add_note(v, text);
    }
    if (s->without_time) {
        v->partial = true;
        snprintf(text, sizeof text,
                 "%lld of %lld files have no times that can be read: start and end are those of "
                 "the others",
                 (long long)s->without_time, (long long)s->ok + (long long)s->failed);
        add_note(v, text);
    }
    if (s->sampled) {
        add_note(v, "estimated from a random sample of files; rows and bytes are exact");
    }
}

static enum error_code decide(struct catalog *c, const char *dataset_id,
                              const struct files_summary *s, struct verdict *v, struct arena *a,
                              struct error *err)
{
    note_failed(s, v);
    if (s->rounded) {
        v->partial = true;
        add_note(v, "INT96 times were rounded down to microseconds");
    }
    if (s->zones_differ) {
        v->partial = true;
        add_note(v, "some files hold UTC times, others local ones");
    }
    if (s->unread_lists) {
        add_note(v, "records are in lists: their number is not known where files were not read");
    } else if (!s->has_records && s->ok) {
        v->partial = true;
        add_note(v, "the files claim more rows than 64 bits can count");
    }
    if (s->ok && s->shallowest != s->deepest && !s->sampled) {
        add_note(v, "files were read to different depths");
    }
    enum error_code code = decide_unit(c, dataset_id, s, v, a, err);
    v->depth = s->ok == 0 ? DEPTH_NONE : s->sampled ? s->drawn : s->shallowest;
    v->with_series = v->depth >= DEPTH_SERIES;
    v->with_time = v->depth >= DEPTH_TIME && v->unit != TIME_UNIT_NONE;
    v->with_values = v->depth >= DEPTH_VALUES;
    return code;
}

/* ---- writing ---- */

static enum error_code count_id_columns(struct catalog *c, const char *dataset_id, struct arena *a,
                                        size_t *n, struct error *err)
{
    struct known_dataset known;
    enum error_code code = catalog_known(c, dataset_id, a, &known, err);
    *n = code ? 0 : known.n_id_columns;
    return code;
}

static enum error_code write_series(struct catalog *c, const char *dataset_id,
                                    const struct files_summary *s, struct verdict *v,
                                    size_t n_parts, struct error *err)
{
    /* A series may have more rows in a file that failed, or in one that was not read that far. */
    bool partial = v->partial || s->shallowest < DEPTH_SERIES;
    enum error_code code = catalog_run_for_dataset(c, STMT_DROP_SERIES, dataset_id, err);
    code = code ? code : catalog_run_for_dataset(c, STMT_DROP_SERIES_VALUES, dataset_id, err);
    if (code || s->deepest < DEPTH_SERIES) {
        return code;
    }
    struct merge_options o = {.dataset_id = dataset_id,
                              .unit = v->unit,
                              .integers_are_indexes = s->integers_are_indexes,
                              .rounded = v->rounded,
                              .n_parts = n_parts,
                              .quality = s->sampled ? "sampled"
                                         : partial  ? "partial"
                                                    : "exact",
                              .partial = partial || s->sampled};
    return merge_series(c, &o, &v->near, err);
}

static const char *status_of(const struct files_summary *s, enum depth wanted)
{
    if (s->ok == 0 && (s->failed || s->errors)) {
        return "failed";
    }
    if (s->failed || s->errors) {
        return "partial";
    }
    return s->sampled ? "sampled" : s->ok && s->shallowest < wanted ? "partial" : "complete";
}

static void bind_error(struct db_call *q, const struct files_summary *s)
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
                                     const struct files_summary *s, const struct verdict *v,
                                     enum depth wanted, struct error *err)
{
    int64_t near_ids, drifting = 0;
    enum error_code code = notes_time_units(c, dataset_id, s->units, v->unit, err);
    code = code ? code : notes_drift(c, dataset_id, &drifting, err);
    code = code ? code : notes_near_ids(c, dataset_id, v->near, &near_ids, err);
    if (code) {
        return code;
    }
    struct db_call q = db_begin(&c->db, STMT_AGG_DATASET, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_bool(&q, "with_series", v->with_series);
    db_bind_bool(&q, "with_time", v->with_time);
    db_bind_bool(&q, "with_values", v->with_values);
    if (s->has_records) {
        db_bind_i64(&q, "records", s->records);
    } else {
        db_bind_null(&q, "records");
    }
    db_bind_i64(&q, "near_ids", near_ids);
    db_bind_i64(&q, "drifting", drifting);
    db_bind_i64(&q, "bytes", s->bytes);
    db_bind_i64(&q, "files", s->ok + s->failed);
    db_bind_i64(&q, "files_failed", s->failed);
    db_bind_i64(&q, "bytes_failed", s->bytes_failed);
    db_bind_text(&q, "unit", time_unit_name(v->unit));
    db_bind_text(&q, "kind", s->kind ? s->kind : v->depth >= DEPTH_TIME ? "none" : NULL);
    if (v->unit == TIME_UNIT_NONE) {
        db_bind_null(&q, "utc");
    } else {
        db_bind_bool(&q, "utc", s->utc && v->unit != TIME_UNIT_INDEX);
    }
    db_bind_i64(&q, "rows_failed", s->rows_failed);
    db_bind_i64(&q, "without_time", s->without_time);
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

enum error_code catalog_dataset_aggregate(struct catalog *c, const char *dataset_id,
                                          enum depth depth, struct error *err)
{
    struct files_summary s = {0};
    struct verdict v = {0};
    struct arena a;
    size_t n_parts = 0;
    arena_init(&a);
    strbuf_init(&v.note, SIZE_MAX);
    enum error_code code = catalog_need_transaction(c, "catalog_dataset_aggregate", err);
    code = code ? code : catalog_flush(c, err);
    code = code ? code : summarise_files(c, dataset_id, &s, err);
    code = code ? code : summarise_units(c, dataset_id, &s, &a, err);
    code = code ? code : summarise_errors(c, dataset_id, &s, &a, err);
    code = code ? code : decide(c, dataset_id, &s, &v, &a, err);
    code = code ? code : count_id_columns(c, dataset_id, &a, &n_parts, err);
    code = code ? code : write_series(c, dataset_id, &s, &v, n_parts, err);
    code = code ? code : write_dataset(c, dataset_id, &s, &v, depth, err);
    if (!code && s.sampled) {
        code = sampling_estimate(c, dataset_id, s.has_records ? s.records : -1, v.with_time, err);
    }
    if (!code) {
        catalog_untouch(c, dataset_id);
    }
    strbuf_free(&v.note);
    arena_reset(&a);
    return code;
}
