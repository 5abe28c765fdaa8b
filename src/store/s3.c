/* s3.c - S3 as a store: open, close, and the threads' side of it. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "store/s3_request.h"

/* AWS closes idle connections after about 5 s; others keep them for minutes. */
#define IDLE_AWS_S   4
#define IDLE_OTHER_S 30

/* Until the first byte of an answer: ordinary is 0.2 s, a cold object a few seconds. */
#define FIRST_BYTE_MS 10000

struct posted {
    struct http_call call; /* first */
    struct task *task;
};

static void run_posted(struct http_call *c)
{
    struct posted *p = (struct posted *)c;
    struct task *t = p->task;
    mem_free(p);
    t->run(t);
}

static void s3_post(struct store *s, struct task *t)
{
    struct s3 *s3 = s->backend;
    struct posted *p = mem_alloc(sizeof *p);
    p->call.run = run_posted;
    p->task = t;
    http_call(s3->engine, &p->call);
}

static void s3_cancel(struct store *s)
{
    struct s3 *s3 = s->backend;
    http_cancel(s3->engine);
    credentials_cancel(s3->credentials);
}

static void s3_close(struct store *s)
{
    struct s3 *s3 = s->backend;
    credentials_stop(s3->credentials); /* whoever waits for it submits to the engine */
    int limit, in_flight;
    http_load(s3->engine, &limit, &in_flight);
    struct http_connections connections = http_connections(s3->engine);
    http_close(s3->engine);
    s3_stats_log(&s3->stats, &connections, s->uri);
    log_debug("store", "%s: %d requests in flight were allowed at the end", s->uri, limit);
    credentials_close(s3->credentials);
    s3_config_free(&s3->config);
    secret_free(s3->signing_key);
    pthread_mutex_destroy(&s3->lock);
    mem_free(s3);
}

static int s3_in_flight_max(struct store *s)
{
    int limit, in_flight;
    http_load(((struct s3 *)s->backend)->engine, &limit, &in_flight);
    return limit;
}

static const struct store_ops s3_ops = {
    .start = s3_start_piece,
    .post = s3_post,
    .cancel = s3_cancel,
    .close = s3_close,
    .list_open = s3_list_open,
    .in_flight_max = s3_in_flight_max,
    .describe = s3_describe,
    .remark = s3_remark,
};

static char *canonical_uri(const struct s3_config *c)
{
    struct strbuf b;
    strbuf_init(&b, SIZE_MAX / 2);
    strbuf_printf(&b, "%s://%s/%s", c->scheme, c->bucket, c->prefix);
    return b.data;
}

static void warn_about(const struct s3_config *c, const struct store_options *o)
{
    if (!c->endpoint.https && !o->no_sign_request && !url_is_loopback(c->endpoint.host)) {
        log_warn("store", "requests to %s are signed, but not encrypted", c->endpoint.host);
    }
    if (c->endpoint.https && c->no_verify) {
        log_warn("store", "certificates are not checked: anybody on the way can read and change "
                          "what is transferred");
    }
}

static enum error_code open_credentials(struct s3 *s3, const struct store_options *o,
                                        struct error *err)
{
    struct credential_options options = {.profile = o->profile,
                                         .region = s3->config.region,
                                         .ca_file = s3->config.ca_file,
                                         .anonymous = o->no_sign_request,
                                         .no_verify = s3->config.no_verify};
    return credentials_open(&options, &s3->credentials, err);
}

static enum error_code open_engine(struct s3 *s3, const struct store_options *o, struct error *err)
{
    const struct s3_config *c = &s3->config;
    struct http_options options = {
        .threads = o->io_threads,
        .max_in_flight = o->max_in_flight,
        .ca_file = c->ca_file,
        .no_verify = c->no_verify,
        .no_proxy = !c->is_aws && url_is_loopback(c->endpoint.host),
        .idle_max_s = c->is_aws ? IDLE_AWS_S : IDLE_OTHER_S,
    };
    return http_open(&options, &s3->engine, err);
}

enum error_code s3_open(struct store *s, const char *source, const struct store_options *o,
                        struct error *err)
{
    struct s3 *s3 = mem_zalloc(sizeof *s3);
    enum error_code rc = s3_config_resolve(source, o, &s3->config, err);
    if (rc != OK) {
        mem_free(s3);
        return rc;
    }
    rc = open_credentials(s3, o, err);
    rc = rc == OK ? open_engine(s3, o, err) : rc;
    if (rc != OK) {
        credentials_close(s3->credentials);
        s3_config_free(&s3->config);
        mem_free(s3);
        return rc;
    }
    pthread_mutex_init(&s3->lock, NULL);
    retry_quota_init(&s3->quota);
    s3->signing_key = secret_alloc(SIGV4_KEY_SIZE);
    snprintf(s3->region, sizeof s3->region, "%s", s3->config.region);
    s3->first_byte_ms = o->first_byte_ms ? o->first_byte_ms : FIRST_BYTE_MS;
    s3->store = s;
    s->ops = &s3_ops;
    s->backend = s3;
    s->uri = canonical_uri(&s3->config);
    warn_about(&s3->config, o);
    return OK;
}
