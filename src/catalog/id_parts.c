#include "catalog/id_parts.h"

#include "catalog/text.h"
#include "model/series_id.h"

/* A composite key of more columns than this is kept as one part: no real one has. */
#define PARTS_MAX 64

static size_t split(struct str text, int64_t want, struct arena *a, struct str *parts)
{
    size_t n = want < 1 ? 1 : (size_t)want;
    if (n > PARTS_MAX || series_id_parse(text, n, a, parts, NULL)) {
        parts[0] = text;
        return 1;
    }
    return n;
}

/* Put one part at `at` of the list's child vector. */
static void put_part(duckdb_vector child, idx_t at, struct str part, struct strbuf *clean)
{
    if (!part.data) {
        duckdb_vector_ensure_validity_writable(child);
        duckdb_validity_set_row_invalid(duckdb_vector_get_validity(child), at);
        return;
    }
    strbuf_clear(clean);
    text_clean(part, clean);
    duckdb_vector_assign_string_element_len(child, at, clean->len ? clean->data : "", clean->len);
}

static void series_id_parts(duckdb_function_info info, duckdb_data_chunk input,
                            duckdb_vector output)
{
    (void)info;
    duckdb_string_t *ids = duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0));
    int64_t *want = duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 1));
    duckdb_list_entry *entries = duckdb_vector_get_data(output);
    idx_t rows = duckdb_data_chunk_get_size(input), total = 0;
    struct strbuf clean;
    struct str parts[PARTS_MAX];
    struct arena a; /* at most one vector of ids: 2,048 */
    arena_init(&a);
    strbuf_init(&clean, SIZE_MAX);
    for (idx_t row = 0; row < rows; row++) {
        struct str text = str_n(duckdb_string_t_data(&ids[row]), duckdb_string_t_length(ids[row]));
        size_t n = split(text, want[row], &a, parts);
        entries[row] = (duckdb_list_entry){.offset = total, .length = n};
        (void)!duckdb_list_vector_reserve(output, total + n);
        duckdb_vector child = duckdb_list_vector_get_child(output);
        for (size_t i = 0; i < n; i++) {
            put_part(child, total + i, parts[i], &clean);
        }
        total += n;
    }
    arena_reset(&a);
    (void)!duckdb_list_vector_set_size(output, total);
    strbuf_free(&clean);
}

enum error_code id_parts_register(duckdb_connection con, struct error *err)
{
    duckdb_scalar_function f = duckdb_create_scalar_function();
    duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
    duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
    duckdb_logical_type list = duckdb_create_list_type(text);
    duckdb_scalar_function_set_name(f, "series_id_parts");
    duckdb_scalar_function_add_parameter(f, text);
    duckdb_scalar_function_add_parameter(f, number);
    duckdb_scalar_function_set_return_type(f, list);
    duckdb_scalar_function_set_function(f, series_id_parts);
    duckdb_state state = duckdb_register_scalar_function(con, f);
    duckdb_destroy_logical_type(&list);
    duckdb_destroy_logical_type(&number);
    duckdb_destroy_logical_type(&text);
    duckdb_destroy_scalar_function(&f);
    return state == DuckDBSuccess ? OK
                                  : error_set(err, ERR_CATALOG, "catalog: a function was refused");
}
