#include "scan/value_builder.h"

#include <string.h>

#include "base/memory.h"
#include "model/value_rows.h"
#include "scan/value_order.h"

/* One target's rows of a block that is moved: as they lie, and in order. */
struct value_columns {
    double lying[VALUES_BLOCK_ROWS], values[VALUES_BLOCK_ROWS];
    uint8_t lying_valid[VALUES_BLOCK_ROWS], valid[VALUES_BLOCK_ROWS];
    int64_t lying_integers[VALUES_BLOCK_ROWS], integers[VALUES_BLOCK_ROWS];
};

void values_init(struct value_builder *b, struct span_builder *spans, struct value_target *targets,
                 size_t n_targets, bool has_times)
{
    *b = (struct value_builder){
        .spans = spans, .targets = targets, .n_targets = n_targets, .has_times = has_times};
    arena_init(&b->arena);
    strbuf_init(&b->code, SIZE_MAX);
}

void values_free(struct value_builder *b)
{
    mem_free(b->runs);
    mem_free(b->times);
    mem_free(b->timed);
    mem_free(b->pieces);
    mem_free(b->order);
    mem_free(b->sorted);
    mem_free(b->known);
    mem_free(b->codes);
    mem_free(b->columns);
    arena_reset(&b->arena);
    strbuf_free(&b->code);
}

/* ---- states of spans ---- */

/* Room for the spans that the row group has so far. */
static void know_spans(struct value_builder *b)
{
    size_t n = b->spans->n - b->spans->group_start;
    if (n > b->cap_known) {
        size_t cap = 2 * b->cap_known > n ? 2 * b->cap_known : n;
        b->known = mem_realloc(b->known, cap * sizeof *b->known);
        b->codes = mem_realloc(b->codes, cap * b->n_targets * sizeof *b->codes);
        b->cap_known = cap;
    }
    memset(b->known + b->n_known, 0, (n - b->n_known) * sizeof *b->known);
    memset(b->codes + b->n_known * b->n_targets, 0,
           (n - b->n_known) * b->n_targets * sizeof *b->codes);
    b->n_known = n;
}

static struct str kept_code(struct value_builder *b)
{
    return str_n(arena_strndup(&b->arena, b->code.data, b->code.len), b->code.len);
}

/* The state of a piece becomes that of its span, or part of it. */
static void keep(struct value_builder *b, const struct value_piece *p, size_t target,
                 struct value_stats *s)
{
    struct str *code = &b->codes[p->span * b->n_targets + target];
    const struct value_span *known = &b->known[p->span];
    if (code->len) {
        struct value_stats before;
        struct str in = *code;
        if (value_stats_decode(&in, known->t_min, known->t_max, &before)) {
            value_stats_merge(&before, s);
            strbuf_clear(&b->code);
            value_stats_encode(&before, &b->code);
        }
    } else {
        strbuf_clear(&b->code);
        value_stats_encode(s, &b->code);
    }
    *code = kept_code(b);
}

/* Few rows, which are all of the piece, are kept as they are: the state is made when it is asked
 * for. False: they are not, or the piece is not the first of its span. */
static bool keep_rows(struct value_builder *b, const struct value_piece *p, size_t target,
                      const struct value_rows *r)
{
    struct str *code = &b->codes[p->span * b->n_targets + target];
    enum values_order order = b->has_times ? VALUES_BY_TIME : VALUES_BY_ROW;
    if (code->len || p->timeless || r->n != p->timed || !value_rows_few(r, order)) {
        return false;
    }
    strbuf_clear(&b->code);
    value_rows_encode(r, order, &b->code);
    *code = kept_code(b);
    return true;
}

/* After all targets: what the spans' states hold now. */
static void know_times(struct value_builder *b, const int64_t *times)
{
    for (size_t i = 0; b->has_times && i < b->n_pieces; i++) {
        const struct value_piece *p = &b->pieces[i];
        struct value_span *k = &b->known[p->span];
        if (p->timed == 0) {
            continue;
        }
        int64_t lo = times[p->from], hi = times[p->from + p->timed - 1];
        k->t_min = k->timed && k->t_min < lo ? k->t_min : lo;
        k->t_max = k->timed && k->t_max > hi ? k->t_max : hi;
        k->timed = true;
    }
}

/* ---- one target ---- */

/* Integers are looked at as the epoch that their magnitude suggests (span_builder.c). */
static enum time_unit calendar_of(const struct value_builder *b, const struct value_piece *p,
                                  const int64_t *times)
{
    enum time_unit unit = b->spans->unit;
    return unit == TIME_UNIT_INDEX && p->timed
               ? time_epoch_unit(times[p->from], times[p->from + p->timed - 1])
               : unit;
}

static struct value_rows rows_of(const struct value_target *t, enum time_unit unit)
{
    bool decimal = t->column->logical == PARQUET_DECIMAL;
    return (struct value_rows){.is_unsigned = !t->column->is_signed && !decimal,
                               .scale = decimal ? (uint32_t)t->column->scale : 0,
                               .inexact = t->batch.inexact,
                               .unit = unit};
}

/* Where doubles are exact. */
static int64_t value_to_integer(double v)
{
    const double exact = 9007199254740992.0; /* 2^53 */
    return v >= -exact && v <= exact ? (int64_t)v : 0;
}

/* At least one row in t->batch from t->at on. */
static enum error_code need_batch(struct value_target *t, struct error *err)
{
    if (t->at < t->batch.n) {
        return OK;
    }
    t->at = 0;
    enum error_code code = t->lists ? list_values_next(t->lists, &t->batch, err)
                                    : chunk_next_f64(t->reader, &t->batch, err);
    if (!code && t->batch.n == 0) {
        code =
            error_set(err, ERR_CORRUPT, "column '%s' ends before its row group", t->column->path);
    }
    return code;
}

/* The next rows of the piece, `done` of which are taken, as far as they lie in one batch. */
static enum error_code next_rows(struct value_builder *b, struct value_target *t,
                                 const struct value_piece *p, uint32_t done, struct value_rows *r,
                                 struct error *err)
{
    enum error_code code = need_batch(t, err);
    if (code) {
        return code;
    }
    *r = rows_of(t, calendar_of(b, p, b->times));
    size_t left = t->batch.n - t->at;
    r->n = left < p->timed - done ? left : p->timed - done;
    r->values = t->batch.values + t->at;
    r->valid = t->batch.valid ? t->batch.valid + t->at : NULL;
    r->integers = t->batch.integers ? t->batch.integers + t->at : NULL;
    r->times = b->has_times ? b->times + p->from + done : NULL;
    t->at += r->n;
    return OK;
}

/* As the rows lie: from the batches into the states. */
static enum error_code take_lying(struct value_builder *b, size_t target, struct error *err)
{
    struct value_target *t = &b->targets[target];
    struct value_stats s;
    for (size_t i = 0; i < b->n_pieces; i++) {
        const struct value_piece *p = &b->pieces[i];
        struct value_rows r = {0};
        enum error_code code = p->timed ? next_rows(b, t, p, 0, &r, err) : OK;
        if (code) {
            return code;
        }
        if (keep_rows(b, p, target, &r)) {
            continue;
        }
        value_stats_init(&s, b->has_times ? VALUES_BY_TIME : VALUES_BY_ROW);
        value_stats_append(&s, &r);
        for (uint32_t done = (uint32_t)r.n; done < p->timed; done += (uint32_t)r.n) {
            code = next_rows(b, t, p, done, &r, err);
            if (code) {
                return code;
            }
            value_stats_append(&s, &r);
        }
        keep(b, p, target, &s);
    }
    return OK;
}

/* The block's rows of the target, as they lie. *integers: doubles would lose something. */
static enum error_code decode_block(struct value_builder *b, struct value_target *t, bool *integers,
                                    struct error *err)
{
    struct value_columns *c = b->columns;
    *integers = false;
    for (size_t done = 0; done < b->rows;) {
        enum error_code code = need_batch(t, err);
        if (code) {
            return code;
        }
        size_t left = t->batch.n - t->at, n = left < b->rows - done ? left : b->rows - done;
        memcpy(c->lying + done, t->batch.values + t->at, n * sizeof *c->lying);
        memset(c->lying_valid + done, 1, n);
        if (t->batch.valid) {
            memcpy(c->lying_valid + done, t->batch.valid + t->at, n);
        }
        for (size_t i = 0; i < n; i++) {
            /* Without integers the doubles are exact, and so these are. */
            c->lying_integers[done + i] = t->batch.integers ? t->batch.integers[t->at + i]
                                                            : value_to_integer(c->lying[done + i]);
        }
        *integers |= t->batch.integers != NULL;
        t->at += n;
        done += n;
    }
    return OK;
}

static void move_block(struct value_builder *b)
{
    struct value_columns *c = b->columns;
    for (size_t i = 0; i < b->rows; i++) {
        uint32_t row = b->order[i];
        c->values[i] = c->lying[row];
        c->valid[i] = c->lying_valid[row];
        c->integers[i] = c->lying_integers[row];
    }
}

static enum error_code take_moved(struct value_builder *b, size_t target, struct error *err)
{
    struct value_target *t = &b->targets[target];
    struct value_stats s;
    bool integers;
    b->columns = b->columns ? b->columns : mem_alloc(sizeof *b->columns);
    struct value_columns *c = b->columns;
    enum error_code code = decode_block(b, t, &integers, err);
    if (code) {
        return code;
    }
    move_block(b);
    for (size_t i = 0; i < b->n_pieces; i++) {
        const struct value_piece *p = &b->pieces[i];
        struct value_rows r = rows_of(t, calendar_of(b, p, b->sorted));
        r.n = p->timed;
        r.values = c->values + p->from;
        r.valid = c->valid + p->from;
        r.integers = integers ? c->integers + p->from : NULL;
        r.times = b->has_times ? b->sorted + p->from : NULL;
        if (keep_rows(b, p, target, &r)) {
            continue;
        }
        value_stats_init(&s, b->has_times ? VALUES_BY_TIME : VALUES_BY_ROW);
        value_stats_append(&s, &r);
        r.values += p->timed;
        r.valid += p->timed;
        r.integers = integers ? r.integers + p->timed : NULL;
        r.n = p->timeless;
        value_stats_append_timeless(&s, &r);
        keep(b, p, target, &s);
    }
    return OK;
}

static enum error_code take_block(struct value_builder *b, struct error *err)
{
    if (b->rows == 0) {
        return OK;
    }
    know_spans(b);
    values_order(b);
    for (size_t i = 0; i < b->n_targets; i++) {
        enum error_code code = b->moved ? take_moved(b, i, err) : take_lying(b, i, err);
        if (code) {
            return code;
        }
    }
    know_times(b, b->moved ? b->sorted : b->times);
    b->rows = b->n_runs = 0;
    b->some_timeless = false;
    return OK;
}

/* ---- rows ---- */

static void add_times(struct value_builder *b, size_t n, struct run_times t)
{
    if (!b->times) {
        b->times = mem_alloc(VALUES_BLOCK_ROWS * sizeof *b->times);
        b->timed = mem_alloc(VALUES_BLOCK_ROWS);
    }
    memcpy(b->times + b->rows, t.values, n * sizeof *b->times);
    if (t.valid) {
        memcpy(b->timed + b->rows, t.valid, n);
        b->some_timeless |= memchr(t.valid, 0, n) != NULL;
    } else {
        memset(b->timed + b->rows, 1, n);
    }
}

enum error_code values_add_run(struct value_builder *b, uint32_t series, uint64_t rows,
                               struct run_times t, struct error *err)
{
    enum error_code code = OK;
    while (rows && !code) {
        size_t room = VALUES_BLOCK_ROWS - b->rows, n = rows < room ? (size_t)rows : room;
        if (b->n_runs && b->runs[b->n_runs - 1].series == series) {
            b->runs[b->n_runs - 1].rows += (uint32_t)n;
        } else {
            b->runs = mem_grow(b->runs, b->n_runs, &b->cap_runs, sizeof *b->runs);
            b->runs[b->n_runs++] = (struct value_run){series, (uint32_t)n};
        }
        if (b->has_times) {
            add_times(b, n, t);
            t.values += n;
            t.valid = t.valid ? t.valid + n : NULL;
        }
        b->rows += n;
        rows -= n;
        code = b->rows == VALUES_BLOCK_ROWS ? take_block(b, err) : OK;
    }
    return code;
}

/* Of a span without rows: one whose lists are empty. */
static void encode_none(struct value_builder *b)
{
    struct value_stats none;
    value_stats_init(&none, b->has_times ? VALUES_BY_TIME : VALUES_BY_ROW);
    value_stats_encode(&none, &b->code);
}

enum error_code values_end_group(struct value_builder *b, struct error *err)
{
    enum error_code code = take_block(b, err);
    if (!code) {
        know_spans(b);
    }
    for (size_t i = 0; !code && i < b->n_known; i++) {
        strbuf_clear(&b->code);
        for (size_t t = 0; t < b->n_targets; t++) {
            struct str state = b->codes[i * b->n_targets + t];
            if (state.len) {
                strbuf_add(&b->code, state.data, state.len);
            } else {
                encode_none(b);
            }
        }
        struct span_content *s = spans_content(b->spans, b->spans->group_start + i);
        s->values = str_n(arena_strndup(&b->spans->states, b->code.data, b->code.len), b->code.len);
    }
    b->n_known = 0;
    return code;
}

void values_merge_codes(struct strbuf *out, size_t n_targets, const struct span_content *a,
                        const struct span_content *b)
{
    struct value_stats one, other;
    struct str left = a->values, right = b->values;
    strbuf_clear(out);
    for (size_t i = 0; i < n_targets; i++) {
        if (!value_stats_decode(&left, a->t_min, a->t_max, &one) ||
            !value_stats_decode(&right, b->t_min, b->t_max, &other)) {
            strbuf_clear(out);
            return;
        }
        value_stats_merge(&one, &other);
        value_stats_encode(&one, out);
    }
}
