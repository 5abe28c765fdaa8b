/* show: one dataset or series, as a record for people and as one item for programs. */
#include "base/memory.h"
#include "cli/app.h"
#include "cli/query.h"

static void write_record(struct app *app, const struct tsi_result *record,
                         const struct tsi_result *spans)
{
    struct view v = view_of_result(record);
    for (size_t r = 0; r < v.rows; r++) {
        format_record(app->out.file, &v, r, &app->style);
    }
    if (spans) {
        struct view rows = view_of_result(spans);
        fputc('\n', app->out.file);
        app_write(app, &rows);
    }
}

/* The record's fields, and the spans as a field that holds a list. */
static void write_item(struct app *app, const struct tsi_result *record,
                       const struct tsi_result *spans)
{
    struct view v = view_of_result(record);
    if (!spans || v.rows == 0) {
        app_write(app, &v);
        return;
    }
    struct view rows = view_of_result(spans);
    struct strbuf json;
    strbuf_init(&json, FORMAT_MAX);
    format_json_array(&json, &rows);
    const char **names = mem_alloc((v.columns + 1) * sizeof *names);
    struct tsi_value *values = mem_alloc((v.columns + 1) * sizeof *values);
    for (size_t c = 0; c < v.columns; c++) {
        names[c] = v.name(v.source, c);
        values[c] = v.value(v.source, 0, c);
    }
    names[v.columns] = "spans";
    values[v.columns] = (struct tsi_value){.type = TSI_JSON, .text = json.data, .length = json.len};
    struct view_row row = {.names = names, .values = values, .columns = v.columns + 1};
    struct view item = view_of_row(&row);
    app_write(app, &item);
    mem_free(names);
    mem_free(values);
    strbuf_free(&json);
}

int command_show(struct app *app)
{
    struct tsi_catalog *catalog;
    struct tsi_result *record = NULL, *spans = NULL;
    struct tsi_error err = {0};
    const char *name = app->line.words[0];
    bool is_dataset = false;
    int code = query_open(app, &catalog);
    if (code) {
        return code;
    }
    code = tsi_show(catalog, name, &is_dataset, &record, &err);
    if (code == 0 && parse_has(&app->line, OPT_SPANS)) {
        if (is_dataset) {
            code = app_usage(app, "'%s' is a dataset; --spans is for a series: DATASET:SERIES_ID",
                             name);
            goto done;
        }
        code = tsi_spans(catalog, name, &spans, &err);
    }
    if (code) {
        app_fail(&err);
    } else if (app->format == FORMAT_TABLE) {
        write_record(app, record, spans);
    } else {
        write_item(app, record, spans);
    }
done:
    tsi_result_free(record);
    tsi_result_free(spans);
    tsi_catalog_close(catalog);
    return code;
}
