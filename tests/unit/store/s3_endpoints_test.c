/* s3_endpoints_test.c - requests go where botocore sends them: its rules, restated as what they
 * answer (endpoint_cases.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/s3_config.h"

struct endpoint_case {
    const char *bucket, *region, *endpoint, *style;
    bool dualstack, fips;
    const char *url;
};

#include "unit/store/endpoint_cases.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void set(const char *name, bool value)
{
    if (value) {
        setenv(name, "true", 1);
    } else {
        unsetenv(name);
    }
}

/* The URL of key "k", put together as s3_sign.c does; false where the settings are refused. */
static bool url_of(const struct endpoint_case *c, char *out, size_t size)
{
    struct s3_config config;
    struct error err;
    struct strbuf host;
    char source[256];
    struct store_options o = {
        .endpoint_url = c->endpoint, .region = c->region, .addressing = c->style};
    snprintf(source, sizeof source, "s3://%s", c->bucket);
    set("AWS_USE_DUALSTACK_ENDPOINT", c->dualstack);
    set("AWS_USE_FIPS_ENDPOINT", c->fips);
    if (s3_config_resolve(source, &o, &config, &err) != OK) {
        return false;
    }
    strbuf_init(&host, 512);
    s3_config_host(&config, config.region, &host);
    snprintf(out, size, "%s://%s%s/%s%sk", config.endpoint.https ? "https" : "http", host.data,
             config.endpoint.base_path, config.virtual_host ? "" : config.bucket,
             config.virtual_host ? "" : "/");
    strbuf_free(&host);
    s3_config_free(&config);
    return true;
}

/* A port that is the scheme's own is not sent, and so not signed. */
static void strip_port(const char *url, char *out, size_t size)
{
    const char *port = strncmp(url, "https:", 6) == 0 ? ":443/" : ":80/";
    const char *at = strstr(url, port);
    if (at) {
        snprintf(out, size, "%.*s%s", (int)(at - url), url, at + strlen(port) - 1);
    } else {
        snprintf(out, size, "%s", url);
    }
}

static bool has_bucket_in_path(const struct endpoint_case *c)
{
    char part[128];
    snprintf(part, sizeof part, "/%s/k", c->bucket);
    return strstr(c->url, part) != NULL;
}

/* What was asked for and cannot be is refused here, where botocore does something else: a bucket
 * that cannot stand in the host, or before an address; AWS's own variants of an endpoint that is
 * not AWS's.
 */
static bool is_rightly_refused(const struct endpoint_case *c)
{
    bool is_ip = c->endpoint && (strstr(c->endpoint, "//127.") || strstr(c->endpoint, "//10.") ||
                                 strstr(c->endpoint, "//["));
    return c->endpoint && (c->dualstack || c->fips)
               ? true
               : strcmp(c->style, "virtual") == 0 && (is_ip || has_bucket_in_path(c));
}

static void requests_go_where_botocore_sends_them(void **state)
{
    (void)state;
    size_t refused = 0, compared = 0, bad = 0;
    setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
    for (size_t i = 0; i < COUNT(endpoint_cases); i++) {
        const struct endpoint_case *c = &endpoint_cases[i];
        char ours[512] = "refused", theirs[512] = "refused";
        bool good = url_of(c, ours, sizeof ours);
        if (c->url) {
            strip_port(c->url, theirs, sizeof theirs);
        }
        if (!good && c->url && is_rightly_refused(c)) {
            refused++;
            continue;
        }
        compared++;
        if (strcmp(ours, theirs) != 0) {
            bad++;
            print_message("%s %s %s %s%s%s: %s, not %s\n", c->bucket, c->region,
                          c->endpoint ? c->endpoint : "-", c->style,
                          c->dualstack ? " dualstack" : "", c->fips ? " fips" : "", ours, theirs);
        }
    }
    print_message("%zu compared, %zu refused\n", compared, refused);
    assert_int_equal(bad, 0);
    assert_true(compared > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(requests_go_where_botocore_sends_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
