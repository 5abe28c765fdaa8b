#include "format/ini.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Every property as "section|key|sub|value@line\n". */
static void note(const struct ini_property *p, void *user)
{
    strbuf_printf(user, STR_FMT "|" STR_FMT "|" STR_FMT "|" STR_FMT "@%u\n", STR_ARG(p->section),
                  STR_ARG(p->key), STR_ARG(p->sub), STR_ARG(p->value), p->line);
}

static void expect(const char *text, const char *events)
{
    struct strbuf b;
    struct error err;
    strbuf_init(&b, 10000);
    strbuf_add(&b, "", 0);
    assert_int_equal(ini_parse(text, strlen(text), note, &b, &err), OK);
    assert_string_equal(b.data, events);
    strbuf_free(&b);
}

static void properties(void **state)
{
    (void)state;
    expect("", "");
    expect("[a]\nk=v\n", "a|k||v@2\n");
    expect("[ profile b ]  # x\r\n K = v w \r\nk2==x=\n", "profile b|k2||=x=@3\n");
    expect("[ profile b ]\r\nK = v w \r\nk2==x=", "profile b|K||v w@2\nprofile b|k2||=x=@3\n");
    expect("\xEF\xBB\xBF[a]\nk=v", "a|k||v@2\n");
    expect("k=v\n[a]\n[b]\n", "|k||v@1\n");
    expect("[a]\nno property\n=v\nk=\n", "a|k||@4\n");
}

static void comments(void **state)
{
    (void)state;
    expect("# x\n; y\n[a] ; z\n #k=v\nk=v#w ; c\nj=#d\n", "a|k||v#w@5\na|j||@6\n");
    expect("[a]\nk=v\t;c\n", "a|k||v@2\n");
}

static void nesting(void **state)
{
    (void)state;
    expect("[a]\ns3 =\n  x = 1\n\ty=2 # c\nk=v\n", "a|s3|x|1@3\na|s3|y|2@4\na|s3||@2\na|k||v@5\n");
    expect("[a]\nk=v\n  more = 1\n [b]\n", "a|k||v\nmore = 1\n[b]@2\n");
    expect("[a]\n  lost = 1\nk=v\n[b]\n  lost = 2\n", "a|k||v@3\n");
}

static void an_open_bracket_is_fatal(void **state)
{
    (void)state;
    struct strbuf b;
    struct error err;
    strbuf_init(&b, 1000);
    assert_int_equal(ini_parse("[a]\nk=v\n[b\nx=y\n", 16, note, &b, &err), ERR_USAGE);
    assert_non_null(strstr(err.text, "line 3"));
    strbuf_free(&b);
}

static void values_have_a_limit(void **state)
{
    (void)state;
    size_t n = INI_VALUE_MAX + 100;
    char *text = malloc(n + 16);
    memcpy(text, "[a]\nk=", 6);
    memset(text + 6, 'x', n);
    memcpy(text + 6 + n, "\nj=1\n", 5);
    struct strbuf b;
    struct error err;
    strbuf_init(&b, 1000);
    assert_int_equal(ini_parse(text, 6 + n + 5, note, &b, &err), OK);
    assert_string_equal(b.data, "a|j||1@3\n");
    strbuf_free(&b);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(properties),
        cmocka_unit_test(comments),
        cmocka_unit_test(nesting),
        cmocka_unit_test(an_open_bracket_is_fatal),
        cmocka_unit_test(values_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
