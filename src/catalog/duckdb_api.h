/* duckdb_api.h - libduckdb, loaded when the catalog is first needed.
 *
 * The library has 60 MB and costs 10-20 ms of every process that is linked with it. Searching, help
 * and completions never touch the catalog, so the program is not linked: duckdb_api_load opens the
 * library once and finds the functions below, and the macros at the end let the rest of this module
 * call them by their own names. A function that is called for the first time is added to both
 * lists.
 *
 * The only place that includes duckdb.h.
 */
#ifndef TSI_CATALOG_DUCKDB_API_H
#define TSI_CATALOG_DUCKDB_API_H

#include <duckdb.h>

#include "base/error.h"

/* In the library since 1.5; the header that is pinned is older. */
extern duckdb_state duckdb_appender_clear(duckdb_appender appender);

#define DUCKDB_FUNCTIONS(X)                                                                        \
    X(duckdb_append_data_chunk)                                                                    \
    X(duckdb_appender_clear)                                                                       \
    X(duckdb_appender_column_count)                                                                \
    X(duckdb_appender_column_type)                                                                 \
    X(duckdb_appender_create)                                                                      \
    X(duckdb_appender_destroy)                                                                     \
    X(duckdb_appender_error_data)                                                                  \
    X(duckdb_appender_flush)                                                                       \
    X(duckdb_bind_add_result_column)                                                               \
    X(duckdb_bind_boolean)                                                                         \
    X(duckdb_bind_double)                                                                          \
    X(duckdb_bind_get_extra_info)                                                                  \
    X(duckdb_bind_int64)                                                                           \
    X(duckdb_bind_null)                                                                            \
    X(duckdb_bind_parameter_index)                                                                 \
    X(duckdb_bind_value)                                                                           \
    X(duckdb_bind_varchar_length)                                                                  \
    X(duckdb_clear_bindings)                                                                       \
    X(duckdb_close)                                                                                \
    X(duckdb_column_count)                                                                         \
    X(duckdb_column_name)                                                                          \
    X(duckdb_column_type)                                                                          \
    X(duckdb_connect)                                                                              \
    X(duckdb_create_config)                                                                        \
    X(duckdb_create_data_chunk)                                                                    \
    X(duckdb_create_instance_cache)                                                                \
    X(duckdb_create_list_value)                                                                    \
    X(duckdb_create_logical_type)                                                                  \
    X(duckdb_create_scalar_function)                                                               \
    X(duckdb_create_table_function)                                                                \
    X(duckdb_create_varchar_length)                                                                \
    X(duckdb_data_chunk_get_size)                                                                  \
    X(duckdb_data_chunk_get_vector)                                                                \
    X(duckdb_data_chunk_reset)                                                                     \
    X(duckdb_data_chunk_set_size)                                                                  \
    X(duckdb_destroy_config)                                                                       \
    X(duckdb_destroy_data_chunk)                                                                   \
    X(duckdb_destroy_error_data)                                                                   \
    X(duckdb_destroy_logical_type)                                                                 \
    X(duckdb_destroy_pending)                                                                      \
    X(duckdb_destroy_prepare)                                                                      \
    X(duckdb_destroy_result)                                                                       \
    X(duckdb_destroy_scalar_function)                                                              \
    X(duckdb_destroy_table_function)                                                               \
    X(duckdb_destroy_value)                                                                        \
    X(duckdb_disconnect)                                                                           \
    X(duckdb_error_data_message)                                                                   \
    X(duckdb_execute_pending)                                                                      \
    X(duckdb_execute_prepared)                                                                     \
    X(duckdb_fetch_chunk)                                                                          \
    X(duckdb_free)                                                                                 \
    X(duckdb_function_get_extra_info)                                                              \
    X(duckdb_function_get_local_init_data)                                                         \
    X(duckdb_get_or_create_from_cache)                                                             \
    X(duckdb_get_type_id)                                                                          \
    X(duckdb_init_get_extra_info)                                                                  \
    X(duckdb_init_set_init_data)                                                                   \
    X(duckdb_init_set_max_threads)                                                                 \
    X(duckdb_list_vector_get_child)                                                                \
    X(duckdb_list_vector_get_size)                                                                 \
    X(duckdb_list_vector_reserve)                                                                  \
    X(duckdb_list_vector_set_size)                                                                 \
    X(duckdb_open_ext)                                                                             \
    X(duckdb_pending_error)                                                                        \
    X(duckdb_pending_prepared_streaming)                                                           \
    X(duckdb_prepare)                                                                              \
    X(duckdb_prepare_error)                                                                        \
    X(duckdb_query)                                                                                \
    X(duckdb_register_scalar_function)                                                             \
    X(duckdb_register_table_function)                                                              \
    X(duckdb_result_error)                                                                         \
    X(duckdb_row_count)                                                                            \
    X(duckdb_rows_changed)                                                                         \
    X(duckdb_scalar_function_add_parameter)                                                        \
    X(duckdb_scalar_function_set_function)                                                         \
    X(duckdb_scalar_function_set_name)                                                             \
    X(duckdb_scalar_function_set_return_type)                                                      \
    X(duckdb_set_config)                                                                           \
    X(duckdb_string_t_data)                                                                        \
    X(duckdb_string_t_length)                                                                      \
    X(duckdb_table_function_set_bind)                                                              \
    X(duckdb_table_function_set_extra_info)                                                        \
    X(duckdb_table_function_set_function)                                                          \
    X(duckdb_table_function_set_init)                                                              \
    X(duckdb_table_function_set_local_init)                                                        \
    X(duckdb_table_function_set_name)                                                              \
    X(duckdb_validity_row_is_valid)                                                                \
    X(duckdb_validity_set_row_invalid)                                                             \
    X(duckdb_validity_set_row_valid)                                                               \
    X(duckdb_vector_assign_string_element_len)                                                     \
    X(duckdb_vector_ensure_validity_writable)                                                      \
    X(duckdb_vector_get_data)                                                                      \
    X(duckdb_vector_get_validity)                                                                  \
    X(duckdb_vector_reference_vector)                                                              \
    X(duckdb_vector_size)

/* A member cannot be named in parentheses. NOLINTNEXTLINE(bugprone-macro-parentheses) */
#define DUCKDB_MEMBER(function) __typeof__(function) *function;
struct duckdb_api {
    DUCKDB_FUNCTIONS(DUCKDB_MEMBER)
};

/* Filled by duckdb_api_load; read only afterwards. */
extern struct duckdb_api duckdb_api;

/* Any thread, any number of times. ERR_CATALOG names what was tried and what is missing. */
MUST_CHECK enum error_code duckdb_api_load(struct error *err);

#ifndef TSI_DUCKDB_API_BARE_NAMES
#define duckdb_append_data_chunk                duckdb_api.duckdb_append_data_chunk
#define duckdb_appender_clear                   duckdb_api.duckdb_appender_clear
#define duckdb_appender_column_count            duckdb_api.duckdb_appender_column_count
#define duckdb_appender_column_type             duckdb_api.duckdb_appender_column_type
#define duckdb_appender_create                  duckdb_api.duckdb_appender_create
#define duckdb_appender_destroy                 duckdb_api.duckdb_appender_destroy
#define duckdb_appender_error_data              duckdb_api.duckdb_appender_error_data
#define duckdb_appender_flush                   duckdb_api.duckdb_appender_flush
#define duckdb_bind_add_result_column           duckdb_api.duckdb_bind_add_result_column
#define duckdb_bind_boolean                     duckdb_api.duckdb_bind_boolean
#define duckdb_bind_double                      duckdb_api.duckdb_bind_double
#define duckdb_bind_get_extra_info              duckdb_api.duckdb_bind_get_extra_info
#define duckdb_bind_int64                       duckdb_api.duckdb_bind_int64
#define duckdb_bind_null                        duckdb_api.duckdb_bind_null
#define duckdb_bind_parameter_index             duckdb_api.duckdb_bind_parameter_index
#define duckdb_bind_value                       duckdb_api.duckdb_bind_value
#define duckdb_bind_varchar_length              duckdb_api.duckdb_bind_varchar_length
#define duckdb_clear_bindings                   duckdb_api.duckdb_clear_bindings
#define duckdb_close                            duckdb_api.duckdb_close
#define duckdb_column_count                     duckdb_api.duckdb_column_count
#define duckdb_column_name                      duckdb_api.duckdb_column_name
#define duckdb_column_type                      duckdb_api.duckdb_column_type
#define duckdb_connect                          duckdb_api.duckdb_connect
#define duckdb_create_config                    duckdb_api.duckdb_create_config
#define duckdb_create_data_chunk                duckdb_api.duckdb_create_data_chunk
#define duckdb_create_instance_cache            duckdb_api.duckdb_create_instance_cache
#define duckdb_create_list_value                duckdb_api.duckdb_create_list_value
#define duckdb_create_logical_type              duckdb_api.duckdb_create_logical_type
#define duckdb_create_scalar_function           duckdb_api.duckdb_create_scalar_function
#define duckdb_create_table_function            duckdb_api.duckdb_create_table_function
#define duckdb_create_varchar_length            duckdb_api.duckdb_create_varchar_length
#define duckdb_data_chunk_get_size              duckdb_api.duckdb_data_chunk_get_size
#define duckdb_data_chunk_get_vector            duckdb_api.duckdb_data_chunk_get_vector
#define duckdb_data_chunk_reset                 duckdb_api.duckdb_data_chunk_reset
#define duckdb_data_chunk_set_size              duckdb_api.duckdb_data_chunk_set_size
#define duckdb_destroy_config                   duckdb_api.duckdb_destroy_config
#define duckdb_destroy_data_chunk               duckdb_api.duckdb_destroy_data_chunk
#define duckdb_destroy_error_data               duckdb_api.duckdb_destroy_error_data
#define duckdb_destroy_logical_type             duckdb_api.duckdb_destroy_logical_type
#define duckdb_destroy_pending                  duckdb_api.duckdb_destroy_pending
#define duckdb_destroy_prepare                  duckdb_api.duckdb_destroy_prepare
#define duckdb_destroy_result                   duckdb_api.duckdb_destroy_result
#define duckdb_destroy_scalar_function          duckdb_api.duckdb_destroy_scalar_function
#define duckdb_destroy_table_function           duckdb_api.duckdb_destroy_table_function
#define duckdb_destroy_value                    duckdb_api.duckdb_destroy_value
#define duckdb_disconnect                       duckdb_api.duckdb_disconnect
#define duckdb_error_data_message               duckdb_api.duckdb_error_data_message
#define duckdb_execute_pending                  duckdb_api.duckdb_execute_pending
#define duckdb_execute_prepared                 duckdb_api.duckdb_execute_prepared
#define duckdb_fetch_chunk                      duckdb_api.duckdb_fetch_chunk
#define duckdb_free                             duckdb_api.duckdb_free
#define duckdb_function_get_extra_info          duckdb_api.duckdb_function_get_extra_info
#define duckdb_function_get_local_init_data     duckdb_api.duckdb_function_get_local_init_data
#define duckdb_get_or_create_from_cache         duckdb_api.duckdb_get_or_create_from_cache
#define duckdb_get_type_id                      duckdb_api.duckdb_get_type_id
#define duckdb_init_get_extra_info              duckdb_api.duckdb_init_get_extra_info
#define duckdb_init_set_init_data               duckdb_api.duckdb_init_set_init_data
#define duckdb_init_set_max_threads             duckdb_api.duckdb_init_set_max_threads
#define duckdb_list_vector_get_child            duckdb_api.duckdb_list_vector_get_child
#define duckdb_list_vector_get_size             duckdb_api.duckdb_list_vector_get_size
#define duckdb_list_vector_reserve              duckdb_api.duckdb_list_vector_reserve
#define duckdb_list_vector_set_size             duckdb_api.duckdb_list_vector_set_size
#define duckdb_open_ext                         duckdb_api.duckdb_open_ext
#define duckdb_pending_error                    duckdb_api.duckdb_pending_error
#define duckdb_pending_prepared_streaming       duckdb_api.duckdb_pending_prepared_streaming
#define duckdb_prepare                          duckdb_api.duckdb_prepare
#define duckdb_prepare_error                    duckdb_api.duckdb_prepare_error
#define duckdb_query                            duckdb_api.duckdb_query
#define duckdb_register_scalar_function         duckdb_api.duckdb_register_scalar_function
#define duckdb_register_table_function          duckdb_api.duckdb_register_table_function
#define duckdb_result_error                     duckdb_api.duckdb_result_error
#define duckdb_row_count                        duckdb_api.duckdb_row_count
#define duckdb_rows_changed                     duckdb_api.duckdb_rows_changed
#define duckdb_scalar_function_add_parameter    duckdb_api.duckdb_scalar_function_add_parameter
#define duckdb_scalar_function_set_function     duckdb_api.duckdb_scalar_function_set_function
#define duckdb_scalar_function_set_name         duckdb_api.duckdb_scalar_function_set_name
#define duckdb_scalar_function_set_return_type  duckdb_api.duckdb_scalar_function_set_return_type
#define duckdb_set_config                       duckdb_api.duckdb_set_config
#define duckdb_string_t_data                    duckdb_api.duckdb_string_t_data
#define duckdb_string_t_length                  duckdb_api.duckdb_string_t_length
#define duckdb_table_function_set_bind          duckdb_api.duckdb_table_function_set_bind
#define duckdb_table_function_set_extra_info    duckdb_api.duckdb_table_function_set_extra_info
#define duckdb_table_function_set_function      duckdb_api.duckdb_table_function_set_function
#define duckdb_table_function_set_init          duckdb_api.duckdb_table_function_set_init
#define duckdb_table_function_set_local_init    duckdb_api.duckdb_table_function_set_local_init
#define duckdb_table_function_set_name          duckdb_api.duckdb_table_function_set_name
#define duckdb_validity_row_is_valid            duckdb_api.duckdb_validity_row_is_valid
#define duckdb_validity_set_row_invalid         duckdb_api.duckdb_validity_set_row_invalid
#define duckdb_validity_set_row_valid           duckdb_api.duckdb_validity_set_row_valid
#define duckdb_vector_assign_string_element_len duckdb_api.duckdb_vector_assign_string_element_len
#define duckdb_vector_ensure_validity_writable  duckdb_api.duckdb_vector_ensure_validity_writable
#define duckdb_vector_get_data                  duckdb_api.duckdb_vector_get_data
#define duckdb_vector_get_validity              duckdb_api.duckdb_vector_get_validity
#define duckdb_vector_reference_vector          duckdb_api.duckdb_vector_reference_vector
#define duckdb_vector_size                      duckdb_api.duckdb_vector_size
#endif

#endif
