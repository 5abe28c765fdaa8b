/* show: one dataset or series, as a record for people and as one item for programs. */
#include "base/memory.h"
#include "cli/app.h"
#include "cli/query.h"

/* What belongs to a record and is a table of its own. */
struct part {
    const char *name;
    struct tsi_result *rows; /* NULL: not asked for */
};

enum { PART_VALUES, PART_SPANS, PARTS };

static bool has_rows(const struct part *p)
{
    return p->rows && tsi_result_rows(p->rows) > 0;
}

static void write_record(struct app *app, const struct tsi_result *record, const struct part *parts)
{
    struct view v = view_of_result(record);
    for (size_t r = 0; r < v.rows; r++) {
        format_record(app->out.file, &v, r, &app->style);
    }
    if (has_rows(&parts[PART_VALUES])) {
        struct view values = view_of_result(parts[PART_VALUES].rows);
        for (size_t r = 0; r < values.rows; r++) {
            fputc('\n', app->out.file);
            format_record(app->out.file, &values, r, &app->style);
        }
    }
    if (parts[PART_SPANS].rows) {
        struct view spans = view_of_result(parts[PART_SPANS].rows);
        fputc('\n', app->out.file);
        app_write(app, &spans);
    }
}

/* The record's fields, and each part as a field that holds a list. */
static void write_item(struct app *app, const struct tsi_result *record, const struct part *parts)
{
    struct view v = view_of_result(record);
    const char **names = mem_alloc((v.columns + PARTS) * sizeof *names);
    struct tsi_value *values = mem_alloc((v.columns + PARTS) * sizeof *values);
    struct strbuf json[PARTS];
    size_t n = 0;
    for (; v.rows && n < v.columns; n++) {
        names[n] = v.name(v.source, n);
        values[n] = v.value(v.source, 0, n);
    }
    for (size_t p = 0; p < PARTS; p++) {
        strbuf_init(&json[p], FORMAT_MAX);
        if (v.rows && parts[p].rows) {
            struct view rows = view_of_result(parts[p].rows);
            format_json_array(&json[p], &rows);
            names[n] = parts[p].name;
            values[n++] =
                (struct tsi_value){.type = TSI_JSON, .text = json[p].data, .length = json[p].len};
        }
    }
    struct view_row row = {.names = names, .values = values, .columns = n};
    struct view item = view_of_row(&row);
    app_write(app, v.rows ? &item : &v);
    mem_free(names);
    mem_free(values);
    for (size_t p = 0; p < PARTS; p++) {
        strbuf_free(&json[p]);
    }
}

int command_show(struct app *app)
{
    struct tsi_catalog *catalog;
    struct tsi_result *record = NULL;
    struct part parts[PARTS] = {
        [PART_VALUES] = {.name = "values"}, [PART_SPANS] = {.name = "spans"}};
    struct tsi_error err = {0};
    const char *name = app->line.words[0];
    bool is_dataset = false;
    int code = query_open(app, &catalog);
    if (code) {
        return code;
    }
    code = tsi_show(catalog, name, &is_dataset, &record, &err);
    if (code == 0 && !is_dataset) {
        code = tsi_values(catalog, name, &parts[PART_VALUES].rows, &err);
    }
    if (code == 0 && parse_has(&app->line, OPT_SPANS)) {
        if (is_dataset) {
            code = app_usage(app, "'%s' is a dataset; --spans is for a series: DATASET:SERIES_ID",
                             name);
            goto done;
        }
        code = tsi_spans(catalog, name, &parts[PART_SPANS].rows, &err);
    }
    if (code) {
        app_fail(&err);
    } else if (app->format == FORMAT_TABLE) {
        write_record(app, record, parts);
    } else {
        write_item(app, record, parts);
    }
done:
    tsi_result_free(record);
    tsi_result_free(parts[PART_VALUES].rows);
    tsi_result_free(parts[PART_SPANS].rows);
    tsi_catalog_close(catalog);
    return code;
}
