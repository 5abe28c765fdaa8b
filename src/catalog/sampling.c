#include "catalog/sampling.h"

#include <math.h>

#include "model/sample.h"

/* Columns of sample_files; those from Q_NULL_TIMES on are figures. */
enum { Q_DRAWN, Q_ID_BYTES, Q_ROWS, Q_ALONE, Q_WITH_ONE, Q_WITH_TWO, Q_FIGURES };

/* What a figure is taken to be proportional to. */
enum weight { BY_ID_BYTES, BY_ROWS, WEIGHTS };

/* In the order of sample_files. `of_series`: a sum over series, unknown where these are in several
 * files. */
static const struct figure {
    const char *name;
    enum weight weight;
    bool of_series;
} figures[] = {
    {"null_times", BY_ROWS, false},
    {"gaps", BY_ROWS, true},
    {"missing_times", BY_ROWS, true},
    {"duplicate_times", BY_ROWS, true},
    {"out_of_order_times", BY_ROWS, true},
    {"series_with_gaps", BY_ID_BYTES, true},
    {"series_with_duplicates", BY_ID_BYTES, true},
    {"series_out_of_order", BY_ID_BYTES, true},
    {"series_irregular", BY_ID_BYTES, true},
    {"series_unordered", BY_ID_BYTES, true},
};
#define N_FIGURES (sizeof figures / sizeof *figures)

struct sampling {
    size_t m;                         /* files drawn */
    struct sample_file *files;        /* weight: id bytes */
    double *weights[WEIGHTS];         /* of the files drawn */
    double *figures[N_FIGURES];       /* the same */
    struct sample_rest rest[WEIGHTS]; /* files that were not drawn */
    double rest_rows;
    double seen; /* distinct series */
    bool shared; /* some are in several files */
};

static void add_drawn(struct sampling *s, struct db_rows *rows)
{
    size_t i = s->m++;
    s->weights[BY_ID_BYTES][i] = db_get_double(rows, Q_ID_BYTES);
    s->weights[BY_ROWS][i] = db_get_double(rows, Q_ROWS);
    s->files[i] = (struct sample_file){.weight = s->weights[BY_ID_BYTES][i],
                                       .alone = db_get_double(rows, Q_ALONE),
                                       .with_one = db_get_double(rows, Q_WITH_ONE),
                                       .with_two = db_get_double(rows, Q_WITH_TWO)};
    for (size_t f = 0; f < N_FIGURES; f++) {
        s->figures[f][i] = db_get_double(rows, Q_FIGURES + f);
    }
}

static void add_rest(struct sampling *s, struct db_rows *rows)
{
    static const idx_t columns[WEIGHTS] = {Q_ID_BYTES, Q_ROWS};
    for (int w = 0; w < WEIGHTS; w++) {
        s->rest[w].files++;
        s->rest[w].weight += db_get_double(rows, columns[w]);
    }
    s->rest_rows += db_get_double(rows, Q_ROWS);
}

static enum error_code load(struct catalog *c, const char *dataset_id, struct arena *a,
                            struct sampling *s, struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, STMT_SAMPLE_FILES, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    size_t n = duckdb_row_count(&rows.result);
    s->files = arena_array(a, n, sizeof *s->files);
    for (int w = 0; w < WEIGHTS; w++) {
        s->weights[w] = arena_array(a, n, sizeof(double));
    }
    for (size_t f = 0; f < N_FIGURES; f++) {
        s->figures[f] = arena_array(a, n, sizeof(double));
    }
    while (db_next(&rows)) {
        if (db_get_bool(&rows, Q_DRAWN)) {
            add_drawn(s, &rows);
        } else {
            add_rest(s, &rows);
        }
    }
    return db_rows_end(&rows, err);
}

/* Distinct series of the files drawn: those of several files are counted in each of them. */
static enum error_code count_series(struct catalog *c, const char *dataset_id, struct sampling *s,
                                    struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, STMT_SAMPLE_SERIES, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    if (db_next(&rows)) {
        s->seen = db_get_double(&rows, 0);
        s->shared = db_get_bool(&rows, 1);
    }
    return db_rows_end(&rows, err);
}

static void add_estimate(struct strbuf *json, const char *name, const struct sample_estimate *e)
{
    strbuf_printf(json, "%s\"%s\":{\"estimate\":%.15g", json->data[json->len - 1] == '{' ? "" : ",",
                  name, e->value);
    if (e->has_interval) {
        strbuf_printf(json, ",\"low\":%.15g,\"high\":%.15g", e->low, e->high);
    }
    strbuf_add_char(json, '}');
}

static void bind_bound(struct db_call *q, const char *name, double v, bool known)
{
    if (known && isfinite(v)) {
        db_bind_double(q, name, v);
    } else {
        db_bind_null(q, name);
    }
}

static void bind_count(struct db_call *q, const char *name, double v)
{
    if (v < (double)INT64_MAX) {
        db_bind_i64(q, name, (int64_t)llround(v));
    } else {
        db_bind_null(q, name);
    }
}

static void put_series(struct db_call *q, struct sampling *s, int64_t records, struct strbuf *json)
{
    struct sample_estimate e, length;
    sample_series(s->files, s->m, s->seen, &s->rest[BY_ID_BYTES], &e);
    /* No more series than rows are left. */
    double most = s->seen + s->rest_rows;
    e.value = fmin(e.value, most);
    e.high = fmin(e.high, most);
    /* A number of series is whole: so are its bounds. */
    e.value = round(e.value);
    e.low = floor(e.low);
    e.high = ceil(e.high);
    length = (struct sample_estimate){.value = (double)records / e.value,
                                      .low = (double)records / e.high,
                                      .high = (double)records / e.low,
                                      .has_interval = e.has_interval};
    bind_count(q, "total_series", e.value);
    bind_bound(q, "series_low", e.low, e.has_interval);
    bind_bound(q, "series_high", e.high, e.has_interval);
    bool has_length = records >= 0 && e.value > 0;
    bind_bound(q, "length", length.value, has_length);
    bind_bound(q, "length_low", length.low, has_length && e.has_interval);
    bind_bound(q, "length_high", length.high, has_length && e.has_interval);
    add_estimate(json, "total_series", &e);
    if (has_length) {
        add_estimate(json, "avg_series_length", &length);
    }
}

static void put_figures(struct db_call *q, struct sampling *s, bool with_time, struct strbuf *json)
{
    for (size_t f = 0; f < N_FIGURES; f++) {
        const struct figure *figure = &figures[f];
        struct sample_estimate e;
        if (figure->of_series && s->shared) {
            db_bind_null(q, figure->name);
            continue;
        }
        sample_total(s->figures[f], s->weights[figure->weight], s->m, &s->rest[figure->weight], &e);
        bind_count(q, figure->name, e.value);
        if (with_time) {
            add_estimate(json, figure->name, &e);
        }
    }
}

static enum error_code put(struct catalog *c, const char *dataset_id, struct sampling *s,
                           int64_t records, bool with_time, struct error *err)
{
    struct strbuf json;
    strbuf_init(&json, SIZE_MAX);
    struct db_call q = db_begin(&c->db, STMT_SAMPLE_PUT, err);
    strbuf_printf(&json,
                  "{\"files\":%zu,\"of_files\":%zu,\"seed\":%llu,\"level\":0.95,"
                  "\"series\":\"%s\",\"figures\":{",
                  s->m, s->m + s->rest[BY_ROWS].files, (unsigned long long)c->sample_seed,
                  s->shared ? "chao_lin" : "ratio");
    put_series(&q, s, records, &json);
    put_figures(&q, s, with_time, &json);
    strbuf_add_c(&json, "}}");
    db_bind_key(&q, "dataset", dataset_id);
    db_bind_bool(&q, "shared", s->shared);
    db_bind_bool(&q, "with_time", with_time);
    db_bind_i64(&q, "files", (int64_t)s->m);
    db_bind_i64(&q, "seed", (int64_t)c->sample_seed);
    db_bind_str(&q, "sampling", strbuf_view(&json));
    strbuf_free(&json);
    return db_run(&q);
}

enum error_code sampling_estimate(struct catalog *c, const char *dataset_id, int64_t records,
                                  bool with_time, struct error *err)
{
    struct sampling s = {0};
    struct arena a;
    arena_init(&a);
    enum error_code code = load(c, dataset_id, &a, &s, err);
    code = code ? code : count_series(c, dataset_id, &s, err);
    code = code ? code : put(c, dataset_id, &s, records, with_time, err);
    arena_reset(&a);
    return code;
}
