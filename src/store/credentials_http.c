/* credentials_http.c - the chain's own requests: few, small, waited for, on an engine that lives as
 * long as they do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "format/s3_xml.h"
#include "net/retry.h"
#include "store/credentials_provider.h"

#define BACKOFF_NS ((uint64_t)200 * 1000 * 1000) /* doubled with each attempt */
#define STALL_S    5

static bool publish_engine(struct credential_context *c, struct http_engine *e)
{
    pthread_mutex_lock(&c->lock);
    c->engine = e;
    bool cancelled = atomic_load(&c->cancelled);
    pthread_mutex_unlock(&c->lock);
    return !cancelled;
}

static void one_attempt(struct http_engine *e, const struct credential_request *q,
                        struct http_fetch *out)
{
    *out = (struct http_fetch){.method = q->method,
                               .url = q->url,
                               .form = q->form,
                               .headers = q->headers,
                               .n_headers = q->n_headers,
                               .total_ms = q->total_ms,
                               .text_max = CREDENTIALS_JSON_MAX};
    http_fetch(e, out);
}

/* The status is looked at before the body is: an error page is no JSON with a key missing. */
static bool may_pass(const struct http_fetch *f)
{
    struct s3_xml_error x = {0};
    if (f->request.result != HTTP_ANSWERED) {
        return retry_of_result(f->request.result) != RETRY_NEVER;
    }
    if (f->request.status >= 400 && f->request.text.data) {
        (void)s3_xml_parse_error(f->request.text.data, f->request.text.len, &x);
    }
    return retry_of_status(f->request.status, x.code) != RETRY_NEVER;
}

static void attempts(struct credential_context *c, struct http_engine *e,
                     const struct credential_request *q, struct http_fetch *out)
{
    for (int i = 0;; i++) {
        one_attempt(e, q, out);
        if (i + 1 >= q->attempts || !may_pass(out) || atomic_load(&c->cancelled)) {
            return;
        }
        http_request_reset(&out->request);
        clock_sleep_ns(BACKOFF_NS << i);
    }
}

/* Scheme and host: a path may name an account, a query a role. */
static int origin_length(const char *url)
{
    const char *host = strstr(url, "://");
    return host ? (int)(host + 3 - url + (ptrdiff_t)strcspn(host + 3, "/?")) : (int)strlen(url);
}

enum error_code credentials_http(struct credential_context *c, const struct credential_request *q,
                                 struct http_fetch *out, struct error *err)
{
    struct http_options o = {.threads = 1,
                             .max_in_flight = 1,
                             .ca_file = c->ca_file,
                             .no_verify = c->no_verify,
                             .no_proxy = q->local,
                             .connect_ms = q->connect_ms,
                             .stall_s = STALL_S};
    struct http_engine *e;
    *out = (struct http_fetch){0};
    enum error_code rc = http_open(&o, &e, err);
    if (rc != OK) {
        return rc;
    }
    if (publish_engine(c, e)) {
        attempts(c, e, q, out);
    } else {
        out->request.result = HTTP_CANCELLED;
    }
    (void)publish_engine(c, NULL);
    http_close(e);
    if (out->request.result == HTTP_ANSWERED) {
        return OK;
    }
    bool cancelled = out->request.result == HTTP_CANCELLED;
    rc = error_set(err,
                   cancelled                               ? ERR_CANCELLED
                   : out->request.result == HTTP_TIMED_OUT ? ERR_TIMEOUT
                                                           : ERR_NETWORK,
                   "%.*s: %s", origin_length(q->url), q->url,
                   cancelled ? "cancelled" : out->request.reason);
    http_request_reset(&out->request);
    return rc;
}

enum error_code credentials_refusal(const struct http_fetch *f, const char *who, struct error *err)
{
    struct s3_xml_error x = {0};
    const struct strbuf *body = &f->request.text;
    bool known = body->data && s3_xml_parse_error(body->data, body->len, &x);
    return error_set(err, ERR_NO_CREDENTIALS, "%s answers HTTP %d%s%s%s%s", who, f->request.status,
                     known ? " " : "", x.code, x.message[0] ? ": " : "", x.message);
}
