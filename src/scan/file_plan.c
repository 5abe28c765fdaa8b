#include "scan/file_plan.h"

#include <string.h>

bool stats_constant(const struct parquet_column *c, const struct parquet_chunk *chunk,
                    bool *is_null, struct str *value)
{
    const struct parquet_stats *s = &chunk->stats;
    if (c->max_def > 0 && !s->has_null_count) {
        return false;
    }
    uint64_t nulls = c->max_def > 0 ? s->null_count : 0;
    if (nulls == chunk->num_values && nulls > 0) {
        *is_null = true;
        return true;
    }
    /* Bounds of floats say nothing of NaN, and -0 equals 0 there. */
    if (nulls > 0 || !s->has_bounds || c->physical == PARQUET_FLOAT ||
        c->physical == PARQUET_DOUBLE || c->logical == PARQUET_FLOAT16) {
        return false;
    }
    *is_null = false;
    *value = s->min;
    return str_eq(s->min, s->max);
}

static bool load_integer(const struct parquet_column *c, struct str plain, int64_t *out)
{
    if (c->physical == PARQUET_INT32 && plain.len == 4) {
        int32_t v;
        memcpy(&v, plain.data, sizeof v);
        *out = c->is_signed ? v : (int64_t)(uint32_t)v;
        return true;
    }
    if (c->physical == PARQUET_INT64 && plain.len == 8) {
        memcpy(out, plain.data, sizeof *out);
        return true;
    }
    return false;
}

bool stats_time_bounds(const struct parquet_column *c, const struct parquet_chunk *chunk,
                       int64_t *lo, int64_t *hi, uint64_t *times)
{
    const struct parquet_stats *s = &chunk->stats;
    if ((c->max_def > 0 && !s->has_null_count) || s->null_count > chunk->num_values) {
        return false;
    }
    *times = chunk->num_values - (c->max_def > 0 ? s->null_count : 0);
    if (*times == 0) {
        *lo = *hi = 0;
        return true;
    }
    return s->has_bounds && s->exact && load_integer(c, s->min, lo) && load_integer(c, s->max, hi);
}

static struct group_plan plan_group(const struct parquet_footer *f, const struct file_columns *c,
                                    enum depth depth, size_t g)
{
    const struct parquet_row_group *rg = &f->row_groups[g];
    struct group_plan p = {0};
    if (depth < DEPTH_SERIES || rg->rows == 0 || c->n_id == 0) {
        return p;
    }
    for (size_t i = 0; i < c->n_id; i++) {
        bool is_null;
        struct str value;
        if (!stats_constant(&f->columns[c->id[i]], &rg->chunks[c->id[i]], &is_null, &value)) {
            p.read_ids |= 1u << i;
        }
    }
    p.read_targets = c->targets.n > 0;
    p.read_lengths = c->lists.on;
    if (depth >= DEPTH_TIME && c->has_time) {
        int64_t lo, hi;
        uint64_t times;
        /* Bounds tell start and end, never the steps between: unless there is nothing between. */
        p.time_proven =
            p.read_ids == 0 && !p.read_targets && !c->lists.on &&
            stats_time_bounds(&f->columns[c->time], &rg->chunks[c->time], &lo, &hi, &times) &&
            lo == hi;
        p.read_time = !p.time_proven;
        p.read_periods = p.read_time && c->lists.has_start && c->lists.has_period_column;
    }
    return p;
}

/* Is the column that tells the lengths the time, or a target? */
static bool reads_lengths_anyway(const struct file_columns *c, const struct group_plan *p)
{
    bool anyway = p->read_time && c->time == c->lists.length;
    for (size_t i = 0; i < c->targets.n && p->read_targets; i++) {
        anyway |= c->targets.columns[i] == c->lists.length;
    }
    return anyway;
}

static uint64_t id_bytes(const struct parquet_footer *f, const struct file_columns *c,
                         const struct group_plan *p, size_t g)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < c->n_id; i++) {
        bytes += p->read_ids >> i & 1 ? f->row_groups[g].chunks[c->id[i]].length : 0;
    }
    return bytes;
}

static uint64_t group_bytes(const struct parquet_footer *f, const struct file_columns *c,
                            const struct group_plan *p, size_t g)
{
    const struct parquet_chunk *chunks = f->row_groups[g].chunks;
    uint64_t bytes = id_bytes(f, c, p, g) + (p->read_time ? chunks[c->time].length : 0);
    for (size_t i = 0; i < c->targets.n && p->read_targets; i++) {
        bytes += chunks[c->targets.columns[i]].length;
    }
    bytes += p->read_lengths && !reads_lengths_anyway(c, p) ? chunks[c->lists.length].length : 0;
    bytes += p->read_periods ? chunks[c->lists.period_column].length : 0;
    return bytes;
}

/* Number of row groups, from `first` on, that make the next slice. */
static size_t slice_at(const struct parquet_footer *f, const struct file_columns *c,
                       const struct file_plan *p, size_t first)
{
    uint64_t bytes = 0, ids = 0;
    size_t n = 0;
    while (first + n < p->n_groups && n < SLICE_GROUPS_MAX) {
        bytes += group_bytes(f, c, &p->groups[first + n], first + n);
        ids += id_bytes(f, c, &p->groups[first + n], first + n);
        if (n > 0 && (bytes > SLICE_BYTES_MAX || ids > SLICE_ID_BYTES_MAX)) {
            break;
        }
        n++;
    }
    return n;
}

static void cut_slices(const struct parquet_footer *f, const struct file_columns *c,
                       struct arena *a, struct file_plan *p)
{
    p->slices = arena_array(a, p->n_groups, sizeof *p->slices);
    for (size_t first = 0; first < p->n_groups;) {
        size_t n = slice_at(f, c, p, first);
        p->slices[p->n_slices++] = (struct file_slice){first, n};
        first += n;
    }
}

void file_plan_make(const struct parquet_footer *f, const struct file_columns *c, enum depth depth,
                    struct arena *a, struct file_plan *out)
{
    *out = (struct file_plan){.n_groups = f->n_row_groups};
    out->groups = arena_array(a, f->n_row_groups, sizeof *out->groups);
    for (size_t g = 0; g < f->n_row_groups; g++) {
        out->groups[g] = plan_group(f, c, depth, g);
        out->bytes += group_bytes(f, c, &out->groups[g], g);
        out->proven += depth >= DEPTH_SERIES && c->n_id > 0 && f->row_groups[g].rows > 0 &&
                       !out->groups[g].read_ids && !out->groups[g].read_time &&
                       !out->groups[g].read_targets && !out->groups[g].read_lengths;
    }
    cut_slices(f, c, a, out);
}

void file_plan_drop_time(struct file_plan *p)
{
    for (size_t g = 0; g < p->n_groups; g++) {
        p->groups[g].read_time = p->groups[g].time_proven = false;
    }
}
