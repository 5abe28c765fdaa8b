/* The two sources of a view, and the choice of a format. */
#include <string.h>

#include "cli/format.h"

static const char *result_name(const void *source, size_t column)
{
    return tsi_result_name(source, column);
}

static struct tsi_value result_value(const void *source, size_t row, size_t column)
{
    return tsi_result_value(source, row, column);
}

struct view view_of_result(const struct tsi_result *r)
{
    return (struct view){.source = r,
                         .name = result_name,
                         .value = result_value,
                         .columns = tsi_result_columns(r),
                         .rows = tsi_result_rows(r),
                         .total = tsi_result_total(r),
                         .matched = tsi_result_matched(r)};
}

const char *view_name(const struct view *v, size_t column)
{
    return v->name(v->source, v->picked ? v->picked[column] : column);
}

struct tsi_value view_value(const struct view *v, size_t row, size_t column)
{
    return v->value(v->source, row, v->picked ? v->picked[column] : column);
}

int view_pick(struct view *v, struct str names, size_t *picked, struct str *unknown)
{
    size_t n = 0;
    while (names.len) {
        const char *comma = memchr(names.data, ',', names.len);
        struct str name = str_n(names.data, comma ? (size_t)(comma - names.data) : names.len);
        size_t c = 0;
        while (c < v->columns && !str_eq(str_c(v->name(v->source, c)), name)) {
            c++;
        }
        if (c == v->columns || n == v->columns) {
            *unknown = name;
            return -1;
        }
        picked[n++] = c;
        names = str_from(names, name.len + (comma != NULL));
    }
    v->picked = picked;
    v->columns = n;
    return 0;
}

static const char *row_name(const void *source, size_t column)
{
    return ((const struct view_row *)source)->names[column];
}

static struct tsi_value row_value(const void *source, size_t row, size_t column)
{
    (void)row;
    return ((const struct view_row *)source)->values[column];
}

struct view view_of_row(const struct view_row *row)
{
    return (struct view){.source = row,
                         .name = row_name,
                         .value = row_value,
                         .columns = row->columns,
                         .rows = 1,
                         .total = 1,
                         .matched = 1};
}

struct tsi_value value_text(const char *s)
{
    return s ? (struct tsi_value){.type = TSI_TEXT, .text = s, .length = strlen(s)}
             : (struct tsi_value){.type = TSI_NULL};
}

struct tsi_value value_integer(int64_t i)
{
    return (struct tsi_value){.type = TSI_INT, .integer = i};
}

struct tsi_value value_count(uint64_t n)
{
    return n <= INT64_MAX ? value_integer((int64_t)n)
                          : (struct tsi_value){.type = TSI_DOUBLE, .real = (double)n};
}

size_t format_write(FILE *out, enum format f, const struct view *v,
                    const struct format_style *style)
{
    switch (f) {
    case FORMAT_TABLE:
        return format_table(out, v, style);
    case FORMAT_JSON:
        format_json(out, v);
        break;
    case FORMAT_NDJSON:
        format_ndjson(out, v);
        break;
    case FORMAT_CSV:
        format_separated(out, v, false);
        break;
    case FORMAT_TSV:
        format_separated(out, v, true);
        break;
    case FORMAT_PARQUET:
        break;
    }
    return 0;
}
