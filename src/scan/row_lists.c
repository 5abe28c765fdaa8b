#include "scan/row_lists.h"

#include <string.h>

#include "parquet/chunk.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static bool is_called(const char *name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (str_eq_nocase(str_c(name), str_c(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_start(const struct parquet_column *c)
{
    static const char *const names[] = {"start",      "start_time",     "start_timestamp",
                                        "start_date", "start_datetime", "starttimestamp"};
    return c->max_rep == 0 && is_called(c->path, names, COUNT(names));
}

bool column_is_number_list(const struct parquet_footer *f, uint32_t column)
{
    const struct parquet_column *c = &f->columns[column];
    return column_is_list(f, column) && chunk_has_f64(c) && c->physical != PARQUET_BOOLEAN;
}

/* The list of values by name: the first that the metadata names, else the one called target; -1. */
static int64_t named_list(const struct parquet_footer *f, const struct target_names *want)
{
    for (size_t i = 0; i < want->n; i++) {
        int64_t at = column_find(f, want->names[i]);
        if (at >= 0 && column_is_list(f, (uint32_t)at) && chunk_has_f64(&f->columns[at])) {
            return at;
        }
    }
    int64_t at = want->named ? -1 : column_find(f, "target");
    return at >= 0 && column_is_number_list(f, (uint32_t)at) ? at : -1;
}

/* The only list of numbers; -1 where there is none, or several. */
static int64_t only_list(const struct parquet_footer *f)
{
    int64_t only = -1;
    for (uint32_t i = 0; i < f->n_columns; i++) {
        if (column_is_number_list(f, i)) {
            if (only >= 0) {
                return -1;
            }
            only = i;
        }
    }
    return only;
}

/* Lists of lists under the name of a target. */
static const struct parquet_column *several_variates(const struct parquet_footer *f,
                                                     const struct target_names *want)
{
    for (size_t i = 0; i < f->n_columns; i++) {
        const struct parquet_column *c = &f->columns[i];
        bool named = want->named ? is_called(c->name, want->names, want->n)
                                 : str_eq_nocase(str_c(c->name), str_c("target"));
        if (c->max_rep > 1 && named) {
            return c;
        }
    }
    return NULL;
}

enum error_code row_lists_resolve(const struct parquet_footer *f, int64_t time,
                                  const struct target_names *want, struct file_lists *out,
                                  struct error *err)
{
    *out = (struct file_lists){0};
    if (time >= 0 && f->columns[time].max_rep > 0) {
        *out = (struct file_lists){.on = true, .length = (uint32_t)time};
        return OK;
    }
    if (time >= 0 && !is_start(&f->columns[time])) {
        return OK;
    }
    int64_t length = named_list(f, want);
    const struct parquet_column *several = length < 0 ? several_variates(f, want) : NULL;
    if (several) {
        return error_set(err, ERR_UNSUPPORTED,
                         "column '%s' holds lists of lists (several variates a row), which are not "
                         "read as series",
                         several->name);
    }
    if (length < 0 && time >= 0 && !want->named) {
        length = only_list(f);
    }
    if (length >= 0) {
        *out = (struct file_lists){.on = true, .length = (uint32_t)length, .has_start = time >= 0};
    }
    return OK;
}

static bool is_period_column(const struct parquet_column *c)
{
    static const char *const names[] = {"freq", "frequency"};
    return c->top_level && c->max_rep == 0 && c->physical == PARQUET_BYTE_ARRAY &&
           is_called(c->path, names, COUNT(names));
}

enum error_code row_lists_find_period(const struct parquet_footer *f, const char *frequency,
                                      struct file_lists *lists, struct error *err)
{
    for (uint32_t i = 0; i < f->n_columns; i++) {
        if (is_period_column(&f->columns[i])) {
            lists->has_period_column = true;
            lists->period_column = i;
            return OK;
        }
    }
    if (!frequency) {
        return error_set(err, ERR_UNSUPPORTED,
                         "the times of a row have a start and no period: there is neither a column "
                         "'freq' nor a `frequency` in the metadata");
    }
    if (!period_parse(str_c(frequency), &lists->period)) {
        return error_set(err, ERR_UNSUPPORTED,
                         "the times of a row have a start and no period: '%s', the `frequency` of "
                         "the metadata, is no known one",
                         frequency);
    }
    return OK;
}
