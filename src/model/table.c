#include "model/table.h"

#include <string.h>

void table_init(struct table *t, const char *const *names, size_t n_columns)
{
    *t = (struct table){.n_columns = n_columns};
    arena_init(&t->arena);
    t->names = arena_array(&t->arena, n_columns, sizeof *t->names);
    for (size_t i = 0; i < n_columns; i++) {
        t->names[i] = arena_strdup(&t->arena, names[i]);
    }
}

void table_free(struct table *t)
{
    mem_free(t->cells);
    arena_reset(&t->arena);
    *t = (struct table){0};
}

struct cell *table_add_row(struct table *t)
{
    t->cells = mem_grow(t->cells, t->n_rows, &t->cap, t->n_columns * sizeof *t->cells);
    struct cell *row = t->cells + t->n_rows++ * t->n_columns;
    memset(row, 0, t->n_columns * sizeof *row);
    return row;
}

struct cell cell_int(int64_t i)
{
    return (struct cell){.type = CELL_INT, .as.i = i};
}

struct cell cell_double(double d)
{
    return (struct cell){.type = CELL_DOUBLE, .as.d = d};
}

struct cell cell_bool(bool b)
{
    return (struct cell){.type = CELL_BOOL, .as.b = b};
}

struct cell cell_text(struct table *t, enum cell_type type, struct str s)
{
    if (!s.data) {
        return (struct cell){.type = CELL_NULL};
    }
    return (struct cell){.type = type,
                         .as.s = str_n(arena_strndup(&t->arena, s.data, s.len), s.len)};
}

const struct cell *table_cell(const struct table *t, size_t row, size_t column)
{
    return &t->cells[row * t->n_columns + column];
}
