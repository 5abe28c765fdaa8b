#include "catalog/figures.h"

#include "catalog/marks.h"

/* Of a sample, which writes them behind the figures (sampling.c). */
static const char *const of_samples[] = {
    "files_sampled",     "sample_seed",           "total_series_low",
    "total_series_high", "avg_series_length_low", "avg_series_length_high",
    "sampling"};

#define FIGURE_NAME(name) #name,
static const char *const names[] = {FIGURES(FIGURE_NAME)};

enum error_code figures_open(struct catalog *c, struct error *err)
{
    struct strbuf sql;
    strbuf_init(&sql, SIZE_MAX);
    strbuf_add_c(&sql, "CREATE TEMP TABLE figures AS SELECT dataset_id, true AS decided, "
                       "series_id_columns, time_column, columns_origin, true AS with_values");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        strbuf_printf(&sql, ", %s", names[i]);
    }
    strbuf_add_c(&sql, " FROM datasets LIMIT 0");
    enum error_code code = db_run_script(&c->db, sql.data, err);
    strbuf_free(&sql);
    return code ? code : bulk_open(&c->figures, &c->db, "figures", err);
}

static void add_update(struct strbuf *sql)
{
    strbuf_add_c(sql, "UPDATE datasets SET targets_origin = CASE WHEN NOT f.with_values THEN NULL "
                      "WHEN targets <> '[]' THEN 'metadata' ELSE 'type' END");
    static const char *const decided[] = {"series_id_columns", "time_column", "columns_origin"};
    for (size_t i = 0; i < sizeof decided / sizeof *decided; i++) {
        strbuf_printf(sql, ", %s = CASE WHEN f.decided THEN f.%s ELSE datasets.%s END", decided[i],
                      decided[i], decided[i]);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        strbuf_printf(sql, ", %s = f.%s", names[i], names[i]);
    }
    for (size_t i = 0; i < sizeof of_samples / sizeof *of_samples; i++) {
        strbuf_printf(sql, ", %s = NULL", of_samples[i]);
    }
    strbuf_add_c(sql, " FROM figures f WHERE datasets.dataset_id = f.dataset_id;"
                      "DELETE FROM figures;");
}

enum error_code figures_apply(struct catalog *c, struct error *err)
{
    struct strbuf sql;
    if (!c->figures.pending) {
        return OK;
    }
    enum error_code code = bulk_flush(&c->datasets, err);
    code = code ? code : bulk_flush(&c->figures, err);
    if (code) {
        return code;
    }
    strbuf_init(&sql, SIZE_MAX);
    add_update(&sql);
    code = db_run_script(&c->db, sql.data, err);
    strbuf_free(&sql);
    marks_clear_all(c, MARK_FIGURES);
    return code;
}
