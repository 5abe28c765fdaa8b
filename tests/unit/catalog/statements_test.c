/* Every statement that the code names is in the .sql files, and DuckDB understands it. */
#include "support.h"

static void every_statement_prepares(void **state)
{
    struct place *p = *state;
    struct error err;
    struct catalog *c = open_writer(p->path);
    for (int i = 0; i < DB_STATEMENT_COUNT; i++) {
        struct db_call q = db_begin(&c->db, (enum db_statement)i, &err);
        if (q.code) {
            fail_msg("%s: %s", statement_name((enum db_statement)i), err.text);
        }
    }
    catalog_close(c);
}

static void a_wrong_parameter_is_a_fault(void **state)
{
    struct place *p = *state;
    struct error err;
    struct catalog *c = open_writer(p->path);
    struct db_call q = db_begin(&c->db, STMT_FILE_DELETE, &err);
    db_bind_i64(&q, "nonsense", 1);
    assert_int_equal(db_run(&q), ERR_INTERNAL);
    assert_non_null(strstr(err.text, "nonsense"));
    catalog_close(c);
}

static void a_script_that_fails_tells_why(void **state)
{
    struct place *p = *state;
    struct error err;
    struct catalog *c = open_writer(p->path);
    assert_int_equal(db_run_script(&c->db, "SELECT * FROM no_such_table", &err), ERR_CATALOG);
    assert_non_null(strstr(err.text, "no_such_table"));
    assert_null(strchr(err.text, '\n'));
    catalog_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_statement_prepares, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(a_wrong_parameter_is_a_fault, place_setup, place_teardown),
        cmocka_unit_test_setup_teardown(a_script_that_fails_tells_why, place_setup, place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
