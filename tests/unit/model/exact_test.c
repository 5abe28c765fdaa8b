/* Numbers that lose nothing: sums, products, one rounding at the end. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/exact.h"

static struct exact of_double(double v)
{
    struct exact e;
    int exp;
    double fraction = frexp(fabs(v), &exp);
    uint64_t mantissa = (uint64_t)ldexp(fraction, 53);
    exact_zero(&e);
    exact_add_limbs(&e, &mantissa, 1, v < 0, exp - 53);
    return e;
}

static double back(const struct exact *e)
{
    double v;
    assert_true(exact_ratio(e, NULL, 0, &v));
    return v;
}

static void test_doubles_come_back(void **state)
{
    (void)state;
    static const double all[] = {0,      1,       -1,       0.1,    1e308, -1.7976931348623157e308,
                                 5e-324, -5e-324, 2.3e-308, 1e-310, 3.0,   9007199254740993.0,
                                 1e22,   1.0 / 3, 6.25e-300};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct exact e = of_double(all[i]);
        assert_true(back(&e) == all[i]);
    }
}

static void test_sums_lose_nothing(void **state)
{
    (void)state;
    struct exact sum, part;
    exact_zero(&sum);
    static const double all[] = {1e308, 1, 5e-324, -1e308, 1e-200, -1};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        part = of_double(all[i]);
        exact_add(&sum, &part);
    }
    part = of_double(1e-200);
    exact_subtract(&sum, &part);
    assert_true(back(&sum) == 5e-324);
    part = of_double(5e-324);
    exact_subtract(&sum, &part);
    assert_int_equal(sum.n, 0);
    assert_false(sum.negative);
}

static void test_ratios_round_once_half_to_even(void **state)
{
    (void)state;
    struct exact a = of_double(9007199254740992.0), one = of_double(1);
    const uint64_t three = 3, by[2] = {10, 7};
    double v;
    exact_add(&a, &one); /* 2^53 + 1: halfway, to even */
    assert_true(back(&a) == 9007199254740992.0);
    exact_add(&a, &one);
    exact_add(&a, &one); /* 2^53 + 3: halfway, to even */
    assert_true(back(&a) == 9007199254740996.0);
    assert_true(exact_ratio(&one, &three, 1, &v) && v == 1.0 / 3);
    assert_true(exact_ratio(&one, by, 2, &v) && v == 1.0 / 70);
    one = of_double(5e-324);
    assert_true(exact_ratio(&one, &three, 1, &v) && v == 0);
    const uint64_t two = 2;
    assert_true(exact_ratio(&one, &two, 1, &v) && v == 0); /* half of the smallest: to even */
}

static void test_what_is_beyond_doubles_is_told(void **state)
{
    (void)state;
    struct exact a = of_double(1.7976931348623157e308), square;
    double v, fraction;
    int64_t exp;
    exact_multiply(&square, &a, &a);
    assert_false(exact_ratio(&square, NULL, 0, &v));
    exact_frexp(&square, &fraction, &exp);
    assert_int_equal(exp, 2048);
    assert_true(fraction >= 0.5 && fraction < 1);
}

static void test_products_and_powers_of_ten(void **state)
{
    (void)state;
    struct exact a = of_double(-3), b = of_double(0.25), c;
    exact_multiply(&c, &a, &b);
    assert_true(back(&c) == -0.75);
    exact_scale(&c, 40);
    const uint64_t ten_19 = UINT64_C(10000000000000000000), hundred = 100;
    const uint64_t all[] = {ten_19, hundred, ten_19};
    double v;
    assert_true(exact_ratio(&c, all, 3, &v) && v == -0.75);
    exact_multiply_u64(&c, 0);
    assert_int_equal(c.n, 0);
    assert_false(c.negative);
}

static void test_equal_numbers_have_equal_bytes(void **state)
{
    (void)state;
    struct exact a = of_double(12), b = of_double(3), again;
    struct strbuf x, y;
    strbuf_init(&x, 1000);
    strbuf_init(&y, 1000);
    exact_multiply_u64(&b, 4);
    exact_encode(&a, &x);
    exact_encode(&b, &y);
    assert_true(str_eq(strbuf_view(&x), strbuf_view(&y)));
    struct str in = strbuf_view(&x);
    assert_true(exact_decode(&in, 4, -1074, 1088, &again));
    assert_int_equal(in.len, 0);
    assert_true(back(&again) == 12);
    in = strbuf_view(&x);
    assert_false(exact_decode(&in, 4, 3, 1088, &again)); /* its lowest bit is 2^2 */
    in = strbuf_view(&x);
    assert_false(exact_decode(&in, 4, -1074, 3, &again)); /* it ends at 2^4 */
    in = str_n(x.data, x.len - 1);
    assert_false(exact_decode(&in, 4, -1074, 1088, &again));
    strbuf_free(&x);
    strbuf_free(&y);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_doubles_come_back),
        cmocka_unit_test(test_sums_lose_nothing),
        cmocka_unit_test(test_ratios_round_once_half_to_even),
        cmocka_unit_test(test_what_is_beyond_doubles_is_told),
        cmocka_unit_test(test_products_and_powers_of_ten),
        cmocka_unit_test(test_equal_numbers_have_equal_bytes),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
