/* s3_test.c - the S3 store against a server that follows a script: what is asked, what is believed,
 * what is retried. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "unit/store/s3_fixture.h"

/* Bytes 8-15 of "k", 16 bytes long, pinned to e1: what most cases ask for. */
static struct read read_8_15(void)
{
    struct read r = {.ranges = {{.offset = 8, .length = 8}}};
    r.r.n_ranges = 1;
    r.r.object_size = 16;
    r.r.if_match = "e1";
    return r;
}

#define GET_8_15                                                                                   \
    {                                                                                              \
        "GET /bkt/pre/k HTTP/1.1\r\n", "\r\nRange: bytes=8-15\r\n", "\r\nIf-Match: \"e1\"\r\n"     \
    }
#define GOOD_8_15                                                                                  \
    {                                                                                              \
        .expect = GET_8_15, .status = 206, .headers = RANGE_8_15, .body = "89abcdef"               \
    }

static void expect_good(const struct http_step *steps, size_t n, uint64_t requests)
{
    struct fixture f;
    struct read r = read_8_15();
    open_signed(&f, steps, n);
    if (run(&f, &r) != OK) {
        fail_msg("%s", r.r.err.text);
    }
    assert_memory_equal(r.ranges[0].data, "89abcdef", 8);
    assert_int_equal(counter_get(&f.counters.requests_get), requests);
    assert_int_equal(counter_get(&f.counters.retries), requests - 1);
    assert_int_equal(counter_get(&f.counters.bytes_wanted), 8);
    store_read_release(&r.r);
    close_fixture(&f);
}

/* The error's text is left in `text`. */
static void expect_error(const struct http_step *steps, size_t n, enum error_code code,
                         char text[ERROR_TEXT_MAX])
{
    struct fixture f;
    struct read r = read_8_15();
    open_signed(&f, steps, n);
    enum error_code got = run(&f, &r);
    if (got != code) {
        fail_msg("%s, not %s: %s", error_name(got), error_name(code), r.r.err.text);
    }
    assert_non_null(strstr(r.r.err.text, "GET s3://bkt/pre/k bytes 8-15"));
    memcpy(text, r.r.err.text, ERROR_TEXT_MAX);
    store_read_release(&r.r);
    close_fixture(&f);
}

static void a_range_is_asked_for_signed_and_pinned(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"GET /bkt/pre/k HTTP/1.1\r\n", "\r\nRange: bytes=8-15\r\n",
                    "\r\nIf-Match: \"e1\"\r\n",
                    "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/",
                    "/us-east-1/s3/aws4_request, "
                    "SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=",
                    "\r\nx-amz-content-sha256: "
                    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\r\n"},
         .absent = "Accept",
         .status = 206,
         .headers = RANGE_8_15,
         .body = "89abcdef"}};
    expect_good(steps, 1, 1);
}

static void transient_faults_pass(void **state)
{
    (void)state;
    static const char slow[] =
        "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
    static const struct http_step faults[] = {
        {.expect = GET_8_15, .status = 500, .body = "<Error><Code>InternalError</Code></Error>"},
        {.expect = GET_8_15, .status = 502, .body = "<html>no XML</html>"},
        {.expect = GET_8_15, .status = 429},
        {.expect = GET_8_15, .status = 503, .body = slow},
        {.expect = GET_8_15, .status = 400, .body = "<Error><Code>RequestTimeout</Code></Error>"},
        {.expect = GET_8_15, .act = ACT_CLOSE},
        {.expect = GET_8_15, .act = ACT_RESET},
        /* A confused connection: the answer to some other request. */
        {.expect = GET_8_15,
         .status = 206,
         .headers = "Content-Range: bytes 0-7/16\r\nETag: \"e1\"\r\n",
         .body = "01234567"},
        {.expect = GET_8_15,
         .status = 206,
         .headers = "Content-Range: bytes 8-15/16\r\nETag: \"e1\"\r\n",
         .body = "89a"},
        {.expect = GET_8_15, .status = 206, .headers = "ETag: \"e1\"\r\n", .body = "89abcdef"},
        {.expect = GET_8_15,
         .status = 206,
         .headers = "Content-Range: bytes 8-15/16\r\nETag: \"e2\"\r\n",
         .body = "????????"},
    };
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct http_step steps[] = {faults[i], GOOD_8_15};
        expect_good(steps, 2, 2);
    }
}

static void a_broken_body_goes_on_where_it_ended(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = GET_8_15,
         .status = 206,
         .headers = RANGE_8_15,
         .body = "89abcdef",
         .act = ACT_CLOSE,
         .cut = 3},
        {.expect = {"\r\nRange: bytes=11-15\r\n", "If-Match: \"e1\""},
         .status = 206,
         .headers = "Content-Range: bytes 11-15/16\r\n",
         .body = "bcdef",
         .act = ACT_CLOSE,
         .cut = 2},
        {.expect = {"\r\nRange: bytes=13-15\r\n", "If-Match: \"e1\""},
         .status = 206,
         .headers = "Content-Range: bytes 13-15/16\r\n",
         .body = "def"},
    };
    expect_good(steps, COUNT(steps), 3);
}

static void without_an_etag_a_broken_body_begins_again(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"Range: bytes=8-15\r\n"},
         .absent = "If-Match",
         .status = 206,
         .headers = RANGE_8_15,
         .body = "XXXXXXXX",
         .act = ACT_CLOSE,
         .cut = 3},
        {.expect = {"Range: bytes=8-15\r\n"},
         .absent = "If-Match",
         .status = 206,
         .headers = RANGE_8_15,
         .body = "89abcdef"},
    };
    struct fixture f;
    struct read r = read_8_15();
    r.r.if_match = NULL;
    open_signed(&f, steps, COUNT(steps));
    assert_int_equal(run(&f, &r), OK);
    assert_memory_equal(r.ranges[0].data, "89abcdef", 8);
    store_read_release(&r.r);
    close_fixture(&f);
}

static void final_errors_have_their_code_and_advice(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum error_code code;
        const char *text;
    } cases[] = {
        {404, "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>", ERR_NOT_FOUND,
         "HTTP 404 NoSuchKey: gone"},
        {404, "<Error><Code>NoSuchBucket</Code></Error>", ERR_NO_BUCKET, "NoSuchBucket"},
        {404, "", ERR_NOT_FOUND, "HTTP 404"},
        {403, "<Error><Code>AccessDenied</Code></Error>", ERR_PERMISSION, "--no-sign-request"},
        {403, "<Error><Code>InvalidAccessKeyId</Code></Error>", ERR_AUTH, "ends in ...MPLE"},
        {403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", ERR_AUTH, "environment"},
        {400, "<Error><Code>ExpiredToken</Code></Error>", ERR_AUTH, "new session token"},
        {412, "<Error><Code>PreconditionFailed</Code></Error>", ERR_CHANGED, "HTTP 412"},
        {416, "<Error><Code>InvalidRange</Code></Error>", ERR_CHANGED, "shorter"},
        {400, "<!DOCTYPE x [<!ENTITY e 'x'>]><Error><Code>SlowDown</Code></Error>", ERR_HTTP,
         "HTTP 400"},
        {302, "", ERR_HTTP, "HTTP 302"},
        {400, "<Error><Code>KMS.DisabledException</Code></Error>", ERR_PERMISSION, "kms:Decrypt"},
        {501, "<Error><Code>NotImplemented</Code></Error>", ERR_UNSUPPORTED, "HTTP 501"},
        {403, "<Error><Code>InvalidObjectState</Code></Error>", ERR_UNSUPPORTED, "restore it"},
        {403, "<html><body>Forbidden by the proxy</body></html>", ERR_PERMISSION, "host id HOST9"},
    };
    char text[ERROR_TEXT_MAX];
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_step step = {
            .expect = GET_8_15,
            .status = cases[i].status,
            .body = cases[i].body,
            .headers =
                "x-amz-request-id: REQ7\r\nx-amz-id-2: HOST9\r\nLocation: http://127.0.0.1:1/\r\n"};
        expect_error(&step, 1, cases[i].code, text);
        if (!strstr(text, cases[i].text) || strstr(text, "wJalrXUtn")) {
            fail_msg("case %zu: %s", i, text);
        }
        if (cases[i].status != 416) {
            assert_non_null(strstr(text, "REQ7"));
        }
    }
}

static void a_replaced_object_is_noticed_without_the_servers_help(void **state)
{
    (void)state;
    char text[ERROR_TEXT_MAX];
    static const struct http_step etag[] = {
        {.expect = GET_8_15,
         .status = 206,
         .headers = "Content-Range: bytes 8-15/16\r\nETag: \"e2\"\r\n",
         .body = "89abcdef",
         .times = 2}};
    expect_error(etag, 1, ERR_CHANGED, text);
    static const struct http_step size[] = {{.expect = GET_8_15,
                                             .status = 206,
                                             .headers = "Content-Range: bytes 8-15/17\r\n",
                                             .body = "89abcdef",
                                             .times = 2}};
    expect_error(size, 1, ERR_CHANGED, text);
}

/* A listing that said "url" and left '+' as it is. */
static void a_key_with_a_blank_is_tried_with_a_plus(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"GET /bkt/pre/a%20b%20c HTTP"},
         .status = 404,
         .body = "<Error><Code>NoSuchKey</Code><Message>first</Message></Error>",
         .times = 2},
        {.expect = {"GET /bkt/pre/a%2Bb%2Bc HTTP"},
         .status = 206,
         .headers = RANGE_8_15,
         .body = "89abcdef"},
        {.expect = {"GET /bkt/pre/a%2Bb%2Bc HTTP"},
         .status = 404,
         .body = "<Error><Code>NoSuchKey</Code><Message>second</Message></Error>"}};
    struct fixture f;
    open_signed(&f, steps, COUNT(steps));
    struct read r = read_8_15();
    r.r.key = "a b c";
    assert_int_equal(run(&f, &r), OK);
    store_read_release(&r.r);
    r = read_8_15();
    r.r.key = "a b c";
    assert_int_equal(run(&f, &r), ERR_NOT_FOUND);
    assert_non_null(strstr(r.r.err.text, "a b c bytes 8-15: HTTP 404 NoSuchKey: first"));
    store_read_release(&r.r);
    close_fixture(&f);
}

/* Where the store has no ETags, the size is what is left to compare. */
static void without_an_etag_the_size_tells_of_a_change(void **state)
{
    (void)state;
    static const struct http_step steps[] = {{.expect = {"Range: bytes=8-15\r\n"},
                                              .absent = "If-Match",
                                              .status = 206,
                                              .headers = "Content-Range: bytes 8-15/17\r\n",
                                              .body = "89abcdef",
                                              .times = 2}};
    struct fixture f;
    struct read r = read_8_15();
    r.r.if_match = "";
    open_signed(&f, steps, 1);
    assert_int_equal(run(&f, &r), ERR_CHANGED);
    store_read_release(&r.r);
    close_fixture(&f);
}

static void a_server_that_ignores_ranges_is_refused(void **state)
{
    (void)state;
    char text[ERROR_TEXT_MAX];
    static const struct http_step whole[] = {{.expect = GET_8_15,
                                              .status = 200,
                                              .headers = "ETag: \"e1\"\r\n",
                                              .body = "0123456789abcdef"}};
    expect_error(whole, 1, ERR_PROTOCOL, text);
    static const struct http_step same_length[] = {{.expect = GET_8_15,
                                                    .status = 200,
                                                    .headers = "ETag: \"e1\"\r\n",
                                                    .body = "01234567",
                                                    .times = 3}};
    expect_error(same_length, 1, ERR_PROTOCOL, text);
    /* All of the object is a range too. */
    static const struct http_step all[] = {{.expect = {"Range: bytes=0-15"},
                                            .status = 200,
                                            .headers = "ETag: W/\"e1\"\r\n",
                                            .body = "0123456789abcdef"}};
    struct fixture f;
    struct read r = read_8_15();
    r.ranges[0] = (struct store_range){.offset = 0, .length = 16};
    open_signed(&f, all, 1);
    assert_int_equal(run(&f, &r), OK);
    assert_memory_equal(r.ranges[0].data, "0123456789abcdef", 16);
    store_read_release(&r.r);
    close_fixture(&f);
}

static void suffixes(void **state)
{
    (void)state;
    static const struct {
        struct http_step step;
        enum error_code code;
        uint64_t offset, length, size;
    } cases[] = {
        {{.status = 206, .headers = "Content-Range: bytes 90-99/100\r\n", .body = "0123456789"},
         OK,
         90,
         10,
         100},
        {{.status = 206, .headers = "Content-Range: bytes 0-3/4\r\n", .body = "0123"}, OK, 0, 4, 4},
        {{.status = 200, .body = "0123"}, OK, 0, 4, 4},
        {{.status = 200, .body = "0123456789X"}, ERR_PROTOCOL, 0, 0, 0},
        {{.status = 416, .headers = "Content-Range: bytes */0\r\n"}, OK, 0, 0, 0},
        {{.status = 416, .body = "<Error><Code>InvalidRange</Code></Error>"}, OK, 0, 0, 0},
        {{.status = 206, .headers = "Content-Range: bytes 0--1/0\r\n"}, OK, 0, 0, 0},
        {{.status = 200}, OK, 0, 0, 0},
        {{.status = 206,
          .headers = "Content-Range: bytes 80-89/100\r\n",
          .body = "0123456789",
          .times = 3},
         ERR_PROTOCOL,
         0,
         0,
         0},
        {{.status = 206,
          .headers = "Content-Range: bytes 91-99/100\r\n",
          .body = "012345678",
          .times = 3},
         ERR_PROTOCOL,
         0,
         0,
         0},
        {{.status = 206,
          .headers = "Content-Range: bytes 90-99/*\r\n",
          .body = "0123456789",
          .times = 3},
         ERR_PROTOCOL,
         0,
         0,
         0},
        {{.status = 416, .headers = "Content-Range: bytes */9\r\n", .times = 3},
         ERR_PROTOCOL,
         0,
         0,
         0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_step step = cases[i].step;
        step.expect[0] = "\r\nRange: bytes=-10\r\n";
        struct fixture f;
        struct read r = {.ranges = {{.length = 10, .suffix = true}}};
        r.r.n_ranges = 1;
        r.r.object_size = UINT64_MAX;
        open_signed(&f, &step, 1);
        enum error_code code = run(&f, &r);
        if (code != cases[i].code) {
            fail_msg("case %zu: %s", i, r.r.err.text);
        }
        if (code == OK) {
            assert_int_equal(r.ranges[0].offset, cases[i].offset);
            assert_int_equal(r.ranges[0].length, cases[i].length);
            assert_int_equal(r.r.object_size, cases[i].size);
            assert_memory_equal(r.ranges[0].data, "0123456789", cases[i].length);
        }
        store_read_release(&r.r);
        close_fixture(&f);
    }
}

static void neighbours_share_a_request(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"Range: bytes=0-9\r\n"},
         .status = 206,
         .headers = "Content-Range: bytes 0-9/100\r\n",
         .body = "0123456789"},
        {.expect = {"Range: bytes=50-51\r\n"},
         .status = 206,
         .headers = "Content-Range: bytes 50-51/100\r\n",
         .body = "ab"},
    };
    struct fixture f;
    struct read r = {.ranges = {{.offset = 0, .length = 3},
                                {.offset = 7, .length = 3},
                                {.offset = 50, .length = 2}}};
    r.r.n_ranges = 3;
    r.r.object_size = 100;
    r.r.waste_max = 4;
    open_signed(&f, steps, 2);
    assert_int_equal(run(&f, &r), OK);
    assert_memory_equal(r.ranges[0].data, "012", 3);
    assert_memory_equal(r.ranges[1].data, "789", 3);
    assert_memory_equal(r.ranges[2].data, "ab", 2);
    assert_int_equal(counter_get(&f.counters.bytes_received), 12);
    assert_int_equal(counter_get(&f.counters.bytes_wanted), 8);
    store_read_release(&r.r);
    close_fixture(&f);
}

static void keys_are_sent_as_they_are_signed(void **state)
{
    (void)state;
    static const struct {
        const char *key, *path;
    } cases[] = {
        {"a+b c", "/bkt/pre/a%2Bb%20c"},
        {"100%.txt", "/bkt/pre/100%25.txt"},
        {"q?x=1&y#z", "/bkt/pre/q%3Fx%3D1%26y%23z"},
        {"\xC3\xA9/\xE6\x97\xA5", "/bkt/pre/%C3%A9/%E6%97%A5"},
        {"a//b/../c/./", "/bkt/pre/a//b/../c/./"},
        {"/lead", "/bkt/pre//lead"},
        {"\x01\n\x7F", "/bkt/pre/%01%0A%7F"},
        {"!*'()@,;:$~", "/bkt/pre/%21%2A%27%28%29%40%2C%3B%3A%24~"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char line[256];
        snprintf(line, sizeof line, "GET %s HTTP/1.1\r\n", cases[i].path);
        struct http_step step = {
            .expect = {line}, .status = 206, .headers = RANGE_8_15, .body = "89abcdef"};
        struct fixture f;
        struct read r = read_8_15();
        r.r.key = cases[i].key;
        open_signed(&f, &step, 1);
        assert_int_equal(run(&f, &r), OK);
        store_read_release(&r.r);
        close_fixture(&f);
    }
}

static void a_poisoned_etag_never_reaches_a_header(void **state)
{
    (void)state;
    static const struct http_step steps[] = {{.expect = {"Range: bytes=8-15\r\n"},
                                              .absent = "Evil",
                                              .status = 206,
                                              .headers = RANGE_8_15,
                                              .body = "89abcdef"}};
    struct fixture f;
    struct read r = read_8_15();
    r.r.if_match = "x\r\nEvil: 1";
    open_signed(&f, steps, 1);
    assert_int_equal(run(&f, &r), OK);
    store_read_release(&r.r);
    close_fixture(&f);
}

/* ---- region, clock, credentials ---- */

static void the_region_is_corrected_once(void **state)
{
    (void)state;
    static const struct http_step by_body[] = {
        {.expect = {"GET /bkt/pre/k", "/us-east-1/s3/"},
         .status = 400,
         .body =
             "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>"},
        {.expect = {"GET /bkt/pre/k", "/eu-west-1/s3/"},
         .status = 206,
         .headers = RANGE_8_15,
         .body = "89abcdef"}};
    expect_good(by_body, 2, 2);
    static const struct http_step by_header[] = {
        {.expect = {"/us-east-1/s3/"},
         .status = 301,
         .headers = "x-amz-bucket-region: eu-west-1\r\nLocation: http://127.0.0.1:1/x\r\n",
         .body = "<Error><Code>PermanentRedirect</Code></Error>"},
        {.expect = {"/eu-west-1/s3/"}, .status = 206, .headers = RANGE_8_15, .body = "89abcdef"}};
    expect_good(by_header, 2, 2);
    static const struct http_step twice[] = {{.expect = {"/us-east-1/s3/"},
                                              .status = 301,
                                              .headers = "x-amz-bucket-region: eu-west-1\r\n"},
                                             {.expect = {"/eu-west-1/s3/"},
                                              .status = 301,
                                              .headers = "x-amz-bucket-region: us-east-1\r\n"}};
    char text[ERROR_TEXT_MAX];
    expect_error(twice, 2, ERR_HTTP, text);
    static const struct http_step evil[] = {{.expect = {"/us-east-1/s3/"},
                                             .status = 301,
                                             .headers = "x-amz-bucket-region: evil.example/\r\n"}};
    expect_error(evil, 1, ERR_HTTP, text);
}

static void the_servers_clock_is_taken_over_once(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = GET_8_15,
         .status = 403,
         .headers = "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\n",
         .body = "<Error><Code>RequestTimeTooSkewed</Code></Error>"},
        {.expect = {"GET /bkt/pre/k", "\r\nx-amz-date: 20151021T0728"},
         .status = 206,
         .headers = RANGE_8_15,
         .body = "89abcdef"}};
    expect_good(steps, 2, 2);
    static const struct http_step again[] = {
        {.expect = GET_8_15,
         .status = 403,
         .headers = "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\n",
         .body = "<Error><Code>RequestTimeTooSkewed</Code></Error>",
         .times = 2}};
    char text[ERROR_TEXT_MAX];
    expect_error(again, 1, ERR_AUTH, text);
}

static void without_credentials_nothing_is_signed(void **state)
{
    (void)state;
    static const struct http_step steps[] = {{.expect = {"GET /bkt/pre/k"},
                                              .absent = "x-amz",
                                              .status = 206,
                                              .headers = RANGE_8_15,
                                              .body = "89abcdef"},
                                             {.expect = {"GET /bkt/pre/k"},
                                              .absent = "Authorization",
                                              .status = 403,
                                              .body = "<Error><Code>AccessDenied</Code></Error>"}};
    struct fixture f;
    struct read r = read_8_15();
    clear_environment();
    open_source(&f, "s3a://bkt/pre/", steps, 2);
    assert_string_equal(store_uri(f.store), "s3://bkt/pre/");
    assert_int_equal(run(&f, &r), OK);
    store_read_release(&r.r);
    r = read_8_15();
    assert_int_equal(run(&f, &r), ERR_PERMISSION);
    assert_non_null(strstr(r.r.err.text, "not signed"));
    store_read_release(&r.r);
    close_fixture(&f);
}

static void a_session_token_is_sent_and_signed(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"\r\nx-amz-security-token: TOKENTOKEN\r\n",
                    "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"},
         .status = 206,
         .headers = RANGE_8_15,
         .body = "89abcdef"}};
    struct fixture f;
    struct read r = read_8_15();
    clear_environment();
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secretsecret", 1);
    setenv("AWS_SESSION_TOKEN", "TOKENTOKEN", 1);
    open_source(&f, "s3://bkt/pre", steps, 1);
    assert_int_equal(run(&f, &r), OK);
    store_read_release(&r.r);
    close_fixture(&f);
    unsetenv("AWS_SESSION_TOKEN");
}

static void outages_end_in_an_error_that_names_the_endpoint(void **state)
{
    (void)state;
    clear_environment();
    struct store *s;
    struct error err;
    struct counters counters = {0};
    struct store_options o = {.endpoint_url = "http://127.0.0.1:1", .counters = &counters};
    struct fixture f = {0};
    assert_int_equal(store_open("s3://bkt/pre", &o, &s, &err), OK);
    f.store = s;
    struct read r = read_8_15();
    assert_int_equal(run(&f, &r), ERR_NETWORK);
    assert_non_null(strstr(r.r.err.text, "http://127.0.0.1:1"));
    assert_non_null(strstr(r.r.err.text, "8 attempts"));
    assert_true(r.r.err.retryable);
    assert_int_equal(counter_get(&counters.requests_get), 8);
    assert_int_equal(counter_get(&counters.retries), 7);
    store_read_release(&r.r);
    store_close(s);
}

static void cancelling_is_quick(void **state)
{
    (void)state;
    static const struct http_step steps[] = {{.expect = {"GET"}, .act = ACT_STALL, .times = 2}};
    struct fixture f;
    struct queue q;
    struct read r = read_8_15(), second = read_8_15();
    struct read *both[] = {&r, &second};
    queue_init(&q);
    open_signed(&f, steps, 1);
    for (int i = 0; i < 2; i++) {
        both[i]->done = &q;
        both[i]->r.done = push_done;
        both[i]->r.ranges = both[i]->ranges;
        both[i]->r.key = "k";
        store_submit(f.store, &both[i]->r);
    }
    while (http_script_peak(f.script) < 2) {
        usleep(1000);
    }
    uint64_t since = clock_monotonic_ns();
    store_cancel(f.store);
    for (int i = 0; i < 2; i++) {
        struct read *one = (struct read *)queue_pop_until(&q, since + 5000000000u);
        assert_non_null(one);
        assert_int_equal(one->r.err.code, ERR_CANCELLED);
        assert_non_null(strstr(one->r.err.text, "s3://bkt/pre/k"));
        store_read_release(&one->r);
    }
    assert_true(clock_monotonic_ns() - since < 500000000u);
    queue_destroy(&q);
    close_fixture(&f);
}

static void metadata_files_are_got_whole(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"GET /bkt/pre/m.yaml", "Range: bytes=0-4\r\n", "If-Match: \"e1\""},
         .status = 206,
         .headers = "Content-Range: bytes 0-4/5\r\n",
         .body = "a: 1\n"},
        {.expect = {"GET /bkt/pre/m.yaml", "Range: bytes=-11\r\n"},
         .status = 206,
         .headers = "Content-Range: bytes 0-4/5\r\n",
         .body = "a: 1\n"},
    };
    struct fixture f;
    struct error err;
    struct str text;
    open_signed(&f, steps, 2);
    struct object o = {.key = "m.yaml", .size = 5, .etag = "e1"};
    assert_int_equal(store_get(f.store, &o, 10, &f.arena, &text, &err), OK);
    assert_true(str_eq(text, str_c("a: 1\n")));
    o.size = UINT64_MAX;
    assert_int_equal(store_get(f.store, &o, 10, &f.arena, &text, &err), OK);
    assert_true(str_eq(text, str_c("a: 1\n")));
    o.size = 11;
    assert_int_equal(store_get(f.store, &o, 10, &f.arena, &text, &err), ERR_LIMIT);
    o.size = 0;
    assert_int_equal(store_get(f.store, &o, 10, &f.arena, &text, &err), OK);
    assert_int_equal(text.len, 0);
    close_fixture(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_is_asked_for_signed_and_pinned),
        cmocka_unit_test(transient_faults_pass),
        cmocka_unit_test(a_broken_body_goes_on_where_it_ended),
        cmocka_unit_test(without_an_etag_a_broken_body_begins_again),
        cmocka_unit_test(final_errors_have_their_code_and_advice),
        cmocka_unit_test(a_replaced_object_is_noticed_without_the_servers_help),
        cmocka_unit_test(a_key_with_a_blank_is_tried_with_a_plus),
        cmocka_unit_test(without_an_etag_the_size_tells_of_a_change),
        cmocka_unit_test(a_server_that_ignores_ranges_is_refused),
        cmocka_unit_test(suffixes),
        cmocka_unit_test(neighbours_share_a_request),
        cmocka_unit_test(keys_are_sent_as_they_are_signed),
        cmocka_unit_test(a_poisoned_etag_never_reaches_a_header),
        cmocka_unit_test(the_region_is_corrected_once),
        cmocka_unit_test(the_servers_clock_is_taken_over_once),
        cmocka_unit_test(without_credentials_nothing_is_signed),
        cmocka_unit_test(a_session_token_is_sent_and_signed),
        cmocka_unit_test(outages_end_in_an_error_that_names_the_endpoint),
        cmocka_unit_test(cancelling_is_quick),
        cmocka_unit_test(metadata_files_are_got_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
