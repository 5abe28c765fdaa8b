/* Opening: one writer, readers that never wait for it, and clear words for everything else. */
#include <fcntl.h>
#include <signal.h>

#include "support.h"

/* Of schema.sql. */
extern const char sql_schema[];

static void fill(struct catalog *c, const char *dataset, uint64_t rows)
{
    struct test_file f;
    begin(c);
    put_dataset(c, dataset, one_column, 1);
    file_start(&f, "a", DEPTH_TIME);
    file_span(&f, "x", 0, rows, 1, 2);
    put_file(c, dataset, &f);
    aggregate_commit(c, dataset);
}

static enum error_code open_read_code(const char *path, struct error *err)
{
    struct catalog *c;
    enum error_code code = catalog_open_read(path, NULL, &c, err);
    catalog_close(c);
    return code;
}

static enum error_code open_write_code(const char *path, struct error *err)
{
    struct catalog *c;
    enum error_code code = catalog_open_write(path, NULL, &c, err);
    catalog_close(c);
    return code;
}

static void write_text(const char *path, const char *text, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void missing_things_are_named(void **state)
{
    struct place *p = *state;
    struct error err;
    char path[128];
    assert_int_equal(open_read_code(p->path, &err), ERR_NO_CATALOG);
    assert_non_null(strstr(err.text, "ts-indexer index"));
    snprintf(path, sizeof path, "%s/no/c.db", p->folder);
    assert_int_equal(open_write_code(path, &err), ERR_IO);
    assert_non_null(strstr(err.text, "/no does not exist"));
    assert_int_equal(open_write_code(p->folder, &err), ERR_IO);
}

static void foreign_files_are_refused_and_left_alone(void **state)
{
    struct place *p = *state;
    struct error err;
    char back[16] = "";
    write_text(p->path, "not a database\n", 15);
    assert_int_equal(open_write_code(p->path, &err), ERR_CATALOG_DAMAGED);
    assert_int_equal(open_read_code(p->path, &err), ERR_CATALOG_DAMAGED);
    FILE *f = fopen(p->path, "rb");
    assert_int_equal(fread(back, 1, 15, f), 15);
    fclose(f);
    assert_string_equal(back, "not a database\n");
}

/* A DuckDB file made by `script`. */
static void make_database(const char *path, const char *script)
{
    duckdb_database db;
    duckdb_connection con;
    assert_int_equal(duckdb_open(path, &db), DuckDBSuccess);
    assert_int_equal(duckdb_connect(db, &con), DuckDBSuccess);
    assert_int_equal(duckdb_query(con, script, NULL), DuckDBSuccess);
    duckdb_disconnect(&con);
    duckdb_close(&db);
}

static void other_catalogs_are_refused(void **state)
{
    struct place *p = *state;
    struct error err;
    make_database(p->path, "CREATE TABLE datasets(dataset_id VARCHAR PRIMARY KEY);"
                           "CREATE TABLE series_metadata(series_id VARCHAR);");
    assert_int_equal(open_write_code(p->path, &err), ERR_CATALOG_DAMAGED);
    assert_non_null(strstr(err.text, "--database"));
    assert_int_equal(open_read_code(p->path, &err), ERR_CATALOG_DAMAGED);
}

static void a_newer_catalog_is_refused(void **state)
{
    struct place *p = *state;
    struct error err;
    catalog_close(open_writer(p->path));
    make_database(p->path, "INSERT INTO schema_version VALUES (1000, now()::TIMESTAMP)");
    assert_int_equal(open_write_code(p->path, &err), ERR_CATALOG_NEWER);
    assert_int_equal(open_read_code(p->path, &err), ERR_CATALOG_NEWER);
    assert_int_equal(error_exit_code(ERR_CATALOG_NEWER), 7);
}

/* What version 1 knew is kept, and what it did not know makes the next run read the times again. */
static void an_older_catalog_is_brought_up_to_date(void **state)
{
    struct place *p = *state;
    struct error err;
    struct known_dataset known;
    struct arena a;
    struct strbuf script;
    strbuf_init(&script, SIZE_MAX);
    strbuf_add_c(&script, sql_schema);
    strbuf_add_c(
        &script,
        "INSERT INTO schema_version VALUES (1, now()::TIMESTAMP);"
        "INSERT INTO datasets (dataset_id, first_time, indexing_status, created_at, updated_at) "
        "VALUES ('d', 7, 'complete', now()::TIMESTAMP, now()::TIMESTAMP);"
        "INSERT INTO files (file_id, dataset_id, key, size, etag, depth, time_unit, state, "
        "indexed_at) VALUES (1, 'd', 'd/a', 10, 'e', 'time', 'us', 'ok', now()::TIMESTAMP), "
        "(2, 'd', 'd/b', 10, 'e', 'files', 'none', 'ok', now()::TIMESTAMP);"
        "INSERT INTO spans VALUES (1, 'x', 0, 0, 5, 4, 7, 9, 5);"
        "INSERT INTO series_metadata (dataset_id, series_id, record_count, file_count, span_count, "
        "first_time, quality) VALUES ('d', 'x', 5, 1, 1, 7, 'exact')");
    make_database(p->path, script.data);
    strbuf_free(&script);
    assert_int_equal(open_read_code(p->path, &err), ERR_CATALOG);
    struct catalog *c = open_writer(p->path);
    assert_sql(c, "SELECT max(version) FROM schema_version", "4");
    assert_sql(c, "SELECT first_time, gaps, frequency FROM series_metadata", "7,-,-");
    assert_sql(c, "SELECT depth, time_unit FROM files ORDER BY key", "series,none\nfiles,none");
    assert_sql(c, "SELECT first_time, indexing_status FROM datasets", "7,pending");
    arena_init(&a);
    assert_ok(catalog_known(c, "d", &a, &known, &err));
    assert_int_equal(known.files[0].depth, DEPTH_SERIES);
    assert_true(known.pending);
    arena_reset(&a);
    begin(c);
    aggregate_commit(c, "d");
    assert_sql(c, "SELECT record_count, first_time FROM series_metadata", "5,-");
    catalog_close(c);
}

static void damage_is_told(void **state)
{
    struct place *p = *state;
    struct error err;
    catalog_close(open_writer(p->path));
    int fd = open(p->path, O_WRONLY);
    char zeros[4096 * 2] = {1};
    assert_int_equal(pwrite(fd, zeros, sizeof zeros, 4096), sizeof zeros);
    close(fd);
    assert_int_equal(open_write_code(p->path, &err), ERR_CATALOG_DAMAGED);
}

static void contents_survive_reopening(void **state)
{
    struct place *p = *state;
    struct catalog *c = open_writer(p->path);
    fill(c, "d", 10);
    catalog_close(c);
    c = open_writer(p->path);
    fill(c, "e", 20);
    catalog_close(c);
    c = open_reader(p->path);
    assert_false(catalog_is_snapshot(c));
    assert_sql(c, "SELECT dataset_id, total_records FROM datasets ORDER BY 1", "d,10\ne,20");
    assert_sql(c, "SELECT count(DISTINCT file_id) FROM files", "2");
    catalog_close(c);
}

/* Run `body` in a child process; its exit status says what it found. Forked before this process has
 * DuckDB open. */
static pid_t start_writer(const char *path, int ready[2], int go[2])
{
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    pid_t child = fork();
    if (child == 0) {
        char byte = 0;
        struct error err;
        struct catalog *c = open_writer(path);
        fill(c, "d", 10);
        if (catalog_publish(c, &err)) {
            _exit(1);
        }
        /* In the middle of a transaction: nobody may see this. */
        struct test_file f;
        begin(c);
        put_dataset(c, "unseen", one_column, 1);
        file_start(&f, "u", DEPTH_TIME);
        file_span(&f, "u", 0, 1, 0, 0);
        put_file(c, "unseen", &f);
        (void)!catalog_dataset_aggregate(c, "unseen", DEPTH_TIME, &err);
        (void)!write(ready[1], "r", 1);
        (void)!read(go[0], &byte, 1);
        if (byte == 'c') {
            (void)!catalog_commit(c, &err);
        }
        catalog_close(c);
        _exit(0);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    return child;
}

static void readers_see_the_snapshot_while_a_writer_writes(void **state)
{
    struct place *p = *state;
    struct error err;
    int ready[2], go[2], status;
    pid_t child = start_writer(p->path, ready, go);
    struct catalog *one = open_reader(p->path), *two = open_reader(p->path);
    assert_true(catalog_is_snapshot(one));
    assert_sql(one, "SELECT dataset_id FROM datasets", "d");
    assert_sql(two, "SELECT dataset_id FROM datasets", "d");
    assert_int_equal(open_write_code(p->path, &err), ERR_CATALOG_LOCKED);
    char number[32];
    snprintf(number, sizeof number, "process %d", (int)child);
    assert_non_null(strstr(err.text, number));
    assert_int_equal(write(go[1], "c", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    /* A reader keeps what it opened; the next one reads the file. */
    assert_sql(one, "SELECT dataset_id FROM datasets", "d");
    catalog_close(one);
    catalog_close(two);
    one = open_reader(p->path);
    assert_false(catalog_is_snapshot(one));
    assert_sql(one, "SELECT dataset_id FROM datasets ORDER BY 1", "d\nunseen");
    catalog_close(one);
}

static void a_killed_writer_leaves_a_whole_catalog(void **state)
{
    struct place *p = *state;
    int ready[2], go[2], status;
    pid_t child = start_writer(p->path, ready, go);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    struct catalog *c = open_reader(p->path);
    assert_false(catalog_is_snapshot(c));
    assert_sql(c, "SELECT dataset_id FROM datasets", "d");
    assert_sql(c, "SELECT count(*) FROM spans", "1");
    catalog_close(c);
    c = open_writer(p->path);
    fill(c, "d", 30);
    assert_sql(c, "SELECT dataset_id, total_records FROM datasets", "d,30");
    catalog_close(c);
}

static void a_log_left_behind_is_read(void **state)
{
    struct place *p = *state;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct catalog *c = open_writer(p->path);
        fill(c, "d", 10); /* committed, in the log only */
        (void)!write(ready[1], "r", 1);
        pause();
    }
    char byte;
    int status;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    char wal[128];
    snprintf(wal, sizeof wal, "%s.wal", p->path);
    assert_int_equal(access(wal, F_OK), 0);
    struct catalog *one = open_reader(p->path), *two = open_reader(p->path);
    assert_sql(one, "SELECT total_records FROM datasets", "10");
    assert_sql(two, "SELECT total_records FROM datasets", "10");
    catalog_close(one);
    catalog_close(two);
    one = open_writer(p->path);
    assert_sql(one, "SELECT total_records FROM datasets", "10");
    catalog_close(one);
}

static void one_process_is_held_to_the_same_rules(void **state)
{
    struct place *p = *state;
    struct error err;
    struct catalog *w = open_writer(p->path);
    fill(w, "d", 10);
    assert_int_equal(open_write_code(p->path, &err), ERR_CATALOG_LOCKED);
    struct catalog *r = open_reader(p->path);
    assert_true(catalog_is_snapshot(r));
    assert_sql(r, "SELECT count(*) FROM datasets", "0");
    catalog_close(r);
    assert_ok(catalog_publish(w, &err));
    r = open_reader(p->path);
    assert_sql(r, "SELECT count(*) FROM datasets", "1");
    catalog_close(r);
    catalog_close(w);
    char snapshot[128];
    snprintf(snapshot, sizeof snapshot, "%s.snapshot", p->path);
    assert_int_not_equal(access(snapshot, F_OK), 0);
}

/* Publishing must not cost the writer its lock. */
static void the_lock_outlives_publishing(void **state)
{
    struct place *p = *state;
    struct error err;
    struct catalog *w = open_writer(p->path);
    assert_ok(catalog_publish(w, &err));
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "open_test", "--expect-locked", p->path, (char *)NULL);
        _exit(9);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    catalog_close(w);
}

/* Two readers of one process: the end of one must not take the lock from under the other. */
static void the_lock_of_readers_outlives_one_of_them(void **state)
{
    struct place *p = *state;
    catalog_close(open_writer(p->path));
    struct catalog *one = open_reader(p->path), *two = open_reader(p->path);
    catalog_close(one);
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "open_test", "--expect-locked", p->path, (char *)NULL);
        _exit(9);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_sql(two, "SELECT count(*) FROM datasets", "0");
    catalog_close(two);
    catalog_close(open_writer(p->path));
}

static int expect_locked(const char *path)
{
    struct error err;
    return open_write_code(path, &err) == ERR_CATALOG_LOCKED ? 0 : 1;
}

int main(int argc, char **argv)
{
#define T(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)
    if (argc == 3 && strcmp(argv[1], "--expect-locked") == 0) {
        return expect_locked(argv[2]);
    }
    const struct CMUnitTest tests[] = {
        /* Those that fork a writer come first: this process has no threads of DuckDB yet. */
        T(readers_see_the_snapshot_while_a_writer_writes),
        T(a_killed_writer_leaves_a_whole_catalog),
        T(a_log_left_behind_is_read),
        T(missing_things_are_named),
        T(foreign_files_are_refused_and_left_alone),
        T(other_catalogs_are_refused),
        T(a_newer_catalog_is_refused),
        T(an_older_catalog_is_brought_up_to_date),
        T(damage_is_told),
        T(contents_survive_reopening),
        T(one_process_is_held_to_the_same_rules),
        T(the_lock_outlives_publishing),
        T(the_lock_of_readers_outlives_one_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
