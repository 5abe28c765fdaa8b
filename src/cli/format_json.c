/* json: {"schema_version":1,"total":..,"matched":..,"returned":..,"items":[...]}; ndjson: the
 * items, one a line. */
#include <inttypes.h>

#include "base/json.h"
#include "cli/format.h"

/* Rises when a field of the envelope changes its meaning; new fields do not count. */
#define SCHEMA_VERSION 1

/* A document of the catalog stands as it is, on one line: outside of strings a line break is a
 * blank, and inside of them JSON has none. */
static void add_document(struct strbuf *b, struct str s)
{
    if (str_trim(s).len == 0) {
        strbuf_add_c(b, "null");
        return;
    }
    for (size_t i = 0; i < s.len; i++) {
        strbuf_add_char(b, s.data[i] == '\n' || s.data[i] == '\r' ? ' ' : s.data[i]);
    }
}

static void add_value(struct strbuf *b, const struct tsi_value *v)
{
    switch (v->type) {
    case TSI_NULL:
        strbuf_add_c(b, "null");
        break;
    case TSI_BOOL:
        strbuf_add_c(b, v->boolean ? "true" : "false");
        break;
    case TSI_INT:
        strbuf_printf(b, "%" PRId64, v->integer);
        break;
    case TSI_DOUBLE:
        json_add_double(b, v->real);
        break;
    case TSI_TEXT:
    case TSI_TIME:
        json_add_string(b, str_n(v->text, v->length));
        break;
    case TSI_JSON:
        add_document(b, str_n(v->text, v->length));
        break;
    }
}

static void add_row(struct strbuf *b, const struct view *v, size_t row)
{
    strbuf_add_char(b, '{');
    for (size_t c = 0; c < v->columns; c++) {
        struct tsi_value value = view_value(v, row, c);
        if (c) {
            strbuf_add_char(b, ',');
        }
        json_add_string(b, str_c(view_name(v, c)));
        strbuf_add_char(b, ':');
        add_value(b, &value);
    }
    strbuf_add_char(b, '}');
}

void format_json_array(struct strbuf *b, const struct view *v)
{
    strbuf_add_char(b, '[');
    for (size_t r = 0; r < v->rows; r++) {
        if (r) {
            strbuf_add_char(b, ',');
        }
        add_row(b, v, r);
    }
    strbuf_add_char(b, ']');
}

/* Rows one by one through a buffer that is used again: memory stays that of the longest row. */
static void write_rows(FILE *out, const struct view *v, const char *before, const char *between)
{
    struct strbuf b;
    strbuf_init(&b, FORMAT_MAX);
    for (size_t r = 0; r < v->rows && !ferror(out); r++) {
        strbuf_clear(&b);
        strbuf_add_c(&b, r ? between : before);
        add_row(&b, v, r);
        fwrite(b.data, 1, b.len, out);
    }
    strbuf_free(&b);
}

void format_json(FILE *out, const struct view *v)
{
    fprintf(out,
            "{\"schema_version\":%d,\"total\":%" PRIu64 ",\"matched\":%" PRIu64
            ",\"returned\":%zu,%s\"items\":[",
            SCHEMA_VERSION, v->total, v->matched, v->rows, v->extra ? v->extra : "");
    write_rows(out, v, "\n", ",\n");
    fputs(v->rows ? "\n]}\n" : "]}\n", out);
}

void format_ndjson(FILE *out, const struct view *v)
{
    write_rows(out, v, "", "\n");
    if (v->rows) {
        fputc('\n', out);
    }
}
