#include "base/secret.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Whether the mapping that holds `p` is left out of core dumps, as the kernel says: flag "dd". */
static bool is_left_out(const void *p)
{
    char line[512];
    bool inside = false, left_out = false;
    FILE *f = fopen("/proc/self/smaps", "re");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        uintptr_t from, to;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &from, &to) == 2) {
            inside = (uintptr_t)p >= from && (uintptr_t)p < to;
        } else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
            left_out = strstr(line, " dd") != NULL;
        }
    }
    fclose(f);
    return left_out;
}

static void secrets_are_left_out_of_core_dumps(void **state)
{
    (void)state;
    char *s = secret_strdup("a secret of some length");
    char plain[] = "no secret";
    assert_string_equal(s, "a secret of some length");
    assert_true(is_left_out(s));
    assert_false(is_left_out(plain));
    secret_free(s);
    uint8_t *zeroed = secret_alloc(100000);
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(zeroed[i], 0);
    }
    secret_free(zeroed);
    assert_null(secret_strdup(NULL));
    secret_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(secrets_are_left_out_of_core_dumps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
