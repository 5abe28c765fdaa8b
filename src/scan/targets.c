#include "scan/targets.h"

#include <string.h>
#include <strings.h>

#include "parquet/chunk.h"
#include "scan/row_lists.h"

static bool is_key(const struct file_columns *c, uint32_t column)
{
    for (size_t i = 0; i < c->n_id; i++) {
        if (c->id[i] == column) {
            return true;
        }
    }
    return c->has_time && c->time == column;
}

static bool is_named(const struct parquet_footer *f, const struct target_names *want,
                     uint32_t column)
{
    for (size_t i = 0; i < want->n; i++) {
        if (column_find(f, want->names[i]) == (int64_t)column) {
            return true;
        }
    }
    return false;
}

/* Encrypted, or compressed with what is not read: known before a byte is fetched. */
static bool is_readable(const struct parquet_footer *f, uint32_t column)
{
    for (size_t g = 0; g < f->n_row_groups; g++) {
        const struct parquet_chunk *c = &f->row_groups[g].chunks[column];
        if (f->row_groups[g].rows && !chunk_is_readable(c)) {
            return false;
        }
    }
    return true;
}

/* NULL: its values can be read as numbers. */
static const char *why_not(const struct parquet_footer *f, const struct file_columns *columns,
                           uint32_t column, struct arena *a)
{
    const struct parquet_column *c = &f->columns[column];
    if (is_key(columns, column)) {
        return "it is an id or the time";
    }
    if (columns->lists.on && c->max_rep == 0) {
        return "one value a row, where a row is a series";
    }
    if (columns->lists.on && !column_is_list(f, column)) {
        return "lists of lists: only lists of numbers are read";
    }
    if (!columns->lists.on && c->max_rep > 0) {
        return "repeated: only flat columns are read";
    }
    if (!chunk_has_f64(c)) {
        return arena_printf(a, "not numeric: %s", parquet_type_text(c, a));
    }
    return is_readable(f, column) ? NULL : "encrypted, or compressed with an unknown codec";
}

static bool is_called_target(const struct parquet_column *c)
{
    return str_eq_nocase(str_c(c->name), str_c("target")) ||
           strncasecmp(c->name, "target_", strlen("target_")) == 0;
}

static bool has_called_target(const struct parquet_footer *f)
{
    for (uint32_t i = 0; i < f->n_columns; i++) {
        if (is_called_target(&f->columns[i]) && column_is_number_list(f, i)) {
            return true;
        }
    }
    return false;
}

/* Targets by type. `called`: some are by name. */
static bool is_by_type(const struct parquet_footer *f, const struct file_columns *columns,
                       uint32_t column, bool called)
{
    const struct parquet_column *c = &f->columns[column];
    if (is_key(columns, column)) {
        return false;
    }
    if (columns->lists.on) {
        return column_is_number_list(f, column) && (!called || is_called_target(c));
    }
    return c->top_level && chunk_has_f64(c) && c->physical != PARQUET_BOOLEAN;
}

void targets_resolve(const struct parquet_footer *f, const struct file_columns *columns,
                     const struct target_names *want, struct arena *a, struct file_targets *out)
{
    *out = (struct file_targets){.columns = arena_array(a, f->n_columns, sizeof *out->columns),
                                 .notes = arena_array(a, f->n_columns, sizeof *out->notes)};
    bool called = columns->lists.on && has_called_target(f);
    for (uint32_t i = 0; i < f->n_columns; i++) {
        bool wanted = want->named ? is_named(f, want, i) : is_by_type(f, columns, i, called);
        if (!wanted) {
            continue;
        }
        out->notes[i] = why_not(f, columns, i, a);
        if (!out->notes[i]) {
            out->columns[out->n++] = i;
        }
    }
}
