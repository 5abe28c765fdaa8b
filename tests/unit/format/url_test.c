#include "format/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void encoding_is_strict(void **state)
{
    (void)state;
    struct strbuf b;
    strbuf_init(&b, 1000);
    url_encode(&b, str_c("AZaz09-_.~ !*'();:@&=+$,/?#[]%\x7F\x01\xC3\xA9"), false);
    assert_string_equal(
        b.data,
        "AZaz09-_.~%20%21%2A%27%28%29%3B%3A%40%26%3D%2B%24%2C%2F%3F%23%5B%5D%25%7F%01%C3%A9");
    strbuf_clear(&b);
    url_encode(&b, str_c("/a b//c/"), true);
    assert_string_equal(b.data, "/a%20b//c/");
    strbuf_free(&b);
}

static void every_byte_comes_back(void **state)
{
    (void)state;
    char all[256];
    struct strbuf b;
    struct arena a;
    struct str back;
    for (int i = 0; i < 256; i++) {
        all[i] = (char)i;
    }
    arena_init(&a);
    for (int keep = 0; keep < 2; keep++) {
        strbuf_init(&b, 1000);
        url_encode(&b, str_n(all, 256), keep);
        assert_true(url_is_encoded(strbuf_view(&b)));
        assert_true(url_decode(strbuf_view(&b), true, &a, &back));
        assert_true(str_eq(back, str_n(all, 256)));
        strbuf_free(&b);
    }
    assert_true(url_decode(str_c("a+b%2bc%2B"), true, &a, &back));
    assert_true(str_eq(back, str_c("a b+c+")));
    assert_true(url_decode(str_c("a+b"), false, &a, &back));
    assert_true(str_eq(back, str_c("a+b")));
    static const char *const bad[] = {"%", "a%", "%4", "%4g", "%g4", "%%41", "% 1"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(url_decode(str_c(bad[i]), true, &a, &back));
    }
    assert_false(url_is_encoded(str_c("a b")));
    assert_false(url_is_encoded(str_c("\xC3\xA9")));
    arena_reset(&a);
}

static void endpoints(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host, *base;
        bool https, is_ip;
        unsigned port;
    } good[] = {
        {"http://localhost:9000", "localhost", "", false, false, 9000},
        {"https://S3.Example.COM", "s3.example.com", "", true, false, 0},
        {"https://h:443/", "h", "", true, false, 0},
        {"http://h:80", "h", "", false, false, 0},
        {"http://h:443/base/x//", "h", "/base/x", false, false, 443},
        {"http://10.0.0.1:1", "10.0.0.1", "", false, true, 1},
        {"http://[::1]:65535", "[::1]", "", false, true, 65535},
        {"https://under_score.x", "under_score.x", "", true, false, 0},
    };
    static const char *const bad[] = {"",
                                      "localhost:9000",
                                      "ftp://h",
                                      "http://",
                                      "http://:1",
                                      "http://h:",
                                      "http://h:0",
                                      "http://h:65536",
                                      "http://h:1x",
                                      "http://h:000001",
                                      "http://u:p@h",
                                      "http://h?x",
                                      "http://h/#x",
                                      "http://h/a?b",
                                      "http://[::1",
                                      "http://[::g]",
                                      "http://h/\r\nX",
                                      "http://h x",
                                      "http://h\\x",
                                      "http:///x"};
    struct arena a;
    struct url_endpoint e;
    struct error err;
    arena_init(&a);
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(url_parse_endpoint(good[i].text, &a, &e, &err), OK);
        assert_string_equal(e.host, good[i].host);
        assert_string_equal(e.base_path, good[i].base);
        assert_int_equal(e.https, good[i].https);
        assert_int_equal(e.is_ip, good[i].is_ip);
        assert_int_equal(e.port, good[i].port);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (url_parse_endpoint(bad[i], &a, &e, &err) != ERR_USAGE) {
            fail_msg("'%s' was taken", bad[i]);
        }
    }
    assert_int_equal(url_parse_endpoint("http://user:password@h", &a, &e, &err), ERR_USAGE);
    assert_null(strstr(err.text, "password"));
    arena_reset(&a);
    assert_true(url_is_loopback("127.3.0.1") && url_is_loopback("localhost") &&
                url_is_loopback("[::1]"));
    assert_false(url_is_loopback("127.evil.example") || url_is_loopback("10.0.0.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding_is_strict),
        cmocka_unit_test(every_byte_comes_back),
        cmocka_unit_test(endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
