#include "catalog/result.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "catalog/text.h"
#include "model/sparkline.h"
#include "model/time.h"

/* No answer has more. */
#define COLUMNS_MAX 128

enum column_kind {
    KIND_PLAIN,
    KIND_RAW_TIME,
    KIND_JSON,
    KIND_KEY,
    KIND_SPARK,
    KIND_UNIT,
    KIND_UTC,
    KIND_MATCHED
};

struct layout {
    size_t n; /* columns of the result */
    size_t n_visible;
    enum column_kind kinds[COLUMNS_MAX];
    duckdb_type types[COLUMNS_MAX];
    const char *names[COLUMNS_MAX];  /* visible ones, in order; in the arena */
    struct str members[COLUMNS_MAX]; /* the same as they open a member: ,"name": */
    idx_t unit, utc;                 /* positions; n where there is none */
};

static enum column_kind kind_of(const char *suffix)
{
    static const struct {
        const char *suffix;
        enum column_kind kind;
    } kinds[] = {{":time", KIND_RAW_TIME}, {":json", KIND_JSON}, {":key", KIND_KEY},
                 {":unit", KIND_UNIT},     {":utc", KIND_UTC},   {":matched", KIND_MATCHED},
                 {":spark", KIND_SPARK}};
    for (size_t i = 0; suffix && i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(suffix, kinds[i].suffix) == 0) {
            return kinds[i].kind;
        }
    }
    return KIND_PLAIN;
}

static struct layout lay_out(struct db_rows *rows, struct arena *a)
{
    struct layout l = {.n = rows->n_columns < COLUMNS_MAX ? rows->n_columns : COLUMNS_MAX};
    l.unit = l.utc = l.n;
    for (idx_t c = 0; c < l.n; c++) {
        const char *alias = duckdb_column_name(&rows->result, c);
        const char *colon = strchr(alias, ':');
        l.kinds[c] = kind_of(colon);
        l.types[c] = duckdb_column_type(&rows->result, c);
        l.unit = l.kinds[c] == KIND_UNIT ? c : l.unit;
        l.utc = l.kinds[c] == KIND_UTC ? c : l.utc;
        if (l.kinds[c] < KIND_UNIT) {
            size_t len = colon ? (size_t)(colon - alias) : strlen(alias);
            const char *name = arena_strndup(a, alias, len);
            l.members[l.n_visible] = str_c(arena_printf(a, ",\"%s\":", name));
            l.names[l.n_visible++] = name;
        }
    }
    return l;
}

/* ---- values as text ---- */

static void raw_time_text(struct db_rows *rows, const struct layout *l, idx_t c,
                          char out[TIME_TEXT_SIZE])
{
    enum time_unit unit = TIME_UNIT_INDEX;
    char name[16] = "";
    if (l->unit < l->n) {
        struct str s = db_get_str(rows, l->unit);
        snprintf(name, sizeof name, STR_FMT, STR_ARG(s));
    }
    if (!time_unit_parse(name, &unit)) {
        unit = TIME_UNIT_INDEX;
    }
    time_format(db_get_i64(rows, c), unit, l->utc < l->n && db_get_bool(rows, l->utc), out);
}

static bool is_null_part(duckdb_vector child, idx_t i)
{
    uint64_t *validity = duckdb_vector_get_validity(child);
    return validity && !duckdb_validity_row_is_valid(validity, i);
}

/* A VARCHAR[] as a JSON array. */
static void list_json(struct db_rows *rows, idx_t c, struct strbuf *b)
{
    duckdb_vector v = duckdb_data_chunk_get_vector(rows->chunk, c);
    duckdb_vector child = duckdb_list_vector_get_child(v);
    duckdb_list_entry e = ((duckdb_list_entry *)duckdb_vector_get_data(v))[rows->row];
    duckdb_string_t *texts = duckdb_vector_get_data(child);
    strbuf_add_char(b, '[');
    for (idx_t i = e.offset; i < e.offset + e.length; i++) {
        strbuf_add_c(b, i > e.offset ? "," : "");
        if (is_null_part(child, i)) {
            strbuf_add_c(b, "null");
        } else {
            json_add_string(
                b, str_n(duckdb_string_t_data(&texts[i]), duckdb_string_t_length(texts[i])));
        }
    }
    strbuf_add_char(b, ']');
}

/* ---- tables ---- */

static struct cell list_cell(struct table *t, struct db_rows *rows, idx_t c)
{
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX);
    list_json(rows, c, &b);
    struct cell cell = cell_text(t, CELL_JSON, strbuf_view(&b));
    strbuf_free(&b);
    return cell;
}

static struct cell time_cell(struct table *t, const char *text)
{
    return cell_text(t, CELL_TIME, str_c(text));
}

static struct cell plain_cell(struct table *t, struct db_rows *rows, duckdb_type type, idx_t c)
{
    char text[TIME_TEXT_SIZE];
    switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
        return cell_bool(db_get_bool(rows, c));
    case DUCKDB_TYPE_DOUBLE:
        return cell_double(db_get_double(rows, c));
    case DUCKDB_TYPE_VARCHAR:
        return cell_text(t, CELL_TEXT, db_get_str(rows, c));
    case DUCKDB_TYPE_LIST:
        return list_cell(t, rows, c);
    case DUCKDB_TYPE_TIMESTAMP: /* the program's own times: UTC */
        time_format(db_get_i64(rows, c), TIME_UNIT_US, true, text);
        return time_cell(t, text);
    default:
        return cell_int(db_get_i64(rows, c));
    }
}

static struct cell spark_cell(struct table *t, struct str encoded)
{
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX);
    sparkline_draw(encoded, &b);
    struct cell cell = cell_text(t, CELL_TEXT, strbuf_view(&b));
    strbuf_free(&b);
    return cell;
}

static struct cell make_cell(struct table *t, struct db_rows *rows, const struct layout *l, idx_t c)
{
    char text[TIME_TEXT_SIZE];
    if (db_is_null(rows, c)) {
        return (struct cell){.type = CELL_NULL};
    }
    switch (l->kinds[c]) {
    case KIND_RAW_TIME:
        raw_time_text(rows, l, c, text);
        return time_cell(t, text);
    case KIND_JSON:
        return cell_text(t, CELL_JSON, db_get_str(rows, c));
    case KIND_SPARK:
        return spark_cell(t, db_get_str(rows, c));
    case KIND_KEY:
        return cell_text(t, CELL_TEXT, key_decode(db_get_str(rows, c), &t->arena));
    default:
        return plain_cell(t, rows, l->types[c], c);
    }
}

enum error_code result_table(struct db_call *q, struct table *out)
{
    struct db_rows rows;
    struct arena a;
    enum error_code code = db_query_stream(q, &rows);
    if (code) {
        return code;
    }
    arena_init(&a);
    struct layout l = lay_out(&rows, &a);
    uint64_t matched = 0;
    table_init(out, l.names, l.n_visible);
    while (db_next(&rows)) {
        struct cell *cell = table_add_row(out);
        for (idx_t c = 0; c < l.n; c++) {
            if (l.kinds[c] < KIND_UNIT) {
                *cell++ = make_cell(out, &rows, &l, c);
            } else if (l.kinds[c] == KIND_MATCHED) {
                matched = (uint64_t)db_get_i64(&rows, c);
            }
        }
    }
    out->total = out->matched = matched ? matched : out->n_rows;
    arena_reset(&a);
    code = db_rows_end(&rows, q->err);
    if (code) {
        table_free(out);
    }
    return code;
}

/* ---- lines of JSON ---- */

static void add_value(struct strbuf *b, struct db_rows *rows, const struct layout *l, idx_t c)
{
    char text[TIME_TEXT_SIZE];
    if (db_is_null(rows, c)) {
        strbuf_add_c(b, "null");
    } else if (l->kinds[c] == KIND_JSON) {
        struct str json = db_get_str(rows, c);
        strbuf_add(b, json.data, json.len);
    } else if (l->types[c] == DUCKDB_TYPE_VARCHAR) {
        json_add_string(b, db_get_str(rows, c));
    } else if (l->types[c] == DUCKDB_TYPE_LIST) {
        list_json(rows, c, b);
    } else if (l->types[c] == DUCKDB_TYPE_BOOLEAN) {
        strbuf_add_c(b, db_get_bool(rows, c) ? "true" : "false");
    } else if (l->types[c] == DUCKDB_TYPE_DOUBLE) {
        json_add_double(b, db_get_double(rows, c));
    } else if (l->types[c] == DUCKDB_TYPE_TIMESTAMP) {
        time_format(db_get_i64(rows, c), TIME_UNIT_US, false, text);
        strbuf_printf(b, "\"%s\"", text);
    } else {
        strbuf_printf(b, "%" PRId64, db_get_i64(rows, c));
    }
}

static void add_line(struct strbuf *b, struct db_rows *rows, const struct layout *l,
                     const char *name)
{
    strbuf_printf(b, "{\"table\":\"%s\"", name);
    for (idx_t c = 0; c < l->n; c++) {
        strbuf_add(b, l->members[c].data, l->members[c].len);
        add_value(b, rows, l, c);
    }
    strbuf_add_c(b, "}\n");
}

enum error_code result_ndjson(struct db_call *q, const char *name, FILE *out)
{
    struct db_rows rows;
    struct strbuf line;
    struct arena a;
    enum error_code code = db_query_stream(q, &rows);
    if (code) {
        return code;
    }
    arena_init(&a);
    strbuf_init(&line, SIZE_MAX);
    struct layout l = lay_out(&rows, &a);
    bool written = true;
    while (written && db_next(&rows)) {
        strbuf_clear(&line);
        add_line(&line, &rows, &l, name);
        written = fwrite(line.data, 1, line.len, out) == line.len;
    }
    if (!written) {
        code = error_set_errno(q->err, errno, "cannot write the dump");
    }
    strbuf_free(&line);
    arena_reset(&a);
    struct error ignored;
    enum error_code end = db_rows_end(&rows, code ? &ignored : q->err);
    return code ? code : end;
}
