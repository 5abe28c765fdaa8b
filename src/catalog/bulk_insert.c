#include "catalog/bulk_insert.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

struct bulk_insert {
    struct db *db;
    const char *table;
    size_t n_columns, threads, usual;
    duckdb_logical_type *types;
    char *sql;
    /* Of the call under way. */
    const duckdb_data_chunk *chunks;
    size_t n;
    size_t block;         /* chunks that make a row group */
    atomic_size_t next;   /* the block that nobody has claimed */
    enum error_code code; /* of the last call */
    struct error err;
};

/* What a thread has claimed and not given yet. */
struct claim {
    size_t at, end;
};

static void bind(duckdb_bind_info info)
{
    const struct bulk_insert *b = duckdb_bind_get_extra_info(info);
    char name[16];
    for (size_t c = 0; c < b->n_columns; c++) {
        snprintf(name, sizeof name, "c%zu", c);
        duckdb_bind_add_result_column(info, name, b->types[c]);
    }
}

static void start(duckdb_init_info info)
{
    const struct bulk_insert *b = duckdb_init_get_extra_info(info);
    duckdb_init_set_max_threads(info, b->threads);
}

static void start_thread(duckdb_init_info info)
{
    duckdb_init_set_init_data(info, mem_zalloc(sizeof(struct claim)), mem_free);
}

static void give(duckdb_function_info info, duckdb_data_chunk out)
{
    struct bulk_insert *b = duckdb_function_get_extra_info(info);
    struct claim *claim = duckdb_function_get_local_init_data(info);
    if (claim->at == claim->end) {
        size_t from = atomic_fetch_add(&b->next, 1) * b->block;
        claim->at = from < b->n ? from : b->n;
        claim->end = b->n - claim->at < b->block ? b->n : claim->at + b->block;
    }
    if (claim->at == claim->end) {
        duckdb_data_chunk_set_size(out, 0);
        return;
    }
    duckdb_data_chunk chunk = b->chunks[claim->at++];
    for (idx_t c = 0; c < b->n_columns; c++) {
        duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(out, c),
                                       duckdb_data_chunk_get_vector(chunk, c));
    }
    duckdb_data_chunk_set_size(out, duckdb_data_chunk_get_size(chunk));
}

static duckdb_state register_function(struct bulk_insert *b, const char *name)
{
    duckdb_table_function f = duckdb_create_table_function();
    duckdb_table_function_set_name(f, name);
    duckdb_table_function_set_extra_info(f, b, NULL);
    duckdb_table_function_set_bind(f, bind);
    duckdb_table_function_set_init(f, start);
    duckdb_table_function_set_local_init(f, start_thread);
    duckdb_table_function_set_function(f, give);
    duckdb_state state = duckdb_register_table_function(b->db->connection, f);
    duckdb_destroy_table_function(&f);
    return state;
}

enum error_code bulk_insert_new(struct db *db, const char *table, const duckdb_logical_type *types,
                                size_t n_columns, size_t threads, size_t usual,
                                struct bulk_insert **out, struct error *err)
{
    char name[64];
    struct strbuf sql;
    struct bulk_insert *b = mem_zalloc(sizeof *b);
    *b = (struct bulk_insert){.db = db,
                              .table = table,
                              .n_columns = n_columns,
                              .threads = threads,
                              .usual = usual,
                              .block = BULK_BLOCK_ROWS / duckdb_vector_size()};
    b->types = mem_alloc(n_columns * sizeof(duckdb_logical_type));
    memcpy(b->types, types, n_columns * sizeof(duckdb_logical_type));
    snprintf(name, sizeof name, "collected_%s", table);
    strbuf_init(&sql, SIZE_MAX);
    strbuf_printf(&sql, "INSERT INTO %s FROM %s()", table, name);
    b->sql = mem_strdup(sql.data);
    strbuf_free(&sql);
    if (register_function(b, name) == DuckDBError) {
        bulk_insert_free(b);
        return error_set(err, ERR_CATALOG, "catalog: a function was refused");
    }
    *out = b;
    return OK;
}

void bulk_insert_free(struct bulk_insert *b)
{
    if (b) {
        mem_free(b->types);
        mem_free(b->sql);
        mem_free(b);
    }
}

static enum error_code run(struct bulk_insert *b, const char *sql, struct error *err)
{
    duckdb_result result;
    enum error_code code = OK;
    if (duckdb_query(b->db->connection, sql, &result) == DuckDBError) {
        code = db_fault(err, b->table, duckdb_result_error(&result));
    }
    duckdb_destroy_result(&result);
    return code;
}

static enum error_code set_threads(struct bulk_insert *b, size_t n, struct error *err)
{
    char sql[48];
    if (b->usual == 0) {
        return OK;
    }
    snprintf(sql, sizeof sql, "SET threads = %zu", n);
    return run(b, sql, err);
}

static enum error_code insert(struct bulk_insert *b, struct error *err)
{
    enum error_code code = set_threads(b, b->threads, err);
    if (code) {
        return code;
    }
    code = run(b, b->sql, err);
    enum error_code reset = set_threads(b, b->usual, code ? NULL : err);
    return code ? code : reset;
}

static void *insert_thread(void *user)
{
    struct bulk_insert *b = user;
    enum error_code code = insert(b, &b->err);
    if (code) {
        b->code = code;
        b->db->aside_fault = &b->err;
    }
    return NULL;
}

enum error_code bulk_insert_start(struct bulk_insert *b, const duckdb_data_chunk *chunks, size_t n,
                                  struct error *err)
{
    db_settle(b->db);
    b->chunks = chunks;
    b->n = n;
    atomic_store(&b->next, 0);
    int failed = pthread_create(&b->db->thread, NULL, insert_thread, b);
    if (failed) {
        return error_set_errno(err, failed, "cannot start a thread that writes %s", b->table);
    }
    b->db->aside = true;
    return OK;
}

enum error_code bulk_insert_wait(struct bulk_insert *b, struct error *err)
{
    db_settle(b->db);
    if (b->code && err) {
        *err = b->err;
    }
    return b->code;
}

void bulk_insert_forget(struct bulk_insert *b)
{
    (void)!bulk_insert_wait(b, NULL);
    b->db->aside_fault = b->db->aside_fault == &b->err ? NULL : b->db->aside_fault;
    b->code = OK;
}
