#include <stdio.h>
#include <string.h>

#include "catalog/internal.h"
#include "catalog/result.h"

/* A LIMIT that is none. */
#define NO_LIMIT INT64_MAX

/* A writer that reads sees what it has put so far. */
static enum error_code ready(struct catalog *c, struct error *err)
{
    return c->writer ? catalog_flush(c, err) : OK;
}

static void bind_optional_dataset(struct db_call *q, const char *dataset)
{
    if (dataset) {
        db_bind_key(q, "dataset", dataset);
    } else {
        db_bind_null(q, "dataset");
    }
}

static enum error_code count(struct catalog *c, enum db_statement which, const char *dataset,
                             uint64_t *n, struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, which, err);
    if (which != STMT_COUNT_FAILURES) {
        bind_optional_dataset(&q, dataset);
    }
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    *n = db_next(&rows) ? (uint64_t)db_get_i64(&rows, 0) : 0;
    return db_rows_end(&rows, err);
}

enum error_code catalog_status(struct catalog *c, struct table *out, struct error *err)
{
    enum error_code code = ready(c, err);
    struct db_call q = db_begin(&c->db, STMT_STATUS, err);
    return code ? code : result_table(&q, out);
}

enum error_code catalog_datasets(struct catalog *c, uint64_t limit, struct table *out,
                                 struct error *err)
{
    uint64_t total = 0;
    enum error_code code = ready(c, err);
    code = code ? code : count(c, STMT_COUNT_DATASETS, NULL, &total, err);
    struct db_call q = db_begin(&c->db, STMT_LIST_DATASETS, err);
    db_bind_i64(&q, "limit", limit > NO_LIMIT ? NO_LIMIT : (int64_t)limit);
    code = code ? code : result_table(&q, out);
    if (!code) {
        out->total = out->matched = total;
    }
    return code;
}

enum error_code catalog_failures(struct catalog *c, const char *dataset_id, struct table *out,
                                 struct error *err)
{
    uint64_t total = 0;
    enum error_code code = ready(c, err);
    code = code ? code : count(c, STMT_COUNT_FAILURES, NULL, &total, err);
    struct db_call q = db_begin(&c->db, STMT_LIST_FAILURES, err);
    bind_optional_dataset(&q, dataset_id);
    code = code ? code : result_table(&q, out);
    if (!code) {
        out->total = total;
    }
    return code;
}

enum error_code catalog_drift(struct catalog *c, const char *dataset_id, struct table *out,
                              struct error *err)
{
    enum error_code code = ready(c, err);
    struct db_call q = db_begin(&c->db, STMT_LIST_DRIFT, err);
    bind_optional_dataset(&q, dataset_id);
    return code ? code : result_table(&q, out);
}

enum error_code catalog_series_spans(struct catalog *c, const char *dataset_id,
                                     const char *series_id, struct table *out, struct error *err)
{
    enum error_code code = ready(c, err);
    struct db_call q = db_begin(&c->db, STMT_SERIES_SPANS, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_text(&q, "series", series_id);
    return code ? code : result_table(&q, out);
}

enum error_code catalog_series_values(struct catalog *c, const char *dataset_id,
                                      const char *series_id, struct table *out, struct error *err)
{
    enum error_code code = ready(c, err);
    struct db_call q = db_begin(&c->db, STMT_SERIES_VALUES, err);
    db_bind_text(&q, "dataset", dataset_id);
    db_bind_text(&q, "series", series_id);
    return code ? code : result_table(&q, out);
}

enum error_code catalog_twins(struct catalog *c, const char *text, uint64_t limit,
                              struct table *out, struct error *err)
{
    enum error_code code = ready(c, err);
    struct db_call q = db_begin(&c->db, STMT_LIST_TWINS, err);
    db_bind_text(&q, "text", text);
    db_bind_i64(&q, "limit", limit > NO_LIMIT ? NO_LIMIT : (int64_t)limit);
    return code ? code : result_table(&q, out);
}

/* ---- the dump ---- */

enum error_code catalog_dump(struct catalog *c, FILE *out, struct error *err)
{
    static const struct {
        enum db_statement which;
        const char *table;
    } parts[] = {{STMT_DUMP_DATASETS, "datasets"},    {STMT_DUMP_FILES, "files"},
                 {STMT_DUMP_COLUMNS, "columns"},      {STMT_DUMP_SERIES, "series_metadata"},
                 {STMT_DUMP_VALUES, "series_values"}, {STMT_DUMP_SPANS, "spans"},
                 {STMT_DUMP_FAILURES, "failures"}};
    enum error_code code = ready(c, err);
    for (size_t i = 0; !code && i < sizeof parts / sizeof *parts; i++) {
        struct db_call q = db_begin(&c->db, parts[i].which, err);
        code = result_ndjson(&q, parts[i].table, out);
    }
    return code;
}
