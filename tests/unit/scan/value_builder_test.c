/* The values of a row group's spans: the states are those of each span's rows in order of time,
 * however the rows lie and wherever a block ends. */
#include "unit/parquet/build.h"

#include <stdlib.h>

#include "scan/value_builder.h"

enum { PLAIN = 0, SERIES = 5 };

static uint64_t seed = 1;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

/* How a target holds its values: doubles, quarters of them; integers that doubles hold; others. */
enum kind { QUARTERS, INTEGERS, WIDE };

struct row {
    int64_t t, value;
    uint32_t series;
    uint8_t timed;
};

/* A row group of one target, and what scans it. */
struct group {
    struct chunk_fixture x;
    struct span_builder spans;
    struct value_builder values;
    struct value_target target;
};

static void group_open(struct group *g, const struct row *rows, size_t n, size_t written,
                       enum kind kind, bool has_times)
{
    struct strbuf plain;
    strbuf_init(&plain, (size_t)1 << 30);
    for (size_t i = 0; i < written; i++) {
        double d = (double)rows[i].value / 4;
        strbuf_add(&plain, kind == QUARTERS ? (const void *)&d : &rows[i].value, 8);
    }
    fixture_init(&g->x, kind == QUARTERS ? PARQUET_DOUBLE : PARQUET_INT64, false, n);
    put_page(&g->x.bytes, (int)written, PLAIN, NO_LEVELS, strbuf_view(&plain));
    strbuf_free(&plain);
    g->x.chunk.num_values = written;
    g->x.group.rows = written;
    g->target = (struct value_target){.column = &g->x.column};
    assert_int_equal(fixture_open(&g->x, &g->target.reader), OK);
    spans_init(&g->spans, TIME_UNIT_S);
    spans_begin_group(&g->spans, 0);
    g->spans.n_targets = 1;
    values_init(&g->values, &g->spans, &g->target, 1, has_times);
}

static enum error_code group_add(struct group *g, const struct row *rows, size_t n)
{
    enum error_code code = OK;
    for (size_t i = 0; i < n && !code; i++) {
        struct run_times t = {g->values.has_times ? &rows[i].t : NULL, &rows[i].timed};
        spans_add_run(&g->spans, rows[i].series, 1, t);
        code = values_add_run(&g->values, rows[i].series, 1, t, &g->x.err);
    }
    code = code ? code : values_end_group(&g->values, &g->x.err);
    spans_end_group(&g->spans);
    return code;
}

static void group_close(struct group *g)
{
    values_free(&g->values);
    spans_free(&g->spans);
    chunk_close(g->target.reader);
    fixture_free(&g->x);
}

static const struct row *sorted_rows;

static int by_time_and_row(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    const struct row *r = &sorted_rows[x], *s = &sorted_rows[y];
    if (r->t != s->t) {
        return r->t < s->t ? -1 : 1;
    }
    return (x > y) - (x < y);
}

static void append(struct value_stats *s, const struct row *r, enum kind kind, bool has_times)
{
    double v = kind == QUARTERS ? (double)r->value / 4 : (double)r->value;
    struct value_rows rows = {.values = &v,
                              .integers = kind == WIDE ? &r->value : NULL,
                              .times = has_times ? &r->t : NULL,
                              .n = 1,
                              .unit = TIME_UNIT_S};
    if (has_times && !r->timed) {
        rows.times = NULL;
        value_stats_append_timeless(s, &rows);
    } else {
        value_stats_append(s, &rows);
    }
}

/* Without the sparkline: a picture, whose buckets depend on how many rows came at a time. */
static void encode(struct value_stats *s, struct strbuf *out)
{
    s->sparkline.n = 0;
    strbuf_clear(out);
    value_stats_encode(s, out);
}

/* One row at a time, in order, into a state of its own. */
static void state_of(const struct row *rows, size_t n, uint32_t series, enum kind kind,
                     bool has_times, struct strbuf *out)
{
    struct value_stats s;
    size_t *order = mem_alloc((n + 1) * sizeof *order), timed = 0;
    value_stats_init(&s, has_times ? VALUES_BY_TIME : VALUES_BY_ROW);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].series == series && (rows[i].timed || !has_times)) {
            order[timed++] = i;
        }
    }
    sorted_rows = rows;
    if (has_times) {
        qsort(order, timed, sizeof *order, by_time_and_row);
    }
    for (size_t i = 0; i < timed; i++) {
        append(&s, &rows[order[i]], kind, has_times);
    }
    for (size_t i = 0; i < n; i++) {
        if (rows[i].series == series && has_times && !rows[i].timed) {
            append(&s, &rows[i], kind, true);
        }
    }
    encode(&s, out);
    mem_free(order);
}

static void check(const struct group *g, const struct row *rows, size_t n, enum kind kind,
                  bool has_times)
{
    struct strbuf want, got;
    strbuf_init(&want, SIZE_MAX);
    strbuf_init(&got, SIZE_MAX);
    for (size_t i = 0; i < g->spans.n; i++) {
        const struct span *s = &g->spans.spans[i];
        struct value_stats stats;
        const struct span_content *c = spans_content_of(&g->spans, i);
        struct str code = c->values;
        assert_true(value_stats_decode(&code, c->t_min, c->t_max, &stats));
        assert_int_equal(code.len, 0);
        encode(&stats, &got);
        state_of(rows, n, s->series, kind, has_times, &want);
        assert_int_equal(got.len, want.len);
        assert_memory_equal(got.data, want.data, want.len);
    }
    strbuf_free(&want);
    strbuf_free(&got);
}

static void states_are_those_of_the_rows_in_order(void **state)
{
    (void)state;
    enum { ROWS = 300 };
    for (int round = 0; round < 1000; round++) {
        struct row rows[ROWS];
        struct group g;
        size_t n = 1 + draw(ROWS), span = 1 + draw(60);
        bool has_times = draw(4) > 0, lies = draw(2);
        enum kind kind = (enum kind)draw(3);
        uint64_t timeless = draw(3) ? 0 : 1 + draw(6);
        int64_t scale = kind == WIDE ? INT64_C(9007199254740993) : 1;
        for (size_t i = 0; i < n; i++) {
            rows[i] =
                (struct row){lies ? (uint32_t)(i / span) : (uint32_t)draw(SERIES),
                             lies ? (int64_t)i * 1800 : (int64_t)draw(90000),
                             !(timeless && draw(timeless) == 0), ((int64_t)draw(41) - 20) * scale};
        }
        group_open(&g, rows, n, n, kind, has_times);
        assert_int_equal(group_add(&g, rows, n), OK);
        check(&g, rows, n, kind, has_times);
        group_close(&g);
    }
}

/* More rows than a block; `t` of a row. */
static void build_large(struct group *g, size_t n, int64_t (*t)(size_t))
{
    struct row *rows = mem_alloc(n * sizeof *rows);
    for (size_t i = 0; i < n; i++) {
        rows[i] = (struct row){.series = (uint32_t)(i % 3),
                               .t = t(i),
                               .timed = 1,
                               .value = (int64_t)(i * 2654435761u % 1000)};
    }
    group_open(g, rows, n, n, QUARTERS, true);
    assert_int_equal(group_add(g, rows, n), OK);
    mem_free(rows);
}

static int64_t ascending(size_t i)
{
    return (int64_t)i * 60;
}

static int64_t overlapping(size_t i)
{
    return (int64_t)(i % 1000) * 60;
}

static void a_span_over_two_blocks_is_one(void **state)
{
    (void)state;
    const size_t n = VALUES_BLOCK_ROWS + 1001;
    struct group g;
    build_large(&g, n, ascending);
    assert_int_equal(g.spans.n, 3);
    for (size_t i = 0; i < 3; i++) {
        struct value_stats s;
        struct str code = spans_content_of(&g.spans, i)->values;
        const struct span_content *span = spans_content_of(&g.spans, i);
        assert_true(value_stats_decode(&code, span->t_min, span->t_max, &s));
        assert_int_equal(code.len, 0);
        assert_int_equal(s.order, VALUES_BY_TIME);
        assert_int_equal(s.rows, (n - i + 2) / 3);
        assert_int_equal(s.sequence, s.rows);
        assert_true(s.first == (double)(i * 2654435761u % 1000) / 4);
    }
    group_close(&g);
}

static void blocks_that_overlap_in_time_have_no_order(void **state)
{
    (void)state;
    struct group g;
    build_large(&g, VALUES_BLOCK_ROWS + 1001, overlapping);
    struct value_stats s;
    struct str code = spans_content_of(&g.spans, 0)->values;
    assert_true(value_stats_decode(&code, spans_content_of(&g.spans, 0)->t_min,
                                   spans_content_of(&g.spans, 0)->t_max, &s));
    assert_int_equal(s.order, VALUES_UNORDERED);
    assert_int_equal(s.rows, (VALUES_BLOCK_ROWS + 1001 + 2) / 3);
    group_close(&g);
}

static void a_column_that_ends_early_is_named(void **state)
{
    (void)state;
    struct row rows[10] = {{0}};
    for (size_t lies = 0; lies < 2; lies++) {
        struct group g;
        for (size_t i = 0; i < 10; i++) {
            rows[i] = (struct row){.t = lies ? (int64_t)i : -(int64_t)i, .timed = 1, .value = 1};
        }
        group_open(&g, rows, 10, 6, QUARTERS, true);
        assert_int_equal(group_add(&g, rows, 10), ERR_CORRUPT);
        assert_non_null(strstr(g.x.err.text, "'c'"));
        group_close(&g);
    }
}

/* The states of two targets each, and no state where one of them is none. */
static void codes_of_spans_merge(void **state)
{
    (void)state;
    static const struct row rows[] = {{.t = 10, .timed = 1, .value = 4},
                                      {.t = 20, .timed = 1, .value = 8},
                                      {.t = 30, .timed = 1, .value = -4}};
    struct strbuf first, second, whole, merged;
    strbuf_init(&first, SIZE_MAX);
    strbuf_init(&second, SIZE_MAX);
    strbuf_init(&whole, SIZE_MAX);
    strbuf_init(&merged, SIZE_MAX);
    state_of(rows, 2, 0, QUARTERS, true, &whole);
    strbuf_add(&first, whole.data, whole.len);
    strbuf_add(&first, whole.data, whole.len);
    state_of(rows + 2, 1, 0, QUARTERS, true, &whole);
    strbuf_add(&second, whole.data, whole.len);
    strbuf_add(&second, whole.data, whole.len);
    state_of(rows, 3, 0, QUARTERS, true, &whole);
    struct span_content a = {.t_min = 10, .t_max = 20, .values = strbuf_view(&first)};
    struct span_content b = {.t_min = 30, .t_max = 30, .values = strbuf_view(&second)};
    values_merge_codes(&merged, 2, &a, &b);
    struct str code = strbuf_view(&merged), want = strbuf_view(&whole);
    struct value_stats got, expected;
    assert_true(value_stats_decode(&code, 10, 30, &got));
    assert_true(value_stats_decode(&want, 10, 30, &expected));
    assert_memory_equal(got.forms, expected.forms, sizeof got.forms);
    assert_true(got.first == 1 && got.last == -1 && got.sequence == 3 && got.min == -1);
    b.values.len--;
    values_merge_codes(&merged, 2, &a, &b);
    assert_int_equal(merged.len, 0);
    strbuf_free(&first);
    strbuf_free(&second);
    strbuf_free(&whole);
    strbuf_free(&merged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_those_of_the_rows_in_order),
        cmocka_unit_test(a_span_over_two_blocks_is_one),
        cmocka_unit_test(blocks_that_overlap_in_time_have_no_order),
        cmocka_unit_test(a_column_that_ends_early_is_named),
        cmocka_unit_test(codes_of_spans_merge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
