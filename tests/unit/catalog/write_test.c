/* Putting, replacing, dropping: afterwards the catalog is as if only what is there now had ever
 * been put. */
#include "base/clock.h"
#include "support.h"

/* The canonical dump as a string. The caller frees it. */
static char *dump(struct catalog *c)
{
    char *text = NULL;
    size_t size;
    struct error err;
    FILE *f = open_memstream(&text, &size);
    assert_ok(catalog_dump(c, f, &err));
    fclose(f);
    return text;
}

static void put_named(struct catalog *c, const char *dataset, const char *key, const char *id,
                      uint64_t rows)
{
    struct test_file f;
    file_start(&f, key, DEPTH_TIME);
    file_column(&f, "id", "string");
    file_column(&f, "value", "double");
    file_span(&f, id, 0, rows, (int64_t)rows, (int64_t)rows * 2);
    file_span(&f, "shared", 1, 1, 0, 0);
    put_file(c, dataset, &f);
}

static void replacing_and_dropping_equal_rebuilding(void **state)
{
    struct place *p = *state;
    struct error err;
    char other[128];
    snprintf(other, sizeof other, "%s/other.db", p->folder);
    struct catalog *c = open_writer(p->path), *fresh = open_writer(other);
    begin(c);
    put_dataset(c, "gone", one_column, 1);
    put_dataset(c, "d", one_column, 1);
    put_named(c, "d", "a", "x", 5);
    put_named(c, "d", "b", "y", 6);
    put_named(c, "d", "c", "z", 7);
    put_named(c, "gone", "a", "x", 8);
    assert_ok(catalog_dataset_aggregate(c, "gone", DEPTH_TIME, &err));
    aggregate_commit(c, "d");
    begin(c);
    put_named(c, "d", "b", "y2", 60); /* replaced, and once more in the same transaction */
    put_named(c, "d", "b", "y3", 61);
    assert_ok(catalog_file_drop(c, "d", "c", &err));
    assert_ok(catalog_dataset_drop(c, "gone", &err));
    assert_ok(catalog_file_drop(c, "d", "never there", &err));
    aggregate_commit(c, "d");

    begin(fresh);
    put_named(fresh, "d", "b", "y3", 61);
    put_named(fresh, "d", "a", "x", 5);
    put_dataset(fresh, "d", one_column, 1);
    aggregate_commit(fresh, "d");
    char *one = dump(c), *two = dump(fresh);
    assert_string_equal(one, two);
    assert_non_null(strstr(one, "{\"table\":\"datasets\",\"dataset_id\":\"d\""));
    assert_non_null(strstr(one, "\"total_records\":68,"));
    free(one);
    free(two);
    assert_sql(c, "SELECT count(*) FROM files", "2");
    assert_sql(c, "SELECT count(*) FROM spans", "4");
    assert_sql(c, "SELECT count(*) FROM columns", "4");
    catalog_close(c);
    catalog_close(fresh);
}

static void a_dump_does_not_know_the_order_of_files(void **state)
{
    struct place *p = *state;
    enum { FILES = 40 };
    char *first = NULL;
    for (int round = 0; round < 3; round++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%d.db", p->folder, round);
        struct catalog *c = open_writer(path);
        begin(c);
        put_dataset(c, "d", one_column, 1);
        for (int i = 0; i < FILES; i++) {
            char key[32], id[32];
            int n = round == 0 ? i : round == 1 ? FILES - 1 - i : (i * 7) % FILES;
            snprintf(key, sizeof key, "part-%d", n);
            snprintf(id, sizeof id, "series %d", n % 10);
            put_named(c, "d", key, id, (uint64_t)n + 1);
        }
        aggregate_commit(c, "d");
        char *text = dump(c);
        catalog_close(c);
        if (first) {
            assert_string_equal(first, text);
            free(text);
        } else {
            first = text;
        }
    }
    assert_null(strstr(first, "file:///"));
    free(first);
}

static void a_rollback_leaves_nothing(void **state)
{
    struct place *p = *state;
    struct error err;
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", one_column, 1);
    put_named(c, "d", "a", "x", 5);
    aggregate_commit(c, "d");
    char *before = dump(c);
    begin(c);
    put_named(c, "d", "a", "other", 50);
    put_named(c, "d", "b", "y", 6);
    assert_ok(catalog_failure_put(c, "d", "q", ERR_CORRUPT, "why", &err));
    assert_ok(catalog_dataset_aggregate(c, "d", DEPTH_TIME, &err));
    put_named(c, "d", "still waiting in the appender", "y", 6);
    catalog_rollback(c);
    char *after = dump(c);
    assert_string_equal(before, after);
    free(before);
    free(after);
    /* And the registers are those of the tables: replacing still replaces. */
    begin(c);
    put_named(c, "d", "a", "x", 9);
    assert_ok(catalog_failure_put(c, "d", "q", ERR_CORRUPT, "why", &err));
    aggregate_commit(c, "d");
    assert_sql(c, "SELECT total_records, data_file_count FROM datasets", "10,1");
    assert_sql(c, "SELECT count(*) FROM failures", "1");
    catalog_close(c);
}

static void closing_in_a_transaction_rolls_back(void **state)
{
    struct place *p = *state;
    struct catalog *c = open_writer(p->path);
    begin(c);
    put_dataset(c, "d", one_column, 1);
    put_named(c, "d", "a", "x", 5);
    catalog_close(c);
    c = open_reader(p->path);
    assert_sql(c, "SELECT (SELECT count(*) FROM datasets) + (SELECT count(*) FROM spans)", "0");
    catalog_close(c);
}

static void writing_needs_a_transaction(void **state)
{
    struct place *p = *state;
    struct error err;
    struct test_file f;
    struct catalog *c = open_writer(p->path);
    file_start(&f, "a", DEPTH_TIME);
    assert_int_equal(catalog_file_put(c, "d", &f.r, &err), ERR_INTERNAL);
    assert_int_equal(catalog_commit(c, &err), ERR_INTERNAL);
    begin(c);
    assert_int_equal(catalog_begin(c, &err), ERR_INTERNAL);
    assert_int_equal(catalog_publish(c, &err), ERR_INTERNAL);
    f.r.n_spans = 1; /* of a series that is not there */
    assert_int_equal(catalog_file_put(c, "d", &f.r, &err), ERR_INTERNAL);
    catalog_close(c);
}

static void what_is_known_comes_back(void **state)
{
    struct place *p = *state;
    struct error err;
    struct arena a;
    struct known_dataset known;
    struct test_file f;
    static const char *const columns[] = {"site \"A\"", "meter\n\\2", "Z\xC3\xBCrich\x01"};
    /* Keys that are not UTF-8, or look like an escape, come back byte by byte. */
    static const char *const keys[] = {
        "d/\xFF\xFE.parquet", "d/\\xFF\\xFE.parquet", "d/a\\b", "d/a\\\\b", "d/plain", "\\N"};
    enum { KEYS = sizeof keys / sizeof *keys };
    arena_init(&a);
    struct catalog *c = open_writer(p->path);
    assert_ok(catalog_known(c, "d\xFF", &a, &known, &err));
    assert_false(known.found);
    assert_int_equal(known.n_files, 0);
    begin(c);
    put_dataset(c, "d\xFF", columns, 3);
    for (size_t i = 0; i < KEYS; i++) {
        file_start(&f, keys[i], DEPTH_TIME);
        f.r.object.size = 100 + i;
        put_file(c, "d\xFF", &f);
        put_file(c, "d\xFF", &f);
    }
    file_fail(&f, "d/bad", ERR_CORRUPT, "torn");
    put_file(c, "d\xFF", &f);
    for (int committed = 0; committed < 2; committed++) {
        assert_ok(catalog_known(c, "d\xFF", &a, &known, &err));
        assert_true(known.found);
        assert_int_equal(known.n_id_columns, 3);
        for (int i = 0; i < 3; i++) {
            assert_string_equal(known.id_columns[i], columns[i]);
        }
        assert_string_equal(known.time_column, "timestamp");
        assert_int_equal(known.origin, COLUMNS_DETECTED);
        assert_int_equal(known.n_files, KEYS + 1);
        size_t found = 0;
        for (size_t i = 0; i < known.n_files; i++) {
            const struct known_file *k = &known.files[i];
            assert_string_equal(k->etag, "e1");
            assert_int_equal(k->failed, strcmp(k->key, "d/bad") == 0);
            assert_int_equal(k->depth, k->failed ? DEPTH_NONE : DEPTH_TIME);
            for (size_t j = 0; j < KEYS; j++) {
                found += strcmp(keys[j], k->key) == 0 && k->size == 100 + j;
            }
        }
        assert_int_equal(found, KEYS);
        if (!committed) {
            aggregate_commit(c, "d\xFF");
            catalog_close(c);
            c = open_writer(p->path);
        }
    }
    const char **ids;
    size_t n;
    assert_ok(catalog_dataset_ids(c, "file:///data", &a, &ids, &n, &err));
    assert_int_equal(n, 1);
    assert_string_equal(ids[0], "d\xFF");
    assert_ok(catalog_dataset_ids(c, "s3://elsewhere", &a, &ids, &n, &err));
    assert_int_equal(n, 0);
    /* Registers survive a reopening: still one row a key. */
    begin(c);
    for (size_t i = 0; i < KEYS; i++) {
        file_start(&f, keys[i], DEPTH_TIME);
        put_file(c, "d\xFF", &f);
    }
    aggregate_commit(c, "d\xFF");
    assert_sql(c, "SELECT count(*), count(DISTINCT file_id), count(DISTINCT key) FROM files",
               "7,7,7");
    arena_reset(&a);
    catalog_close(c);
}

/* A run that is cut off between its files and its figures: the next one must know. */
static void figures_that_are_out_of_date_say_so(void **state)
{
    struct place *p = *state;
    struct error err;
    struct arena a;
    struct known_dataset known;
    arena_init(&a);
    struct catalog *c = open_writer(p->path);
    for (int round = 0; round < 3; round++) {
        begin(c);
        put_dataset(c, "d", one_column, 1);
        if (round < 2) {
            put_named(c, "d", "a", "x", 5);
        } else {
            assert_ok(catalog_file_drop(c, "d", "a", &err));
        }
        assert_ok(catalog_commit(c, &err));
        catalog_close(c);
        c = open_writer(p->path);
        assert_ok(catalog_known(c, "d", &a, &known, &err));
        assert_true(known.pending);
        assert_null(known.metadata_key);
        begin(c);
        aggregate_commit(c, "d");
        assert_ok(catalog_known(c, "d", &a, &known, &err));
        assert_false(known.pending);
        begin(c); /* a rollback takes the mark back, and the next change sets it again */
        put_named(c, "d", "b", "x", 5);
        catalog_rollback(c);
        assert_ok(catalog_known(c, "d", &a, &known, &err));
        assert_false(known.pending);
    }
    arena_reset(&a);
    catalog_close(c);
}

static void failures_are_kept_moved_and_swept(void **state)
{
    struct place *p = *state;
    struct error err;
    struct catalog *c = open_writer(p->path);
    assert_ok(catalog_run_start(c, "s3://b", "{}", &err));
    begin(c);
    assert_ok(catalog_failure_put(c, "d", "k", ERR_CORRUPT, "first", &err));
    assert_ok(catalog_failure_put(c, "d", "k", ERR_CORRUPT, "second", &err));
    assert_ok(catalog_failure_put(c, "d", "k", ERR_MARKER_FILE, "a note", &err));
    assert_ok(catalog_failure_put(c, "", "", ERR_NO_METADATA, "of no dataset", &err));
    assert_ok(catalog_failure_put(c, "d", "k", ERR_TRUNCATED, "now this", &err));
    assert_ok(catalog_commit(c, &err));
    assert_sql(c, "SELECT dataset_id, key, code, severity, reason FROM failures ORDER BY 1, 2, 3",
               ",,no_metadata,note,of no dataset\nd,k,marker_file,note,a note\n"
               "d,k,truncated,error,now this");
    clock_sleep_ns(2000000);
    assert_ok(catalog_run_start(c, "s3://b", "{}", &err));
    begin(c);
    assert_ok(catalog_failure_put(c, "d", "k", ERR_MARKER_FILE, "again", &err));
    struct test_file f;
    file_fail(&f, "still bad", ERR_CORRUPT, "torn");
    put_file(c, "d", &f);
    assert_ok(catalog_failures_sweep(c, "d", &err));
    assert_ok(catalog_commit(c, &err));
    assert_sql(
        c,
        "SELECT key, code, reason, last_seen > first_seen FROM failures WHERE dataset_id = 'd' "
        "ORDER BY key",
        "k,marker_file,again,true\nstill bad,corrupt,torn,false");
    clock_sleep_ns(2000000);
    assert_ok(catalog_run_start(c, "s3://b", "{}", &err));
    begin(c);
    assert_ok(catalog_failures_sweep(c, "d", &err));
    assert_ok(catalog_failures_sweep(c, "", &err));
    assert_ok(catalog_commit(c, &err));
    assert_sql(c, "SELECT key FROM failures", "still bad");
    catalog_close(c);
}

static void runs_are_recorded(void **state)
{
    struct place *p = *state;
    struct error err;
    struct counters counters = {0};
    counter_add(&counters.requests_get, 42);
    struct catalog *c = open_writer(p->path);
    assert_int_equal(catalog_run_finish(c, "complete", &counters, 1, &err), ERR_INTERNAL);
    assert_ok(catalog_run_start(c, "s3://b/p", "{\"depth\":\"time\"}", &err));
    catalog_close(c); /* as if it had been killed */
    c = open_writer(p->path);
    assert_ok(catalog_run_start(c, "s3://b/p", "{}", &err));
    assert_ok(catalog_run_finish(c, "complete", &counters, 4096, &err));
    assert_sql(c,
               "SELECT state, source, ended_at IS NULL, peak_memory FROM runs ORDER BY started_at",
               "interrupted,s3://b/p,true,-\ncomplete,s3://b/p,false,4096");
    assert_sql(c,
               "SELECT counters LIKE '%\"requests_get\":42,%' FROM runs WHERE state = 'complete'",
               "true");
    catalog_close(c);
}

static void a_description_is_whole(void **state)
{
    struct place *p = *state;
    struct error err;
    struct column_meta target = {.name = "kwh", .type = "num", .subtype = "float"};
    struct column_meta id = {.name = "id", .type = "str", .subtype = ""};
    const char *tags[] = {"energy", "hourly"};
    struct dataset_meta meta = {.key = "m/d_metadata.yaml",
                                .etag = "m1",
                                .stem = "d",
                                .name = "D set",
                                .type = "public",
                                .description = "It's \"loads\"\nof houses",
                                .source = "lotsa",
                                .storage_location = "s3://b/d",
                                .theme = "energy",
                                .ts_id = {&id, 1},
                                .targets = {&target, 1},
                                .tags = tags,
                                .n_tags = 2,
                                .extra_json = "{\"license\":\"CC\"}"};
    const char *columns[] = {"id"};
    struct dataset_info d = {.id = "d",
                             .name = "D set",
                             .folder = "d/",
                             .source_uri = "s3://b/d/",
                             .meta = &meta,
                             .id_columns = columns,
                             .n_id_columns = 1,
                             .origin = COLUMNS_METADATA};
    struct catalog *c = open_writer(p->path);
    begin(c);
    assert_ok(catalog_dataset_put(c, &d, "s3://b/", &err));
    put_named(c, "d", "d/a", "x", 5);
    aggregate_commit(c, "d");
    assert_sql(
        c,
        "SELECT name, theme, tags, series_id_columns, time_column, columns_origin, source_root, "
        "folder, metadata_key, targets, description = 'It''s \"loads\"\nof houses' FROM datasets",
        "D set,energy,[\"energy\",\"hourly\"],[\"id\"],-,metadata,s3://b/,d/,m/d_metadata.yaml,"
        "[{\"name\":\"kwh\",\"type\":\"num\",\"subtype\":\"float\"}],true");
    assert_sql(c, "SELECT metadata LIKE '%\"extra\":{\"license\":\"CC\"}}' FROM datasets", "true");
    struct arena a;
    struct known_dataset known;
    arena_init(&a);
    assert_ok(catalog_known(c, "d", &a, &known, &err));
    assert_string_equal(known.metadata_key, "m/d_metadata.yaml");
    assert_string_equal(known.metadata_etag, "m1");
    arena_reset(&a);
    /* Described anew without metadata: the figures stay. */
    d.meta = NULL;
    begin(c);
    assert_ok(catalog_dataset_put(c, &d, "s3://b/", &err));
    assert_ok(catalog_commit(c, &err));
    assert_sql(c, "SELECT theme, metadata, total_records, count(*) OVER () FROM datasets",
               "-,-,6,1");
    catalog_close(c);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)
    const struct CMUnitTest tests[] = {
        T(replacing_and_dropping_equal_rebuilding),
        T(a_dump_does_not_know_the_order_of_files),
        T(a_rollback_leaves_nothing),
        T(closing_in_a_transaction_rolls_back),
        T(writing_needs_a_transaction),
        T(what_is_known_comes_back),
        T(figures_that_are_out_of_date_say_so),
        T(failures_are_kept_moved_and_swept),
        T(runs_are_recorded),
        T(a_description_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
