#include "scan/slice_scan.h"

#include <stdlib.h>

#include "base/memory.h"

#include "scan/group_scan.h"

static int range_by_offset(const void *a, const void *b)
{
    const struct scan_range *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

void slice_sort_ranges(struct scan_ranges *r)
{
    if (r->n) {
        qsort(r->items, r->n, sizeof *r->items, range_by_offset);
    }
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) { /* a chunk that is wanted twice is fetched once */
        if (n == 0 || r->items[i].offset != r->items[n - 1].offset) {
            r->items[n++] = r->items[i];
        } else if (r->items[i].length > r->items[n - 1].length) {
            r->items[n - 1].length = r->items[i].length;
        }
    }
    r->n = n;
}

void slice_want_chunk(const struct file_view *v, const struct parquet_chunk *chunk,
                      struct scan_ranges *out)
{
    if (chunk->offset < v->kept_offset || chunk->length == 0) {
        out->items[out->n++] =
            (struct scan_range){.offset = chunk->offset, .length = chunk->length};
    }
}

struct scan_ranges slice_ranges(const struct file_view *v, const struct file_slice *slice,
                                struct arena *a)
{
    const struct file_columns *columns = v->columns;
    struct scan_ranges out = {
        .items =
            arena_array(a, slice->n * (columns->n_id + 3 + columns->targets.n), sizeof *out.items)};
    for (size_t g = slice->first; g < slice->first + slice->n; g++) {
        const struct parquet_chunk *chunks = v->footer->row_groups[g].chunks;
        for (size_t i = 0; i < columns->n_id; i++) {
            if (v->plan->groups[g].read_ids >> i & 1) {
                slice_want_chunk(v, &chunks[columns->id[i]], &out);
            }
        }
        if (v->plan->groups[g].read_time) {
            slice_want_chunk(v, &chunks[columns->time], &out);
        }
        for (size_t i = 0; i < columns->targets.n && v->plan->groups[g].read_targets; i++) {
            slice_want_chunk(v, &chunks[columns->targets.columns[i]], &out);
        }
        if (v->plan->groups[g].read_lengths) {
            slice_want_chunk(v, &chunks[columns->lists.length], &out);
        }
        if (v->plan->groups[g].read_periods) {
            slice_want_chunk(v, &chunks[columns->lists.period_column], &out);
        }
    }
    slice_sort_ranges(&out);
    return out;
}

enum error_code slice_chunk(const struct file_view *v, const struct scan_ranges *batch,
                            const struct parquet_chunk *chunk, struct chunk_piece *out,
                            struct error *err)
{
    out->offset = chunk->offset;
    if (chunk->offset >= v->kept_offset &&
        chunk->offset - v->kept_offset + chunk->length <= v->kept.len) {
        out->bytes = str_n(v->kept.data + (chunk->offset - v->kept_offset), chunk->length);
        return OK;
    }
    struct scan_range key = {.offset = chunk->offset};
    const struct scan_range *r =
        batch->n ? bsearch(&key, batch->items, batch->n, sizeof key, range_by_offset) : NULL;
    if (!r || r->length < chunk->length) {
        return error_set_at(err, ERR_CORRUPT, chunk->offset, "two column chunks overlap");
    }
    out->bytes = str_n(r->data, chunk->length);
    return OK;
}

static enum error_code scan_group(const struct file_view *v, size_t g,
                                  const struct scan_ranges *batch, struct scan_part *part,
                                  struct error *err)
{
    const struct parquet_chunk *chunks = v->footer->row_groups[g].chunks;
    const struct group_plan *plan = &v->plan->groups[g];
    struct group_input in = {.footer = v->footer,
                             .columns = v->columns,
                             .plan = plan,
                             .row_group = (uint32_t)g,
                             .time_unit = part->spans.unit,
                             .counters = v->counters};
    enum error_code code = OK;
    for (size_t i = 0; i < v->columns->n_id && !code; i++) {
        if (plan->read_ids >> i & 1) {
            code = slice_chunk(v, batch, &chunks[v->columns->id[i]], &in.id[i], err);
        }
    }
    if (!code && plan->read_time) {
        code = slice_chunk(v, batch, &chunks[v->columns->time], &in.time, err);
    }
    if (!code && plan->read_targets) {
        in.targets = mem_zalloc(v->columns->targets.n * sizeof *in.targets);
        for (size_t i = 0; i < v->columns->targets.n && !code; i++) {
            code =
                slice_chunk(v, batch, &chunks[v->columns->targets.columns[i]], &in.targets[i], err);
        }
    }
    if (!code && plan->read_lengths) {
        code = slice_chunk(v, batch, &chunks[v->columns->lists.length], &in.lengths, err);
    }
    if (!code && plan->read_periods) {
        code = slice_chunk(v, batch, &chunks[v->columns->lists.period_column], &in.periods, err);
    }
    code = code ? code : group_scan(&in, part, err);
    mem_free(in.targets);
    return code;
}

enum error_code slice_scan(const struct file_view *v, const struct file_slice *slice,
                           const struct scan_ranges *batch, struct scan_part *part,
                           struct error *err)
{
    enum error_code code = OK;
    for (size_t g = slice->first; g < slice->first + slice->n && !code; g++) {
        code = v->footer->row_groups[g].rows ? scan_group(v, g, batch, part, err) : OK;
    }
    return code;
}
