/* Plans: which bytes are asked for, and which rows they have. */
#include "index_build.h"

#include "parquet/page_plan.h"

static const int32_t rising_mins[] = {1, 11, 21, 31}, rising_maxs[] = {10, 20, 30, 40};

/* "offset+length ... | first+rows ..." */
static void assert_plan(const struct page_plan *p, const char *want)
{
    struct strbuf text;
    uint64_t bytes = 0;
    strbuf_init(&text, 1000);
    for (size_t i = 0; i < p->n_ranges; i++) {
        strbuf_printf(&text, "%d+%d ", (int)p->ranges[i].offset, (int)p->ranges[i].length);
        bytes += p->ranges[i].length;
    }
    strbuf_add_c(&text, "|");
    for (size_t i = 0; i < p->n_rows; i++) {
        strbuf_printf(&text, " %d+%d", (int)p->rows[i].first, (int)p->rows[i].rows);
    }
    assert_string_equal(text.data, want);
    assert_int_equal(p->bytes, bytes);
    strbuf_free(&text);
}

static void assert_rows(uint64_t from, uint64_t to, const char *want)
{
    struct index_fixture x;
    struct page_plan plan;
    index_init(&x);
    assert_int_equal(index_parse(&x), OK);
    plan_rows(&x.chunk.group, 0, &x.index, from, to, &x.arena, &plan);
    assert_plan(&plan, want);
    index_free(&x);
}

static void rows_need_the_dictionary_and_their_pages(void **state)
{
    (void)state;
    assert_rows(0, 1, "100+150 | 0+10");
    assert_rows(9, 11, "100+250 | 0+20");
    assert_rows(15, 16, "100+50 250+100 | 10+10");
    assert_rows(20, 40, "100+50 350+200 | 20+20");
    assert_rows(39, 1000, "100+50 450+100 | 30+10");
    assert_rows(0, 40, "100+450 | 0+40");
    assert_rows(40, 50, "|");
    assert_rows(7, 7, "|");
}

static void without_an_index_the_chunk_is_read(void **state)
{
    (void)state;
    struct index_fixture x;
    struct page_plan plan;
    index_init(&x);
    plan_rows(&x.chunk.group, 0, NULL, 15, 16, &x.arena, &plan);
    assert_plan(&plan, "100+450 | 0+40");
    plan_value(&x.chunk.footer, 0, 0, NULL, BYTES(1, 0, 0, 0), &x.arena, &plan);
    assert_plan(&plan, "100+450 | 0+40");
    plan_extremes(&x.chunk.footer, 0, 0, NULL, &x.arena, &plan);
    assert_plan(&plan, "100+450 | 0+40");
    index_free(&x);
}

static void assert_value(const int32_t mins[4], const int32_t maxs[4], uint8_t value,
                         const char *want)
{
    struct index_fixture x;
    struct page_plan plan;
    index_open(&x, mins, maxs, PAGES_UNORDERED);
    plan_value(&x.chunk.footer, 0, 0, &x.index, BYTES(value, 0, 0, 0), &x.arena, &plan);
    assert_plan(&plan, want);
    index_free(&x);
}

static void a_value_needs_the_pages_that_may_hold_it(void **state)
{
    (void)state;
    assert_value(rising_mins, rising_maxs, 15, "100+50 250+100 | 10+10");
    assert_value(rising_mins, rising_maxs, 41, "|");
    const int32_t mins[] = {5, 1, 5, 6}, maxs[] = {5, 0, 9, 9};
    assert_value(mins, maxs, 5, "100+150 350+100 | 0+10 20+10");
}

static void assert_extremes(const int32_t mins[4], const int32_t maxs[4], const char *want)
{
    struct index_fixture x;
    struct page_plan plan;
    index_open(&x, mins, maxs, PAGES_UNORDERED);
    plan_extremes(&x.chunk.footer, 0, 0, &x.index, &x.arena, &plan);
    assert_plan(&plan, want);
    index_free(&x);
}

static void extremes_of_sorted_values_lie_at_the_ends(void **state)
{
    (void)state;
    assert_extremes(rising_mins, rising_maxs, "100+150 450+100 | 0+10 30+10");
    const int32_t falling_mins[] = {31, 21, 11, 1}, falling_maxs[] = {40, 30, 20, 10};
    assert_extremes(falling_mins, falling_maxs, "100+150 450+100 | 0+10 30+10");
}

static void extremes_of_others_lie_where_bounds_allow(void **state)
{
    (void)state;
    const int32_t mins[] = {11, 2, 1, 1}, maxs[] = {12, 9, 3, 0}; /* the last is null */
    assert_extremes(mins, maxs, "100+350 | 0+30");
}

/* A page of values without bounds may hold anything. */
static void a_page_without_bounds_asks_for_the_chunk(void **state)
{
    (void)state;
    struct index_fixture x;
    struct page_plan plan;
    index_open(&x, rising_mins, rising_maxs, PAGES_ASCENDING);
    x.index.pages[2].stats.has_bounds = false;
    plan_extremes(&x.chunk.footer, 0, 0, &x.index, &x.arena, &plan);
    assert_plan(&plan, "100+450 | 0+40");
    plan_value(&x.chunk.footer, 0, 0, &x.index, BYTES(1, 0, 0, 0), &x.arena, &plan);
    assert_plan(&plan, "100+150 350+100 | 0+10 20+10");
    index_free(&x);
}

static void a_dictionary_answers_where_it_holds_all(void **state)
{
    (void)state;
    struct plan_range range;
    struct parquet_chunk chunk = {.offset = 100, .length = 450, .dictionary_length = 50};
    assert_false(plan_dictionary(&chunk, &range));
    chunk.all_dictionary = true;
    assert_true(plan_dictionary(&chunk, &range));
    assert_int_equal(range.offset, 100);
    assert_int_equal(range.length, 50);
    chunk.dictionary_length = 0;
    assert_false(plan_dictionary(&chunk, &range));
}

static void the_dictionary_is_read_alone(void **state)
{
    (void)state;
    struct chunk_fixture x;
    fixture_init(&x, PARQUET_BYTE_ARRAY, false, 1000);
    struct strbuf body;
    strbuf_init(&body, 1000);
    put_plain(&body, "north");
    put_plain(&body, "south");
    put_dictionary_page(&x.bytes, 2, strbuf_view(&body));
    struct chunk_reader *r;
    assert_int_equal(fixture_open(&x, &r), OK);
    assert_int_equal(chunk_read_dictionary(r, &x.err), OK);
    assert_int_equal(chunk_n_codes(r), 2);
    assert_true(str_eq(chunk_value(r, 1), str_c("south")));
    chunk_close(r);
    strbuf_clear(&x.bytes);
    put_page(&x.bytes, 1, 0, NO_LEVELS, BYTES(0, 0, 0, 0));
    assert_int_equal(fixture_open(&x, &r), OK);
    assert_int_equal(chunk_read_dictionary(r, &x.err), ERR_CORRUPT);
    chunk_close(r);
    strbuf_free(&body);
    fixture_free(&x);
}

static void statistics_rule_row_groups_out(void **state)
{
    (void)state;
    struct index_fixture x;
    index_init(&x);
    assert_true(row_group_may_hold(&x.chunk.footer, 0, 0, BYTES(9, 0, 0, 0)));
    x.chunk.chunk.stats = (struct parquet_stats){
        .has_bounds = true, .min = BYTES(3, 0, 0, 0), .max = BYTES(7, 0, 0, 0)};
    assert_false(row_group_may_hold(&x.chunk.footer, 0, 0, BYTES(9, 0, 0, 0)));
    assert_false(row_group_may_hold(&x.chunk.footer, 0, 0, BYTES(0xFF, 0xFF, 0xFF, 0xFF)));
    assert_true(row_group_may_hold(&x.chunk.footer, 0, 0, BYTES(7, 0, 0, 0)));
    x.chunk.chunk.stats = (struct parquet_stats){.has_null_count = true, .null_count = 40};
    assert_false(row_group_may_hold(&x.chunk.footer, 0, 0, BYTES(7, 0, 0, 0)));
    index_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_need_the_dictionary_and_their_pages),
        cmocka_unit_test(without_an_index_the_chunk_is_read),
        cmocka_unit_test(a_value_needs_the_pages_that_may_hold_it),
        cmocka_unit_test(extremes_of_sorted_values_lie_at_the_ends),
        cmocka_unit_test(extremes_of_others_lie_where_bounds_allow),
        cmocka_unit_test(a_page_without_bounds_asks_for_the_chunk),
        cmocka_unit_test(a_dictionary_answers_where_it_holds_all),
        cmocka_unit_test(the_dictionary_is_read_alone),
        cmocka_unit_test(statistics_rule_row_groups_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
