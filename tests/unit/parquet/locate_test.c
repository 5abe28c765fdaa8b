#include "build.h"

#include "parquet/footer.h"

static enum error_code locate(struct str tail, uint64_t size, struct str head, uint64_t *n)
{
    return footer_locate(tail, size, head, n, NULL);
}

static void the_length_is_in_the_last_eight_bytes(void **state)
{
    (void)state;
    uint64_t n = 0;
    struct str tail = BYTES(40, 0, 0, 0, 'P', 'A', 'R', '1');
    assert_int_equal(locate(tail, 1000, (struct str){0}, &n), OK);
    assert_int_equal(n, 48); /* more than the tail: fetch that many and come back */
    assert_int_equal(locate(tail, 52, (struct str){0}, &n), OK);
    assert_int_equal(locate(tail, 51, (struct str){0}, &n),
                     ERR_CORRUPT); /* no room for the first magic */
}

static void impossible_lengths(void **state)
{
    (void)state;
    uint64_t n;
    assert_int_equal(locate(BYTES(0, 0, 0, 0, 'P', 'A', 'R', '1'), 1000, (struct str){0}, &n),
                     ERR_CORRUPT);
    assert_int_equal(
        locate(BYTES(0xFF, 0xFF, 0xFF, 0xFF, 'P', 'A', 'R', '1'), 1000, (struct str){0}, &n),
        ERR_CORRUPT);
    struct str huge = BYTES(0xFF, 0xFF, 0xFF, 0x7F, 'P', 'A', 'R', '1');
    assert_int_equal(locate(huge, (uint64_t)1 << 40, (struct str){0}, &n), ERR_LIMIT);
}

static void what_is_no_parquet_file_is_named(void **state)
{
    (void)state;
    const struct {
        const char *head, *tail;
        uint64_t size;
        enum error_code want;
    } cases[] = {
        {"", "", 0, ERR_EMPTY_OBJECT},
        {"PAR1", "some data", 1000, ERR_TRUNCATED},
        {"PAR1", "PAR1", 4, ERR_TRUNCATED},       /* a header and nothing else */
        {"", "PAR1data", 8, ERR_TRUNCATED},       /* the tail is the whole file */
        {"", "some data", 1000, ERR_NOT_PARQUET}, /* the head is not known */
        {"{\"a\":1}", "\"b\":2}\n\n", 1000, ERR_NOT_PARQUET},
        {"", "x", 1, ERR_NOT_PARQUET},
        {"version https://git-lfs.github.com/spec/v1\n", "size 12345\n", 130, ERR_LFS_POINTER},
        {"", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", 0,
         ERR_LFS_POINTER},
        {"PARE", "\x10\x00\x00\x00PARE", 1000, ERR_ENCRYPTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        /* Zeros end a C string; the literal has to live as long as its use. */
        struct str encrypted = BYTES(16, 0, 0, 0, 'P', 'A', 'R', 'E');
        struct str tail = cases[i].want == ERR_ENCRYPTED ? encrypted : str_c(cases[i].tail);
        uint64_t size = cases[i].size ? cases[i].size : tail.len, n = 7;
        assert_int_equal(locate(tail, size, str_c(cases[i].head), &n), cases[i].want);
        assert_int_equal(n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_length_is_in_the_last_eight_bytes),
        cmocka_unit_test(impossible_lengths),
        cmocka_unit_test(what_is_no_parquet_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
