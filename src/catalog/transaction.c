#include <string.h>

#include "catalog/figures.h"
#include "catalog/marks.h"

void catalog_pair(struct strbuf *b, const char *dataset_id, const char *key)
{
    strbuf_clear(b);
    strbuf_add(b, dataset_id, strlen(dataset_id) + 1);
    strbuf_add_c(b, key);
}

/* Rows (dataset, key[, number]) of a statement into a map; the greatest number is returned in
 * *greatest. */
static enum error_code load_map(struct catalog *c, enum db_statement which, struct map *m,
                                int64_t *greatest, struct error *err)
{
    struct db_call q = db_begin(&c->db, which, err);
    struct db_rows rows;
    enum error_code code = db_query_stream(&q, &rows);
    if (code) {
        return code;
    }
    struct strbuf pair;
    strbuf_init(&pair, SIZE_MAX);
    while (db_next(&rows)) {
        struct arena a;
        arena_init(&a);
        catalog_pair(&pair, db_copy_key(&rows, 0, &a), db_copy_key(&rows, 1, &a));
        int64_t number = rows.n_columns > 2 ? db_get_i64(&rows, 2) : 1;
        map_put(m, strbuf_view(&pair), NULL)->value = (uint64_t)number;
        *greatest = number > *greatest ? number : *greatest;
        arena_reset(&a);
    }
    strbuf_free(&pair);
    return db_rows_end(&rows, err);
}

enum error_code catalog_registers_load(struct catalog *c, struct error *err)
{
    int64_t greatest_id = 0, unused = 0;
    map_free(&c->file_ids);
    map_init(&c->file_ids);
    map_free(&c->failing);
    map_init(&c->failing);
    map_free(&c->id_columns);
    map_init(&c->id_columns);
    map_free(&c->sliced);
    map_init(&c->sliced);
    enum error_code code = load_map(c, STMT_LOAD_FILE_IDS, &c->file_ids, &greatest_id, err);
    code = code ? code : load_map(c, STMT_LOAD_FAILURE_KEYS, &c->failing, &unused, err);
    code = code ? code : load_map(c, STMT_LOAD_SLICE_KEYS, &c->sliced, &unused, err);
    code = code ? code : marks_load(c, err);
    c->next_file_id = greatest_id + 1;
    return code;
}

enum error_code catalog_need_transaction(const struct catalog *c, const char *what,
                                         struct error *err)
{
    return c->in_transaction ? OK : error_set(err, ERR_INTERNAL, "%s without catalog_begin", what);
}

enum error_code catalog_flush(struct catalog *c, struct error *err)
{
    enum error_code code = bulk_flush(&c->datasets, err);
    code = code ? code : figures_apply(c, err);
    code = code ? code : bulk_flush(&c->failures, err);
    code = code ? code : bulk_flush(&c->files, err);
    code = code ? code : bulk_flush(&c->columns, err);
    code = code ? code : bulk_flush(&c->spans, err);
    code = code ? code : bulk_flush(&c->slices, err);
    return code ? code : catalog_flush_series(c, err);
}

enum error_code catalog_flush_series(struct catalog *c, struct error *err)
{
    enum error_code code = bulk_flush(&c->series, err);
    return code ? code : bulk_flush(&c->values, err);
}

enum error_code catalog_begin(struct catalog *c, struct error *err)
{
    if (!c->writer || c->in_transaction) {
        return error_set(err, ERR_INTERNAL, "catalog_begin inside a transaction");
    }
    enum error_code code = db_run_plain(&c->db, STMT_BEGIN, err);
    c->in_transaction = code == OK;
    return code;
}

enum error_code catalog_commit(struct catalog *c, struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_commit", err);
    code = code ? code : catalog_flush(c, err);
    code = code ? code : db_run_plain(&c->db, STMT_COMMIT, err);
    if (code) {
        catalog_rollback(c);
        return code;
    }
    c->in_transaction = false;
    return OK;
}

void catalog_rollback(struct catalog *c)
{
    if (!c->in_transaction) {
        return;
    }
    struct error ignored;
    bulk_discard(&c->datasets);
    bulk_discard(&c->figures);
    bulk_discard(&c->failures);
    bulk_discard(&c->files);
    bulk_discard(&c->columns);
    bulk_discard(&c->spans);
    bulk_discard(&c->series);
    bulk_discard(&c->values);
    bulk_discard(&c->slices);
    /* A failed COMMIT has rolled back already, and this then fails; both leave no transaction. */
    (void)!db_run_plain(&c->db, STMT_ROLLBACK, &ignored);
    c->in_transaction = false;
    /* Where even this fails the connection is of no more use, and the next catalog_begin says so.
     */
    (void)!catalog_registers_load(c, &ignored);
}

enum error_code catalog_run_for_dataset(struct catalog *c, enum db_statement which,
                                        const char *dataset_id, struct error *err)
{
    struct db_call q = db_begin(&c->db, which, err);
    db_bind_key(&q, "dataset", dataset_id);
    return db_run(&q);
}

enum error_code catalog_touch(struct catalog *c, const char *dataset_id, struct error *err)
{
    if (marks_has(c, dataset_id, MARK_TOUCHED)) {
        return OK;
    }
    marks_set(c, dataset_id, MARK_TOUCHED);
    enum error_code code = bulk_flush(&c->datasets, err);
    code = code ? code : figures_apply(c, err);
    return code ? code : catalog_run_for_dataset(c, STMT_DATASET_PENDING, dataset_id, err);
}
