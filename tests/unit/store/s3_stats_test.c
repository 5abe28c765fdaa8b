#include "store/s3_stats.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/counters.h"

static void answers_are_sorted(void **state)
{
    (void)state;
    struct s3_stats s = {0};
    struct http_request q = {.result = HTTP_ANSWERED, .status = 206};
    for (unsigned i = 0; i < 100; i++) {
        q.elapsed_ns = i < 60 ? 3000000 : i < 98 ? 100000000 : 60000000000u;
        s3_stats_answer(&s, &q);
    }
    assert_int_equal(counter_get(&s.statuses[1]), 100);
    assert_int_equal(s3_stats_below_ms(&s, 0.5), 4);
    assert_int_equal(s3_stats_below_ms(&s, 0.9), 128);
    assert_int_equal(s3_stats_below_ms(&s, 0.99), 65536);
    q.status = 418;
    s3_stats_answer(&s, &q);
    assert_int_equal(counter_get(&s.statuses[S3_STATUS_N - 1]), 1);
    q.result = HTTP_SHORT;
    s3_stats_answer(&s, &q);
    assert_int_equal(counter_get(&s.failures[HTTP_SHORT]), 1);
    s3_stats_retry(&s, RETRY_THROTTLED);
    assert_int_equal(counter_get(&s.retries[RETRY_THROTTLED]), 1);
    s3_stats_log(&s, &(struct http_connections){3, 2, 3}, "s3://b/");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(answers_are_sorted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
