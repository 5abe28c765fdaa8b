/* Entries and lengths of repeated columns, from pages made by hand. */
#include "build.h"

#include <zstd.h>

#include "parquet/bits.h"
#include "parquet/chunk.h"

/* A v1 page of a repeated column: both levels in front of the values. */
static void put_nested_page(struct strbuf *b, int n, int encoding, int level_encoding,
                            struct str reps, struct str defs, struct str values)
{
    int prefix = level_encoding == 3 ? 4 : 0;
    int64_t len = (int64_t)(values.len + reps.len + defs.len) + 2 * prefix;
    struct writer w = {b, 0};
    put_i32(&w, 1, 0);
    put_i32(&w, 2, len);
    put_i32(&w, 3, len);
    struct writer d = put_struct(&w, 5);
    put_i32(&d, 1, n);
    put_i32(&d, 2, encoding);
    put_i32(&d, 3, level_encoding);
    put_i32(&d, 4, level_encoding);
    put_stop(b);
    put_stop(b);
    for (int i = 0; i < 2; i++) {
        struct str levels = i ? defs : reps;
        if (prefix) {
            put_u32(b, (uint32_t)levels.len);
        }
        strbuf_add(b, levels.data, levels.len);
    }
    strbuf_add(b, values.data, values.len);
}

/* A column of optional lists of optional INT32: 0 null, 1 empty, 2 null element, 3 value. */
static void lists_init(struct chunk_fixture *x, uint64_t rows, uint64_t entries)
{
    fixture_init(x, PARQUET_INT32, false, rows);
    x->column.max_rep = 1;
    x->column.max_def = 3;
    x->column.list_def = 2;
    x->chunk.num_values = entries;
}

static struct str ints(const int32_t *v, size_t n)
{
    return str_n(v, n * sizeof *v);
}

/* "r.d=value ..." of every entry. */
static enum error_code entries_text(struct chunk_fixture *x, size_t max, struct strbuf *text)
{
    struct chunk_reader *r;
    enum error_code rc = fixture_open(x, &r);
    struct chunk_entries e = {.n = rc == OK};
    while (rc == OK && e.n) {
        rc = chunk_next_entries(r, max, &e, &x->err);
        for (size_t i = 0, v = 0; i < e.n; i++) {
            strbuf_printf(text, "%u.%u", e.rep[i], e.def[i]);
            if (e.def[i] == x->column.max_def) {
                strbuf_printf(text, "=%d", (int)load32(chunk_entry_value(&e, v++).data));
            }
            strbuf_add_char(text, ' ');
        }
    }
    chunk_close(r);
    return rc;
}

static void assert_entries(struct chunk_fixture *x, const char *want)
{
    for (size_t max = 1; max < 100; max += 33) {
        struct strbuf text;
        strbuf_init(&text, 100000);
        if (entries_text(x, max, &text) != OK) {
            fail_msg("%s", x->err.text);
        }
        assert_string_equal(text.data, want);
        strbuf_free(&text);
    }
}

static enum error_code lists_text(struct chunk_fixture *x, struct strbuf *text)
{
    struct chunk_reader *r;
    enum error_code rc = fixture_open(x, &r);
    struct chunk_lists l = {.n = rc == OK};
    while (rc == OK && l.n) {
        rc = chunk_next_lists(r, &l, &x->err);
        for (size_t i = 0; i < l.n; i++) {
            strbuf_printf(text, l.valid[i] ? "%llu " : "- ", (unsigned long long)l.elements[i]);
        }
    }
    chunk_close(r);
    return rc;
}

static void assert_lists(struct chunk_fixture *x, const char *want)
{
    struct strbuf text;
    strbuf_init(&text, 100000);
    if (lists_text(x, &text) != OK) {
        fail_msg("%s", x->err.text);
    }
    assert_string_equal(text.data, want);
    strbuf_free(&text);
}

static void assert_lists_fail(struct chunk_fixture *x, const char *part)
{
    struct strbuf text;
    strbuf_init(&text, 100000);
    assert_int_equal(lists_text(x, &text), ERR_CORRUPT);
    if (!strstr(x->err.text, part)) {
        fail_msg("'%s' without '%s'", x->err.text, part);
    }
    strbuf_free(&text);
}

/* [7, null], [], null, [8]: packed levels, eight in a group. */
static void put_four_lists(struct strbuf *b)
{
    const int32_t values[] = {7, 8};
    put_nested_page(b, 5, 0, 3, BYTES(0x03, 0x02), BYTES(0x03, 0x1B, 0x03), ints(values, 2));
}

static void values_nulls_and_empty_lists_are_entries(void **state)
{
    (void)state;
    struct chunk_fixture x;
    lists_init(&x, 4, 5);
    put_four_lists(&x.bytes);
    assert_entries(&x, "0.3=7 1.2 0.1 0.0 0.3=8 ");
    assert_lists(&x, "2 0 - 1 ");
    assert_runs(&x, "\a*1 -*3 \b*1 ");
    fixture_free(&x);
}

/* The same levels, most significant bit first, without runs or lengths. */
static void the_deprecated_packing_of_levels(void **state)
{
    (void)state;
    struct chunk_fixture x;
    lists_init(&x, 4, 5);
    const int32_t values[] = {7, 8};
    put_nested_page(&x.bytes, 5, 0, 4, BYTES(0x40), BYTES(0xE4, 0xC0), ints(values, 2));
    assert_entries(&x, "0.3=7 1.2 0.1 0.0 0.3=8 ");
    assert_lists(&x, "2 0 - 1 ");
    assert_runs(&x, "\a*1 -*3 \b*1 ");
    fixture_free(&x);
}

/* A list of 1,000 elements in runs, cut by a page in its middle, and one more row. */
static void rows_go_on_in_the_next_page(void **state)
{
    (void)state;
    struct chunk_fixture x;
    lists_init(&x, 2, 1001);
    int32_t values[600];
    for (int i = 0; i < 600; i++) {
        values[i] = i;
    }
    /* one 0, then 399 times 1; all defined */
    put_nested_page(&x.bytes, 400, 0, 3, BYTES(0x02, 0, 0x9E, 0x06, 1), BYTES(0xA0, 0x06, 3),
                    ints(values, 400));
    put_nested_page(&x.bytes, 600, 0, 3, BYTES(0xB0, 0x09, 1), BYTES(0xB0, 0x09, 3),
                    ints(values, 600));
    put_nested_page(&x.bytes, 1, 0, 3, BYTES(0x02, 0), BYTES(0x02, 3), ints(values, 1));
    assert_lists(&x, "1000 1 ");
    struct strbuf text;
    strbuf_init(&text, 100000);
    assert_int_equal(entries_text(&x, 10000, &text), OK);
    assert_true(strncmp(text.data, "0.3=0 1.3=1 1.3=2 ", 18) == 0);
    strbuf_free(&text);
    fixture_free(&x);
}

/* Only a fraction of the values, and no page, is decoded to count elements. */
static void lengths_need_no_values(void **state)
{
    (void)state;
    struct chunk_fixture x;
    lists_init(&x, 1, 1000);
    /* Values that are none: the page says DELTA_BYTE_ARRAY, which INT32 has not. */
    put_nested_page(&x.bytes, 1000, 7, 3, BYTES(0x02, 0, 0xCE, 0x0F, 1), BYTES(0xD0, 0x0F, 3),
                    BYTES(1));
    assert_lists(&x, "1000 ");
    assert_int_equal(counter_get(&x.counters.values_decoded), 0);
    fixture_free(&x);
}

/* Snappy's literals of 60 bytes: nothing becomes smaller. */
static void put_literals(struct strbuf *b, struct str bytes)
{
    put_varint(b, bytes.len);
    while (bytes.len) {
        size_t n = bytes.len < 60 ? bytes.len : 60;
        strbuf_add_char(b, (char)((n - 1) << 2));
        strbuf_add(b, bytes.data, n);
        bytes = str_from(bytes, n);
    }
}

/* A v1 page as it is compressed: levels, then values. */
static void put_packed_page(struct strbuf *b, enum parquet_codec codec, int n, struct str body)
{
    struct strbuf packed;
    strbuf_init(&packed, SIZE_MAX);
    if (codec == PARQUET_SNAPPY) {
        put_literals(&packed, body);
    } else {
        size_t cap = ZSTD_compressBound(body.len);
        char *bytes = mem_alloc(cap);
        strbuf_add(&packed, bytes, ZSTD_compress(bytes, cap, body.data, body.len, 1));
        mem_free(bytes);
    }
    struct writer w = {b, 0};
    put_i32(&w, 1, 0);
    put_i32(&w, 2, (int64_t)body.len);
    put_i32(&w, 3, (int64_t)packed.len);
    struct writer d = put_struct(&w, 5);
    put_i32(&d, 1, n);
    put_i32(&d, 2, 0);
    put_i32(&d, 3, 3);
    put_i32(&d, 4, 3);
    put_stop(b);
    put_stop(b);
    strbuf_add(b, packed.data, packed.len);
    strbuf_free(&packed);
}

/* The levels of a v1 page are in front of its values, and compressed with them. */
static void lengths_unpack_no_values(enum parquet_codec codec, uint64_t rows, struct str reps,
                                     uint64_t bytes_most)
{
    enum { N = 100000 };
    struct chunk_fixture x;
    struct strbuf body;
    struct chunk_reader *r;
    struct chunk_lists l = {.n = 1};
    uint64_t elements = 0, lists = 0;
    strbuf_init(&body, SIZE_MAX);
    put_u32(&body, (uint32_t)reps.len);
    strbuf_add(&body, reps.data, reps.len);
    put_u32(&body, 4);
    strbuf_add(&body, "\xC0\x9A\x0C\3", 4); /* N times 3 */
    for (uint32_t i = 0; i < N; i++) {
        put_u32(&body, i * 2654435761u);
    }
    lists_init(&x, rows, N);
    x.chunk.codec = codec;
    put_packed_page(&x.bytes, codec, N, strbuf_view(&body));
    assert_int_equal(fixture_open(&x, &r), OK);
    while (l.n) {
        if (chunk_next_lists(r, &l, &x.err) != OK) {
            fail_msg("%s", x.err.text);
        }
        for (size_t i = 0; i < l.n; i++) {
            elements += l.elements[i];
        }
        lists += l.n;
    }
    chunk_close(r);
    assert_int_equal(elements, N);
    assert_int_equal(lists, rows);
    assert_true(counter_get(&x.counters.bytes_decompressed) <= bytes_most);
    strbuf_free(&body);
    fixture_free(&x);
}

static void of_packed_pages_only_the_levels_are_unpacked(void **state)
{
    (void)state;
    static char pairs[3 + 12500] = "\xA9\xC3\x01"; /* 100,000 bits: rows of two elements */
    memset(pairs + 3, 0xAA, sizeof pairs - 3);
    for (int zstd = 0; zstd < 2; zstd++) {
        enum parquet_codec codec = zstd ? PARQUET_ZSTD : PARQUET_SNAPPY;
        /* One 0, then 99,999 times 1. */
        lengths_unpack_no_values(codec, 1, BYTES(0x02, 0, 0xBE, 0x9A, 0x0C, 1), 4096);
        lengths_unpack_no_values(codec, 50000, str_n(pairs, sizeof pairs), 40000);
    }
}

/* Inner lists add to the row's element, not to its length. */
static void only_the_outermost_list_counts(void **state)
{
    (void)state;
    struct chunk_fixture x;
    lists_init(&x, 2, 5);
    x.column.max_rep = 2;
    x.column.max_def = 4; /* list, element is a list, its element, value */
    x.column.list_def = 1;
    const int32_t values[] = {1, 2, 3, 4, 5};
    /* [[1, 2], [3]], [[4, 5]]: levels of two bits: 0 2 1 0 2 */
    put_nested_page(&x.bytes, 5, 0, 3, BYTES(0x03, 0x18, 0x02), BYTES(0x0A, 4), ints(values, 5));
    assert_lists(&x, "2 1 ");
    assert_entries(&x, "0.4=1 2.4=2 1.4=3 0.4=4 2.4=5 ");
    fixture_free(&x);
}

static void rows_must_add_up(void **state)
{
    (void)state;
    struct chunk_fixture x;
    lists_init(&x, 5, 5);
    put_four_lists(&x.bytes);
    assert_lists_fail(&x, "4 rows in a row group of 5 rows");
    x.group.rows = 3;
    assert_lists_fail(&x, "more rows than the row group");
    x.group.rows = 4;
    x.chunk.num_values = 4;
    assert_lists_fail(&x, "more values than the column chunk");
    x.chunk.num_values = 6;
    assert_lists_fail(&x, "5 values and 4 rows");
    fixture_free(&x);
}

static void damaged_levels_are_named(void **state)
{
    (void)state;
    struct chunk_fixture x;
    lists_init(&x, 1, 2);
    const int32_t values[] = {1, 2};
    put_nested_page(&x.bytes, 2, 0, 3, BYTES(0x04, 1), BYTES(0x04, 3), ints(values, 2));
    assert_lists_fail(&x, "in the middle of a row");
    strbuf_clear(&x.bytes);
    put_nested_page(&x.bytes, 2, 0, 3, BYTES(0x02, 0), BYTES(0x04, 3), ints(values, 2));
    assert_lists_fail(&x, "fewer levels");
    strbuf_clear(&x.bytes);
    put_nested_page(&x.bytes, 2, 0, 3, BYTES(0x02, 0, 0x02, 2), BYTES(0x04, 3), ints(values, 2));
    assert_lists_fail(&x, "beyond the column's maximum");
    strbuf_clear(&x.bytes);
    put_nested_page(&x.bytes, 2, 0, 4, BYTES(), BYTES(), BYTES());
    assert_lists_fail(&x, "fewer levels");
    strbuf_clear(&x.bytes);
    /* The first entry says null (0) or empty (1), the second goes on with the list. */
    put_nested_page(&x.bytes, 2, 0, 3, BYTES(0x03, 0x02), BYTES(0x03, 0x0C), ints(values, 1));
    assert_lists_fail(&x, "null or empty has a further element");
    strbuf_clear(&x.bytes);
    put_nested_page(&x.bytes, 2, 0, 3, BYTES(0x03, 0x02), BYTES(0x03, 0x0D), ints(values, 1));
    assert_lists_fail(&x, "null or empty has a further element");
    fixture_free(&x);
}

static void flat_columns_have_no_lists_but_entries(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_INT32, true, 3);
    const int32_t values[] = {5, 6};
    put_page(&x.bytes, 3, 0, BYTES(0x03, 0x05), ints(values, 2));
    struct strbuf text;
    strbuf_init(&text, 1000);
    assert_int_equal(lists_text(&x, &text), ERR_UNSUPPORTED);
    strbuf_free(&text);
    assert_entries(&x, "0.1=5 0.0 0.1=6 ");
    fixture_free(&x);
}

static void a_reader_is_read_in_one_way(void **state)
{
    (void)state;
    struct chunk_fixture x;
    lists_init(&x, 4, 5);
    put_four_lists(&x.bytes);
    struct chunk_reader *r;
    struct chunk_lists lists;
    struct chunk_entries entries;
    assert_int_equal(fixture_open(&x, &r), OK);
    assert_int_equal(chunk_next_lists(r, &lists, &x.err), OK);
    assert_int_equal(chunk_next_entries(r, 1, &entries, &x.err), ERR_INTERNAL);
    chunk_close(r);
    fixture_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_nulls_and_empty_lists_are_entries),
        cmocka_unit_test(the_deprecated_packing_of_levels),
        cmocka_unit_test(rows_go_on_in_the_next_page),
        cmocka_unit_test(lengths_need_no_values),
        cmocka_unit_test(of_packed_pages_only_the_levels_are_unpacked),
        cmocka_unit_test(only_the_outermost_list_counts),
        cmocka_unit_test(rows_must_add_up),
        cmocka_unit_test(damaged_levels_are_named),
        cmocka_unit_test(flat_columns_have_no_lists_but_entries),
        cmocka_unit_test(a_reader_is_read_in_one_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
