/* error.h - one error, by value, for every module.
 *
 * A function that can fail returns `enum error_code` (0 is success) and takes `struct error *`
 * last. The place that finds the fault calls error_set; each caller that knows more adds one clause
 * with error_add:
 *
 *     GET s3://b/k bytes 8-: HTTP 503 SlowDown; while reading the footer of k; in dataset
 * azure_vm_traces_2017
 *
 * `err` may be NULL where the caller does not want the text. `retryable` is decided in net and
 * obeyed in run. Memory: none; the text is cut at ERROR_TEXT_MAX, never overrun. Threads: an error
 * belongs to one thread.
 */
#ifndef TSI_BASE_ERROR_H
#define TSI_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/* Long enough for an S3 key of 1,024 bytes and a few clauses. */
#define ERROR_TEXT_MAX 2048

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* X(symbol, name for programs, exit code of DESIGN section 8). Names are a contract: they stand in
 * `failures`, in JSON and in documentation, and never change once released. */
#define ERROR_CODES(X)                                                                             \
    X(OK, "ok", 0)                                                                                 \
    X(ERR_INTERNAL, "internal", 1)                                                                 \
    X(ERR_USAGE, "usage", 2)                                                                       \
    X(ERR_IO, "io", 1)                                                                             \
    X(ERR_NO_SPACE, "no_space", 1)                                                                 \
    X(ERR_MEMORY, "memory", 1)                                                                     \
    X(ERR_CANCELLED, "cancelled", 130)                                                             \
    X(ERR_NETWORK, "network", 1)                                                                   \
    X(ERR_TIMEOUT, "timeout", 1)                                                                   \
    X(ERR_HTTP, "http", 1)                                                                         \
    X(ERR_THROTTLED, "throttled", 1)                                                               \
    X(ERR_AUTH, "auth", 5)                                                                         \
    X(ERR_NO_CREDENTIALS, "no_credentials", 5)                                                     \
    X(ERR_PERMISSION, "permission", 5)                                                             \
    X(ERR_NOT_FOUND, "not_found", 4)                                                               \
    X(ERR_NO_BUCKET, "no_such_bucket", 1)                                                          \
    X(ERR_NO_SOURCE, "no_such_source", 1)                                                          \
    X(ERR_EMPTY_SOURCE, "empty_source", 4)                                                         \
    X(ERR_CHANGED, "object_changed", 3)                                                            \
    X(ERR_PROTOCOL, "protocol", 1)                                                                 \
    X(ERR_LIMIT, "limit", 3)                                                                       \
    X(ERR_EMPTY_OBJECT, "empty_object", 3)                                                         \
    X(ERR_NOT_PARQUET, "not_parquet", 3)                                                           \
    X(ERR_TRUNCATED, "truncated", 3)                                                               \
    X(ERR_CORRUPT, "corrupt", 3)                                                                   \
    X(ERR_CHECKSUM, "checksum", 3)                                                                 \
    X(ERR_ENCRYPTED, "encrypted", 3)                                                               \
    X(ERR_UNSUPPORTED, "unsupported", 3)                                                           \
    X(ERR_LFS_POINTER, "git_lfs_pointer", 3)                                                       \
    X(ERR_FORMAT_UNKNOWN, "unknown_format", 3)                                                     \
    X(ERR_DIRECTORY_MARKER, "directory_marker", 0)                                                 \
    X(ERR_MARKER_FILE, "marker_file", 0)                                                           \
    X(ERR_METADATA_SYNTAX, "metadata_syntax", 3)                                                   \
    X(ERR_METADATA_INVALID, "metadata_invalid", 3)                                                 \
    X(ERR_NO_METADATA, "no_metadata", 0)                                                           \
    X(ERR_NO_DATA, "metadata_without_data", 3)                                                     \
    X(ERR_COLUMN_MISSING, "column_missing", 3)                                                     \
    X(ERR_NO_ID_COLUMN, "no_id_column", 3)                                                         \
    X(ERR_NO_TIME_COLUMN, "no_time_column", 0)                                                     \
    X(ERR_NAME_COLLISION, "name_collision", 0)                                                     \
    X(ERR_TIME_UNITS, "mixed_time_units", 0)                                                       \
    X(ERR_SCHEMA_DRIFT, "schema_drift", 0)                                                         \
    X(ERR_NEAR_IDS, "near_ids", 0)                                                                 \
    X(ERR_BAD_FILE, "bad_file", 1)                                                                 \
    X(ERR_CATALOG, "catalog", 1)                                                                   \
    X(ERR_CATALOG_LOCKED, "catalog_locked", 7)                                                     \
    X(ERR_CATALOG_NEWER, "catalog_newer", 7)                                                       \
    X(ERR_CATALOG_DAMAGED, "catalog_damaged", 7)                                                   \
    X(ERR_NO_CATALOG, "no_catalog", 1)

#define ERROR_CODE_ENUM(sym, name, exit_code) sym,
enum error_code { ERROR_CODES(ERROR_CODE_ENUM) ERROR_CODE_COUNT };

struct error {
    enum error_code code;
    bool retryable;  /* the same call may succeed later */
    int http_status; /* 0 where no server answered */
    uint64_t offset; /* byte offset in the object, where has_offset */
    bool has_offset;
    char text[ERROR_TEXT_MAX];
};

/* The name of a code for programs ("not_parquet"), and the exit code it maps to. */
const char *error_name(enum error_code code);
int error_exit_code(enum error_code code);

/* Forget what `err` held. */
void error_reset(struct error *err);

/* Start an error at its origin; returns `code`, so that `return error_set(...)` reads well. */
enum error_code error_set(struct error *err, enum error_code code, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* The same, for a fault at a byte offset of the object; the offset is appended to the text. */
enum error_code error_set_at(struct error *err, enum error_code code, uint64_t offset,
                             const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The same, from errno: " (No such file or directory)" is appended; EACCES, ENOSPC and ENOENT
 * choose the code. */
enum error_code error_set_errno(struct error *err, int errnum, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Add a clause ("; while reading the footer of k"); the code is kept and returned. */
enum error_code error_add(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
