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
#include "parquet/nest.h"
#include "parquet/page.h"
#include "parquet/source.h"

/* Runs of values that wait for the null runs between them. */
#define READER_PENDING 256

enum reader_mode {
    READER_FRESH,
    READER_RUNS,
    READER_INTS,
    READER_FLOATS,
    READER_ENTRIES,
    READER_LISTS
};

/* Levels as numbers, and what entries.c and lists.c keep between calls. */
struct nest {
    struct level_numbers rep, def;
    /* Entries: levels that were expanded, values that were decoded, and how far both were handed
     * out. */
    size_t level_at, level_n, value_at, value_n;
    struct source_batch batch;
    uint16_t reps[SOURCE_BATCH], defs[SOURCE_BATCH];
    struct str strs[SOURCE_BATCH];
    /* Lists: the row that later pages may go on with. */
    bool row_open, row_valid;
    uint64_t row_elements;
    uint64_t elements[SOURCE_BATCH];
    uint8_t valid[SOURCE_BATCH];
};
void nest_free(struct nest *n);

struct chunk_reader {
    /* Set at open: */
    const struct parquet_column *column;
    const struct parquet_chunk *chunk;
    struct chunk_piece *pieces;
    struct page_cursor cursor;
    struct counters *counters; /* may be NULL */
    /* What is counted: rows; of a repeated column its entries, each of which is a value, a null or
     * an empty list. The rows of those begin where the repetition level is 0. */
    uint64_t rows;
    uint64_t group_rows;
    bool complete; /* the pieces are the whole chunk: rows must add up */
    enum reader_mode mode;

    /* The chunk so far: */
    struct codec codec;
    struct interner values; /* dictionary first */
    uint64_t n_dictionary;
    bool has_dictionary, saw_data;
    uint64_t rows_seen;   /* in pages that were opened */
    uint64_t starts_seen; /* rows that began in them, of a repeated column */

    /* The page: */
    struct page page;
    uint8_t *body; /* decompressed */
    size_t body_cap;
    uint64_t page_rows;   /* not handed out yet */
    uint64_t page_values; /* of them not null */
    struct levels levels;
    struct nest *nest; /* of repeated columns, and in entry mode; else NULL */
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

/* First call of a mode: a reader is read in one of them. */
MUST_CHECK enum error_code reader_enter(struct chunk_reader *r, enum reader_mode mode,
                                        struct error *err);

/* runs.c: neighbouring codes that are equal as runs; `out` has room for n > 0 of them. */
size_t reader_runs_of(const uint32_t *codes, size_t n, struct chunk_run *out);

/* The page's bytes behind the first `skip` stored ones, decompressed unless they are stored
 * plainly. */
MUST_CHECK enum error_code reader_unpack(struct chunk_reader *r, uint32_t skip, struct str *out,
                                         struct error *err);
/* The first `front` of the page's bytes, or more of them. */
MUST_CHECK enum error_code reader_unpack_front(struct chunk_reader *r, size_t front,
                                               struct str *out, struct error *err);

/* page_levels.c: open the levels of the current page; *values are the bytes behind them (empty
 * where only lists are counted). */
MUST_CHECK enum error_code reader_open_levels(struct chunk_reader *r, struct str *values,
                                              struct error *err);

/* dictionary.c: the entries of a decompressed dictionary page get the first codes. NULL, or what is
 * wrong. */
const char *dictionary_read(struct chunk_reader *r, struct str bytes, uint32_t n);

/* floats.c */
void floats_free(struct chunk_reader *r);

#endif
