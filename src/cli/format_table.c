/* The table, for people.
 *
 * A table is fitted to the terminal in three steps, each only as far as needed: long texts are cut
 * (to TEXT_LEAST), then the names above numbers, then columns are left out at the right, and the
 * caller says how many. Numbers are never cut: a number without its last digits is a wrong number.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cli/format.h"
#include "cli/text.h"

#define GAP        2  /* blanks between columns */
#define TEXT_LEAST 12 /* enough of a text to know it again */
#define ID_LEAST   24 /* the first column names the row: cut it late */
#define NAME_LEAST 8

struct column {
    bool number;   /* only numbers and NULLs: aligned right, never cut */
    bool time;     /* only times and NULLs: never cut */
    size_t name;   /* natural width of the name */
    size_t values; /* and of the widest value */
    size_t width;  /* as fitted */
};

struct layout {
    const struct view *view;
    const struct format_style *style;
    struct column *columns;
    size_t shown;       /* columns that have room */
    struct strbuf cell; /* a cell, made harmless */
    struct strbuf line;
};

static struct str cell_text(struct layout *l, size_t row, size_t column)
{
    struct tsi_value v = view_value(l->view, row, column);
    strbuf_clear(&l->cell);
    format_cell(&l->cell, &v);
    return strbuf_view(&l->cell);
}

static struct str name_text(struct layout *l, size_t column)
{
    strbuf_clear(&l->cell);
    text_add_clean(&l->cell, str_c(view_name(l->view, column)));
    return strbuf_view(&l->cell);
}

static void measure(struct layout *l, size_t c)
{
    struct column *column = &l->columns[c];
    bool any = false, number = true, time = true;
    column->name = text_width(name_text(l, c));
    for (size_t r = 0; r < l->view->rows; r++) {
        enum tsi_type type = view_value(l->view, r, c).type;
        size_t w = text_width(cell_text(l, r, c));
        column->values = w > column->values ? w : column->values;
        number = number && (type == TSI_INT || type == TSI_DOUBLE || type == TSI_NULL);
        time = time && (type == TSI_TIME || type == TSI_NULL);
        any = any || type != TSI_NULL;
    }
    column->number = number && any;
    column->time = time && any;
    column->width = column->name > column->values ? column->name : column->values;
}

static size_t total_width(const struct layout *l)
{
    size_t width = 0;
    for (size_t c = 0; c < l->shown; c++) {
        width += l->columns[c].width + (c ? GAP : 0);
    }
    return width;
}

/* The least width of a column in a step: texts give way first, then the names of numbers. */
static size_t least_width(const struct layout *l, const struct column *c, bool names)
{
    if (!c->number && !c->time) {
        return c == l->columns ? ID_LEAST : TEXT_LEAST;
    }
    if (!names) {
        return c->width;
    }
    return c->values > NAME_LEAST ? c->values : NAME_LEAST;
}

/* Take columns of the terminal from the widest until the table fits or nothing can give way. */
static void shrink(struct layout *l, bool names)
{
    for (size_t width = total_width(l); width > l->style->width; width--) {
        struct column *widest = NULL;
        for (size_t i = 0; i < l->shown; i++) {
            struct column *c = &l->columns[i];
            if (c->width > least_width(l, c, names) && (!widest || c->width > widest->width)) {
                widest = c;
            }
        }
        if (!widest) {
            return;
        }
        widest->width--;
    }
}

static void fit(struct layout *l)
{
    if (l->style->width == 0) {
        return;
    }
    /* Ids of a megabyte would make shrinking one by one slow; none is shown wider than the terminal
     * anyway. */
    for (size_t i = 0; i < l->shown; i++) {
        struct column *c = &l->columns[i];
        if (!c->number && !c->time && c->width > l->style->width) {
            c->width = l->style->width > TEXT_LEAST ? l->style->width : TEXT_LEAST;
        }
    }
    shrink(l, false);
    shrink(l, true);
    while (l->shown > 1 && total_width(l) > l->style->width) {
        l->shown--;
    }
}

static void add_blanks(struct strbuf *b, size_t n)
{
    while (n--) {
        strbuf_add_char(b, ' ');
    }
}

/* The cell with what `marks` names in colour. Marks count bytes of the value: where it had to be
 * made harmless they would point elsewhere, and where it was cut only the rest of it is left. */
static void add_marked(struct layout *l, struct str cut, struct str text, const char *marks)
{
    size_t same = 0, at = 0;
    while (same < cut.len && same < text.len && cut.data[same] == text.data[same]) {
        same++;
    }
    for (const char *p = marks + 1; *p == '[' || *p == ',';) {
        char *end;
        p += *p == ',';
        size_t from = strtoul(p + 1, &end, 10), to = strtoul(end + 1, &end, 10);
        p = end + 1;
        to = to < same ? to : same;
        if (from < at || from >= to) {
            continue;
        }
        strbuf_add(&l->line, cut.data + at, from - at);
        strbuf_add_c(&l->line, "\x1b[1;32m");
        strbuf_add(&l->line, cut.data + from, to - from);
        strbuf_add_c(&l->line, "\x1b[0m");
        at = to;
    }
    strbuf_add(&l->line, cut.data + at, cut.len - at);
}

/* The marks of a cell that is shown as it is; NULL: none. */
static const char *marks_of(const struct layout *l, size_t row, size_t c, struct str text)
{
    const struct view *v = l->view;
    if (!l->style->color || !v->marks || view_value(v, row, c).length != text.len) {
        return NULL;
    }
    return v->marks(v->source, row, v->picked ? v->picked[c] : c);
}

static void add_aligned(struct layout *l, size_t c, struct str text, const char *marks)
{
    const struct column *column = &l->columns[c];
    struct strbuf cut;
    strbuf_init(&cut, FORMAT_MAX);
    text_add_cut(&cut, text, column->width);
    size_t width = text_width(strbuf_view(&cut));
    size_t blanks = column->width > width ? column->width - width : 0;
    add_blanks(&l->line, c ? GAP : 0);
    if (column->number) {
        add_blanks(&l->line, blanks);
    }
    if (marks) {
        add_marked(l, strbuf_view(&cut), text, marks);
    } else {
        strbuf_add(&l->line, strbuf_view(&cut).data, cut.len);
    }
    if (!column->number && c + 1 < l->shown) {
        add_blanks(&l->line, blanks);
    }
    strbuf_free(&cut);
}

static void write_line(struct layout *l, FILE *out, bool bold)
{
    if (bold) {
        fputs("\x1b[1m", out);
    }
    fwrite(strbuf_view(&l->line).data, 1, l->line.len, out);
    fputs(bold ? "\x1b[0m\n" : "\n", out);
    strbuf_clear(&l->line);
}

size_t format_table(FILE *out, const struct view *v, const struct format_style *style)
{
    struct layout l = {.view = v, .style = style, .shown = v->columns};
    l.columns = mem_zalloc(v->columns * sizeof *l.columns);
    strbuf_init(&l.cell, FORMAT_MAX);
    strbuf_init(&l.line, FORMAT_MAX);
    for (size_t c = 0; c < v->columns; c++) {
        measure(&l, c);
    }
    fit(&l);
    for (size_t c = 0; c < l.shown; c++) {
        add_aligned(&l, c, name_text(&l, c), NULL);
    }
    write_line(&l, out, style->color);
    for (size_t r = 0; r < v->rows && !ferror(out); r++) {
        for (size_t c = 0; c < l.shown; c++) {
            struct str text = cell_text(&l, r, c);
            add_aligned(&l, c, text, marks_of(&l, r, c, text));
        }
        write_line(&l, out, false);
    }
    strbuf_free(&l.cell);
    strbuf_free(&l.line);
    mem_free(l.columns);
    return v->columns - l.shown;
}
