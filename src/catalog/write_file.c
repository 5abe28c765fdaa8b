#include <string.h>

#include "base/clock.h"
#include "catalog/marks.h"
#include "catalog/text.h"

/* Positions in `files`, `columns` and `spans`, as schema.sql and its successors order them. */
enum {
    F_ID,
    F_DATASET,
    F_KEY,
    F_SIZE,
    F_ETAG,
    F_MTIME,
    F_ROWS,
    F_GROUPS,
    F_CREATED_BY,
    F_DEPTH,
    F_TIME_UNIT,
    F_TIME_UTC,
    F_TIME_ROUNDED,
    F_STATE,
    F_INDEXED_AT,
    F_TIME_KIND,
    F_TIME_ERROR,
    F_TIME_GRAIN,
    F_ELEMENTS
};
enum {
    C_FILE,
    C_POSITION,
    C_NAME,
    C_TYPE,
    C_NULLABLE,
    C_NULL_COUNT,
    C_BYTES,
    C_TARGET,
    C_TARGET_NOTE,
    C_FIELD
};
enum {
    S_FILE,
    S_SERIES,
    S_ROW_GROUP,
    S_FIRST,
    S_ROWS,
    S_LAST,
    S_T_MIN,
    S_T_MAX,
    S_TIMES,
    S_STEPS,
    S_VALUES
};

static enum error_code append_file(struct catalog *c, int64_t id, const char *dataset_id,
                                   const struct file_result *r, struct error *err)
{
    struct bulk *b = &c->files;
    bulk_i32(b, F_ID, (int32_t)id);
    bulk_key(b, F_DATASET, dataset_id);
    bulk_key(b, F_KEY, r->object.key);
    bulk_i64(b, F_SIZE, (int64_t)r->object.size);
    bulk_text(b, F_ETAG, r->object.etag ? r->object.etag : "");
    if (r->object.mtime_us) {
        bulk_i64(b, F_MTIME, r->object.mtime_us);
    }
    bulk_str(b, F_DEPTH, str_c(depth_name(r->failed ? DEPTH_NONE : r->depth)));
    bulk_str(b, F_STATE, str_c(r->failed ? "failed" : "ok"));
    bulk_i64(b, F_INDEXED_AT, clock_wall_us());
    if (!r->failed || r->n_columns > 0) { /* a footer that could be read tells what is missing */
        bulk_i64(b, F_ROWS, (int64_t)r->rows);
        bulk_i64(b, F_GROUPS, r->row_groups);
        bulk_text(b, F_CREATED_BY, r->created_by);
    }
    if (!r->failed) {
        bulk_str(b, F_TIME_UNIT, str_c(time_unit_name(r->time_unit)));
        bulk_str(b, F_TIME_KIND, str_c(time_kind_name(r->time_kind)));
        if (!r->zone_unknown) {
            bulk_bool(b, F_TIME_UTC, r->time_utc);
        }
        bulk_bool(b, F_TIME_ROUNDED, r->time_rounded);
        bulk_i64(b, F_TIME_GRAIN, r->time_grain);
    }
    if (!r->failed && r->has_elements) {
        bulk_i64(b, F_ELEMENTS, (int64_t)r->elements);
    }
    if (!r->failed && r->time_failed) {
        bulk_str(b, F_TIME_ERROR, str_c(error_name(r->time_failed)));
    }
    return bulk_end_row(b, err);
}

static enum error_code append_columns(struct catalog *c, int64_t id, const struct file_result *r,
                                      struct error *err)
{
    struct bulk *b = &c->columns;
    enum error_code code = OK;
    for (size_t i = 0; !code && i < r->n_columns; i++) {
        const struct file_column *col = &r->columns[i];
        bulk_i32(b, C_FILE, (int32_t)id);
        bulk_i32(b, C_POSITION, (int32_t)i);
        bulk_text(b, C_NAME, col->name);
        bulk_text(b, C_TYPE, col->type);
        bulk_bool(b, C_NULLABLE, col->nullable);
        if (col->has_null_count) {
            bulk_i64(b, C_NULL_COUNT, (int64_t)col->null_count);
        }
        bulk_i64(b, C_BYTES, (int64_t)col->bytes);
        if (col->target > 0) {
            bulk_i32(b, C_TARGET, (int32_t)col->target);
        }
        bulk_text(b, C_TARGET_NOTE, col->target_note);
        if (col->field) {
            bulk_text(b, C_FIELD, col->field);
        }
        code = bulk_end_row(b, err);
    }
    return code;
}

static enum error_code append_spans(struct catalog *c, int64_t id, const struct file_result *r,
                                    struct error *err)
{
    static const struct span_content none;
    struct bulk *b = &c->spans;
    enum error_code code = OK;
    for (size_t i = 0; !code && i < r->n_spans; i++) {
        const struct span *s = &r->spans[i];
        const struct span_content *held = r->contents ? &r->contents[i] : &none;
        bulk_i32(b, S_FILE, (int32_t)id);
        bulk_str(b, S_SERIES, r->ids[s->series]);
        if (s->row_group != SPAN_WHOLE_FILE) {
            bulk_i32(b, S_ROW_GROUP, (int32_t)s->row_group);
        }
        bulk_i64(b, S_FIRST, (int64_t)s->first_row);
        bulk_i64(b, S_ROWS, (int64_t)s->rows);
        bulk_i64(b, S_LAST, (int64_t)s->last_row);
        if (held->steps.len) {
            bulk_str(b, S_STEPS, held->steps);
        }
        if (held->values.len) {
            bulk_str(b, S_VALUES, held->values);
        }
        if (held->times) {
            bulk_i64(b, S_T_MIN, held->t_min);
            bulk_i64(b, S_T_MAX, held->t_max);
        }
        bulk_i64(b, S_TIMES, (int64_t)held->times);
        code = bulk_end_row(b, err);
    }
    return code;
}

static bool is_ascii(const char *s)
{
    while (*s && !((unsigned char)*s & 0x80)) {
        s++;
    }
    return !*s;
}

/* Whether two of its columns differ by case only; true, too, where that is not plain. */
static bool may_have_twins(const struct file_result *r)
{
    struct map seen;
    bool added = true;
    map_init(&seen);
    for (size_t i = 0; added && i < r->n_columns; i++) {
        struct strbuf lower;
        strbuf_init(&lower, SIZE_MAX);
        for (const char *p = r->columns[i].name; *p; p++) {
            strbuf_add_char(&lower, *p >= 'A' && *p <= 'Z' ? (char)(*p | 0x20) : *p);
        }
        map_put(&seen, strbuf_view(&lower), &added);
        added &= is_ascii(r->columns[i].name);
        strbuf_free(&lower);
    }
    map_free(&seen);
    return !added;
}

/* What would corrupt the tables is refused before anything is written. */
static enum error_code check(const struct file_result *r, struct error *err)
{
    for (size_t i = 0; i < r->n_ids; i++) {
        if (!r->ids[i].data || !str_is_utf8(r->ids[i])) {
            return error_set(err, ERR_INTERNAL, "series id %zu of %s is not text", i,
                             r->object.key);
        }
    }
    for (size_t i = 0; i < r->n_spans; i++) {
        if (r->spans[i].series >= r->n_ids) {
            return error_set(err, ERR_INTERNAL, "span %zu of %s has no series", i, r->object.key);
        }
    }
    return OK;
}

static enum error_code append_portions(struct catalog *c, int64_t id, const struct file_result *r,
                                       struct error *err)
{
    struct file_result portion = *r;
    bool more = false;
    enum error_code code = r->next(r->user, &portion, &more, err);
    while (!code && more) {
        code = check(&portion, err);
        code = code ? code : append_spans(c, id, &portion, err);
        code = code ? code : r->next(r->user, &portion, &more, err);
    }
    return code;
}

static enum error_code delete_rows(struct catalog *c, int64_t file_id, struct error *err)
{
    static const enum db_statement steps[] = {STMT_FILE_DELETE_SPANS, STMT_FILE_DELETE_COLUMNS,
                                              STMT_FILE_DELETE};
    enum error_code code = catalog_flush(c, err);
    for (size_t i = 0; !code && i < sizeof steps / sizeof *steps; i++) {
        struct db_call q = db_begin(&c->db, steps[i], err);
        db_bind_i64(&q, "file", file_id);
        code = db_run(&q);
    }
    return code;
}

static enum error_code delete_failures(struct catalog *c, const char *dataset_id, const char *key,
                                       struct error *err)
{
    enum error_code code = bulk_flush(&c->failures, err);
    if (code) {
        return code;
    }
    struct db_call q = db_begin(&c->db, STMT_FAILURE_DELETE, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_key(&q, "key", key);
    return db_run(&q);
}

/* Delete what is known of a file. Failures and slices only where asked: a file that fails again
 * keeps first_seen, and what could be read of it. */
static enum error_code forget(struct catalog *c, const char *dataset_id, const char *key,
                              bool failures, struct error *err)
{
    struct strbuf pair;
    strbuf_init(&pair, SIZE_MAX);
    catalog_pair(&pair, dataset_id, key);
    uint64_t file_id = 0, failing = 0;
    enum error_code code = OK;
    if (map_get(&c->file_ids, strbuf_view(&pair), &file_id) && file_id) {
        code = delete_rows(c, (int64_t)file_id, err);
        map_put(&c->file_ids, strbuf_view(&pair), NULL)->value = 0;
    }
    if (!code && failures) {
        code = catalog_slices_drop(c, dataset_id, key, err);
    }
    if (!code && failures && map_get(&c->failing, strbuf_view(&pair), &failing) && failing) {
        code = delete_failures(c, dataset_id, key, err);
        map_put(&c->failing, strbuf_view(&pair), NULL)->value = 0;
    }
    strbuf_free(&pair);
    return code;
}

static enum error_code insert(struct catalog *c, const char *dataset_id,
                              const struct file_result *r, struct error *err)
{
    if (c->next_file_id > INT32_MAX) {
        return error_set(err, ERR_LIMIT, "the catalog has run out of file numbers: make a new one");
    }
    int64_t id = c->next_file_id++;
    struct strbuf pair;
    strbuf_init(&pair, SIZE_MAX);
    catalog_pair(&pair, dataset_id, r->object.key);
    map_put(&c->file_ids, strbuf_view(&pair), NULL)->value = (uint64_t)id;
    strbuf_free(&pair);
    enum error_code code = append_file(c, id, dataset_id, r, err);
    if (code || r->failed) {
        return code;
    }
    if (!marks_has(c, dataset_id, MARK_TWINS) && may_have_twins(r)) {
        marks_set(c, dataset_id, MARK_TWINS);
    }
    code = append_columns(c, id, r, err);
    code = code ? code : append_spans(c, id, r, err);
    return code || !r->next ? code : append_portions(c, id, r, err);
}

enum error_code catalog_file_put(struct catalog *c, const char *dataset_id,
                                 const struct file_result *r, struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_file_put", err);
    code = code || r->failed ? code : check(r, err);
    code = code ? code : catalog_touch(c, dataset_id, err);
    enum error_code why = r->failed ? r->failed : r->time_failed;
    const char *text = r->failed ? r->failure : r->time_failure;
    code = code ? code : forget(c, dataset_id, r->object.key, why == OK, err);
    code = code ? code : insert(c, dataset_id, r, err);
    if (!code && why) {
        code = catalog_failure_put(c, dataset_id, r->object.key, why, text ? text : error_name(why),
                                   err);
    }
    return code;
}

enum error_code catalog_file_drop(struct catalog *c, const char *dataset_id, const char *key,
                                  struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_file_drop", err);
    code = code ? code : catalog_touch(c, dataset_id, err);
    return code ? code : forget(c, dataset_id, key, true, err);
}

enum error_code catalog_dataset_pending(struct catalog *c, const char *dataset_id,
                                        struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_dataset_pending", err);
    return code ? code : catalog_touch(c, dataset_id, err);
}
