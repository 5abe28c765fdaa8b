#include "net/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"

#define MS ((uint64_t)1000000)

static void kinds(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *code;
        enum retry_kind kind;
    } cases[] = {
        {500, "InternalError", RETRY_TRANSIENT},
        {500, "", RETRY_TRANSIENT},
        {502, "", RETRY_DOWN},
        {503, "", RETRY_DOWN},
        {503, "SlowDown", RETRY_THROTTLED},
        {429, "", RETRY_THROTTLED},
        {400, "RequestTimeout", RETRY_TRANSIENT},
        {400, "ThrottlingException", RETRY_THROTTLED},
        {400, "InvalidArgument", RETRY_NEVER},
        {403, "AccessDenied", RETRY_NEVER},
        {404, "NoSuchKey", RETRY_NEVER},
        {412, "", RETRY_NEVER},
        {408, "", RETRY_TRANSIENT},
        {501, "NotImplemented", RETRY_NEVER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(retry_of_status(cases[i].status, cases[i].code), cases[i].kind);
    }
    assert_int_equal(retry_of_result(HTTP_BROKEN), RETRY_DOWN);
    assert_int_equal(retry_of_result(HTTP_BAD_TLS), RETRY_NEVER);
    assert_int_equal(retry_of_result(HTTP_CANCELLED), RETRY_NEVER);
    assert_int_equal(retry_of_result(HTTP_TOO_LONG), RETRY_NEVER);
}

static void attempts_are_bounded_and_waits_grow(void **state)
{
    (void)state;
    uint64_t longest = 0;
    for (int round = 0; round < 200; round++) {
        struct retry_quota q;
        struct retry_state s = {0};
        uint64_t delay;
        int n = 0;
        retry_quota_init(&q);
        while (retry_next(&q, &s, RETRY_TRANSIENT, RETRY_ATTEMPTS_MAX, 0, &delay)) {
            assert_true(delay <= (50 * MS << n));
            longest = delay > longest ? delay : longest;
            n++;
        }
        assert_int_equal(n, RETRY_ATTEMPTS_MAX - 1);
    }
    assert_true(longest > 1600 * MS); /* of at most 3,200: jitter uses the whole range */
}

static void throttling_waits_longer_and_at_most_20_s(void **state)
{
    (void)state;
    uint64_t longest = 0, delay;
    for (int round = 0; round < 500; round++) {
        struct retry_quota q;
        struct retry_state s = {.attempts = 6};
        retry_quota_init(&q);
        assert_true(retry_next(&q, &s, RETRY_THROTTLED, RETRY_ATTEMPTS_MAX, 0, &delay));
        assert_true(delay <= 20000 * MS);
        longest = delay > longest ? delay : longest;
    }
    assert_true(longest > 10000 * MS);
}

static void the_server_may_ask_for_five_seconds_more(void **state)
{
    (void)state;
    struct retry_quota q;
    struct retry_state s = {0};
    uint64_t delay;
    retry_quota_init(&q);
    assert_true(retry_next(&q, &s, RETRY_TRANSIENT, 8, 700, &delay));
    assert_int_equal(delay, 700 * MS);
    assert_true(retry_next(&q, &s, RETRY_TRANSIENT, 8, 3600000, &delay));
    assert_true(delay >= 5000 * MS && delay <= 5100 * MS);
}

static void the_quota_ends_an_outage_and_success_refills_it(void **state)
{
    (void)state;
    struct retry_quota q;
    uint64_t delay;
    int retries = 0;
    retry_quota_init(&q);
    for (int i = 0; i < 100; i++) {
        struct retry_state s = {0};
        retries += retry_next(&q, &s, RETRY_TRANSIENT, 8, 0, &delay);
    }
    assert_int_equal(retries, 500 / 14);
    struct retry_state s = {.taken = 28};
    retry_success(&q, &s);
    assert_int_equal(s.taken, 0);
    assert_true(retry_next(&q, &s, RETRY_TRANSIENT, 8, 0, &delay));
    assert_true(retry_next(&q, &s, RETRY_TRANSIENT, 8, 0, &delay));
    for (int i = 0; i < 2000; i++) {
        struct retry_state fresh = {0};
        retry_success(&q, &fresh);
    }
    assert_int_equal(atomic_load(&q.left), RETRY_QUOTA);
}

/* A server that has answered and is gone is waited for, by all; one that never answered is not. */
static void an_outage_is_waited_for(void **state)
{
    (void)state;
    struct retry_quota q;
    uint64_t delay, last = 0;
    retry_quota_init(&q);
    retry_answered(&q);
    for (int i = 0; i < 100; i++) {
        struct retry_state s = {0};
        assert_true(retry_next(&q, &s, RETRY_DOWN, RETRY_ATTEMPTS_MAX, 0, &delay));
        last = delay;
    }
    /* Beyond the quota they are spaced, 10 a second. */
    assert_true(last > 5000 * MS && last < 8000 * MS);
    /* Others have answers: it is this request that is at fault. */
    struct retry_state s = {.attempts = 7};
    assert_false(retry_next(&q, &s, RETRY_DOWN, RETRY_ATTEMPTS_MAX, 0, &delay));
    atomic_store(&q.answered_ns, clock_monotonic_ns() - 3000 * MS);
    for (int i = 0; i < 50; i++) {
        assert_true(retry_next(&q, &s, RETRY_DOWN, RETRY_ATTEMPTS_MAX, 0, &delay));
    }
    /* Not where fewer attempts were asked for, nor for a fault of one object. */
    s = (struct retry_state){.attempts = 1};
    assert_false(retry_next(&q, &s, RETRY_DOWN, 2, 0, &delay));
    s = (struct retry_state){.attempts = 7};
    assert_false(retry_next(&q, &s, RETRY_TRANSIENT, RETRY_ATTEMPTS_MAX, 0, &delay));
    /* 30 s without any answer are the end. */
    atomic_store(&q.answered_ns, clock_monotonic_ns() - 31000 * MS);
    s = (struct retry_state){.attempts = 7};
    assert_false(retry_next(&q, &s, RETRY_DOWN, RETRY_ATTEMPTS_MAX, 0, &delay));
}

/* Seven short waits within the first second of an outage would be the end of a read: the last
 * attempt waits until silence is told from a fault of this request. */
static void the_last_attempt_is_not_used_up_at_once(void **state)
{
    (void)state;
    struct retry_quota q;
    struct retry_state s = {0};
    uint64_t delay = 0, answered;
    retry_quota_init(&q);
    retry_answered(&q);
    answered = atomic_load(&q.answered_ns);
    for (int i = 0; i < RETRY_ATTEMPTS_MAX - 1; i++) { /* at once, whatever wait was asked */
        assert_true(retry_next(&q, &s, RETRY_DOWN, RETRY_ATTEMPTS_MAX, 0, &delay));
    }
    assert_true(clock_monotonic_ns() + delay > answered + 1000 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(attempts_are_bounded_and_waits_grow),
        cmocka_unit_test(throttling_waits_longer_and_at_most_20_s),
        cmocka_unit_test(the_server_may_ask_for_five_seconds_more),
        cmocka_unit_test(an_outage_is_waited_for),
        cmocka_unit_test(the_last_attempt_is_not_used_up_at_once),
        cmocka_unit_test(the_quota_ends_an_outage_and_success_refills_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
