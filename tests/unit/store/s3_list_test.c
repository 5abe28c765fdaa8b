/* s3_list_test.c - listings of the S3 store against a server that follows a script: what is asked,
 * in which order, what is believed. */
#include <unistd.h>

#include "store/s3_list.h"
#include "unit/store/s3_fixture.h"

/* ---- listing ---- */

#define FIRST_PAGE                                                                                 \
    {                                                                                              \
        "GET /bkt?encoding-type=url&list-type=2&prefix=pre%2F HTTP/1.1\r\n"                        \
    }

static void pages_follow_each_other(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = FIRST_PAGE,
         .status = 200,
         .body = LIST_HEAD "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                           "<NextContinuationToken>t+/=1</NextContinuationToken>" ENTRY("pre/", "0")
                               ENTRY("pre/a%2Bb+c%25%3F%23%01", "7") LIST_END},
        /* Empty, and yet not the last. */
        {.expect =
             {"GET /bkt?continuation-token=t%2B%2F%3D1&encoding-type=url&list-type=2&prefix=pre%2F "
              "HTTP/1.1"},
         .status = 200,
         .body = LIST_HEAD "<IsTruncated>true</IsTruncated><NextContinuationToken>t2</"
                           "NextContinuationToken>" LIST_END},
        /* No EncodingType: the keys are what they are. */
        {.expect = {"continuation-token=t2&"},
         .status = 200,
         .body = LIST_HEAD "<IsTruncated>false</IsTruncated>" ENTRY(
             "pre/d%2Be+f//g/", "18446744073709551615") LIST_END},
    };
    struct fixture f;
    struct listed l;
    struct error err;
    open_signed(&f, steps, COUNT(steps));
    assert_int_equal(list(&f, "", &l, &err), OK);
    assert_int_equal(l.n, 2);
    assert_string_equal(l.objects[0].key, "a+b c%?#\x01");
    assert_int_equal(l.objects[0].size, 7);
    assert_string_equal(l.objects[0].etag, "e-7");
    assert_int_equal(l.objects[0].mtime_us, 1706745599500000);
    assert_string_equal(l.objects[1].key, "d%2Be+f//g/");
    assert_true(l.objects[1].size == UINT64_MAX);
    assert_int_equal(counter_get(&f.counters.requests_list), 3);
    close_fixture(&f);
}

static void prefixes_are_encoded(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"GET /bkt?encoding-type=url&list-type=2&prefix=pre%2Fa%2Bb%20%C3%A9%2Fpart- "
                    "HTTP/1.1\r\n"},
         .status = 200,
         .body = LIST_HEAD "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>" ENTRY(
             "pre/a%2Bb+%C3%A9/part-1", "1") LIST_END},
    };
    struct fixture f;
    struct listed l;
    struct error err;
    open_signed(&f, steps, 1);
    assert_int_equal(list(&f, "a+b \xC3\xA9/part-", &l, &err), OK);
    assert_int_equal(l.n, 1);
    assert_string_equal(l.objects[0].key, "a+b \xC3\xA9/part-1");
    close_fixture(&f);
}

static void a_store_that_does_not_encode_is_taken_at_its_word(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = FIRST_PAGE,
         .status = 200,
         .body = LIST_HEAD "<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>" ENTRY(
             "pre/a+b", "1") ENTRY("pre/c d", "2") LIST_END}};
    struct fixture f;
    struct listed l;
    struct error err;
    open_signed(&f, steps, 1);
    assert_int_equal(list(&f, "", &l, &err), OK);
    assert_int_equal(l.n, 2);
    assert_string_equal(l.objects[0].key, "a+b");
    assert_string_equal(l.objects[1].key, "c d");
    close_fixture(&f);
}

static void broken_pages_are_asked_for_again(void **state)
{
    (void)state;
    static const char good[] =
        LIST_HEAD "<IsTruncated>false</IsTruncated>" ENTRY("pre/k", "1") LIST_END;
    static const struct http_step faults[] = {
        {.expect = FIRST_PAGE, .status = 200, .body = LIST_HEAD ENTRY("pre/k", "1")},
        {.expect = FIRST_PAGE, .status = 200, .body = ""},
        {.expect = FIRST_PAGE, .status = 200, .body = "<Error><Code>InternalError</Code></Error>"},
        {.expect = FIRST_PAGE,
         .status = 503,
         .body = "<Error><Code>ServiceUnavailable</Code></Error>"},
        {.expect = FIRST_PAGE, .status = 200, .body = "0123456789", .act = ACT_CLOSE, .cut = 4},
    };
    for (size_t i = 0; i < COUNT(faults); i++) {
        struct http_step steps[] = {faults[i], {.expect = FIRST_PAGE, .status = 200, .body = good}};
        struct fixture f;
        struct listed l;
        struct error err;
        open_signed(&f, steps, 2);
        if (list(&f, "", &l, &err) != OK) {
            fail_msg("case %zu: %s", i, err.text);
        }
        assert_int_equal(l.n, 1);
        assert_int_equal(counter_get(&f.counters.requests_list), 2);
        assert_int_equal(counter_get(&f.counters.retries), 1);
        close_fixture(&f);
    }
}

static void listings_that_lead_nowhere_end(void **state)
{
    (void)state;
    static const struct {
        struct http_step steps[2];
        size_t n;
        enum error_code code;
        const char *text;
    } cases[] = {
        {{{.expect = FIRST_PAGE,
           .status = 200,
           .body = LIST_HEAD "<IsTruncated>true</IsTruncated>" LIST_END}},
         1,
         ERR_PROTOCOL,
         "without saying where"},
        /* Keys in no order: the last one says nothing of where to go on. */
        {{{.expect = FIRST_PAGE,
           .status = 200,
           .body = LIST_HEAD "<IsTruncated>true</IsTruncated>" ENTRY("pre/k", "1")
               ENTRY("pre/a", "1") LIST_END}},
         1,
         ERR_PROTOCOL,
         "without saying where"},
        /* Neither the token nor the last key leads on. */
        {{{.expect = FIRST_PAGE,
           .status = 200,
           .body = LIST_HEAD "<IsTruncated>true</IsTruncated>" ENTRY("pre/k", "1") LIST_END},
          {.expect = {"&start-after=pre%2Fk HTTP/1.1"},
           .status = 200,
           .body = LIST_HEAD "<IsTruncated>true</IsTruncated>" ENTRY("pre/k", "1") LIST_END}},
         2,
         ERR_PROTOCOL,
         "without saying where"},
        {{{.expect = FIRST_PAGE,
           .status = 200,
           .body = LIST_HEAD "<IsTruncated>true</IsTruncated><NextContinuationToken>t</"
                             "NextContinuationToken>" LIST_END},
          {.expect = {"continuation-token=t&"},
           .status = 200,
           .body = LIST_HEAD "<IsTruncated>true</IsTruncated><NextContinuationToken>t</"
                             "NextContinuationToken>" LIST_END}},
         2,
         ERR_PROTOCOL,
         "in a circle"},
        {{{.expect = FIRST_PAGE, .status = 200, .body = LIST_HEAD ENTRY("other/k", "1") LIST_END}},
         1,
         ERR_PROTOCOL,
         "other/k"},
        {{{.expect = FIRST_PAGE,
           .status = 404,
           .body = "<Error><Code>NoSuchBucket</Code></Error>"}},
         1,
         ERR_NO_BUCKET,
         "LIST s3://bkt/pre/"},
        {{{.expect = FIRST_PAGE,
           .status = 403,
           .body = "<Error><Code>AccessDenied</Code></Error>"}},
         1,
         ERR_PERMISSION,
         "LIST s3://bkt/pre/"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        struct listed l;
        struct error err;
        open_signed(&f, cases[i].steps, cases[i].n);
        enum error_code rc = list(&f, "", &l, &err);
        if (rc != cases[i].code || !strstr(err.text, cases[i].text)) {
            fail_msg("case %zu: %s %s", i, error_name(rc), err.text);
        }
        close_fixture(&f);
    }
}

static void a_listing_may_be_left_early(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = FIRST_PAGE,
         .status = 200,
         .body = LIST_HEAD
         "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>" ENTRY(
             "pre/k", "1") LIST_END},
        {.expect = {"continuation-token=t&"}, .act = ACT_STALL}};
    struct fixture f;
    struct store_lister *l;
    struct error err;
    const struct object *objects;
    size_t n;
    open_signed(&f, steps, 2);
    assert_int_equal(store_list_open(f.store, "", &l, &err), OK);
    assert_int_equal(store_list_next(l, &objects, &n, &err), OK);
    assert_int_equal(n, 1);
    while (counter_get(&f.counters.requests_list) < 2 || http_script_peak(f.script) < 1) {
        usleep(1000);
    }
    usleep(20000); /* the second request is at the server */
    store_list_close(l);
    uint64_t since = clock_monotonic_ns();
    close_fixture(&f);
    assert_true(clock_monotonic_ns() - since < 1000000000u);
}

/* ---- tokens that loop ---- */

static void a_token_that_loops_is_replaced_by_the_last_key(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = FIRST_PAGE,
         .status = 200,
         .body = LIST_HEAD
         "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>" ENTRY(
             "pre/a", "1") LIST_END},
        {.expect = {"GET /bkt?continuation-token=t&"},
         .status = 200,
         .body = LIST_HEAD
         "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>" ENTRY(
             "pre/b c", "2") LIST_END},
        {.expect = {"prefix=pre%2F&start-after=pre%2Fb%20c HTTP/1.1"},
         .absent = "continuation-token",
         .status = 200,
         .body = LIST_HEAD
         "<IsTruncated>true</IsTruncated><NextContinuationToken>u</NextContinuationToken>" ENTRY(
             "pre/b c", "2") ENTRY("pre/d", "3") LIST_END},
        {.expect = {"GET /bkt?continuation-token=u&"},
         .absent = "start-after",
         .status = 200,
         .body = LIST_HEAD "<IsTruncated>false</IsTruncated>" ENTRY("pre/e", "4") LIST_END},
    };
    struct fixture f;
    struct listed l;
    struct error err;
    open_signed(&f, steps, COUNT(steps));
    if (list(&f, "", &l, &err) != OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(l.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(l.objects[i].size, i + 1);
    }
    close_fixture(&f);
}

/* ---- fanning out ---- */

/* `n` entries "<folder>k000".."; the text is the caller's to free. */
static char *entries(const char *folder, int from, int to)
{
    struct strbuf b;
    strbuf_init(&b, (size_t)16 << 20);
    for (int i = from; i < to; i++) {
        strbuf_printf(&b, "<Contents><Key>%sk%03d</Key><Size>%d</Size></Contents>", folder, i, i);
    }
    return b.data ? b.data : mem_strdup("");
}

static char *page_of(const char *token, char *some, const char *folders)
{
    struct strbuf b;
    strbuf_init(&b, (size_t)16 << 20);
    strbuf_printf(&b,
                  LIST_HEAD "<IsTruncated>%s</IsTruncated><NextContinuationToken>%s</"
                            "NextContinuationToken>%s%s" LIST_END,
                  token[0] ? "true" : "false", token, some, folders);
    mem_free(some);
    return b.data;
}

#define FOLDER(name) "<CommonPrefixes><Prefix>" name "</Prefix></CommonPrefixes>"
#define PROBE        "GET /bkt?delimiter=%2F&encoding-type=url&list-type=2&prefix=pre%2F HTTP/1.1"

/* Each key of the folders a and b once, and the loose one. */
static void expect_all(const struct listed *l, size_t in_a, size_t in_b, size_t loose)
{
    size_t a = 0, b = 0, other = 0;
    assert_int_equal(l->n, in_a + in_b + loose);
    for (size_t i = 0; i < l->n; i++) {
        const char *key = l->objects[i].key;
        a += strncmp(key, "a/", 2) == 0;
        b += strncmp(key, "b/", 2) == 0;
        other += !strchr(key, '/');
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(key, l->objects[k].key);
        }
    }
    assert_int_equal(a, in_a);
    assert_int_equal(b, in_b);
    assert_int_equal(other, loose);
}

static void folders_of_many_keys_are_walked_at_once(void **state)
{
    (void)state;
    struct http_step steps[] = {
        /* The order is not that of the bytes, as some servers have it. */
        {.expect = FIRST_PAGE, .status = 200, .body = page_of("t", entries("pre/b/", 0, 150), "")},
        {.expect = {PROBE},
         .status = 200,
         .body = page_of("p", mem_strdup(""), FOLDER("pre/b/") FOLDER("pre/a/"))},
        /* A folder again, and a key beside the folders. */
        {.expect = {"GET /bkt?continuation-token=p&delimiter=%2F&"},
         .status = 200,
         .body = page_of("", entries("pre/", 7, 8), FOLDER("pre/a/"))},
        /* While these two wait for each other's request, they are under way at once. */
        {.expect = {"prefix=pre%2Fa%2F "},
         .status = 200,
         .delay_ms = 100,
         .body = page_of("", entries("pre/a/", 0, 120), "")},
        {.expect = {"prefix=pre%2Fb%2F "},
         .status = 200,
         .delay_ms = 100,
         .body = page_of("", entries("pre/b/", 0, 200), "")},
    };
    struct fixture f;
    struct listed l;
    struct error err;
    open_signed(&f, steps, COUNT(steps));
    if (list(&f, "", &l, &err) != OK) {
        fail_msg("%s", err.text);
    }
    expect_all(&l, 120, 200, 1);
    assert_int_equal(counter_get(&f.counters.requests_list), 5);
    assert_true(http_script_peak(f.script) >= 2);
    close_fixture(&f);
    for (size_t i = 0; i < COUNT(steps); i++) {
        mem_free((char *)(uintptr_t)steps[i].body);
    }
}

/* A policy may allow to list, and not with a delimiter. */
static void who_may_not_ask_for_folders_goes_on_as_before(void **state)
{
    (void)state;
    struct http_step steps[] = {
        {.expect = FIRST_PAGE, .status = 200, .body = page_of("t", entries("pre/a/", 0, 150), "")},
        {.expect = {PROBE}, .status = 403, .body = "<Error><Code>AccessDenied</Code></Error>"},
        {.expect = {"GET /bkt?continuation-token=t&encoding-type"},
         .status = 200,
         .body = page_of("", entries("pre/b/", 0, 50), "")},
    };
    struct fixture f;
    struct listed l;
    struct error err;
    open_signed(&f, steps, COUNT(steps));
    if (list(&f, "", &l, &err) != OK) {
        fail_msg("%s", err.text);
    }
    expect_all(&l, 150, 50, 0);
    close_fixture(&f);
    mem_free((char *)(uintptr_t)steps[0].body);
    mem_free((char *)(uintptr_t)steps[2].body);
}

/* A server that knows no delimiter answers with keys, and these are all there is. */
static void a_server_without_delimiters_is_listed_flat(void **state)
{
    (void)state;
    struct http_step steps[] = {
        {.expect = FIRST_PAGE, .status = 200, .body = page_of("t", entries("pre/a/", 0, 150), "")},
        {.expect = {PROBE}, .status = 200, .body = page_of("t", entries("pre/a/", 0, 150), "")},
        {.expect = {"GET /bkt?continuation-token=t&delimiter"},
         .status = 200,
         .body = page_of("", entries("pre/b/", 0, 50), "")},
    };
    struct fixture f;
    struct listed l;
    struct error err;
    open_signed(&f, steps, COUNT(steps));
    if (list(&f, "", &l, &err) != OK) {
        fail_msg("%s", err.text);
    }
    expect_all(&l, 150, 50, 0);
    close_fixture(&f);
    for (size_t i = 0; i < COUNT(steps); i++) {
        mem_free((char *)(uintptr_t)steps[i].body);
    }
}

static void a_folder_that_fails_fails_the_listing(void **state)
{
    (void)state;
    struct http_step steps[] = {
        {.expect = FIRST_PAGE, .status = 200, .body = page_of("t", entries("pre/a/", 0, 150), "")},
        {.expect = {PROBE},
         .status = 200,
         .body = page_of("", mem_strdup(""), FOLDER("pre/a/") FOLDER("pre/b/"))},
        {.expect = {"prefix=pre%2Fa%2F "},
         .status = 200,
         .body = page_of("", entries("pre/a/", 0, 200), "")},
        {.expect = {"prefix=pre%2Fb%2F "},
         .status = 403,
         .body = "<Error><Code>AccessDenied</Code></Error>"},
    };
    struct fixture f;
    struct listed l;
    struct error err;
    open_signed(&f, steps, COUNT(steps));
    assert_int_equal(list(&f, "", &l, &err), ERR_PERMISSION);
    assert_non_null(strstr(err.text, "LIST s3://bkt/pre/b/"));
    close_fixture(&f);
    for (size_t i = 0; i < 3; i++) {
        mem_free((char *)(uintptr_t)steps[i].body);
    }
}

static void answers_that_would_count_a_key_twice_are_refused(void **state)
{
    (void)state;
    static const char *const folders[] = {FOLDER("pre/a/b/"), FOLDER("pre/"), FOLDER("other/"),
                                          FOLDER("pre/a")};
    for (size_t i = 0; i < COUNT(folders) + 1; i++) {
        bool keys = i == COUNT(folders);
        struct http_step steps[] = {
            {.expect = FIRST_PAGE,
             .status = 200,
             .body = page_of("t", entries("pre/a/", 0, 150), "")},
            {.expect = {PROBE},
             .status = 200,
             .body = page_of("", keys ? entries("pre/a/", 0, 1) : mem_strdup(""),
                             keys ? FOLDER("pre/a/") : folders[i])},
            {.expect = {"GET /bkt?continuation-token=t&encoding-type"},
             .status = 200,
             .body = page_of("", entries("pre/b/", 0, 50), "")},
        };
        struct fixture f;
        struct listed l;
        struct error err;
        open_signed(&f, steps, COUNT(steps));
        if (list(&f, "", &l, &err) != OK) { /* flat, and right */
            fail_msg("case %zu: %s", i, err.text);
        }
        expect_all(&l, 150, 50, 0);
        close_fixture(&f);
        for (size_t k = 0; k < COUNT(steps); k++) {
            mem_free((char *)(uintptr_t)steps[k].body);
        }
    }
}

static void fanning_out_pays_for_folders_of_many_keys(void **state)
{
    (void)state;
    static char names[1000][32];
    struct object objects[1000];
    static const struct {
        const char *pattern; /* with or without a folder */
        int divisor;
        bool pays;
    } cases[] = {{"p/d%d/x%d", 1000, true},
                 {"p/d%d/x%d", 100, true},
                 {"p/d%d/x%d", 99, false},
                 {"p/d%d/x%d", 10, false},
                 {"p/d%d-x%d", 1, false}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int k = 0; k < 1000; k++) {
            snprintf(names[k], sizeof names[k], "p/d%03d%cx%03d", k / cases[i].divisor,
                     strchr(cases[i].pattern + 2, '/') ? '/' : '-', k);
            objects[k] = (struct object){.key = names[k]};
        }
        assert_int_equal(lister_pays(objects, 1000, 2), cases[i].pays);
    }
    assert_false(lister_pays(objects, 0, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_follow_each_other),
        cmocka_unit_test(prefixes_are_encoded),
        cmocka_unit_test(a_store_that_does_not_encode_is_taken_at_its_word),
        cmocka_unit_test(broken_pages_are_asked_for_again),
        cmocka_unit_test(listings_that_lead_nowhere_end),
        cmocka_unit_test(a_listing_may_be_left_early),
        cmocka_unit_test(a_token_that_loops_is_replaced_by_the_last_key),
        cmocka_unit_test(folders_of_many_keys_are_walked_at_once),
        cmocka_unit_test(who_may_not_ask_for_folders_goes_on_as_before),
        cmocka_unit_test(a_server_without_delimiters_is_listed_flat),
        cmocka_unit_test(a_folder_that_fails_fails_the_listing),
        cmocka_unit_test(answers_that_would_count_a_key_twice_are_refused),
        cmocka_unit_test(fanning_out_pays_for_folders_of_many_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
