#include "scan/file_scan.h"

#include <string.h>

#include "base/map.h"
#include "scan/part_code.h"
#include "scan/row_lists.h"

static uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void want(struct file_scan *s, uint64_t offset, uint64_t length)
{
    s->batch.items = arena_array(&s->arena, 1, sizeof *s->batch.items);
    s->batch.items[0] = (struct scan_range){.offset = offset, .length = length};
    s->batch.n = 1;
}

static void want_tail(struct file_scan *s)
{
    uint64_t size = s->object.size;
    uint64_t guess = s->options.footer_hint;
    uint64_t tail = guess > TAIL_FIRST ? min_u64(guess, TAIL_MAX) : TAIL_FIRST;
    tail = size <= TAIL_MAX ? size : tail;
    s->state = SCAN_TAIL;
    s->tail_offset = size - tail;
    s->tail_length = tail;
    want(s, s->tail_offset, tail);
}

void file_scan_init(struct file_scan *s, const struct object *object,
                    const struct file_scan_options *options)
{
    *s = (struct file_scan){.options = *options, .object = *object};
    arena_init(&s->arena);
    part_init(&s->found, TIME_UNIT_NONE);
    facts_init(&s->facts);
    want_tail(s);
}

void file_scan_free(struct file_scan *s)
{
    part_free(&s->found);
    facts_free(&s->facts);
    arena_reset(&s->arena);
}

bool file_scan_wants(const struct file_scan *s, struct scan_range **ranges, size_t *n,
                     uint64_t *waste_max)
{
    *ranges = s->batch.items;
    *n = s->batch.n;
    *waste_max = s->waste_max;
    return s->state != SCAN_DONE;
}

bool file_scan_decided(const struct file_scan *s, const struct scan_columns **out)
{
    *out = &s->decided;
    return s->has_decided;
}

/* ---- slices ---- */

struct file_view file_scan_view(const struct file_scan *s)
{
    return (struct file_view){.footer = s->footer,
                              .columns = &s->columns,
                              .plan = &s->plan,
                              .kept = s->kept,
                              .kept_offset = s->kept_offset,
                              .counters = s->options.counters};
}

uint64_t file_scan_reading(const struct file_scan *s)
{
    const struct file_columns *c = &s->columns;
    uint64_t h = hash_bytes(c->id, c->n_id * sizeof *c->id);
    h = hash_mix(h, c->has_time ? c->time : UINT64_MAX);
    if (c->lists.on) {
        h = hash_mix(h, (uint64_t)c->lists.length << 1 | c->lists.has_start);
        h = hash_mix(h, c->lists.has_period_column ? c->lists.period_column : UINT64_MAX);
        h = hash_mix(hash_mix(h, c->lists.period.kind), c->lists.period.n);
        h = hash_mix(h, c->lists.period.ns);
    }
    if (c->targets.n) {
        h = hash_mix(h, hash_bytes(c->targets.columns, c->targets.n * sizeof *c->targets.columns));
    }
    return hash_mix(hash_mix(h, (uint64_t)s->options.depth), PART_VERSION);
}

uint64_t file_scan_waste(const struct file_scan *s, size_t slice)
{
    /* What the tail did not use of its allowance may be spent on gaps, once. */
    uint64_t spent = s->tail_length > s->footer->bytes ? s->tail_length - s->footer->bytes : 0;
    return slice == 0 && spent < TAIL_MAX ? TAIL_MAX - spent : 0;
}

/* Targets whose lists turned out uneven are none. */
static void drop_uneven(struct file_scan *s, const struct uneven_targets *uneven)
{
    struct file_targets *t = &s->columns.targets;
    size_t n = 0;
    for (size_t i = 0; uneven->n && i < t->n; i++) {
        if (uneven_has(uneven, (uint32_t)i)) {
            t->notes[t->columns[i]] = TARGET_NOTE_UNEVEN;
        } else {
            t->columns[n++] = t->columns[i];
        }
    }
    t->n = uneven->n ? n : t->n;
}

static void finish_part(struct file_scan *s, struct scan_part *p, bool whole,
                        const struct uneven_targets *uneven)
{
    if (whole) {
        spans_make_whole(&p->spans, s->first_rows);
    }
    uneven_drop(uneven, &p->spans);
}

static void finish_spans(struct file_scan *s)
{
    uint64_t *first_rows = arena_array(&s->arena, s->footer->n_row_groups, sizeof *first_rows);
    for (size_t g = 0; g < s->footer->n_row_groups; g++) {
        first_rows[g] = s->footer->row_groups[g].first_row;
    }
    s->first_rows = first_rows;
    if (!s->apart) {
        facts_add_part(&s->facts, &s->found);
        finish_part(s, &s->found, spans_are_many(s->found.spans.n, s->found.ids.count),
                    &s->facts.uneven);
    }
    drop_uneven(s, &s->facts.uneven);
}

void file_scan_give_found(struct file_scan *s, struct scan_part *out)
{
    s->apart = true;
    facts_add_part(&s->facts, &s->found);
    *out = s->found;
    part_init(&s->found, s->time_unit);
}

void file_scan_finish_bucket(struct file_scan *s, struct scan_part *bucket, bool whole)
{
    finish_part(s, bucket, whole, &s->facts.uneven);
}

/* What was found is not to be used. */
static void forget_found(struct file_scan *s)
{
    part_free(&s->found);
    part_init(&s->found, s->time_unit);
    facts_free(&s->facts);
    facts_init(&s->facts);
    s->apart = false;
    s->slice = 0;
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

bool file_scan_changes_unit(struct file_scan *s, enum error_code why)
{
    if (why != ERR_LIMIT || !can_change_unit(s)) {
        return false;
    }
    /* INT96 in microseconds, text in nanoseconds. */
    s->time_unit = s->time_unit == TIME_UNIT_NS ? TIME_UNIT_US : TIME_UNIT_NS;
    s->other_unit = true;
    forget_found(s);
    return true;
}

/* A column that cannot be read fails alone: the series of the file are known without their times.
 */
static void go_on_without_time(struct file_scan *s, struct error *err)
{
    s->time_failed = err->code;
    s->time_failure = arena_strdup(&s->arena, err->text);
    s->columns.has_time = false;
    s->time_unit = TIME_UNIT_NONE;
    error_reset(err);
}

static void plan_slices(struct file_scan *s)
{
    file_plan_make(s->footer, &s->columns, s->options.depth, &s->arena, &s->plan);
    s->slice = 0;
}

/* A text that is no time, a start that no times follow from, or times that no unit holds. Damaged
 * bytes are another matter: then the file is not trusted. */
bool file_scan_drops_time(const struct file_scan *s, enum error_code why)
{
    if (!s->columns.has_time) {
        return false;
    }
    bool may_fail =
        s->columns.lists.has_start || column_is_time_text(&s->footer->columns[s->columns.time]);
    return (why == ERR_UNSUPPORTED && may_fail) || (why == ERR_LIMIT && s->other_unit);
}

void file_scan_drop_time(struct file_scan *s, struct error *err)
{
    go_on_without_time(s, err);
    forget_found(s);
    file_plan_drop_time(&s->plan);
}

/* One slice is done; the last one ends the scan. */
static void slice_done(struct file_scan *s)
{
    if (++s->slice == s->plan.n_slices) {
        finish_spans(s);
        s->state = SCAN_DONE;
    }
}

void file_scan_take(struct file_scan *s, struct scan_part *part)
{
    part_append(&s->found, part);
    slice_done(s);
}

void file_scan_take_facts(struct file_scan *s, const struct part_facts *f)
{
    facts_add(&s->facts, f);
    slice_done(s);
}

bool file_scan_is_planned(const struct file_scan *s)
{
    return s->state == SCAN_SLICE;
}

/* Ask for the bytes of the slice at hand. */
static void want_slice(struct file_scan *s)
{
    struct file_view v = file_scan_view(s);
    s->batch = slice_ranges(&v, &s->plan.slices[s->slice], &s->arena);
    s->waste_max = file_scan_waste(s, s->slice);
}

static enum error_code scan_slice(struct file_scan *s, struct error *err)
{
    struct file_view v = file_scan_view(s);
    enum error_code code = slice_scan(&v, &s->plan.slices[s->slice], &s->batch, &s->found, err);
    if (code && file_scan_changes_unit(s, code)) {
        error_reset(err);
        return OK;
    }
    if (code && file_scan_drops_time(s, code)) {
        file_scan_drop_time(s, err);
        return OK;
    }
    if (!code) {
        slice_done(s);
    }
    return code;
}

/* Move on to the next slice that needs bytes; slices that need none are answered on the way, if
 * they come before it. */
static enum error_code next_slice(struct file_scan *s, struct error *err)
{
    while (s->slice < s->plan.n_slices) {
        want_slice(s);
        if (s->batch.n > 0) {
            s->state = SCAN_SLICE;
            return OK;
        }
        enum error_code code = scan_slice(s, err);
        if (code) {
            return code;
        }
    }
    s->state = SCAN_DONE;
    return OK;
}

static enum error_code feed_slice(struct file_scan *s, struct error *err)
{
    enum error_code code = scan_slice(s, err);
    return code ? code : next_slice(s, err);
}

/* ---- columns ---- */

static const struct target_names *wanted_targets(const struct file_scan *s)
{
    static const struct target_names by_type;
    return s->options.targets ? s->options.targets : &by_type;
}

/* Which columns hold what: all that is read of the file follows from it. */
static enum error_code resolve(struct file_scan *s, const struct scan_columns *columns,
                               struct error *err)
{
    struct file_columns *c = &s->columns;
    enum error_code code = columns_resolve(s->footer, columns, c, err);
    if (code) {
        return code;
    }
    if (columns_resolve_time(s->footer, columns, c, err)) {
        go_on_without_time(s, err);
    }
    code = row_lists_resolve(s->footer, c->has_time ? (int64_t)c->time : -1, wanted_targets(s),
                             &c->lists, err);
    if (!code && c->lists.has_start &&
        row_lists_find_period(s->footer, s->options.frequency, &c->lists, err)) {
        go_on_without_time(s, err);
    }
    if (s->options.depth < DEPTH_TIME) {
        c->has_time = false;
        s->time_failed = OK;
        s->time_failure = NULL;
    }
    return code;
}

static enum error_code start_slices(struct file_scan *s, struct error *err)
{
    const struct scan_columns *columns = s->options.columns ? s->options.columns : &s->decided;
    if (s->options.depth < DEPTH_SERIES || columns->n_id == 0) {
        s->state = SCAN_DONE;
        return OK;
    }
    enum error_code code = resolve(s, columns, err);
    if (code) {
        return code;
    }
    if (s->options.depth >= DEPTH_VALUES) {
        targets_resolve(s->footer, &s->columns, wanted_targets(s), &s->arena, &s->columns.targets);
    }
    plan_slices(s);
    if (s->options.counters) {
        counter_add(&s->options.counters->row_groups_proven, s->plan.proven);
    }
    s->time_unit = s->columns.has_time ? column_time_unit(&s->footer->columns[s->columns.time])
                                       : TIME_UNIT_NONE;
    s->found.spans.unit = s->time_unit;
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
    detect_begin(&s->detection, s->footer, s->options.hint, wanted_targets(s), &s->arena);
    if (detect_is_decided(&s->detection)) {
        decide(s, &s->detection.columns);
        return start_slices(s, err);
    }
    if (s->detection.no_rows) {
        s->state = SCAN_DONE;
        return OK;
    }
    struct file_view v = file_scan_view(s);
    s->batch = (struct scan_ranges){
        arena_array(&s->arena, s->detection.n_chunks, sizeof *s->batch.items), 0};
    for (size_t i = 0; i < s->detection.n_chunks; i++) {
        slice_want_chunk(&v, s->detection.chunks[i].chunk, &s->batch);
    }
    slice_sort_ranges(&s->batch);
    s->state = SCAN_DETECT;
    return s->batch.n ? OK : file_scan_feed(s, err);
}

static enum error_code feed_detect(struct file_scan *s, struct error *err)
{
    struct file_view v = file_scan_view(s);
    for (size_t i = 0; i < s->detection.n_chunks; i++) {
        enum error_code code = slice_chunk(&v, &s->batch, s->detection.chunks[i].chunk,
                                           &s->detection.chunks[i].piece, err);
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
    struct str tail = str_n(s->batch.items[0].data, s->tail_length);
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
    want(s, s->kept_offset, footer_bytes - s->tail_length);
    return OK;
}

static enum error_code feed_footer(struct file_scan *s, struct error *err)
{
    memcpy((char *)s->kept.data, s->batch.items[0].data, s->batch.items[0].length);
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
        return feed_slice(s, err);
    case SCAN_DONE:
        break;
    }
    return error_set(err, ERR_INTERNAL, "bytes for a file that wants none");
}

size_t file_scan_groups_done(const struct file_scan *s)
{
    return s->slice < s->plan.n_slices ? s->plan.slices[s->slice].first : s->plan.n_groups;
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
        c->field = column_is_list(f, (uint32_t)i) ? f->columns[i].name : NULL;
        c->type = parquet_type_text(&f->columns[i], &s->arena);
        c->nullable = f->columns[i].max_def > 0;
        c->has_null_count = true;
        c->target_note = s->columns.targets.notes ? s->columns.targets.notes[i] : NULL;
        for (size_t g = 0; g < f->n_row_groups; g++) {
            const struct parquet_chunk *chunk = &f->row_groups[g].chunks[i];
            c->bytes += chunk->length;
            c->null_count += chunk->stats.has_null_count ? chunk->stats.null_count : 0;
            c->has_null_count &= chunk->stats.has_null_count || !c->nullable;
        }
    }
    for (size_t i = 0; i < s->columns.targets.n; i++) {
        r->columns[s->columns.targets.columns[i]].target = (uint32_t)i + 1;
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
    const struct part_facts *f = &s->facts;
    /* No value has no magnitude: the file fits whatever the others count in. */
    r->time_unit = f->timed ? time_epoch_unit(f->t_min, f->t_max) : TIME_UNIT_NONE;
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
    r->time_failed = s->time_failed;
    r->time_failure = s->time_failure;
    if (s->columns.has_time && r->depth >= DEPTH_TIME) {
        const struct parquet_column *time = &s->footer->columns[s->columns.time];
        r->time_kind = column_time_kind(time);
        const struct time_remarks *remarks = &s->facts.remarks;
        r->time_utc = time->utc || remarks->zoned;
        r->zone_unknown = column_is_time_text(time) && !remarks->zoned && !remarks->local;
        r->time_unit = s->time_unit;
        if (r->time_unit == TIME_UNIT_INDEX) {
            settle_integers(s, r);
        }
        r->time_rounded = remarks->rounded;
        r->time_grain = s->facts.grain;
    }
    r->has_elements = s->columns.lists.on && r->depth >= DEPTH_SERIES;
    r->elements = r->has_elements ? s->facts.rows : 0;
    r->n_ids = s->found.ids.count;
    r->ids = id_set_texts(&s->found.ids);
    r->spans = s->found.spans.spans;
    r->n_spans = s->found.spans.n;
    r->contents = spans_contents(&s->found.spans);
    return r;
}
