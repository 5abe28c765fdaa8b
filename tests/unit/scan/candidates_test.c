/* Which columns are looked at, and in which order, for schemas of real corpora. */
#include "scan/candidates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum kind { TEXT, INT, REAL, FLAG, STAMP, DAY, CLOCK, LISTED, NESTED, JSON_TEXT, STAMP96, DECIMAL };

struct col {
    const char *name;
    enum kind kind;
};

static struct parquet_column column(struct col c)
{
    struct parquet_column p = {
        .path = c.name, .name = c.name, .top_level = true, .is_signed = true};
    static const enum parquet_physical physical[] = {
        PARQUET_BYTE_ARRAY, PARQUET_INT64,      PARQUET_DOUBLE, PARQUET_BOOLEAN,
        PARQUET_INT64,      PARQUET_INT32,      PARQUET_INT64,  PARQUET_BYTE_ARRAY,
        PARQUET_BYTE_ARRAY, PARQUET_BYTE_ARRAY, PARQUET_INT96,  PARQUET_INT64};
    static const enum parquet_logical logical[] = {
        PARQUET_STRING,    PARQUET_PLAIN_VALUE, PARQUET_PLAIN_VALUE, PARQUET_PLAIN_VALUE,
        PARQUET_TIMESTAMP, PARQUET_DATE,        PARQUET_TIME,        PARQUET_STRING,
        PARQUET_STRING,    PARQUET_JSON,        PARQUET_TIMESTAMP,   PARQUET_DECIMAL};
    p.physical = physical[c.kind];
    p.logical = logical[c.kind];
    p.max_rep = c.kind == LISTED;
    p.top_level = c.kind != NESTED && c.kind != LISTED;
    return p;
}

struct result {
    struct strbuf ids, times; /* "item_id, id, item_id+id" */
};

static void find(const struct col *cols, size_t n, struct result *r)
{
    struct parquet_column columns[32];
    struct parquet_footer f = {.columns = columns, .n_columns = n};
    struct arena a;
    struct candidates c;
    arena_init(&a);
    for (size_t i = 0; i < n; i++) {
        columns[i] = column(cols[i]);
    }
    candidates_find(&f, &a, &c);
    strbuf_init(&r->ids, 100000);
    strbuf_init(&r->times, 100000);
    for (size_t i = 0; i < c.n_ids; i++) {
        strbuf_printf(&r->ids, "%s%s", i ? ", " : "", columns[c.ids[i].columns[0]].path);
        if (c.ids[i].n == 2) {
            strbuf_printf(&r->ids, "+%s", columns[c.ids[i].columns[1]].path);
        }
    }
    for (size_t i = 0; i < c.n_times; i++) {
        strbuf_printf(&r->times, "%s%s", i ? ", " : "", columns[c.times[i]].path);
    }
    arena_reset(&a);
}

static void check(const struct col *cols, size_t n, const char *ids, const char *times)
{
    struct result r;
    find(cols, n, &r);
    assert_string_equal(strbuf_view(&r.ids).data, ids);
    assert_string_equal(strbuf_view(&r.times).data, times);
    strbuf_free(&r.ids);
    strbuf_free(&r.times);
}

#define CHECK(ids, times, ...)                                                                     \
    check((const struct col[]){__VA_ARGS__},                                                       \
          sizeof((struct col[]){__VA_ARGS__}) / sizeof(struct col), ids, times)

static void test_the_usual_long_tables(void **state)
{
    (void)state;
    CHECK("item_id", "timestamp", {"item_id", TEXT}, {"timestamp", STAMP}, {"target", REAL});
    CHECK("unique_id", "ds", {"unique_id", TEXT}, {"ds", STAMP}, {"y", REAL});
    CHECK("unique_id", "ds", {"y", REAL}, {"ds", INT}, {"unique_id", INT});
    CHECK("", "timestamp", {"target", REAL}, {"timestamp", STAMP96});
    CHECK("building_name, dataset_name, building_name+dataset_name", "timestamp",
          {"building_name", TEXT}, {"dataset_name", TEXT}, {"timestamp", STAMP}, {"target", REAL});
}

/* M5: item_id is the article, in every store; `id` is the series. Both are looked at, before any
 * pair. */
static void test_m5(void **state)
{
    (void)state;
    struct result r;
    const struct col m5[] = {{"id", TEXT},     {"item_id", TEXT},  {"dept_id", TEXT},
                             {"cat_id", TEXT}, {"store_id", TEXT}, {"state_id", TEXT},
                             {"date", STAMP},  {"sales", INT}};
    find(m5, 8, &r);
    assert_int_equal(
        strncmp(r.ids.data, "item_id, id, store_id, dept_id, cat_id, state_id, item_id+id", 60), 0);
    assert_string_equal(r.times.data, "date");
    strbuf_free(&r.ids);
    strbuf_free(&r.times);
}

/* Favorita: `id` numbers the rows, the series is a pair. `unit_sales` and flags are no ids. */
static void test_favorita(void **state)
{
    (void)state;
    CHECK("id, store_nbr, item_nbr, id+store_nbr, id+item_nbr, store_nbr+item_nbr", "date",
          {"id", INT}, {"date", DAY}, {"store_nbr", INT}, {"item_nbr", INT}, {"unit_sales", REAL},
          {"onpromotion", FLAG});
}

static void test_words_are_whole(void **state)
{
    (void)state;
    CHECK("", "", {"country", INT}, {"runtime", INT}, {"sentiment", INT}, {"update_rate", INT},
          {"paid", INT}, {"grid", INT}, {"monkey", INT}, {"barcode", INT}, {"username", INT},
          {"valid", INT}, {"timeout", INT}, {"times", INT}, {"lifetime", INT});
    CHECK("country_code", "", {"country_code", INT}, {"amount_paid", INT}, {"id_count", INT});
    CHECK("StationID, HTTPKey, StationID+HTTPKey", "", {"HTTPKey", INT}, {"StationID", TEXT},
          {"keyed", INT}, {"idle", INT});
    CHECK("zone-code, sym.symbol, zone-code+sym.symbol", "", {"zone-code", INT},
          {"sym.symbol", INT}, {"codes", INT}, {"xname", INT});
    CHECK("plot code_, Cell3Id, plot code_+Cell3Id", "", {"plot code_", INT}, {"Cell3Id", INT});
}

static void test_names_in_other_spellings(void **state)
{
    (void)state;
    CHECK("ItemId", "EventTime", {"ItemId", TEXT}, {"EventTime", INT});
    CHECK("ITEM-ID", "TimeStamp", {"ITEM-ID", TEXT}, {"TimeStamp", STAMP});
    CHECK("series.name", "date time", {"series.name", TEXT}, {"date time", STAMP});
}

static void test_times(void **state)
{
    (void)state;
    /* By name first, in the order of the list; then by type. A time of day is no time. */
    CHECK("", "timestamp, date, ts, created, seen", {"created", STAMP}, {"ts", INT}, {"date", DAY},
          {"seen", DAY}, {"timestamp", STAMP}, {"opens", CLOCK}, {"count", INT});
    /* A name is not enough: text, fractions and flags are not read as times. */
    CHECK("", "", {"timestamp", TEXT}, {"date", REAL}, {"time", FLAG}, {"period", DECIMAL});
    CHECK("", "", {"timestamp", LISTED}, {"date", NESTED});
}

static void test_types_of_ids(void **state)
{
    (void)state;
    CHECK("", "item_key", {"item_id", REAL}, {"id", FLAG}, {"item_key", STAMP}, {"uid", LISTED},
          {"series_id", NESTED}, {"doc_id", JSON_TEXT}, {"ts_id", DECIMAL});
    /* Any text column may be it, behind those with a name. */
    CHECK("region_code, region, city, region_code+region, region_code+city, region+city", "",
          {"region", TEXT}, {"city", TEXT}, {"region_code", INT}, {"value", REAL});
}

static void test_many_columns(void **state)
{
    (void)state;
    enum { N = 5000 };
    static struct parquet_column columns[N];
    static char names[N][16];
    struct parquet_footer f = {.columns = columns, .n_columns = N};
    struct arena a;
    struct candidates c;
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof names[i], "c%d", i);
        columns[i] = column((struct col){names[i], TEXT});
    }
    columns[N - 1].path = "id";
    arena_init(&a);
    candidates_find(&f, &a, &c);
    assert_int_equal(c.ids[0].columns[0], N - 1);
    assert_true(c.n_ids < 100);
    assert_int_equal(c.n_times, 0);
    f.n_columns = 0;
    candidates_find(&f, &a, &c);
    assert_int_equal(c.n_ids + c.n_times, 0);
    arena_reset(&a);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_the_usual_long_tables),
        cmocka_unit_test(test_m5),
        cmocka_unit_test(test_favorita),
        cmocka_unit_test(test_words_are_whole),
        cmocka_unit_test(test_names_in_other_spellings),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_types_of_ids),
        cmocka_unit_test(test_many_columns),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
