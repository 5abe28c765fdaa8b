/* s3_sign.c - from what is asked to URL and headers, signed with what is known at this moment. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/s3_request.h"

/* A key of 1,024 bytes is three times that when encoded; a continuation token is opaque, and
 * longer. */
#define URL_MAX   ((size_t)128 << 10)
#define TOKEN_MAX ((size_t)64 << 10)

static void add_path(const struct s3_request *r, struct strbuf *path)
{
    const struct s3_config *c = &r->s3->config;
    strbuf_add_c(path, c->endpoint.base_path);
    strbuf_add_char(path, '/');
    if (!c->virtual_host) {
        url_encode(path, str_c(c->bucket), false);
        strbuf_add(path, "/", r->key != NULL);
    }
    if (r->key) {
        url_encode(path, str_c(r->key), true);
    }
}

static void add_header(struct s3_request *r, const char *name, const char *value)
{
    r->headers[r->http.n_headers++] = arena_printf(&r->attempt, "%s: %s", name, value);
}

/* The signing key of the day and region: computed once, then shared by all requests. */
static void signing_key_locked(struct s3 *s, const struct credentials *c,
                               const struct sigv4_scope *scope, uint8_t out[SIGV4_KEY_SIZE])
{
    if (strncmp(s->key_day, scope->timestamp, 8) != 0 ||
        strcmp(s->key_region, scope->region) != 0 || s->key_generation != c->generation) {
        s->key_generation = c->generation;
        memcpy(s->key_day, scope->timestamp, 8);
        snprintf(s->key_region, sizeof s->key_region, "%s", scope->region);
        sigv4_signing_key(c->keys.secret_access_key, scope, s->signing_key);
    }
    memcpy(out, s->signing_key, SIGV4_KEY_SIZE);
}

static void sign(struct s3_request *r, const char *host, const char *path, const char *region,
                 const char timestamp[SIGV4_TIME_SIZE])
{
    struct s3 *s = r->s3;
    const struct access_keys *c = &r->signed_with->keys;
    struct sigv4_header headers[5] = {
        {"host", str_c(host)},
        {"x-amz-content-sha256", str_c(SIGV4_EMPTY_HASH)},
        {"x-amz-date", str_c(timestamp)},
    };
    size_t n = 3; /* sorted by name */
    if (s->config.request_payer) {
        headers[n++] = (struct sigv4_header){"x-amz-request-payer", str_c("requester")};
    }
    if (c->session_token) {
        headers[n++] = (struct sigv4_header){"x-amz-security-token", str_c(c->session_token)};
    }
    struct sigv4_scope scope = {timestamp, region, "s3"};
    struct sigv4_request q = {r->http.method, path, r->query, headers, n, SIGV4_EMPTY_HASH};
    uint8_t key[SIGV4_KEY_SIZE];
    pthread_mutex_lock(&s->lock);
    signing_key_locked(s, r->signed_with, &scope, key);
    pthread_mutex_unlock(&s->lock);
    struct strbuf value;
    strbuf_init(&value, TOKEN_MAX);
    sigv4_authorization(key, c->access_key_id, &scope, &q, &value);
    add_header(r, "x-amz-content-sha256", SIGV4_EMPTY_HASH);
    add_header(r, "x-amz-date", timestamp);
    if (c->session_token) {
        add_header(r, "x-amz-security-token", c->session_token);
    }
    add_header(r, "Authorization", value.data);
    strbuf_free(&value);
    mem_wipe(key, sizeof key);
}

static void add_conditions(struct s3_request *r)
{
    if (r->range[0]) {
        add_header(r, "Range", r->range);
    }
    if (r->if_match && r->if_match[0]) {
        bool weak = strncmp(r->if_match, "W/", 2) == 0; /* has its quotes still */
        add_header(r, "If-Match",
                   weak ? r->if_match : arena_printf(&r->attempt, "\"%s\"", r->if_match));
    }
}

/* A snapshot for this attempt: the three parts of it always belong together. */
static bool take_credentials(struct s3_request *r)
{
    credentials_release(r->signed_with);
    r->signed_with = credentials_take(r->s3->credentials, &r->refusal);
    r->unsignable = !r->signed_with;
    return !r->unsignable;
}

bool s3_prepare(struct http_request *q)
{
    struct s3_request *r = (struct s3_request *)q;
    struct s3 *s = r->s3;
    char region[sizeof s->region], timestamp[SIGV4_TIME_SIZE];
    if (atomic_load(&s->store->cancelled) || (r->abandoned && r->abandoned(r))) {
        return false;
    }
    if (!take_credentials(r)) {
        return false;
    }
    pthread_mutex_lock(&s->lock);
    memcpy(region, s->region, sizeof region);
    r->region_changes = s->region_changes;
    int64_t skew_us = s->skew_us;
    pthread_mutex_unlock(&s->lock);

    struct strbuf host, path;
    strbuf_init(&host, URL_MAX);
    strbuf_init(&path, URL_MAX);
    arena_reset(&r->attempt);
    q->n_headers = 0;
    q->headers = r->headers;
    q->method = "GET";
    s3_config_host(&s->config, region, &host);
    add_path(r, &path);
    q->url = arena_printf(&r->attempt, "%s://%s%s%s%s", s->config.endpoint.https ? "https" : "http",
                          host.data, path.data, r->query[0] ? "?" : "", r->query);
    if (s->config.request_payer) {
        add_header(r, "x-amz-request-payer", "requester");
    }
    if (r->signed_with->keys.access_key_id) {
        sigv4_timestamp(clock_wall_us() + skew_us, timestamp);
        sign(r, host.data, path.data, region, timestamp);
    }
    add_conditions(r);
    bool fits = !host.overflow && !path.overflow;
    strbuf_free(&host);
    strbuf_free(&path);
    if (fits) {
        counter_add(r->counter, 1);
    }
    return fits;
}
