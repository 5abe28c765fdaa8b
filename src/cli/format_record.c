/* The record, for people: a line for each field, and for each element of a long list. */
#include <string.h>

#include "cli/format.h"
#include "cli/text.h"

/* A list that is longer than this is read more easily one element a line. */
#define LIST_INLINE_MAX 80

void format_cell(struct strbuf *b, const struct tsi_value *v)
{
    switch (v->type) {
    case TSI_NULL:
        strbuf_add_char(b, '-');
        break;
    case TSI_BOOL:
        strbuf_add_c(b, v->boolean ? "yes" : "no");
        break;
    case TSI_INT:
        text_add_integer(b, v->integer);
        break;
    case TSI_DOUBLE:
        text_add_double(b, v->real);
        break;
    case TSI_TEXT:
    case TSI_TIME:
    case TSI_JSON:
        text_add_clean(b, str_n(v->text, v->length));
        break;
    }
}

/* The end of the element of a JSON array that starts at `at`: the comma or bracket after it. */
static size_t element_end(struct str json, size_t at)
{
    int depth = 0;
    bool quoted = false;
    for (; at < json.len; at++) {
        char c = json.data[at];
        if (quoted) {
            at += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            depth++;
        } else if (depth == 0 && (c == ',' || c == ']')) {
            return at;
        } else if (c == ']' || c == '}') {
            depth--;
        }
    }
    return json.len;
}

static void add_list(struct strbuf *b, struct str json, size_t indent)
{
    for (size_t at = 1; at < json.len; at++) {
        size_t end = element_end(json, at);
        if (at > 1) {
            strbuf_printf(b, "\n%*s", (int)indent, "");
        }
        text_add_clean(b, str_trim(str_n(json.data + at, end - at)));
        at = end;
    }
}

void format_record(FILE *out, const struct view *v, size_t row, const struct format_style *style)
{
    const char *bold = style->color ? "\x1b[1m" : "", *plain = style->color ? "\x1b[0m" : "";
    struct strbuf cell;
    size_t widest = 0;
    strbuf_init(&cell, FORMAT_MAX);
    for (size_t c = 0; c < v->columns; c++) {
        size_t n = strlen(view_name(v, c));
        widest = n > widest ? n : widest;
    }
    for (size_t c = 0; c < v->columns; c++) {
        struct tsi_value value = view_value(v, row, c);
        const char *name = view_name(v, c);
        struct str text = str_n(value.text, value.length);
        strbuf_clear(&cell);
        if (value.type == TSI_JSON && text.len > LIST_INLINE_MAX && text.data[0] == '[') {
            add_list(&cell, text, widest + 2);
        } else {
            format_cell(&cell, &value);
        }
        fprintf(out, "%s%s%s:%*s ", bold, name, plain, (int)(widest - strlen(name)), "");
        fwrite(strbuf_view(&cell).data, 1, cell.len, out);
        fputc('\n', out);
    }
    strbuf_free(&cell);
}
