#include "catalog/bulk.h"

#include <string.h>

#include "base/memory.h"
#include "catalog/bulk_insert.h"
#include "catalog/db.h"
#include "catalog/id_parts.h"
#include "catalog/text.h"

static enum error_code fault(struct bulk *b, struct error *err)
{
    duckdb_error_data data = duckdb_appender_error_data(b->appender);
    enum error_code code = db_fault_in(b->db, err, b->table, duckdb_error_data_message(data));
    duckdb_destroy_error_data(&data);
    return code;
}

/* An empty chunk whose every value is NULL. */
static void start_chunk(struct bulk *b)
{
    duckdb_data_chunk_reset(b->chunk);
    b->rows = 0;
    for (idx_t c = 0; c < b->n_columns; c++) {
        b->vectors[c] = duckdb_data_chunk_get_vector(b->chunk, c);
        duckdb_vector_ensure_validity_writable(b->vectors[c]);
        b->data[c] = duckdb_vector_get_data(b->vectors[c]);
        b->validity[c] = duckdb_vector_get_validity(b->vectors[c]);
        memset(b->validity[c], 0, (b->capacity + 63) / 64 * sizeof(uint64_t));
        if (b->is_list[c]) {
            (void)!duckdb_list_vector_set_size(b->vectors[c], 0);
        }
    }
}

enum error_code bulk_open(struct bulk *b, struct db *db, const char *table, struct error *err)
{
    db_settle(db);
    *b = (struct bulk){.db = db, .table = table, .capacity = duckdb_vector_size()};
    if (duckdb_appender_create(db->connection, NULL, table, &b->appender) == DuckDBError) {
        enum error_code code = fault(b, err);
        duckdb_appender_destroy(&b->appender);
        return code;
    }
    b->n_columns = duckdb_appender_column_count(b->appender);
    if (b->n_columns > BULK_MAX_COLUMNS) {
        return error_set(err, ERR_INTERNAL, "catalog: table %s has too many columns", table);
    }
    for (idx_t c = 0; c < b->n_columns; c++) {
        b->types[c] = duckdb_appender_column_type(b->appender, c);
        b->is_list[c] = duckdb_get_type_id(b->types[c]) == DUCKDB_TYPE_LIST;
    }
    b->chunk = duckdb_create_data_chunk(b->types, b->n_columns);
    start_chunk(b);
    return OK;
}

enum error_code bulk_threads(struct bulk *b, size_t threads, size_t usual, struct error *err)
{
    if (threads < 2) {
        return OK;
    }
    enum error_code code =
        bulk_insert_new(b->db, b->table, b->types, b->n_columns, threads, usual, &b->insert, err);
    if (!code) {
        b->most = threads * (BULK_BLOCK_ROWS / b->capacity);
        b->full = mem_alloc(b->most * sizeof(duckdb_data_chunk));
        b->leaving = mem_alloc(b->most * sizeof(duckdb_data_chunk));
    }
    return code;
}

static void drop(duckdb_data_chunk *chunks, size_t *n)
{
    while (*n > 0) {
        duckdb_destroy_data_chunk(&chunks[--*n]);
    }
}

/* Those that are being inserted are in the table, or it is known why not. */
static enum error_code wait_for_leaving(struct bulk *b, struct error *err)
{
    enum error_code code = b->insert ? bulk_insert_wait(b->insert, err) : OK;
    drop(b->leaving, &b->n_leaving);
    return code;
}

void bulk_discard(struct bulk *b)
{
    if (b->appender) {
        if (b->insert) {
            bulk_insert_forget(b->insert);
        }
        (void)!duckdb_appender_clear(b->appender);
        drop(b->leaving, &b->n_leaving);
        drop(b->full, &b->n_full);
        start_chunk(b);
        b->pending = false;
    }
}

void bulk_close(struct bulk *b)
{
    bulk_discard(b);
    bulk_insert_free(b->insert);
    mem_free(b->full);
    mem_free(b->leaving);
    duckdb_destroy_data_chunk(&b->chunk);
    for (idx_t c = 0; c < b->n_columns; c++) {
        duckdb_destroy_logical_type(&b->types[c]);
    }
    duckdb_appender_destroy(&b->appender);
}

static enum error_code append(struct bulk *b, duckdb_data_chunk chunk, struct error *err)
{
    db_settle(b->db); /* the appender writes when it has many rows */
    return duckdb_append_data_chunk(b->appender, chunk) == DuckDBError ? fault(b, err) : OK;
}

/* The full chunks, of which each thread has a row group, go; while they do, others may become full.
 */
static enum error_code insert_full(struct bulk *b, struct error *err)
{
    enum error_code code = wait_for_leaving(b, err);
    if (code) {
        return code;
    }
    duckdb_data_chunk *empty = b->leaving;
    b->leaving = b->full;
    b->n_leaving = b->n_full;
    b->full = empty;
    b->n_full = 0;
    return bulk_insert_start(b->insert, b->leaving, b->n_leaving, err);
}

/* Too few for that. */
static enum error_code append_full(struct bulk *b, struct error *err)
{
    enum error_code code = OK;
    for (size_t i = 0; i < b->n_full && !code; i++) {
        code = append(b, b->full[i], err);
    }
    if (!code) {
        drop(b->full, &b->n_full);
    }
    return code;
}

/* The chunk is full. */
static enum error_code put_by(struct bulk *b, struct error *err)
{
    if (b->n_full == b->most) { /* behind a fault: the rows are lost with those before them */
        start_chunk(b);
        return wait_for_leaving(b, err);
    }
    duckdb_data_chunk_set_size(b->chunk, b->rows);
    b->full[b->n_full++] = b->chunk;
    b->chunk = duckdb_create_data_chunk(b->types, b->n_columns);
    start_chunk(b);
    return b->n_full == b->most ? insert_full(b, err) : OK;
}

static enum error_code hand_over(struct bulk *b, struct error *err)
{
    if (b->rows == 0) {
        return OK;
    }
    duckdb_data_chunk_set_size(b->chunk, b->rows);
    enum error_code code = append(b, b->chunk, err);
    if (!code) {
        start_chunk(b);
    }
    return code;
}

enum error_code bulk_flush(struct bulk *b, struct error *err)
{
    if (!b->pending) {
        return OK;
    }
    enum error_code code = OK;
    if (b->n_full >= BULK_BLOCK_ROWS / b->capacity) { /* a row group, for one thread at least */
        code = insert_full(b, err);
    }
    code = code ? code : wait_for_leaving(b, err);
    code = code ? code : append_full(b, err);
    code = code ? code : hand_over(b, err);
    db_settle(b->db);
    if (!code && duckdb_appender_flush(b->appender) == DuckDBError) {
        code = fault(b, err);
    }
    b->pending = code != OK;
    return code;
}

static void set_valid(struct bulk *b, idx_t column)
{
    b->validity[column][b->rows / 64] |= UINT64_C(1) << (b->rows % 64);
}

void bulk_i64(struct bulk *b, idx_t column, int64_t v)
{
    ((int64_t *)b->data[column])[b->rows] = v;
    set_valid(b, column);
}

void bulk_i32(struct bulk *b, idx_t column, int32_t v)
{
    ((int32_t *)b->data[column])[b->rows] = v;
    set_valid(b, column);
}

void bulk_bool(struct bulk *b, idx_t column, bool v)
{
    ((bool *)b->data[column])[b->rows] = v;
    set_valid(b, column);
}

void bulk_double(struct bulk *b, idx_t column, double v)
{
    ((double *)b->data[column])[b->rows] = v;
    set_valid(b, column);
}

void bulk_key(struct bulk *b, idx_t column, const char *key)
{
    struct strbuf text;
    strbuf_init(&text, SIZE_MAX);
    key_encode(str_c(key), &text);
    bulk_str(b, column, text.data ? strbuf_view(&text) : str_c(""));
    strbuf_free(&text);
}

void bulk_text(struct bulk *b, idx_t column, const char *text)
{
    struct str s = text ? str_c(text) : str_n(NULL, 0);
    if (!s.data || str_is_utf8(s)) {
        bulk_str(b, column, s);
        return;
    }
    struct strbuf clean;
    strbuf_init(&clean, SIZE_MAX);
    text_clean(s, &clean);
    bulk_str(b, column, strbuf_view(&clean));
    strbuf_free(&clean);
}

void bulk_id_parts(struct bulk *b, idx_t column, struct str id, size_t n_parts)
{
    id_parts_put(b->vectors[column], b->rows, id, n_parts);
    set_valid(b, column);
}

void bulk_str(struct bulk *b, idx_t column, struct str v)
{
    if (v.data) {
        duckdb_vector_assign_string_element_len(b->vectors[column], b->rows, v.data, v.len);
        set_valid(b, column);
    }
}

enum error_code bulk_end_row(struct bulk *b, struct error *err)
{
    b->pending = true;
    if (++b->rows < b->capacity) {
        return OK;
    }
    return b->insert ? put_by(b, err) : hand_over(b, err);
}
