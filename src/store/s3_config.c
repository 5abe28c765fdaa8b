#include "store/s3_config.h"

#include <string.h>

#include "base/log.h"
#include "store/aws_profile.h"

#define BUCKET_MAX 255 /* AWS allows 63; old buckets and other stores more */

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

/* ---- credentials ---- */

static char *copy(const char *s)
{
    return s ? mem_strdup(s) : NULL;
}

static bool is_clean(const char *s)
{
    for (; s && *s; s++) {
        if ((unsigned char)*s <= ' ' || *s == 0x7F) {
            return false;
        }
    }
    return true;
}

static enum error_code take_credentials(struct s3_config *c, const char *id, const char *secret,
                                        const char *token, const char *provider, struct error *err)
{
    c->credentials = (struct s3_credentials){copy(id), copy(secret), copy(token), provider};
    if (!id || !secret) {
        return error_set(err, ERR_NO_CREDENTIALS, "%s: %s without %s", provider,
                         id ? "an access key id" : "a secret access key",
                         id ? "its secret access key" : "its access key id");
    }
    /* They go into headers: a line feed in one would end it. */
    if (!is_clean(id) || !is_clean(secret) || !is_clean(token)) {
        return error_set(err, ERR_NO_CREDENTIALS,
                         "%s: the credentials hold blanks or control characters", provider);
    }
    log_secret(secret);
    log_secret(token);
    return OK;
}

static enum error_code from_environment(struct s3_config *c, struct error *err)
{
    const char *token = aws_env("AWS_SESSION_TOKEN");
    token = token ? token : aws_env("AWS_SECURITY_TOKEN");
    return take_credentials(c, aws_env("AWS_ACCESS_KEY_ID"), aws_env("AWS_SECRET_ACCESS_KEY"),
                            token, "environment", err);
}

/* Sources that are configured and that we cannot use must not end in an anonymous request and a
 * puzzling 403. */
static enum error_code other_sources(const struct aws_profile *p, struct error *err)
{
    static const char *const variables[] = {"AWS_WEB_IDENTITY_TOKEN_FILE",
                                            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                            "AWS_CONTAINER_CREDENTIALS_FULL_URI"};
    static const char advice[] = "credentials of this kind are not supported; "
                                 "export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
                                 "(and AWS_SESSION_TOKEN), or use --no-sign-request";
    if (p->other_source) {
        return error_set(err, ERR_NO_CREDENTIALS, "profile '%s' uses %s: %s", p->name,
                         p->other_source, advice);
    }
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        if (aws_env(variables[i])) {
            return error_set(err, ERR_NO_CREDENTIALS, "%s is set: %s", variables[i], advice);
        }
    }
    return OK;
}

static enum error_code resolve_credentials(const struct store_options *o,
                                           const struct aws_profile *p, struct s3_config *c,
                                           struct error *err)
{
    if (o->no_sign_request) {
        return OK;
    }
    if (!o->profile && (aws_env("AWS_ACCESS_KEY_ID") || aws_env("AWS_SECRET_ACCESS_KEY"))) {
        return from_environment(c, err);
    }
    if (p->access_key_id || p->secret_access_key) {
        return take_credentials(c, p->access_key_id, p->secret_access_key, p->session_token,
                                arena_printf(&c->arena, "profile '%s'", p->name), err);
    }
    return other_sources(p, err);
}

/* ---- endpoint, region, addressing ---- */

static bool is_true(const char *variable)
{
    const char *value = aws_env(variable);
    return value && str_eq_nocase(str_c(value), str_c("true"));
}

static enum error_code resolve_endpoint(const struct store_options *o, const struct aws_profile *p,
                                        struct s3_config *c, struct error *err)
{
    const char *url = o->endpoint_url && o->endpoint_url[0] ? o->endpoint_url : NULL;
    bool ignore = p->ignore_endpoint || is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if (!url && !ignore) {
        url = aws_env("AWS_ENDPOINT_URL_S3");
        url = url ? url : aws_env("AWS_ENDPOINT_URL");
        url = url ? url : p->endpoint_url;
    }
    c->is_aws = !url;
    c->endpoint.https = true;
    c->endpoint.base_path = "";
    return url ? url_parse_endpoint(url, &c->arena, &c->endpoint, err) : OK;
}

static enum error_code resolve_region(const struct store_options *o, const struct aws_profile *p,
                                      struct s3_config *c, struct error *err)
{
    const char *region = o->region && o->region[0] ? o->region : aws_env("AWS_REGION");
    region = region ? region : aws_env("AWS_DEFAULT_REGION");
    region = region ? region : p->region;
    region = region ? region : "us-east-1";
    if (strcmp(region, "aws-global") == 0) {
        region = "us-east-1";
    }
    if (!s3_is_region(region)) {
        return error_set(err, ERR_USAGE, "'%s' is no region", region);
    }
    c->region = arena_strdup(&c->arena, region);
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
    const char *style = o->addressing && o->addressing[0] ? o->addressing : p->addressing_style;
    style = style ? style : "auto";
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
    enum error_code rc = aws_profile_load(named ? named : "default", p, err);
    if (rc == OK && named && !p->found) {
        rc = error_set(err, ERR_NO_CREDENTIALS, "profile '%s' is neither in %s nor in %s", named,
                       p->config_path, p->credentials_path);
        aws_profile_free(p);
    }
    return rc;
}

static enum error_code resolve(const struct store_options *o, const struct aws_profile *p,
                               struct s3_config *c, struct error *err)
{
    enum error_code rc = resolve_credentials(o, p, c, err);
    rc = rc == OK ? resolve_endpoint(o, p, c, err) : rc;
    rc = rc == OK ? resolve_region(o, p, c, err) : rc;
    rc = rc == OK ? resolve_addressing(o, p, c, err) : rc;
    resolve_ca(p, c);
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

static void wipe(char *s)
{
    if (s) {
        mem_wipe(s, strlen(s));
        mem_free(s);
    }
}

void s3_config_free(struct s3_config *c)
{
    wipe(c->credentials.access_key_id);
    wipe(c->credentials.secret_access_key);
    wipe(c->credentials.session_token);
    c->credentials = (struct s3_credentials){0};
    arena_reset(&c->arena);
}

void s3_config_host(const struct s3_config *c, const char *region, struct strbuf *host)
{
    if (c->virtual_host) {
        strbuf_printf(host, "%s.", c->bucket);
    }
    if (c->is_aws) {
        const char *suffix = strncmp(region, "cn-", 3) == 0 ? ".cn" : "";
        strbuf_printf(host, "s3.%s.amazonaws.com%s", region, suffix);
        return;
    }
    strbuf_add_c(host, c->endpoint.host);
    if (c->endpoint.port) {
        strbuf_printf(host, ":%u", c->endpoint.port);
    }
}
