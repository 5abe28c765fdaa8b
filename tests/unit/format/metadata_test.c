/* What users write as metadata, and what must be refused with the place of the fault. */
#include "format/metadata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct arena a;
    struct dataset_meta m;
    struct error err;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->a);
    *state = f;
    return f ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_reset(&f->a);
    free(f);
    return 0;
}

static enum error_code parse_bytes(struct fixture *f, struct str yaml)
{
    return metadata_parse(yaml, "weather_metadata.yaml", &f->a, &f->m, &f->err);
}

static struct dataset_meta *good(void **state, const char *yaml)
{
    struct fixture *f = *state;
    if (parse_bytes(f, str_c(yaml))) {
        fail_msg("%s: %s", yaml, f->err.text);
    }
    return &f->m;
}

/* `text` must stand in the error. */
static void bad(void **state, const char *yaml, enum error_code code, const char *text)
{
    struct fixture *f = *state;
    assert_int_equal(parse_bytes(f, str_c(yaml)), code);
    assert_int_equal(f->err.code, code);
    if (!strstr(f->err.text, text)) {
        fail_msg("'%s' is not in '%s'", text, f->err.text);
    }
}

static void assert_column(const struct column_list *l, size_t i, const char *name, const char *type,
                          const char *subtype)
{
    assert_true(i < l->n);
    assert_string_equal(l->items[i].name, name);
    assert_string_equal(l->items[i].type, type);
    assert_string_equal(l->items[i].subtype, subtype);
}

static void test_a_full_description(void **state)
{
    const struct dataset_meta *m =
        good(state, "name: turbines\n"
                    "ts_id:\n"
                    "  - name: park\n    type: str\n    subtype: str\n"
                    "  - name: turbine\n    type: num\n    subtype: int\n"
                    "targets:\n"
                    "  - {name: power, type: numeric, subtype: float}\n"
                    "covariates:\n"
                    "  hist:\n    - name: wind\n      type: num\n"
                    "  future: []\n"
                    "  static: [{name: height, type: num}]\n"
                    "tfc_data_store:\n"
                    "  future:\n    - name: hour\n      type: numeric\n"
                    "type: public\n"
                    "description: 'Power of\n  two parks: one long text'\n"
                    "source: operator\n"
                    "storage_location: \n  s3://bucket/long/turbines\n");
    assert_string_equal(m->name, "turbines");
    assert_int_equal(m->ts_id.n, 2);
    assert_column(&m->ts_id, 0, "park", "str", "str");
    assert_column(&m->ts_id, 1, "turbine", "num", "int");
    assert_int_equal(m->targets.n, 1);
    assert_column(&m->targets, 0, "power", "numeric", "float");
    assert_column(&m->hist, 0, "wind", "num", "");
    assert_int_equal(m->future.n, 0);
    assert_column(&m->fixed, 0, "height", "num", "");
    assert_column(&m->store_future, 0, "hour", "numeric", "");
    assert_int_equal(m->store_hist.n + m->store_static.n, 0);
    assert_string_equal(m->type, "public");
    assert_string_equal(m->description, "Power of two parks: one long text");
    assert_string_equal(m->source, "operator");
    assert_string_equal(m->storage_location, "s3://bucket/long/turbines");
    assert_null(m->theme);
    assert_null(m->frequency);
    assert_null(m->time_column);
    assert_string_equal(m->extra_json, "{}");
    assert_string_equal(m->key, "weather_metadata.yaml");
    assert_string_equal(m->stem, "weather");
    assert_string_equal(m->etag, "");
}

static void test_names_in_every_form(void **state)
{
    const struct dataset_meta *m =
        good(state, "ts_id: [a, {name: b, type: str}, 12]\ntargets: y\n");
    assert_int_equal(m->ts_id.n, 3);
    assert_column(&m->ts_id, 0, "a", "", "");
    assert_column(&m->ts_id, 1, "b", "str", "");
    assert_column(&m->ts_id, 2, "12", "", "");
    assert_column(&m->targets, 0, "y", "", "");
    m = good(state, "ts_id: {name: x, type: str}\ntargets: ~\n");
    assert_int_equal(m->ts_id.n, 1);
    assert_column(&m->ts_id, 0, "x", "str", "");
    assert_int_equal(m->targets.n, 0);
    m = good(state, "ts_id: [a, a, b]\n");
    assert_int_equal(m->ts_id.n, 2);
    m = good(state, "ts_id: []\n");
    assert_int_equal(m->ts_id.n, 0);
}

static void test_legacy_keys(void **state)
{
    const struct dataset_meta *m = good(
        state, "target: {type: num}\nitem_id: {type: str}\n"
               "tfc_data_store_features: {hour: numeric, day: {type: num, subtype: int}, x: }\n");
    assert_column(&m->targets, 0, "target", "num", "");
    assert_column(&m->ts_id, 0, "item_id", "str", "");
    assert_int_equal(m->store_future.n, 3);
    assert_column(&m->store_future, 0, "hour", "numeric", "");
    assert_column(&m->store_future, 1, "day", "num", "int");
    assert_column(&m->store_future, 2, "x", "", "");
    /* The new key wins; the old one is not lost. */
    m = good(state, "ts_id: a\nitem_id: {type: str}\n");
    assert_int_equal(m->ts_id.n, 1);
    assert_column(&m->ts_id, 0, "a", "", "");
    assert_string_equal(m->extra_json, "{\"item_id\":{\"type\":\"str\"}}");
    m = good(state, "target: demand\n");
    assert_column(&m->targets, 0, "demand", "", "");
}

static void test_data_store_roles(void **state)
{
    const struct dataset_meta *m = good(
        state, "tfc_data_store: {future: [a], hist: {b: num}, static: {name: c}, note: kept}\n");
    assert_column(&m->store_future, 0, "a", "", "");
    assert_column(&m->store_hist, 0, "b", "num", "");
    assert_column(&m->store_static, 0, "c", "", "");
    assert_string_equal(m->extra_json, "{\"tfc_data_store\":{\"note\":\"kept\"}}");
}

static void test_keys_below_metadata(void **state)
{
    const struct dataset_meta *m =
        good(state, "name: root\nmetadata:\n  name: nested\n  type: public\n  description: d\n"
                    "  source: s\n  storage_location: s3://x/y\n  theme: energy\n"
                    "  tags: [a, b]\n  licence: CC0\n  ts_id: [k]\n");
    assert_string_equal(m->name, "root");
    assert_string_equal(m->type, "public");
    assert_string_equal(m->description, "d");
    assert_string_equal(m->source, "s");
    assert_string_equal(m->storage_location, "s3://x/y");
    assert_string_equal(m->theme, "energy");
    assert_int_equal(m->n_tags, 2);
    assert_column(&m->ts_id, 0, "k", "", "");
    assert_string_equal(m->extra_json, "{\"metadata\":{\"name\":\"nested\",\"licence\":\"CC0\"}}");
    m = good(state, "metadata: free text\n");
    assert_string_equal(m->extra_json, "{\"metadata\":\"free text\"}");
}

static void test_scalars_keep_their_text(void **state)
{
    const struct dataset_meta *m =
        good(state, "name: 2011\ntype: true\nsource: [lotsa, monash]\ntheme: \ndomain: 1.50\n"
                    "freq: 0x10\ndescription: !!str ~\nstorage_location: \"~\"\n");
    assert_string_equal(m->name, "2011");
    assert_string_equal(m->type, "true");
    assert_string_equal(m->source, "lotsa, monash");
    assert_string_equal(m->theme, "1.50");
    assert_string_equal(m->frequency, "0x10");
    assert_string_equal(m->description, "~");
    assert_string_equal(m->storage_location, "~");
    assert_null(good(state, "name: ~\n")->name);
    assert_null(good(state, "name:\n")->name);
    m = good(state, "theme: a\ndomain: b\nfrequency: H\nfreq: D\n");
    assert_string_equal(m->theme, "a");
    assert_string_equal(m->frequency, "H");
    assert_string_equal(m->extra_json, "{\"domain\":\"b\",\"freq\":\"D\"}");
}

static void test_tags(void **state)
{
    const struct dataset_meta *m = good(state, "tags: ' hourly, ,energy,'\n");
    assert_int_equal(m->n_tags, 2);
    assert_string_equal(m->tags[0], "hourly");
    assert_string_equal(m->tags[1], "energy");
    m = good(state, "tags: ['a, b', 2011, ~, c]\n");
    assert_int_equal(m->n_tags, 3);
    assert_string_equal(m->tags[0], "a, b");
    assert_string_equal(m->tags[1], "2011");
    assert_int_equal(good(state, "tags:\n")->n_tags, 0);
}

static void test_time_column(void **state)
{
    assert_string_equal(good(state, "timestamp: ds\n")->time_column, "ds");
    assert_string_equal(good(state, "time_column: {name: when, type: datetime}\n")->time_column,
                        "when");
    assert_string_equal(good(state, "date: {type: datetime}\n")->time_column, "date");
    assert_string_equal(good(state, "date: [day]\n")->time_column, "day");
    assert_string_equal(good(state, "date: a\ntimestamp: b\n")->time_column, "b");
    /* A date is a date, not a column. */
    const struct dataset_meta *m = good(state, "date: 2024-05-01\ntime_column: t\n");
    assert_string_equal(m->time_column, "t");
    assert_string_equal(m->extra_json, "{\"date\":\"2024-05-01\"}");
    assert_null(good(state, "timestamp: ~\n")->time_column);
    bad(state, "timestamp: [a, b]\n", ERR_METADATA_INVALID,
        ":1:12: timestamp: expected one column");
}

static void test_unknown_keys_as_json(void **state)
{
    const struct dataset_meta *m = good(
        state,
        "x: [1, -2, +3, 007, 0x1F, 0o17, 1.50, .5, 2., 1e5, -1.5E-3, 12345678901234567890123]\n"
        "y: {n: null, t: true, f: False, s: '1', e: \"\", u: \"\\u00e9\\n\\0\"}\n"
        "2011: [.inf, .NaN, 1e400, 0x, 1_000, yes, 2024-01-01]\n");
    assert_string_equal(
        m->extra_json,
        "{\"x\":[1,-2,3,7,31,15,1.50,0.5,2,1e5,-1.5e-3,12345678901234567890123],"
        "\"y\":{\"n\":null,\"t\":true,\"f\":false,\"s\":\"1\",\"e\":\"\",\"u\":"
        "\"\xC3\xA9\\n\\u0000\"},"
        "\"2011\":[\".inf\",\".NaN\",\"1e400\",\"0x\",\"1_000\",\"yes\",\"2024-01-01\"]}");
}

static void test_shapes_that_make_no_sense(void **state)
{
    bad(state, "name: a\nts_id: {a: 1}\n", ERR_METADATA_INVALID,
        "weather_metadata.yaml:2:8: ts_id: expected a list of columns, found a mapping without "
        "'name'");
    bad(state, "ts_id:\n  - a\n  - type: str\n", ERR_METADATA_INVALID,
        ":3:5: ts_id: a column without a name");
    bad(state, "ts_id: [a, [b]]\n", ERR_METADATA_INVALID, ":1:12: ts_id: expected a column name");
    bad(state, "ts_id: [~]\n", ERR_METADATA_INVALID, ":1:9: ts_id: a column without a name");
    bad(state, "ts_id: [{name: [x]}]\n", ERR_METADATA_INVALID,
        ":1:16: ts_id.name: expected text, found a list");
    bad(state, "covariates: {static: {a: 1}}\n", ERR_METADATA_INVALID, "covariates.static:");
    bad(state, "name: {a: b}\n", ERR_METADATA_INVALID,
        ":1:7: name: expected text, found a mapping");
    bad(state, "tags: {a: b}\n", ERR_METADATA_INVALID, "tags: expected a list, found a mapping");
    bad(state, "name: \"a\\0b\"\n", ERR_METADATA_INVALID, ":1:7: name: the text contains a NUL");
    bad(state, "- a\n", ERR_METADATA_INVALID, ":1:1: metadata: expected a mapping");
    bad(state, "just text\n", ERR_METADATA_INVALID, ":1:1: metadata: expected a mapping");
}

static void test_empty_files(void **state)
{
    bad(state, "", ERR_METADATA_INVALID, "the file is empty");
    bad(state, "# a comment\n\n", ERR_METADATA_INVALID, "the file is empty");
    bad(state, "---\n...\n", ERR_METADATA_INVALID, "the file is empty");
    assert_string_equal(good(state, "{}")->extra_json, "{}");
}

static void test_syntax_errors_have_a_place(void **state)
{
    bad(state, "name: x\nts_id:\n\t- a\n", ERR_METADATA_SYNTAX, "weather_metadata.yaml:3:1:");
    bad(state, "name: [a\nb: c\n", ERR_METADATA_SYNTAX, ":3:1: flow sequence without a closing");
    bad(state, "name: 'open\n", ERR_METADATA_SYNTAX, "weather_metadata.yaml:1:8: single-quoted");
    bad(state, "a: 1\nb: 2\na: 3\n", ERR_METADATA_SYNTAX, ":3:1: duplicate key 'a'");
    bad(state, "k: {x: 1, 'x': 2}\n", ERR_METADATA_SYNTAX, ":1:11: duplicate key 'x'");
    bad(state, "[a, b]: c\n", ERR_METADATA_SYNTAX, ":1:1: a key must be text");
    bad(state, "a: *nothing\n", ERR_METADATA_SYNTAX, ":1:4: an alias to nothing");
    bad(state, "a: &x [*x]\n", ERR_METADATA_SYNTAX, "alias to nothing, or to what it is part of");
    bad(state, "a: b\n}\n", ERR_METADATA_SYNTAX, "weather_metadata.yaml:2:");
}

static void test_bytes_that_are_not_text(void **state)
{
    bad(state, "name: a\nd: \xC3\xA9\xFFz\n", ERR_METADATA_SYNTAX, ":2:5: not UTF-8");
    bad(state, "\xFF\xFEn\n", ERR_METADATA_SYNTAX, ":1:1: not UTF-8");
    bad(state, "a: b\nc: \x1B[31m\n", ERR_METADATA_SYNTAX, ":2:4: a control character");
    bad(state, "a: \xE2\x82", ERR_METADATA_SYNTAX, ":1:4: not UTF-8");
    struct fixture *f = *state;
    assert_int_equal(parse_bytes(f, str_n("a: b\0c", 6)), ERR_METADATA_SYNTAX);
    assert_non_null(strstr(f->err.text, ":1:5: a control character"));
    bad(state, "a: \"\\ud800\"\n", ERR_METADATA_SYNTAX, "weather_metadata.yaml:1:");
}

static void test_byte_order_mark_and_line_ends(void **state)
{
    assert_string_equal(good(state, "\xEF\xBB\xBFname: x\n")->name, "x");
    bad(state, "\xEF\xBB\xBFname: x\nname: y\n", ERR_METADATA_SYNTAX, ":2:1: duplicate");
    assert_string_equal(good(state, "name: x\r\ntype: y\r\n")->type, "y");
    assert_string_equal(good(state, "--- \nname: x\n---\nname: y\n")->name, "x");
    assert_string_equal(good(state, "%YAML 1.2\n---\nname: x\n...\n")->name, "x");
    assert_string_equal(good(state, "{\"name\": \"x\", \"ts_id\": [\"a\"]}")->name, "x");
}

static void test_aliases(void **state)
{
    const struct dataset_meta *m =
        good(state, "x: &c {name: id, type: str}\nts_id: [*c]\ntargets: *c\n");
    assert_column(&m->ts_id, 0, "id", "str", "");
    assert_column(&m->targets, 0, "id", "str", "");
    assert_string_equal(good(state, "a: &x one\nb: &x two\nname: *x\n")->name, "two");
}

static void test_alias_bomb(void **state)
{
    char yaml[4096];
    int n = snprintf(yaml, sizeof yaml, "a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol,lol]\n");
    for (int i = 1; i < 12; i++) {
        n += snprintf(yaml + n, sizeof yaml - (size_t)n, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++) {
            n += snprintf(yaml + n, sizeof yaml - (size_t)n, "*a%d,", i - 1);
        }
        n += snprintf(yaml + n, sizeof yaml - (size_t)n, "]\n");
    }
    bad(state, yaml, ERR_LIMIT, "too many values");
}

/* `depth` lists inside each other, below the root mapping. */
static char *nested(struct arena *a, size_t depth)
{
    char *yaml = arena_zalloc(a, 2 * depth + 8);
    memcpy(yaml, "x: ", 3);
    memset(yaml + 3, '[', depth);
    memset(yaml + 3 + depth, ']', depth);
    return yaml;
}

static void test_nesting_bound(void **state)
{
    struct fixture *f = *state;
    good(state, nested(&f->a, 31));
    bad(state, nested(&f->a, 32), ERR_LIMIT, "nested too deeply");
    assert_int_not_equal(parse_bytes(f, str_c(nested(&f->a, 200000))), OK);
    /* An alias counts with what lies below it. */
    bad(state,
        "a: &a [[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]\n"
        "b: [[[[[[[[[[[[[[[[[[[[*a]]]]]]]]]]]]]]]]]]]]\n",
        ERR_LIMIT, "nested too deeply");
}

static void test_size_bound(void **state)
{
    struct fixture *f = *state;
    char *big = calloc(1, METADATA_MAX + 2);
    memset(big, 'x', METADATA_MAX + 1);
    memcpy(big, "d: ", 3);
    assert_int_equal(parse_bytes(f, str_n(big, METADATA_MAX + 1)), ERR_LIMIT);
    assert_int_equal(parse_bytes(f, str_n(big, METADATA_MAX)), OK);
    /* The same amount as four million tiny values is more than we keep. */
    for (size_t i = 0; i + 2 < METADATA_MAX; i += 2) {
        memcpy(big + i, i ? "x," : "[ ", 2);
    }
    assert_int_equal(parse_bytes(f, str_n(big, METADATA_MAX)), ERR_LIMIT);
    free(big);
}

static void test_many_columns(void **state)
{
    struct fixture *f = *state;
    struct strbuf b;
    strbuf_init(&b, METADATA_MAX);
    strbuf_add_c(&b, "targets:\n");
    for (int i = 0; i < 20000; i++) {
        strbuf_printf(&b, "  - name: c%d\n    type: num\n", i);
    }
    assert_int_equal(parse_bytes(f, strbuf_view(&b)), OK);
    assert_int_equal(f->m.targets.n, 20000);
    assert_column(&f->m.targets, 19999, "c19999", "num", "");
    strbuf_free(&b);
}

/* libfyaml prints diagnostics of its own unless it is told not to. */
static void test_nothing_is_printed(void **state)
{
    FILE *capture = tmpfile();
    assert_non_null(capture);
    fflush(stderr);
    int saved = dup(2);
    dup2(fileno(capture), 2);
    struct fixture *f = *state;
    static const char *const faults[] = {
        "a: [", "a:\n\t- b", "a: 'x",   "%FOO\n---\n", "a: b: c: d",
        "!<x",  "a: *b",     "&a &b c", "? [",         "%YAML 9.9\n--- a"};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (parse_bytes(f, str_c(faults[i])) == OK) {
            fprintf(stderr, "accepted: %s\n", faults[i]);
        }
    }
    dup2(saved, 2);
    close(saved);
    rewind(capture);
    char text[512] = "";
    size_t n = fread(text, 1, sizeof text - 1, capture);
    fclose(capture);
    if (n && !strstr(text, "accepted")) {
        fail_msg("printed: %s", text);
    }
}

static void test_keys_and_stems(void **state)
{
    static const char *const stems[][2] = {
        {"weather_metadata.yaml", "weather"},
        {"a/b/weather.metadata.YML", "weather"},
        {"x.yaml", "x"},
        {"X_Metadata.yml", "X"},
        {"metadata.yaml", "metadata"},
        {"w/_metadata.yaml", "_metadata"},
        {"a.b.yaml", "a.b"},
        {"a_metadata_metadata.yaml", "a_metadata"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++) {
        assert_true(metadata_is_key(stems[i][0]));
        assert_int_equal(metadata_parse(str_c("a: b"), stems[i][0], &f->a, &f->m, &f->err), OK);
        assert_string_equal(f->m.stem, stems[i][1]);
        assert_string_equal(f->m.key, stems[i][0]);
    }
    assert_false(metadata_is_key("weather.json"));
    assert_false(metadata_is_key("yaml"));
    assert_false(metadata_is_key("x.yaml/part.parquet"));
}

static struct str read_file(const char *path, struct arena *a)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        return str_n(NULL, 0);
    }
    char *data = arena_alloc(a, 65536);
    size_t n = fread(data, 1, 65536, file);
    fclose(file);
    return str_n(data, n);
}

static void test_real_files(void **state)
{
    struct fixture *f = *state;
    struct str yaml = read_file(
        TSI_SHARED_DATA "/metadata-examples/alibaba_cluster_trace_2018_metadata.yaml", &f->a);
    if (!yaml.data) {
        skip();
    }
    const struct dataset_meta *m = &f->m;
    assert_int_equal(parse_bytes(f, yaml), OK);
    assert_string_equal(m->name, "alibaba_cluster_trace_2018");
    assert_column(&m->ts_id, 0, "item_id", "str", "str");
    assert_int_equal(m->targets.n, 2);
    assert_column(&m->targets, 1, "memory_utilization_percent", "num", "float");
    assert_int_equal(m->hist.n, 6);
    assert_int_equal(m->store_future.n, 4);
    assert_column(&m->store_future, 3, "day_of_month", "numeric", "int");
    assert_string_equal(m->storage_location, "s3://tfc-modeling-data-eu-west-3/lotsa_long_format/"
                                             "alibaba_cluster_trace_2018");
    assert_string_equal(m->extra_json, "{}");
    yaml = read_file(
        TSI_SHARED_DATA "/metadata-examples/australian_electricity_demand_metadata.yaml", &f->a);
    assert_non_null(yaml.data);
    assert_int_equal(parse_bytes(f, yaml), OK);
    assert_column(&m->targets, 0, "target", "numeric", "float");
    assert_string_equal(m->source, "monash");
    assert_int_equal(m->fixed.n, 0);
    assert_non_null(strstr(m->description, "(prediction length: 48)"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest all[] = {
        TEST(test_a_full_description),
        TEST(test_names_in_every_form),
        TEST(test_legacy_keys),
        TEST(test_data_store_roles),
        TEST(test_keys_below_metadata),
        TEST(test_scalars_keep_their_text),
        TEST(test_tags),
        TEST(test_time_column),
        TEST(test_unknown_keys_as_json),
        TEST(test_shapes_that_make_no_sense),
        TEST(test_empty_files),
        TEST(test_syntax_errors_have_a_place),
        TEST(test_bytes_that_are_not_text),
        TEST(test_byte_order_mark_and_line_ends),
        TEST(test_aliases),
        TEST(test_alias_bomb),
        TEST(test_nesting_bound),
        TEST(test_size_bound),
        TEST(test_many_columns),
        TEST(test_nothing_is_printed),
        TEST(test_keys_and_stems),
        TEST(test_real_files),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
