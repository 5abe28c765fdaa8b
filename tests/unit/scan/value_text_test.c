/* The text of id values: exact, and as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "scan/value_text.h"

static struct parquet_column column(enum parquet_physical physical, enum parquet_logical logical)
{
    return (struct parquet_column){
        .path = "c", .name = "c", .physical = physical, .logical = logical, .is_signed = true};
}

static void expect(const struct parquet_column *c, const void *plain, size_t n, const char *text)
{
    struct strbuf out;
    struct error err;
    strbuf_init(&out, 1024);
    assert_int_equal(scan_value_text(c, str_n(plain, n), &out, &err), OK);
    assert_string_equal(out.data, text);
    strbuf_free(&out);
}

static void integers(void **state)
{
    (void)state;
    struct parquet_column c = column(PARQUET_INT32, PARQUET_PLAIN_VALUE);
    expect(&c, &(int32_t){-7}, 4, "-7");
    expect(&c, &(int32_t){INT32_MIN}, 4, "-2147483648");
    c.is_signed = false;
    expect(&c, &(uint32_t){UINT32_MAX}, 4, "4294967295");
    c = column(PARQUET_INT64, PARQUET_INTEGER);
    expect(&c, &(int64_t){INT64_MIN}, 8, "-9223372036854775808");
    c.is_signed = false;
    expect(&c, &(uint64_t){UINT64_MAX}, 8, "18446744073709551615");
}

static void floats_read_back_and_do_not_look_like_integers(void **state)
{
    (void)state;
    struct parquet_column c = column(PARQUET_DOUBLE, PARQUET_PLAIN_VALUE);
    expect(&c, &(double){1}, 8, "1.0");
    expect(&c, &(double){0.1}, 8, "0.1");
    expect(&c, &(double){-0.0}, 8, "-0.0");
    expect(&c, &(double){1e300}, 8, "1e+300");
    expect(&c, &(double){100}, 8, "100.0");
    expect(&c, &(double){-1234.5}, 8, "-1234.5");
    expect(&c, &(double){1e15}, 8, "1000000000000000.0");
    expect(&c, &(double){1e16}, 8, "1e+16");
    expect(&c, &(double){123456789012345680.0}, 8, "1.2345678901234568e+17");
    expect(&c, &(double){0.0001}, 8, "0.0001");
    expect(&c, &(double){0.00001}, 8, "1e-05");
    expect(&c, &(double){5e-324}, 8, "5e-324");
    expect(&c, &(double){__builtin_nan("")}, 8, "nan");
    expect(&c, &(double){-__builtin_inf()}, 8, "-inf");
    c = column(PARQUET_FLOAT, PARQUET_PLAIN_VALUE);
    expect(&c, &(float){0.1f}, 4, "0.1");
    expect(&c, &(float){1.1e12f}, 4, "1100000000000.0");
    c = column(PARQUET_FIXED, PARQUET_FLOAT16);
    c.type_length = 2;
    expect(&c, &(uint16_t){0x3E00}, 2, "1.5");
    expect(&c, &(uint16_t){0x0001}, 2, "5.9604645e-08");
}

static void decimals_keep_their_scale(void **state)
{
    (void)state;
    struct parquet_column c = column(PARQUET_INT32, PARQUET_DECIMAL);
    c.scale = 2;
    expect(&c, &(int32_t){5}, 4, "0.05");
    expect(&c, &(int32_t){-12345}, 4, "-123.45");
    c.scale = 0;
    expect(&c, &(int32_t){120}, 4, "120");
    c = column(PARQUET_BYTE_ARRAY, PARQUET_DECIMAL);
    c.scale = 1;
    expect(&c, "\xFF\x38", 2, "-20.0");
    expect(&c, "", 0, "0.0");
    c = column(PARQUET_FIXED, PARQUET_DECIMAL);
    c.type_length = 16;
    expect(&c, "\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, "-170141183460469231731687303715884105728");
}

static void times(void **state)
{
    (void)state;
    struct parquet_column c = column(PARQUET_INT32, PARQUET_DATE);
    c.unit = TIME_UNIT_DAY;
    expect(&c, &(int32_t){0}, 4, "1970-01-01");
    expect(&c, &(int32_t){-1}, 4, "1969-12-31");
    c = column(PARQUET_INT64, PARQUET_TIMESTAMP);
    c.unit = TIME_UNIT_MS;
    expect(&c, &(int64_t){1500}, 8, "1970-01-01T00:00:01.500");
    c.utc = true;
    expect(&c, &(int64_t){0}, 8, "1970-01-01T00:00:00Z");
    c = column(PARQUET_INT64, PARQUET_TIME);
    c.unit = TIME_UNIT_US;
    c.utc = true;
    expect(&c, &(int64_t){3600000000}, 8, "01:00:00");
    c = column(PARQUET_INT96, PARQUET_TIMESTAMP);
    c.unit = TIME_UNIT_NS;
    unsigned char int96[12] = {1, 0, 0, 0, 0, 0, 0, 0};
    memcpy(int96 + 8, &(int32_t){2440588}, 4);
    expect(&c, int96, 12, "1970-01-01T00:00:00.000000001");
    memset(int96, 0xFF, 8); /* a nanosecond before its day */
    expect(&c, int96, 12, "1969-12-31T23:59:59.999999999");
}

static void bytes_stand_as_they_are(void **state)
{
    (void)state;
    struct parquet_column c = column(PARQUET_BYTE_ARRAY, PARQUET_STRING);
    expect(&c, "007", 3, "007");
    expect(&c, "", 0, "");
    c = column(PARQUET_FIXED, PARQUET_UUID);
    c.type_length = 16;
    expect(&c, "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef", 16,
           "01234567-89ab-cdef-0123-456789abcdef");
    c = column(PARQUET_BOOLEAN, PARQUET_PLAIN_VALUE);
    expect(&c, "\1", 1, "true");
}

static void a_wrong_width_is_an_error(void **state)
{
    (void)state;
    struct strbuf out;
    struct error err;
    struct parquet_column c = column(PARQUET_INT64, PARQUET_PLAIN_VALUE);
    strbuf_init(&out, 64);
    assert_int_equal(scan_value_text(&c, str_n("abc", 3), &out, &err), ERR_CORRUPT);
    c = column(PARQUET_BYTE_ARRAY, PARQUET_DECIMAL);
    assert_int_equal(scan_value_text(&c, str_n("aaaaaaaaaaaaaaaaaaaa", 20), &out, &err),
                     ERR_UNSUPPORTED);
    c = column(PARQUET_BYTE_ARRAY, PARQUET_STRING);
    char longer[100] = {0};
    assert_int_equal(scan_value_text(&c, str_n(longer, sizeof longer), &out, &err), ERR_LIMIT);
    strbuf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(floats_read_back_and_do_not_look_like_integers),
        cmocka_unit_test(decimals_keep_their_scale),
        cmocka_unit_test(times),
        cmocka_unit_test(bytes_stand_as_they_are),
        cmocka_unit_test(a_wrong_width_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
