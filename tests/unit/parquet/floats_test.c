/* Numbers of every type as doubles: the nearest ones, with the integers beside them where doubles
 * lose something. */
#include "build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PLAIN = 0, DICT = 8 };

/* All rows of a chunk. */
struct numbers {
    double values[4096];
    int64_t integers[4096];
    uint8_t valid[4096];
    bool has_integers, inexact;
    size_t n;
};

static enum error_code read_all(struct chunk_fixture *x, struct numbers *out)
{
    struct chunk_reader *r;
    struct chunk_f64s b = {.n = 1};
    enum error_code rc = fixture_open(x, &r);
    out->n = 0;
    out->has_integers = out->inexact = false;
    while (rc == OK && b.n) {
        rc = chunk_next_f64(r, &b, &x->err);
        for (size_t i = 0; rc == OK && i < b.n; i++, out->n++) {
            assert_true(out->n < 4096);
            out->values[out->n] = b.values[i];
            out->valid[out->n] = !b.valid || b.valid[i];
            out->integers[out->n] = b.integers ? b.integers[i] : 0;
        }
        out->has_integers |= b.integers != NULL;
        out->inexact |= b.inexact;
    }
    chunk_close(r);
    return rc;
}

static void numbers(struct chunk_fixture *x, struct numbers *out)
{
    if (read_all(x, out) != OK) {
        fail_msg("%s", x->err.text);
    }
}

/* Bits: -0 is not 0, and one NaN is another. */
static void assert_double(double got, double want)
{
    if (isnan(want)) {
        assert_true(isnan(got));
        return;
    }
    if (got != want || signbit(got) != signbit(want)) {
        fail_msg("%a, not %a", got, want);
    }
}

static void decimal(struct chunk_fixture *x, enum parquet_physical physical, bool optional,
                    uint64_t rows, int precision, int scale)
{
    fixture_init(x, physical, optional, rows);
    x->column.logical = PARQUET_DECIMAL;
    x->column.precision = precision;
    x->column.scale = scale;
    x->column.type_length = physical == PARQUET_FIXED ? 16 : 0;
}

static void halves_of_every_kind(void **state)
{
    (void)state;
    static const struct {
        uint16_t bits;
        double value;
    } halves[] = {{0x0000, 0.0},
                  {0x8000, -0.0},
                  {0x0001, 0x1p-24},
                  {0x83FF, -0x3FFp-24},
                  {0x0400, 0x1p-14},
                  {0x3C00, 1.0},
                  {0x3555, 0x1.554p-2},
                  {0xC580, -5.5},
                  {0x7BFF, 65504.0},
                  {0x7C00, (double)INFINITY},
                  {0xFC00, -(double)INFINITY},
                  {0x7E01, (double)NAN}};
    enum { N = sizeof halves / sizeof *halves };
    struct chunk_fixture x;
    struct strbuf v;
    struct numbers got;
    strbuf_init(&v, 1000);
    for (size_t i = 0; i < N; i++) {
        put_byte(&v, halves[i].bits & 0xffu);
        put_byte(&v, halves[i].bits >> 8);
    }
    for (int dictionary = 0; dictionary < 2; dictionary++) {
        fixture_init(&x, PARQUET_FIXED, false, N);
        x.column.logical = PARQUET_FLOAT16;
        x.column.type_length = 2;
        if (dictionary) {
            put_dictionary_page(&x.bytes, N, strbuf_view(&v));
            struct strbuf codes;
            strbuf_init(&codes, 100);
            put_byte(&codes, 4);
            for (unsigned i = 0; i < N; i++) {
                put_byte(&codes, 2); /* a run of one */
                put_byte(&codes, i);
            }
            put_page(&x.bytes, N, DICT, NO_LEVELS, strbuf_view(&codes));
            strbuf_free(&codes);
        } else {
            put_page(&x.bytes, N, PLAIN, NO_LEVELS, strbuf_view(&v));
        }
        numbers(&x, &got);
        assert_int_equal(got.n, N);
        for (size_t i = 0; i < N; i++) {
            assert_double(got.values[i], halves[i].value);
        }
        assert_false(got.has_integers || got.inexact);
        fixture_free(&x);
    }
    strbuf_free(&v);
}

static void put_bytes(struct strbuf *b, const char *bytes, size_t n)
{
    put_u32(b, (uint32_t)n);
    strbuf_add(b, bytes, n);
}

/* Big-endian two's complement in as many bytes as the writer liked. */
static void decimals_of_any_length(void **state)
{
    (void)state;
    struct chunk_fixture x;
    struct strbuf v;
    struct numbers got;
    strbuf_init(&v, 1000);
    put_bytes(&v, "", 0);
    put_bytes(&v, "\x7f", 1);
    put_bytes(&v, "\x80", 1);
    put_bytes(&v, "\xff\x38", 2);
    put_bytes(&v, "\0\0\0\0\0\0\0\0\x7b", 9);
    put_bytes(&v, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x85", 17);
    static const double want[] = {0, 1.27, -1.28, -2, 1.23, -1.23};
    static const int64_t integers[] = {0, 127, -128, -200, 123, -123};
    for (int dictionary = 0; dictionary < 2; dictionary++) {
        decimal(&x, PARQUET_BYTE_ARRAY, false, 6, 18, 2);
        if (dictionary) {
            put_dictionary_page(&x.bytes, 6, strbuf_view(&v));
            put_page(&x.bytes, 6, DICT, NO_LEVELS, BYTES(3, 3, 0x88, 0xc6, 0xfa)); /* 0 to 7 */
        } else {
            put_page(&x.bytes, 6, PLAIN, NO_LEVELS, strbuf_view(&v));
        }
        numbers(&x, &got);
        assert_int_equal(got.n, 6);
        assert_true(got.has_integers);
        assert_false(got.inexact);
        for (size_t i = 0; i < 6; i++) {
            assert_double(got.values[i], want[i]);
            assert_true(got.integers[i] == integers[i]);
        }
        fixture_free(&x);
    }
    /* More digits than 64 bits hold: there are no integers to give, and that is said. */
    decimal(&x, PARQUET_BYTE_ARRAY, false, 6, 19, 2);
    put_page(&x.bytes, 6, PLAIN, NO_LEVELS, strbuf_view(&v));
    numbers(&x, &got);
    assert_true(got.inexact && !got.has_integers);
    assert_double(got.values[5], -1.23);
    fixture_free(&x);
    strbuf_free(&v);
}

static void nulls_keep_values_and_integers_in_their_rows(void **state)
{
    (void)state;
    struct chunk_fixture x;
    struct strbuf v;
    struct numbers got;
    strbuf_init(&v, 1000);
    put_bytes(&v, "\x05", 1);
    put_bytes(&v, "\xfb", 1);
    decimal(&x, PARQUET_BYTE_ARRAY, true, 4, 4, 1);
    put_page(&x.bytes, 4, PLAIN, BYTES(3, 0x0A), strbuf_view(&v)); /* 0 1 0 1 */
    numbers(&x, &got);
    assert_int_equal(got.n, 4);
    assert_memory_equal(got.valid, "\0\1\0\1", 4);
    assert_double(got.values[1], 0.5);
    assert_double(got.values[3], -0.5);
    assert_true(got.integers[1] == 5 && got.integers[3] == -5);
    fixture_free(&x);
    strbuf_free(&v);
}

static uint64_t seed = 1;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* The digits of v / 10^scale with their point. */
static double by_text(__int128 v, int scale)
{
    char digits[64], text[72];
    size_t n = 0, out = 0;
    unsigned __int128 m = v < 0 ? -(unsigned __int128)v : (unsigned __int128)v;
    for (; m || n <= (size_t)scale; m /= 10) {
        digits[n++] = (char)('0' + (int)(m % 10));
    }
    text[out++] = v < 0 ? '-' : '+';
    while (n) {
        text[out++] = digits[--n];
        if (n == (size_t)scale) {
            text[out++] = '.';
        }
    }
    text[out] = '\0';
    return strtod(text, NULL);
}

/* Dividing what was rounded already would be off by one in the last bit now and then. */
static void decimals_become_the_nearest_doubles(void **state)
{
    (void)state;
    enum { N = 2000 };
    static const int scales[] = {0, 2, 6, 18, 23, 38};
    static __int128 wide[N];
    static int64_t narrow[N];
    for (size_t k = 0; k < sizeof scales / sizeof *scales; k++) {
        struct chunk_fixture x;
        struct strbuf v, w;
        struct numbers got;
        strbuf_init(&v, 1 << 20);
        strbuf_init(&w, 1 << 20);
        for (size_t i = 0; i < N; i++) {
            narrow[i] = (int64_t)draw() >> draw() % 60;
            narrow[i] %= 1000000000000000000;
            wide[i] = (__int128)((unsigned __int128)draw() << 62 | draw()) >> draw() % 100;
            put_u64(&v, (uint64_t)narrow[i]);
            for (unsigned b = 0; b < 16; b++) {
                put_byte(&w, (unsigned)(wide[i] >> (120 - 8 * b)) & 0xff);
            }
        }
        decimal(&x, PARQUET_INT64, false, N, 18, scales[k] % 19);
        put_page(&x.bytes, N, PLAIN, NO_LEVELS, strbuf_view(&v));
        numbers(&x, &got);
        for (size_t i = 0; i < N; i++) {
            assert_double(got.values[i], by_text(narrow[i], scales[k] % 19) + 0.0);
        }
        fixture_free(&x);
        decimal(&x, PARQUET_FIXED, false, N, 38, scales[k]);
        put_page(&x.bytes, N, PLAIN, NO_LEVELS, strbuf_view(&w));
        numbers(&x, &got);
        for (size_t i = 0; i < N; i++) {
            assert_double(got.values[i], by_text(wide[i], scales[k]) + 0.0);
        }
        fixture_free(&x);
        strbuf_free(&v);
        strbuf_free(&w);
    }
}

static void integers_stand_beside_doubles_that_lose_them(void **state)
{
    (void)state;
    struct chunk_fixture x;
    struct strbuf v;
    struct numbers got;
    strbuf_init(&v, 100);
    put_u64(&v, UINT64_C(1) << 53);
    put_u64(&v, 0 - (UINT64_C(1) << 53));
    fixture_init(&x, PARQUET_INT64, false, 2);
    put_page(&x.bytes, 2, PLAIN, NO_LEVELS, strbuf_view(&v));
    numbers(&x, &got);
    assert_false(got.has_integers);
    assert_double(got.values[1], -0x1p53);
    x.column.is_signed = false; /* the same bits */
    numbers(&x, &got);
    assert_true(got.has_integers);
    assert_double(got.values[1], 0x1p64 - 0x1p53);
    fixture_free(&x);

    strbuf_clear(&v);
    put_u64(&v, (UINT64_C(1) << 53) + 1);
    fixture_init(&x, PARQUET_INT64, false, 1);
    put_page(&x.bytes, 1, PLAIN, NO_LEVELS, strbuf_view(&v));
    numbers(&x, &got);
    assert_true(got.has_integers);
    assert_true(got.integers[0] == (INT64_C(1) << 53) + 1);
    assert_double(got.values[0], 0x1p53);
    fixture_free(&x);
    strbuf_free(&v);
}

static void floats_and_booleans_stand_as_they_are(void **state)
{
    (void)state;
    struct chunk_fixture x;
    struct numbers got;
    fixture_init(&x, PARQUET_FLOAT, false, 2);
    put_page(&x.bytes, 2, PLAIN, NO_LEVELS, BYTES(0xcd, 0xcc, 0xcc, 0x3d, 0, 0, 0x80, 0xff));
    numbers(&x, &got);
    assert_double(got.values[0], (double)0.1f);
    assert_double(got.values[1], -(double)INFINITY);
    fixture_free(&x);
    fixture_init(&x, PARQUET_BOOLEAN, false, 5);
    put_page(&x.bytes, 5, PLAIN, NO_LEVELS, BYTES(0x15));
    numbers(&x, &got);
    assert_int_equal(got.n, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_double(got.values[i], i % 2 ? 0 : 1);
    }
    fixture_free(&x);
}

static void what_holds_no_numbers_is_refused(void **state)
{
    (void)state;
    struct chunk_fixture x;
    struct numbers got;
    static const enum parquet_physical physical[] = {PARQUET_INT96, PARQUET_BYTE_ARRAY,
                                                     PARQUET_FIXED};
    for (size_t i = 0; i < sizeof physical / sizeof *physical; i++) {
        fixture_init(&x, physical[i], false, 1);
        x.column.type_length = 12;
        assert_false(chunk_has_f64(&x.column));
        put_page(&x.bytes, 1, PLAIN, NO_LEVELS, BYTES(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        assert_int_equal(read_all(&x, &got), ERR_UNSUPPORTED);
        fixture_free(&x);
    }
    decimal(&x, PARQUET_BYTE_ARRAY, false, 1, 39, 2);
    assert_false(chunk_has_f64(&x.column));
    x.column.precision = 38;
    x.column.scale = 39;
    assert_false(chunk_has_f64(&x.column));
    x.column.scale = -1;
    assert_false(chunk_has_f64(&x.column));
    fixture_free(&x);
}

static void a_page_that_ends_early_is_an_error(void **state)
{
    (void)state;
    struct chunk_fixture x;
    struct numbers got;
    decimal(&x, PARQUET_BYTE_ARRAY, false, 2, 18, 2);
    put_page(&x.bytes, 2, PLAIN, NO_LEVELS, BYTES(1, 0, 0, 0, 7, 9, 0, 0, 0, 1));
    assert_int_equal(read_all(&x, &got), ERR_CORRUPT);
    fixture_free(&x);
    fixture_init(&x, PARQUET_DOUBLE, false, 2);
    put_page(&x.bytes, 2, PLAIN, NO_LEVELS, BYTES(0, 0, 0, 0, 0, 0, 0, 0, 1));
    assert_int_equal(read_all(&x, &got), ERR_CORRUPT);
    fixture_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_of_every_kind),
        cmocka_unit_test(decimals_of_any_length),
        cmocka_unit_test(nulls_keep_values_and_integers_in_their_rows),
        cmocka_unit_test(decimals_become_the_nearest_doubles),
        cmocka_unit_test(integers_stand_beside_doubles_that_lose_them),
        cmocka_unit_test(floats_and_booleans_stand_as_they_are),
        cmocka_unit_test(what_holds_no_numbers_is_refused),
        cmocka_unit_test(a_page_that_ends_early_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
