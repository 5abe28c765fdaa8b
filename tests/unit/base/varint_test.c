#include "base/varint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void numbers_come_back_one_after_the_other(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {0, 1, 127, 128, 16383, 16384, INT64_MAX, UINT64_MAX};
    static const int64_t signs[] = {0, -1, 1, -64, 63, INT64_MIN, INT64_MAX};
    struct strbuf b;
    strbuf_init(&b, 1000);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        varint_put(&b, numbers[i]);
    }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        varint_put_signed(&b, signs[i]);
    }
    struct varint_cursor c = {.rest = strbuf_view(&b)};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        assert_true(varint_next(&c, UINT64_MAX) == numbers[i]);
    }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        assert_true(varint_next_signed(&c) == signs[i]);
    }
    assert_false(c.bad);
    assert_int_equal(c.rest.len, 0);
    strbuf_free(&b);
}

static void small_numbers_take_one_byte(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 100);
    varint_put(&b, 127);
    varint_put_signed(&b, -64);
    assert_int_equal(b.len, 2);
    varint_put(&b, UINT64_MAX);
    assert_int_equal(b.len, 2 + VARINT_MAX_BYTES);
    strbuf_free(&b);
}

static void assert_bad(const char *bytes, size_t n, uint64_t max)
{
    struct varint_cursor c = {.rest = str_n(bytes, n)};
    assert_true(varint_next(&c, max) == 0);
    assert_true(c.bad);
}

static void what_is_no_number_is_bad_and_stays_so(void **state)
{
    (void)state;
    assert_bad("", 0, UINT64_MAX);
    assert_bad("\x80\x80", 2, UINT64_MAX);                                    /* cut off */
    assert_bad("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10, UINT64_MAX);   /* 65 bits */
    assert_bad("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\0", 11, UINT64_MAX); /* 11 bytes */
    assert_bad("\x05", 1, 4);                                                 /* too large */
    struct varint_cursor c = {.rest = str_n("\x05\x01", 2)};
    assert_true(varint_next(&c, 4) == 0);
    assert_true(varint_next(&c, 4) == 1);
    assert_true(c.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back_one_after_the_other),
        cmocka_unit_test(small_numbers_take_one_byte),
        cmocka_unit_test(what_is_no_number_is_bad_and_stays_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
