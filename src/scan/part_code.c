#include "scan/part_code.h"

#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/varint.h"

/* A field that is added to spans has to be written and read here, and PART_VERSION raised. */
_Static_assert(sizeof(struct span) + sizeof(struct span_content) == 88,
               "part_code.c knows all fields of a span");

/* A series takes at least 2 bytes, a span at least 7: bounds what a count may make us allocate. */
#define SERIES_BYTES_MIN 2
#define SPAN_BYTES_MIN   8
#define CHECK_BYTES      8
/* Columns of a file are far fewer. */
#define TARGETS_MAX ((uint64_t)1 << 24)

enum { REMARK_ROUNDED = 1, REMARK_ZONED = 2, REMARK_LOCAL = 4, REMARKS = 7 };

/* ---- writing ---- */

static void put_str(struct strbuf *out, struct str s)
{
    varint_put(out, s.len);
    strbuf_add(out, s.data, s.len);
}

/* A series: no id (0), or one; and its times. */
static void put_series(struct strbuf *out, const struct scan_part *p, size_t i)
{
    const struct id_set *ids = &p->ids;
    const struct last_time *last = i < p->spans.n_time_lanes ? &p->spans.last[i] : NULL;
    bool known = last && last->known;
    varint_put(out, ids->null_series != i + 1);
    if (ids->null_series != i + 1 && ids->kind == ID_NUMBERS) {
        varint_put_signed(out, ids->numbers[i]);
    } else if (ids->null_series != i + 1) {
        put_str(out, ids->keys[i]);
    }
    varint_put(out, known);
    if (known) {
        varint_put_signed(out, last->first);
        varint_put_signed(out, last->t);
    }
}

static void put_span(struct strbuf *out, const struct span *s, const struct span_content *c,
                     uint32_t series)
{
    varint_put(out, series);
    varint_put(out, s->row_group);
    varint_put(out, s->first_row);
    varint_put(out, s->rows);
    varint_put(out, s->last_row - s->first_row);
    varint_put(out, c->times);
    if (c->times) {
        varint_put_signed(out, c->t_min);
        varint_put(out, (uint64_t)c->t_max - (uint64_t)c->t_min);
    }
    put_str(out, c->steps);
    put_str(out, c->values);
}

/* Some of the series of a part, and their spans. */
struct share {
    const uint32_t *series, *spans; /* which of the part's; NULL: all of them */
    size_t n_series, n_spans;
    const uint32_t *numbers; /* of each series of the part, in the share; NULL: the same */
};

static void encode(const struct scan_part *p, const struct share *share, struct strbuf *out)
{
    const struct span_builder *b = &p->spans;
    size_t from = out->len;
    varint_put(out, PART_VERSION);
    varint_put(out, b->unit);
    varint_put(out, b->grain);
    varint_put(out, (p->remarks.rounded ? REMARK_ROUNDED : 0u) |
                        (p->remarks.zoned ? REMARK_ZONED : 0u) |
                        (p->remarks.local ? REMARK_LOCAL : 0u));
    varint_put(out, p->ids.kind);
    varint_put(out, p->ids.is_signed);
    varint_put(out, p->ids.escapes);
    varint_put(out, b->n_targets);
    varint_put(out, p->uneven.n);
    for (size_t i = 0; i < p->uneven.n; i++) {
        varint_put(out, p->uneven.targets[i]);
    }
    varint_put(out, share->n_series);
    for (size_t i = 0; i < share->n_series; i++) {
        put_series(out, p, share->series ? share->series[i] : i);
    }
    varint_put(out, share->n_spans);
    for (size_t i = 0; i < share->n_spans; i++) {
        size_t span = share->spans ? share->spans[i] : i;
        const struct span *s = &b->spans[span];
        put_span(out, s, spans_content_of(b, span),
                 share->numbers ? share->numbers[s->series] : s->series);
    }
    uint64_t check = hash_bytes(out->data + from, out->len - from);
    strbuf_add(out, &check, sizeof check);
}

void part_encode(const struct scan_part *p, struct strbuf *out)
{
    const struct share all = {.n_series = p->ids.count, .n_spans = p->spans.n};
    encode(p, &all, out);
}

uint64_t part_bytes_least(const struct scan_part *p)
{
    return p->ids.count * SERIES_BYTES_MIN + p->spans.n * SPAN_BYTES_MIN;
}

/* ---- in buckets ---- */

static uint32_t bucket_of(const uint8_t *buckets, const struct span *spans, size_t i)
{
    return buckets[spans ? spans[i].series : i];
}

/* The numbers below n, those of bucket 0 first; `ends`: where each bucket ends. `spans` NULL: of
 * series. */
static uint32_t *sort_out(const uint8_t *buckets, const struct span *spans, size_t n,
                          size_t ends[PART_BUCKETS])
{
    uint32_t *sorted = mem_alloc((n + 1) * sizeof *sorted);
    memset(ends, 0, PART_BUCKETS * sizeof *ends);
    for (size_t i = 0; i < n; i++) {
        ends[bucket_of(buckets, spans, i)]++;
    }
    size_t at = 0;
    for (size_t b = 0; b < PART_BUCKETS; b++) {
        size_t count = ends[b];
        ends[b] = at;
        at += count;
    }
    for (size_t i = 0; i < n; i++) {
        sorted[ends[bucket_of(buckets, spans, i)]++] = (uint32_t)i;
    }
    return sorted;
}

/* Each series counts from 0 in its bucket. */
static uint32_t *number_anew(const uint32_t *series, const size_t ends[PART_BUCKETS])
{
    uint32_t *numbers = mem_alloc((ends[PART_BUCKETS - 1] + 1) * sizeof *numbers);
    for (size_t b = 0, i = 0; b < PART_BUCKETS; b++) {
        for (uint32_t number = 0; i < ends[b]; i++) {
            numbers[series[i]] = number++;
        }
    }
    return numbers;
}

void part_encode_buckets(const struct scan_part *p, struct strbuf *out,
                         uint64_t at[PART_BUCKETS + 1])
{
    size_t series_ends[PART_BUCKETS], span_ends[PART_BUCKETS], from = out->len;
    uint8_t *buckets = mem_alloc(p->ids.count + 1);
    for (size_t i = 0; i < p->ids.count; i++) {
        buckets[i] = (uint8_t)(id_set_hash(&p->ids, i) >> 24);
    }
    uint32_t *series = sort_out(buckets, NULL, p->ids.count, series_ends);
    uint32_t *spans = sort_out(buckets, p->spans.spans, p->spans.n, span_ends);
    uint32_t *numbers = number_anew(series, series_ends);
    for (size_t b = 0; b < PART_BUCKETS; b++) {
        size_t s = b ? series_ends[b - 1] : 0, first = b ? span_ends[b - 1] : 0;
        const struct share share = {.series = series + s,
                                    .n_series = series_ends[b] - s,
                                    .spans = spans + first,
                                    .n_spans = span_ends[b] - first,
                                    .numbers = numbers};
        at[b] = out->len - from;
        encode(p, &share, out);
    }
    at[PART_BUCKETS] = out->len - from;
    mem_free(numbers);
    mem_free(spans);
    mem_free(series);
    mem_free(buckets);
}

/* ---- reading ---- */

static struct str take_str(struct varint_cursor *c)
{
    size_t n = (size_t)varint_next(c, c->rest.len);
    n = n <= c->rest.len ? n : 0; /* the length took bytes itself */
    struct str s = str_n(c->rest.data, n);
    c->rest = str_from(c->rest, n);
    return s;
}

/* The next id into the set; false where that is no new one. */
static bool take_id(struct varint_cursor *c, struct id_set *ids, uint32_t *series)
{
    size_t before = ids->count;
    bool entered;
    if (!varint_next(c, 1)) {
        entered = ids->kind != ID_TEXTS && id_set_put_null(ids, series);
    } else if (ids->kind == ID_NUMBERS) {
        int64_t number = varint_next_signed(c);
        entered = id_set_put_numbers(ids, &number, 1, series);
    } else {
        struct str text = take_str(c);
        entered = id_set_put_strs(ids, &text, 1, series);
    }
    return entered && ids->count == before + 1 && *series == before;
}

static void take_series(struct varint_cursor *c, struct scan_part *p)
{
    uint32_t series;
    if (!take_id(c, &p->ids, &series)) {
        c->bad = true;
        return;
    }
    if (varint_next(c, 1)) {
        struct last_time *last = spans_last(&p->spans, series);
        last->known = true;
        last->first = varint_next_signed(c);
        last->t = varint_next_signed(c);
    }
}

static struct str take_state(struct varint_cursor *c, struct scan_part *p)
{
    struct str s = take_str(c);
    return s.len ? str_n(arena_strndup(&p->spans.states, s.data, s.len), s.len) : str_n(NULL, 0);
}

static void take_times(struct varint_cursor *c, struct span_content *s)
{
    s->t_min = varint_next_signed(c);
    uint64_t length = varint_next(c, UINT64_MAX);
    c->bad |= length > (uint64_t)INT64_MAX - (uint64_t)s->t_min;
    s->t_max = (int64_t)((uint64_t)s->t_min + length);
}

static void take_span(struct varint_cursor *c, uint64_t first, uint64_t n, struct scan_part *p)
{
    struct span *s = &p->spans.spans[p->spans.n++];
    *s = (struct span){.series = (uint32_t)varint_next(c, p->ids.count - 1),
                       .row_group = (uint32_t)varint_next(c, first + n - 1),
                       .first_row = varint_next(c, INT64_MAX),
                       .rows = varint_next(c, INT64_MAX)};
    c->bad |= s->row_group < first;
    s->last_row = s->first_row + varint_next(c, (uint64_t)INT64_MAX - s->first_row);
    struct span_content held = {.times = varint_next(c, s->rows)};
    if (held.times) {
        take_times(c, &held);
    }
    held.steps = take_state(c, p);
    held.values = take_state(c, p);
    if (held.times || held.steps.len || held.values.len) {
        *spans_content(&p->spans, p->spans.n - 1) = held;
    }
}

/* How many items follow, none of which takes less than `least` bytes. */
static size_t take_count(struct varint_cursor *c, size_t least)
{
    return (size_t)varint_next(c, c->rest.len / least);
}

static void take_uneven(struct varint_cursor *c, struct scan_part *p)
{
    size_t n = take_count(c, 1);
    for (size_t i = 0; i < n && !c->bad; i++) {
        uint32_t target = (uint32_t)varint_next(c, p->spans.n_targets);
        c->bad |= target == p->spans.n_targets;
        uneven_add(&p->uneven, target);
    }
    c->bad |= p->uneven.n != n;
}

static void take_part(struct varint_cursor *c, uint64_t first, uint64_t n, struct scan_part *p)
{
    uint64_t remarks = varint_next(c, REMARKS);
    p->remarks = (struct time_remarks){.rounded = (remarks & REMARK_ROUNDED) != 0,
                                       .zoned = (remarks & REMARK_ZONED) != 0,
                                       .local = (remarks & REMARK_LOCAL) != 0};
    p->ids.kind = (enum id_kind)varint_next(c, ID_NUMBERS);
    p->ids.is_signed = varint_next(c, 1);
    p->ids.escapes = varint_next(c, 1);
    p->spans.n_targets = (size_t)varint_next(c, TARGETS_MAX);
    take_uneven(c, p);
    size_t n_series = take_count(c, SERIES_BYTES_MIN);
    if (n_series) {
        spans_reserve_series(&p->spans, (uint32_t)(n_series - 1));
    }
    for (size_t i = 0; i < n_series && !c->bad; i++) {
        take_series(c, p);
    }
    size_t n_spans = take_count(c, SPAN_BYTES_MIN);
    c->bad |= n_spans > 0 && n_series == 0;
    if (c->bad) {
        return;
    }
    p->spans.spans = mem_alloc((n_spans + 1) * sizeof *p->spans.spans);
    p->spans.cap = n_spans + 1;
    for (size_t i = 0; i < n_spans && !c->bad; i++) {
        take_span(c, first, n, p);
    }
}

bool part_decode(struct str bytes, uint64_t first, uint64_t n, struct scan_part *p)
{
    uint64_t check;
    if (bytes.len < CHECK_BYTES || n == 0 || first + n > SPAN_WHOLE_FILE) {
        return false;
    }
    bytes.len -= CHECK_BYTES;
    memcpy(&check, bytes.data + bytes.len, sizeof check);
    struct varint_cursor c = {bytes, check != hash_bytes(bytes.data, bytes.len)};
    if (c.bad || varint_next(&c, PART_VERSION) != PART_VERSION) {
        return false;
    }
    part_init(p, (enum time_unit)varint_next(&c, TIME_UNIT_NS));
    p->spans.grain = (uint8_t)varint_next(&c, TIME_GRAIN_MAX);
    take_part(&c, first, n, p);
    if (c.bad || c.rest.len) {
        part_free(p);
        return false;
    }
    return true;
}
