#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "format/thrift.h"

#define BYTES(...) str_n((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void fields_have_ids_and_types(void **state)
{
    (void)state;
    /* field 1: i32 = -3; field 3: true; field 40 (long form): binary "ab"; stop */
    struct str bytes = BYTES(0x15, 0x05, 0x21, 0x08, 0x50, 2, 'a', 'b', 0);
    struct thrift t;
    thrift_init(&t, bytes, 100, NULL);
    struct thrift_field f = {0};

    assert_true(thrift_next(&t, &f));
    assert_int_equal(f.id, 1);
    assert_int_equal(thrift_i32(&t, &f), -3);
    assert_true(thrift_next(&t, &f));
    assert_int_equal(f.id, 3);
    assert_true(thrift_bool(&t, &f));
    assert_true(thrift_next(&t, &f));
    assert_int_equal(f.id, 40);
    assert_true(str_eq(thrift_binary(&t, &f), str_c("ab")));
    assert_false(thrift_next(&t, &f));
    assert_int_equal(t.code, OK);
    assert_int_equal(thrift_offset(&t), 109);
}

static void integers_are_zigzag_of_any_width(void **state)
{
    (void)state;
    struct thrift t;
    struct thrift_field f = {0};
    thrift_init(&t, BYTES(0x16, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01), 0,
                NULL);
    assert_true(thrift_next(&t, &f));
    assert_true(thrift_i64(&t, &f) == INT64_MIN);

    f = (struct thrift_field){0};
    thrift_init(&t, BYTES(0x13, 0xFE), 0, NULL); /* a byte is not zigzag */
    assert_true(thrift_next(&t, &f));
    assert_int_equal(thrift_i32(&t, &f), -2);
}

static void a_fault_is_kept_with_its_offset(void **state)
{
    (void)state;
    struct error err;
    struct thrift t;
    struct thrift_field f = {0};
    thrift_init(&t, BYTES(0x18, 5, 'a'), 1000, &err); /* five bytes announced, one there */
    assert_true(thrift_next(&t, &f));
    assert_int_equal(thrift_binary(&t, &f).len, 0);
    assert_int_equal(t.code, ERR_CORRUPT);
    assert_true(err.has_offset);
    assert_int_equal(err.offset, 1002);
    char first[ERROR_TEXT_MAX];
    strcpy(first, err.text);
    assert_false(thrift_next(&t, &f)); /* and everything after it reads nothing */
    assert_int_equal(thrift_i64(&t, &(struct thrift_field){.type = THRIFT_I64}), 0);
    assert_string_equal(err.text, first);
}

static void another_type_is_a_fault(void **state)
{
    (void)state;
    struct thrift t;
    struct thrift_field f = {0};
    thrift_init(&t, BYTES(0x15, 2, 0), 0, NULL);
    assert_true(thrift_next(&t, &f));
    assert_int_equal(thrift_binary(&t, &f).len, 0);
    assert_int_equal(t.code, ERR_CORRUPT);
}

static void integers_must_fit(void **state)
{
    (void)state;
    struct thrift t;
    struct thrift_field f = {0};
    thrift_init(&t, BYTES(0x16, 0x80, 0x80, 0x80, 0x80, 0x20), 0, NULL); /* 2^32 as an i32 */
    assert_true(thrift_next(&t, &f));
    assert_int_equal(thrift_i32(&t, &f), 0);
    assert_int_equal(t.code, ERR_CORRUPT);

    f = (struct thrift_field){0};
    thrift_init(&t, BYTES(0x16, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02), 0,
                NULL);
    assert_true(thrift_next(&t, &f));
    thrift_i64(&t, &f);
    assert_int_equal(t.code, ERR_CORRUPT); /* 65 bits */
}

static void lists_cannot_claim_more_than_there_is(void **state)
{
    (void)state;
    struct thrift t;
    struct thrift_field f = {0};
    thrift_init(&t, BYTES(0x19, 0x35, 2, 4, 6, 0), 0, NULL); /* three i32 */
    assert_true(thrift_next(&t, &f));
    assert_int_equal(thrift_list(&t, &f, THRIFT_I32, 1), 3);
    assert_int_equal(thrift_element_i32(&t), 1);
    assert_int_equal(thrift_element_i32(&t), 2);
    assert_int_equal(thrift_element_i32(&t), 3);
    assert_false(thrift_next(&t, &f));
    assert_int_equal(t.code, OK);

    f = (struct thrift_field){0};
    thrift_init(&t, BYTES(0x19, 0xFC, 0xFF, 0xFF, 0x7F, 0, 0), 0, NULL); /* two million structs */
    assert_true(thrift_next(&t, &f));
    assert_int_equal(thrift_list(&t, &f, THRIFT_STRUCT, 1), 0);
    assert_int_equal(t.code, ERR_CORRUPT);

    f = (struct thrift_field){0};
    thrift_init(&t, BYTES(0x19, 0x3C, 0, 0, 0, 0), 0, NULL); /* three structs of ten bytes each */
    assert_true(thrift_next(&t, &f));
    assert_int_equal(thrift_list(&t, &f, THRIFT_STRUCT, 10), 0);
    assert_int_equal(t.code, ERR_CORRUPT);
}

static void skip_passes_over_every_type(void **state)
{
    (void)state;
    /* 1: double, 2: set of two booleans, 3: map i32 -> binary, 4: struct {1: list of structs}, 5:
     * empty map, 6: uuid */
    struct str bytes = BYTES(0x17, 1, 2, 3, 4, 5, 6, 7, 8,                               /* */
                             0x1A, 0x21, 1, 2,                                           /* */
                             0x1B, 1, 0x58, 2, 1, 'x',                                   /* */
                             0x1C, 0x19, 0x2C, 0, 0, 0,                                  /* */
                             0x1B, 0,                                                    /* */
                             0x1D, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, /* */
                             0x15, 2, 0);
    struct thrift t;
    struct thrift_field f = {0};
    thrift_init(&t, bytes, 0, NULL);
    for (int id = 1; id <= 6; id++) {
        assert_true(thrift_next(&t, &f));
        assert_int_equal(f.id, id);
        thrift_skip(&t, f.type);
    }
    assert_true(thrift_next(&t, &f));
    assert_int_equal(thrift_i32(&t, &f), 1);
    assert_int_equal(t.code, OK);
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    uint8_t deep[1000];
    memset(deep, 0x1C, sizeof deep); /* structs in structs */
    struct thrift t;
    thrift_init(&t, str_n(deep, sizeof deep), 0, NULL);
    thrift_skip(&t, THRIFT_STRUCT);
    assert_int_equal(t.code, ERR_LIMIT);

    uint8_t lists[1000];
    memset(lists, 0x19, sizeof lists); /* lists of one list */
    thrift_init(&t, str_n(lists, sizeof lists), 0, NULL);
    thrift_skip(&t, THRIFT_LIST);
    assert_int_equal(t.code, ERR_LIMIT);
}

static void a_copy_is_a_bookmark(void **state)
{
    (void)state;
    struct thrift t;
    struct thrift_field f = {0};
    thrift_init(&t, BYTES(0x19, 0x25, 2, 4, 0), 0, NULL);
    assert_true(thrift_next(&t, &f));
    struct thrift mark = t;
    thrift_skip(&t, f.type);
    assert_false(thrift_next(&t, &f));
    assert_int_equal(thrift_list(&mark, &(struct thrift_field){.type = THRIFT_LIST}, THRIFT_I32, 1),
                     2);
    assert_int_equal(thrift_element_i32(&mark), 1);
}

static void every_truncation_is_a_fault(void **state)
{
    (void)state;
    static const uint8_t whole[] = {0x15, 0x85, 0x01, 0x18, 3,    'a', 'b', 'c',
                                    0x19, 0x2C, 0x11, 0,    0x15, 2,   0,   0};
    for (size_t n = 0; n < sizeof whole; n++) {
        struct thrift t;
        thrift_init(&t, str_n(whole, n), 0, NULL);
        thrift_skip(&t, THRIFT_STRUCT);
        assert_int_equal(t.code, ERR_CORRUPT);
    }
    struct thrift t;
    thrift_init(&t, str_n(whole, sizeof whole), 0, NULL);
    thrift_skip(&t, THRIFT_STRUCT);
    assert_int_equal(t.code, OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_have_ids_and_types),
        cmocka_unit_test(integers_are_zigzag_of_any_width),
        cmocka_unit_test(a_fault_is_kept_with_its_offset),
        cmocka_unit_test(another_type_is_a_fault),
        cmocka_unit_test(integers_must_fit),
        cmocka_unit_test(lists_cannot_claim_more_than_there_is),
        cmocka_unit_test(skip_passes_over_every_type),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(a_copy_is_a_bookmark),
        cmocka_unit_test(every_truncation_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
