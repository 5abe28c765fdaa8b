/* list_values.h - the values in the lists of one column, as many for each row as it has records.
 *
 * A repeated column has entries: each element is one, and so is each list that is empty or null.
 * While rows are walked, what their entries are is noted (list_values_expect); when a block of
 * records is full, its values are asked for (list_values_next), and entries without an element are
 * passed over. A null list in a row with records stands for as many nulls. A list of another length
 * than its row has records makes the column uneven: which record a value belongs to cannot be told,
 * so that from there on all are null, and the caller drops the column.
 *
 * Memory: 16 bytes for each change between lists with elements and without, of a block.
 */
#ifndef TSI_SCAN_LIST_VALUES_H
#define TSI_SCAN_LIST_VALUES_H

#include "parquet/chunk.h"

enum list_piece_kind { LIST_TAKE, LIST_SKIP, LIST_NULLS };

struct list_piece {
    enum list_piece_kind kind;
    uint64_t n; /* entries; of NULLS records */
};

struct list_values {
    struct chunk_reader *lengths; /* NULL: its own lists say how many records rows have */
    struct chunk_reader *values;
    const struct parquet_column *column;
    struct chunk_lists lists;
    size_t list_at;            /* of them */
    struct list_piece *pieces; /* [piece, n_pieces) are not handed out yet */
    size_t piece, n_pieces, cap_pieces;
    struct chunk_f64s batch;
    size_t at; /* of it */
    bool uneven;
};

/* A row with `records`, a list or (not `valid`) none: what the column that counts them holds. */
MUST_CHECK enum error_code list_values_expect(struct list_values *l, uint64_t records, bool valid,
                                              struct error *err);

/* Some of the values that are expected and were not handed out; at least one where there are any.
 */
MUST_CHECK enum error_code list_values_next(struct list_values *l, struct chunk_f64s *out,
                                            struct error *err);

/* Readers are closed, memory is freed. */
void list_values_close(struct list_values *l);

/* The next row of a column's lists, for any that counts them. */
MUST_CHECK enum error_code list_next(struct chunk_reader *r, const struct parquet_column *column,
                                     struct chunk_lists *lists, size_t *at, uint64_t *elements,
                                     bool *valid, struct error *err);

#endif
