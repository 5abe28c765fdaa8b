/* The history of runs: how far the one of this catalog is, and what became of all of them. */
#include "base/clock.h"
#include "catalog/internal.h"
#include "catalog/result.h"

enum error_code catalog_run_progress(struct catalog *c, const struct catalog_progress *p,
                                     struct error *err)
{
    if (!c->run_id[0]) {
        return error_set(err, ERR_INTERNAL, "catalog_run_progress before catalog_run_start");
    }
    struct db_call q = db_begin(&c->db, STMT_RUN_PROGRESS, err);
    db_bind_text(&q, "run", c->run_id);
    db_bind_i64(&q, "now", clock_wall_us());
    db_bind_i64(&q, "files_total", (int64_t)p->files_total);
    db_bind_i64(&q, "files_done", (int64_t)p->files_done);
    db_bind_i64(&q, "files_failed", (int64_t)p->files_failed);
    db_bind_i64(&q, "files_unchanged", (int64_t)p->files_unchanged);
    db_bind_i64(&q, "bytes_total", (int64_t)p->bytes_total);
    db_bind_i64(&q, "bytes_done", (int64_t)p->bytes_done);
    db_bind_text(&q, "limited", p->limited);
    return db_run(&q);
}

const char *catalog_run_id(const struct catalog *c)
{
    return c->run_id;
}

enum error_code catalog_runs(struct catalog *c, uint64_t limit, struct table *out,
                             struct error *err)
{
    struct db_rows rows;
    uint64_t total = 0;
    struct db_call count = db_begin(&c->db, STMT_COUNT_RUNS, err);
    enum error_code code = db_query(&count, &rows);
    if (!code) {
        total = db_next(&rows) ? (uint64_t)db_get_i64(&rows, 0) : 0;
        code = db_rows_end(&rows, err);
    }
    /* A writer asks about itself. A reader of the file itself knows that nobody writes. */
    int64_t unknown = -1;
    int64_t holder = c->writer || (c->is_snapshot && !c->holder) ? unknown : (int64_t)c->holder;
    struct db_call q = db_begin(&c->db, STMT_LIST_RUNS, err);
    db_bind_i64(&q, "holder", holder);
    db_bind_i64(&q, "limit", limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
    code = code ? code : result_table(&q, out);
    if (!code) {
        out->total = out->matched = total;
    }
    return code;
}
