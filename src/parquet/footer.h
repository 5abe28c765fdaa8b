/* footer.h - read and validate a Parquet footer.
 *
 * The footer is the only part of a file that every stage needs: schema, row groups, column chunks,
 * statistics. It is parsed once. Input is untrusted: no read past `n`, nesting at most 64, counts
 * checked against the bytes that are left, so that the parsed form is never larger than a small
 * multiple of the bytes. Chunk offsets and lengths are checked against the file's size here, so
 * that nobody has to later.
 *
 * Memory: results live in the given arena; strings may point into the given bytes, which must live
 * as long. Threads: no shared state. Spec: github.com/apache/parquet-format, parquet.thrift,
 * FileMetaData.
 */
#ifndef TSI_PARQUET_FOOTER_H
#define TSI_PARQUET_FOOTER_H

#include "base/error.h"
#include "base/memory.h"
#include "base/str.h"
#include "model/time.h"

/* Largest footer we read: 10,000 columns x 1,000 row groups with statistics are about 500 MB, which
 * nobody writes; files with tens of thousands of columns have been seen at 60 MB. */
#define PARQUET_FOOTER_MAX ((uint64_t)256 << 20)
#define PARQUET_TAIL_MIN   8 /* footer length and magic */

enum parquet_physical {
    PARQUET_BOOLEAN,
    PARQUET_INT32,
    PARQUET_INT64,
    PARQUET_INT96,
    PARQUET_FLOAT,
    PARQUET_DOUBLE,
    PARQUET_BYTE_ARRAY,
    PARQUET_FIXED,
};

/* What the values mean: logical type where there is one, else the converted type that says the
 * same. */
enum parquet_logical {
    PARQUET_PLAIN_VALUE,
    PARQUET_STRING,
    PARQUET_ENUM,
    PARQUET_JSON,
    PARQUET_BSON,
    PARQUET_UUID,
    PARQUET_DECIMAL,
    PARQUET_DATE,
    PARQUET_TIME,
    PARQUET_TIMESTAMP,
    PARQUET_INTEGER,
    PARQUET_FLOAT16,
    PARQUET_INTERVAL,
    PARQUET_NULL_TYPE, /* UNKNOWN: every value is null */
    PARQUET_OTHER, /* a logical type newer than this reader: values are read as their physical type
                    */
};

enum parquet_codec {
    PARQUET_UNCOMPRESSED = 0,
    PARQUET_SNAPPY = 1,
    PARQUET_GZIP = 2,
    PARQUET_LZO = 3,
    PARQUET_BROTLI = 4,
    PARQUET_LZ4 = 5, /* the deprecated one, with three framings in the wild */
    PARQUET_ZSTD = 6,
    PARQUET_LZ4_RAW = 7,
};

/* A leaf of the schema. */
struct parquet_column {
    const char *path; /* "a.list.element", NUL-terminated (names are bytes; NUL bytes cut it) */
    const char *name; /* the top-level field it belongs to: "a" */
    bool top_level;   /* a flat column: no group above it */
    enum parquet_physical physical;
    uint32_t type_length; /* bytes of PARQUET_FIXED */
    enum parquet_logical logical;
    enum time_unit
        unit; /* of DATE (day), TIME, TIMESTAMP; INT96 gives TIME_UNIT_NS and PARQUET_TIMESTAMP */
    bool utc; /* isAdjustedToUTC */
    uint8_t int_bits;          /* PARQUET_INTEGER: 8, 16, 32, 64 */
    bool is_signed;            /* of integers; true for plain INT32 and INT64 */
    int32_t scale, precision;  /* PARQUET_DECIMAL */
    uint16_t max_def, max_rep; /* 0, 0: required and flat */
    /* Of repeated columns: the definition level from which the outermost list has an element. One
     * below it the list is empty; further below, it or a group above it is null. */
    uint16_t list_def;
    bool type_ordered; /* the file declares the type-defined order: bounds can be trusted */
};

/* Bounds of the values of a chunk in its column's sort order, as PLAIN bytes (no length prefix).
 * Only set where the specification lets a reader trust them: see parquet_stats in footer.c. Bounds
 * may be wider than the values; a lower bound equal to an upper bound proves that every non-null
 * value is that one. */
struct parquet_stats {
    bool has_null_count, has_bounds;
    uint64_t null_count;
    struct str min, max;
    bool exact; /* min and max occur in the chunk: integers and times always, byte arrays where the
                   file says so */
};

struct parquet_chunk {
    uint64_t offset, length;    /* all pages, dictionary first; inside the file */
    uint64_t dictionary_length; /* bytes from `offset` to the first data page; 0 where there is no
                                   dictionary or unknown */
    uint64_t uncompressed;
    uint64_t num_values; /* nulls included */
    enum parquet_codec codec;
    bool
        all_dictionary; /* proven by the encoding statistics: every data page is dictionary coded */
    bool encrypted;
    struct parquet_stats stats;
    uint64_t column_index_offset, offset_index_offset, bloom_offset; /* 0: none */
    uint32_t column_index_length, offset_index_length, bloom_length;
};

struct parquet_sorting {
    uint32_t column;
    bool descending, nulls_first;
};

struct parquet_row_group {
    uint64_t rows, first_row;     /* first_row: in the file */
    uint64_t bytes;               /* compressed, all columns */
    struct parquet_chunk *chunks; /* one a column, in schema order */
    struct parquet_sorting *sorting;
    size_t n_sorting;
};

struct parquet_footer {
    int32_t version;
    uint64_t rows;
    uint64_t bytes;         /* of the footer itself, with its 8 bytes of trailer */
    const char *created_by; /* NULL where absent */
    struct parquet_column *columns;
    size_t n_columns;
    struct parquet_row_group *row_groups;
    size_t n_row_groups;
};

/* Where the footer is: from the last bytes of the file (at least 8 of them). *footer_bytes is its
 * whole length, trailer included; where it exceeds `n`, fetch that many and call again. Tells an
 * empty object, a Git-LFS pointer, an encrypted footer ("PARE"), a truncated Parquet file and
 * something that is not Parquet apart; `head` (the first bytes, where the caller has them; else
 * empty) helps to. */
MUST_CHECK enum error_code footer_locate(struct str tail, uint64_t file_size, struct str head,
                                         uint64_t *footer_bytes, struct error *err);

/* `bytes` is the footer with its trailer: the last *footer_bytes of the file. */
MUST_CHECK enum error_code footer_parse(struct str bytes, uint64_t file_size, struct arena *a,
                                        struct parquet_footer **out, struct error *err);

/* "int64", "string", "timestamp[us, UTC]", "decimal(9,2)", "list<double>"-like text of a column,
 * for the catalog. */
char *parquet_type_text(const struct parquet_column *c, struct arena *a);

/* Bytes of a value in PLAIN form; 0 where they vary (byte arrays). */
size_t parquet_width(const struct parquet_column *c);

/* Column by exact path, else NULL. */
const struct parquet_column *footer_find(const struct parquet_footer *f, const char *path);

#endif
