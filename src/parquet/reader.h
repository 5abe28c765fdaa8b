/* reader.h - inside a chunk reader: what run mode and value mode share. Not for other modules:
 * chunk.h is.
 *
 * A reader walks pages; for each data page it opens the levels (which rows are null) and the source
 * (the values that are not). runs.c and ints.c then take rows from the page until `page_rows` is 0
 * and ask for the next one.
 */
#ifndef TSI_PARQUET_READER_H
#define TSI_PARQUET_READER_H

#include "parquet/chunk.h"
#include "parquet/codec.h"
#include "parquet/interner.h"
#include "parquet/levels.h"
#include "parquet/page.h"
#include "parquet/source.h"

/* Runs of values that wait for the null runs between them. */
#define READER_PENDING 256

enum reader_mode { READER_FRESH, READER_RUNS, READER_INTS, READER_FLOATS };

struct chunk_reader {
    /* Set at open: */
    const struct parquet_column *column;
    const struct parquet_chunk *chunk;
    struct chunk_piece *pieces;
    struct page_cursor cursor;
    struct counters *counters; /* may be NULL */
    uint64_t rows;             /* of the row group */
    bool complete;             /* the pieces are the whole chunk: rows must add up */
    enum reader_mode mode;

    /* The chunk so far: */
    struct codec codec;
    struct interner values; /* dictionary first */
    uint64_t n_dictionary;
    bool has_dictionary, saw_data;
    uint64_t rows_seen; /* in pages that were opened */

    /* The page: */
    struct page page;
    uint8_t *body; /* decompressed */
    size_t body_cap;
    uint64_t page_rows;   /* not handed out yet */
    uint64_t page_values; /* of them not null */
    struct levels levels;
    struct source source;

    /* Run mode: */
    uint64_t level_rows; /* what is left of a run of levels, and its kind */
    bool level_valid;
    size_t pending_at, pending_n;
    struct chunk_run pending[READER_PENDING];
    struct chunk_run runs[SOURCE_BATCH]; /* of a batch */
    uint32_t repeats[SOURCE_BATCH];      /* rows of a batch's values */

    /* Value mode: */
    enum time_unit int96_unit;
    int64_t *dictionary_ints; /* NULL: none, or not all of them convert without loss */
    bool rounded;
    int64_t ints[SOURCE_BATCH], spread[SOURCE_BATCH];
    uint8_t valid[SOURCE_BATCH];
    struct float_batch *floats; /* floats.c; NULL: not read so */
};

/* Open the next data page that has rows; *more is false at the end of the chunk, where rows have
 * been checked. */
MUST_CHECK enum error_code reader_next_page(struct chunk_reader *r, bool *more, struct error *err);

/* A fault of the current page. */
enum error_code reader_fault(const struct chunk_reader *r, const char *what, struct error *err);

/* First call of a mode: a reader is read in one of them, and repeated columns in none yet. */
MUST_CHECK enum error_code reader_enter(struct chunk_reader *r, enum reader_mode mode,
                                        struct error *err);

/* runs.c: neighbouring codes that are equal as runs; `out` has room for n > 0 of them. */
size_t reader_runs_of(const uint32_t *codes, size_t n, struct chunk_run *out);

/* dictionary.c: the entries of a decompressed dictionary page get the first codes. NULL, or what is
 * wrong. */
const char *dictionary_read(struct chunk_reader *r, struct str bytes, uint32_t n);

/* floats.c */
void floats_free(struct chunk_reader *r);

#endif
