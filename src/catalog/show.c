#include <string.h>

#include "base/json.h"
#include "catalog/internal.h"
#include "catalog/result.h"

/* No more names than a line of an error can hold. */
#define NAMES_SHOWN 5

/* What a name the user typed stands for: rows of one or two text columns, the first NAMES_SHOWN of
 * them. */
struct matches {
    struct arena arena;
    const char *first[NAMES_SHOWN], *second[NAMES_SHOWN];
    size_t n; /* all of them */
};

static enum error_code look_up(struct catalog *c, enum db_statement which, const char *text,
                               struct matches *m, struct error *err)
{
    struct db_rows rows;
    *m = (struct matches){0};
    arena_init(&m->arena);
    struct db_call q = db_begin(&c->db, which, err);
    db_bind_text(&q, "text", text);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    for (; db_next(&rows); m->n++) {
        if (m->n < NAMES_SHOWN) {
            m->first[m->n] = db_copy_text(&rows, 0, &m->arena);
            m->second[m->n] = rows.n_columns > 1 ? db_copy_text(&rows, 1, &m->arena) : NULL;
        }
    }
    return db_rows_end(&rows, err);
}

/* "a, b, c and 4 more" */
static char *join(const struct matches *m, struct arena *a)
{
    struct strbuf b;
    strbuf_init(&b, ERROR_TEXT_MAX);
    for (size_t i = 0; i < m->n && i < NAMES_SHOWN; i++) {
        strbuf_printf(&b, "%s%s%s%s", i ? ", " : "", m->first[i], m->second[i] ? ":" : "",
                      m->second[i] ? m->second[i] : "");
    }
    if (m->n > NAMES_SHOWN) {
        strbuf_printf(&b, " and %zu more", m->n - NAMES_SHOWN);
    }
    char *text = arena_strndup(a, b.data, b.len);
    strbuf_free(&b);
    return text;
}

static enum error_code not_found(struct catalog *c, const char *what, const char *text,
                                 enum db_statement near, struct error *err)
{
    struct matches m;
    enum error_code code = look_up(c, near, text, &m, err);
    if (!code) {
        code = error_set(err, ERR_NOT_FOUND, "there is no %s %s", what, text);
        if (m.n) {
            error_add(err, "did you mean %s?", join(&m, &m.arena));
        }
    }
    arena_reset(&m.arena);
    return code;
}

/* Exactly one, or an error that helps. */
static enum error_code find_one(struct catalog *c, const char *what, const char *text,
                                enum db_statement find, enum db_statement near, struct matches *m,
                                struct error *err)
{
    enum error_code code = c->writer ? catalog_flush(c, err) : OK;
    if (code) {
        *m = (struct matches){0};
        return code;
    }
    code = look_up(c, find, text, m, err);
    if (!code && m->n == 0) {
        code = not_found(c, what, text, near, err);
    } else if (!code && m->n > 1) {
        code = error_set(err, ERR_USAGE, "%zu %s are called %s: say which of %s", m->n,
                         strcmp(what, "series") == 0 ? "series" : "datasets", text,
                         join(m, &m->arena));
    }
    return code;
}

/* ---- datasets ---- */

static void add_schema_column(struct strbuf *b, struct db_rows *rows)
{
    strbuf_add_c(b, b->len > 1 ? ",{\"name\":" : "{\"name\":");
    json_add_string(b, db_get_str(rows, 0));
    strbuf_add_c(b, ",\"type\":");
    json_add_string(b, db_get_str(rows, 1));
    strbuf_printf(b, ",\"files\":%lld,\"nullable\":%s", (long long)db_get_i64(rows, 2),
                  db_get_bool(rows, 3) ? "true" : "false");
    if (!db_is_null(rows, 4)) {
        strbuf_printf(b, ",\"null_count\":%lld", (long long)db_get_i64(rows, 4));
    }
    strbuf_printf(b, ",\"bytes\":%lld}", (long long)db_get_i64(rows, 5));
}

static enum error_code schema_json(struct catalog *c, const char *dataset_id, struct strbuf *b,
                                   struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, STMT_DATASET_SCHEMA, err);
    db_bind_text(&q, "dataset", dataset_id);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    strbuf_add_char(b, '[');
    while (db_next(&rows)) {
        add_schema_column(b, &rows);
    }
    strbuf_add_char(b, ']');
    return db_rows_end(&rows, err);
}

/* The same rows with one more column at the end: `schema`. */
static void append_schema(struct table *t, struct str json)
{
    struct table wide;
    const char **names = mem_alloc((t->n_columns + 1) * sizeof *names);
    memcpy(names, t->names, t->n_columns * sizeof *names);
    names[t->n_columns] = "schema";
    table_init(&wide, names, t->n_columns + 1);
    mem_free(names);
    for (size_t r = 0; r < t->n_rows; r++) {
        struct cell *row = table_add_row(&wide);
        for (size_t i = 0; i < t->n_columns; i++) {
            struct cell cell = *table_cell(t, r, i);
            row[i] = cell.type >= CELL_TEXT ? cell_text(&wide, cell.type, cell.as.s) : cell;
        }
        row[t->n_columns] = cell_text(&wide, CELL_JSON, json);
    }
    wide.total = wide.matched = t->n_rows;
    table_free(t);
    *t = wide;
}

enum error_code catalog_show_dataset(struct catalog *c, const char *id_or_name, struct table *out,
                                     struct error *err)
{
    struct matches m;
    struct strbuf schema;
    strbuf_init(&schema, SIZE_MAX);
    enum error_code code =
        find_one(c, "dataset", id_or_name, STMT_FIND_DATASET, STMT_NEAR_DATASETS, &m, err);
    code = code ? code : schema_json(c, m.first[0], &schema, err);
    if (!code) {
        struct db_call q = db_begin(&c->db, STMT_SHOW_DATASET, err);
        db_bind_text(&q, "dataset", m.first[0]);
        code = result_table(&q, out);
    }
    if (!code) {
        append_schema(out, strbuf_view(&schema));
    }
    strbuf_free(&schema);
    arena_reset(&m.arena);
    return code;
}

/* ---- series ---- */

enum error_code catalog_show_series(struct catalog *c, const char *series, struct table *out,
                                    struct error *err)
{
    struct matches m;
    enum error_code code =
        find_one(c, "series", series, STMT_FIND_SERIES, STMT_NEAR_SERIES, &m, err);
    if (!code) {
        struct db_call q = db_begin(&c->db, STMT_SHOW_SERIES, err);
        db_bind_text(&q, "dataset", m.first[0]);
        db_bind_text(&q, "series", m.second[0]);
        code = result_table(&q, out);
    }
    arena_reset(&m.arena);
    return code;
}
