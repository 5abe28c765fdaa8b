#include "build.h"

enum { PLAIN = 0, RLE = 3, DELTA_INT = 5, DELTA_LENGTH = 6, DELTA_BYTES = 7, DICT = 8, SPLIT = 9 };

/* A dictionary of "a", "b", "c", "d". */
static void put_letters(struct chunk_fixture *x)
{
    struct strbuf d;
    strbuf_init(&d, 1000);
    put_plain(&d, "a");
    put_plain(&d, "b");
    put_plain(&d, "c");
    put_plain(&d, "d");
    put_dictionary_page(&x->bytes, 4, strbuf_view(&d));
    strbuf_free(&d);
}

static void a_repeat_is_one_run(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 1000000);
    put_letters(&x);
    struct strbuf v;
    strbuf_init(&v, 100);
    put_byte(&v, 2); /* codes of two bits */
    put_varint(&v, 999999ull << 1);
    put_byte(&v, 2);
    put_varint(&v, 1ull << 1);
    put_byte(&v, 3);
    put_page(&x.bytes, 1000000, DICT, NO_LEVELS, strbuf_view(&v));
    assert_runs(&x, "c*999999 d*1 ");
    assert_int_equal(counter_get(&x.counters.values_decoded), 0); /* no row was looked at */
    assert_int_equal(counter_get(&x.counters.pages_decoded), 1);
    strbuf_free(&v);
    fixture_free(&x);
}

static void packed_codes_merge_with_their_neighbours(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 14);
    put_letters(&x);
    /* width 2; repeat a*2; one packed group a a b b b c d d (first value in the low bits); repeat
     * d*4 */
    put_page(&x.bytes, 14, DICT, NO_LEVELS, BYTES(2, 4, 0, 3, 0x50, 0xF9, 8, 3));
    assert_runs(&x, "a*4 b*3 c*1 d*6 ");
    fixture_free(&x);
}

static void padding_of_the_last_group_is_not_looked_at(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 3);
    put_letters(&x);
    /* width 3: a, b, c, and five codes of 7, which the dictionary does not have */
    put_page(&x.bytes, 3, DICT, NO_LEVELS, BYTES(3, 3, 0x88, 0xFE, 0xFF));
    assert_runs(&x, "a*1 b*1 c*1 ");
    fixture_free(&x);
}

static void a_group_cut_short_gives_what_it_has(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 4);
    put_letters(&x);
    put_page(&x.bytes, 4, DICT, NO_LEVELS,
             BYTES(2, 3, 0xE4)); /* a b c d; the second byte is missing */
    assert_runs(&x, "a*1 b*1 c*1 d*1 ");
    fixture_free(&x);
}

static void pages_go_on_where_the_last_ended(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 9);
    put_letters(&x);
    put_page(&x.bytes, 4, DICT, NO_LEVELS, BYTES(2, 8, 1));
    put_page(&x.bytes, 0, DICT, NO_LEVELS, str_n("", 0)); /* an empty page in between */
    put_page(&x.bytes, 5, DICT, NO_LEVELS, BYTES(2, 10, 1));
    assert_runs(&x, "b*9 ");
    fixture_free(&x);
}

static void nulls_and_values_merge(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, true, 20);
    put_letters(&x);
    /* levels: 1*5, packed 0 0 1 1 1 1 0 1, 0*7; values: a*5, then b b b b c */
    put_page(&x.bytes, 20, DICT, BYTES(10, 1, 3, 0xBC, 14, 0), BYTES(2, 10, 0, 8, 1, 2, 2));
    assert_runs(&x, "a*5 -*2 b*4 -*1 c*1 -*7 ");
    fixture_free(&x);
}

static void a_page_of_nulls_stores_no_values(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, true, 70);
    put_page(&x.bytes, 70, DICT, BYTES(0x8C, 1, 0), str_n("", 0)); /* no dictionary either */
    assert_runs(&x, "-*70 ");
    fixture_free(&x);
}

static void plain_values_get_codes(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 6);
    struct strbuf v;
    strbuf_init(&v, 1000);
    const char *values[] = {"x", "x", "", "yy", "yy", "x"};
    for (size_t i = 0; i < 6; i++) {
        put_plain(&v, values[i]);
    }
    put_page(&x.bytes, 6, PLAIN, NO_LEVELS, strbuf_view(&v));
    assert_runs(&x, "x*2 *1 yy*2 x*1 ");

    struct chunk_reader *r;
    assert_int_equal(fixture_open(&x, &r), OK);
    struct chunk_run runs[10];
    size_t n;
    assert_int_equal(chunk_next_runs(r, runs, 10, &n, NULL), OK);
    assert_int_equal(n, 4);
    assert_int_equal(chunk_n_codes(r), 3); /* each value once */
    assert_int_equal(runs[0].code, runs[3].code);
    chunk_close(r);
    strbuf_free(&v);
    fixture_free(&x);
}

static void plain_pages_behind_a_dictionary_use_its_codes(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 7);
    put_letters(&x);
    put_page(&x.bytes, 3, DICT, NO_LEVELS, BYTES(2, 6, 2));
    struct strbuf v;
    strbuf_init(&v, 1000);
    put_plain(&v, "c");
    put_plain(&v, "new");
    put_page(&x.bytes, 2, PLAIN, NO_LEVELS, strbuf_view(&v));
    put_page(&x.bytes, 2, DICT, NO_LEVELS, BYTES(2, 4, 3));
    assert_runs(&x, "c*4 new*1 d*2 ");
    strbuf_free(&v);
    fixture_free(&x);

    fixture_init(&x, PARQUET_BYTE_ARRAY, false,
                 3); /* codes stay below the dictionary's size, not all codes' */
    put_letters(&x);
    strbuf_init(&v, 1000);
    put_plain(&v, "new");
    put_page(&x.bytes, 1, PLAIN, NO_LEVELS, strbuf_view(&v));
    put_page(&x.bytes, 2, DICT, NO_LEVELS, BYTES(3, 4, 4));
    assert_runs_fail(&x, ERR_CORRUPT);
    strbuf_free(&v);
    fixture_free(&x);
}

static void booleans_are_codes(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BOOLEAN, false, 10);
    put_page(&x.bytes, 10, PLAIN, NO_LEVELS, BYTES(0x0F, 0x02));
    struct chunk_reader *r;
    assert_int_equal(fixture_open(&x, &r), OK);
    struct chunk_run runs[10];
    size_t n;
    assert_int_equal(chunk_next_runs(r, runs, 10, &n, NULL), OK);
    assert_int_equal(n, 3);
    assert_int_equal(runs[0].rows, 4);
    assert_int_equal(chunk_value(r, runs[0].code).data[0], 1);
    assert_int_equal(runs[1].rows, 5);
    assert_int_equal(chunk_value(r, runs[1].code).data[0], 0);
    assert_int_equal(runs[2].rows, 1);
    chunk_close(r);

    strbuf_clear(&x.bytes);
    put_page(&x.bytes, 10, RLE, NO_LEVELS, BYTES(2, 0, 0, 0, 20, 1));
    assert_int_equal(fixture_open(&x, &r), OK);
    assert_int_equal(chunk_next_runs(r, runs, 10, &n, NULL), OK);
    assert_int_equal(n, 1);
    assert_int_equal(runs[0].rows, 10);
    chunk_close(r);
    fixture_free(&x);
}

static void strings_that_share_prefixes(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 4);
    /* DELTA_BYTE_ARRAY of "ab", "ab", "abc", "x": prefixes 0 2 2 0, suffix lengths 2 0 1 1, bytes
     * "abcx" */
    struct strbuf v;
    strbuf_init(&v, 1000);
    const int64_t prefix_deltas[] = {2, 0, -2}, suffix_deltas[] = {-2, 1, 0};
    for (int part = 0; part < 2; part++) {
        put_varint(&v, 128);
        put_varint(&v, 1);
        put_varint(&v, 4);
        put_zigzag(&v, part ? 2 : 0);
        put_zigzag(&v, -2); /* smallest delta */
        put_byte(&v, 4);    /* bits of the one mini block */
        const int64_t *d = part ? suffix_deltas : prefix_deltas;
        put_byte(&v, (unsigned)((d[0] + 2) | (d[1] + 2) << 4));
        put_byte(&v, (unsigned)(d[2] + 2));
        for (int i = 2; i < 64; i++) {
            put_byte(&v, 0);
        }
    }
    strbuf_add_c(&v, "abcx");
    put_page(&x.bytes, 4, DELTA_BYTES, NO_LEVELS, strbuf_view(&v));
    assert_runs(&x, "ab*2 abc*1 x*1 ");
    strbuf_free(&v);
    fixture_free(&x);
}

static void rows_must_add_up(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 9);
    put_letters(&x);
    put_page(&x.bytes, 8, DICT, NO_LEVELS, BYTES(2, 16, 1));
    assert_runs_fail(&x, ERR_CORRUPT); /* one row is missing */
    assert_true(x.err.has_offset);
    fixture_free(&x);

    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 7);
    put_letters(&x);
    put_page(&x.bytes, 8, DICT, NO_LEVELS, BYTES(2, 16, 1));
    assert_runs_fail(&x, ERR_CORRUPT); /* one too many */
    fixture_free(&x);

    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 8);
    x.chunk.num_values = 9;
    assert_runs_fail(&x, ERR_CORRUPT); /* the footer contradicts itself */
    fixture_free(&x);
}

static void damaged_pages_are_refused(void **state)
{
    (void)state;
    static const struct {
        int encoding;
        uint8_t values[8];
        size_t n;
    } cases[] = {
        {DICT, {2, 16, 4}, 3},               /* code 4 of 4 entries */
        {DICT, {3, 3, 0x88, 0xC6, 0xFA}, 5}, /* the same, packed */
        {DICT, {2, 14, 1}, 3},               /* seven codes for eight rows */
        {DICT, {33, 16, 1}, 3},              /* 33 bits */
        {DICT, {0}, 0},                      /* not even a width */
        {DICT, {2, 16}, 2},                  /* a repeat without its value */
        {PLAIN, {1, 0, 0, 0}, 4},            /* a string without its bytes */
        {PLAIN, {0xFF, 0xFF, 0xFF, 0xFF}, 4},
        {DELTA_LENGTH, {128, 1, 4, 8}, 4},
        {DELTA_BYTES, {0}, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chunk_fixture x;
        fixture_init(&x, PARQUET_BYTE_ARRAY, false, 8);
        put_letters(&x);
        put_page(&x.bytes, 8, cases[i].encoding, NO_LEVELS, str_n(cases[i].values, cases[i].n));
        assert_runs_fail(&x, ERR_CORRUPT);
        fixture_free(&x);
    }
}

static void unknown_encodings_are_named(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 1);
    put_page(&x.bytes, 1, DELTA_INT, NO_LEVELS, BYTES(0));
    assert_runs_fail(&x, ERR_UNSUPPORTED); /* not defined for strings */
    fixture_free(&x);
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 1);
    put_page(&x.bytes, 1, 77, NO_LEVELS, BYTES(0));
    assert_runs_fail(&x, ERR_UNSUPPORTED);
    fixture_free(&x);
}

static void codes_need_a_dictionary(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 8);
    put_page(&x.bytes, 8, DICT, NO_LEVELS, BYTES(2, 16, 1));
    assert_runs_fail(&x, ERR_CORRUPT);
    fixture_free(&x);

    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 8);
    put_letters(&x);
    put_letters(&x); /* a second one */
    put_page(&x.bytes, 8, DICT, NO_LEVELS, BYTES(2, 16, 1));
    assert_runs_fail(&x, ERR_CORRUPT);
    fixture_free(&x);
}

static void chosen_pages_need_not_add_up(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 12);
    put_letters(&x);
    size_t dictionary = x.bytes.len;
    put_page(&x.bytes, 4, DICT, NO_LEVELS, BYTES(2, 8, 0));
    size_t second = x.bytes.len;
    put_page(&x.bytes, 4, DICT, NO_LEVELS, BYTES(2, 8, 1));
    size_t third = x.bytes.len;
    put_page(&x.bytes, 4, DICT, NO_LEVELS, BYTES(2, 8, 2));
    x.chunk.length = x.bytes.len;
    const struct chunk_piece pieces[] = {
        {100, str_n(x.bytes.data, dictionary)},
        {100 + second, str_n(x.bytes.data + second, third - second)},
    };
    struct chunk_reader *r;
    assert_int_equal(chunk_open(&x.footer, 0, 0, pieces, 2, 1 << 20, NULL, &r, &x.err), OK);
    struct chunk_run runs[4];
    size_t n;
    assert_int_equal(chunk_next_runs(r, runs, 4, &n, &x.err), OK);
    assert_int_equal(n, 1);
    assert_int_equal(runs[0].rows, 4);
    assert_true(str_eq(chunk_value(r, runs[0].code), str_c("b")));
    assert_int_equal(chunk_next_runs(r, runs, 4, &n, &x.err), OK);
    assert_int_equal(n, 0);
    chunk_close(r);

    /* The dictionary alone: no rows, all values. */
    assert_int_equal(chunk_open(&x.footer, 0, 0, pieces, 1, 1 << 20, NULL, &r, &x.err), OK);
    assert_int_equal(chunk_next_runs(r, runs, 4, &n, &x.err), OK);
    assert_int_equal(n, 0);
    assert_int_equal(chunk_n_codes(r), 4);
    chunk_close(r);

    const struct chunk_piece swapped[] = {pieces[1], pieces[0]};
    assert_int_equal(chunk_open(&x.footer, 0, 0, swapped, 2, 1 << 20, NULL, &r, &x.err),
                     ERR_INTERNAL);
    fixture_free(&x);
}

/* The same chunk through calls of any size gives the same rows. */
static void call_sizes_make_no_difference(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, true, 5000);
    put_letters(&x);
    struct strbuf levels, values;
    strbuf_init(&levels, 100000);
    strbuf_init(&values, 100000);
    put_varint(&levels, 625 << 1 | 1);
    uint32_t non_null = 0, seed = 7;
    for (int i = 0; i < 625; i++) {
        seed = seed * 1664525 + 1013904223;
        put_byte(&levels, seed >> 24);
        non_null += (uint32_t)__builtin_popcount(seed >> 24);
    }
    put_byte(&values, 2);
    put_varint(&values, (uint64_t)(non_null + 7) / 8 << 1 | 1);
    for (uint32_t i = 0; i < (non_null + 7) / 8 * 2; i++) {
        seed = seed * 1664525 + 1013904223;
        put_byte(&values, seed >> 24);
    }
    put_page(&x.bytes, 5000, DICT, strbuf_view(&levels), strbuf_view(&values));

    char rows[3][5001] = {{0}};
    static const size_t caps[] = {1, 7, 4096};
    for (size_t k = 0; k < 3; k++) {
        struct chunk_reader *r;
        assert_int_equal(fixture_open(&x, &r), OK);
        struct chunk_run runs[4096];
        size_t n = 1, at = 0;
        while (n) {
            assert_int_equal(chunk_next_runs(r, runs, caps[k], &n, &x.err), OK);
            assert_true(n <= caps[k]);
            for (size_t i = 0; i < n; i++) {
                assert_true(at + runs[i].rows <= 5000);
                memset(rows[k] + at, runs[i].code == CHUNK_NULL ? '-' : "abcd"[runs[i].code],
                       runs[i].rows);
                at += runs[i].rows;
            }
        }
        assert_int_equal(at, 5000);
        chunk_close(r);
    }
    /* What the bits say, without the reader. */
    const uint8_t *level_bits = (const uint8_t *)levels.data + 2,
                  *codes = (const uint8_t *)values.data + 3;
    for (uint32_t i = 0, v = 0; i < 5000; i++) {
        bool valid = level_bits[i / 8] >> i % 8 & 1;
        char want = valid ? "abcd"[codes[v / 4] >> v % 4 * 2 & 3] : '-';
        v += valid;
        assert_int_equal(rows[2][i], want);
    }
    assert_memory_equal(rows[0], rows[2], 5000);
    assert_memory_equal(rows[1], rows[2], 5000);
    strbuf_free(&levels);
    strbuf_free(&values);
    fixture_free(&x);
}

static void encrypted_columns_and_unknown_codecs_say_so(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 8);
    x.chunk.encrypted = true;
    assert_runs_fail(&x, ERR_ENCRYPTED);
    x.chunk.encrypted = false;
    x.chunk.codec = PARQUET_LZO;
    assert_runs_fail(&x, ERR_UNSUPPORTED);
    fixture_free(&x);
}

/* Values that repeat for any number of rows, across batches and to their very end. */
static void repeated_integers_are_told_apart(void **state)
{
    (void)state;
    enum { ROWS = 5000 };
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct chunk_fixture x;
        bool wide = seed % 2;
        fixture_init(&x, wide ? PARQUET_INT64 : PARQUET_INT32, false, ROWS);
        x.column.is_signed = seed % 3 != 0;
        struct strbuf v;
        strbuf_init(&v, (size_t)1 << 20);
        uint64_t draw = seed, value = 0;
        for (size_t i = 0; i < ROWS; i++) {
            draw = draw * 6364136223846793005ull + 1442695040888963407ull;
            value = (draw >> 33) % (1 + seed * seed) ? value : draw >> 40;
            wide ? put_u64(&v, value) : put_u32(&v, (uint32_t)value);
        }
        put_page(&x.bytes, ROWS, PLAIN, NO_LEVELS, strbuf_view(&v));
        assert_batches_are_runs(&x);
        strbuf_free(&v);
        fixture_free(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeat_is_one_run),
        cmocka_unit_test(packed_codes_merge_with_their_neighbours),
        cmocka_unit_test(padding_of_the_last_group_is_not_looked_at),
        cmocka_unit_test(a_group_cut_short_gives_what_it_has),
        cmocka_unit_test(pages_go_on_where_the_last_ended),
        cmocka_unit_test(nulls_and_values_merge),
        cmocka_unit_test(a_page_of_nulls_stores_no_values),
        cmocka_unit_test(plain_values_get_codes),
        cmocka_unit_test(plain_pages_behind_a_dictionary_use_its_codes),
        cmocka_unit_test(booleans_are_codes),
        cmocka_unit_test(strings_that_share_prefixes),
        cmocka_unit_test(rows_must_add_up),
        cmocka_unit_test(damaged_pages_are_refused),
        cmocka_unit_test(unknown_encodings_are_named),
        cmocka_unit_test(codes_need_a_dictionary),
        cmocka_unit_test(chosen_pages_need_not_add_up),
        cmocka_unit_test(call_sizes_make_no_difference),
        cmocka_unit_test(encrypted_columns_and_unknown_codecs_say_so),
        cmocka_unit_test(repeated_integers_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
