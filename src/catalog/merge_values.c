#include "catalog/merge_values.h"

#include "base/memory.h"

/* Columns of series_values, as schema_3.sql orders them. */
enum {
    V_DATASET,
    V_SERIES,
    V_TARGET,
    V_ROWS,
    V_NULLS,
    V_NANS,
    V_POSITIVE_INFINITIES,
    V_NEGATIVE_INFINITIES,
    V_ZEROS,
    V_NEGATIVES,
    V_IS_INTEGER,
    V_IS_CONSTANT,
    V_MIN,
    V_MAX,
    V_MEAN,
    V_VARIANCE,
    V_SKEWNESS,
    V_KURTOSIS,
    V_ADI,
    V_CV2,
    V_DEMAND,
    V_FIRST,
    V_LAST,
    V_LONGEST_FLAT_RUN,
    V_FINGERPRINT,
    V_LEVELS = V_FINGERPRINT + VALUE_FORMS,
    V_SPARKLINE = V_LEVELS + 2 * LEVELS,
    V_QUALITY
};

/* Syntetos, Boylan, Croston (2005): above these a demand is intermittent, or erratic. */
#define ADI_INTERMITTENT 1.32
#define CV2_ERRATIC      0.49

/* ---- targets ---- */

static bool is_free(const struct series_target *t, uint64_t file)
{
    return t->file != file;
}

/* The number of the target; `file` has none of this exact name so far. */
static uint32_t find_target(struct merge_values *v, struct str name, uint64_t file, struct arena *a)
{
    size_t loose = v->n_targets;
    for (size_t i = 0; i < v->n_targets; i++) {
        if (str_eq(str_c(v->targets[i]->name), name)) {
            v->targets[i]->file = file;
            return (uint32_t)i;
        }
        if (is_free(v->targets[i], file) && str_eq_nocase(str_c(v->targets[i]->name), name)) {
            loose = i;
        }
    }
    if (loose == v->n_targets) {
        v->targets = mem_grow(v->targets, v->n_targets, &v->cap_targets, sizeof *v->targets);
        struct series_target *t = mem_alloc(sizeof *t);
        t->name = arena_strndup(a, name.data, name.len);
        t->spans = 0;
        v->targets[v->n_targets++] = t;
    }
    v->targets[loose]->file = file;
    return (uint32_t)loose;
}

static void add_target(struct merge_values *v, size_t place, struct str name, struct arena *a)
{
    struct file_values *f = &v->files[place];
    uint32_t *grown = arena_array(a, f->n + 1, sizeof *grown);
    for (size_t i = 0; i < f->n; i++) {
        grown[i] = f->targets[i];
    }
    grown[f->n++] = find_target(v, name, place + 1, a);
    f->targets = grown;
}

enum error_code merge_values_load(struct merge_values *v, struct catalog *c, const char *dataset_id,
                                  size_t n_files, struct arena *a, struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, STMT_AGG_TARGETS, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    v->files = arena_array(a, n_files, sizeof *v->files);
    v->n_files = n_files;
    while (db_next(&rows)) {
        size_t place = (size_t)db_get_i64(&rows, 0);
        if (place < n_files) {
            add_target(v, place, db_get_str(&rows, 1), a);
        }
    }
    return db_rows_end(&rows, err);
}

void merge_values_free(struct merge_values *v)
{
    for (size_t i = 0; i < v->n_targets; i++) {
        mem_free(v->targets[i]);
    }
    mem_free(v->targets);
}

/* ---- states ---- */

static void fit_unit(const struct merge_values *v, struct value_stats *s, enum time_unit unit)
{
    if (unit == TIME_UNIT_NONE) {
        return; /* by row */
    }
    if (v->unit == TIME_UNIT_NONE) {
        s->order = s->order == VALUES_BY_TIME ? VALUES_UNORDERED : s->order;
        s->sparkline.n = 0;
        return;
    }
    value_stats_convert(s, unit, v->unit, v->rounded);
    s->levels.known = s->levels.known && time_unit_is_calendar(v->unit);
}

bool merge_values_add(struct merge_values *v, size_t place, struct str states, int64_t t_min,
                      int64_t t_max, enum time_unit unit)
{
    const struct file_values *f = &v->files[place];
    for (size_t i = 0; i < f->n && states.len; i++) {
        struct series_target *t = v->targets[f->targets[i]];
        struct value_stats more, *s = t->spans ? &more : &t->stats;
        if (!value_stats_decode(&states, t_min, t_max, s)) {
            return false;
        }
        fit_unit(v, s, unit);
        if (t->spans++) {
            value_stats_merge(&t->stats, &more);
        }
    }
    return true;
}

/* ---- one row ---- */

static void put_figure(struct bulk *b, idx_t column, const struct value_stats *s,
                       bool figure(const struct moments *, double *))
{
    double v;
    if (figure(&s->moments, &v)) {
        bulk_double(b, column, v);
    }
}

static void put_demand(struct bulk *b, const struct value_stats *s)
{
    uint64_t demands = s->moments.n - s->zeros;
    double cv2, adi = demands ? (double)s->moments.n / (double)demands : 0;
    if (demands == 0) {
        return;
    }
    bulk_double(b, V_ADI, adi);
    if (moments_cv2(&s->moments, demands, &cv2)) {
        bulk_double(b, V_CV2, cv2);
    }
    if (s->negatives == 0 && demands > 1) {
        const char *erratic = adi < ADI_INTERMITTENT ? "erratic" : "lumpy";
        const char *even = adi < ADI_INTERMITTENT ? "smooth" : "intermittent";
        bulk_str(b, V_DEMAND, str_c(cv2 < CV2_ERRATIC ? even : erratic));
    }
}

static void put_finite(struct bulk *b, const struct value_stats *s)
{
    struct strbuf spark;
    if (s->moments.n == 0) {
        return;
    }
    bulk_bool(b, V_IS_INTEGER, s->fractions == 0);
    bulk_bool(b, V_IS_CONSTANT, s->min == s->max);
    bulk_double(b, V_MIN, s->min);
    bulk_double(b, V_MAX, s->max);
    put_figure(b, V_MEAN, s, moments_mean);
    put_figure(b, V_VARIANCE, s, moments_variance);
    put_figure(b, V_SKEWNESS, s, moments_skewness);
    put_figure(b, V_KURTOSIS, s, moments_kurtosis);
    put_demand(b, s);
    strbuf_init(&spark, SIZE_MAX);
    sparkline_encode(&s->sparkline, s->min, s->max, &spark);
    if (s->sparkline.n) {
        bulk_str(b, V_SPARKLINE, strbuf_view(&spark));
    }
    strbuf_free(&spark);
}

static void put_levels(struct bulk *b, const struct value_levels *l)
{
    for (int i = 0; i < LEVELS; i++) {
        uint64_t means, sums;
        if (value_levels_hashes(l, (enum value_level)i, &means, &sums)) {
            bulk_i64(b, (idx_t)V_LEVELS + 2 * (idx_t)i, (int64_t)means);
            bulk_i64(b, (idx_t)V_LEVELS + 2 * (idx_t)i + 1, (int64_t)sums);
        }
    }
}

static void put_sequence(struct bulk *b, const struct value_stats *s)
{
    if (s->order == VALUES_UNORDERED) {
        return;
    }
    bulk_i64(b, V_LONGEST_FLAT_RUN, (int64_t)s->longest);
    if (s->sequence == 0) {
        return;
    }
    bulk_double(b, V_FIRST, s->first);
    bulk_double(b, V_LAST, s->last);
    for (int f = 0; f < VALUE_FORMS; f++) {
        if (f == FORM_EXACT || s->forms[f] != s->forms[FORM_EXACT]) {
            bulk_i64(b, (idx_t)V_FINGERPRINT + (idx_t)f, (int64_t)s->forms[f]);
        }
    }
    put_levels(b, &s->levels);
}

static enum error_code put_row(struct bulk *b, const char *dataset_id, struct str series,
                               const struct series_target *t, const char *missing,
                               struct error *err)
{
    const struct value_stats *s = &t->stats;
    const char *quality = missing                        ? missing
                          : s->order == VALUES_UNORDERED ? "unordered"
                          : s->rounded                   ? "rounded"
                                                         : "exact";
    bulk_key(b, V_DATASET, dataset_id);
    bulk_str(b, V_SERIES, str_n(series.data ? series.data : "", series.len));
    bulk_str(b, V_TARGET, str_c(t->name));
    bulk_i64(b, V_ROWS, (int64_t)s->rows);
    bulk_i64(b, V_NULLS, (int64_t)s->nulls);
    bulk_i64(b, V_NANS, (int64_t)s->nans);
    bulk_i64(b, V_POSITIVE_INFINITIES, (int64_t)s->positive_infinities);
    bulk_i64(b, V_NEGATIVE_INFINITIES, (int64_t)s->negative_infinities);
    bulk_i64(b, V_ZEROS, (int64_t)s->zeros);
    bulk_i64(b, V_NEGATIVES, (int64_t)s->negatives);
    put_finite(b, s);
    put_sequence(b, s);
    bulk_str(b, V_QUALITY, str_c(quality));
    return bulk_end_row(b, err);
}

enum error_code merge_values_finish(struct merge_values *v, struct catalog *c,
                                    const char *dataset_id, struct str series, int64_t spans,
                                    const char *missing, struct error *err)
{
    enum error_code code = OK;
    for (size_t i = 0; i < v->n_targets && !code; i++) {
        struct series_target *t = v->targets[i];
        if (t->spans) {
            const char *label = missing ? missing : t->spans < spans ? "partial" : NULL;
            code = put_row(&c->values, dataset_id, series, t, label, err);
        }
        t->spans = 0;
    }
    return code;
}
