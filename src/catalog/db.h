/* db.h - a thin layer over DuckDB's C API: one connection, statements by name, parameters by name,
 * faults as errors.
 *
 * Statements live in the .sql files, each under a line "-- name: <name>", and are prepared once, at
 * first use. All values are bound. A db_call is begun, bound and run; the first fault sticks, so
 * that only the last step is checked:
 *
 *     struct db_call q = db_begin(db, STMT_FILE_DELETE, err);
 *     db_bind_i64(&q, "file", id);
 *     return db_run(&q);
 *
 * Threads: one at a time. Memory: a result belongs to the caller, who gives it to db_result_free.
 */
#ifndef TSI_CATALOG_DB_H
#define TSI_CATALOG_DB_H

#include <pthread.h>

#include "catalog/duckdb_api.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/str.h"
#include "catalog/catalog.h"
#include "catalog/statements.h"

struct db {
    duckdb_database database;
    duckdb_connection connection;
    duckdb_prepared_statement prepared[DB_STATEMENT_COUNT];
    pthread_t thread; /* of a statement that runs aside (bulk_insert.h); where `aside` */
    bool aside;
    const struct error
        *aside_fault; /* why such a statement failed, until its rows are dropped; NULL.
                         The transaction is lost: whatever fails then fails for it */
};

/* ---- opening ---- */

struct db_open {
    const char *path;
    const char *temp_directory; /* where queries spill */
    bool readonly;
    bool shared; /* with whoever in this process has opened the same path so: one descriptor, one
                    lock. The options of all must be equal. */
    const struct catalog_options *options;
};
MUST_CHECK enum error_code db_open(struct db *db, const struct db_open *o, struct error *err);
void db_close(struct db *db);

/* Wait for the statement that runs aside: a connection serves one at a time, and a second one would
 * end the first. Everything below does so first, and so must whoever uses the connection itself. */
void db_settle(struct db *db);

/* An error from DuckDB's text: its first line, and the code that it means. */
enum error_code db_fault(struct error *err, const char *what, const char *duckdb_text);
/* The same of a statement of this connection; where one that ran aside has failed, that is why. */
enum error_code db_fault_in(const struct db *db, struct error *err, const char *what,
                            const char *duckdb_text);
/* The process id in DuckDB's message about a lock; 0 where it names none. */
long db_lock_holder(const char *duckdb_text);

/* ---- statements ---- */

struct db_call {
    struct db *db;
    enum db_statement which;
    duckdb_prepared_statement stmt;
    struct error *err;
    enum error_code code; /* of the first fault */
};

struct db_call db_begin(struct db *db, enum db_statement which, struct error *err);
/* Text for people: bytes that are not UTF-8 stand as \xHH. NULL binds NULL. */
void db_bind_text(struct db_call *q, const char *name, const char *text);
void db_bind_str(struct db_call *q, const char *name, struct str text);
/* A key or an id: reversible, see text.h. */
void db_bind_key(struct db_call *q, const char *name, const char *key);
void db_bind_i64(struct db_call *q, const char *name, int64_t v);
/* As VARCHAR[]; they are UTF-8. */
void db_bind_strs(struct db_call *q, const char *name, const struct str *v, size_t n);
void db_bind_double(struct db_call *q, const char *name, double v);
void db_bind_bool(struct db_call *q, const char *name, bool v);
void db_bind_null(struct db_call *q, const char *name);

MUST_CHECK enum error_code db_run(struct db_call *q);
MUST_CHECK enum error_code db_run_count(struct db_call *q, uint64_t *changed);
/* A statement without parameters. */
MUST_CHECK enum error_code db_run_plain(struct db *db, enum db_statement which, struct error *err);
/* Several statements as one text without parameters or results (the schema). */
MUST_CHECK enum error_code db_run_script(struct db *db, const char *sql, struct error *err);

/* ---- results: walked row by row; `stream` keeps one chunk in memory at a time ---- */

/* No answer has more columns. */
#define DB_COLUMNS_MAX 128

/* A column of the chunk under way: asked of DuckDB once a chunk, and not once a value. */
struct db_column {
    duckdb_type type;
    void *data;
    uint64_t *validity; /* NULL: none of the values is */
};

struct db_rows {
    duckdb_result result;
    duckdb_data_chunk chunk; /* the one that `row` is in */
    idx_t row, size;
    idx_t n_columns;
    bool open;
    struct db_column columns[DB_COLUMNS_MAX];
};

MUST_CHECK enum error_code db_query(struct db_call *q, struct db_rows *rows);
MUST_CHECK enum error_code db_query_stream(struct db_call *q, struct db_rows *rows);
/* Step to the next row; false at the end or at a fault, which db_rows_fault tells apart. */
bool db_next(struct db_rows *rows);
MUST_CHECK enum error_code db_rows_end(struct db_rows *rows, struct error *err); /* frees, too */

bool db_is_null(struct db_rows *rows, idx_t column);
struct str db_get_str(struct db_rows *rows,
                      idx_t column); /* VARCHAR; data NULL for NULL; lives until db_next */
int64_t db_get_i64(struct db_rows *rows,
                   idx_t column); /* any integer, or TIMESTAMP as microseconds; 0 for NULL */
double db_get_double(struct db_rows *rows, idx_t column);
bool db_get_bool(struct db_rows *rows, idx_t column);
/* A copy in the arena, decoded where it is a key; NULL for NULL. */
const char *db_copy_text(struct db_rows *rows, idx_t column, struct arena *a);
const char *db_copy_key(struct db_rows *rows, idx_t column, struct arena *a);

#endif
