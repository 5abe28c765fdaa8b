/* credentials_sts.c - AssumeRole and AssumeRoleWithWebIdentity of the Security Token Service.
 *
 * Spec: AWS STS API reference, version 2011-06-15; a POST of a form, an answer in XML. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "format/sts_xml.h"
#include "format/url.h"
#include "net/sigv4.h"
#include "store/credentials_provider.h"
#include "store/s3_config.h"

#define CONNECT_MS 3100
#define TOTAL_MS   30000
#define ATTEMPTS   3
#define FORM_MAX   ((size_t)128 << 10) /* a web identity token is a few kilobytes */
#define FORM_TYPE  "application/x-www-form-urlencoded; charset=utf-8"

/* The endpoint as the AWS tools find it: the service's variable, the common one, the profile's
 * services, the region's own. */
static enum error_code find_endpoint(const struct credential_context *c,
                                     const struct aws_profile *p, struct arena *a, const char **url,
                                     struct url_endpoint *endpoint, struct error *err)
{
    const char *region = p->region ? p->region : c->region;
    bool ignore = aws_is_true(p->ignore_endpoint) ||
                  aws_is_true(aws_env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"));
    const char *given = ignore ? NULL : aws_env("AWS_ENDPOINT_URL_STS");
    given = given || ignore ? given : aws_env("AWS_ENDPOINT_URL");
    given = given || ignore ? given : p->sts_endpoint;
    if (!s3_is_region(region)) {
        return error_set(err, ERR_USAGE, "'%s' is no region", region);
    }
    *url = given ? arena_strdup(a, given)
                 : arena_printf(a, "https://sts.%s.amazonaws.com%s", region,
                                strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
    return url_parse_endpoint(*url, a, endpoint, err);
}

static void add_pair(struct strbuf *form, const char *name, const char *value)
{
    if (value) {
        strbuf_printf(form, "%s%s=", form->len ? "&" : "", name);
        url_encode(form, str_c(value), false);
    }
}

static void make_form(const struct sts_request *q, struct strbuf *form)
{
    char session[64];
    snprintf(session, sizeof session, "ts-indexer-%ld", (long)getpid());
    strbuf_init(form, FORM_MAX);
    add_pair(form, "Action", q->source ? "AssumeRole" : "AssumeRoleWithWebIdentity");
    add_pair(form, "Version", "2011-06-15");
    add_pair(form, "RoleArn", q->role_arn);
    add_pair(form, "RoleSessionName", q->session_name ? q->session_name : session);
    add_pair(form, "ExternalId", q->external_id);
    add_pair(form, "DurationSeconds", q->duration);
    add_pair(form, "WebIdentityToken", q->web_identity_token);
}

static const char *host_of(const struct url_endpoint *e, struct arena *a)
{
    return e->port ? arena_printf(a, "%s:%u", e->host, e->port) : e->host;
}

static void sign(const struct sts_request *q, const struct url_endpoint *e, const char *region,
                 const char *form, struct arena *a, struct credential_request *r)
{
    const struct access_keys *k = q->source;
    char timestamp[SIGV4_TIME_SIZE], hash[SIGV4_HEX_SIZE];
    uint8_t key[SIGV4_KEY_SIZE];
    sigv4_timestamp(clock_wall_us(), timestamp);
    sigv4_hash_hex(form, strlen(form), hash);
    struct sigv4_header headers[] = {{"content-type", str_c(FORM_TYPE)},
                                     {"host", str_c(host_of(e, a))},
                                     {"x-amz-date", str_c(timestamp)},
                                     {"x-amz-security-token", str_c(k->session_token)}};
    struct sigv4_scope scope = {timestamp, region, "sts"};
    const char *path = arena_printf(a, "%s/", e->base_path);
    struct sigv4_request to_sign = {"POST", path, "", headers, k->session_token ? 4 : 3, hash};
    struct strbuf value;
    strbuf_init(&value, FORM_MAX);
    sigv4_signing_key(k->secret_access_key, &scope, key);
    sigv4_authorization(key, k->access_key_id, &scope, &to_sign, &value);
    mem_wipe(key, sizeof key);
    r->headers[r->n_headers++] = arena_printf(a, "x-amz-date: %s", timestamp);
    r->headers[r->n_headers++] = arena_printf(a, "Authorization: %s", value.data);
    if (k->session_token) {
        r->headers[r->n_headers++] = arena_printf(a, "x-amz-security-token: %s", k->session_token);
    }
    strbuf_free(&value);
}

static enum error_code ask(struct credential_context *c, const struct credential_request *r,
                           const struct sts_request *q, struct access_keys *out, struct error *err)
{
    struct http_fetch f;
    enum error_code rc = credentials_http(c, r, &f, err);
    if (rc != OK) {
        return error_add(err, "while assuming role %s", q->role_arn);
    }
    const struct strbuf *body = &f.request.text;
    if (f.request.status == 200) {
        rc = sts_xml_parse(body->data ? body->data : "", body->len, out, err);
    } else {
        rc = credentials_refusal(&f, "the token service", err);
    }
    if (body->data) {
        mem_wipe(body->data, body->len);
    }
    http_request_reset(&f.request);
    return rc == OK ? OK : error_add(err, "while assuming role %s", q->role_arn);
}

enum error_code sts_assume(struct credential_context *c, const struct aws_profile *p,
                           const struct sts_request *q, struct access_keys *out, struct error *err)
{
    struct arena a;
    struct url_endpoint endpoint = {0};
    const char *url = NULL;
    struct strbuf form;
    struct credential_request r = {
        .method = "POST", .connect_ms = CONNECT_MS, .total_ms = TOTAL_MS, .attempts = ATTEMPTS};
    arena_init(&a);
    enum error_code rc = find_endpoint(c, p, &a, &url, &endpoint, err);
    if (rc == OK && !endpoint.https && !url_is_loopback(endpoint.host)) {
        /* What goes there are keys or a token that stands for them. */
        rc = error_set(err, ERR_NO_CREDENTIALS, "the token service must be asked by https, not %s",
                       url);
    }
    if (rc == OK) {
        make_form(q, &form);
        r.url = arena_printf(&a, "%s://%s%s/", endpoint.https ? "https" : "http",
                             host_of(&endpoint, &a), endpoint.base_path);
        r.form = form.data;
        r.local = url_is_loopback(endpoint.host);
        r.headers[r.n_headers++] = "Content-Type: " FORM_TYPE;
        if (q->source) {
            sign(q, &endpoint, p->region ? p->region : c->region, form.data, &a, &r);
        }
        rc = form.overflow
                 ? error_set(err, ERR_NO_CREDENTIALS, "the web identity token is too long")
                 : ask(c, &r, q, out, err);
        mem_wipe(form.data, form.len);
        strbuf_free(&form);
    }
    arena_reset(&a);
    return rc;
}
