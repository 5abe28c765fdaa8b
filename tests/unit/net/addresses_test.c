#include "net/addresses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define S ((uint64_t)1000000000)

static atomic_int questions;

static size_t three(const char *host, char out[][ADDRESS_SIZE], size_t max)
{
    static const char *const list[] = {"192.0.2.1", "2001:db8::1", "192.0.2.2", "192.0.2.3"};
    atomic_fetch_add(&questions, 1);
    assert_true(max >= 4);
    for (size_t i = 0; i < 4; i++) {
        snprintf(out[i], ADDRESS_SIZE, "%s", list[i]);
    }
    return strcmp(host, "single") == 0 ? 1 : 4;
}

static size_t nobody(const char *host, char out[][ADDRESS_SIZE], size_t max)
{
    (void)host;
    (void)out;
    (void)max;
    atomic_fetch_add(&questions, 1);
    return 0;
}

/* The answer comes by another thread. */
static bool pick_soon(struct addresses *a, const char *host, uint64_t now, char out[ADDRESS_SIZE])
{
    for (int i = 0; i < 1000; i++) {
        if (addresses_pick(a, host, now, out)) {
            return true;
        }
        usleep(1000);
    }
    return false;
}

static void they_are_used_in_turn(void **state)
{
    (void)state;
    char first[ADDRESS_SIZE], next[ADDRESS_SIZE];
    struct addresses *a = addresses_new(three);
    atomic_store(&questions, 0);
    assert_false(addresses_pick(a, "host", S, first)); /* nobody knows which family works */
    assert_int_equal(atomic_load(&questions), 0);
    addresses_saw(a, "host", "192.0.2.1");
    assert_true(pick_soon(a, "host", S, first));
    int times[4] = {0};
    for (int i = 0; i < 30; i++) {
        assert_true(addresses_pick(a, "host", S, next));
        assert_int_equal(strncmp(next, "192.0.2.", 8), 0);
        times[next[8] - '0']++;
    }
    assert_int_equal(times[1], 10);
    assert_int_equal(times[2], 10);
    assert_int_equal(times[3], 10);
    assert_int_equal(atomic_load(&questions), 1);
    /* Asked again when it is old. */
    assert_true(addresses_pick(a, "host", S + (ADDRESSES_AGE_S + 1) * S, next));
    for (int i = 0; i < 1000 && atomic_load(&questions) < 2; i++) {
        usleep(1000);
    }
    assert_int_equal(atomic_load(&questions), 2);
    addresses_free(a);
}

static void who_cannot_be_reached_is_left_out(void **state)
{
    (void)state;
    char out[ADDRESS_SIZE];
    struct addresses *a = addresses_new(three);
    addresses_saw(a, "host", "192.0.2.1");
    assert_true(pick_soon(a, "host", S, out));
    addresses_failed(a, "host", "192.0.2.2");
    for (int i = 0; i < 10; i++) {
        assert_true(addresses_pick(a, "host", S, out));
        assert_string_not_equal(out, "192.0.2.2");
    }
    addresses_failed(a, "host", "192.0.2.1");
    assert_false(addresses_pick(a, "host", S, out)); /* one is no choice */
    addresses_failed(a, "other", "192.0.2.1");
    addresses_free(a);
}

static void one_or_none_is_left_to_curl(void **state)
{
    (void)state;
    char out[ADDRESS_SIZE];
    struct addresses *a = addresses_new(three);
    addresses_saw(a, "single", "192.0.2.1");
    assert_false(pick_soon(a, "single", S, out));
    addresses_saw(a, "host", "2001:db8::1"); /* IPv6 works, and has one */
    assert_false(pick_soon(a, "host", S, out));
    addresses_free(a);
    a = addresses_new(nobody);
    addresses_saw(a, "host", "192.0.2.1");
    assert_false(pick_soon(a, "host", S, out));
    addresses_free(a);
    addresses_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_used_in_turn),
        cmocka_unit_test(who_cannot_be_reached_is_left_out),
        cmocka_unit_test(one_or_none_is_left_to_curl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
