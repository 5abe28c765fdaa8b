/* credentials_sso.c - keys of a role from single sign-on, with the token that `aws sso login` has
 * cached. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "format/url.h"
#include "net/sha1.h"
#include "store/credentials_provider.h"
#include "store/s3_config.h"

#define CONNECT_MS 3100
#define TOTAL_MS   30000
#define ATTEMPTS   3

struct sso {
    const char *cache_name; /* what the cache file is named after */
    const char *region;
};

static bool is_configured(const struct credential_context *c, const struct aws_profile *p)
{
    (void)c;
    return (p->sso_session || p->sso_start_url) && p->sso_account_id;
}

static enum error_code check_equal(const struct aws_profile *p, const char *key, const char *own,
                                   const char *session, struct error *err)
{
    return own && session && strcmp(own, session) != 0
               ? error_set(err, ERR_NO_CREDENTIALS,
                           "profile '%s': %s differs from that of sso-session '%s'", p->name, key,
                           p->sso_session)
               : OK;
}

static enum error_code resolve(const struct aws_profile *p, struct sso *out, struct error *err)
{
    enum error_code rc = OK;
    if (p->sso_session && !p->session_found) {
        return error_set(err, ERR_NO_CREDENTIALS, "profile '%s': there is no [sso-session %s]",
                         p->name, p->sso_session);
    }
    if (p->sso_session) {
        rc = check_equal(p, "sso_region", p->sso_region, p->session_region, err);
        rc = rc ? rc : check_equal(p, "sso_start_url", p->sso_start_url, p->session_start_url, err);
    }
    out->cache_name = p->sso_session ? p->sso_session : p->sso_start_url;
    out->region = p->session_region ? p->session_region : p->sso_region;
    if (rc == OK && (!out->region || !s3_is_region(out->region) || !p->sso_role_name)) {
        rc = error_set(err, ERR_NO_CREDENTIALS,
                       "profile '%s' needs sso_region, sso_account_id and sso_role_name", p->name);
    }
    return rc;
}

static enum error_code say_login(const struct aws_profile *p, const char *what, struct error *err)
{
    return error_set(err, ERR_NO_CREDENTIALS, "%s; run: aws sso login --profile %s", what, p->name);
}

static enum error_code load_token(const struct aws_profile *p, const struct sso *sso,
                                  struct sso_token *token, struct error *err)
{
    char name[SHA1_HEX_SIZE + 32], hex[SHA1_HEX_SIZE];
    char *text = NULL;
    const char *cache_name = sso->cache_name ? sso->cache_name : "";
    sha1_hex(cache_name, strlen(cache_name), hex);
    snprintf(name, sizeof name, ".aws/sso/cache/%s.json", hex);
    char *path = aws_path(NULL, name);
    enum error_code rc = credentials_read_file(path, &text, err);
    mem_free(path);
    if (rc != OK) {
        return say_login(p, "nobody has signed on", err);
    }
    rc = sso_token_parse(text, strlen(text), token, err);
    credentials_wipe(text);
    if (rc == OK && token->expires_us <= clock_wall_us()) {
        sso_token_free(token);
        rc = say_login(p, "the sign-on has expired", err);
    }
    return rc;
}

static enum error_code ask(struct credential_context *c, const struct aws_profile *p,
                           const struct sso *sso, const char *token, struct access_keys *out,
                           struct error *err)
{
    struct strbuf url, header;
    struct http_fetch f;
    const char *base = aws_env("AWS_ENDPOINT_URL_SSO");
    base = base ? base : p->sso_endpoint;
    strbuf_init(&url, 4096);
    strbuf_init(&header, CREDENTIALS_JSON_MAX);
    if (base) {
        strbuf_add_c(&url, base);
    } else {
        const char *region = sso->region ? sso->region : "";
        strbuf_printf(&url, "https://portal.sso.%s.amazonaws.com%s", region,
                      strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
    }
    strbuf_add_c(&url, "/federation/credentials?account_id=");
    url_encode(&url, str_c(p->sso_account_id), false);
    strbuf_add_c(&url, "&role_name=");
    url_encode(&url, str_c(p->sso_role_name), false);
    strbuf_printf(&header, "x-amz-sso_bearer_token: %s", token);
    struct credential_request q = {.method = "GET",
                                   .url = url.data,
                                   .headers = {header.data},
                                   .n_headers = 1,
                                   .connect_ms = CONNECT_MS,
                                   .total_ms = TOTAL_MS,
                                   .attempts = ATTEMPTS,
                                   .local = str_starts(str_c(base), "http://127.0.0.1")};
    enum error_code rc = credentials_http(c, &q, &f, err);
    if (rc == OK && f.request.status == 401) {
        rc = say_login(p, "the sign-on was refused", err);
    } else if (rc == OK && f.request.status != 200) {
        rc = credentials_refusal(&f, "single sign-on", err);
    } else if (rc == OK) {
        struct str body = strbuf_view(&f.request.text);
        rc = credentials_json_parse(body.data, body.len, CREDENTIALS_OF_SSO, out, err);
    }
    if (f.request.text.data) {
        mem_wipe(f.request.text.data, f.request.text.len);
    }
    http_request_reset(&f.request);
    mem_wipe(header.data, header.len);
    strbuf_free(&header);
    strbuf_free(&url);
    return rc;
}

static enum error_code fetch(struct credential_context *c, const struct aws_profile *p,
                             struct access_keys *out, struct error *err)
{
    struct sso sso = {0};
    struct sso_token token = {0};
    enum error_code rc = resolve(p, &sso, err);
    rc = rc == OK ? load_token(p, &sso, &token, err) : rc;
    if (rc == OK) {
        log_secret(token.access_token);
        rc = ask(c, p, &sso, token.access_token, out, err);
        sso_token_free(&token);
    }
    return rc;
}

const struct credential_provider credentials_sso = {
    .name = "single sign-on", .is_configured = is_configured, .fetch = fetch};
