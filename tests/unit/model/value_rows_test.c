/* Few rows that stand for their state: it is that of the same rows appended, whatever they are. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/value_rows.h"

static uint64_t seed = 11;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

struct rows {
    double values[VALUE_ROWS_MAX];
    uint8_t valid[VALUE_ROWS_MAX];
    int64_t times[VALUE_ROWS_MAX];
    struct value_rows r;
};

static double draw_value(uint64_t kind)
{
    static const double odd[] = {NAN,
                                 INFINITY,
                                 -INFINITY,
                                 -0.0,
                                 0.0,
                                 1e300,
                                 5e-324,
                                 9007199254740991.0,
                                 -9007199254740993.0,
                                 0.1 + 0.2,
                                 900719925474099.0,
                                 -1e22,
                                 0.5e-4};
    switch (kind) {
    case 0:
        return (double)draw(10);
    case 1:
        return (double)draw(100000) / 100 - 300;
    case 2:
        return (double)draw(1000000) / 1000000;
    case 3:
        return ldexp((double)draw(1 << 30) - (1 << 29), (int)draw(100) - 60);
    default:
        return draw(3) ? (double)draw(1000) / 10 : odd[draw(sizeof odd / sizeof *odd)];
    }
}

static void make(struct rows *s)
{
    uint64_t kind = draw(5), times = draw(5);
    size_t n = 1 + draw(VALUE_ROWS_MAX);
    bool nulls = draw(3) == 0;
    int64_t t = (int64_t)draw(1u << 31) * 1000003 - (INT64_C(1) << 50),
            by = (int64_t)draw(90000000);
    for (size_t i = 0; i < n; i++) {
        s->values[i] = draw_value(kind);
        s->valid[i] = !nulls || draw(3) > 0;
        s->times[i] = t;
        t += times < 3 ? by : (int64_t)draw(90000000); /* several at once, too */
    }
    if (times == 4) { /* as far apart as times are */
        s->times[0] = INT64_MIN;
        s->times[n - 1] = n > 1 ? INT64_MAX : INT64_MIN;
    }
    s->r = (struct value_rows){.values = s->values,
                               .valid = nulls || draw(2) ? s->valid : NULL,
                               .times = draw(4) ? s->times : NULL,
                               .n = n,
                               .unit = (enum time_unit)(1 + draw(TIME_UNIT_NS))};
}

static enum values_order order_of(const struct rows *s)
{
    return s->r.times ? VALUES_BY_TIME : VALUES_BY_ROW;
}

static void encode(const struct rows *s, struct strbuf *out)
{
    strbuf_init(out, 10000);
    assert_true(value_rows_few(&s->r, order_of(s)));
    value_rows_encode(&s->r, order_of(s), out);
}

static bool decode(const struct rows *s, struct str *in, struct value_stats *out)
{
    return value_stats_decode(in, s->times[0], s->times[s->r.n - 1], out);
}

static void assert_same(const struct value_stats *a, const struct value_stats *b)
{
    struct strbuf x, y;
    strbuf_init(&x, 10000);
    strbuf_init(&y, 10000);
    value_stats_encode(a, &x);
    value_stats_encode(b, &y);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.data, y.data, x.len);
    assert_int_equal(a->t_min, b->t_min);
    assert_int_equal(a->t_max, b->t_max);
    strbuf_free(&x);
    strbuf_free(&y);
}

static void test_rows_are_their_state(void **state)
{
    (void)state;
    static struct value_stats want, got;
    struct rows s;
    for (int round = 0; round < 20000; round++) {
        struct strbuf b;
        make(&s);
        value_stats_init(&want, order_of(&s));
        value_stats_append(&want, &s.r);
        encode(&s, &b);
        struct str in = strbuf_view(&b);
        assert_true(decode(&s, &in, &got));
        assert_int_equal(in.len, 0);
        assert_same(&want, &got);
        strbuf_free(&b);
    }
}

/* Ten prices by the hour: a third of the states' least. */
static void test_it_is_short(void **state)
{
    (void)state;
    struct rows s;
    struct strbuf b;
    for (size_t i = 0; i < 10; i++) {
        s.values[i] = 19.99 + (double)i;
        s.times[i] = (int64_t)i * 3600000;
    }
    s.r = (struct value_rows){.values = s.values, .times = s.times, .n = 10, .unit = TIME_UNIT_MS};
    encode(&s, &b);
    assert_true(b.len <= 4 + 4 + 10 * 2);
    strbuf_free(&b);
}

static void test_what_is_not_kept_as_rows(void **state)
{
    (void)state;
    struct rows s;
    int64_t integers[1] = {1};
    make(&s);
    s.r.times = s.times;
    s.r.n = 1;
    assert_true(value_rows_few(&s.r, VALUES_BY_TIME));
    assert_false(value_rows_few(&s.r, VALUES_BY_ROW));
    assert_false(value_rows_few(&s.r, VALUES_UNORDERED));
    struct value_rows r = s.r;
    r.n = 0;
    assert_false(value_rows_few(&r, VALUES_BY_TIME));
    r.n = VALUE_ROWS_MAX + 1;
    assert_false(value_rows_few(&r, VALUES_BY_TIME));
    r = s.r;
    r.integers = integers; /* doubles would lose something */
    assert_false(value_rows_few(&r, VALUES_BY_TIME));
    r = s.r;
    r.inexact = true;
    assert_false(value_rows_few(&r, VALUES_BY_TIME));
}

/* No prefix of the bytes is such rows, nor are they those of other times. */
static void test_damage_is_noticed(void **state)
{
    (void)state;
    static struct value_stats got;
    struct rows s;
    for (int round = 0; round < 300; round++) {
        struct strbuf b;
        make(&s);
        encode(&s, &b);
        for (size_t n = 0; n < b.len; n++) {
            struct str in = str_n(b.data, n);
            assert_false(decode(&s, &in, &got));
        }
        struct str in = strbuf_view(&b);
        int64_t last = s.times[s.r.n - 1];
        if (s.r.times && last < INT64_MAX) {
            assert_false(value_stats_decode(&in, s.times[0], last + 1, &got));
        }
        strbuf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_their_state),
        cmocka_unit_test(test_it_is_short),
        cmocka_unit_test(test_what_is_not_kept_as_rows),
        cmocka_unit_test(test_damage_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
