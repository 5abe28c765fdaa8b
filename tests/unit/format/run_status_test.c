/* The status of a run comes back as it was written, and what is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "format/run_status.h"

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct run_status a = {.run_id = "r1",
                           .host = "a \"host\"",
                           .phase = "reading",
                           .pid = 77,
                           .bytes_total = INT64_MAX,
                           .files_done = 3,
                           .seconds = 0.1,
                           .stalled_seconds = 12.25};
    struct run_status b;
    struct strbuf text;
    struct error err;
    strbuf_init(&text, RUN_STATUS_MAX);
    run_status_write(&a, &text);
    assert_int_equal(run_status_parse(strbuf_view(&text), &b, &err), OK);
    assert_string_equal(b.host, a.host);
    assert_string_equal(b.phase, "reading");
    assert_int_equal(b.pid, 77);
    assert_true(b.bytes_total == a.bytes_total);
    assert_int_equal(b.files_done, 3);
    assert_true(b.seconds == a.seconds && b.stalled_seconds == a.stalled_seconds);
    strbuf_free(&text);
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "[]", "{", "nonsense", "{\"pid\":1,\"pid\":2}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct run_status s;
        struct error err;
        assert_int_equal(run_status_parse(str_c(bad[i]), &s, &err), ERR_CORRUPT);
    }
}

static void wrong_types_are_zero(void **state)
{
    (void)state;
    struct run_status s;
    struct error err;
    const char *text = "{\"pid\":-3,\"phase\":8,\"seconds\":\"long\",\"rows\":1.5,\"more\":null}";
    assert_int_equal(run_status_parse(str_c(text), &s, &err), OK);
    assert_int_equal(s.pid, 0);
    assert_string_equal(s.phase, "");
    assert_true(s.seconds == 0 && s.rows == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(wrong_types_are_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
