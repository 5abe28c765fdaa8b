#include "base/clock.h"
#include "catalog/figures.h"
#include "catalog/marks.h"
#include "catalog/metadata_json.h"

static const char *origin_name(enum columns_origin o)
{
    return o == COLUMNS_METADATA ? "metadata" : o == COLUMNS_DETECTED ? "detected" : "none";
}

/* Positions in `datasets` of what describes one, as schema.sql orders them, and their names. */
#define DESCRIBED(X)                                                                               \
    X(D_DATASET, 0, "dataset")                                                                     \
    X(D_NAME, 1, "name")                                                                           \
    X(D_DESCRIPTION, 2, "description")                                                             \
    X(D_THEME, 3, "theme")                                                                         \
    X(D_TAGS, 4, "tags")                                                                           \
    X(D_SOURCE, 5, "source")                                                                       \
    X(D_TYPE, 6, "type")                                                                           \
    X(D_FREQUENCY, 7, "frequency")                                                                 \
    X(D_STORAGE_LOCATION, 8, "storage_location")                                                   \
    X(D_SOURCE_URI, 9, "source_uri")                                                               \
    X(D_SOURCE_ROOT, 10, "source_root")                                                            \
    X(D_FOLDER, 11, "folder")                                                                      \
    X(D_METADATA_KEY, 12, "metadata_key")                                                          \
    X(D_METADATA_ETAG, 13, "metadata_etag")                                                        \
    X(D_METADATA, 14, "metadata")                                                                  \
    X(D_ID_COLUMNS, 15, "series_id_columns")                                                       \
    X(D_TIME_COLUMN, 16, "time_column")                                                            \
    X(D_ORIGIN, 17, "columns_origin")                                                              \
    X(D_TARGETS, 20, "targets")                                                                    \
    X(D_COVARIATES, 21, "covariates")                                                              \
    X(D_TFC_FEATURES, 22, "tfc_features")
#define DESCRIBED_ENUM(symbol, position, name) symbol = (position),
enum described { DESCRIBED(DESCRIBED_ENUM) D_STATUS = 40, D_CREATED = 42, D_UPDATED = 43 };
#define DESCRIBED_NAME(symbol, position, name) [symbol] = (name),
static const char *const described_names[] = {DESCRIBED(DESCRIBED_NAME)};

/* Where a description goes: into an update, or a new row. */
struct description {
    struct db_call *update; /* NULL: a row */
    struct bulk *row;
};

static void put_text(struct description *to, enum described column, const char *text)
{
    if (to->update) {
        db_bind_text(to->update, described_names[column], text);
    } else {
        bulk_text(to->row, column, text);
    }
}

static void put_key(struct description *to, enum described column, const char *key)
{
    if (to->update) {
        db_bind_key(to->update, described_names[column], key);
    } else {
        bulk_key(to->row, column, key);
    }
}

static void put_json(struct description *to, enum described column, struct strbuf *b)
{
    if (to->update) {
        db_bind_str(to->update, described_names[column], strbuf_view(b));
    } else {
        bulk_str(to->row, column, strbuf_view(b));
    }
    strbuf_clear(b);
}

/* A dataset without metadata has NULL in all columns that come from it; a row has so already. */
static void put_no_metadata(struct description *to)
{
    static const enum described columns[] = {
        D_DESCRIPTION,      D_THEME,        D_TAGS,          D_SOURCE,   D_TYPE,    D_FREQUENCY,
        D_STORAGE_LOCATION, D_METADATA_KEY, D_METADATA_ETAG, D_METADATA, D_TARGETS, D_COVARIATES,
        D_TFC_FEATURES};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        put_text(to, columns[i], NULL);
    }
}

static void put_metadata(struct description *to, const struct dataset_meta *m)
{
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX);
    put_text(to, D_DESCRIPTION, m->description);
    put_text(to, D_THEME, m->theme);
    put_text(to, D_SOURCE, m->source);
    put_text(to, D_TYPE, m->type);
    put_text(to, D_FREQUENCY, m->frequency);
    put_text(to, D_STORAGE_LOCATION, m->storage_location);
    put_key(to, D_METADATA_KEY, m->key);
    put_text(to, D_METADATA_ETAG, m->etag);
    json_add_strings(&b, m->tags, m->n_tags);
    put_json(to, D_TAGS, &b);
    json_add_columns(&b, &m->targets);
    put_json(to, D_TARGETS, &b);
    json_add_groups(&b, &m->hist, &m->future, &m->fixed);
    put_json(to, D_COVARIATES, &b);
    json_add_groups(&b, &m->store_hist, &m->store_future, &m->store_static);
    put_json(to, D_TFC_FEATURES, &b);
    json_add_metadata(&b, m);
    put_json(to, D_METADATA, &b);
    strbuf_free(&b);
}

static void describe(struct description *to, const struct dataset_info *d, const char *source_root)
{
    struct strbuf ids;
    strbuf_init(&ids, SIZE_MAX);
    json_add_strings(&ids, d->id_columns, d->n_id_columns);
    put_key(to, D_DATASET, d->id);
    put_text(to, D_NAME, d->name);
    put_text(to, D_SOURCE_URI, d->source_uri);
    put_text(to, D_SOURCE_ROOT, source_root);
    put_key(to, D_FOLDER, d->folder ? d->folder : "");
    put_json(to, D_ID_COLUMNS, &ids);
    put_text(to, D_TIME_COLUMN, d->time_column);
    put_text(to, D_ORIGIN, origin_name(d->origin));
    if (d->meta) {
        put_metadata(to, d->meta);
    } else {
        put_no_metadata(to);
    }
    strbuf_free(&ids);
}

static enum error_code update(struct catalog *c, const struct dataset_info *d,
                              const char *source_root, struct error *err)
{
    enum error_code code = bulk_flush(&c->datasets, err);
    if (code) {
        return code;
    }
    struct db_call q = db_begin(&c->db, STMT_DATASET_DESCRIBE, err);
    describe(&(struct description){.update = &q}, d, source_root);
    db_bind_i64(&q, "now", clock_wall_us());
    return db_run(&q);
}

/* Many datasets are made at once, at the start of a run: as rows they cost DuckDB little. */
static enum error_code append(struct catalog *c, const struct dataset_info *d,
                              const char *source_root, struct error *err)
{
    struct bulk *b = &c->datasets;
    int64_t now = clock_wall_us();
    describe(&(struct description){.row = b}, d, source_root);
    bulk_str(b, D_STATUS, str_c("pending"));
    bulk_i64(b, D_CREATED, now);
    bulk_i64(b, D_UPDATED, now);
    return bulk_end_row(b, err);
}

enum error_code catalog_dataset_put(struct catalog *c, const struct dataset_info *d,
                                    const char *source_root, struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_dataset_put", err);
    if (code) {
        return code;
    }
    map_put(&c->id_columns, str_c(d->id), NULL)->value = d->n_id_columns + 1;
    if (marks_has(c, d->id, MARK_KNOWN)) {
        return update(c, d, source_root, err);
    }
    marks_set(c, d->id, MARK_KNOWN | MARK_TOUCHED);
    return append(c, d, source_root, err);
}

void catalog_dataset_columns(struct catalog *c, const struct dataset_info *d)
{
    struct decided *now = &c->decided;
    map_put(&c->id_columns, str_c(d->id), NULL)->value = d->n_id_columns + 1;
    strbuf_clear(&now->dataset_id);
    strbuf_clear(&now->id_columns);
    strbuf_clear(&now->time_column);
    strbuf_add_c(&now->dataset_id, d->id);
    json_add_strings(&now->id_columns, d->id_columns, d->n_id_columns);
    strbuf_add_c(&now->time_column, d->time_column ? d->time_column : "");
    now->has_time_column = d->time_column != NULL;
    now->origin = d->origin;
}

void catalog_put_decided(struct catalog *c, const char *dataset_id)
{
    struct decided *now = &c->decided;
    struct bulk *row = &c->figures;
    bool decided =
        now->dataset_id.len > 0 && str_eq(strbuf_view(&now->dataset_id), str_c(dataset_id));
    bulk_bool(row, FIGURE_DECIDED, decided);
    if (decided) {
        bulk_str(row, FIGURE_ID_COLUMNS, strbuf_view(&now->id_columns));
        bulk_str(row, FIGURE_ORIGIN, str_c(origin_name(now->origin)));
    }
    if (decided && now->has_time_column) {
        struct str time = strbuf_view(&now->time_column);
        bulk_str(row, FIGURE_TIME_COLUMN, time.len ? time : str_c(""));
    }
    strbuf_clear(&now->dataset_id);
}

enum error_code catalog_dataset_footers(struct catalog *c, const char *dataset_id,
                                        const struct dataset_footers *f, struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_dataset_footers", err);
    code = code ? code : bulk_flush(&c->datasets, err);
    code = code ? code : figures_apply(c, err);
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
