/* Metadata files as they were read: the next run parses them from here where their ETags are the
 * same. */
#include <string.h>

#include "catalog/internal.h"

enum error_code catalog_metadata_load(struct catalog *c, const char *root, struct arena *a,
                                      struct known_metadata **out, size_t *n, struct error *err)
{
    struct db_rows rows;
    *n = 0;
    struct db_call q = db_begin(&c->db, STMT_METADATA_LOAD, err);
    db_bind_text(&q, "root", root);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    *out = arena_array(a, duckdb_row_count(&rows.result) + 1, sizeof **out);
    while (db_next(&rows)) {
        struct known_metadata *m = &(*out)[(*n)++];
        struct str content = db_get_str(&rows, 3);
        m->key = db_copy_key(&rows, 0, a);
        m->etag = db_copy_text(&rows, 1, a);
        m->size = (uint64_t)db_get_i64(&rows, 2);
        m->content = str_n(arena_strndup(a, content.data, content.len), content.len);
    }
    return db_rows_end(&rows, err);
}

enum error_code catalog_metadata_drop(struct catalog *c, const char *root, const char *key,
                                      struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_metadata_drop", err);
    struct db_call q = db_begin(&c->db, STMT_METADATA_DELETE, err);
    db_bind_text(&q, "root", root);
    db_bind_key(&q, "key", key);
    return code ? code : db_run(&q);
}

enum error_code catalog_metadata_put(struct catalog *c, const char *root,
                                     const struct known_metadata *m, struct error *err)
{
    enum error_code code = catalog_metadata_drop(c, root, m->key, err);
    /* What is no text would not come back as it was: it is read again instead. */
    bool keepable = m->etag && *m->etag && str_is_utf8(m->content) &&
                    !memchr(m->content.data, '\0', m->content.len);
    if (code || !keepable) {
        return code;
    }
    struct db_call q = db_begin(&c->db, STMT_METADATA_INSERT, err);
    db_bind_text(&q, "root", root);
    db_bind_key(&q, "key", m->key);
    db_bind_text(&q, "etag", m->etag);
    db_bind_i64(&q, "size", (int64_t)m->size);
    db_bind_str(&q, "content", m->content);
    return db_run(&q);
}
