/* Listings and metadata in, datasets and notes out: each rule of discover.h, in any order of
 * arrival. */
#include "scan/discover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct meta_in {
    const char *key, *stem, *name, *location;
    bool inside;
    const char *id_column; /* NULL: none */
};

static void add(struct discovery *d, const char *key, uint64_t size)
{
    discovery_add_object(d, &(struct object){.key = key, .size = size, .etag = "e", .mtime_us = 5});
}

static void add_all(struct discovery *d, const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        add(d, keys[i], 100);
    }
}

#define ADD(d, ...)                                                                                \
    add_all(d, (const char *const[]){__VA_ARGS__},                                                 \
            sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void add_meta(struct discovery *d, struct meta_in in)
{
    struct dataset_meta *m = arena_zalloc(&d->arena, sizeof *m);
    *m = (struct dataset_meta){.key = in.key,
                               .stem = in.stem,
                               .etag = "",
                               .name = in.name,
                               .storage_location = in.location,
                               .extra_json = "{}"};
    if (in.id_column) {
        m->ts_id.items = arena_array(&d->arena, 1, sizeof *m->ts_id.items);
        m->ts_id.items[0] = (struct column_meta){in.id_column, "", ""};
        m->ts_id.n = 1;
        m->time_column = "when";
    }
    discovery_add_meta(d, m, in.inside);
}

/* "id folder metadata files(empty)" per dataset, one a line. */
static void assert_datasets(const struct discovery *d, const char *expected)
{
    struct strbuf b;
    strbuf_init(&b, 1 << 20);
    for (size_t i = 0; i < d->n_datasets; i++) {
        const struct discovered *x = &d->datasets[i];
        strbuf_printf(&b, "%s [%s] %s %zu(%zu)\n", x->info.id, x->info.folder,
                      x->info.meta ? x->info.meta->key : "-", x->n_files, x->n_empty);
    }
    assert_string_equal(strbuf_view(&b).data, expected);
    strbuf_free(&b);
}

/* "dataset key code" per note, one a line. */
static void assert_notes(const struct discovery *d, const char *expected)
{
    struct strbuf b;
    strbuf_init(&b, 1 << 20);
    for (size_t i = 0; i < d->n_notes; i++) {
        const struct discovery_note *n = &d->notes[i];
        assert_true(n->text[0]);
        strbuf_printf(&b, "%s|%s|%s\n", n->dataset_id, n->key, error_name(n->code));
    }
    assert_string_equal(strbuf_view(&b).data, expected);
    strbuf_free(&b);
}

static void start(struct discovery *d)
{
    discovery_init(d, "lake");
}

static void test_folders_are_datasets(void **state)
{
    (void)state;
    struct discovery d;
    start(&d);
    ADD(&d, "weather/part-1.parquet", "weather/part-0.PARQUET", "energy/year=2020/m=1/x.pq",
        "energy/a.parq");
    add_meta(&d, (struct meta_in){"m/weather_metadata.yaml", "weather", "Weather!", NULL, false,
                                  "site"});
    discovery_finish(&d);
    assert_datasets(&d,
                    "energy [energy/] - 2(0)\nweather [weather/] m/weather_metadata.yaml 2(0)\n");
    assert_notes(&d, "energy|energy/|no_metadata\n");
    const struct discovered *w = &d.datasets[1];
    assert_string_equal(w->files[0].key, "weather/part-0.PARQUET");
    assert_string_equal(w->files[1].key, "weather/part-1.parquet");
    assert_int_equal(w->files[0].size, 100);
    assert_int_equal(w->files[0].mtime_us, 5);
    assert_string_equal(w->files[0].etag, "e");
    assert_string_equal(w->info.name, "Weather!");
    assert_int_equal(w->info.origin, COLUMNS_METADATA);
    assert_int_equal(w->info.n_id_columns, 1);
    assert_string_equal(w->info.id_columns[0], "site");
    assert_string_equal(w->info.time_column, "when");
    assert_string_equal(d.datasets[0].info.name, "energy");
    assert_int_equal(d.datasets[0].info.origin, COLUMNS_NONE);
    assert_null(d.datasets[0].info.time_column);
    discovery_free(&d);
}

static void test_files_in_the_root(void **state)
{
    (void)state;
    struct discovery d;
    start(&d);
    ADD(&d, "b.parquet", "a.parquet", "readme.md", "notes.json");
    discovery_finish(&d);
    assert_datasets(&d, "lake [] - 2(0)\n");
    assert_notes(&d,
                 "lake||no_metadata\nlake|notes.json|unsupported\nlake|readme.md|marker_file\n");
    discovery_free(&d);
    /* Nothing to read there: no dataset, and nothing lost. */
    start(&d);
    ADD(&d, "manifest.json", "x/a.parquet");
    discovery_finish(&d);
    assert_datasets(&d, "x [x/] - 1(0)\n");
    assert_notes(&d, "|manifest.json|unsupported\nx|x/|no_metadata\n");
    discovery_free(&d);
    /* Metadata of the root lies in the root. */
    start(&d);
    ADD(&d, "a.parquet", "metadata.yaml");
    add_meta(&d, (struct meta_in){"metadata.yaml", "metadata", NULL, NULL, true, NULL});
    discovery_finish(&d);
    assert_datasets(&d, "lake [] metadata.yaml 1(0)\n");
    assert_notes(&d, "");
    discovery_free(&d);
}

static void test_what_is_no_data(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        enum error_code code;
    } cases[] = {
        {"d/", ERR_DIRECTORY_MARKER},
        {"d/sub/", ERR_DIRECTORY_MARKER},
        {"d/_SUCCESS", ERR_MARKER_FILE},
        {"d/_committed_123", ERR_MARKER_FILE},
        {"d/_started_123", ERR_MARKER_FILE},
        {"d/_metadata", ERR_MARKER_FILE},
        {"d/_common_metadata", ERR_MARKER_FILE},
        {"d/part-0.parquet.crc", ERR_MARKER_FILE},
        {"d/.part-0.parquet", ERR_MARKER_FILE},
        {"d/.DS_Store", ERR_MARKER_FILE},
        {"d/dataset_info.json", ERR_MARKER_FILE},
        {"d/state.json", ERR_MARKER_FILE},
        {"d/_temporary/0/part.parquet", ERR_MARKER_FILE},
        {"d/_delta_log/000.json", ERR_MARKER_FILE},
        {"d/.hidden/part.parquet", ERR_MARKER_FILE},
        {"d/README.md", ERR_MARKER_FILE},
        {"d/LICENSE", ERR_MARKER_FILE},
        {"d/x.csv", ERR_UNSUPPORTED},
        {"d/x.CSV.gz", ERR_UNSUPPORTED},
        {"d/x.tsv", ERR_UNSUPPORTED},
        {"d/x.arrow", ERR_UNSUPPORTED},
        {"d/x.feather", ERR_UNSUPPORTED},
        {"d/x.ipc", ERR_UNSUPPORTED},
        {"d/x.jsonl", ERR_UNSUPPORTED},
        {"d/x.ndjson", ERR_UNSUPPORTED},
        {"d/x.json", ERR_UNSUPPORTED},
        {"d/x.tsf", ERR_UNSUPPORTED},
        {"d/x.orc", ERR_UNSUPPORTED},
        {"d/x.avro", ERR_UNSUPPORTED},
        {"d/x.bin", ERR_FORMAT_UNKNOWN},
        {"d/parquet", ERR_FORMAT_UNKNOWN},
        {"d/x.parquet.tmp", ERR_FORMAT_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct discovery d;
        start(&d);
        ADD(&d, "d/real.parquet", cases[i].key);
        discovery_finish(&d);
        assert_datasets(&d, "d [d/] - 1(0)\n");
        assert_int_equal(d.n_notes, 2);
        const struct discovery_note *n = &d.notes[d.notes[0].code == ERR_NO_METADATA];
        assert_string_equal(n->key, cases[i].key);
        assert_int_equal(n->code, cases[i].code);
        assert_string_equal(n->dataset_id, "d");
        discovery_free(&d);
    }
}

static void test_formats_are_named(void **state)
{
    (void)state;
    struct discovery d;
    start(&d);
    ADD(&d, "sheets/a.csv", "docs/index.html");
    discovery_finish(&d);
    /* A folder of CSV is a dataset that cannot be read yet; a folder of pages is none. */
    assert_datasets(&d, "sheets [sheets/] - 0(0)\n");
    assert_notes(&d, "docs|docs/index.html|unknown_format\nsheets|sheets/|no_metadata\n"
                     "sheets|sheets/a.csv|unsupported\n");
    assert_string_equal(d.notes[2].text, "CSV is not read yet");
    discovery_free(&d);
}

static void test_empty_files_stay(void **state)
{
    (void)state;
    struct discovery d;
    start(&d);
    add(&d, "d/a.parquet", 0);
    add(&d, "d/b.parquet", 10);
    discovery_finish(&d);
    assert_datasets(&d, "d [d/] - 2(1)\n");
    assert_int_equal(d.datasets[0].files[0].size, 0);
    discovery_free(&d);
}

static void test_matching_rules(void **state)
{
    (void)state;
    static const struct meta_in metas[] = {
        {"weather_metadata.yaml", "weather", NULL, NULL, false, NULL},
        {"Weather.yaml", "Weather", NULL, NULL, false, NULL},
        {"x.yaml", "x", "weather", NULL, false, NULL},
        {"x.yaml", "x", "WEATHER", NULL, false, NULL},
        {"x.yaml", "x", "other", "s3://b/long/weather/", false, NULL},
        {"x.yaml", "x", NULL, "s3://b/long/Weather", false, NULL},
        {"weather/metadata.yaml", "metadata", NULL, NULL, true, NULL},
        {"weather/anything.yaml", "anything", NULL, NULL, true, NULL},
    };
    static const char *const ids[] = {"weather", "Weather", "x",       "x",
                                      "x",       "x",       "weather", "anything"};
    enum { N = sizeof metas / sizeof *metas };
    for (size_t i = 0; i < N; i++) {
        struct discovery d;
        start(&d);
        ADD(&d, "weather/a.parquet");
        add_meta(&d, metas[i]);
        discovery_finish(&d);
        assert_int_equal(d.n_datasets, 1);
        assert_non_null(d.datasets[0].info.meta);
        assert_string_equal(d.datasets[0].info.id, ids[i]);
        assert_int_equal(d.n_notes, 0);
        discovery_free(&d);
    }
    /* Of two, the better rule wins, and the other one is named. */
    for (size_t i = 0; i + 1 < N - 1; i++) {
        struct discovery d;
        struct meta_in worse = metas[i + 1];
        worse.key = worse.inside ? worse.key : "0-first-by-name.yaml";
        start(&d);
        ADD(&d, "weather/a.parquet");
        add_meta(&d, worse);
        add_meta(&d, metas[i]);
        discovery_finish(&d);
        assert_int_equal(d.n_datasets, 1);
        assert_string_equal(d.datasets[0].info.meta->key, metas[i].key);
        assert_int_equal(d.n_notes, 1);
        assert_string_equal(d.notes[0].key, worse.key);
        if (worse.inside || strcmp(worse.stem, "x") != 0) {
            assert_int_equal(d.notes[0].code, ERR_NAME_COLLISION);
        }
        discovery_free(&d);
    }
}

static void test_folders_that_differ_in_case(void **state)
{
    (void)state;
    struct discovery d;
    start(&d);
    ADD(&d, "Metro/a.parquet", "metro/a.parquet");
    add_meta(&d, (struct meta_in){"metro.yaml", "metro", NULL, NULL, false, NULL});
    discovery_finish(&d);
    assert_datasets(&d, "Metro [Metro/] - 1(0)\nmetro [metro/] metro.yaml 1(0)\n");
    assert_notes(&d, "Metro|Metro/|no_metadata\nmetro|metro/|name_collision\n");
    discovery_free(&d);
}

static void test_metadata_without_data(void **state)
{
    (void)state;
    struct discovery d;
    start(&d);
    ADD(&d, "weather/a.parquet");
    add_meta(&d,
             (struct meta_in){"lost_metadata.yaml", "lost", "lost", "s3://b/lost", false, NULL});
    add_meta(&d, (struct meta_in){"weather.yaml", "weather", NULL, NULL, false, NULL});
    discovery_finish(&d);
    assert_datasets(&d, "weather [weather/] weather.yaml 1(0)\n");
    assert_notes(&d, "lost|lost_metadata.yaml|metadata_without_data\n");
    discovery_free(&d);
}

static void test_unparsable_metadata(void **state)
{
    (void)state;
    struct discovery d;
    start(&d);
    ADD(&d, "weather/a.parquet", "energy/a.parquet");
    discovery_add_meta_failure(&d, "m/Weather_metadata.yaml", false, ERR_METADATA_SYNTAX,
                               "1:1: bad");
    discovery_add_meta_failure(&d, "energy/metadata.yml", true, ERR_METADATA_INVALID, "2:2: bad");
    discovery_add_meta_failure(&d, "gone.yaml", false, ERR_METADATA_SYNTAX, "3:3: bad");
    discovery_finish(&d);
    assert_datasets(&d, "energy [energy/] - 1(0)\nweather [weather/] - 1(0)\n");
    assert_notes(&d, "energy|energy/metadata.yml|metadata_invalid\ngone|gone.yaml|metadata_syntax\n"
                     "weather|m/Weather_metadata.yaml|metadata_syntax\n");
    assert_string_equal(d.notes[0].text, "2:2: bad");
    discovery_free(&d);
}

static void test_several_files_inside(void **state)
{
    (void)state;
    struct discovery d;
    start(&d);
    ADD(&d, "w/a.parquet");
    add_meta(&d, (struct meta_in){"w/a.yaml", "a", NULL, NULL, true, NULL});
    add_meta(&d, (struct meta_in){"w/b.yaml", "b", NULL, NULL, true, NULL});
    discovery_finish(&d);
    assert_datasets(&d, "w [w/] - 1(0)\n");
    assert_notes(&d, "w|w/|no_metadata\nw|w/a.yaml|name_collision\nw|w/b.yaml|name_collision\n");
    discovery_free(&d);
    start(&d);
    ADD(&d, "w/a.parquet");
    add_meta(&d, (struct meta_in){"w/a.yaml", "a", NULL, NULL, true, NULL});
    add_meta(&d, (struct meta_in){"w/dataset.yaml", "dataset", NULL, NULL, true, NULL});
    discovery_finish(&d);
    assert_datasets(&d, "w [w/] w/dataset.yaml 1(0)\n");
    discovery_free(&d);
}

/* The folder of that name keeps the id, the other one falls back to its own name: nothing is left
 * out. */
static void test_an_id_that_is_a_folder(void **state)
{
    (void)state;
    struct discovery d;
    start(&d);
    ADD(&d, "a/1.parquet", "x/1.parquet");
    add_meta(&d, (struct meta_in){"m/one/x.yaml", "x", NULL, NULL, false, NULL});
    add_meta(&d, (struct meta_in){"m/two/x.yaml", "x", "a", NULL, false, NULL});
    discovery_finish(&d);
    assert_datasets(&d, "a [a/] m/two/x.yaml 1(0)\nx [x/] m/one/x.yaml 1(0)\n");
    assert_notes(&d, "a|a/|name_collision\n");
    discovery_free(&d);
}

static void test_two_folders_want_one_id(void **state)
{
    (void)state;
    struct discovery d;
    start(&d);
    ADD(&d, "a/1.parquet", "b/1.parquet");
    add_meta(&d, (struct meta_in){"m/one/x.yaml", "x", "a", NULL, false, NULL});
    add_meta(&d, (struct meta_in){"m/two/x.yaml", "x", "b", NULL, false, NULL});
    discovery_finish(&d);
    assert_datasets(&d, "b [b/] m/two/x.yaml 1(0)\nx [a/] m/one/x.yaml 1(0)\n");
    assert_notes(&d, "b|b/|name_collision\n");
    discovery_free(&d);
}

/* Ten thousand folders in three orders give the same answer. */
static void test_order_does_not_matter(void **state)
{
    (void)state;
    enum { N = 10000 };
    struct strbuf answers[3];
    for (unsigned order = 0; order < 3; order++) {
        struct discovery d;
        static const unsigned steps[] = {1, 7919, N - 1};
        start(&d);
        for (unsigned i = 0; i < N; i++) {
            char key[64];
            unsigned k = (i * steps[order] + 17) % N;
            snprintf(key, sizeof key, "set-%05u/part-%u.%s", k / 2, k, k % 5 ? "parquet" : "csv");
            add(&d, key, k);
        }
        for (unsigned i = 0; i < 50; i++) {
            unsigned k = (i * (order == 1 ? 7 : 1)) % 50;
            char *key = arena_printf(&d.arena, "%u/set-%05u.yaml", k, k / 2);
            char *stem = arena_printf(&d.arena, "set-%05u", k / 2);
            add_meta(&d, (struct meta_in){key, stem, NULL, NULL, false, NULL});
        }
        discovery_finish(&d);
        strbuf_init(&answers[order], (size_t)1 << 30);
        for (size_t i = 0; i < d.n_datasets; i++) {
            const struct discovered *x = &d.datasets[i];
            strbuf_printf(&answers[order], "%s %zu %s;", x->info.id, x->n_files,
                          x->info.meta ? x->info.meta->key : "");
            for (size_t k = 0; k < x->n_files; k++) {
                strbuf_add_c(&answers[order], x->files[k].key);
            }
        }
        for (size_t i = 0; i < d.n_notes; i++) {
            strbuf_printf(&answers[order], "%s %s %s %s;", d.notes[i].dataset_id, d.notes[i].key,
                          error_name(d.notes[i].code), d.notes[i].text);
        }
        discovery_free(&d);
    }
    for (int i = 1; i < 3; i++) {
        assert_true(answers[0].len > 100000);
        assert_true(str_eq(strbuf_view(&answers[0]), strbuf_view(&answers[i])));
    }
    for (int i = 0; i < 3; i++) {
        strbuf_free(&answers[i]);
    }
}

static void test_nothing(void **state)
{
    (void)state;
    struct discovery d;
    start(&d);
    discovery_finish(&d);
    assert_int_equal(d.n_datasets + d.n_notes, 0);
    discovery_free(&d);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_folders_are_datasets),
        cmocka_unit_test(test_files_in_the_root),
        cmocka_unit_test(test_what_is_no_data),
        cmocka_unit_test(test_formats_are_named),
        cmocka_unit_test(test_empty_files_stay),
        cmocka_unit_test(test_matching_rules),
        cmocka_unit_test(test_folders_that_differ_in_case),
        cmocka_unit_test(test_metadata_without_data),
        cmocka_unit_test(test_unparsable_metadata),
        cmocka_unit_test(test_several_files_inside),
        cmocka_unit_test(test_an_id_that_is_a_folder),
        cmocka_unit_test(test_two_folders_want_one_id),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
