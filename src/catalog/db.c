#include "catalog/db.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "catalog/separators.h"
#include "catalog/text.h"

extern const char sql_macros[];

static void set_config(duckdb_config config, const char *name, const char *value)
{
    /* Fails only for names that this version of DuckDB does not know; none of ours is needed for a
     * right answer. */
    (void)!duckdb_set_config(config, name, value);
}

static duckdb_config make_config(const struct db_open *o)
{
    duckdb_config config = NULL;
    char number[32];
    if (duckdb_create_config(&config) == DuckDBError) {
        return NULL;
    }
    set_config(config, "access_mode", o->readonly ? "READ_ONLY" : "READ_WRITE");
    /* No extension is ever fetched or read from the home directory. */
    set_config(config, "autoinstall_known_extensions", "false");
    set_config(config, "autoload_known_extensions", "false");
    set_config(config, "allow_community_extensions", "false");
    set_config(config, "allow_persistent_secrets", "false");
    set_config(config, "temp_directory", o->temp_directory);
    /* Rows have no order of their own here, and keeping one would forbid spilling in some plans. */
    set_config(config, "preserve_insertion_order", "false");
    if (o->options && o->options->memory) {
        snprintf(number, sizeof number, "%" PRIu64 "B", o->options->memory);
        set_config(config, "memory_limit", number);
    }
    if (o->options && o->options->threads > 0) {
        snprintf(number, sizeof number, "%d", o->options->threads);
        set_config(config, "threads", number);
    }
    return config;
}

/* Made once, at the first use, and kept as long as the process. */
static duckdb_instance_cache instances;

static void make_instances(void)
{
    instances = duckdb_create_instance_cache();
}

static duckdb_state open_database(struct db *db, const struct db_open *o, duckdb_config config,
                                  char **text)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (!o->shared) {
        return duckdb_open_ext(o->path, &db->database, config, text);
    }
    pthread_once(&once, make_instances);
    return duckdb_get_or_create_from_cache(instances, o->path, &db->database, config, text);
}

enum error_code db_open(struct db *db, const struct db_open *o, struct error *err)
{
    *db = (struct db){0};
    enum error_code loaded = duckdb_api_load(err);
    if (loaded) {
        return loaded;
    }
    char *text = NULL;
    duckdb_config config = make_config(o);
    if (!config) {
        return error_set(err, ERR_CATALOG, "catalog: DuckDB gave no configuration");
    }
    duckdb_state state = open_database(db, o, config, &text);
    duckdb_destroy_config(&config);
    enum error_code code = OK;
    if (state == DuckDBError) {
        code = db_fault(err, "opening it", text);
        duckdb_free(text);
    } else if (duckdb_connect(db->database, &db->connection) == DuckDBError) {
        code = error_set(err, ERR_CATALOG, "catalog: DuckDB gave no connection");
    } else {
        code = separators_register(db->connection, err);
        code = code ? code : db_run_script(db, sql_macros, err);
    }
    if (code) {
        db_close(db);
    }
    return code;
}

void db_settle(struct db *db)
{
    if (db->aside) {
        pthread_join(db->thread, NULL);
        db->aside = false;
    }
}

void db_close(struct db *db)
{
    db_settle(db);
    for (size_t i = 0; i < DB_STATEMENT_COUNT; i++) {
        if (db->prepared[i]) {
            duckdb_destroy_prepare(&db->prepared[i]);
        }
    }
    duckdb_disconnect(&db->connection);
    duckdb_close(&db->database);
}

enum error_code db_fault_in(const struct db *db, struct error *err, const char *what,
                            const char *duckdb_text)
{
    if (!db->aside_fault) {
        return db_fault(err, what, duckdb_text);
    }
    if (err) {
        *err = *db->aside_fault;
    }
    return db->aside_fault->code;
}

static enum error_code prepare(struct db *db, enum db_statement which, struct error *err)
{
    unsigned long len;
    const char *text = statement_text(which, &len);
    if (!text) {
        return error_set(err, ERR_INTERNAL, "catalog: no statement %s", statement_name(which));
    }
    char *sql = mem_alloc(len + 1);
    memcpy(sql, text, len);
    sql[len] = '\0';
    duckdb_prepared_statement stmt = NULL;
    enum error_code code = OK;
    if (duckdb_prepare(db->connection, sql, &stmt) == DuckDBError) {
        code = db_fault_in(db, err, statement_name(which), duckdb_prepare_error(stmt));
        duckdb_destroy_prepare(&stmt);
    } else {
        db->prepared[which] = stmt;
    }
    mem_free(sql);
    return code;
}

struct db_call db_begin(struct db *db, enum db_statement which, struct error *err)
{
    db_settle(db);
    struct db_call q = {.db = db, .which = which, .err = err};
    if (!db->prepared[which]) {
        q.code = prepare(db, which, err);
    }
    q.stmt = db->prepared[which];
    if (!q.code) {
        duckdb_clear_bindings(q.stmt);
    }
    return q;
}

/* The index of a parameter; 0 where there is a fault already. */
static idx_t parameter(struct db_call *q, const char *name)
{
    idx_t index = 0;
    if (!q->code && duckdb_bind_parameter_index(q->stmt, &index, name) == DuckDBError) {
        q->code = error_set(q->err, ERR_INTERNAL, "catalog: %s has no parameter $%s",
                            statement_name(q->which), name);
    }
    return q->code ? 0 : index;
}

static void check_bind(struct db_call *q, duckdb_state state)
{
    if (state == DuckDBError) {
        q->code =
            db_fault_in(q->db, q->err, statement_name(q->which), duckdb_prepare_error(q->stmt));
    }
}

void db_bind_str(struct db_call *q, const char *name, struct str text)
{
    if (!text.data) {
        db_bind_null(q, name);
        return;
    }
    idx_t i = parameter(q, name);
    if (!i) {
        return;
    }
    if (str_is_utf8(text)) {
        check_bind(q, duckdb_bind_varchar_length(q->stmt, i, text.data, text.len));
        return;
    }
    struct strbuf clean;
    strbuf_init(&clean, SIZE_MAX);
    text_clean(text, &clean);
    check_bind(q, duckdb_bind_varchar_length(q->stmt, i, clean.data, clean.len));
    strbuf_free(&clean);
}

void db_bind_text(struct db_call *q, const char *name, const char *text)
{
    db_bind_str(q, name, text ? str_c(text) : str_n(NULL, 0));
}

void db_bind_key(struct db_call *q, const char *name, const char *key)
{
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX);
    strbuf_add_c(&b, "");
    key_encode(str_c(key), &b);
    db_bind_str(q, name, str_n(b.data ? b.data : "", b.len));
    strbuf_free(&b);
}

void db_bind_i64(struct db_call *q, const char *name, int64_t v)
{
    idx_t i = parameter(q, name);
    if (i) {
        check_bind(q, duckdb_bind_int64(q->stmt, i, v));
    }
}

void db_bind_strs(struct db_call *q, const char *name, const struct str *v, size_t n)
{
    idx_t i = parameter(q, name);
    if (!i) {
        return;
    }
    duckdb_value *texts = mem_alloc(n * sizeof(duckdb_value));
    for (size_t k = 0; k < n; k++) {
        texts[k] = duckdb_create_varchar_length(v[k].data, v[k].len);
    }
    duckdb_logical_type type = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    duckdb_value list = duckdb_create_list_value(type, texts, n);
    check_bind(q, duckdb_bind_value(q->stmt, i, list));
    duckdb_destroy_value(&list);
    duckdb_destroy_logical_type(&type);
    for (size_t k = 0; k < n; k++) {
        duckdb_destroy_value(&texts[k]);
    }
    mem_free(texts);
}

void db_bind_double(struct db_call *q, const char *name, double v)
{
    idx_t i = parameter(q, name);
    if (i) {
        check_bind(q, duckdb_bind_double(q->stmt, i, v));
    }
}

void db_bind_bool(struct db_call *q, const char *name, bool v)
{
    idx_t i = parameter(q, name);
    if (i) {
        check_bind(q, duckdb_bind_boolean(q->stmt, i, v));
    }
}

void db_bind_null(struct db_call *q, const char *name)
{
    idx_t i = parameter(q, name);
    if (i) {
        check_bind(q, duckdb_bind_null(q->stmt, i));
    }
}

static enum error_code execute(struct db_call *q, duckdb_result *result)
{
    db_settle(q->db);
    if (q->code) {
        return q->code;
    }
    if (duckdb_execute_prepared(q->stmt, result) == DuckDBError) {
        q->code = db_fault_in(q->db, q->err, statement_name(q->which), duckdb_result_error(result));
        duckdb_destroy_result(result);
    }
    return q->code;
}

enum error_code db_run_count(struct db_call *q, uint64_t *changed)
{
    duckdb_result result;
    enum error_code code = execute(q, &result);
    if (!code) {
        *changed = duckdb_rows_changed(&result);
        duckdb_destroy_result(&result);
    }
    return code;
}

enum error_code db_run(struct db_call *q)
{
    uint64_t changed;
    return db_run_count(q, &changed);
}

enum error_code db_run_plain(struct db *db, enum db_statement which, struct error *err)
{
    struct db_call q = db_begin(db, which, err);
    return db_run(&q);
}

enum error_code db_run_script(struct db *db, const char *sql, struct error *err)
{
    db_settle(db);
    duckdb_result result;
    enum error_code code = OK;
    if (duckdb_query(db->connection, sql, &result) == DuckDBError) {
        code = db_fault_in(db, err, "a script", duckdb_result_error(&result));
    }
    duckdb_destroy_result(&result);
    return code;
}

static enum error_code open_rows(struct db_call *q, struct db_rows *rows)
{
    rows->open = true;
    rows->n_columns = duckdb_column_count(&rows->result);
    if (rows->n_columns > DB_COLUMNS_MAX) {
        q->code = error_set(q->err, ERR_INTERNAL, "catalog: %s has too many columns",
                            statement_name(q->which));
        duckdb_destroy_result(&rows->result);
        rows->open = false;
        return q->code;
    }
    for (idx_t c = 0; c < rows->n_columns; c++) {
        rows->columns[c].type = duckdb_column_type(&rows->result, c);
    }
    return OK;
}

enum error_code db_query(struct db_call *q, struct db_rows *rows)
{
    *rows = (struct db_rows){0};
    enum error_code code = execute(q, &rows->result);
    return code ? code : open_rows(q, rows);
}

enum error_code db_query_stream(struct db_call *q, struct db_rows *rows)
{
    *rows = (struct db_rows){0};
    if (q->code) {
        return q->code;
    }
    db_settle(q->db);
    duckdb_pending_result pending = NULL;
    if (duckdb_pending_prepared_streaming(q->stmt, &pending) == DuckDBError) {
        q->code =
            db_fault_in(q->db, q->err, statement_name(q->which), duckdb_pending_error(pending));
    } else if (duckdb_execute_pending(pending, &rows->result) == DuckDBError) {
        q->code = db_fault_in(q->db, q->err, statement_name(q->which),
                              duckdb_result_error(&rows->result));
        duckdb_destroy_result(&rows->result);
    } else {
        (void)!open_rows(q, rows);
    }
    duckdb_destroy_pending(&pending);
    return q->code;
}
