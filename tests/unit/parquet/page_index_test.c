/* The page index: what it says, and what is not believed. */
#include "index_build.h"

#include "parquet/bits.h"

static const int32_t rising_mins[] = {1, 11, 21, 31}, rising_maxs[] = {10, 20, 30, 40};

static void pages_lie_where_the_index_says(void **state)
{
    (void)state;
    struct index_fixture x;
    index_init(&x);
    assert_int_equal(index_parse(&x), OK);
    assert_int_equal(x.index.n, 4);
    assert_false(x.index.has_bounds);
    for (int i = 0; i < 4; i++) {
        const struct parquet_page *p = &x.index.pages[i];
        assert_int_equal(p->offset, 150 + 100 * i);
        assert_int_equal(p->length, 100);
        assert_int_equal(p->first_row, 10 * i);
        assert_int_equal(p->rows, 10);
    }
    index_free(&x);
}

static void the_last_page_has_the_rest_of_the_rows(void **state)
{
    (void)state;
    struct index_fixture x;
    index_init(&x);
    x.chunk.group.rows = 33;
    assert_int_equal(index_parse(&x), OK);
    assert_int_equal(x.index.pages[3].rows, 3);
    x.chunk.group.rows = 29;
    assert_int_equal(index_parse(&x), ERR_CORRUPT);
    index_free(&x);
}

static void assert_locations(const int64_t (*places)[3], size_t n, const char *part)
{
    struct index_fixture x;
    index_init(&x);
    strbuf_clear(&x.offsets);
    struct writer w = {&x.offsets, 0};
    put_list(&w, 1, 12, n);
    for (size_t i = 0; i < n; i++) {
        put_location(&x.offsets, places[i][0], places[i][1], places[i][2]);
    }
    put_stop(&x.offsets);
    assert_int_equal(index_parse(&x), ERR_CORRUPT);
    if (!strstr(x.chunk.err.text, part)) {
        fail_msg("'%s' without '%s'", x.chunk.err.text, part);
    }
    assert_int_equal(x.index.n, 0);
    index_free(&x);
}

static void pages_outside_their_chunk_are_refused(void **state)
{
    (void)state;
    assert_locations((const int64_t[][3]){{99, 10, 0}}, 1, "does not lie");
    assert_locations((const int64_t[][3]){{150, 401, 0}}, 1, "does not lie");
    assert_locations((const int64_t[][3]){{INT64_MAX, INT32_MAX, 0}}, 1, "does not lie");
    assert_locations((const int64_t[][3]){{150, 100, 0}, {249, 10, 5}}, 2, "page 1 does not lie");
    assert_locations((const int64_t[][3]){{150, 100, 1}}, 1, "out of order");
    assert_locations((const int64_t[][3]){{150, 100, 0}, {250, 9, 7}, {260, 9, 6}}, 3,
                     "rows of page 1");
    assert_locations((const int64_t[][3]){{150, -1, 0}}, 1, "negative");
    assert_locations(NULL, 0, "no page for 40 rows");
}

static void bounds_and_their_order(void **state)
{
    (void)state;
    struct index_fixture x;
    index_open(&x, rising_mins, rising_maxs, PAGES_ASCENDING);
    assert_true(x.index.has_bounds);
    assert_int_equal(x.index.order, PAGES_ASCENDING);
    for (int i = 0; i < 4; i++) {
        assert_true(x.index.pages[i].stats.has_bounds);
        assert_false(x.index.pages[i].stats.exact);
        assert_int_equal(load32(x.index.pages[i].stats.min.data), rising_mins[i]);
        assert_int_equal(load32(x.index.pages[i].stats.max.data), rising_maxs[i]);
    }
    index_free(&x);
}

/* What the file says of the order must be what its bounds say. */
static void an_order_that_the_bounds_deny_is_none(void **state)
{
    (void)state;
    struct index_fixture x;
    index_open(&x, rising_mins, rising_maxs, PAGES_DESCENDING);
    assert_int_equal(x.index.order, PAGES_UNORDERED);
    index_free(&x);
    const int32_t mins[] = {1, 11, 5, 31}, maxs[] = {10, 20, 30, 40};
    index_open(&x, mins, maxs, PAGES_ASCENDING);
    assert_int_equal(x.index.order, PAGES_UNORDERED);
    index_free(&x);
    index_open(&x, rising_mins, rising_maxs, 7);
    assert_int_equal(x.index.order, PAGES_UNORDERED);
    index_free(&x);
}

static void null_pages_are_passed_over(void **state)
{
    (void)state;
    struct index_fixture x;
    const int32_t mins[] = {1, 1, 21, 31}, maxs[] = {10, 0, 30, 40};
    index_open(&x, mins, maxs, PAGES_ASCENDING);
    assert_true(x.index.pages[1].all_null);
    assert_false(x.index.pages[1].stats.has_bounds);
    assert_int_equal(x.index.pages[1].stats.null_count, 10);
    assert_int_equal(x.index.order, PAGES_ASCENDING);
    index_free(&x);
}

/* Writers that keep no statistics, or count a repeated column's nulls by rows, call pages null that
 * are not. */
static void null_pages_are_doubted(void **state)
{
    (void)state;
    struct index_fixture x;
    const int32_t mins[] = {1, 1, 21, 31}, maxs[] = {10, 0, 30, 40};
    for (int kind = 0; kind < 3; kind++) {
        index_init(&x);
        x.chunk.column.max_def = kind == 0 ? 0 : 1;
        x.chunk.column.max_rep = kind == 1;
        x.chunk.group.rows = kind == 2 ? 41 : 40;
        put_bounds(&x, mins, maxs, PAGES_ASCENDING);
        if (kind == 2) { /* page 1 has 11 rows, and 10 nulls */
            strbuf_clear(&x.offsets);
            struct writer w = {&x.offsets, 0};
            put_list(&w, 1, 12, 4);
            for (int i = 0; i < 4; i++) {
                put_location(&x.offsets, 150 + 100 * i, 100, 10 * i + (i > 1));
            }
            put_stop(&x.offsets);
        }
        assert_int_equal(index_parse(&x), OK);
        assert_int_equal(index_add_bounds(&x), OK);
        assert_false(x.index.pages[1].all_null);
        assert_false(x.index.pages[1].stats.has_bounds);
        assert_int_equal(x.index.order, PAGES_UNORDERED);
        index_free(&x);
    }
}

static void bounds_without_a_declared_order_are_none(void **state)
{
    (void)state;
    struct index_fixture x;
    index_init(&x);
    x.chunk.column.type_ordered = false;
    put_bounds(&x, rising_mins, rising_maxs, PAGES_ASCENDING);
    assert_int_equal(index_parse(&x), OK);
    assert_int_equal(index_add_bounds(&x), OK);
    assert_false(x.index.pages[0].stats.has_bounds);
    assert_int_equal(x.index.order, PAGES_UNORDERED);
    index_free(&x);
}

static void a_column_index_of_other_pages_is_refused(void **state)
{
    (void)state;
    struct index_fixture x;
    index_init(&x);
    put_bounds(&x, rising_mins, rising_maxs, PAGES_ASCENDING);
    assert_int_equal(index_parse(&x), OK);
    x.index.n = 3;
    assert_int_equal(index_add_bounds(&x), ERR_CORRUPT);
    assert_non_null(strstr(x.chunk.err.text, "4 entries for 3 pages"));
    assert_false(x.index.has_bounds);
    x.index.n = 4;
    for (size_t cut = 0; cut + 1 < x.bounds.len; cut++) {
        struct page_index index = x.index;
        assert_int_not_equal(page_index_add_bounds(&x.chunk.footer, 0, 0, str_n(x.bounds.data, cut),
                                                   &x.arena, &index, &x.chunk.err),
                             OK);
        assert_false(index.has_bounds);
    }
    index_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_lie_where_the_index_says),
        cmocka_unit_test(the_last_page_has_the_rest_of_the_rows),
        cmocka_unit_test(pages_outside_their_chunk_are_refused),
        cmocka_unit_test(bounds_and_their_order),
        cmocka_unit_test(an_order_that_the_bounds_deny_is_none),
        cmocka_unit_test(null_pages_are_passed_over),
        cmocka_unit_test(null_pages_are_doubted),
        cmocka_unit_test(bounds_without_a_declared_order_are_none),
        cmocka_unit_test(a_column_index_of_other_pages_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
