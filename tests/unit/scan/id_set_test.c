#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"
#include "scan/id_set.h"

enum { MANY = 50000 };

static uint32_t put(struct id_set *s, const char *text)
{
    struct str v = str_c(text);
    uint32_t series;
    assert_true(id_set_put_strs(s, &v, 1, &series));
    return series;
}

static void assert_text(struct id_set *s, size_t series, const char *want)
{
    assert_true(str_eq(id_set_texts(s)[series], str_c(want)));
}

static void series_are_numbered_as_they_are_met(void **state)
{
    (void)state;
    struct id_set s;
    id_set_init(&s);
    assert_int_equal(put(&s, "b"), 0);
    assert_int_equal(put(&s, ""), 1);
    assert_int_equal(put(&s, "a"), 2);
    assert_int_equal(put(&s, "b"), 0);
    assert_int_equal(put(&s, ""), 1);
    assert_int_equal(s.count, 3);
    assert_text(&s, 0, "b");
    assert_text(&s, 1, "");
    id_set_free(&s);
}

/* A sorted file: nothing is hashed. */
static void keys_that_ascend_need_no_table(void **state)
{
    (void)state;
    enum { N = 3000 };
    for (int numbers = 0; numbers < 2; numbers++) {
        static char texts[N][8];
        static struct str v[2 * N];
        static int64_t ints[2 * N];
        static uint32_t series[2 * N];
        struct id_set s;
        uint32_t null;
        id_set_init(&s);
        s.kind = numbers ? ID_NUMBERS : ID_STRINGS;
        s.is_signed = true;
        for (int i = 0; i < 2 * N; i++) {
            int len = snprintf(texts[i / 2], sizeof texts[0], "%05d", i / 2);
            v[i] = str_n(texts[i / 2], (size_t)len);
            ints[i] = i / 2 - N / 2;
        }
        for (size_t from = 0; from < 2; from++) {
            size_t n = from ? N : N - 2; /* a null in between */
            assert_true(numbers ? id_set_put_numbers(&s, ints + from * (N - 2), n, series)
                                : id_set_put_strs(&s, v + from * (N - 2), n, series));
            assert_true(id_set_put_null(&s, &null));
            assert_int_equal(null, N / 2 - 1);
            assert_int_equal(s.count, from ? N : N / 2);
            assert_int_equal(series[n - 1], s.count - (from ? 1 : 2));
        }
        assert_int_equal(s.n_slots, 0);
        assert_null(s.tags);
        /* The first that is smaller makes a table, in which all are found. */
        assert_true(numbers ? id_set_put_numbers(&s, ints, 2 * N, series)
                            : id_set_put_strs(&s, v, 2 * N, series));
        assert_true(s.n_slots > N);
        assert_int_equal(s.count, N + 1);
        for (uint32_t i = 0; i < 2 * N; i++) {
            assert_int_equal(series[i], i / 2 + (i / 2 >= N / 2 - 1));
        }
        id_set_free(&s);
    }
}

static void what_is_expected_is_only_a_guess(void **state)
{
    (void)state;
    struct id_set s;
    id_set_init(&s);
    id_set_expect(&s, SIZE_MAX);
    put(&s, "b");
    put(&s, "a");
    assert_true(s.n_slots < 10000 && s.cap < 10000);
    id_set_expect(&s, 0);
    assert_int_equal(put(&s, "c"), 2);
    assert_int_equal(put(&s, "a"), 1);
    id_set_free(&s);
}

/* More than one batch, with repeats inside one; every string twice, far apart and near. */
static void many_strings(void **state)
{
    (void)state;
    struct id_set s;
    static struct str v[2 * MANY];
    static char texts[MANY][16];
    static uint32_t series[2 * MANY];
    id_set_init(&s);
    s.kind = ID_STRINGS;
    for (uint32_t i = 0; i < MANY; i++) {
        int len = snprintf(texts[i], sizeof texts[i], "id-%u", i * 7919u);
        v[2 * i] = str_n(texts[i], (size_t)len);
        v[2 * i + 1] = v[i / 2 * 2]; /* one of the strings so far */
    }
    assert_true(id_set_put_strs(&s, v, 2ul * MANY, series));
    assert_int_equal(s.count, MANY);
    for (uint32_t i = 0; i < 2 * MANY; i++) {
        assert_true(str_eq(s.keys[series[i]], v[i]));
    }
    assert_false(s.escapes);
    id_set_free(&s);
}

/* Sets of the same texts, come by in different ways, give them the same tags; and what is entered
 * by them is found by its bytes. */
static void tags_are_those_of_the_texts(void **state)
{
    (void)state;
    static const int64_t numbers[] = {7, -12, 100};
    struct str v[] = {str_c("7"), str_c("-12"), str_c("100"), str_c("a|b"), str_c("\\")};
    struct id_set of_numbers, of_strings, of_texts;
    uint32_t series[6], null[2]; /* five texts and a null */
    id_set_init(&of_numbers);
    id_set_init(&of_strings);
    id_set_init(&of_texts);
    of_numbers.kind = ID_NUMBERS;
    of_numbers.is_signed = true;
    of_strings.kind = ID_STRINGS;
    assert_true(id_set_put_numbers(&of_numbers, numbers, 3, series));
    assert_true(id_set_put_null(&of_numbers, &null[0]));
    assert_true(id_set_put_strs(&of_strings, v, 5, series));
    assert_true(id_set_put_null(&of_strings, &null[1]));
    const struct str *texts = id_set_texts(&of_strings);
    const uint32_t *tags = id_set_tags(&of_strings);
    assert_true(id_set_put_tagged(&of_texts, texts, tags, of_strings.count, series));
    assert_int_equal(of_texts.count, 6);
    for (uint32_t i = 0; i < 6; i++) {
        assert_int_equal(series[i], i);
        assert_true(id_set_put_strs(&of_texts, &texts[i], 1, &null[0]));
        assert_int_equal(null[0], i);
    }
    texts = id_set_texts(&of_numbers);
    assert_true(id_set_put_tagged(&of_texts, texts, id_set_tags(&of_numbers), 4, series));
    static const uint32_t known[] = {0, 1, 2, 5};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(series[i], known[i]);
    }
    id_set_free(&of_numbers);
    id_set_free(&of_strings);
    id_set_free(&of_texts);
}

/* Equal tags do not make texts equal, and colliding ones are found after the set has hashed anew.
 */
static void wrong_tags_cost_time_only(void **state)
{
    (void)state;
    enum { N = 1000 };
    static char texts[N][8];
    static struct str v[N];
    static uint32_t tags[N], series[N];
    struct id_set s;
    id_set_init(&s);
    for (uint32_t i = 0; i < N; i++) {
        v[i] = str_n(texts[i], (size_t)snprintf(texts[i], sizeof texts[i], "%u", i));
        tags[i] = 42;
    }
    assert_true(id_set_put_tagged(&s, v, tags, N, series));
    assert_int_equal(s.count, N);
    assert_true(id_set_put_tagged(&s, v, tags, N, series));
    assert_int_equal(s.count, N);
    assert_int_equal(series[N - 1], N - 1);
    struct str *known = id_set_texts(&s);
    tags[0] = id_set_tags(&s)[N - 1];
    struct id_set fresh;
    id_set_init(&fresh);
    assert_true(id_set_put_strs(&fresh, &known[N - 1], 1, series));
    id_set_texts(&fresh);
    assert_int_equal(id_set_tags(&fresh)[0], tags[0]);
    id_set_free(&fresh);
    id_set_free(&s);
}

static void room_is_made_at_once(void **state)
{
    (void)state;
    for (int numbers = 0; numbers < 2; numbers++) {
        struct id_set s;
        uint32_t series;
        id_set_init(&s);
        s.kind = numbers ? ID_NUMBERS : ID_STRINGS;
        int64_t first[] = {5, 0}; /* in no order: there is a table from the start */
        struct str text, texts[] = {str_c("5"), str_c("0")};
        for (size_t i = 0; i < 2; i++) {
            assert_true(numbers ? id_set_put_numbers(&s, &first[i], 1, &series)
                                : id_set_put_strs(&s, &texts[i], 1, &series));
        }
        id_set_reserve(&s, MANY);
        size_t slots = s.n_slots, cap = s.cap;
        assert_true(cap >= MANY && slots >= MANY);
        for (int64_t i = 0; i < MANY; i++) {
            char digits[24];
            text = str_n(digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)i));
            assert_true(numbers ? id_set_put_numbers(&s, &i, 1, &series)
                                : id_set_put_strs(&s, &text, 1, &series));
            assert_int_equal(series, i == 5 ? 0 : i == 0 ? 1 : i < 5 ? i + 1 : i);
        }
        assert_int_equal(s.count, MANY);
        assert_int_equal(s.n_slots, slots);
        assert_int_equal(s.cap, cap);
        id_set_free(&s);
    }
}

static void numbers_become_texts_at_the_end(void **state)
{
    (void)state;
    static const int64_t v[] = {0, -1, INT64_MIN, INT64_MAX, 99, 100, -1, 0, 1000000007};
    static const char *signed_texts[] = {
        "0", "-1", "-9223372036854775808", "9223372036854775807", "99", "100", "\\N", "1000000007"};
    for (int is_signed = 0; is_signed < 2; is_signed++) {
        struct id_set s;
        uint32_t series[9], null;
        id_set_init(&s);
        s.kind = ID_NUMBERS;
        s.is_signed = is_signed;
        assert_true(id_set_put_numbers(&s, v, 6, series));
        assert_true(id_set_put_null(&s, &null));
        assert_int_equal(null, 6);
        assert_true(id_set_put_numbers(&s, v + 6, 3, series + 6));
        assert_true(id_set_put_null(&s, &null));
        assert_int_equal(null, 6);
        assert_int_equal(s.count, 8);
        assert_int_equal(series[6], 1);
        assert_int_equal(series[7], 0);
        for (size_t i = 0; i < 8; i++) {
            const char *want = signed_texts[i];
            want = is_signed || i != 1 ? want : "18446744073709551615";
            want = is_signed || i != 2 ? want : "9223372036854775808";
            assert_text(&s, i, want);
        }
        id_set_free(&s);
    }
}

static void many_numbers(void **state)
{
    (void)state;
    struct id_set s;
    static int64_t v[MANY];
    static uint32_t series[MANY];
    id_set_init(&s);
    s.kind = ID_NUMBERS;
    for (int64_t i = 0; i < MANY; i++) {
        v[i] = i % 3 ? i << 32 : -(i / 6); /* some twice */
    }
    for (int round = 0; round < 2; round++) {
        assert_true(id_set_put_numbers(&s, v, MANY, series));
        for (size_t i = 0; i < MANY; i++) {
            assert_true(s.numbers[series[i]] == v[i]);
        }
    }
    assert_true(s.count < MANY);
    id_set_free(&s);
}

static void strings_are_escaped_at_the_end(void **state)
{
    (void)state;
    struct id_set s;
    uint32_t null;
    id_set_init(&s);
    s.kind = ID_STRINGS;
    put(&s, "plain|and long enough for words");
    put(&s, "back\\slash");
    assert_true(id_set_put_null(&s, &null));
    put(&s, "\\N");
    put(&s, "long enough for words: \xff");
    put(&s, "gr\xc3\xbc\xc3\x9f");
    assert_text(&s, 0, "plain|and long enough for words");
    assert_text(&s, 1, "back\\\\slash");
    assert_text(&s, null, "\\N");
    assert_text(&s, 3, "\\\\N");
    assert_text(&s, 4, "long enough for words: \\xFF");
    assert_text(&s, 5, "gr\xc3\xbc\xc3\x9f");
    id_set_free(&s);
}

/* Numbers chosen to have one slot, by the function that the set uses without a seed: they cost one
 * rebuild, not a walk over all of them for each. */
static void chosen_numbers_do_not_collide_for_long(void **state)
{
    (void)state;
    struct id_set s;
    uint32_t series;
    int64_t found = 0;
    const int64_t largest = INT64_MAX; /* keys that ascend would need no slots */
    id_set_init(&s);
    s.kind = ID_NUMBERS;
    assert_true(id_set_put_numbers(&s, &largest, 1, &series));
    for (uint64_t i = 1; found < 2000; i++) {
        uint64_t x = i * 0x9E3779B97F4A7C15ull;
        x = (x ^ x >> 32) * 0xD6E8FEB86659FD93ull;
        if (((x ^ x >> 32) & 0xFFFF) < 16) {
            int64_t v = (int64_t)i;
            assert_true(id_set_put_numbers(&s, &v, 1, &series));
            assert_int_equal(series, ++found);
        }
    }
    assert_true(s.seed != 0);
    for (size_t i = 0; i < s.count; i++) {
        int64_t v = s.numbers[i];
        assert_true(id_set_put_numbers(&s, &v, 1, &series));
        assert_int_equal(series, i);
    }
    id_set_free(&s);
}

static void chosen_strings_do_not_collide_for_long(void **state)
{
    (void)state;
    struct id_set s;
    uint32_t found = 0;
    id_set_init(&s);
    for (uint64_t i = 1; found < 1000; i++) {
        char text[24];
        snprintf(text, sizeof text, "%llu", (unsigned long long)i);
        if ((hash_bytes(text, strlen(text)) >> 32 & 0xFFFF) < 64) {
            assert_int_equal(put(&s, text), found++);
        }
    }
    assert_true(s.seed != 0);
    for (uint32_t i = 0; i < found; i++) {
        uint32_t series;
        struct str key = s.keys[i];
        assert_true(id_set_put_strs(&s, &key, 1, &series));
        assert_int_equal(series, i);
    }
    id_set_free(&s);
}

static void a_set_becomes_part_of_another(void **state)
{
    (void)state;
    for (int kind = ID_STRINGS; kind <= ID_NUMBERS; kind++) {
        struct id_set a, b;
        uint32_t numbers[4], ignored[3];
        const struct str texts[] = {str_c("x"), str_c("y"), str_c("z")};
        const int64_t ints[] = {7, 8, 9};
        id_set_init(&a);
        id_set_init(&b);
        a.kind = b.kind = (enum id_kind)kind;
        if (kind == ID_NUMBERS) {
            assert_true(id_set_put_numbers(&a, ints + 1, 1, ignored));
            assert_true(id_set_put_numbers(&b, ints, 1, ignored));
            assert_true(id_set_put_null(&b, ignored));
            assert_true(id_set_put_numbers(&b, ints + 1, 2, ignored));
        } else {
            assert_true(id_set_put_strs(&a, texts + 1, 1, ignored));
            assert_true(id_set_put_strs(&b, texts, 1, ignored));
            assert_true(id_set_put_null(&b, ignored));
            assert_true(id_set_put_strs(&b, texts + 1, 2, ignored));
        }
        assert_true(id_set_put_set(&a, &b, numbers));
        id_set_free(&b); /* nothing of it is borrowed */
        assert_int_equal(a.count, 4);
        const uint32_t want[] = {1, 2, 0, 3};
        assert_memory_equal(numbers, want, sizeof want);
        assert_text(&a, 2, "\\N");
        assert_text(&a, 3, kind == ID_NUMBERS ? "9" : "z");
        id_set_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_are_numbered_as_they_are_met),
        cmocka_unit_test(keys_that_ascend_need_no_table),
        cmocka_unit_test(what_is_expected_is_only_a_guess),
        cmocka_unit_test(many_strings),
        cmocka_unit_test(tags_are_those_of_the_texts),
        cmocka_unit_test(wrong_tags_cost_time_only),
        cmocka_unit_test(room_is_made_at_once),
        cmocka_unit_test(numbers_become_texts_at_the_end),
        cmocka_unit_test(many_numbers),
        cmocka_unit_test(strings_are_escaped_at_the_end),
        cmocka_unit_test(chosen_numbers_do_not_collide_for_long),
        cmocka_unit_test(chosen_strings_do_not_collide_for_long),
        cmocka_unit_test(a_set_becomes_part_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
