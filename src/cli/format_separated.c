/* csv and tsv.
 *
 * csv: RFC 4180, but lines end with a newline alone, as in DuckDB, xsv and every tool of the shell.
 * A missing value is empty and an empty text is "", which DuckDB reads back as NULL and ''. tsv: no
 * quotes; \t, \n, \r and \\ are written with a backslash, so that a line is a row and a tab ends a
 * field, always.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "cli/format.h"

static void add_csv_text(struct strbuf *b, struct str s)
{
    bool quotes = s.len == 0;
    for (size_t i = 0; i < s.len && !quotes; i++) {
        quotes = s.data[i] == '"' || s.data[i] == ',' || s.data[i] == '\n' || s.data[i] == '\r';
    }
    if (!quotes) {
        strbuf_add(b, s.data, s.len);
        return;
    }
    strbuf_add_char(b, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.data[i] == '"') {
            strbuf_add_char(b, '"');
        }
        strbuf_add_char(b, s.data[i]);
    }
    strbuf_add_char(b, '"');
}

static void add_tsv_text(struct strbuf *b, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        switch (s.data[i]) {
        case '\t':
            strbuf_add_c(b, "\\t");
            break;
        case '\n':
            strbuf_add_c(b, "\\n");
            break;
        case '\r':
            strbuf_add_c(b, "\\r");
            break;
        case '\\':
            strbuf_add_c(b, "\\\\");
            break;
        default:
            strbuf_add_char(b, s.data[i]);
        }
    }
}

static void add_text(struct strbuf *b, struct str s, bool tabs)
{
    if (tabs) {
        add_tsv_text(b, s);
    } else {
        add_csv_text(b, s);
    }
}

static void add_value(struct strbuf *b, const struct tsi_value *v, bool tabs)
{
    switch (v->type) {
    case TSI_NULL:
        break;
    case TSI_BOOL:
        strbuf_add_c(b, v->boolean ? "true" : "false");
        break;
    case TSI_INT:
        strbuf_printf(b, "%" PRId64, v->integer);
        break;
    case TSI_DOUBLE:
        if (isfinite(v->real)) {
            json_add_double(b, v->real);
        } else {
            strbuf_add_c(b, isnan(v->real) ? "nan" : v->real > 0 ? "inf" : "-inf");
        }
        break;
    case TSI_TEXT:
    case TSI_TIME:
    case TSI_JSON:
        add_text(b, str_n(v->text, v->length), tabs);
        break;
    }
}

void format_separated(FILE *out, const struct view *v, bool tabs)
{
    struct strbuf b;
    strbuf_init(&b, FORMAT_MAX);
    for (size_t c = 0; c < v->columns; c++) {
        if (c) {
            strbuf_add_char(&b, tabs ? '\t' : ',');
        }
        add_text(&b, str_c(view_name(v, c)), tabs);
    }
    strbuf_add_char(&b, '\n');
    fwrite(b.data, 1, b.len, out);
    for (size_t r = 0; r < v->rows && !ferror(out); r++) {
        strbuf_clear(&b);
        for (size_t c = 0; c < v->columns; c++) {
            struct tsi_value value = view_value(v, r, c);
            if (c) {
                strbuf_add_char(&b, tabs ? '\t' : ',');
            }
            add_value(&b, &value, tabs);
        }
        strbuf_add_char(&b, '\n');
        fwrite(b.data, 1, b.len, out);
    }
    strbuf_free(&b);
}
