#include "scan/file_scan.h"

#include <stdlib.h>
#include <string.h>

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void want(struct file_scan *s, uint64_t offset, uint64_t length)
{
    s->ranges[s->n_ranges++] = (struct scan_range){.offset = offset, .length = length};
}

static void want_tail(struct file_scan *s)
{
    uint64_t size = s->object.size;
    uint64_t guess = s->options.footer_hint;
    uint64_t tail = guess > TAIL_FIRST ? min_u64(guess, TAIL_MAX) : TAIL_FIRST;
    tail = size <= TAIL_MAX ? size : tail;
    s->state = SCAN_TAIL;
    s->ranges = arena_array(&s->arena, 1, sizeof *s->ranges);
    s->tail_offset = size - tail;
    s->tail_length = tail;
    want(s, s->tail_offset, tail);
}

void file_scan_init(struct file_scan *s, const struct object *object,
                    const struct file_scan_options *options)
{
    *s = (struct file_scan){.options = *options, .object = *object};
    arena_init(&s->arena);
    map_init(&s->ids.texts);
    spans_init(&s->spans, TIME_UNIT_NONE);
    want_tail(s);
}

void file_scan_free(struct file_scan *s)
{
    map_free(&s->ids.texts);
    spans_free(&s->spans);
    mem_free(s->result.ids);
    arena_reset(&s->arena);
}

bool file_scan_wants(const struct file_scan *s, struct scan_range **ranges, size_t *n,
                     uint64_t *waste_max)
{
    *ranges = s->ranges;
    *n = s->n_ranges;
    *waste_max = s->waste_max;
    return s->state != SCAN_DONE;
}

bool file_scan_decided(const struct file_scan *s, const struct scan_columns **out)
{
    *out = &s->decided;
    return s->has_decided;
}

/* ---- row groups ---- */

static void want_chunk(struct file_scan *s, const struct parquet_chunk *chunk)
{
    if (chunk->offset < s->kept_offset || chunk->length == 0) {
        want(s, chunk->offset, chunk->length);
    }
}

static int by_offset(const void *a, const void *b)
{
    const struct scan_range *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Ask for the chunks of row groups [group, group + slice) that are not at hand already. */
static void want_slice(struct file_scan *s)
{
    s->slice = file_plan_slice(s->footer, &s->columns, &s->plan, s->group);
    s->ranges = arena_array(&s->arena, s->slice * (s->columns.n_id + 1), sizeof *s->ranges);
    s->n_ranges = 0;
    for (size_t g = s->group; g < s->group + s->slice; g++) {
        const struct parquet_chunk *chunks = s->footer->row_groups[g].chunks;
        for (size_t i = 0; i < s->columns.n_id; i++) {
            if (s->plan.groups[g].read_ids >> i & 1) {
                want_chunk(s, &chunks[s->columns.id[i]]);
            }
        }
        if (s->plan.groups[g].read_time) {
            want_chunk(s, &chunks[s->columns.time]);
        }
    }
    qsort(s->ranges, s->n_ranges, sizeof *s->ranges, by_offset);
    /* What the tail did not use of its allowance may be spent on gaps, once. */
    uint64_t spent = s->tail_length > s->footer->bytes ? s->tail_length - s->footer->bytes : 0;
    s->waste_max = s->group == 0 && spent < TAIL_MAX ? TAIL_MAX - spent : 0;
}

/* The bytes of a chunk: from the tail that was kept, or from the batch that was just fed. */
static enum error_code chunk_bytes(const struct file_scan *s, const struct parquet_chunk *chunk,
                                   struct chunk_piece *out, struct error *err)
{
    out->offset = chunk->offset;
    if (chunk->offset >= s->kept_offset &&
        chunk->offset - s->kept_offset + chunk->length <= s->kept.len) {
        out->bytes = str_n(s->kept.data + (chunk->offset - s->kept_offset), chunk->length);
        return OK;
    }
    struct scan_range key = {.offset = chunk->offset};
    const struct scan_range *r =
        s->n_ranges ? bsearch(&key, s->ranges, s->n_ranges, sizeof *s->ranges, by_offset) : NULL;
    if (!r || r->length < chunk->length) {
        return error_set_at(err, ERR_CORRUPT, chunk->offset, "two column chunks overlap");
    }
    out->bytes = str_n(r->data, chunk->length);
    return OK;
}

static enum error_code scan_group(struct file_scan *s, size_t g, struct error *err)
{
    const struct parquet_chunk *chunks = s->footer->row_groups[g].chunks;
    const struct group_plan *plan = &s->plan.groups[g];
    struct group_input in = {.footer = s->footer,
                             .columns = &s->columns,
                             .plan = plan,
                             .row_group = (uint32_t)g,
                             .time_unit = s->time_unit,
                             .counters = s->options.counters};
    enum error_code code = OK;
    for (size_t i = 0; i < s->columns.n_id && !code; i++) {
        if (plan->read_ids >> i & 1) {
            code = chunk_bytes(s, &chunks[s->columns.id[i]], &in.id[i], err);
        }
    }
    if (!code && plan->read_time) {
        code = chunk_bytes(s, &chunks[s->columns.time], &in.time, err);
    }
    return code ? code : group_scan(&in, &s->ids, &s->spans, &s->remarks, err);
}

static void finish_spans(struct file_scan *s)
{
    uint64_t *first_rows = arena_array(&s->arena, s->footer->n_row_groups, sizeof *first_rows);
    for (size_t g = 0; g < s->footer->n_row_groups; g++) {
        first_rows[g] = s->footer->row_groups[g].first_row;
    }
    spans_finish(&s->spans, s->ids.texts.count, first_rows);
}

/* INT96 and text have no unit of their own: a value may not fit the one that was tried first. */
static bool can_change_unit(const struct file_scan *s)
{
    if (!s->columns.has_time || s->other_unit) {
        return false;
    }
    const struct parquet_column *time = &s->footer->columns[s->columns.time];
    return time->physical == PARQUET_INT96 || column_is_time_text(time);
}

/* Once more from the first row group: INT96 in microseconds, text in nanoseconds. */
static void restart_in_other_unit(struct file_scan *s)
{
    map_free(&s->ids.texts);
    spans_free(&s->spans);
    map_init(&s->ids.texts);
    s->time_unit = s->time_unit == TIME_UNIT_NS ? TIME_UNIT_US : TIME_UNIT_NS;
    s->other_unit = true;
    spans_init(&s->spans, s->time_unit);
    s->remarks = (struct time_remarks){0};
    s->group = s->slice = 0;
}

/* Move on to the next slice that needs bytes; slices that need none are answered on the way. */
static enum error_code next_slice(struct file_scan *s, struct error *err)
{
    for (;;) {
        for (size_t g = s->group; g < s->group + s->slice; g++) {
            enum error_code code = s->footer->row_groups[g].rows ? scan_group(s, g, err) : OK;
            if (code == ERR_LIMIT && can_change_unit(s)) {
                restart_in_other_unit(s);
                error_reset(err);
                break;
            }
            if (code) {
                return code;
            }
        }
        s->group += s->slice;
        s->slice = 0;
        if (s->group == s->plan.n_groups) {
            finish_spans(s);
            s->state = SCAN_DONE;
            return OK;
        }
        want_slice(s);
        if (s->n_ranges > 0) {
            s->state = SCAN_SLICE;
            return OK;
        }
    }
}

/* ---- columns ---- */

static enum error_code start_slices(struct file_scan *s, struct error *err)
{
    const struct scan_columns *columns = s->options.columns ? s->options.columns : &s->decided;
    if (s->options.depth < DEPTH_SERIES || columns->n_id == 0) {
        s->state = SCAN_DONE;
        return OK;
    }
    struct scan_columns without_time = *columns;
    if (s->options.depth < DEPTH_TIME) {
        without_time.time = NULL;
    }
    enum error_code code = columns_resolve(s->footer, &without_time, &s->columns, err);
    if (code) {
        return code;
    }
    file_plan_make(s->footer, &s->columns, s->options.depth, &s->arena, &s->plan);
    if (s->options.counters) {
        counter_add(&s->options.counters->row_groups_proven, s->plan.proven);
    }
    s->time_unit = s->columns.has_time ? column_time_unit(&s->footer->columns[s->columns.time])
                                       : TIME_UNIT_NONE;
    s->spans.unit = s->time_unit;
    s->group = s->slice = 0;
    return next_slice(s, err);
}

static void decide(struct file_scan *s, const struct scan_columns *columns)
{
    s->decided = *columns;
    s->has_decided = true;
}

/* The scout's first look: what the metadata names needs no proof; the rest is asked of the data. */
static enum error_code start_scout(struct file_scan *s, struct error *err)
{
    if (s->options.depth < DEPTH_SERIES) {
        return start_slices(s, err);
    }
    detect_begin(&s->detection, s->footer, s->options.hint, &s->arena);
    if (detect_is_decided(&s->detection)) {
        decide(s, &s->detection.columns);
        return start_slices(s, err);
    }
    if (s->detection.no_rows) {
        s->state = SCAN_DONE;
        return OK;
    }
    s->ranges = arena_array(&s->arena, s->detection.n_chunks, sizeof *s->ranges);
    s->n_ranges = 0;
    for (size_t i = 0; i < s->detection.n_chunks; i++) {
        want_chunk(s, s->detection.chunks[i].chunk);
    }
    qsort(s->ranges, s->n_ranges, sizeof *s->ranges, by_offset);
    s->state = SCAN_DETECT;
    return s->n_ranges ? OK : file_scan_feed(s, err);
}

static enum error_code feed_detect(struct file_scan *s, struct error *err)
{
    for (size_t i = 0; i < s->detection.n_chunks; i++) {
        enum error_code code =
            chunk_bytes(s, s->detection.chunks[i].chunk, &s->detection.chunks[i].piece, err);
        if (code) {
            return code;
        }
    }
    enum error_code code = detect_finish(&s->detection, s->options.counters, err);
    if (code) {
        return code;
    }
    decide(s, &s->detection.columns);
    return start_slices(s, err);
}

/* ---- footer ---- */

/* Keep a copy of the file's bytes from `offset` to its end: the footer's strings point into it. */
static char *keep(struct file_scan *s, uint64_t offset)
{
    char *copy = arena_alloc(&s->arena, s->object.size - offset + 1);
    s->kept_offset = offset;
    s->kept = str_n(copy, s->object.size - offset);
    return copy;
}

static enum error_code parse_footer(struct file_scan *s, uint64_t footer_bytes, struct error *err)
{
    struct str bytes = str_n(s->kept.data + (s->kept.len - footer_bytes), footer_bytes);
    enum error_code code = footer_parse(bytes, s->object.size, &s->arena, &s->footer, err);
    if (code) {
        return error_add(err, "while reading the footer");
    }
    return s->options.columns ? start_slices(s, err) : start_scout(s, err);
}

static enum error_code feed_tail(struct file_scan *s, struct error *err)
{
    struct str tail = str_n(s->ranges[0].data, s->tail_length);
    struct str head = str_n(tail.data, s->tail_offset == 0 ? tail.len : 0);
    uint64_t footer_bytes;
    enum error_code code = footer_locate(tail, s->object.size, head, &footer_bytes, err);
    if (code) {
        return code;
    }
    char *copy =
        keep(s, s->object.size - (footer_bytes > s->tail_length ? footer_bytes : s->tail_length));
    memcpy(copy + (s->kept.len - tail.len), tail.data, tail.len);
    if (footer_bytes <= s->tail_length) {
        return parse_footer(s, footer_bytes, err);
    }
    s->state = SCAN_FOOTER;
    s->ranges = arena_array(&s->arena, 1, sizeof *s->ranges);
    s->n_ranges = 0;
    want(s, s->kept_offset, footer_bytes - s->tail_length);
    return OK;
}

static enum error_code feed_footer(struct file_scan *s, struct error *err)
{
    memcpy((char *)s->kept.data, s->ranges[0].data, s->ranges[0].length);
    return parse_footer(s, s->kept.len, err);
}

enum error_code file_scan_feed(struct file_scan *s, struct error *err)
{
    switch (s->state) {
    case SCAN_TAIL:
        return feed_tail(s, err);
    case SCAN_FOOTER:
        return feed_footer(s, err);
    case SCAN_DETECT:
        return feed_detect(s, err);
    case SCAN_SLICE:
        return next_slice(s, err);
    case SCAN_DONE:
        break;
    }
    return error_set(err, ERR_INTERNAL, "bytes for a file that wants none");
}

/* ---- result ---- */

static void fill_columns(struct file_scan *s, struct file_result *r)
{
    const struct parquet_footer *f = s->footer;
    r->columns = arena_array(&s->arena, f->n_columns, sizeof *r->columns);
    r->n_columns = f->n_columns;
    for (size_t i = 0; i < f->n_columns; i++) {
        struct file_column *c = &r->columns[i];
        c->name = f->columns[i].path;
        c->type = parquet_type_text(&f->columns[i], &s->arena);
        c->nullable = f->columns[i].max_def > 0;
        c->has_null_count = true;
        for (size_t g = 0; g < f->n_row_groups; g++) {
            const struct parquet_chunk *chunk = &f->row_groups[g].chunks[i];
            c->bytes += chunk->length;
            c->null_count += chunk->stats.has_null_count ? chunk->stats.null_count : 0;
            c->has_null_count &= chunk->stats.has_null_count || !c->nullable;
        }
    }
}

static enum depth depth_reached(const struct file_scan *s)
{
    /* A file without rows has no series to find, whatever its columns are called. */
    bool found = s->columns.n_id > 0 || s->footer->rows == 0;
    return found ? s->options.depth : DEPTH_FILES;
}

/* Plain integers: a count since 1970 where the magnitude of all of them says so. */
static void settle_integers(const struct file_scan *s, struct file_result *r)
{
    int64_t lo = INT64_MAX, hi = INT64_MIN;
    for (size_t i = 0; i < s->spans.n; i++) {
        const struct span *span = &s->spans.spans[i];
        lo = span->times && span->t_min < lo ? span->t_min : lo;
        hi = span->times && span->t_max > hi ? span->t_max : hi;
    }
    r->time_unit = lo <= hi ? time_epoch_unit(lo, hi) : TIME_UNIT_NONE;
    r->time_kind = lo <= hi ? TIME_KIND_INTEGER : TIME_KIND_NONE;
    r->time_utc = r->time_unit != TIME_UNIT_INDEX && r->time_unit != TIME_UNIT_NONE;
}

const struct file_result *file_scan_result(struct file_scan *s)
{
    struct file_result *r = &s->result;
    r->object = s->object;
    if (!s->footer) {
        return r;
    }
    fill_columns(s, r);
    r->rows = s->footer->rows;
    r->row_groups = (uint32_t)s->footer->n_row_groups;
    r->created_by = s->footer->created_by;
    r->depth = depth_reached(s);
    if (s->columns.has_time && r->depth >= DEPTH_TIME) {
        const struct parquet_column *time = &s->footer->columns[s->columns.time];
        r->time_kind = column_time_kind(time);
        r->time_utc = time->utc || s->remarks.zoned;
        r->time_unit = s->time_unit;
        if (r->time_unit == TIME_UNIT_INDEX) {
            settle_integers(s, r);
        }
        r->time_rounded = s->remarks.rounded;
    }
    r->n_ids = s->ids.texts.count;
    mem_free(r->ids);
    r->ids = mem_alloc(r->n_ids * sizeof *r->ids);
    for (size_t i = 0; i < r->n_ids; i++) {
        r->ids[i] = s->ids.texts.entries[i].key;
    }
    r->spans = s->spans.spans;
    r->n_spans = s->spans.n;
    return r;
}
