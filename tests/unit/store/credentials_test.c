/* credentials_test.c - the chain against servers that play the token service, the instance, the
 * container and single sign-on: who is asked, in which order, and what a failure says. */
#include "store/credentials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fault/http_script.h"
#include "store/store.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static char dir[] = "/tmp/tsi_credentials_test_XXXXXX";

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

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *f = fopen(path_of(name), "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void begin(const char *config, const char *credentials)
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_SECURITY_TOKEN",
                                        "AWS_CREDENTIAL_EXPIRATION",
                                        "AWS_PROFILE",
                                        "AWS_DEFAULT_PROFILE",
                                        "AWS_REGION",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_ENDPOINT_URL",
                                        "AWS_ENDPOINT_URL_S3",
                                        "AWS_ENDPOINT_URL_STS",
                                        "AWS_ENDPOINT_URL_SSO",
                                        "AWS_CA_BUNDLE",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_ROLE_ARN",
                                        "AWS_ROLE_SESSION_NAME",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                        "AWS_METADATA_SERVICE_TIMEOUT",
                                        "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
                                        "AWS_MAX_ATTEMPTS"};
    for (size_t i = 0; i < COUNT(names); i++) {
        unsetenv(names[i]);
    }
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    setenv("HOME", dir, 1);
    write_file("config", config);
    setenv("AWS_CONFIG_FILE", path_of("config"), 1);
    write_file("credentials", credentials);
    setenv("AWS_SHARED_CREDENTIALS_FILE", path_of("credentials"), 1);
}

/* ---- a script, and who is sent to it ---- */

static struct http_script *serve(const struct http_step *steps, size_t n, const char *variable,
                                 const char *path)
{
    char url[128];
    struct http_script *s = http_script_open(steps, n);
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", http_script_port(s), path);
    setenv(variable, url, 1);
    return s;
}

static void end(struct http_script *s)
{
    char complaint[1024];
    http_script_close(s, complaint, sizeof complaint);
    assert_string_equal(complaint, "");
}

static struct credential_source *open_source(const char *profile)
{
    struct credential_options o = {.profile = profile, .region = "eu-west-1"};
    struct credential_source *s;
    struct error err;
    error_reset(&err);
    if (credentials_open(&o, &s, &err) != OK) {
        fail_msg("%s", err.text);
    }
    return s;
}

/* "id secret token provider", or "error: text". */
static const char *answer_of(struct credential_source *s)
{
    static char text[1024];
    struct credential_trial trials[CREDENTIAL_TRIALS_MAX];
    struct error err;
    (void)credentials_explain(s, trials, &err);
    struct credentials *c = credentials_take(s, &err);
    if (!c) {
        snprintf(text, sizeof text, "error: %s", err.text);
        return text;
    }
    snprintf(text, sizeof text, "%s %s %s %s", c->keys.access_key_id ? c->keys.access_key_id : "-",
             c->keys.secret_access_key ? c->keys.secret_access_key : "-",
             c->keys.session_token ? c->keys.session_token : "-", c->provider);
    credentials_release(c);
    return text;
}

static void answers(const char *profile, const char *expected)
{
    struct credential_source *s = open_source(profile);
    assert_string_equal(answer_of(s), expected);
    credentials_close(s);
}

static void fails(const char *profile, const char *const *words, size_t n)
{
    struct credential_source *s = open_source(profile);
    const char *text = answer_of(s);
    for (size_t i = 0; i < n; i++) {
        if (strncmp(text, "error:", 6) != 0 || !strstr(text, words[i])) {
            fail_msg("'%s' lacks '%s'", text, words[i]);
        }
    }
    credentials_close(s);
}
#define FAILS(profile, ...)                                                                        \
    fails(profile, (const char *const[]){__VA_ARGS__},                                             \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static const char in_an_hour[] = "2099-01-01T00:00:00Z";

#define STS_ANSWER(id)                                                                             \
    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>"   \
    "<AssumedRoleUser><Arn>x</Arn></AssumedRoleUser><Credentials><AccessKeyId>" id                 \
    "</AccessKeyId><SecretAccessKey>rolesecret</SecretAccessKey><SessionToken>roletoken"           \
    "</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"                   \
    "</AssumeRoleResult></AssumeRoleResponse>"
#define ENDPOINT_ANSWER(id)                                                                        \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":\"endpointsecret\","     \
    "\"Token\":\"endpointtoken\",\"Expiration\":\"2099-01-01T00:00:00Z\"}"

/* ---- roles ---- */

static void a_role_is_assumed_with_the_keys_of_its_source(void **state)
{
    (void)state;
    begin("[profile app]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = base\n"
          "external_id = ext/1\nrole_session_name = me\nduration_seconds = 900\n",
          "[base]\naws_access_key_id = BASEID\naws_secret_access_key = basesecret\n");
    const struct http_step steps[] = {
        {.expect = {"POST / HTTP/1.1\r\n", "Credential=BASEID/", "/eu-west-1/sts/aws4_request",
                    "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa"
                    "&RoleSessionName=me&ExternalId=ext%2F1&DurationSeconds=900"},
         .status = 200,
         .body = STS_ANSWER("ROLEID")}};
    struct http_script *s = serve(steps, COUNT(steps), "AWS_ENDPOINT_URL_STS", "");
    answers("app", "ROLEID rolesecret roletoken assumed role of profile 'app'");
    end(s);
}

static void roles_build_on_roles(void **state)
{
    (void)state;
    begin("[profile a]\nrole_arn = arn:a\nsource_profile = b\n"
          "[profile b]\nrole_arn = arn:b\nsource_profile = c\n"
          "[profile c]\nrole_arn = arn:c\nsource_profile = c\n"
          "aws_access_key_id = CID\naws_secret_access_key = csecret\n",
          "");
    const struct http_step steps[] = {
        {.expect = {"Credential=CID/", "RoleArn=arn%3Ab&"},
         .status = 200,
         .body = STS_ANSWER("BID")},
        {.expect = {"Credential=BID/", "x-amz-security-token: roletoken", "RoleArn=arn%3Aa&"},
         .status = 200,
         .body = STS_ANSWER("AID")}};
    struct http_script *s = serve(steps, COUNT(steps), "AWS_ENDPOINT_URL_STS", "");
    answers("a", "AID rolesecret roletoken assumed role of profile 'a'");
    end(s);
    /* The profile that is its own source has keys. */
    const struct http_step own[] = {{.expect = {"Credential=CID/", "RoleArn=arn%3Ac&"},
                                     .status = 200,
                                     .body = STS_ANSWER("X")}};
    s = serve(own, COUNT(own), "AWS_ENDPOINT_URL_STS", "");
    answers("c", "X rolesecret roletoken assumed role of profile 'c'");
    end(s);
}

static void mistakes_in_roles_are_named(void **state)
{
    (void)state;
    begin("[profile loop]\nrole_arn = a\nsource_profile = pool\n"
          "[profile pool]\nrole_arn = b\nsource_profile = loop\n"
          "[profile both]\nrole_arn = a\nsource_profile = x\ncredential_source = Environment\n"
          "[profile none]\nrole_arn = a\n"
          "[profile gone]\nrole_arn = a\nsource_profile = nobody\n"
          "[profile odd]\nrole_arn = a\ncredential_source = Moon\n"
          "[profile mfa]\nrole_arn = a\nsource_profile = x\nmfa_serial = arn:mfa\n"
          "[profile empty]\nrole_arn = a\nsource_profile = plain\n[profile plain]\nregion = x\n",
          "");
    FAILS("loop", "takes its credentials from itself");
    FAILS("both", "both");
    FAILS("none", "neither");
    FAILS("gone", "'nobody'", "source_profile of profile 'gone'");
    FAILS("odd", "'Moon'");
    FAILS("mfa", "arn:mfa");
    FAILS("empty", "'plain' holds no credentials");
}

static void a_refused_role_says_why(void **state)
{
    (void)state;
    begin("[profile app]\nrole_arn = arn:a\ncredential_source = Environment\n", "");
    setenv("AWS_ACCESS_KEY_ID", "ENVID", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "envsecret", 1);
    const struct http_step steps[] = {
        {.expect = {"POST /"}, .status = 503, .body = "busy"},
        {.expect = {"POST /", "Credential=ENVID/"},
         .status = 403,
         .body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message>"
                 "</Error></ErrorResponse>"}};
    struct http_script *s = serve(steps, COUNT(steps), "AWS_ENDPOINT_URL_STS", "");
    FAILS("app", "HTTP 403 AccessDenied: not you", "arn:a");
    end(s);
}

static void an_answer_without_keys_is_none(void **state)
{
    (void)state;
    begin("[profile app]\nrole_arn = arn:a\ncredential_source = Environment\n", "");
    setenv("AWS_ACCESS_KEY_ID", "ENVID", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "envsecret", 1);
    static const char *const bodies[] = {
        "", "<html>", "<a><Credentials><AccessKeyId>A</AccessKeyId></Credentials></a>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><AssumeRoleResponse/>"};
    for (size_t i = 0; i < COUNT(bodies); i++) {
        const struct http_step step = {.expect = {"POST /"}, .status = 200, .body = bodies[i]};
        struct http_script *s = serve(&step, 1, "AWS_ENDPOINT_URL_STS", "");
        FAILS("app", "no credentials");
        end(s);
    }
}

/* ---- web identity ---- */

static void web_identity_is_not_signed(void **state)
{
    (void)state;
    begin("", "[default]\naws_access_key_id = NO\naws_secret_access_key = no\n");
    write_file("token", "the.jwt.token\n");
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", path_of("token"), 1);
    setenv("AWS_ROLE_ARN", "arn:web", 1);
    const struct http_step steps[] = {
        {.expect = {"POST /"},
         .status = 400,
         .body =
             "<ErrorResponse><Error><Code>IDPCommunicationError</Code></Error></ErrorResponse>"},
        {.expect = {"POST /", "Action=AssumeRoleWithWebIdentity&",
                    "&WebIdentityToken=the.jwt.token"},
         .absent = "Authorization",
         .status = 200,
         .body = STS_ANSWER("WEBID")}};
    struct http_script *s = serve(steps, COUNT(steps), "AWS_ENDPOINT_URL_STS", "");
    answers(NULL, "WEBID rolesecret roletoken web identity of profile 'default'");
    end(s);
    /* A profile asked for by option is meant instead. */
    answers("default", "NO no - profile 'default'");
    /* The token never goes over plain http to another machine. */
    setenv("AWS_ENDPOINT_URL_STS", "http://sts.example", 1);
    FAILS(NULL, "https");
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token", 1);
    FAILS(NULL, "/nonexistent/token");
    unsetenv("AWS_ROLE_ARN");
    FAILS(NULL, "AWS_ROLE_ARN");
}

/* ---- single sign-on ---- */

static const char sso_config[] = "[profile dev]\nsso_session = corp\nsso_account_id = 123\n"
                                 "sso_role_name = Read Only\n"
                                 "[sso-session corp]\nsso_region = eu-central-1\n"
                                 "sso_start_url = https://corp.example/start\n";

/* sha1("corp") */
static void write_sso_cache(const char *expires)
{
    char text[256];
    (void)mkdir(path_of(".aws"), 0700);
    (void)mkdir(path_of(".aws/sso"), 0700);
    (void)mkdir(path_of(".aws/sso/cache"), 0700);
    snprintf(text, sizeof text, "{\"accessToken\":\"bearer-token-1\",\"expiresAt\":\"%s\"}",
             expires);
    write_file(".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json", text);
}

static void single_sign_on_uses_the_cached_token(void **state)
{
    (void)state;
    begin(sso_config, "");
    write_sso_cache(in_an_hour);
    const struct http_step steps[] = {
        {.expect = {"GET /federation/credentials?account_id=123&role_name=Read%20Only HTTP/1.1\r\n",
                    "x-amz-sso_bearer_token: bearer-token-1\r\n"},
         .status = 200,
         .body =
             "{\"roleCredentials\":{\"accessKeyId\":\"SSOID\",\"secretAccessKey\":\"ssosecret\","
             "\"sessionToken\":\"ssotoken\",\"expiration\":4070908800000}}"}};
    struct http_script *s = serve(steps, COUNT(steps), "AWS_ENDPOINT_URL_SSO", "");
    answers("dev", "SSOID ssosecret ssotoken single sign-on of profile 'dev'");
    end(s);
    const struct http_step refused[] = {
        {.expect = {"GET /federation"}, .status = 401, .body = "{\"message\":\"no\"}"}};
    s = serve(refused, COUNT(refused), "AWS_ENDPOINT_URL_SSO", "");
    FAILS("dev", "aws sso login --profile dev");
    end(s);
    write_sso_cache("2020-01-01T00:00:00UTC");
    FAILS("dev", "expired", "aws sso login --profile dev");
    begin("[profile dev]\nsso_session = other\nsso_account_id = 1\nsso_role_name = r\n"
          "[sso-session other]\nsso_region = eu-central-1\n",
          "");
    FAILS("dev", "nobody has signed on", "aws sso login --profile dev");
    begin("[profile dev]\nsso_session = corp\nsso_region = us-east-1\nsso_account_id = 1\n"
          "sso_role_name = r\n[sso-session corp]\nsso_region = eu-central-1\n",
          "");
    FAILS("dev", "sso_region differs");
    begin("[profile dev]\nsso_session = gone\nsso_account_id = 1\nsso_role_name = r\n", "");
    FAILS("dev", "no [sso-session gone]");
}

/* ---- credential_process ---- */

static void configure_process(const char *line)
{
    char config[512];
    snprintf(config, sizeof config, "[default]\ncredential_process = %s\n", line);
    begin(config, "");
}

static void a_process_prints_keys(void **state)
{
    (void)state;
    begin("", "");
    write_file("keys.json",
               "{\"Version\":1,\"AccessKeyId\":\"PROCID\",\"SecretAccessKey\":\"procsecret\","
               "\"Expiration\":\"2099-01-01T02:00:00+02:00\"}");
    char line[300];
    snprintf(line, sizeof line, "cat '%s'", path_of("keys.json"));
    configure_process(line);
    answers(NULL, "PROCID procsecret - credential_process of profile 'default'");
    /* No shell: what would be one's business is an argument. */
    configure_process("echo \"{}\" | cat $(id)");
    FAILS(NULL, "no JSON object");
    configure_process("sh -c 'echo printed-secret-7; echo said >&2; exit 3'");
    FAILS(NULL, "exit code 3: said");
    struct credential_source *s = open_source(NULL);
    assert_null(strstr(answer_of(s), "printed-secret-7"));
    credentials_close(s);
    configure_process("/nonexistent/program x");
    FAILS(NULL, "cannot run '/nonexistent/program'");
    configure_process("echo 'open");
    FAILS(NULL, "open quote");
    configure_process("echo {\\\"Version\\\":2}");
    FAILS(NULL, "Version 1");
    configure_process("head -c 100000 /dev/zero");
    FAILS(NULL, "more than 64 KiB");
}

/* ---- container ---- */

static void a_container_is_asked_with_its_token(void **state)
{
    (void)state;
    begin("", "");
    const struct http_step steps[] = {
        {.expect = {"GET /v2/creds?id=7 HTTP/1.1\r\n"}, .status = 500, .body = "busy"},
        {.expect = {"GET /v2/creds?id=7 HTTP/1.1\r\n", "\r\nAuthorization: Bearer of-the-file\r\n"},
         .status = 200,
         .body = ENDPOINT_ANSWER("CONTID")}};
    struct http_script *s =
        serve(steps, COUNT(steps), "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/v2/creds?id=7");
    write_file("auth", "Bearer of-the-file\n");
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path_of("auth"), 1);
    setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-the-variable", 1);
    answers(NULL, "CONTID endpointsecret endpointtoken container");
    end(s);
    /* A status comes before a body. */
    const struct http_step refused[] = {{.expect = {"GET /"}, .status = 404, .body = "{}"}};
    s = serve(refused, 1, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/x");
    FAILS(NULL, "HTTP 404", "container");
    end(s);
    write_file("auth", "a\r\nX-Evil: 1");
    FAILS(NULL, "line break");
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/x", 1);
    FAILS(NULL, "neither loopback");
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "ftp://127.0.0.1/x", 1);
    FAILS(NULL, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil.example/", 1);
    FAILS(NULL, "does not begin with '/'");
}

/* ---- instance ---- */

static void an_instance_is_asked_last(void **state)
{
    (void)state;
    begin("", "");
    unsetenv("AWS_EC2_METADATA_DISABLED");
    const struct http_step steps[] = {
        {.expect = {"PUT /latest/api/token HTTP/1.1\r\n",
                    "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"},
         .status = 200,
         .body = "session-1"},
        {.expect = {"GET /latest/meta-data/iam/security-credentials/ HTTP/1.1\r\n",
                    "x-aws-ec2-metadata-token: session-1\r\n"},
         .status = 200,
         .body = "my-role\n"},
        {.expect = {"GET /latest/meta-data/iam/security-credentials/my-role HTTP/1.1\r\n",
                    "x-aws-ec2-metadata-token: session-1\r\n"},
         .status = 200,
         .body = ENDPOINT_ANSWER("INSTID")}};
    struct http_script *s = serve(steps, COUNT(steps), "AWS_EC2_METADATA_SERVICE_ENDPOINT", "/");
    answers(NULL, "INSTID endpointsecret endpointtoken instance");
    end(s);
    /* Whoever has keys elsewhere never asks it: the script would complain. */
    s = serve(NULL, 0, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "/");
    setenv("AWS_ACCESS_KEY_ID", "ENVID", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "envsecret", 1);
    answers(NULL, "ENVID envsecret - environment");
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    answers(NULL, "- - - nobody");
    struct credential_options anonymous = {.region = "x", .anonymous = true};
    struct credential_source *source;
    struct error err;
    unsetenv("AWS_EC2_METADATA_DISABLED");
    assert_int_equal(credentials_open(&anonymous, &source, &err), OK);
    assert_string_equal(answer_of(source), "- - - nobody");
    credentials_close(source);
    end(s);
}

static void a_machine_that_is_no_instance_is_soon_anonymous(void **state)
{
    (void)state;
    begin("", "");
    unsetenv("AWS_EC2_METADATA_DISABLED");
    const struct http_step steps[] = {{.expect = {"PUT "}, .act = ACT_STALL}};
    struct http_script *s = serve(steps, COUNT(steps), "AWS_EC2_METADATA_SERVICE_ENDPOINT", "");
    uint64_t start = clock_monotonic_ns();
    answers(NULL, "- - - nobody");
    assert_true(clock_monotonic_ns() - start < 3000000000u);
    end(s);
    /* One that is, and refuses, is not silent. */
    const struct http_step refusing[] = {
        {.expect = {"PUT "}, .status = 200, .body = "t"},
        {.expect = {"GET "}, .status = 200, .body = "role"},
        {.expect = {"GET "}, .status = 200, .body = "{\"Code\":\"AssumeRoleUnauthorizedAccess\"}"}};
    s = serve(refusing, COUNT(refusing), "AWS_EC2_METADATA_SERVICE_ENDPOINT", "");
    FAILS(NULL, "AssumeRoleUnauthorizedAccess");
    end(s);
}

/* ---- renewal ---- */

static void short_lived(char *out, size_t size, const char *id, int64_t life_us)
{
    char iso[CLOCK_ISO_SIZE];
    clock_format_iso(clock_wall_us() + life_us, iso);
    snprintf(out, size,
             "{\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"endpointsecret\",\"Token\":\"t\","
             "\"Expiration\":\"%s\"}",
             id, iso);
}

struct counted {
    struct credential_waiter waiter;
    atomic_int *called;
};

static void count(struct credential_waiter *w)
{
    atomic_fetch_add(((struct counted *)w)->called, 1);
}

static void all_who_wait_are_served_by_one_request(void **state)
{
    (void)state;
    begin("", "");
    const struct http_step steps[] = {
        {.expect = {"GET /c "}, .status = 200, .body = ENDPOINT_ANSWER("ONCE"), .delay_ms = 200}};
    struct http_script *s = serve(steps, 1, "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/c");
    struct credential_source *source = open_source(NULL);
    atomic_int called = 0;
    struct counted waiters[20];
    for (size_t i = 0; i < COUNT(waiters); i++) {
        waiters[i] = (struct counted){.waiter.ready = count, .called = &called};
        assert_false(credentials_ready(source, &waiters[i].waiter));
    }
    for (int i = 0; i < 500 && atomic_load(&called) < (int)COUNT(waiters); i++) {
        clock_sleep_ns(10000000);
    }
    assert_int_equal(atomic_load(&called), COUNT(waiters));
    assert_string_equal(answer_of(source), "ONCE endpointsecret endpointtoken container");
    credentials_close(source);
    end(s);
}

static void keys_are_renewed_before_they_expire(void **state)
{
    (void)state;
    char first[512], second[512];
    begin("", "");
    short_lived(first, sizeof first, "FIRST", 4000000);
    short_lived(second, sizeof second, "SECOND", 3600000000);
    const struct http_step steps[] = {{.expect = {"GET /c "}, .status = 200, .body = first},
                                      {.expect = {"GET /c "}, .status = 200, .body = second}};
    struct http_script *s = serve(steps, COUNT(steps), "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/c");
    struct credential_source *source = open_source(NULL);
    atomic_int called = 0;
    struct counted w = {.waiter.ready = count, .called = &called};
    assert_string_equal(answer_of(source), "FIRST endpointsecret t container");
    assert_true(credentials_ready(source, &w.waiter));
    /* From the half of their life on they are renewed behind the scenes. */
    for (int i = 0; i < 300 && strncmp(answer_of(source), "FIRST", 5) == 0; i++) {
        clock_sleep_ns(10000000);
        (void)credentials_ready(source, &w.waiter);
    }
    assert_string_equal(answer_of(source), "SECOND endpointsecret t container");
    credentials_close(source);
    end(s);
}

static void refused_keys_are_renewed_once(void **state)
{
    (void)state;
    begin("", "");
    const struct http_step steps[] = {
        {.expect = {"GET /c "}, .status = 200, .body = ENDPOINT_ANSWER("OLD")},
        {.expect = {"GET /c "}, .status = 200, .body = ENDPOINT_ANSWER("NEW")},
        {.expect = {"GET /bkt?", "Credential=OLD/"},
         .status = 400,
         .body = "<Error><Code>ExpiredToken</Code></Error>"},
        {.expect = {"GET /bkt?", "Credential=NEW/", "x-amz-request-payer: requester",
                    "x-amz-date;x-amz-request-payer;x-amz-security-token"},
         .status = 200,
         .body = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"},
        {.expect = {"GET /bkt?", "Credential=NEW/"},
         .status = 400,
         .body = "<Error><Code>ExpiredToken</Code></Error>"},
        {.expect = {"GET /c "}, .status = 200, .body = ENDPOINT_ANSWER("NEWER")},
        {.expect = {"GET /bkt?", "Credential=NEWER/"},
         .status = 400,
         .body = "<Error><Code>ExpiredToken</Code></Error>"}};
    struct http_script *s = serve(steps, COUNT(steps), "AWS_CONTAINER_CREDENTIALS_FULL_URI", "/c");
    struct store *store;
    struct error err;
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", http_script_port(s));
    struct store_options o = {.endpoint_url = endpoint, .request_payer = true};
    assert_int_equal(store_open("s3://bkt", &o, &store, &err), OK);
    for (int round = 0; round < 2; round++) {
        struct store_lister *l;
        const struct object *objects;
        size_t n;
        assert_int_equal(store_list_open(store, "", &l, &err), OK);
        enum error_code rc = store_list_next(l, &objects, &n, &err);
        assert_int_equal(rc, round == 0 ? OK : ERR_AUTH);
        store_list_close(l);
    }
    assert_non_null(strstr(err.text, "container"));
    store_close(store);
    end(s);
}

static void no_keys_is_an_error_of_the_request(void **state)
{
    (void)state;
    configure_process("false");
    struct store *store;
    struct store_lister *l;
    const struct object *objects;
    size_t n;
    struct error err;
    struct store_options o = {.endpoint_url = "http://127.0.0.1:9"};
    assert_int_equal(store_open("s3://bkt", &o, &store, &err), OK);
    assert_int_equal(store_list_open(store, "", &l, &err), OK);
    assert_int_equal(store_list_next(l, &objects, &n, &err), ERR_NO_CREDENTIALS);
    assert_non_null(strstr(err.text, "exit code 1"));
    store_list_close(l);
    store_close(store);
}

/* A store that is closed while its requests wait for keys. */
static void closing_does_not_wait_for_keys(void **state)
{
    (void)state;
    configure_process("sleep 100");
    struct store *store;
    struct store_lister *l;
    struct error err;
    struct store_options o = {.endpoint_url = "http://127.0.0.1:9"};
    uint64_t start = clock_monotonic_ns();
    assert_int_equal(store_open("s3://bkt", &o, &store, &err), OK);
    assert_int_equal(store_list_open(store, "", &l, &err), OK);
    clock_sleep_ns(200000000);
    store_list_close(l);
    store_close(store);
    assert_true(clock_monotonic_ns() - start < 5000000000u);
}

static void what_was_tried_can_be_told(void **state)
{
    (void)state;
    begin("", "[default]\naws_access_key_id = ID\naws_secret_access_key = secret\n");
    struct credential_source *s = open_source(NULL);
    struct credential_trial t[CREDENTIAL_TRIALS_MAX];
    struct error err;
    size_t n = credentials_explain(s, t, &err);
    assert_int_equal(n, 9);
    assert_string_equal(t[0].provider, "environment");
    assert_int_equal(t[0].outcome, CREDENTIALS_NOT_CONFIGURED);
    assert_string_equal(t[4].provider, "profile keys");
    assert_int_equal(t[4].outcome, CREDENTIALS_ANSWERED);
    assert_int_equal(t[8].outcome, CREDENTIALS_NOT_ASKED);
    credentials_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_is_assumed_with_the_keys_of_its_source),
        cmocka_unit_test(roles_build_on_roles),
        cmocka_unit_test(mistakes_in_roles_are_named),
        cmocka_unit_test(a_refused_role_says_why),
        cmocka_unit_test(an_answer_without_keys_is_none),
        cmocka_unit_test(web_identity_is_not_signed),
        cmocka_unit_test(single_sign_on_uses_the_cached_token),
        cmocka_unit_test(a_process_prints_keys),
        cmocka_unit_test(a_container_is_asked_with_its_token),
        cmocka_unit_test(an_instance_is_asked_last),
        cmocka_unit_test(a_machine_that_is_no_instance_is_soon_anonymous),
        cmocka_unit_test(all_who_wait_are_served_by_one_request),
        cmocka_unit_test(keys_are_renewed_before_they_expire),
        cmocka_unit_test(refused_keys_are_renewed_once),
        cmocka_unit_test(no_keys_is_an_error_of_the_request),
        cmocka_unit_test(closing_does_not_wait_for_keys),
        cmocka_unit_test(what_was_tried_can_be_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
