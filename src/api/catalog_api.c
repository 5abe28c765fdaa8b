/* The questions of the public API, answered by the catalog. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/error_api.h"
#include "api/result.h"
#include "catalog/catalog.h"

struct tsi_catalog {
    struct catalog *catalog;
};

int tsi_catalog_open(const char *database, struct tsi_catalog **out, struct tsi_error *err)
{
    struct error e = {0};
    struct catalog *catalog = NULL;
    /* Zeros leave memory and threads to DuckDB: a reader has the machine to itself for a moment. */
    const struct catalog_options options = {0};
    *out = NULL;
    error_publish_none(err);
    if (catalog_open_read(database, &options, &catalog, &e) != OK) {
        return error_publish(&e, err);
    }
    *out = mem_alloc(sizeof **out);
    (*out)->catalog = catalog;
    return 0;
}

void tsi_catalog_close(struct tsi_catalog *c)
{
    if (c) {
        catalog_close(c->catalog);
        mem_free(c);
    }
}

bool tsi_catalog_is_snapshot(const struct tsi_catalog *c)
{
    return catalog_is_snapshot(c->catalog);
}

/* Every question ends here: the table becomes the result, or the error is told. The table was
 * zeroed before, so that freeing it is right wherever the question failed. */
static int answer(enum error_code code, struct table *table, const struct error *e,
                  struct tsi_result **out, struct tsi_error *err)
{
    *out = NULL;
    error_publish_none(err);
    if (code != OK) {
        table_free(table);
        return error_publish(e, err);
    }
    *out = result_take(table);
    return 0;
}

int tsi_status(struct tsi_catalog *c, struct tsi_result **out, struct tsi_error *err)
{
    struct error e = {0};
    struct table t = {0};
    enum error_code code = catalog_status(c->catalog, &t, &e);
    return answer(code, &t, &e, out, err);
}

int tsi_runs(struct tsi_catalog *c, uint64_t limit, struct tsi_result **out, struct tsi_error *err)
{
    struct error e = {0};
    struct table t = {0};
    enum error_code code = catalog_runs(c->catalog, limit, &t, &e);
    return answer(code, &t, &e, out, err);
}

int tsi_datasets(struct tsi_catalog *c, uint64_t limit, struct tsi_result **out,
                 struct tsi_error *err)
{
    struct error e = {0};
    struct table t = {0};
    enum error_code code = catalog_datasets(c->catalog, limit, &t, &e);
    return answer(code, &t, &e, out, err);
}

int tsi_failures(struct tsi_catalog *c, const char *dataset, struct tsi_result **out,
                 struct tsi_error *err)
{
    struct error e = {0};
    struct table t = {0};
    enum error_code code = catalog_failures(c->catalog, dataset, &t, &e);
    return answer(code, &t, &e, out, err);
}

int tsi_drift(struct tsi_catalog *c, const char *dataset, struct tsi_result **out,
              struct tsi_error *err)
{
    struct error e = {0};
    struct table t = {0};
    enum error_code code = catalog_drift(c->catalog, dataset, &t, &e);
    return answer(code, &t, &e, out, err);
}

int tsi_show(struct tsi_catalog *c, const char *name, bool *is_dataset, struct tsi_result **out,
             struct tsi_error *err)
{
    struct error dataset_error = {0}, series_error = {0};
    struct table t = {0};
    enum error_code code = catalog_show_dataset(c->catalog, name, &t, &dataset_error);
    *is_dataset = code == OK;
    if (code != ERR_NOT_FOUND) {
        return answer(code, &t, &dataset_error, out, err);
    }
    table_free(&t);
    code = catalog_show_series(c->catalog, name, &t, &series_error);
    if (code == ERR_NOT_FOUND && !strchr(name, ':')) {
        /* It could have been meant as either: the near names of both help. */
        error_add(&series_error, "%s", dataset_error.text);
    }
    return answer(code, &t, &series_error, out, err);
}

/* The text of a column of the first row; NULL where there is none. */
static const char *first_text(const struct table *t, const char *column)
{
    for (size_t i = 0; t->n_rows && i < t->n_columns; i++) {
        const struct cell *c = table_cell(t, 0, i);
        if (strcmp(t->names[i], column) == 0 && c->type == CELL_TEXT) {
            return c->as.s.data;
        }
    }
    return NULL;
}

/* A question about one series, asked by its dataset and its id. */
typedef enum error_code series_question(struct catalog *, const char *, const char *,
                                        struct table *, struct error *);

static int ask_series(struct tsi_catalog *c, const char *series, series_question *question,
                      struct tsi_result **out, struct tsi_error *err)
{
    struct error e = {0};
    struct table found = {0}, t = {0};
    enum error_code code = catalog_show_series(c->catalog, series, &found, &e);
    if (code == OK) {
        const char *dataset_id = first_text(&found, "dataset_id");
        const char *series_id = first_text(&found, "series_id");
        code = dataset_id && series_id
                   ? question(c->catalog, dataset_id, series_id, &t, &e)
                   : error_set(&e, ERR_INTERNAL, "the record of %s names no dataset or series",
                               series);
    }
    table_free(&found);
    return answer(code, &t, &e, out, err);
}

int tsi_spans(struct tsi_catalog *c, const char *series, struct tsi_result **out,
              struct tsi_error *err)
{
    return ask_series(c, series, catalog_series_spans, out, err);
}

int tsi_values(struct tsi_catalog *c, const char *series, struct tsi_result **out,
               struct tsi_error *err)
{
    return ask_series(c, series, catalog_series_values, out, err);
}

int tsi_twins(struct tsi_catalog *c, const char *name, uint64_t limit, struct tsi_result **out,
              struct tsi_error *err)
{
    struct error e = {0};
    struct table t = {0};
    enum error_code code = catalog_twins(c->catalog, name, limit, &t, &e);
    return answer(code, &t, &e, out, err);
}

int tsi_dump(struct tsi_catalog *c, int fd, struct tsi_error *err)
{
    struct error e = {0};
    error_publish_none(err);
    /* A duplicate, so that closing the stream reports a late write error and leaves the caller's
     * descriptor open. */
    int copy = dup(fd);
    FILE *out = copy >= 0 ? fdopen(copy, "w") : NULL;
    if (!out) {
        error_set_errno(&e, errno, "cannot write to file descriptor %d", fd);
        if (copy >= 0) {
            close(copy);
        }
        return error_publish(&e, err);
    }
    enum error_code code = catalog_dump(c->catalog, out, &e);
    bool failed_before = ferror(out) != 0;
    if (fclose(out) != 0 && code == OK) {
        code = error_set_errno(&e, errno, "cannot write the dump");
    } else if (failed_before && code == OK) {
        code = error_set(&e, ERR_IO, "cannot write the dump");
    }
    return code == OK ? 0 : error_publish(&e, err);
}
