#include "format/s3_xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
#define END  "</ListBucketResult>"
/* 17 levels: one more than is taken. */
#define DEEP                                                                                       \
    "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"                                          \
    "</a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a></a>"
#define COUNT(a) (sizeof(a) / sizeof *(a))

static enum error_code parse(const char *text, struct arena *a, struct s3_xml_page *p,
                             struct s3_xml_error *e)
{
    struct error err;
    return s3_xml_parse_list(text, strlen(text), a, p, e, &err);
}

static void a_page(void **state)
{
    (void)state;
    struct arena a;
    struct s3_xml_page p;
    struct s3_xml_error e;
    arena_init(&a);
    assert_int_equal(parse("<?xml version=\"1.0\"?>\n" HEAD
                           "<Name>b</Name><Prefix>x</Prefix><KeyCount>99</KeyCount>"
                           "<Contents><Key>a&amp;b&#x20;c<![CDATA[<d>]]></"
                           "Key><LastModified>2024-02-29T00:00:00Z</LastModified>"
                           "<ETag>\"m-1\"</ETag><Size> 12 </Size><Owner><ID>x</ID><Key>not "
                           "this</Key></Owner></Contents>"
                           "<Contents><Size>0</Size><Key>e/</Key></Contents>"
                           "<CommonPrefixes><Prefix>p</Prefix></CommonPrefixes>"
                           "<IsTruncated>true</IsTruncated><NextContinuationToken>t%2B+</"
                           "NextContinuationToken>" END,
                           &a, &p, &e),
                     OK);
    assert_int_equal(p.n_objects, 2);
    assert_string_equal(p.objects[0].key, "a&b c<d>");
    assert_string_equal(p.objects[0].etag, "m-1");
    assert_int_equal(p.objects[0].size, 12);
    assert_int_equal(p.objects[0].mtime_us, 1709164800000000);
    assert_string_equal(p.objects[1].key, "e/");
    assert_string_equal(p.objects[1].etag, "");
    assert_int_equal(p.objects[1].mtime_us, 0);
    assert_true(p.truncated);
    assert_string_equal(p.next_token, "t%2B+"); /* opaque: never decoded */
    assert_false(p.encoded);
    arena_reset(&a);
}

static void encoded_keys_are_decoded(void **state)
{
    (void)state;
    struct arena a;
    struct s3_xml_page p;
    struct s3_xml_error e;
    arena_init(&a);
    assert_int_equal(parse(HEAD "<Contents><Key>a%2Bb+%01%E6%97%A5</Key><Size>1</Size></Contents>"
                                "<EncodingType>url</EncodingType>" END,
                           &a, &p, &e),
                     OK);
    assert_string_equal(p.objects[0].key, "a+b \x01\xE6\x97\xA5");
    assert_true(p.encoded);
    assert_int_equal(parse(HEAD "<Contents><Key>a+b</Key><Size>1</Size></Contents><Contents><Key>c "
                                "d</Key><Size>1</Size>"
                                "</Contents><EncodingType>url</EncodingType>" END,
                           &a, &p, &e),
                     OK);
    assert_string_equal(p.objects[0].key, "a+b");
    assert_int_equal(
        parse(
            HEAD
            "<Contents><Key>a%0</Key><Size>1</Size></Contents><EncodingType>url</EncodingType>" END,
            &a, &p, &e),
        ERR_PROTOCOL);
    assert_int_equal(parse(HEAD "<Contents><Key>a%00b</Key><Size>1</Size></"
                                "Contents><EncodingType>url</EncodingType>" END,
                           &a, &p, &e),
                     ERR_PROTOCOL);
    arena_reset(&a);
}

static void what_is_no_listing_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "x",
        HEAD,
        HEAD "<Contents><Key>a</Key>",
        "<html></html>",
        HEAD "<Contents><Key>a</Key></Contents>" END,
        HEAD "<Contents><Size>1</Size></Contents>" END,
        HEAD "<Contents><Key>a</Key><Size>-1</Size></Contents>" END,
        HEAD "<Contents><Key>a</Key><Size>18446744073709551616</Size></Contents>" END,
        HEAD "<Contents><Key>a</Key><Size>1e3</Size></Contents>" END,
        HEAD END "more",
        "<!DOCTYPE ListBucketResult>" HEAD END,
        "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>" HEAD "<Name>&b;</Name>" END,
        HEAD "&unknown;" END,
        DEEP,
    };
    struct arena a;
    struct s3_xml_page p;
    struct s3_xml_error e;
    arena_init(&a);
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (parse(bad[i], &a, &p, &e) != ERR_PROTOCOL) {
            fail_msg("case %zu was taken", i);
        }
        assert_int_equal(p.n_objects, 0);
    }
    size_t n = S3_XML_TEXT_MAX + 1;
    char *text = malloc(n + 200);
    strcpy(text, HEAD "<NextContinuationToken>");
    size_t at = strlen(text);
    memset(text + at, 'x', n);
    strcpy(text + at + n, "</NextContinuationToken>" END);
    assert_int_equal(parse(text, &a, &p, &e), ERR_PROTOCOL);
    free(text);
    arena_reset(&a);
}

static void an_error_in_a_good_answer(void **state)
{
    (void)state;
    struct arena a;
    struct s3_xml_page p;
    struct s3_xml_error e;
    arena_init(&a);
    assert_int_equal(parse("<Error><Code>SlowDown</Code><Message>x</Message></Error>", &a, &p, &e),
                     ERR_HTTP);
    assert_string_equal(e.code, "SlowDown");
    arena_reset(&a);
}

static void errors(void **state)
{
    (void)state;
    struct s3_xml_error e;
    static const char text[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>AuthorizationHeaderMalformed</Code>"
        "<Message>wrong &lt;region&gt;</Message><Region>eu-west-1</Region><RequestId>R1</RequestId>"
        "<HostId>h</HostId></Error>";
    assert_true(s3_xml_parse_error(text, strlen(text), &e));
    assert_string_equal(e.code, "AuthorizationHeaderMalformed");
    assert_string_equal(e.message, "wrong <region>");
    assert_string_equal(e.region, "eu-west-1");
    assert_string_equal(e.request_id, "R1");
    static const char sts[] =
        "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code></Error>"
        "<RequestId>R2</RequestId></ErrorResponse>";
    assert_true(s3_xml_parse_error(sts, strlen(sts), &e));
    assert_string_equal(e.code, "ExpiredToken");
    assert_string_equal(e.request_id, "R2");
    char longer[4096] = "<Error><Code>";
    memset(longer + strlen(longer), 'C', 200);
    strcat(longer, "</Code></Error>");
    assert_true(s3_xml_parse_error(longer, strlen(longer), &e));
    assert_int_equal(strlen(e.code), sizeof e.code - 1);
    static const char *const none[] = {"", "<html><Code>x</Code></html>", "<Error><Code>x</Code>",
                                       "503 Slow Down"};
    for (size_t i = 0; i < COUNT(none); i++) {
        assert_false(s3_xml_parse_error(none[i], strlen(none[i]), &e));
        assert_string_equal(e.code, "");
    }
}

static void times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"2009-10-12T17:50:30.000Z", 1255369830000000},
        {"2009-10-12T17:50:30Z", 1255369830000000},
        {"2009-10-12T17:50:30.5Z", 1255369830500000},
        {"2009-10-12T17:50:30.123456789Z", 1255369830123456},
        {"2009-10-12T17:50:30.000+00:00", 1255369830000000},
    };
    static const char *const bad[] = {"",
                                      "2009-10-12",
                                      "2009-10-12T17:50:30",
                                      "2009-10-12 17:50:30Z",
                                      "2009-13-12T17:50:30Z",
                                      "2009-10-12T24:50:30Z",
                                      "-009-10-12T17:50:30Z",
                                      "2009-10-12T17:50:30+02:00",
                                      "x"};
    int64_t us;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(s3_xml_parse_time(str_c(good[i].text), &us));
        assert_int_equal(us, good[i].us);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (s3_xml_parse_time(str_c(bad[i]), &us)) {
            fail_msg("'%s' was taken", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page),
        cmocka_unit_test(encoded_keys_are_decoded),
        cmocka_unit_test(what_is_no_listing_is_refused),
        cmocka_unit_test(an_error_in_a_good_answer),
        cmocka_unit_test(errors),
        cmocka_unit_test(times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
