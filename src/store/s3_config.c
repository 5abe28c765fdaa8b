#include "store/s3_config.h"

#include <string.h>

#include "base/log.h"
#include "net/retry.h"
#include "store/credentials_provider.h"

#define BUCKET_MAX 255 /* AWS allows 63; old buckets and other stores more */
/* Google Cloud Storage speaks S3 there, with HMAC keys. */
#define GOOGLE_ENDPOINT "https://storage.googleapis.com"

bool s3_is_region(const char *region)
{
    size_t n = strlen(region);
    return n >= 1 && n <= 63 &&
           strspn(region, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == n;
}

/* ---- the source ---- */

static enum error_code parse_source(const char *source, struct s3_config *c, struct error *err)
{
    const char *bucket = strstr(source, "://") + 3;
    c->scheme = str_starts(str_c(source), "gs://")   ? "gs"
                : str_starts(str_c(source), "r2://") ? "r2"
                                                     : "s3";
    size_t n = strcspn(bucket, "/");
    size_t good =
        strspn(bucket, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:");
    if (n == 0 || n > BUCKET_MAX || good < n || bucket[0] == '.') {
        return error_set(err, ERR_USAGE,
                         "source '%s': '%.*s' is no bucket name; use s3://bucket/prefix", source,
                         (int)(n < 64 ? n : 64), bucket);
    }
    c->bucket = arena_strndup(&c->arena, bucket, n);
    /* What stands behind the bucket is the key, byte for byte: "%20" is three bytes of it. */
    const char *prefix = bucket + n + (bucket[n] == '/');
    size_t len = strlen(prefix);
    bool folder = len == 0 || prefix[len - 1] == '/';
    c->prefix = arena_printf(&c->arena, "%s%s", prefix, folder ? "" : "/");
    return OK;
}

/* ---- endpoint, region, addressing ---- */

/* The first that is set wins; `from` says which that was. */
struct choice {
    const char *value, *from;
};

static void choose(struct choice *c, const char *value, const char *from)
{
    if (!c->value && value && value[0]) {
        *c = (struct choice){value, from};
    }
}

static enum error_code resolve_endpoint(const struct store_options *o, const struct aws_profile *p,
                                        struct s3_config *c, struct error *err)
{
    struct choice url = {0};
    bool ignore = aws_is_true(p->ignore_endpoint) ||
                  aws_is_true(aws_env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"));
    choose(&url, o->endpoint_url, "--endpoint-url");
    if (!ignore) {
        choose(&url, aws_env("AWS_ENDPOINT_URL_S3"), "AWS_ENDPOINT_URL_S3");
        choose(&url, aws_env("AWS_ENDPOINT_URL"), "AWS_ENDPOINT_URL");
        choose(&url, p->s3_endpoint, "the profile's services section");
        choose(&url, p->endpoint_url, "the profile's endpoint_url");
    }
    if (strcmp(c->scheme, "gs") == 0) {
        choose(&url, GOOGLE_ENDPOINT, "the scheme gs://");
    } else if (strcmp(c->scheme, "r2") == 0 && !url.value) {
        return error_set(
            err, ERR_USAGE,
            "source r2://%s needs --endpoint-url https://ACCOUNT.r2.cloudflarestorage.com",
            c->bucket);
    }
    c->is_aws = !url.value;
    c->endpoint_from = url.value ? url.from : "the region";
    c->endpoint.https = true;
    c->endpoint.base_path = "";
    c->dualstack =
        aws_is_true(aws_env("AWS_USE_DUALSTACK_ENDPOINT")) ||
        (!aws_env("AWS_USE_DUALSTACK_ENDPOINT") && aws_is_true(p->use_dualstack_endpoint));
    c->fips = aws_is_true(aws_env("AWS_USE_FIPS_ENDPOINT")) ||
              (!aws_env("AWS_USE_FIPS_ENDPOINT") && aws_is_true(p->use_fips_endpoint));
    if (url.value && (c->dualstack || c->fips)) {
        return error_set(err, ERR_USAGE,
                         "%s endpoints are AWS's own; they exclude endpoint %s (%s)",
                         c->fips ? "FIPS" : "dualstack", url.value, url.from);
    }
    return url.value ? url_parse_endpoint(url.value, &c->arena, &c->endpoint, err) : OK;
}

static enum error_code resolve_region(const struct store_options *o, const struct aws_profile *p,
                                      struct s3_config *c, struct error *err)
{
    struct choice region = {0};
    bool is_s3 = strcmp(c->scheme, "s3") == 0;
    choose(&region, o->region, "--region");
    if (!is_s3) { /* a region of AWS means nothing to these */
        choose(&region, "auto", "the scheme");
    }
    choose(&region, aws_env("AWS_REGION"), "AWS_REGION");
    choose(&region, aws_env("AWS_DEFAULT_REGION"), "AWS_DEFAULT_REGION");
    choose(&region, p->region, "the profile");
    choose(&region, "us-east-1", "the default");
    if (c->is_aws && c->fips && strncmp(region.value, "cn-", 3) == 0) {
        return error_set(err, ERR_USAGE, "there are no FIPS endpoints in region %s", region.value);
    }
    if (strcmp(region.value, "aws-global") == 0) {
        region.value = "us-east-1";
    }
    if (!s3_is_region(region.value)) {
        return error_set(err, ERR_USAGE, "'%s' is no region", region.value);
    }
    c->region = arena_strdup(&c->arena, region.value);
    c->region_from = region.from;
    return OK;
}

/* A host label: 3 to 63 of a-z 0-9 '-', no '-' at the ends. Dots would leave the wildcard of the
 * certificate. */
static bool is_host_label(const char *bucket, bool dots)
{
    size_t n = strlen(bucket);
    const char *allowed =
        dots ? "abcdefghijklmnopqrstuvwxyz0123456789-." : "abcdefghijklmnopqrstuvwxyz0123456789-";
    return n >= 3 && n <= 63 && strspn(bucket, allowed) == n && bucket[0] != '-' &&
           bucket[n - 1] != '-' && !strstr(bucket, "..");
}

static enum error_code resolve_addressing(const struct store_options *o,
                                          const struct aws_profile *p, struct s3_config *c,
                                          struct error *err)
{
    struct choice chosen = {0};
    if (o->addressing && strcmp(o->addressing, "auto") != 0) {
        choose(&chosen, o->addressing, "--addressing");
    }
    choose(&chosen, p->addressing_style, "the profile");
    choose(&chosen, "auto", "the default");
    const char *style = chosen.value;
    c->addressing_from = chosen.from;
    bool possible = is_host_label(c->bucket, !c->endpoint.https) && !c->endpoint.is_ip;
    if (strcmp(style, "path") == 0) {
        c->virtual_host = false;
    } else if (strcmp(style, "virtual") == 0) {
        c->virtual_host = true;
        if (!possible) {
            return error_set(
                err, ERR_USAGE,
                "bucket '%s' cannot be addressed as a host here; use --addressing path", c->bucket);
        }
    } else if (strcmp(style, "auto") == 0) {
        c->virtual_host = c->is_aws && possible;
    } else {
        return error_set(err, ERR_USAGE, "addressing '%s' is none of path, virtual, auto", style);
    }
    return OK;
}

static void resolve_ca(const struct aws_profile *p, struct s3_config *c)
{
    const char *file = aws_env("AWS_CA_BUNDLE");
    file = file ? file : p->ca_bundle;
    file = file ? file : aws_env("SSL_CERT_FILE");
    c->ca_file = file ? arena_strdup(&c->arena, file) : NULL;
}

/* ---- all of it ---- */

static enum error_code load_profile(const struct store_options *o, struct aws_profile *p,
                                    struct error *err)
{
    const char *named = o->profile && o->profile[0] ? o->profile : aws_env("AWS_PROFILE");
    named = named ? named : aws_env("AWS_DEFAULT_PROFILE");
    return named ? credentials_load_profile(named, p, err) : aws_profile_load("default", p, err);
}

/* AWS_MAX_ATTEMPTS counts the first one too. The mode `legacy` retries less, `adaptive` is what we
 * do anyway: only the number is taken. */
static enum error_code resolve_attempts(const struct aws_profile *p, struct s3_config *c,
                                        struct error *err)
{
    const char *text = aws_env("AWS_MAX_ATTEMPTS");
    uint64_t n;
    text = text ? text : p->max_attempts;
    c->attempts_max = RETRY_ATTEMPTS_MAX;
    if (text && (!str_to_u64(str_trim(str_c(text)), &n) || n == 0)) {
        return error_set(err, ERR_USAGE, "max_attempts '%s' is no number above 0", text);
    }
    if (text) {
        c->attempts_max = n < RETRY_ATTEMPTS_LIMIT ? (int)n : RETRY_ATTEMPTS_LIMIT;
    }
    return OK;
}

static enum error_code resolve(const struct store_options *o, const struct aws_profile *p,
                               struct s3_config *c, struct error *err)
{
    enum error_code rc = resolve_endpoint(o, p, c, err);
    rc = rc == OK ? resolve_region(o, p, c, err) : rc;
    rc = rc == OK ? resolve_addressing(o, p, c, err) : rc;
    rc = rc == OK ? resolve_attempts(p, c, err) : rc;
    resolve_ca(p, c);
    c->no_verify = o->no_verify_ssl;
    c->request_payer = o->request_payer;
    return rc;
}

enum error_code s3_config_resolve(const char *source, const struct store_options *o,
                                  struct s3_config *out, struct error *err)
{
    struct aws_profile profile;
    *out = (struct s3_config){0};
    arena_init(&out->arena);
    enum error_code rc = parse_source(source, out, err);
    rc = rc == OK ? load_profile(o, &profile, err) : rc;
    if (rc == OK) {
        rc = resolve(o, &profile, out, err);
        aws_profile_free(&profile);
    }
    if (rc != OK) {
        s3_config_free(out);
    }
    return rc;
}

void s3_config_free(struct s3_config *c)
{
    arena_reset(&c->arena);
}

void s3_config_host(const struct s3_config *c, const char *region, struct strbuf *host)
{
    if (c->virtual_host) {
        strbuf_printf(host, "%s.", c->bucket);
    }
    if (c->is_aws) {
        const char *suffix = strncmp(region, "cn-", 3) == 0 ? ".cn" : "";
        strbuf_printf(host, "s3%s%s.%s.amazonaws.com%s", c->fips ? "-fips" : "",
                      c->dualstack ? ".dualstack" : "", region, suffix);
        return;
    }
    strbuf_add_c(host, c->endpoint.host);
    if (c->endpoint.port) {
        strbuf_printf(host, ":%u", c->endpoint.port);
    }
}
