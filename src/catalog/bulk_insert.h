/* bulk_insert.h - rows of many chunks into one table, by several threads.
 *
 * What costs a large table its time is the choice of a compression and the compressing, a row group
 * of 122,880 rows at a time, and DuckDB's appender does that in the thread that appends. An INSERT
 * from a table function does it in as many threads as the function allows. Each of them claims a
 * block of chunks that makes one row group, so that none is left with parts of one, which a single
 * thread would have to put together.
 *
 * Meanwhile the caller may make the next rows: the statement runs in a thread of its own, which is
 * waited for before anything else is asked of the connection (db_settle).
 *
 * Rows reach the table in no promised order. Threads: one caller; those of DuckDB read the chunks.
 */
#ifndef TSI_CATALOG_BULK_INSERT_H
#define TSI_CATALOG_BULK_INSERT_H

#include "catalog/db.h"

/* The rows of DuckDB's row groups. */
#define BULK_BLOCK_ROWS 122880

struct bulk_insert;

/* For a table with columns of these types. `threads`: 2 or more, of which DuckDB has `usual`
 * between the calls; 0: as many as it chooses. */
MUST_CHECK enum error_code bulk_insert_new(struct db *db, const char *table,
                                           const duckdb_logical_type *types, size_t n_columns,
                                           size_t threads, size_t usual, struct bulk_insert **out,
                                           struct error *err);
void bulk_insert_free(struct bulk_insert *b);
/* Begin to insert the rows of all chunks, which live, unchanged, until bulk_insert_wait. */
MUST_CHECK enum error_code bulk_insert_start(struct bulk_insert *b, const duckdb_data_chunk *chunks,
                                             size_t n, struct error *err);
/* Until the rows are in the table, or it is known why not; a fault is told by each call until
 * bulk_insert_forget. */
MUST_CHECK enum error_code bulk_insert_wait(struct bulk_insert *b, struct error *err);
void bulk_insert_forget(struct bulk_insert *b);

#endif
