/* table.h - an answer as rows and columns: what the catalog returns and every front end prints.
 *
 * Built once, then read only. Cells own their text in the table's arena.
 */
#ifndef TSI_MODEL_TABLE_H
#define TSI_MODEL_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/memory.h"
#include "base/str.h"

enum cell_type {
    CELL_NULL,
    CELL_BOOL,
    CELL_INT,
    CELL_DOUBLE,
    CELL_TEXT,
    CELL_TIME, /* ISO-8601 text; a type of its own so that machine formats know */
    CELL_JSON, /* a JSON document as text: arrays and objects */
};

struct cell {
    enum cell_type type;
    union {
        bool b;
        int64_t i;
        double d;
        struct str s;
    } as;
};

struct table {
    struct arena arena;
    const char **names; /* stable field names: a contract */
    size_t n_columns;
    struct cell *cells; /* row-major */
    size_t n_rows, cap;
    uint64_t total;   /* rows that exist before any filter */
    uint64_t matched; /* rows that match; n_rows of them are here */
};

void table_init(struct table *t, const char *const *names, size_t n_columns);
void table_free(struct table *t);
struct cell *
table_add_row(struct table *t); /* n_columns NULL cells; valid until the next row is added */
struct cell cell_int(int64_t i);
struct cell cell_double(double d);
struct cell cell_bool(bool b);
struct cell cell_text(struct table *t, enum cell_type type,
                      struct str s); /* copies; data NULL gives CELL_NULL */
const struct cell *table_cell(const struct table *t, size_t row, size_t column);

#endif
