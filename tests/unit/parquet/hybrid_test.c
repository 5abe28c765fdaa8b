#include "build.h"

#include "parquet/hybrid.h"

static void runs_come_as_they_stand(void **state)
{
    (void)state;
    struct hybrid h;
    struct hybrid_run run;
    /* 300 times 5; two packed groups of 3 bits; an empty repeat; once 7 */
    struct str bytes = BYTES(0xD8, 4, 5, 5, 1, 2, 3, 4, 5, 6, 0, 1, 2, 7);
    hybrid_init(&h, bytes, 3);
    assert_true(hybrid_next(&h, &run));
    assert_null(run.bytes);
    assert_int_equal(run.n, 300);
    assert_int_equal(run.value, 5);
    assert_true(hybrid_next(&h, &run));
    assert_int_equal(run.n, 16);
    assert_int_equal(run.bytes_len, 6);
    assert_int_equal(run.bytes[5], 6);
    assert_true(hybrid_next(&h, &run));
    assert_int_equal(run.n, 1);
    assert_int_equal(run.value, 7);
    assert_false(hybrid_next(&h, &run));
}

static void repeats_have_whole_bytes(void **state)
{
    (void)state;
    struct hybrid h;
    struct hybrid_run run;
    hybrid_init(&h, BYTES(2, 1, 2, 3), 17);
    assert_true(hybrid_next(&h, &run));
    assert_int_equal(run.value, 0x030201);
    hybrid_init(&h, BYTES(2, 1, 2), 17);
    assert_false(hybrid_next(&h, &run)); /* one byte short */
    hybrid_init(&h, BYTES(6), 0);
    assert_true(hybrid_next(&h, &run)); /* no bits, no bytes */
    assert_int_equal(run.n, 3);
}

static void headers_are_bounded(void **state)
{
    (void)state;
    struct hybrid h;
    struct hybrid_run run;
    hybrid_init(&h, BYTES(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01), 1);
    assert_false(hybrid_next(&h, &run));
    struct str huge =
        BYTES(0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 9); /* two thousand million groups in a byte */
    hybrid_init(&h, huge, 8);
    assert_true(hybrid_next(&h, &run));
    assert_int_equal(run.bytes_len, 1);
    assert_int_equal(run.n, 1);
    assert_false(hybrid_next(&h, &run));
    hybrid_init(&h, huge, 32);
    assert_false(hybrid_next(&h, &run));
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(hybrid_width(0), 0);
    assert_int_equal(hybrid_width(1), 1);
    assert_int_equal(hybrid_width(2), 2);
    assert_int_equal(hybrid_width(3), 2);
    assert_int_equal(hybrid_width(4), 3);
    assert_int_equal(hybrid_width(UINT32_MAX), 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_come_as_they_stand),
        cmocka_unit_test(repeats_have_whole_bytes),
        cmocka_unit_test(headers_are_bounded),
        cmocka_unit_test(widths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
