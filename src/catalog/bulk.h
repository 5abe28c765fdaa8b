/* bulk.h - append rows to one table through data chunks: the fast way in.
 *
 * Rows collect in a chunk of DuckDB's vector size, full chunks in DuckDB's appender, and both reach
 * the table at bulk_flush. Where several threads may write (bulk_threads), full chunks collect here
 * until each thread has a row group of them; what is less than that goes the other way. Columns are
 * set by position; a column that is not set in a row is NULL. Text must be UTF-8. After a fault
 * every call gives the fault again until bulk_discard.
 */
#ifndef TSI_CATALOG_BULK_H
#define TSI_CATALOG_BULK_H

#include "catalog/db.h"

/* The widest table that is appended to is datasets. */
#define BULK_MAX_COLUMNS 128

struct bulk {
    struct db *db;
    const char *table;
    duckdb_appender appender;
    duckdb_data_chunk chunk; /* the one that `rows` counts in */
    duckdb_logical_type types[BULK_MAX_COLUMNS];
    idx_t n_columns, rows, capacity;
    duckdb_vector vectors[BULK_MAX_COLUMNS];
    void *data[BULK_MAX_COLUMNS];
    uint64_t *validity[BULK_MAX_COLUMNS]; /* all rows from `rows` on are NULL */
    bool is_list[BULK_MAX_COLUMNS];
    bool pending;               /* rows that no statement can see yet */
    struct bulk_insert *insert; /* NULL: one thread writes */
    duckdb_data_chunk *full;    /* at most `most`; 0 of them where one thread writes */
    duckdb_data_chunk *leaving; /* those that are being inserted */
    size_t n_full, n_leaving, most;
};

MUST_CHECK enum error_code bulk_open(struct bulk *b, struct db *db, const char *table,
                                     struct error *err);
/* From now on `threads` of DuckDB's write what is large enough, in no promised order of rows; to be
 * called once, before the first row. Memory: two row groups for each of them. Fewer than 2: nothing
 * changes. `usual`: of bulk_insert.h. */
MUST_CHECK enum error_code bulk_threads(struct bulk *b, size_t threads, size_t usual,
                                        struct error *err);
/* Drops what waits and frees everything. */
void bulk_close(struct bulk *b);
/* Drops what waits: after a rollback. */
void bulk_discard(struct bulk *b);
MUST_CHECK enum error_code bulk_flush(struct bulk *b, struct error *err);

void bulk_i64(struct bulk *b, idx_t column, int64_t v);
void bulk_i32(struct bulk *b, idx_t column, int32_t v);
void bulk_bool(struct bulk *b, idx_t column, bool v);
void bulk_double(struct bulk *b, idx_t column, double v);
/* Text, or the bytes of a BLOB; data NULL leaves the value NULL. */
void bulk_str(struct bulk *b, idx_t column, struct str v);
/* Text for people: bytes that are not UTF-8 stand as \xHH. NULL leaves the value NULL. */
void bulk_text(struct bulk *b, idx_t column, const char *text);
/* An encoded key (text.h). */
void bulk_key(struct bulk *b, idx_t column, const char *key);
/* A VARCHAR[]: a series id taken apart (id_parts.h). */
void bulk_id_parts(struct bulk *b, idx_t column, struct str id, size_t n_parts);
MUST_CHECK enum error_code bulk_end_row(struct bulk *b, struct error *err);

#endif
