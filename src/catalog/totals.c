#include "catalog/internal.h"

enum error_code catalog_totals(struct catalog *c, const char *source_uri, uint64_t *rows,
                               uint64_t *series, bool *series_known, uint64_t *datasets_failed,
                               struct error *err)
{
    struct db_rows r;
    struct db_call q = db_begin(&c->db, STMT_TOTALS, err);
    db_bind_text(&q, "source", source_uri);
    enum error_code code = db_query(&q, &r);
    if (code) {
        return code;
    }
    if (db_next(&r)) {
        *rows = (uint64_t)db_get_i64(&r, 0);
        *series = (uint64_t)db_get_i64(&r, 1);
        *series_known = db_get_i64(&r, 2) == 0;
        *datasets_failed = (uint64_t)db_get_i64(&r, 3);
    }
    return db_rows_end(&r, err);
}
