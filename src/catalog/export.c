#include "catalog/export.h"

#include "catalog/bulk.h"
#include "catalog/db.h"

static enum cell_type type_of(const struct table *t, size_t column)
{
    enum cell_type type = CELL_NULL;
    for (size_t r = 0; r < t->n_rows; r++) {
        enum cell_type cell = table_cell(t, r, column)->type;
        bool number = (cell == CELL_INT || cell == CELL_DOUBLE) &&
                      (type == CELL_INT || type == CELL_DOUBLE || type == CELL_NULL);
        if (cell == CELL_NULL || cell == type) {
            continue;
        }
        if (type != CELL_NULL && !number) {
            return CELL_TEXT;
        }
        type = type == CELL_NULL ? cell : CELL_DOUBLE;
    }
    return type;
}

static void add_name(struct strbuf *sql, const char *name)
{
    strbuf_add_char(sql, '"');
    for (; *name; name++) {
        strbuf_add_c(sql, *name == '"' ? "\"" : "");
        strbuf_add_char(sql, *name);
    }
    strbuf_add_char(sql, '"');
}

static void add_create(struct strbuf *sql, const struct table *t, const enum cell_type *types)
{
    strbuf_add_c(sql, "CREATE TABLE answer (");
    for (size_t c = 0; c < t->n_columns; c++) {
        strbuf_add_c(sql, c ? ", " : "");
        add_name(sql, t->names[c]);
        strbuf_add_c(sql, types[c] == CELL_INT      ? " BIGINT"
                          : types[c] == CELL_DOUBLE ? " DOUBLE"
                          : types[c] == CELL_BOOL   ? " BOOLEAN"
                                                    : " VARCHAR");
    }
    strbuf_add_c(sql, ")");
}

static void add_cell(struct bulk *b, size_t c, const struct cell *cell, enum cell_type type)
{
    switch (cell->type) {
    case CELL_NULL:
        break;
    case CELL_BOOL:
        bulk_bool(b, c, cell->as.b);
        break;
    case CELL_INT:
        if (type == CELL_DOUBLE) {
            bulk_double(b, c, (double)cell->as.i);
        } else {
            bulk_i64(b, c, cell->as.i);
        }
        break;
    case CELL_DOUBLE:
        bulk_double(b, c, cell->as.d);
        break;
    case CELL_TEXT:
    case CELL_TIME:
    case CELL_JSON:
        bulk_str(b, c, cell->as.s);
        break;
    }
}

/* A column of several types is text: what is no text in it has no place there. */
static enum error_code check_types(const struct table *t, const enum cell_type *types,
                                   struct error *err)
{
    for (size_t r = 0; r < t->n_rows; r++) {
        for (size_t c = 0; c < t->n_columns; c++) {
            enum cell_type cell = table_cell(t, r, c)->type;
            if (types[c] >= CELL_TEXT && cell != CELL_NULL && cell < CELL_TEXT) {
                return error_set(err, ERR_INTERNAL, "the column %s has values of several types",
                                 t->names[c]);
            }
        }
    }
    return OK;
}

static enum error_code fill(struct db *db, const struct table *t, const enum cell_type *types,
                            struct error *err)
{
    struct bulk b;
    enum error_code code = bulk_open(&b, db, "answer", err);
    if (code) {
        return code;
    }
    for (size_t r = 0; r < t->n_rows && !code; r++) {
        for (size_t c = 0; c < t->n_columns; c++) {
            add_cell(&b, c, table_cell(t, r, c), types[c]);
        }
        code = bulk_end_row(&b, err);
    }
    code = code ? code : bulk_flush(&b, err);
    bulk_close(&b);
    return code;
}

static enum error_code write_file(struct db *db, const char *path, struct error *err)
{
    struct strbuf sql;
    strbuf_init(&sql, 1 << 16);
    strbuf_add_c(&sql, "COPY answer TO '");
    for (; *path; path++) {
        strbuf_add_c(&sql, *path == '\'' ? "'" : "");
        strbuf_add_char(&sql, *path);
    }
    strbuf_add_c(&sql, "' (FORMAT parquet)");
    enum error_code code = db_run_script(db, strbuf_view(&sql).data, err);
    strbuf_free(&sql);
    return code;
}

enum error_code export_parquet(const struct table *t, const char *path, struct error *err)
{
    /* One thread keeps the order of the rows. */
    static const struct catalog_options options = {.threads = 1};
    struct db db;
    struct strbuf sql;
    enum cell_type types[BULK_MAX_COLUMNS];
    if (t->n_columns > BULK_MAX_COLUMNS) {
        return error_set(err, ERR_INTERNAL, "an answer of %zu columns", t->n_columns);
    }
    for (size_t c = 0; c < t->n_columns; c++) {
        types[c] = type_of(t, c);
    }
    enum error_code code = check_types(t, types, err);
    code =
        code ? code : db_open(&db, &(struct db_open){.path = ":memory:", .options = &options}, err);
    if (code) {
        return code;
    }
    strbuf_init(&sql, 1 << 16);
    add_create(&sql, t, types);
    code = db_run_script(&db, strbuf_view(&sql).data, err);
    code = code ? code : fill(&db, t, types, err);
    code = code ? code : write_file(&db, path, err);
    strbuf_free(&sql);
    db_close(&db);
    return code ? error_add(err, "while writing the answer as Parquet") : OK;
}
