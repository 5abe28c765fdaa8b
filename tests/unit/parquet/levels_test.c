#include "build.h"

#include "parquet/levels.h"

/* Rows as text, 'v' for valid and '-' for null, taken in steps of `step`. */
static void take(struct levels *l, size_t step, char *out)
{
    bool valid;
    uint64_t n;
    while ((n = levels_next(l, step, &valid))) {
        assert_true(n <= step);
        memset(out, valid ? 'v' : '-', n);
        out += n;
    }
    *out = 0;
}

static void runs_and_bits(void **state)
{
    (void)state;
    struct str bytes = BYTES(6, 1, 5, 0xA5, 0x0F, 4, 0); /* 1*3; 16 bits; 0*2 */
    for (size_t step = 1; step < 30; step += 4) {
        struct levels l = {0};
        uint64_t non_null;
        char rows[64];
        assert_null(levels_open(&l, bytes, 1, 21, &non_null));
        assert_int_equal(non_null, 3 + 4 + 4);
        take(&l, step, rows);
        assert_string_equal(rows, "vvv"
                                  "v-v--v-v"
                                  "vvvv----"
                                  "--");
        levels_free(&l);
    }
}

static void deeper_columns_are_valid_at_their_maximum(void **state)
{
    (void)state;
    /* width 2, maximum 2: packed 0 1 2 2 1 0 2 2 */
    struct levels l = {0};
    uint64_t non_null;
    char rows[64];
    assert_null(levels_open(&l, BYTES(3, 0xA4, 0xA1), 2, 8, &non_null));
    assert_int_equal(non_null, 4);
    take(&l, 100, rows);
    assert_string_equal(rows, "--vv--vv");
    levels_free(&l);
}

static void levels_beyond_the_maximum_are_refused(void **state)
{
    (void)state;
    struct levels l = {0};
    uint64_t non_null;
    assert_non_null(levels_open(&l, BYTES(3, 0xFF, 0xFF), 2, 8, &non_null));
    assert_non_null(levels_open(&l, BYTES(16, 3), 2, 8, &non_null));
    assert_non_null(levels_open(&l, BYTES(16, 2), 1, 8, &non_null));
}

static void too_few_levels_are_refused(void **state)
{
    (void)state;
    struct levels l = {0};
    uint64_t non_null;
    assert_non_null(levels_open(&l, BYTES(14, 1), 1, 8, &non_null));
    assert_non_null(levels_open(&l, BYTES(3), 1, 8, &non_null));
    assert_non_null(levels_open(&l, str_n("", 0), 1, 1, &non_null));
    assert_null(levels_open(&l, str_n("", 0), 0, 1, &non_null)); /* required: none are stored */
    assert_int_equal(non_null, 1);
}

static void bit_packed_levels_begin_at_the_high_bit(void **state)
{
    (void)state;
    struct levels l = {0};
    uint64_t non_null;
    size_t used = 0;
    char rows[64];
    assert_null(levels_open_bit_packed(&l, BYTES(0xA0, 0xC0, 99), 1, 10, &non_null, &used));
    assert_int_equal(used, 2);
    assert_int_equal(non_null, 4);
    take(&l, 3, rows);
    assert_string_equal(rows, "v-v-----vv");
    assert_null(levels_open_bit_packed(&l, BYTES(0x1B), 3, 4, &non_null, &used)); /* 0 1 2 3 */
    take(&l, 3, rows);
    assert_string_equal(rows, "---v");
    assert_non_null(
        levels_open_bit_packed(&l, BYTES(0xFF), 2, 4, &non_null, &used)); /* level 3 of 2 */
    assert_non_null(levels_open_bit_packed(&l, BYTES(0xFF), 1, 9, &non_null, &used));
    levels_free(&l);
}

static void expanding_agrees_with_runs(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 10000);
    uint32_t seed = 3;
    for (int i = 0; i < 30; i++) { /* repeats and packed groups of random length */
        seed = seed * 1664525 + 1013904223;
        uint32_t n = seed >> 24 & 31;
        if (i % 3) {
            put_varint(&b, (uint64_t)n << 1);
            put_byte(&b, seed >> 16 & 1);
        } else {
            put_varint(&b, (uint64_t)n << 1 | 1);
            for (uint32_t k = 0; k < n; k++) {
                seed = seed * 1664525 + 1013904223;
                put_byte(&b, seed >> 24);
            }
        }
    }
    enum { ROWS = 900 };
    struct levels l = {0};
    uint64_t non_null;
    char rows[ROWS + 1];
    assert_null(levels_open(&l, strbuf_view(&b), 1, ROWS, &non_null));
    take(&l, 1000, rows);
    assert_int_equal(strlen(rows), ROWS);
    for (size_t step = 1; step < 300; step += 37) {
        uint8_t valid[ROWS];
        uint64_t again;
        size_t got = 0;
        assert_null(levels_open(&l, strbuf_view(&b), 1, ROWS, &again));
        for (size_t at = 0; at < ROWS; at += step) {
            got += levels_expand(&l, valid + at, ROWS - at < step ? ROWS - at : step);
        }
        assert_int_equal(got, non_null);
        for (size_t i = 0; i < ROWS; i++) {
            assert_int_equal(valid[i], rows[i] == 'v');
        }
    }
    strbuf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_and_bits),
        cmocka_unit_test(deeper_columns_are_valid_at_their_maximum),
        cmocka_unit_test(levels_beyond_the_maximum_are_refused),
        cmocka_unit_test(too_few_levels_are_refused),
        cmocka_unit_test(bit_packed_levels_begin_at_the_high_bit),
        cmocka_unit_test(expanding_agrees_with_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
