#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "catalog/marks.h"
#include "catalog/text.h"

/* ---- failures ---- */

/* Positions in `failures`, as schema.sql orders them. */
enum { W_DATASET, W_KEY, W_CODE, W_SEVERITY, W_REASON, W_FIRST_SEEN, W_LAST_SEEN, W_RUN };

static enum error_code failure_insert(struct catalog *c, const char *dataset_id, const char *key,
                                      enum error_code what, const char *text, struct error *err)
{
    struct bulk *b = &c->failures;
    int64_t now = clock_wall_us();
    bulk_key(b, W_DATASET, dataset_id);
    bulk_key(b, W_KEY, key);
    bulk_str(b, W_CODE, str_c(error_name(what)));
    bulk_str(b, W_SEVERITY, str_c(error_exit_code(what) ? "error" : "note"));
    bulk_text(b, W_REASON, text);
    bulk_i64(b, W_FIRST_SEEN, now);
    bulk_i64(b, W_LAST_SEEN, now);
    bulk_text(b, W_RUN, c->run_id[0] ? c->run_id : NULL);
    return bulk_end_row(b, err);
}

static enum error_code failure_seen(struct catalog *c, const char *dataset_id, const char *key,
                                    enum error_code what, const char *text, uint64_t *changed,
                                    struct error *err)
{
    struct db_call q = db_begin(&c->db, STMT_FAILURE_SEEN, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_key(&q, "key", key);
    db_bind_text(&q, "code", error_name(what));
    db_bind_text(&q, "reason", text);
    db_bind_i64(&q, "now", clock_wall_us());
    db_bind_text(&q, "run", c->run_id[0] ? c->run_id : NULL);
    return db_run_count(&q, changed);
}

/* An object fails for one reason at a time: another error of it is of the past. */
static enum error_code drop_others(struct catalog *c, const char *dataset_id, const char *key,
                                   enum error_code what, struct error *err)
{
    if (!*key || error_exit_code(what) == 0) {
        return OK;
    }
    struct db_call q = db_begin(&c->db, STMT_FAILURE_DELETE_OTHERS, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_key(&q, "key", key);
    db_bind_text(&q, "code", error_name(what));
    return db_run(&q);
}

enum error_code catalog_failure_put(struct catalog *c, const char *dataset_id, const char *key,
                                    enum error_code what, const char *text, struct error *err)
{
    struct strbuf pair;
    uint64_t failing = 0, changed = 0;
    key = key ? key : "";
    strbuf_init(&pair, SIZE_MAX);
    catalog_pair(&pair, dataset_id, key);
    enum error_code code = catalog_need_transaction(c, "catalog_failure_put", err);
    if (!code && map_get(&c->failing, strbuf_view(&pair), &failing) && failing) {
        code = bulk_flush(&c->failures, err);
        code = code ? code : drop_others(c, dataset_id, key, what, err);
        code = code ? code : failure_seen(c, dataset_id, key, what, text, &changed, err);
    }
    if (!code && changed == 0) {
        code = failure_insert(c, dataset_id, key, what, text, err);
        map_put(&c->failing, strbuf_view(&pair), NULL)->value = 1;
    }
    marks_set(c, dataset_id, MARK_FAILURES | (error_exit_code(what) ? MARK_ERRORS : 0));
    strbuf_free(&pair);
    return code;
}

enum error_code catalog_failures_sweep(struct catalog *c, const char *dataset_id, struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_failures_sweep", err);
    if (code || !c->run_id[0] || !marks_has(c, dataset_id, MARK_OLD)) {
        return code;
    }
    code = catalog_flush(c, err);
    if (code) {
        return code;
    }
    struct db_call q = db_begin(&c->db, STMT_FAILURES_SWEEP, err);
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_i64(&q, "since", c->run_started_us);
    return db_run(&q);
}

enum error_code catalog_failures_sweep_orphans(struct catalog *c, const char *source_uri,
                                               struct error *err)
{
    enum error_code code = catalog_need_transaction(c, "catalog_failures_sweep_orphans", err);
    code = code ? code : catalog_flush(c, err);
    if (code || !c->run_id[0]) {
        return code;
    }
    struct db_call q = db_begin(&c->db, STMT_FAILURES_SWEEP_ORPHANS, err);
    db_bind_text(&q, "source", source_uri);
    db_bind_i64(&q, "since", c->run_started_us);
    return db_run(&q);
}

/* ---- runs ---- */

/* Sorts by time, and tells two runs of one microsecond on two machines of a shared folder apart by
 * the process. */
static void name_run(struct catalog *c)
{
    char iso[CLOCK_ISO_SIZE];
    size_t n = 0;
    clock_format_iso(c->run_started_us, iso);
    for (const char *p = iso; *p; p++) {
        if (*p != '-' && *p != ':' && *p != '.' && *p != 'Z') {
            c->run_id[n++] = *p;
        }
    }
    snprintf(c->run_id + n, sizeof c->run_id - n, "-%ld", (long)getpid());
}

enum error_code catalog_run_start(struct catalog *c, const char *source, const char *options_json,
                                  struct error *err)
{
    char host[256] = "";
    if (!c->writer) {
        return error_set(err, ERR_INTERNAL, "catalog_run_start on a reader");
    }
    (void)!gethostname(host, sizeof host - 1);
    c->run_started_us = clock_wall_us();
    marks_start_run(c);
    name_run(c);
    struct db_call q = db_begin(&c->db, STMT_RUN_INSERT, err);
    db_bind_text(&q, "run", c->run_id);
    db_bind_text(&q, "source", source);
    db_bind_text(&q, "options", options_json);
    db_bind_i64(&q, "now", c->run_started_us);
    db_bind_i64(&q, "pid", getpid());
    db_bind_text(&q, "host", host);
    return db_run(&q);
}

static void add_counters(struct strbuf *b, const struct counters *counters)
{
    const char *comma = "{";
#define ADD_COUNTER(field, text)                                                                   \
    strbuf_printf(b, "%s\"" #field "\":%llu", comma,                                               \
                  (unsigned long long)counter_get(&counters->field));                              \
    comma = ",";
    COUNTERS(ADD_COUNTER)
#undef ADD_COUNTER
    strbuf_add_char(b, '}');
}

enum error_code catalog_run_finish(struct catalog *c, const char *state,
                                   const struct counters *counters, uint64_t peak_memory,
                                   struct error *err)
{
    if (!c->run_id[0]) {
        return error_set(err, ERR_INTERNAL, "catalog_run_finish before catalog_run_start");
    }
    struct strbuf json;
    strbuf_init(&json, SIZE_MAX);
    int64_t now = clock_wall_us();
    struct db_call q = db_begin(&c->db, STMT_RUN_FINISH, err);
    db_bind_text(&q, "run", c->run_id);
    db_bind_text(&q, "state", state);
    db_bind_i64(&q, "now", now);
    if (counters) {
        add_counters(&json, counters);
        db_bind_str(&q, "counters", strbuf_view(&json));
    } else {
        db_bind_null(&q, "counters");
    }
    db_bind_i64(&q, "peak", (int64_t)peak_memory);
    db_bind_double(&q, "seconds", (double)(now - c->run_started_us) / 1e6);
    strbuf_free(&json);
    return db_run(&q);
}
