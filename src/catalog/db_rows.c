#include <string.h>

#include "catalog/db.h"
#include "catalog/text.h"

static void look_at_chunk(struct db_rows *rows)
{
    for (idx_t c = 0; c < rows->n_columns; c++) {
        duckdb_vector v = duckdb_data_chunk_get_vector(rows->chunk, c);
        rows->columns[c].data = duckdb_vector_get_data(v);
        rows->columns[c].validity = duckdb_vector_get_validity(v);
    }
}

bool db_next(struct db_rows *rows)
{
    if (rows->chunk && rows->row + 1 < rows->size) {
        rows->row++;
        return true;
    }
    do {
        duckdb_destroy_data_chunk(&rows->chunk);
        rows->chunk = rows->open ? duckdb_fetch_chunk(rows->result) : NULL;
        rows->row = 0;
        rows->size = rows->chunk ? duckdb_data_chunk_get_size(rows->chunk) : 0;
    } while (rows->chunk && rows->size == 0);
    if (rows->chunk) {
        look_at_chunk(rows);
    }
    return rows->chunk != NULL;
}

enum error_code db_rows_end(struct db_rows *rows, struct error *err)
{
    enum error_code code = OK;
    if (rows->open) {
        const char *text = duckdb_result_error(&rows->result);
        if (text && *text) {
            code = db_fault(err, "reading a result", text);
        }
        duckdb_destroy_data_chunk(&rows->chunk);
        duckdb_destroy_result(&rows->result);
    }
    *rows = (struct db_rows){0};
    return code;
}

bool db_is_null(struct db_rows *rows, idx_t column)
{
    const uint64_t *validity = rows->columns[column].validity;
    return validity && !(validity[rows->row / 64] >> (rows->row % 64) & 1);
}

struct str db_get_str(struct db_rows *rows, idx_t column)
{
    if (db_is_null(rows, column)) {
        return str_n(NULL, 0);
    }
    duckdb_string_t *s = (duckdb_string_t *)rows->columns[column].data + rows->row;
    bool inlined = s->value.inlined.length <= sizeof s->value.inlined.inlined;
    return str_n(inlined ? s->value.inlined.inlined : s->value.pointer.ptr,
                 s->value.inlined.length);
}

/* A HUGEINT that does not fit is held at the nearest bound: our statements cast sums before they
 * return them. */
static int64_t narrow(duckdb_hugeint h)
{
    bool fits = h.upper == ((int64_t)h.lower < 0 ? -1 : 0);
    return fits ? (int64_t)h.lower : h.upper < 0 ? INT64_MIN : INT64_MAX;
}

int64_t db_get_i64(struct db_rows *rows, idx_t column)
{
    if (db_is_null(rows, column)) {
        return 0;
    }
    void *data = rows->columns[column].data;
    switch (rows->columns[column].type) {
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_TIMESTAMP:
        return ((int64_t *)data)[rows->row];
    case DUCKDB_TYPE_UBIGINT:
        return (int64_t)((uint64_t *)data)[rows->row];
    case DUCKDB_TYPE_INTEGER:
        return ((int32_t *)data)[rows->row];
    case DUCKDB_TYPE_HUGEINT:
        return narrow(((duckdb_hugeint *)data)[rows->row]);
    default:
        return 0;
    }
}

double db_get_double(struct db_rows *rows, idx_t column)
{
    return db_is_null(rows, column) ? 0 : ((double *)rows->columns[column].data)[rows->row];
}

bool db_get_bool(struct db_rows *rows, idx_t column)
{
    return !db_is_null(rows, column) && ((bool *)rows->columns[column].data)[rows->row];
}

const char *db_copy_text(struct db_rows *rows, idx_t column, struct arena *a)
{
    struct str s = db_get_str(rows, column);
    return s.data ? arena_strndup(a, s.data, s.len) : NULL;
}

const char *db_copy_key(struct db_rows *rows, idx_t column, struct arena *a)
{
    struct str s = db_get_str(rows, column);
    return s.data ? key_decode(s, a).data : NULL;
}
