/* Slices of files that are not finished: a run that is killed in the middle of a large file goes on
 * behind them. They count in no figure, and are gone once their file is recorded. */
#include <string.h>

#include "catalog/internal.h"

enum { L_DATASET, L_KEY, L_ETAG, L_SIZE, L_READING, L_FIRST, L_GROUPS, L_CONTENT };

static bool known(const struct catalog *c, const char *dataset_id, const char *key)
{
    struct strbuf pair;
    uint64_t value = 0;
    strbuf_init(&pair, SIZE_MAX);
    catalog_pair(&pair, dataset_id, key);
    bool found = map_get(&c->sliced, strbuf_view(&pair), &value) && value;
    strbuf_free(&pair);
    return found;
}

bool catalog_has_slices(const struct catalog *c, const char *dataset_id, const char *key)
{
    return known(c, dataset_id, key);
}

/* Does the entry of the register belong to the dataset, and is it set? */
static bool is_of(const struct map_entry *e, struct str id)
{
    return e->value && e->key.len > id.len && e->key.data[id.len] == '\0' &&
           str_eq(str_n(e->key.data, id.len), id);
}

void catalog_sliced_files(const struct catalog *c, const char *dataset_id, struct arena *a,
                          const char ***keys, size_t *n)
{
    struct str id = str_c(dataset_id);
    *n = 0;
    *keys = arena_array(a, c->sliced.count, sizeof **keys);
    for (size_t i = 0; i < c->sliced.count; i++) {
        const struct map_entry *e = &c->sliced.entries[i];
        if (is_of(e, id)) {
            struct str key = str_from(e->key, id.len + 1);
            (*keys)[(*n)++] = arena_strndup(a, key.data, key.len);
        }
    }
}

static void mark(struct catalog *c, const char *dataset_id, const char *key, uint64_t value)
{
    struct strbuf pair;
    strbuf_init(&pair, SIZE_MAX);
    catalog_pair(&pair, dataset_id, key);
    map_put(&c->sliced, strbuf_view(&pair), NULL)->value = value;
    strbuf_free(&pair);
}

enum error_code catalog_slice_put(struct catalog *c, const char *dataset_id, const struct object *o,
                                  const struct file_slice_state *s, struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_slice_put", err);
    if (code) {
        return code;
    }
    struct bulk *b = &c->slices;
    mark(c, dataset_id, o->key, 1);
    bulk_key(b, L_DATASET, dataset_id);
    bulk_key(b, L_KEY, o->key);
    bulk_key(b, L_ETAG, o->etag ? o->etag : "");
    bulk_i64(b, L_SIZE, (int64_t)o->size);
    bulk_i64(b, L_READING, (int64_t)s->reading);
    bulk_i64(b, L_FIRST, (int64_t)s->first_group);
    bulk_i64(b, L_GROUPS, (int64_t)s->n_groups);
    bulk_str(b, L_CONTENT, s->content);
    return bulk_end_row(b, err);
}

enum error_code catalog_slices_load(struct catalog *c, const char *dataset_id,
                                    const struct object *o, uint64_t reading, struct arena *a,
                                    struct file_slice_state **out, size_t *n, struct error *err)
{
    struct db_rows rows;
    *out = NULL;
    *n = 0;
    enum error_code code = catalog_flush(c, err);
    if (code) {
        return code;
    }
    struct db_call q = db_begin(&c->db, STMT_SLICES_LOAD, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_key(&q, "key", o->key);
    db_bind_key(&q, "etag", o->etag ? o->etag : "");
    db_bind_i64(&q, "size", (int64_t)o->size);
    db_bind_i64(&q, "reading", (int64_t)reading);
    if ((code = db_query(&q, &rows))) {
        return code;
    }
    *out = arena_array(a, duckdb_row_count(&rows.result) + 1, sizeof **out);
    while (db_next(&rows)) {
        struct str content = db_get_str(&rows, 2);
        (*out)[(*n)++] = (struct file_slice_state){
            .reading = reading,
            .first_group = (uint64_t)db_get_i64(&rows, 0),
            .n_groups = (uint64_t)db_get_i64(&rows, 1),
            .content = str_n(arena_strndup(a, content.data, content.len), content.len)};
    }
    return db_rows_end(&rows, err);
}

enum error_code catalog_slices_drop(struct catalog *c, const char *dataset_id, const char *key,
                                    struct error *err)
{
    if (!known(c, dataset_id, key)) {
        return OK;
    }
    enum error_code code = catalog_flush(c, err);
    struct db_call q = db_begin(&c->db, STMT_SLICES_DELETE, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_key(&q, "key", key);
    code = code ? code : db_run(&q);
    if (!code) {
        mark(c, dataset_id, key, 0);
    }
    return code;
}

enum error_code catalog_slices_drop_dataset(struct catalog *c, const char *dataset_id,
                                            struct error *err)
{
    struct str id = str_c(dataset_id);
    bool any = false;
    for (size_t i = 0; i < c->sliced.count; i++) {
        struct map_entry *e = &c->sliced.entries[i];
        if (is_of(e, id)) {
            e->value = 0;
            any = true;
        }
    }
    if (!any) {
        return OK;
    }
    enum error_code code = catalog_flush(c, err);
    return code ? code : catalog_run_for_dataset(c, STMT_SLICES_DELETE_DATASET, dataset_id, err);
}
