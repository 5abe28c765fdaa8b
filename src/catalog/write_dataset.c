#include "base/clock.h"
#include "catalog/marks.h"
#include "catalog/metadata_json.h"

static const char *origin_name(enum columns_origin o)
{
    return o == COLUMNS_METADATA ? "metadata" : o == COLUMNS_DETECTED ? "detected" : "none";
}

/* A dataset without metadata has NULL in all columns that come from it. */
static void bind_no_metadata(struct db_call *q)
{
    static const char *const names[] = {
        "description",      "theme",        "tags",          "source",   "type",    "frequency",
        "storage_location", "metadata_key", "metadata_etag", "metadata", "targets", "covariates",
        "tfc_features"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        db_bind_null(q, names[i], DB_NULL_TEXT);
    }
}

static void bind_json(struct db_call *q, const char *name, struct strbuf *b)
{
    db_bind_str(q, name, strbuf_view(b));
    strbuf_clear(b);
}

static void bind_metadata(struct db_call *q, const struct dataset_meta *m)
{
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX);
    db_bind_text(q, "description", m->description);
    db_bind_text(q, "theme", m->theme);
    db_bind_text(q, "source", m->source);
    db_bind_text(q, "type", m->type);
    db_bind_text(q, "frequency", m->frequency);
    db_bind_text(q, "storage_location", m->storage_location);
    db_bind_key(q, "metadata_key", m->key);
    db_bind_text(q, "metadata_etag", m->etag);
    json_add_strings(&b, m->tags, m->n_tags);
    bind_json(q, "tags", &b);
    json_add_columns(&b, &m->targets);
    bind_json(q, "targets", &b);
    json_add_groups(&b, &m->hist, &m->future, &m->fixed);
    bind_json(q, "covariates", &b);
    json_add_groups(&b, &m->store_hist, &m->store_future, &m->store_static);
    bind_json(q, "tfc_features", &b);
    json_add_metadata(&b, m);
    bind_json(q, "metadata", &b);
    strbuf_free(&b);
}

static enum error_code describe(struct catalog *c, const struct dataset_info *d,
                                const char *source_root, struct error *err)
{
    struct strbuf ids;
    strbuf_init(&ids, SIZE_MAX);
    json_add_strings(&ids, d->id_columns, d->n_id_columns);
    bool known = marks_has(c, d->id, MARK_KNOWN);
    struct db_call q = db_begin(&c->db, known ? STMT_DATASET_DESCRIBE : STMT_DATASET_CREATE, err);
    db_bind_key(&q, "dataset", d->id);
    db_bind_text(&q, "name", d->name);
    db_bind_text(&q, "source_uri", d->source_uri);
    db_bind_text(&q, "source_root", source_root);
    db_bind_key(&q, "folder", d->folder ? d->folder : "");
    db_bind_str(&q, "series_id_columns", strbuf_view(&ids));
    db_bind_text(&q, "time_column", d->time_column);
    db_bind_text(&q, "columns_origin", origin_name(d->origin));
    db_bind_i64(&q, "now", clock_wall_us());
    if (d->meta) {
        bind_metadata(&q, d->meta);
    } else {
        bind_no_metadata(&q);
    }
    strbuf_free(&ids);
    return db_run(&q);
}

enum error_code catalog_dataset_put(struct catalog *c, const struct dataset_info *d,
                                    const char *source_root, struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_dataset_put", err);
    code = code ? code : describe(c, d, source_root, err);
    if (!code && !marks_has(c, d->id, MARK_KNOWN)) {
        marks_set(c, d->id, MARK_KNOWN | MARK_TOUCHED); /* it was created as 'pending' */
    }
    map_put(&c->id_columns, str_c(d->id), NULL)->value = d->n_id_columns + 1;
    return code;
}

enum error_code catalog_dataset_footers(struct catalog *c, const char *dataset_id,
                                        const struct dataset_footers *f, struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_dataset_footers", err);
    struct db_call q = db_begin(&c->db, STMT_DATASET_FOOTERS, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_i64(&q, "files", (int64_t)f->files);
    db_bind_i64(&q, "rows", (int64_t)f->rows);
    db_bind_i64(&q, "bytes", (int64_t)f->bytes);
    return code ? code : db_run(&q);
}

/* Files of a dropped dataset must not be found by their old ids again. */
static void forget_files(struct catalog *c, const char *dataset_id)
{
    struct str id = str_c(dataset_id);
    for (size_t i = 0; i < c->file_ids.count; i++) {
        struct map_entry *e = &c->file_ids.entries[i];
        if (e->key.len > id.len && e->key.data[id.len] == '\0' &&
            str_eq(str_n(e->key.data, id.len), id)) {
            e->value = 0;
        }
    }
}

enum error_code catalog_dataset_forget_files(struct catalog *c, const char *dataset_id,
                                             struct error *err)
{
    static const enum db_statement steps[] = {STMT_DROP_SPANS, STMT_DROP_COLUMNS, STMT_DROP_FILES};
    enum error_code code = catalog_need_transaction(c, "catalog_dataset_forget_files", err);
    code = code ? code : catalog_touch(c, dataset_id, err);
    code = code ? code : catalog_flush(c, err);
    for (size_t i = 0; !code && i < sizeof steps / sizeof *steps; i++) {
        code = catalog_run_for_dataset(c, steps[i], dataset_id, err);
    }
    code = code ? code : catalog_slices_drop_dataset(c, dataset_id, err);
    if (!code) {
        forget_files(c, dataset_id);
    }
    return code;
}

enum error_code catalog_dataset_drop(struct catalog *c, const char *dataset_id, struct error *err)
{
    static const enum db_statement steps[] = {
        STMT_DROP_SPANS,         STMT_DROP_COLUMNS,  STMT_DROP_FILES,  STMT_DROP_SERIES,
        STMT_DROP_SERIES_VALUES, STMT_DROP_FAILURES, STMT_DROP_DATASET};
    enum error_code code = catalog_need_transaction(c, "catalog_dataset_drop", err);
    code = code ? code : catalog_flush(c, err);
    for (size_t i = 0; !code && i < sizeof steps / sizeof *steps; i++) {
        code = catalog_run_for_dataset(c, steps[i], dataset_id, err);
    }
    code = code ? code : catalog_slices_drop_dataset(c, dataset_id, err);
    forget_files(c, dataset_id);
    marks_clear(c, dataset_id, MARK_KNOWN | MARK_TOUCHED);
    return code;
}

enum error_code catalog_dataset_forget_values(struct catalog *c, const char *dataset_id,
                                              struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_dataset_forget_values", err);
    code = code ? code : catalog_touch(c, dataset_id, err);
    code = code ? code : catalog_flush(c, err);
    return code ? code : catalog_run_for_dataset(c, STMT_FORGET_VALUES, dataset_id, err);
}
