#include "store/command_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void words(void **state)
{
    (void)state;
    static const struct {
        const char *line, *joined; /* by '|'; NULL for an error */
    } cases[] = {
        {"", ""},
        {"  \t", ""},
        {"a b  c", "a|b|c"},
        {"/opt/x --name 'two words'", "/opt/x|--name|two words"},
        {"a\"b c\"'d e'f", "ab cd ef"},
        {"\"a\\\"b\\n\" '\\'", "a\"b\\n|\\"},
        {"a\\ b \\'c", "a b|'c"},
        {"'' \"\" x", "||x"},
        {"$HOME `id` $(id); *", "$HOME|`id`|$(id);|*"},
        {"'open", NULL},
        {"\"open", NULL},
        {"\"open\\\"", NULL},
        {"end\\", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena a;
        char joined[256] = "";
        arena_init(&a);
        char **list = command_words(cases[i].line, &a);
        assert_int_equal(list == NULL, cases[i].joined == NULL);
        for (size_t k = 0; list && list[k]; k++) {
            strcat(joined, k ? "|" : "");
            strcat(joined, list[k]);
        }
        assert_string_equal(joined, list ? cases[i].joined : "");
        arena_reset(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
