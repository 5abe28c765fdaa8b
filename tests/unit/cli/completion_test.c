/* The scripts as their shells see them. Shells that are not installed are passed over; bash is
 * asked for real answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/completion.h"
#include "cli/help.h"

static char script_path[] = "/tmp/ts-indexer-completion-XXXXXX";

static void write_script(const char *shell)
{
    struct strbuf b;
    FILE *f = fopen(script_path, "w");
    assert_non_null(f);
    strbuf_init(&b, HELP_MAX);
    completion_script(&b, shell);
    assert_true(b.len > 0);
    assert_int_equal(fwrite(b.data, 1, b.len, f), b.len);
    assert_int_equal(fclose(f), 0);
    strbuf_free(&b);
}

static bool installed(const char *shell)
{
    char command[64];
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", shell);
    return system(command) == 0;
}

static void assert_syntax(const char *shell)
{
    char command[128];
    if (!installed(shell)) {
        skip();
    }
    write_script(shell);
    snprintf(command, sizeof command, "%s -n %s", shell, script_path);
    assert_int_equal(system(command), 0);
}

static void test_bash_reads_its_script(void **state)
{
    (void)state;
    assert_syntax("bash");
}

static void test_zsh_reads_its_script(void **state)
{
    (void)state;
    assert_syntax("zsh");
}

static void test_fish_reads_its_script(void **state)
{
    (void)state;
    assert_syntax("fish");
}

/* What bash offers for the last of `words`, joined by blanks. */
static void offered(const char *words, char *out, size_t size)
{
    char command[512];
    snprintf(
        command, sizeof command,
        "bash -c 'compopt() { :; }; source %s; COMP_WORDS=(%s); "
        "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _ts_indexer; printf \"%%s \" \"${COMPREPLY[@]}\"'",
        script_path, words);
    FILE *f = popen(command, "r");
    assert_non_null(f);
    out[fread(out, 1, size - 1, f)] = '\0';
    assert_int_equal(pclose(f), 0);
}

static void test_bash_completes(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"ts-indexer da", "datasets "},
        {"ts-indexer index --dep", "--depth "},
        {"ts-indexer index --depth \"\"", "files series time values "},
        {"ts-indexer index --depth = s", "series "},
        {"ts-indexer search x --depth", ""},
        {"ts-indexer -f js", "json "},
        {"ts-indexer search --limit a", "all "},
        {"ts-indexer completions z", "zsh "},
        {"ts-indexer --quiet help fa", "failures "},
    };
    if (!installed("bash")) {
        skip();
    }
    write_script("bash");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[1024];
        offered(cases[i][0], got, sizeof got);
        /* No offer at all prints one blank. */
        assert_string_equal(strcmp(got, " ") == 0 ? "" : got, cases[i][1]);
    }
}

static int make_path(void **state)
{
    (void)state;
    int fd = mkstemp(script_path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(script_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bash_reads_its_script),
        cmocka_unit_test(test_zsh_reads_its_script),
        cmocka_unit_test(test_fish_reads_its_script),
        cmocka_unit_test(test_bash_completes),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
