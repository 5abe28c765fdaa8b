/* Which statistics are trusted: the table of parquet.thrift, one line a rule. */
#include "build.h"

#include <math.h>

#include "parquet/stats.h"

static const struct parquet_column int32 = {.physical = PARQUET_INT32, .is_signed = true};
static const struct parquet_column int64 = {.physical = PARQUET_INT64, .is_signed = true};
static const struct parquet_column uint32 = {
    .physical = PARQUET_INT32, .logical = PARQUET_INTEGER, .int_bits = 32};
static const struct parquet_column string = {.physical = PARQUET_BYTE_ARRAY,
                                             .logical = PARQUET_STRING};
static const struct parquet_column boolean = {.physical = PARQUET_BOOLEAN};
static const struct parquet_column real = {.physical = PARQUET_DOUBLE};
static const struct parquet_column real32 = {.physical = PARQUET_FLOAT};
static const struct parquet_column int96 = {.physical = PARQUET_INT96,
                                            .logical = PARQUET_TIMESTAMP};
static const struct parquet_column fixed = {.physical = PARQUET_FIXED, .type_length = 4};
static const struct parquet_column decimal32 = {
    .physical = PARQUET_INT32, .logical = PARQUET_DECIMAL, .is_signed = true};
static const struct parquet_column decimal = {
    .physical = PARQUET_FIXED, .type_length = 4, .logical = PARQUET_DECIMAL};
static const struct parquet_column half = {
    .physical = PARQUET_FIXED, .type_length = 2, .logical = PARQUET_FLOAT16};
static const struct parquet_column other = {.physical = PARQUET_BYTE_ARRAY,
                                            .logical = PARQUET_OTHER};

static struct parquet_stats settle(const struct parquet_column *c, struct stats_raw raw,
                                   bool ordered)
{
    static struct arena a; /* tests end before it matters */
    struct parquet_stats out;
    struct parquet_column column = *c;
    column.type_ordered = ordered;
    stats_settle(&raw, &column, &a, &out);
    return out;
}

static struct stats_raw modern(struct str min, struct str max)
{
    return (struct stats_raw){.min_value = min, .max_value = max};
}

static struct stats_raw deprecated(struct str min, struct str max)
{
    return (struct stats_raw){.min = min, .max = max};
}

#define ONE  BYTES(1, 0, 0, 0)
#define TWO  BYTES(2, 0, 0, 0)
#define HIGH BYTES(0xFF, 0xFF, 0xFF, 0xFF) /* -1, or 2^32 - 1 */

static void modern_bounds_need_a_declared_order(void **state)
{
    (void)state;
    assert_true(settle(&int32, modern(ONE, TWO), true).has_bounds);
    assert_false(settle(&int32, modern(ONE, TWO), false).has_bounds);
    assert_true(settle(&string, modern(str_c("a"), str_c("b")), true).has_bounds);
    assert_false(settle(&string, modern(str_c("a"), str_c("b")), false).has_bounds);
}

static void deprecated_bounds_are_for_signed_integers(void **state)
{
    (void)state;
    assert_true(settle(&int32, deprecated(ONE, TWO), false).has_bounds);
    assert_true(settle(&int32, deprecated(ONE, TWO), true).has_bounds);
    assert_true(settle(&decimal32, deprecated(ONE, TWO), false).has_bounds);
    const struct parquet_column *untrusted[] = {&uint32, &string, &real32, &fixed, &decimal};
    for (size_t i = 0; i < 5; i++) {
        assert_false(settle(untrusted[i], deprecated(ONE, TWO), true).has_bounds);
    }
    assert_false(settle(&boolean, deprecated(BYTES(0), BYTES(1)), true).has_bounds);
}

static void modern_bounds_win_over_deprecated_ones(void **state)
{
    (void)state;
    struct stats_raw raw = {.min = ONE, .max = ONE, .min_value = ONE, .max_value = TWO};
    struct parquet_stats s = settle(&int32, raw, true);
    assert_true(str_eq(s.max, TWO));
    s = settle(&int32, raw, false);
    assert_true(str_eq(s.max, ONE));
}

static void types_without_an_order_have_no_bounds(void **state)
{
    (void)state;
    struct str p12 = BYTES(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    assert_false(settle(&int96, modern(p12, p12), true).has_bounds);
    assert_false(settle(&decimal, modern(ONE, TWO), true).has_bounds);
    assert_false(settle(&half, modern(BYTES(0, 1), BYTES(0, 2)), true).has_bounds);
    assert_false(settle(&other, modern(ONE, TWO), true).has_bounds);
}

static void bounds_must_be_in_order(void **state)
{
    (void)state;
    assert_true(settle(&int32, modern(HIGH, ONE), true).has_bounds); /* -1 .. 1 */
    assert_false(settle(&int32, modern(ONE, HIGH), true).has_bounds);
    assert_true(settle(&uint32, modern(ONE, HIGH), true).has_bounds);
    assert_false(settle(&uint32, modern(HIGH, ONE), true).has_bounds);
    assert_false(settle(&string, modern(str_c("b"), str_c("a")), true).has_bounds);
    assert_true(
        settle(&string, modern(str_c("b"), BYTES(0xC3)), true).has_bounds); /* bytes are unsigned */
    assert_true(settle(&string, modern(str_n("", 0), str_n("", 0)), true).has_bounds);
    assert_true(settle(&boolean, modern(BYTES(0), BYTES(1)), true).has_bounds);
    assert_false(settle(&boolean, modern(BYTES(1), BYTES(0)), true).has_bounds);
    assert_false(settle(&boolean, modern(BYTES(0), BYTES(2)), true).has_bounds);
}

static void bounds_have_the_width_of_their_type(void **state)
{
    (void)state;
    assert_false(settle(&int64, modern(ONE, TWO), true).has_bounds);
    assert_false(settle(&int32, modern(str_n("", 0), TWO), true).has_bounds);
    assert_false(settle(&fixed, modern(BYTES(1, 2, 3, 4, 5), BYTES(9)), true).has_bounds);
    assert_true(settle(&fixed, modern(BYTES(1, 2), BYTES(9)), true)
                    .has_bounds); /* cut short: still a bound */
    assert_false(
        settle(&int32, (struct stats_raw){.min_value = ONE}, true).has_bounds); /* one side only */
}

static struct str f64(double v)
{
    static double store[8];
    static size_t at;
    store[at %= 8] = v;
    return str_n(&store[at++], 8);
}

static double to_f64(struct str s)
{
    double v;
    assert_int_equal(s.len, 8);
    memcpy(&v, s.data, 8);
    return v;
}

static void floats_drop_nan_and_widen_zeros(void **state)
{
    (void)state;
    assert_true(settle(&real, modern(f64(-1), f64(2)), true).has_bounds);
    assert_true(settle(&real, modern(f64(-1), f64(2)), true).exact);
    assert_false(settle(&real, modern(f64(NAN), f64(2)), true).has_bounds);
    assert_false(settle(&real, modern(f64(-1), f64(NAN)), true).has_bounds);
    /* Equal bounds would prove a constant, and NaN may stand beside it. */
    assert_false(settle(&real, modern(f64(1), f64(1)), true).has_bounds);

    struct parquet_stats s = settle(&real, modern(f64(0.0), f64(2)), true);
    assert_true(signbit(to_f64(s.min)));
    assert_false(s.exact);
    s = settle(&real, modern(f64(-2), f64(-0.0)), true);
    assert_false(signbit(to_f64(s.max)));
    assert_true(to_f64(s.max) == 0);
}

static void exactness_is_said_for_strings_and_given_for_numbers(void **state)
{
    (void)state;
    struct stats_raw s = modern(str_c("a"), str_c("b"));
    assert_false(settle(&string, s, true).exact);
    s.min_exact = s.max_exact = true;
    assert_true(settle(&string, s, true).exact);
    s.max_exact = false;
    assert_false(settle(&string, s, true).exact);
    struct stats_raw n = modern(ONE, TWO);
    assert_true(settle(&int32, n, true).exact);
    n.max_inexact = true;
    assert_false(settle(&int32, n, true).exact);
}

static void null_counts(void **state)
{
    (void)state;
    struct stats_raw s = {.has_null_count = true, .null_count = 5};
    struct parquet_stats got = settle(&string, s, false); /* needs no order */
    assert_true(got.has_null_count);
    assert_int_equal(got.null_count, 5);
    s.null_count = -1;
    assert_false(settle(&string, s, false).has_null_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modern_bounds_need_a_declared_order),
        cmocka_unit_test(deprecated_bounds_are_for_signed_integers),
        cmocka_unit_test(modern_bounds_win_over_deprecated_ones),
        cmocka_unit_test(types_without_an_order_have_no_bounds),
        cmocka_unit_test(bounds_must_be_in_order),
        cmocka_unit_test(bounds_have_the_width_of_their_type),
        cmocka_unit_test(floats_drop_nan_and_widen_zeros),
        cmocka_unit_test(exactness_is_said_for_strings_and_given_for_numbers),
        cmocka_unit_test(null_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
