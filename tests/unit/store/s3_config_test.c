/* s3_config_test.c - where bucket, endpoint, region and credentials come from, in the order of the
 * AWS tools. */
#include "store/s3_config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/credentials.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static char dir[] = "/tmp/tsi_s3_config_test_XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    return system(command);
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* A clean environment, with these two files. */
static void begin(const char *config, const char *credentials)
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_SECURITY_TOKEN",
                                        "AWS_PROFILE",
                                        "AWS_DEFAULT_PROFILE",
                                        "AWS_REGION",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_ENDPOINT_URL",
                                        "AWS_ENDPOINT_URL_S3",
                                        "AWS_CA_BUNDLE",
                                        "SSL_CERT_FILE",
                                        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
                                        "AWS_USE_DUALSTACK_ENDPOINT",
                                        "AWS_USE_FIPS_ENDPOINT",
                                        "AWS_MAX_ATTEMPTS",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI"};
    char path[256];
    for (size_t i = 0; i < COUNT(names); i++) {
        unsetenv(names[i]);
    }
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    write_file("config", config);
    write_file("credentials", credentials);
    snprintf(path, sizeof path, "%s/config", dir);
    setenv("AWS_CONFIG_FILE", path, 1);
    snprintf(path, sizeof path, "%s/credentials", dir);
    setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
}

static struct s3_config resolve(const char *source, const struct store_options *o)
{
    static const struct store_options none;
    struct s3_config c;
    struct error err;
    error_reset(&err);
    if (s3_config_resolve(source, o ? o : &none, &c, &err) != OK) {
        fail_msg("%s: %s", source, err.text);
    }
    return c;
}

/* The keys that a source would be read with, as "id secret token"; "-" for what is not there. */
static const char *keys_of(const char *profile)
{
    static char text[512];
    struct credential_options o = {.profile = profile, .region = "us-east-1"};
    struct credential_source *source;
    struct credential_waiter waiter;
    struct error err;
    error_reset(&err);
    if (credentials_open(&o, &source, &err) != OK) {
        fail_msg("%s", err.text);
    }
    assert_true(credentials_ready(source, &waiter));
    struct credentials *c = credentials_take(source, &err);
    assert_non_null(c);
    snprintf(text, sizeof text, "%s %s %s", c->keys.access_key_id ? c->keys.access_key_id : "-",
             c->keys.secret_access_key ? c->keys.secret_access_key : "-",
             c->keys.session_token ? c->keys.session_token : "-");
    credentials_release(c);
    credentials_close(source);
    return text;
}

static void fails(const char *source, const struct store_options *o, enum error_code code,
                  const char *text)
{
    static const struct store_options none;
    struct store *store;
    struct error err;
    char url[256];
    error_reset(&err);
    snprintf(url, sizeof url, "%s%s", strstr(source, "://") ? "" : "s3://", source);
    enum error_code rc = store_open(url, o ? o : &none, &store, &err);
    store_close(store);
    if (rc != code || !strstr(err.text, text)) {
        fail_msg("%s: %s '%s'", source, error_name(rc), err.text);
    }
}

static const char *host_of(struct s3_config *c)
{
    static char text[512];
    struct strbuf b;
    strbuf_init(&b, 512);
    s3_config_host(c, c->region, &b);
    snprintf(text, sizeof text, "%s", b.data);
    strbuf_free(&b);
    s3_config_free(c);
    return text;
}

static void sources(void **state)
{
    (void)state;
    begin("", "");
    static const struct {
        const char *source, *bucket, *prefix;
    } cases[] = {
        {"s3://b-1", "b-1", ""},
        {"s3://b-1/", "b-1", ""},
        {"s3n://b-1/a/b", "b-1", "a/b/"},
        {"s3a://b-1/a/b/", "b-1", "a/b/"},
        {"s3://b-1//a", "b-1", "/a/"},
        {"s3://b-1/a%20b?x=1#y", "b-1", "a%20b?x=1#y/"},
        {"s3://My_Bucket.x", "My_Bucket.x", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct s3_config c = resolve(cases[i].source, NULL);
        assert_string_equal(c.bucket, cases[i].bucket);
        assert_string_equal(c.prefix, cases[i].prefix);
        s3_config_free(&c);
    }
    fails("s3://", NULL, ERR_USAGE, "no bucket name");
    fails("s3:///a", NULL, ERR_USAGE, "no bucket name");
    fails("s3://key:secret@bucket/a", NULL, ERR_USAGE, "no bucket name");
    fails("s3://b\ncket", NULL, ERR_USAGE, "no bucket name");
}

static void hosts(void **state)
{
    (void)state;
    begin("", "");
    static const struct {
        const char *bucket, *endpoint, *region, *addressing, *host;
    } cases[] = {
        {"s3://bkt", NULL, NULL, NULL, "bkt.s3.us-east-1.amazonaws.com"},
        {"s3://bkt", NULL, "eu-west-1", NULL, "bkt.s3.eu-west-1.amazonaws.com"},
        {"s3://bkt", NULL, "cn-north-1", NULL, "bkt.s3.cn-north-1.amazonaws.com.cn"},
        {"s3://bkt", NULL, NULL, "path", "s3.us-east-1.amazonaws.com"},
        {"s3://b.k.t", NULL, NULL, NULL, "s3.us-east-1.amazonaws.com"},
        {"s3://Bkt", NULL, NULL, NULL, "s3.us-east-1.amazonaws.com"},
        {"s3://b_k_t", NULL, NULL, NULL, "s3.us-east-1.amazonaws.com"},
        {"s3://bkt", "http://minio:9000", NULL, NULL, "minio:9000"},
        {"s3://bkt", "https://MINIO:443/", NULL, NULL, "minio"},
        {"s3://bkt", "https://minio:80", NULL, NULL, "minio:80"},
        {"s3://bkt", "http://minio:9000", NULL, "virtual", "bkt.minio:9000"},
        {"s3://b.k.t", "http://minio:9000", NULL, "virtual", "b.k.t.minio:9000"},
        {"s3://bkt", "http://127.0.0.1:9000", NULL, NULL, "127.0.0.1:9000"},
        {"s3://bkt", "http://[::1]:9000", NULL, NULL, "[::1]:9000"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct store_options o = {.endpoint_url = cases[i].endpoint,
                                  .region = cases[i].region,
                                  .addressing = cases[i].addressing};
        struct s3_config c = resolve(cases[i].bucket, &o);
        assert_string_equal(host_of(&c), cases[i].host);
    }
    fails("s3://bkt",
          &(struct store_options){.addressing = "virtual", .endpoint_url = "http://127.0.0.1:1"},
          ERR_USAGE, "--addressing path");
    fails("s3://b.k.t", &(struct store_options){.addressing = "virtual"}, ERR_USAGE,
          "--addressing path");
    fails("s3://bkt", &(struct store_options){.addressing = "other"}, ERR_USAGE, "none of");
    fails("s3://bkt", &(struct store_options){.endpoint_url = "minio:9000"}, ERR_USAGE, "http://");
    fails("s3://bkt", &(struct store_options){.region = "evil.example/"}, ERR_USAGE, "no region");
}

static const char two_profiles[] =
    "[default]\nregion = eu-north-1\n"
    "[profile work]\nregion=ap-south-1\nendpoint_url = http://work:1\n"
    "s3 =\n  addressing_style = virtual\n";
static const char two_keys[] =
    "[default]\naws_access_key_id=DEFAULTID\naws_secret_access_key=defaultsecret\n"
    "[work]\naws_access_key_id=WORKID\naws_secret_access_key=worksecret\n"
    "aws_session_token=worktoken\n";

static void the_environment_comes_before_the_profile(void **state)
{
    (void)state;
    begin(two_profiles, two_keys);
    struct s3_config c = resolve("s3://bkt", NULL);
    assert_string_equal(keys_of(NULL), "DEFAULTID defaultsecret -");
    assert_string_equal(c.region, "eu-north-1");
    s3_config_free(&c);

    setenv("AWS_PROFILE", "work", 1);
    c = resolve("s3://bkt", NULL);
    assert_string_equal(keys_of(NULL), "WORKID worksecret worktoken");
    assert_string_equal(c.region, "ap-south-1");
    assert_true(c.virtual_host);
    assert_string_equal(host_of(&c), "bkt.work:1");

    /* Keys of the environment win over AWS_PROFILE, whose other settings stay. */
    setenv("AWS_ACCESS_KEY_ID", "ENVID", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "envsecret", 1);
    setenv("AWS_DEFAULT_REGION", "us-west-1", 1);
    c = resolve("s3://bkt", NULL);
    assert_string_equal(keys_of(NULL), "ENVID envsecret -");
    assert_string_equal(c.region, "us-west-1");
    s3_config_free(&c);

    /* A profile asked for by option puts the environment's keys aside. */
    setenv("AWS_REGION", "us-west-2", 1);
    c = resolve("s3://bkt", &(struct store_options){.profile = "default"});
    assert_string_equal(keys_of("default"), "DEFAULTID defaultsecret -");
    assert_string_equal(c.region, "us-west-2");
    s3_config_free(&c);

    c = resolve("s3://bkt",
                &(struct store_options){.no_sign_request = true, .region = "sa-east-1"});
    assert_string_equal(c.region, "sa-east-1");
    s3_config_free(&c);
}

static void endpoints_have_an_order(void **state)
{
    (void)state;
    begin("[profile p]\nservices = mine\nendpoint_url = http://profile:1\n"
          "[services mine]\nec2 =\n  endpoint_url = http://ec2:1\ns3 =\n  endpoint_url = "
          "http://service:1\n",
          "");
    setenv("AWS_PROFILE", "p", 1);
    struct s3_config c = resolve("s3://bkt", NULL);
    assert_string_equal(host_of(&c), "service:1");
    setenv("AWS_ENDPOINT_URL", "http://env:1", 1);
    c = resolve("s3://bkt", NULL);
    assert_string_equal(host_of(&c), "env:1");
    setenv("AWS_ENDPOINT_URL_S3", "http://env-s3:1", 1);
    c = resolve("s3://bkt", NULL);
    assert_string_equal(host_of(&c), "env-s3:1");
    c = resolve("s3://bkt", &(struct store_options){.endpoint_url = "http://option:1"});
    assert_string_equal(host_of(&c), "option:1");
    setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", 1);
    c = resolve("s3://bkt", NULL);
    assert_true(c.is_aws);
    s3_config_free(&c);
}

static void files_are_merged_as_the_aws_tools_do(void **state)
{
    (void)state;
    /* [profile default] supersedes [default]; the credentials file supersedes the config file. */
    begin("\xEF\xBB\xBF[default]\r\nregion = us-west-1\r\nendpoint_url = "
          "http://old:1\r\naws_access_key_id = OLD\r\n"
          "[profile default] # comment\r\nregion = us-west-2 ; comment\r\n"
          "aws_access_key_id = CONFIGID\r\naws_secret_access_key = a#b;c\r\n[default]\nregion = "
          "us-west-3",
          "[default]\naws_access_key_id = CREDID\nnonsense line\n[other]\naws_secret_access_key = "
          "no\n");
    struct s3_config c = resolve("s3://bkt", NULL);
    assert_string_equal(c.region, "us-west-2");
    assert_string_equal(keys_of(NULL), "CREDID a#b;c -");
    assert_true(c.is_aws); /* the endpoint stood in the superseded section */
    s3_config_free(&c);
    /* In the config file a section without "profile" is no profile, unless it is the default. */
    begin("[work]\nregion = us-west-1\n", "");
    fails("s3://bkt", &(struct store_options){.profile = "work"}, ERR_NO_CREDENTIALS, "work");
    begin("[profile 'a b']\nregion = us-west-1\n", "");
    c = resolve("s3://bkt", &(struct store_options){.profile = "a b"});
    assert_string_equal(c.region, "us-west-1");
    s3_config_free(&c);
}

static void nothing_at_all_is_anonymous(void **state)
{
    (void)state;
    begin("", "");
    setenv("AWS_ACCESS_KEY_ID", "", 1); /* empty is unset */
    assert_string_equal(keys_of(NULL), "- - -");
    setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
    assert_string_equal(keys_of(NULL), "- - -");
    struct s3_config c = resolve("s3://bkt", NULL);
    assert_string_equal(c.region, "us-east-1");
    s3_config_free(&c);
}

static void half_of_it_is_an_error(void **state)
{
    (void)state;
    begin(two_profiles, two_keys);
    setenv("AWS_ACCESS_KEY_ID", "ENVID", 1);
    fails("s3://bkt", NULL, ERR_NO_CREDENTIALS, "environment");
    unsetenv("AWS_ACCESS_KEY_ID");
    setenv("AWS_SECRET_ACCESS_KEY", "envsecret", 1);
    fails("s3://bkt", NULL, ERR_NO_CREDENTIALS, "without its access key id");
    setenv("AWS_ACCESS_KEY_ID", "ENV\r\nID", 1);
    fails("s3://bkt", NULL, ERR_NO_CREDENTIALS, "control characters");
    begin("", "[default]\naws_access_key_id=ID\n");
    fails("s3://bkt", NULL, ERR_NO_CREDENTIALS, "profile 'default'");
    begin(two_profiles, two_keys);
    fails("s3://bkt", &(struct store_options){.profile = "gone"}, ERR_NO_CREDENTIALS,
          "/credentials");
    setenv("AWS_PROFILE", "gone", 1);
    fails("s3://bkt", NULL, ERR_NO_CREDENTIALS, "/config");
    begin("[default]\nregion = x\n[oops\nkey = value\n", "");
    fails("s3://bkt", NULL, ERR_USAGE, "line 3");
}

static void other_stores_have_their_schemes(void **state)
{
    (void)state;
    begin("", "");
    setenv("AWS_REGION", "eu-west-1", 1);
    struct s3_config c = resolve("gs://bkt/a", NULL);
    assert_string_equal(c.region, "auto");
    assert_string_equal(host_of(&c), "storage.googleapis.com");
    c = resolve("r2://bkt/a", &(struct store_options){.endpoint_url = "https://acc.example"});
    assert_string_equal(c.region, "auto");
    assert_string_equal(host_of(&c), "acc.example");
    fails("r2://bkt/a", NULL, ERR_USAGE, "--endpoint-url");
}

static void aws_has_more_endpoints(void **state)
{
    (void)state;
    static const struct {
        const char *dualstack, *fips, *host;
    } cases[] = {{"true", NULL, "bkt.s3.dualstack.us-east-1.amazonaws.com"},
                 {NULL, "TRUE", "bkt.s3-fips.us-east-1.amazonaws.com"},
                 {"true", "true", "bkt.s3-fips.dualstack.us-east-1.amazonaws.com"},
                 {"false", "no", "bkt.s3.us-east-1.amazonaws.com"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        begin("", "");
        if (cases[i].dualstack) {
            setenv("AWS_USE_DUALSTACK_ENDPOINT", cases[i].dualstack, 1);
        }
        if (cases[i].fips) {
            setenv("AWS_USE_FIPS_ENDPOINT", cases[i].fips, 1);
        }
        struct s3_config c = resolve("s3://bkt", NULL);
        assert_string_equal(host_of(&c), cases[i].host);
    }
    begin("[default]\nuse_fips_endpoint = true\ns3 =\n  use_dualstack_endpoint = true\n", "");
    struct s3_config c = resolve("s3://bkt", NULL);
    assert_string_equal(host_of(&c), "bkt.s3-fips.dualstack.us-east-1.amazonaws.com");
    fails("s3://bkt", &(struct store_options){.endpoint_url = "http://minio:9000"}, ERR_USAGE,
          "FIPS");
}

static void attempts_can_be_set(void **state)
{
    (void)state;
    begin("[default]\nmax_attempts = 3\n", "");
    struct s3_config c = resolve("s3://bkt", NULL);
    assert_int_equal(c.attempts_max, 3);
    s3_config_free(&c);
    setenv("AWS_MAX_ATTEMPTS", "1", 1);
    c = resolve("s3://bkt", NULL);
    assert_int_equal(c.attempts_max, 1);
    s3_config_free(&c);
    setenv("AWS_MAX_ATTEMPTS", "many", 1);
    fails("s3://bkt", NULL, ERR_USAGE, "max_attempts");
    setenv("AWS_MAX_ATTEMPTS", "100000", 1);
    c = resolve("s3://bkt", NULL);
    assert_int_equal(c.attempts_max, 100);
    s3_config_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sources),
        cmocka_unit_test(hosts),
        cmocka_unit_test(the_environment_comes_before_the_profile),
        cmocka_unit_test(endpoints_have_an_order),
        cmocka_unit_test(files_are_merged_as_the_aws_tools_do),
        cmocka_unit_test(nothing_at_all_is_anonymous),
        cmocka_unit_test(half_of_it_is_an_error),
        cmocka_unit_test(other_stores_have_their_schemes),
        cmocka_unit_test(aws_has_more_endpoints),
        cmocka_unit_test(attempts_can_be_set),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
