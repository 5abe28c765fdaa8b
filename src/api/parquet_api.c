/* Rows of any origin as a Parquet file. */
#include "api/error_api.h"
#include "catalog/export.h"
#include "tsindexer.h"

static struct cell cell_of(const struct tsi_value *v)
{
    struct cell c = {.type = (enum cell_type)v->type};
    switch (v->type) {
    case TSI_NULL:
        break;
    case TSI_BOOL:
        c.as.b = v->boolean;
        break;
    case TSI_INT:
        c.as.i = v->integer;
        break;
    case TSI_DOUBLE:
        c.as.d = v->real;
        break;
    case TSI_TEXT:
    case TSI_TIME:
    case TSI_JSON:
        c.as.s = str_n(v->text, v->length);
        break;
    }
    return c;
}

int tsi_write_parquet(const struct tsi_rows *rows, const char *path, struct tsi_error *err)
{
    struct error e = {0};
    struct table t;
    const char **names = mem_zalloc((rows->columns + 1) * sizeof *names);
    error_publish_none(err);
    for (size_t c = 0; c < rows->columns; c++) {
        names[c] = rows->name(rows->source, c);
    }
    table_init(&t, names, rows->columns);
    for (size_t r = 0; r < rows->rows; r++) {
        struct cell *row = table_add_row(&t);
        for (size_t c = 0; c < rows->columns; c++) {
            struct tsi_value v = rows->value(rows->source, r, c);
            row[c] = cell_of(&v);
        }
    }
    enum error_code code = export_parquet(&t, path, &e);
    table_free(&t);
    mem_free(names);
    return code ? error_publish(&e, err) : 0;
}
