/* support.h - a catalog in a folder of its own, files to put into it, and SQL to look at it. */
#ifndef TSI_TESTS_CATALOG_SUPPORT_H
#define TSI_TESTS_CATALOG_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/catalog.h"
#include "catalog/internal.h"

/* Fail with the error's text. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if (call) {                                                                                \
            fail_msg("%s: %s", #call, err.text);                                                   \
        }                                                                                          \
    } while (0)

struct place {
    char folder[64];
    char path[96];
};

static inline int place_setup(void **state)
{
    struct place *p = malloc(sizeof *p);
    strcpy(p->folder, "/tmp/tsi-catalog-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->path, sizeof p->path, "%s/c.db", p->folder);
    *state = p;
    return 0;
}

static inline int place_teardown(void **state)
{
    struct place *p = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", p->folder);
    int status = system(command);
    free(p);
    return status;
}

static inline struct catalog *open_writer(const char *path)
{
    struct catalog *c;
    struct error err;
    struct catalog_options o = {.memory = (uint64_t)512 << 20, .threads = 2};
    assert_ok(catalog_open_write(path, &o, &c, &err));
    return c;
}

static inline struct catalog *open_reader(const char *path)
{
    struct catalog *c;
    struct error err;
    struct catalog_options o = {.memory = (uint64_t)512 << 20, .threads = 2};
    assert_ok(catalog_open_read(path, &o, &c, &err));
    return c;
}

/* The result of a query as text: fields joined by ',', rows by '\n', NULL as "-". The caller frees
 * it. */
static inline char *sql(struct catalog *c, const char *query)
{
    char *text = NULL, *wrapped = NULL;
    size_t size;
    duckdb_result r;
    FILE *f = open_memstream(&text, &size);
    assert_true(asprintf(&wrapped, "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (%s)", query) > 0);
    if (duckdb_query(c->db.connection, wrapped, &r) == DuckDBError) {
        fail_msg("%s: %s", query, duckdb_result_error(&r));
    }
    for (idx_t row = 0; row < duckdb_row_count(&r); row++) {
        for (idx_t col = 0; col < duckdb_column_count(&r); col++) {
            char *v = duckdb_value_varchar(&r, col, row);
            fprintf(f, "%s%s", col ? "," : row ? "\n" : "", v ? v : "-");
            duckdb_free(v);
        }
    }
    duckdb_destroy_result(&r);
    free(wrapped);
    fclose(f);
    return text;
}

#define assert_sql(c, query, expected)                                                             \
    do {                                                                                           \
        char *got_ = sql(c, query);                                                                \
        assert_string_equal(got_, expected);                                                       \
        free(got_);                                                                                \
    } while (0)

/* A file with its own storage, built span by span. */
struct test_file {
    struct file_result r;
    struct str ids[64];
    struct span spans[256];
    struct span_content contents[256];
    struct file_column columns[8];
};

static inline void file_start(struct test_file *f, const char *key, enum depth depth)
{
    memset(f, 0, sizeof *f);
    f->r = (struct file_result){
        .object = {.key = key, .size = 1000, .etag = "e1", .mtime_us = 1700000000000000},
        .depth = depth,
        .row_groups = 1,
        .created_by = "writer 1.0",
        .columns = f->columns,
        .ids = f->ids,
        .spans = f->spans,
        .contents = f->contents,
        .time_unit = depth >= DEPTH_TIME ? TIME_UNIT_MS : TIME_UNIT_NONE,
        .time_utc = true,
    };
}

static inline void file_span_str(struct test_file *f, struct str id, uint32_t group, uint64_t rows,
                                 int64_t t_min, int64_t t_max)
{
    size_t series = 0;
    while (series < f->r.n_ids && !str_eq(f->ids[series], id)) {
        series++;
    }
    if (series == f->r.n_ids) {
        f->ids[f->r.n_ids++] = id;
    }
    f->contents[f->r.n_spans] = (struct span_content){
        .t_min = t_min,
        .t_max = t_max,
        .times = f->r.depth >= DEPTH_TIME ? rows : 0,
    };
    f->spans[f->r.n_spans++] = (struct span){
        .series = (uint32_t)series,
        .row_group = group,
        .first_row = f->r.rows,
        .rows = rows,
        .last_row = f->r.rows + rows - 1,
    };
    f->r.rows += rows;
}

static inline void file_span(struct test_file *f, const char *id, uint32_t group, uint64_t rows,
                             int64_t t_min, int64_t t_max)
{
    file_span_str(f, str_c(id), group, rows, t_min, t_max);
}

static inline void file_column(struct test_file *f, const char *name, const char *type)
{
    f->columns[f->r.n_columns++] = (struct file_column){
        .name = name, .type = type, .nullable = true, .has_null_count = true, .bytes = 100};
}

static inline void put_dataset(struct catalog *c, const char *id, const char *const *id_columns,
                               size_t n)
{
    struct error err;
    struct dataset_info d = {.id = id,
                             .name = id,
                             .folder = "",
                             .source_uri = "file:///data",
                             .id_columns = (const char **)id_columns,
                             .n_id_columns = n,
                             .time_column = "timestamp",
                             .origin = COLUMNS_DETECTED};
    assert_ok(catalog_dataset_put(c, &d, "file:///data", &err));
}

static const char *const one_column[] = {"id"};
static const char *const two_columns[] = {"site", "meter"};

static inline void put_file(struct catalog *c, const char *dataset, struct test_file *f)
{
    struct error err;
    assert_ok(catalog_file_put(c, dataset, &f->r, &err));
}

static inline void begin(struct catalog *c)
{
    struct error err;
    assert_ok(catalog_begin(c, &err));
}

static inline void aggregate_commit(struct catalog *c, const char *dataset)
{
    struct error err;
    assert_ok(catalog_dataset_aggregate(c, dataset, DEPTH_TIME, &err));
    assert_ok(catalog_commit(c, &err));
}

/* A stand-alone failed file. */
static inline void file_fail(struct test_file *f, const char *key, enum error_code code,
                             const char *why)
{
    file_start(f, key, DEPTH_NONE);
    f->r.failed = code;
    f->r.failure = why;
}

#endif
