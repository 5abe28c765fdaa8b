#include "scan/columns.h"

#include <string.h>

bool column_is_time(const struct parquet_column *c)
{
    if (c->logical == PARQUET_DATE || c->logical == PARQUET_TIMESTAMP ||
        c->physical == PARQUET_INT96) {
        return true;
    }
    return (c->physical == PARQUET_INT32 || c->physical == PARQUET_INT64) &&
           (c->logical == PARQUET_PLAIN_VALUE || c->logical == PARQUET_INTEGER);
}

bool column_is_time_text(const struct parquet_column *c)
{
    return c->physical == PARQUET_BYTE_ARRAY &&
           (c->logical == PARQUET_STRING || c->logical == PARQUET_ENUM ||
            c->logical == PARQUET_PLAIN_VALUE);
}

enum time_unit column_time_unit(const struct parquet_column *c)
{
    if (c->logical == PARQUET_DATE || c->logical == PARQUET_TIMESTAMP) {
        return c->unit;
    }
    return column_is_time_text(c) ? TIME_UNIT_US : TIME_UNIT_INDEX;
}

enum time_kind column_time_kind(const struct parquet_column *c)
{
    if (c->logical == PARQUET_TIMESTAMP || c->physical == PARQUET_INT96) {
        return TIME_KIND_TIMESTAMP;
    }
    return c->logical == PARQUET_DATE ? TIME_KIND_DATE
           : column_is_time_text(c)   ? TIME_KIND_STRING
                                      : TIME_KIND_INTEGER;
}

/* Leaves of one field stand side by side: its neighbours say whether it has others, however many
 * columns there are. */
bool column_is_list(const struct parquet_footer *f, uint32_t column)
{
    const struct parquet_column *c = &f->columns[column];
    bool first = column == 0 || strcmp(c[-1].name, c->name) != 0;
    bool last = column + 1 == f->n_columns || strcmp(c[1].name, c->name) != 0;
    return c->max_rep == 1 && first && last;
}

/* 2: the column is called so; 1: but for case; 0: it is not. */
static int match(const struct parquet_footer *f, uint32_t column, const char *name)
{
    const struct parquet_column *c = &f->columns[column];
    bool exact = strcmp(c->path, name) == 0;
    if (exact || str_eq_nocase(str_c(c->path), str_c(name))) {
        return exact ? 2 : 1;
    }
    if (!str_eq_nocase(str_c(c->name), str_c(name)) || !column_is_list(f, column)) {
        return 0;
    }
    return strcmp(c->name, name) == 0 ? 2 : 1;
}

int64_t column_find(const struct parquet_footer *f, const char *name)
{
    int64_t loose = -1;
    for (uint32_t i = 0; i < f->n_columns; i++) {
        int how = match(f, i, name);
        if (how == 2) {
            return i;
        }
        if (how == 1) {
            loose = loose == -1 ? (int64_t)i : -2;
        }
    }
    return loose >= 0 ? loose : -1;
}

/* "a, b, c ..." for people; enough names to see a typo, not a thousand of them. */
static void list_columns(const struct parquet_footer *f, struct strbuf *out)
{
    size_t shown = f->n_columns < 12 ? f->n_columns : 12;
    for (size_t i = 0; i < shown; i++) {
        strbuf_printf(out, "%s%s", i ? ", " : "", f->columns[i].path);
    }
    if (shown < f->n_columns) {
        strbuf_printf(out, " and %zu more", f->n_columns - shown);
    }
}

static enum error_code resolve_one(const struct parquet_footer *f, const char *name,
                                   const char *role, uint32_t *out, struct error *err)
{
    int64_t at = column_find(f, name);
    if (at < 0) {
        struct strbuf have;
        strbuf_init(&have, 1024);
        list_columns(f, &have);
        error_set(err, ERR_COLUMN_MISSING, "no %s column '%s'; the file has: %s", role, name,
                  have.data ? have.data : "no columns");
        strbuf_free(&have);
        return ERR_COLUMN_MISSING;
    }
    *out = (uint32_t)at;
    return OK;
}

static bool is_flat(const struct parquet_column *c)
{
    return c->top_level && c->max_rep == 0;
}

enum error_code columns_resolve(const struct parquet_footer *f, const struct scan_columns *want,
                                struct file_columns *out, struct error *err)
{
    *out = (struct file_columns){0};
    if (want->n_id > ID_COLUMNS_MAX) {
        return error_set(err, ERR_UNSUPPORTED, "%zu id columns; at most %d are supported",
                         want->n_id, ID_COLUMNS_MAX);
    }
    for (size_t i = 0; i < want->n_id; i++) {
        enum error_code code = resolve_one(f, want->id[i], "id", &out->id[i], err);
        if (code) {
            return code;
        }
        if (!is_flat(&f->columns[out->id[i]])) {
            return error_set(err, ERR_UNSUPPORTED,
                             "id column '%s' is nested; only flat columns are read", want->id[i]);
        }
    }
    out->n_id = want->n_id;
    return OK;
}

enum error_code columns_resolve_time(const struct parquet_footer *f,
                                     const struct scan_columns *want, struct file_columns *out,
                                     struct error *err)
{
    if (!want->time) {
        return OK;
    }
    enum error_code code = resolve_one(f, want->time, "time", &out->time, err);
    if (!code && !is_flat(&f->columns[out->time]) && !column_is_list(f, out->time)) {
        code = error_set(err, ERR_UNSUPPORTED,
                         "time column '%s' is nested; only flat columns and lists are read",
                         want->time);
    }
    if (!code && !column_is_time(&f->columns[out->time]) &&
        !column_is_time_text(&f->columns[out->time])) {
        struct arena a;
        arena_init(&a);
        code = error_set(
            err, ERR_UNSUPPORTED,
            "time column '%s' has type %s; dates, timestamps, integers and ISO 8601 text are read",
            want->time, parquet_type_text(&f->columns[out->time], &a));
        arena_reset(&a);
    }
    out->has_time = code == OK;
    return code;
}
