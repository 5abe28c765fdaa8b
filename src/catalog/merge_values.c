#include "catalog/merge_values.h"

#include <string.h>

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

/* The target columns of one file, while they are found their targets. */
struct naming {
    struct merge_values *values;
    struct arena *arena, scratch; /* for good; for the names of this file */
    struct map exact;             /* name -> 1 + the target that is called so */
    const char **names;
    uint32_t *targets; /* NO_TARGET: not found yet */
    size_t n, cap;
    uint32_t place;
};
#define NO_TARGET UINT32_MAX

static void take(struct naming *g, size_t i, uint32_t target)
{
    g->targets[i] = target;
    g->values->targets[target]->file = g->place + 1;
}

static bool find_exact(struct naming *g, size_t i)
{
    uint64_t target = 0;
    bool found = map_get(&g->exact, str_c(g->names[i]), &target);
    if (found) {
        take(g, i, (uint32_t)target - 1);
    }
    return found;
}

/* A target of another spelling that no column of this file is. */
static bool find_loose(struct naming *g, size_t i)
{
    for (size_t t = 0; t < g->values->n_targets; t++) {
        const struct series_target *target = g->values->targets[t];
        if (target->file != g->place + 1 &&
            str_eq_nocase(str_c(target->name), str_c(g->names[i]))) {
            take(g, i, (uint32_t)t);
            return true;
        }
    }
    return false;
}

static void add_target(struct naming *g, size_t i)
{
    struct merge_values *v = g->values;
    struct series_target *t = mem_alloc(sizeof *t);
    *t = (struct series_target){.name = arena_strndup(g->arena, g->names[i], strlen(g->names[i]))};
    v->targets = mem_grow(v->targets, v->n_targets, &v->cap_targets, sizeof *v->targets);
    v->targets[v->n_targets++] = t;
    map_put(&g->exact, str_c(t->name), NULL)->value = v->n_targets;
    take(g, i, (uint32_t)v->n_targets - 1);
}

/* A file with both spellings has two targets, whichever comes first in it. */
static void settle(struct naming *g)
{
    struct file_values *f = &g->values->files[g->place];
    if (g->n == 0) {
        return;
    }
    g->targets = f->targets = arena_array(g->arena, g->n, sizeof *f->targets);
    f->n = g->n;
    for (size_t i = 0; i < g->n; i++) {
        g->targets[i] = NO_TARGET;
        (void)!find_exact(g, i);
    }
    for (size_t i = 0; i < g->n; i++) {
        if (g->targets[i] == NO_TARGET && !find_exact(g, i) && !find_loose(g, i)) {
            add_target(g, i);
        }
    }
    g->n = 0;
    arena_reset(&g->scratch);
}

static bool have_values(const struct dataset_files *f)
{
    for (size_t i = 0; i < f->n_places; i++) {
        if (f->places[i].has_values) {
            return true;
        }
    }
    return false;
}

static enum error_code load_targets(struct merge_values *v, struct catalog *c,
                                    const char *dataset_id, const struct dataset_files *files,
                                    struct arena *a, struct error *err)
{
    struct db_rows rows;
    struct db_call q = db_begin(&c->db, STMT_AGG_TARGETS, err);
    db_bind_key(&q, "dataset", dataset_id);
    enum error_code code = db_query(&q, &rows);
    if (code) {
        return code;
    }
    struct naming g = {.values = v, .arena = a};
    map_init(&g.exact);
    arena_init(&g.scratch);
    while (db_next(&rows)) {
        uint32_t place;
        if (!dataset_files_place(files, db_get_i64(&rows, 0), &place)) {
            continue;
        }
        if (place != g.place) {
            settle(&g);
            g.place = place;
        }
        struct str name = db_get_str(&rows, 1);
        g.names = mem_grow(g.names, g.n, &g.cap, sizeof *g.names);
        g.names[g.n++] = arena_strndup(&g.scratch, name.data, name.len);
    }
    settle(&g);
    map_free(&g.exact);
    mem_free(g.names);
    return db_rows_end(&rows, err);
}

enum error_code merge_values_load(struct merge_values *v, struct catalog *c, const char *dataset_id,
                                  const struct dataset_files *files, struct arena *a,
                                  struct error *err)
{
    v->n_files = files->n_places;
    v->files = arena_array(a, v->n_files, sizeof *v->files);
    return have_values(files) ? load_targets(v, c, dataset_id, files, a, err) : OK;
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

/* Returns whether values that are not zero come seldom. */
static bool put_demand(struct bulk *b, const struct value_stats *s)
{
    uint64_t demands = s->moments.n - s->zeros;
    double cv2, adi = demands ? (double)s->moments.n / (double)demands : 0;
    if (demands == 0) {
        return false;
    }
    bulk_double(b, V_ADI, adi);
    if (moments_cv2(&s->moments, demands, &cv2)) {
        bulk_double(b, V_CV2, cv2);
    }
    if (s->negatives > 0 || demands < 2) {
        return false;
    }
    bool seldom = adi >= ADI_INTERMITTENT;
    const char *erratic = seldom ? "lumpy" : "erratic";
    const char *even = seldom ? "intermittent" : "smooth";
    bulk_str(b, V_DEMAND, str_c(cv2 < CV2_ERRATIC ? even : erratic));
    return seldom;
}

/* Returns what put_demand does. */
static bool put_finite(struct bulk *b, const struct value_stats *s)
{
    struct strbuf spark;
    if (s->moments.n == 0) {
        return false;
    }
    bulk_bool(b, V_IS_INTEGER, s->fractions == 0);
    bulk_bool(b, V_IS_CONSTANT, s->min == s->max);
    bulk_double(b, V_MIN, s->min);
    bulk_double(b, V_MAX, s->max);
    put_figure(b, V_MEAN, s, moments_mean);
    put_figure(b, V_VARIANCE, s, moments_variance);
    put_figure(b, V_SKEWNESS, s, moments_skewness);
    put_figure(b, V_KURTOSIS, s, moments_kurtosis);
    bool seldom = put_demand(b, s);
    strbuf_init(&spark, SIZE_MAX);
    sparkline_encode(&s->sparkline, s->min, s->max, &spark);
    if (s->sparkline.n) {
        bulk_str(b, V_SPARKLINE, strbuf_view(&spark));
    }
    strbuf_free(&spark);
    return seldom;
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

static enum error_code put_row(struct bulk *b, struct str dataset, struct str series,
                               const struct series_target *t, const char *missing,
                               struct series_totals *totals, struct error *err)
{
    const struct value_stats *s = &t->stats;
    const char *quality = missing                        ? missing
                          : s->order == VALUES_UNORDERED ? "unordered"
                          : s->rounded                   ? "rounded"
                                                         : "exact";
    bulk_str(b, V_DATASET, dataset);
    bulk_str(b, V_SERIES, str_n(series.data ? series.data : "", series.len));
    bulk_str(b, V_TARGET, str_c(t->name));
    bulk_i64(b, V_ROWS, (int64_t)s->rows);
    bulk_i64(b, V_NULLS, (int64_t)s->nulls);
    bulk_i64(b, V_NANS, (int64_t)s->nans);
    bulk_i64(b, V_POSITIVE_INFINITIES, (int64_t)s->positive_infinities);
    bulk_i64(b, V_NEGATIVE_INFINITIES, (int64_t)s->negative_infinities);
    bulk_i64(b, V_ZEROS, (int64_t)s->zeros);
    bulk_i64(b, V_NEGATIVES, (int64_t)s->negatives);
    series_totals_add_values(totals, s, put_finite(b, s));
    put_sequence(b, s);
    bulk_str(b, V_QUALITY, str_c(quality));
    return bulk_end_row(b, err);
}

enum error_code merge_values_finish(struct merge_values *v, struct catalog *c, struct str dataset,
                                    struct str series, int64_t spans, const char *missing,
                                    struct series_totals *totals, struct error *err)
{
    enum error_code code = OK;
    for (size_t i = 0; i < v->n_targets && !code; i++) {
        struct series_target *t = v->targets[i];
        if (t->spans) {
            const char *label = missing ? missing : t->spans < spans ? "partial" : NULL;
            code = put_row(&c->values, dataset, series, t, label, totals, err);
            totals->targets += !t->counted;
            t->counted = true;
        }
        t->spans = 0;
    }
    return code;
}
