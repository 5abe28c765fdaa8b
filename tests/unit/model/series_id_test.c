#include "model/series_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"

static const struct str null_part = {NULL, 0};

static void assert_text(const struct str *parts, size_t n, const char *text)
{
    struct strbuf b;
    strbuf_init(&b, 1000);
    series_id_format(parts, n, &b);
    assert_string_equal(strbuf_view(&b).data, text);
    strbuf_free(&b);
}

static void test_one_part(void **state)
{
    (void)state;
    assert_text(&(struct str){"007", 3}, 1, "007");
    assert_text(&(struct str){"bdg-2:bear|Bear_1", 17}, 1, "bdg-2:bear|Bear_1");
    assert_text(&(struct str){"a\\b", 3}, 1, "a\\\\b");
    assert_text(&(struct str){"", 0}, 1, "");
    assert_text(&null_part, 1, "\\N");
    assert_text(&(struct str){"\\N", 2}, 1, "\\\\N");
    assert_text(&(struct str){"a\0\xFF\n", 4}, 1, "a\\x00\\xFF\n");
    assert_text(&(struct str){"caf\xC3\xA9\xC3", 6}, 1, "caf\xC3\xA9\\xC3");
}

static void test_several_parts(void **state)
{
    (void)state;
    const struct str parts[] = {{"bdg-2:bear", 10}, {"a|b", 3}, {NULL, 0}, {"", 0}};
    assert_text(parts, 4, "bdg-2:bear|a\\|b|\\N|");
    assert_text(parts + 2, 2, "\\N|");
    const struct str empty[] = {{"", 0}, {"", 0}};
    assert_text(empty, 2, "|");
}

static void assert_refused(const char *text, size_t n)
{
    struct arena a;
    struct str parts[8];
    struct error err;
    arena_init(&a);
    assert_int_equal(series_id_parse(str_c(text), n, &a, parts, &err), ERR_USAGE);
    assert_true(err.text[0]);
    arena_reset(&a);
}

static void test_refused_texts(void **state)
{
    (void)state;
    assert_refused("a", 2);
    assert_refused("a|b|c", 2);
    assert_refused("a\\", 1);
    assert_refused("a\\q", 1);
    assert_refused("\\x", 1);
    assert_refused("\\x1", 1);
    assert_refused("\\x1g", 1);
    assert_refused("\\Nx", 1);
    assert_refused("a\\N|b", 2);
    assert_refused("", 2);
}

/* xorshift: the same parts in every run. */
static uint64_t next_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    return *s ^= *s << 17;
}

/* Bytes that the format treats specially come up often. */
static struct str random_part(uint64_t *seed, char *buffer)
{
    static const char special[] = "\\|N\0x0F\xC3\xA9\xFF";
    size_t n = next_random(seed) % 6;
    if (next_random(seed) % 8 == 0) {
        return null_part;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t r = next_random(seed);
        buffer[i] = r & 1 ? (char)(r >> 8) : special[(r >> 8) % (sizeof special - 1)];
    }
    return str_n(buffer, n);
}

static bool same(struct str a, struct str b)
{
    return (a.data == NULL) == (b.data == NULL) && str_eq(a, b);
}

/* The parts with their lengths: equal exactly for equal ids. */
static void add_identity(struct strbuf *b, const struct str *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(b, "%d:%zu:", parts[i].data != NULL, parts[i].len);
        strbuf_add(b, parts[i].data, parts[i].len);
    }
}

/* Parsing gives the parts back, the text is UTF-8 without NUL, and two ids never share a text. */
static void test_round_trip_and_distinctness(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (size_t n = 1; n <= 3; n++) {
        struct map texts, ids;
        map_init(&texts);
        map_init(&ids);
        for (int round = 0; round < 60000; round++) {
            char buffers[3][8];
            struct str parts[3], back[3];
            struct strbuf text, identity;
            struct arena a;
            struct error err;
            arena_init(&a);
            strbuf_init(&text, 1000);
            strbuf_init(&identity, 1000);
            for (size_t i = 0; i < n; i++) {
                parts[i] = random_part(&seed, buffers[i]);
            }
            series_id_format(parts, n, &text);
            assert_true(str_is_utf8(strbuf_view(&text)));
            assert_int_equal(strlen(strbuf_view(&text).data), text.len);
            assert_int_equal(series_id_parse(strbuf_view(&text), n, &a, back, &err), OK);
            for (size_t i = 0; i < n; i++) {
                assert_true(same(parts[i], back[i]));
            }
            add_identity(&identity, parts, n);
            bool new_text, new_id;
            map_put(&texts, strbuf_view(&text), &new_text);
            map_put(&ids, strbuf_view(&identity), &new_id);
            assert_int_equal(new_text, new_id);
            strbuf_free(&text);
            strbuf_free(&identity);
            arena_reset(&a);
        }
        assert_true(ids.count > 1000);
        map_free(&texts);
        map_free(&ids);
    }
}

/* One byte that does not stand for itself, at each place of texts of each length. */
static void test_plain_to_the_last_byte(void **state)
{
    (void)state;
    static const char special[] = {'\\', '\0', '\x80', '\xFF'};
    for (size_t n = 0; n <= 40; n++) {
        char *text = malloc(n ? n : 1); /* a sanitizer sees the first byte too many */
        memset(text, '|', n ? n : 1);
        assert_true(series_id_is_plain(str_n(text, n)));
        for (size_t at = 0; at < n; at++) {
            for (size_t k = 0; k < sizeof special; k++) {
                text[at] = special[k];
                assert_false(series_id_is_plain(str_n(text, n)));
            }
            text[at] = '\x7F';
            assert_true(series_id_is_plain(str_n(text, n)));
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_one_part),
        cmocka_unit_test(test_several_parts),
        cmocka_unit_test(test_refused_texts),
        cmocka_unit_test(test_round_trip_and_distinctness),
        cmocka_unit_test(test_plain_to_the_last_byte),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
