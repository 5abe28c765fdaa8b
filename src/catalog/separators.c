#include "catalog/separators.h"

#include <pthread.h>

#include "base/str.h"

static bool is_separator(char c)
{
    return c == '_' || c == '-' || c == '.' || c == '/' || c == ':' || c == '|';
}

/* All separators are ASCII, so bytes of longer UTF-8 sequences are never touched. */
static void blank(duckdb_string_t *text, struct strbuf *out)
{
    const char *data = duckdb_string_t_data(text);
    strbuf_clear(out);
    strbuf_add(out, data, duckdb_string_t_length(*text));
    for (size_t i = 0; i < out->len; i++) {
        out->data[i] = is_separator(out->data[i]) ? ' ' : out->data[i];
    }
}

static void blank_separators(duckdb_function_info info, duckdb_data_chunk input,
                             duckdb_vector output)
{
    (void)info;
    duckdb_vector in = duckdb_data_chunk_get_vector(input, 0);
    duckdb_string_t *texts = duckdb_vector_get_data(in);
    uint64_t *validity = duckdb_vector_get_validity(in);
    idx_t rows = duckdb_data_chunk_get_size(input);
    struct strbuf out;
    strbuf_init(&out, SIZE_MAX);
    for (idx_t row = 0; row < rows; row++) {
        if (validity && !duckdb_validity_row_is_valid(validity, row)) {
            continue; /* DuckDB makes the answer NULL */
        }
        blank(&texts[row], &out);
        duckdb_vector_assign_string_element_len(output, row, out.len ? out.data : "", out.len);
    }
    strbuf_free(&out);
}

/* Readers of one process may share a database: two that register at once would collide in its
 * catalog. */
static duckdb_state register_alone(duckdb_connection con, duckdb_scalar_function f)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    duckdb_state state = duckdb_register_scalar_function(con, f);
    pthread_mutex_unlock(&lock);
    return state;
}

enum error_code separators_register(duckdb_connection con, struct error *err)
{
    duckdb_scalar_function f = duckdb_create_scalar_function();
    duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    duckdb_scalar_function_set_name(f, "blank_separators");
    duckdb_scalar_function_add_parameter(f, text);
    duckdb_scalar_function_set_return_type(f, text);
    duckdb_scalar_function_set_function(f, blank_separators);
    duckdb_state state = register_alone(con, f);
    duckdb_destroy_logical_type(&text);
    duckdb_destroy_scalar_function(&f);
    return state == DuckDBSuccess ? OK
                                  : error_set(err, ERR_CATALOG, "catalog: a function was refused");
}
