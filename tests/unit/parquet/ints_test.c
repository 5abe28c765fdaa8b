#include "build.h"

enum { PLAIN = 0, DICT = 8 };

#define DAY_NS 86400000000000ll

/* The rows of the chunk as text: numbers, '-' for null. */
static enum error_code ints(struct chunk_fixture *x, enum time_unit unit, struct strbuf *text,
                            bool *rounded)
{
    struct chunk_reader *r;
    enum error_code rc = fixture_open(x, &r);
    struct chunk_i64s b = {.n = rc == OK};
    while (rc == OK && b.n) {
        rc = chunk_next_i64(r, unit, &b, &x->err);
        for (size_t i = 0; i < b.n; i++) {
            if (b.valid && !b.valid[i]) {
                assert_int_equal(b.values[i], 0);
                strbuf_add_c(text, "- ");
            } else {
                strbuf_printf(text, "%lld ", (long long)b.values[i]);
            }
        }
    }
    if (r) {
        *rounded = chunk_int96_rounded(r);
        chunk_close(r);
    }
    return rc;
}

static void assert_ints(struct chunk_fixture *x, enum time_unit unit, const char *want,
                        bool want_rounded)
{
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    bool rounded = false;
    if (ints(x, unit, &text, &rounded) != OK) {
        fail_msg("%s", x->err.text);
    }
    assert_string_equal(text.data ? text.data : "", want);
    assert_int_equal(rounded, want_rounded);
    strbuf_free(&text);
}

static void assert_fails(struct chunk_fixture *x, enum time_unit unit, enum error_code want)
{
    struct strbuf text;
    strbuf_init(&text, 1 << 20);
    bool rounded;
    assert_int_equal(ints(x, unit, &text, &rounded), want);
    strbuf_free(&text);
}

static void int32_follows_the_sign_of_its_column(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_INT32, false, 2);
    put_page(&x.bytes, 2, PLAIN, NO_LEVELS, BYTES(1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF));
    assert_ints(&x, TIME_UNIT_NS, "1 -1 ", false);
    x.column.is_signed = false;
    assert_ints(&x, TIME_UNIT_NS, "1 4294967295 ", false);
    fixture_free(&x);
}

static void nulls_have_a_byte_and_no_value(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_INT64, true, 6);
    struct strbuf v;
    strbuf_init(&v, 1000);
    put_u64(&v, 10);
    put_u64(&v, (uint64_t)-20);
    put_u64(&v, 30);
    put_page(&x.bytes, 6, PLAIN, BYTES(3, 0x2A), strbuf_view(&v)); /* 0 1 0 1 0 1 */
    assert_ints(&x, TIME_UNIT_NS, "- 10 - -20 - 30 ", false);

    struct chunk_reader *r;
    struct chunk_i64s b;
    strbuf_clear(&x.bytes);
    x.group.rows = x.chunk.num_values = 3;
    put_page(&x.bytes, 3, PLAIN, BYTES(6, 1), strbuf_view(&v));
    assert_int_equal(fixture_open(&x, &r), OK);
    assert_int_equal(chunk_next_i64(r, TIME_UNIT_NS, &b, &x.err), OK);
    assert_null(b.valid); /* no row of the batch is null */
    assert_int_equal(b.n, 3);
    chunk_close(r);
    strbuf_free(&v);
    fixture_free(&x);
}

static void dictionary_codes_are_looked_up(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_INT64, false, 11);
    struct strbuf d;
    strbuf_init(&d, 1000);
    put_u64(&d, 5);
    put_u64(&d, 7);
    put_dictionary_page(&x.bytes, 2, strbuf_view(&d));
    put_page(&x.bytes, 11, DICT, NO_LEVELS, BYTES(1, 6, 1, 3, 0x55));
    assert_ints(&x, TIME_UNIT_NS, "7 7 7 7 5 7 5 7 5 7 5 ", false);
    strbuf_free(&d);
    fixture_free(&x);
}

static void put_int96(struct strbuf *b, int64_t ns, int32_t days)
{
    put_u64(b, (uint64_t)ns);
    put_u32(b, (uint32_t)(days + 2440588));
}

static void int96_in_nanoseconds_and_microseconds(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_INT96, false, 3);
    struct strbuf v;
    strbuf_init(&v, 1000);
    put_int96(&v, 1999, 0);
    put_int96(&v, 0, 1);
    put_int96(&v, DAY_NS - 1, -1); /* one nanosecond before 1970 */
    put_page(&x.bytes, 3, PLAIN, NO_LEVELS, strbuf_view(&v));
    assert_ints(&x, TIME_UNIT_NS, "1999 86400000000000 -1 ", false);
    assert_ints(&x, TIME_UNIT_US, "1 86400000000 -1 ", true); /* floored, and said so */
    assert_fails(&x, TIME_UNIT_MS, ERR_INTERNAL);
    strbuf_free(&v);
    fixture_free(&x);
}

static void int96_that_does_not_fit(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_INT96, false, 1);
    struct strbuf v;
    strbuf_init(&v, 1000);
    put_int96(&v, 0, 200000); /* the year 2517: beyond 2262 */
    put_page(&x.bytes, 1, PLAIN, NO_LEVELS, strbuf_view(&v));
    assert_fails(&x, TIME_UNIT_NS, ERR_LIMIT);
    assert_ints(&x, TIME_UNIT_US, "17280000000000000 ", false);
    strbuf_free(&v);
    fixture_free(&x);
}

static void entries_that_no_row_uses_do_no_harm(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_INT96, false, 8);
    struct strbuf d;
    strbuf_init(&d, 1000);
    put_int96(&d, 1000, 0);
    put_int96(&d, 1, 200000); /* too large for ns, not whole in us */
    put_dictionary_page(&x.bytes, 2, strbuf_view(&d));
    size_t page = x.bytes.len;
    put_page(&x.bytes, 8, DICT, NO_LEVELS, BYTES(1, 16, 0));
    assert_ints(&x, TIME_UNIT_NS, "1000 1000 1000 1000 1000 1000 1000 1000 ", false);
    assert_ints(&x, TIME_UNIT_US, "1 1 1 1 1 1 1 1 ", false);
    x.bytes.len = page;
    put_page(&x.bytes, 8, DICT, NO_LEVELS, BYTES(1, 3, 0x80)); /* the last row uses it */
    assert_fails(&x, TIME_UNIT_NS, ERR_LIMIT);
    assert_ints(&x, TIME_UNIT_US, "1 1 1 1 1 1 1 17280000000000000 ", true);
    strbuf_free(&d);
    fixture_free(&x);
}

static void other_types_are_refused(void **state)
{
    (void)state;
    static const enum parquet_physical types[] = {PARQUET_BOOLEAN, PARQUET_FLOAT, PARQUET_DOUBLE,
                                                  PARQUET_BYTE_ARRAY, PARQUET_FIXED};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct chunk_fixture x;
        fixture_init(&x, types[i], false, 1);
        put_page(&x.bytes, 1, PLAIN, NO_LEVELS, BYTES(0, 0, 0, 0, 0, 0, 0, 0));
        assert_fails(&x, TIME_UNIT_NS, ERR_UNSUPPORTED);
        fixture_free(&x);
    }
}

static void a_reader_has_one_mode(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_INT32, false, 1);
    put_page(&x.bytes, 1, PLAIN, NO_LEVELS, BYTES(1, 0, 0, 0));
    struct chunk_reader *r;
    struct chunk_i64s b;
    struct chunk_run run;
    size_t n;
    assert_int_equal(fixture_open(&x, &r), OK);
    assert_int_equal(chunk_next_i64(r, TIME_UNIT_NS, &b, &x.err), OK);
    assert_int_equal(chunk_next_runs(r, &run, 1, &n, &x.err), ERR_INTERNAL);
    chunk_close(r);
    fixture_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int32_follows_the_sign_of_its_column),
        cmocka_unit_test(nulls_have_a_byte_and_no_value),
        cmocka_unit_test(dictionary_codes_are_looked_up),
        cmocka_unit_test(int96_in_nanoseconds_and_microseconds),
        cmocka_unit_test(int96_that_does_not_fit),
        cmocka_unit_test(entries_that_no_row_uses_do_no_harm),
        cmocka_unit_test(other_types_are_refused),
        cmocka_unit_test(a_reader_has_one_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
