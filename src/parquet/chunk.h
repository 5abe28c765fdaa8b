/* chunk.h - iterate one column chunk: as runs of codes (ids), as values (times, targets), as
 * entries (any leaf, with its levels), or as lengths of lists.
 *
 * The reader is given the bytes of the chunk (all of it, or the pages a plan chose) and yields
 * batches; it never fetches.
 *
 * As runs: each distinct value of the chunk gets a code, once (a dictionary entry, or an interned
 * value where pages are PLAIN or DELTA coded); a run-length run of one code stays one run, however
 * many rows it has. chunk_value gives the bytes of a code. So a clustered id column of 1.6 M rows
 * costs about a thousand runs.
 *
 * Repeated columns (lists, maps, and what lies below them) have entries in place of rows: each
 * value, each null and each empty list is one. Runs and values count entries then; where rows
 * begin, and why an entry has no value, is said by the levels that chunk_next_entries gives.
 * Lengths of lists come from levels alone: no value is decoded, and in version 2 pages, and those
 * packed by a codec that can stop (Snappy, zstd), none is even unpacked.
 *
 * Rows a..b of some columns (see page_plan.h): plan the pages that hold them, fetch these, give
 * them as pieces, and pass over what the first page has before row a.
 *
 * Input is untrusted: every length, offset and count is checked before use; decompression is
 * bounded by what the page header declares, and that by `page_max`; page checksums are verified
 * where present. Errors carry the byte offset in the file. Memory: grows with a page plus the
 * chunk's distinct values. Threads: one reader, one thread; no shared state.
 */
#ifndef TSI_PARQUET_CHUNK_H
#define TSI_PARQUET_CHUNK_H

#include "base/counters.h"
#include "parquet/footer.h"

/* Largest page we decompress. Writers aim at 1 MiB; DuckDB and Spark have been seen at 100 MB and
 * more; the conformance corpus has one of a string of 1 GiB, which takes its length beside. */
#define PARQUET_PAGE_MAX (((uint64_t)1 << 30) + 4096)

struct chunk_reader;

/* Consecutive bytes of the file. Several pieces, ascending: the dictionary page and the pages that
 * were chosen. */
struct chunk_piece {
    uint64_t offset; /* in the file */
    struct str bytes;
};

/* Run-mode code of a null. */
#define CHUNK_NULL UINT32_MAX

struct chunk_run {
    uint32_t code; /* < chunk_n_codes, or CHUNK_NULL */
    uint32_t rows;
};

/* Neither encrypted, nor compressed with a codec that is not read. */
bool chunk_is_readable(const struct parquet_chunk *chunk);

MUST_CHECK enum error_code chunk_open(const struct parquet_footer *f, size_t row_group,
                                      size_t column, const struct chunk_piece *pieces,
                                      size_t n_pieces, uint64_t page_max, struct counters *counters,
                                      struct chunk_reader **out, struct error *err);
void chunk_close(struct chunk_reader *r);

/* ---- runs: any physical type ---- */

/* Up to `cap` runs; *n == 0 at the end of the chunk. Neighbouring runs may have the same code; the
 * rows of all runs add up to the row group's rows (of a repeated column: to its entries), or the
 * call fails with ERR_CORRUPT. */
MUST_CHECK enum error_code chunk_next_runs(struct chunk_reader *r, struct chunk_run *out,
                                           size_t cap, size_t *n, struct error *err);
/* Codes so far; grows as pages with new values are met. Two codes may stand for equal values (a
 * dictionary may repeat itself): callers compare bytes. */
size_t chunk_n_codes(const struct chunk_reader *r);
/* The PLAIN bytes of a code: little-endian numbers, raw strings (no length prefix), one byte for a
 * boolean. Valid until the next chunk_next_runs call (later pages may move it). */
struct str chunk_value(const struct chunk_reader *r, uint32_t code);

/* Read the dictionary page alone, where the pieces are that page (see plan_dictionary):
 * chunk_n_codes and chunk_value then give its entries. */
MUST_CHECK enum error_code chunk_read_dictionary(struct chunk_reader *r, struct error *err);

/* ---- batches: the same rows, with less made of them ---- */

/* What comes next, in the form that costs least. Where n > 0 one of the pointers says which:
 *
 *   runs   of codes, as chunk_next_runs gives them; the only form in which nulls come
 *   codes  one row each: a stretch of a dictionary page where neighbours differ
 *   strs, ints  values that have no code: pages that are not dictionary-coded. Entering them into
 *          the chunk's table would be for nothing where the caller has a table of its own.
 *
 * Arrays belong to the reader until the next call; strings may point into the current page. */
struct chunk_batch {
    size_t n;
    const struct chunk_run *runs;
    const uint32_t *codes;
    const struct str *strs; /* PLAIN bytes, as chunk_value gives them */
    const int64_t *ints;    /* in place of strs where the column is INT32 or INT64: extended by the
                               column's signedness */
    const uint32_t *rows;   /* beside strs and ints: neighbouring rows that have the value */
};
MUST_CHECK enum error_code chunk_next_batch(struct chunk_reader *r, struct chunk_batch *out,
                                            struct error *err);

/* ---- values ---- */

/* A batch of rows in order. `valid` is NULL where no row of the batch is null; otherwise one byte a
 * row, 0 for null (and the value there is 0). Arrays belong to the reader until the next call. */
struct chunk_i64s {
    const int64_t *values;
    const uint8_t *valid;
    size_t n;
};
/* INT32, INT64 (sign or zero extended by the column's signedness; unsigned 64 as the same bits),
 * DATE, TIME, TIMESTAMP in their own unit, and INT96 as `int96_unit`: TIME_UNIT_NS fails with
 * ERR_LIMIT at a value outside 64 bits; TIME_UNIT_US floors, and chunk_int96_rounded tells whether
 * anything was lost. ERR_UNSUPPORTED for other types. */
MUST_CHECK enum error_code chunk_next_i64(struct chunk_reader *r, enum time_unit int96_unit,
                                          struct chunk_i64s *out, struct error *err);
bool chunk_int96_rounded(const struct chunk_reader *r);

/* The same as doubles: FLOAT, DOUBLE, FLOAT16, integers, decimals, and booleans as 0 and 1. */
struct chunk_f64s {
    const double *values;
    const uint8_t *valid;
    /* Of integers of 64 bits and of decimals up to 18 digits: the values x 10^scale, of which
     * `values` are the nearest doubles. NULL: `values` lose nothing, or `inexact` says so. */
    const int64_t *integers;
    size_t n;
    bool inexact; /* wider decimals */
};
bool chunk_has_f64(const struct parquet_column *c);
/* ERR_UNSUPPORTED for columns that chunk_has_f64 does not know. */
MUST_CHECK enum error_code chunk_next_f64(struct chunk_reader *r, struct chunk_f64s *out,
                                          struct error *err);

/* ---- entries: any leaf, with its levels ---- */

/* A batch of entries. An entry has a value where its definition level is the column's max_def; the
 * values stand one behind the other, without gaps. A row begins where the repetition level is 0.
 * Arrays belong to the reader until the next call. */
struct chunk_entries {
    size_t n, n_values;
    const uint16_t *def, *rep;
    const uint8_t *fixed; /* n_values of `width` bytes, or NULL */
    size_t width;
    const struct str *strs; /* where fixed is NULL */
};

/* At least one entry and at most `max`; out->n == 0 at the end of the chunk. */
MUST_CHECK enum error_code chunk_next_entries(struct chunk_reader *r, size_t max,
                                              struct chunk_entries *out, struct error *err);

/* The PLAIN bytes of the i-th value of a batch, as chunk_value gives them. */
static inline struct str chunk_entry_value(const struct chunk_entries *e, size_t i)
{
    return e->fixed ? str_n(e->fixed + i * e->width, e->width) : e->strs[i];
}

/* ---- lists: repeated columns ---- */

/* A batch of rows: how many elements the outermost list of each has (nulls among them counted), and
 * whether there is a list at all. Arrays belong to the reader until the next call. */
struct chunk_lists {
    const uint64_t *elements;
    const uint8_t *valid;
    size_t n;
};

/* Some rows; out->n == 0 at the end of the chunk. ERR_UNSUPPORTED for flat columns. */
MUST_CHECK enum error_code chunk_next_lists(struct chunk_reader *r, struct chunk_lists *out,
                                            struct error *err);

#endif
