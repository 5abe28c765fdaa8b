#include "scan/part_code.h"

#include <string.h>

#include "base/map.h"

/* A field that is added to spans has to be written and read here, and PART_VERSION raised. */
_Static_assert(sizeof(struct span) == 88, "part_code.c knows all fields of a span");

/* Bytes of a 64-bit varint. */
#define VARINT_MAX 10
/* A series takes at least 2 bytes, a span at least 7: bounds what a count may make us allocate. */
#define SERIES_BYTES_MIN 2
#define SPAN_BYTES_MIN   8
#define CHECK_BYTES      8
/* Columns of a file are far fewer. */
#define TARGETS_MAX ((uint64_t)1 << 24)

enum { REMARK_ROUNDED = 1, REMARK_ZONED = 2, REMARK_LOCAL = 4, REMARKS = 7 };

/* ---- writing ---- */

static void put(struct strbuf *out, uint64_t v)
{
    char bytes[VARINT_MAX];
    size_t n = 0;
    while (v >= 0x80) {
        bytes[n++] = (char)(v | 0x80);
        v >>= 7;
    }
    bytes[n++] = (char)v;
    strbuf_add(out, bytes, n);
}

static void put_signed(struct strbuf *out, int64_t v)
{
    put(out, (uint64_t)v << 1 ^ (uint64_t)(v >> 63));
}

static void put_str(struct strbuf *out, struct str s)
{
    put(out, s.len);
    strbuf_add(out, s.data, s.len);
}

/* A series: no id (0), or one; and its times. */
static void put_series(struct strbuf *out, const struct scan_part *p, size_t i)
{
    const struct id_set *ids = &p->ids;
    const struct last_time *last = i < p->spans.n_time_lanes ? &p->spans.last[i] : NULL;
    bool known = last && last->known;
    put(out, ids->null_series != i + 1);
    if (ids->null_series != i + 1 && ids->kind == ID_NUMBERS) {
        put_signed(out, ids->numbers[i]);
    } else if (ids->null_series != i + 1) {
        put_str(out, ids->keys[i]);
    }
    put(out, known);
    if (known) {
        put_signed(out, last->first);
        put_signed(out, last->t);
    }
}

static void put_span(struct strbuf *out, const struct span *s)
{
    put(out, s->series);
    put(out, s->row_group);
    put(out, s->first_row);
    put(out, s->rows);
    put(out, s->last_row - s->first_row);
    put(out, s->times);
    if (s->times) {
        put_signed(out, s->t_min);
        put(out, (uint64_t)s->t_max - (uint64_t)s->t_min);
    }
    put_str(out, s->steps);
    put_str(out, s->values);
}

void part_encode(const struct scan_part *p, struct strbuf *out)
{
    const struct span_builder *b = &p->spans;
    size_t from = out->len;
    put(out, PART_VERSION);
    put(out, b->unit);
    put(out, (p->remarks.rounded ? REMARK_ROUNDED : 0u) | (p->remarks.zoned ? REMARK_ZONED : 0u) |
                 (p->remarks.local ? REMARK_LOCAL : 0u));
    put(out, p->ids.kind);
    put(out, p->ids.is_signed);
    put(out, p->ids.escapes);
    put(out, b->n_targets);
    put(out, p->ids.count);
    for (size_t i = 0; i < p->ids.count; i++) {
        put_series(out, p, i);
    }
    put(out, b->n);
    for (size_t i = 0; i < b->n; i++) {
        put_span(out, &b->spans[i]);
    }
    uint64_t check = hash_bytes(out->data + from, out->len - from);
    strbuf_add(out, &check, sizeof check);
}

/* ---- reading ---- */

struct cursor {
    const uint8_t *p, *end;
    bool bad;
};

static uint64_t take(struct cursor *c, uint64_t max)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < VARINT_MAX && c->p < c->end; i++) {
        uint8_t byte = *c->p++;
        if (i == VARINT_MAX - 1 && byte > 1) {
            break;
        }
        v |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            c->bad |= v > max;
            return v <= max ? v : 0;
        }
    }
    c->bad = true;
    return 0;
}

static int64_t take_signed(struct cursor *c)
{
    uint64_t v = take(c, UINT64_MAX);
    return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

static struct str take_str(struct cursor *c)
{
    size_t n = (size_t)take(c, (uint64_t)(c->end - c->p));
    n = n <= (size_t)(c->end - c->p) ? n : 0; /* the length took bytes itself */
    struct str s = str_n(c->p, n);
    c->p += n;
    return s;
}

/* The next id into the set; false where that is no new one. */
static bool take_id(struct cursor *c, struct id_set *ids, uint32_t *series)
{
    size_t before = ids->count;
    bool entered;
    if (!take(c, 1)) {
        entered = ids->kind != ID_TEXTS && id_set_put_null(ids, series);
    } else if (ids->kind == ID_NUMBERS) {
        int64_t number = take_signed(c);
        entered = id_set_put_numbers(ids, &number, 1, series);
    } else {
        struct str text = take_str(c);
        entered = id_set_put_strs(ids, &text, 1, series);
    }
    return entered && ids->count == before + 1 && *series == before;
}

static void take_series(struct cursor *c, struct scan_part *p)
{
    uint32_t series;
    if (!take_id(c, &p->ids, &series)) {
        c->bad = true;
        return;
    }
    if (take(c, 1)) {
        struct last_time *last = spans_last(&p->spans, series);
        last->known = true;
        last->first = take_signed(c);
        last->t = take_signed(c);
    }
}

static struct str take_state(struct cursor *c, struct scan_part *p)
{
    struct str s = take_str(c);
    return s.len ? str_n(arena_strndup(&p->spans.states, s.data, s.len), s.len) : str_n(NULL, 0);
}

static void take_times(struct cursor *c, struct span *s)
{
    s->t_min = take_signed(c);
    uint64_t length = take(c, UINT64_MAX);
    c->bad |= length > (uint64_t)INT64_MAX - (uint64_t)s->t_min;
    s->t_max = (int64_t)((uint64_t)s->t_min + length);
}

static void take_span(struct cursor *c, uint64_t first, uint64_t n, struct scan_part *p)
{
    struct span *s = &p->spans.spans[p->spans.n++];
    *s = (struct span){.series = (uint32_t)take(c, p->ids.count - 1),
                       .row_group = (uint32_t)take(c, first + n - 1),
                       .first_row = take(c, INT64_MAX),
                       .rows = take(c, INT64_MAX)};
    c->bad |= s->row_group < first || s->rows == 0;
    s->last_row = s->first_row + take(c, (uint64_t)INT64_MAX - s->first_row);
    s->times = take(c, s->rows);
    if (s->times) {
        take_times(c, s);
    }
    s->steps = take_state(c, p);
    s->values = take_state(c, p);
}

/* How many items follow, none of which takes less than `least` bytes. */
static size_t take_count(struct cursor *c, size_t least)
{
    return (size_t)take(c, (uint64_t)(c->end - c->p) / least);
}

static void take_part(struct cursor *c, uint64_t first, uint64_t n, struct scan_part *p)
{
    uint64_t remarks = take(c, REMARKS);
    p->remarks = (struct time_remarks){.rounded = (remarks & REMARK_ROUNDED) != 0,
                                       .zoned = (remarks & REMARK_ZONED) != 0,
                                       .local = (remarks & REMARK_LOCAL) != 0};
    p->ids.kind = (enum id_kind)take(c, ID_NUMBERS);
    p->ids.is_signed = take(c, 1);
    p->ids.escapes = take(c, 1);
    p->spans.n_targets = (size_t)take(c, TARGETS_MAX);
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
    const uint8_t *start = (const uint8_t *)bytes.data;
    struct cursor c = {start, start + bytes.len, check != hash_bytes(bytes.data, bytes.len)};
    if (c.bad || take(&c, PART_VERSION) != PART_VERSION) {
        return false;
    }
    part_init(p, (enum time_unit)take(&c, TIME_UNIT_NS));
    take_part(&c, first, n, p);
    if (c.bad || c.p != c.end) {
        part_free(p);
        return false;
    }
    return true;
}
