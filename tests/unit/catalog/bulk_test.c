/* Rows that several threads write: all of them, each once, as they were given; and none of a
 * transaction that is undone. */
#include "support.h"

#include "catalog/bulk.h"

#define THREADS 2
/* Two rounds of a row group for each thread, and some that are left. */
#define ROWS ((int64_t)2 * THREADS * 122880 + 5000)

struct target {
    struct db db;
    struct bulk bulk;
};

static struct target *open_table(const char *path, size_t threads)
{
    struct target *t = calloc(1, sizeof *t);
    struct error err;
    struct catalog_options o = {.memory = (uint64_t)512 << 20, .threads = 1};
    assert_ok(db_open(&t->db, &(struct db_open){.path = path, .options = &o}, &err));
    assert_ok(db_run_script(
        &t->db, "CREATE TABLE t (n BIGINT, s VARCHAR, parts VARCHAR[], b BLOB, d DOUBLE)", &err));
    assert_ok(bulk_open(&t->bulk, &t->db, "t", &err));
    assert_ok(bulk_threads(&t->bulk, threads, 1, &err));
    return t;
}

static void close_table(struct target *t)
{
    bulk_close(&t->bulk);
    db_close(&t->db);
    free(t);
}

static void script(struct target *t, const char *text)
{
    struct error err;
    assert_ok(db_run_script(&t->db, text, &err));
}

/* Row n: its text is too long to stand in the vector itself, its list has the two parts of the id,
 * and every third has a blob and no number. */
static void put_rows(struct target *t, int64_t from, int64_t n)
{
    struct error err;
    for (int64_t i = from; i < from + n; i++) {
        char text[64];
        int len =
            snprintf(text, sizeof text, "a_rather_long_name_of_a_series|%08lld", (long long)i);
        bulk_i64(&t->bulk, 0, i);
        bulk_str(&t->bulk, 1, str_n(text, (size_t)len));
        bulk_id_parts(&t->bulk, 2, str_n(text, (size_t)len), 2);
        if (i % 3 == 0) {
            bulk_str(&t->bulk, 3, str_n("\x00\xff", 2));
        } else {
            bulk_double(&t->bulk, 4, 0.5 * (double)i);
        }
        assert_ok(bulk_end_row(&t->bulk, &err));
    }
}

static int64_t number(struct target *t, const char *query)
{
    duckdb_result r;
    if (duckdb_query(t->db.connection, query, &r) == DuckDBError) {
        fail_msg("%s: %s", query, duckdb_result_error(&r));
    }
    duckdb_data_chunk chunk = duckdb_fetch_chunk(r);
    int64_t n = *(int64_t *)duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
    duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&r);
    return n;
}

static void check_rows(struct target *t, int64_t rows)
{
    assert_int_equal(number(t, "SELECT count(*) FROM t"), rows);
    assert_int_equal(number(t, "SELECT count(DISTINCT n) FROM t"), rows);
    assert_int_equal(number(t, "SELECT max(n) - min(n) + 1 FROM t"), rows);
    assert_int_equal(number(t,
                            "SELECT count(*) FROM t WHERE s IS DISTINCT FROM "
                            "'a_rather_long_name_of_a_series|' || lpad(n::VARCHAR, 8, '0') "
                            "OR parts IS DISTINCT FROM string_split(s, '|') "
                            "OR b IS DISTINCT FROM CASE WHEN n % 3 = 0 THEN '\\x00\\xff'::BLOB END "
                            "OR d IS DISTINCT FROM CASE WHEN n % 3 <> 0 THEN n / 2 END"),
                     0);
}

static void rows_of_several_threads(void **state)
{
    struct place *p = *state;
    struct error err;
    struct target *t = open_table(p->path, THREADS);
    script(t, "BEGIN");
    put_rows(t, 0, ROWS);
    assert_ok(bulk_flush(&t->bulk, &err));
    script(t, "COMMIT");
    check_rows(t, ROWS);
    close_table(t);
}

/* While rows are written nothing else may reach the connection: statements, appenders and other
 * tables wait. */
static void other_statements_meanwhile(void **state)
{
    struct place *p = *state;
    struct error err;
    struct target *t = open_table(p->path, THREADS);
    struct bulk other, few;
    script(t, "CREATE TABLE u AS FROM t; CREATE TABLE w (n BIGINT)");
    assert_ok(bulk_open(&other, &t->db, "u", &err));
    assert_ok(bulk_threads(&other, THREADS, 1, &err));
    assert_ok(bulk_open(&few, &t->db, "w", &err));
    script(t, "BEGIN");
    for (int64_t i = 0; i < ROWS; i++) {
        put_rows(t, i, 1);
        bulk_i64(&other, 0, i);
        assert_ok(bulk_end_row(&other, &err));
        bulk_i64(&few, 0, i);
        assert_ok(bulk_end_row(&few, &err));
        if (i % 40000 == 7) {
            assert_ok(bulk_flush(&few, &err));
            script(t, "DELETE FROM w WHERE n % 2 = 1");
        }
    }
    assert_ok(bulk_flush(&t->bulk, &err));
    assert_ok(bulk_flush(&other, &err));
    assert_ok(bulk_flush(&few, &err));
    script(t, "DELETE FROM w WHERE n % 2 = 1; COMMIT");
    check_rows(t, ROWS);
    assert_int_equal(number(t, "SELECT count(DISTINCT n) FROM u"), ROWS);
    assert_int_equal(number(t, "SELECT count(*) FROM w"), (ROWS + 1) / 2);
    bulk_close(&other);
    bulk_close(&few);
    close_table(t);
}

/* Behind what one thread has appended, and before more of it. */
static void many_rows_among_few(void **state)
{
    struct place *p = *state;
    struct error err;
    struct target *t = open_table(p->path, THREADS);
    const int64_t portions[] = {10, ROWS, 1, 130000, 3};
    int64_t n = 0;
    for (size_t i = 0; i < sizeof portions / sizeof *portions; i++) {
        put_rows(t, n, portions[i]);
        assert_ok(bulk_flush(&t->bulk, &err));
        n += portions[i];
    }
    check_rows(t, n);
    close_table(t);
}

static void an_undone_transaction(void **state)
{
    struct place *p = *state;
    struct error err;
    struct target *t = open_table(p->path, THREADS);
    script(t, "BEGIN");
    put_rows(t, 0, ROWS); /* most are in the table, some wait */
    bulk_discard(&t->bulk);
    script(t, "ROLLBACK");
    assert_int_equal(number(t, "SELECT count(*) FROM t"), 0);
    put_rows(t, 7, 300);
    assert_ok(bulk_flush(&t->bulk, &err));
    check_rows(t, 300);
    close_table(t);
}

/* A fault is told, again until what waits is dropped, and nothing of it stays; rows that were given
 * meanwhile are not taken for written. */
static void a_row_that_the_table_refuses(void **state)
{
    struct place *p = *state;
    struct error err;
    struct target *t = open_table(p->path, THREADS);
    script(t, "DROP TABLE t; CREATE TABLE t (n BIGINT CHECK (n <> 100000), s VARCHAR, "
              "parts VARCHAR[], b BLOB, d DOUBLE)");
    enum error_code code = OK;
    int64_t n = 0;
    for (; !code && n < ROWS; n++) {
        bulk_i64(&t->bulk, 0, n);
        code = bulk_end_row(&t->bulk, &err);
    }
    assert_int_equal(code, ERR_CATALOG);
    assert_int_equal(n, 2 * THREADS * 122880); /* when the next ones were to go */
    assert_non_null(strstr(err.text, "CHECK"));
    error_reset(&err);
    assert_int_equal(bulk_flush(&t->bulk, &err), ERR_CATALOG);
    assert_non_null(strstr(err.text, "CHECK"));
    /* What fails now fails for that. */
    error_reset(&err);
    assert_int_equal(db_run_script(&t->db, "SELECT * FROM no_such_table", &err), ERR_CATALOG);
    assert_non_null(strstr(err.text, "CHECK"));
    for (int64_t i = 0; i < THREADS * 122880 + 1; i++) {
        bulk_i64(&t->bulk, 0, i);
        code = bulk_end_row(&t->bulk, &err);
    }
    assert_int_equal(bulk_flush(&t->bulk, &err), ERR_CATALOG);
    assert_int_equal(number(t, "SELECT count(*) FROM t"), 0);
    bulk_discard(&t->bulk);
    assert_int_equal(db_run_script(&t->db, "SELECT * FROM no_such_table", &err), ERR_CATALOG);
    assert_null(strstr(err.text, "CHECK"));
    assert_int_equal(number(t, "SELECT current_setting('threads')"), 1);
    close_table(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_of_several_threads, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(other_statements_meanwhile, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(many_rows_among_few, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(an_undone_transaction, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(a_row_that_the_table_refuses, place_setup, place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
