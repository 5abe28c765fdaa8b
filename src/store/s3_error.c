/* s3_error.c - what a failed answer means: one place that turns statuses and codes into errors and
 * advice. */
#include <stdio.h>
#include <string.h>

#include "store/s3_request.h"

/* A name that does not resolve will hardly do so by the eighth attempt. */
#define NO_HOST_ATTEMPTS  3
#define TOO_LONG_ATTEMPTS 3

struct meaning {
    const char *code;
    enum error_code means;
};

static const struct meaning meanings[] = {
    {"NoSuchBucket", ERR_NO_BUCKET},
    {"NoSuchKey", ERR_NOT_FOUND},
    {"NoSuchVersion", ERR_NOT_FOUND},
    {"AccessDenied", ERR_PERMISSION},
    {"AllAccessDisabled", ERR_PERMISSION},
    {"AccountProblem", ERR_PERMISSION},
    {"InvalidAccessKeyId", ERR_AUTH},
    {"SignatureDoesNotMatch", ERR_AUTH},
    {"InvalidToken", ERR_AUTH},
    {"ExpiredToken", ERR_AUTH},
    {"ExpiredTokenException", ERR_AUTH},
    {"InvalidSecurity", ERR_AUTH},
    {"TokenRefreshRequired", ERR_AUTH},
    {"RequestTimeTooSkewed", ERR_AUTH},
    {"AuthorizationHeaderMalformed", ERR_AUTH},
    {"PreconditionFailed", ERR_CHANGED},
    {"InvalidObjectState", ERR_UNSUPPORTED},
    {"NotImplemented", ERR_UNSUPPORTED},
};

void s3_request_name(const struct s3_request *r, char *out, size_t size)
{
    const struct s3_config *c = &r->s3->config;
    snprintf(out, size, "%s %s://%s/%s%s", r->verb, c->scheme, c->bucket,
             r->key     ? r->key
             : r->place ? r->place
                        : c->prefix,
             r->detail);
}

static enum error_code meaning_of(int status, const char *code)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (strcmp(code, meanings[i].code) == 0) {
            return meanings[i].means;
        }
    }
    if (strncmp(code, "KMS.", 4) == 0) {
        return ERR_PERMISSION;
    }
    switch (status) {
    case 401:
        return ERR_AUTH;
    case 403:
        return ERR_PERMISSION;
    case 404:
        return ERR_NOT_FOUND;
    case 412:
        return ERR_CHANGED;
    case 501:
        return ERR_UNSUPPORTED;
    default:
        return ERR_HTTP;
    }
}

/* What the user can do about it. */
static void add_advice(const struct s3_request *r, const char *code, struct error *err)
{
    const struct s3_config *c = &r->s3->config;
    const char *id = r->signed_with ? r->signed_with->keys.access_key_id : NULL;
    const char *provider = r->signed_with ? r->signed_with->provider : "";
    size_t n = id ? strlen(id) : 0;
    if (err->code == ERR_AUTH && id) {
        (void)error_add(err, "the key from %s, which ends in ...%s, was refused%s", provider,
                        n > 4 ? id + n - 4 : "",
                        strstr(code, "Expired") ? "; get a new session token" : "");
    } else if (strncmp(code, "KMS.", 4) == 0) {
        (void)error_add(err, "the object is encrypted with a key of its own: the reader needs "
                             "kms:Decrypt for it");
    } else if (err->code == ERR_PERMISSION && id) {
        (void)error_add(err,
                        "signed with the key from %s, which ends in ...%s; public data may need "
                        "--no-sign-request%s",
                        provider, n > 4 ? id + n - 4 : "",
                        c->request_payer ? "" : ", a requester-pays bucket --request-payer");
    } else if ((err->code == ERR_PERMISSION || err->code == ERR_AUTH) && !id) {
        (void)error_add(err, "the request was not signed; set AWS_ACCESS_KEY_ID and "
                             "AWS_SECRET_ACCESS_KEY or AWS_PROFILE");
    } else if (err->code == ERR_NO_BUCKET && !c->is_aws) {
        (void)error_add(err, "at endpoint %s", c->endpoint.host);
    } else if (strcmp(code, "InvalidObjectState") == 0) {
        (void)error_add(err, "the object is archived; restore it first");
    }
}

/* What the service's support asks for: both ids, where the server gave them. */
static void request_ids(const struct http_request *q, const struct s3_xml_error *x, char *out,
                        size_t size)
{
    struct str id = http_header(q, "x-amz-request-id"), host = http_header(q, "x-amz-id-2");
    id = id.len ? id : str_c(x->request_id);
    out[0] = '\0';
    if (id.len) {
        snprintf(out, size, " (request id %.*s%s%.*s)", (int)(id.len < 128 ? id.len : 128), id.data,
                 host.len ? ", host id " : "", (int)(host.len < 128 ? host.len : 128), host.data);
    }
}

enum error_code s3_judge_status(const struct s3_request *r, const struct s3_xml_error *x,
                                struct verdict *v, struct error *err)
{
    const struct http_request *q = &r->http;
    char name[ERROR_TEXT_MAX / 2], id[320];
    s3_request_name(r, name, sizeof name);
    request_ids(q, x, id, sizeof id);
    v->kind = retry_of_status(q->status, x->code);
    enum error_code code =
        v->kind == RETRY_THROTTLED ? ERR_THROTTLED : meaning_of(q->status, x->code);
    (void)error_set(err, code, "%s: HTTP %d%s%s%s%s%s", name, q->status, x->code[0] ? " " : "",
                    x->code, x->message[0] ? ": " : "", x->message, id);
    err->http_status = q->status;
    err->retryable = v->kind != RETRY_NEVER;
    add_advice(r, x->code, err);
    return code;
}

enum error_code s3_judge_transfer(const struct s3_request *r, struct verdict *v, struct error *err)
{
    const struct http_request *q = &r->http;
    const struct s3_config *c = &r->s3->config;
    char name[ERROR_TEXT_MAX / 2];
    struct strbuf host;
    enum error_code code = ERR_NETWORK;
    s3_request_name(r, name, sizeof name);
    strbuf_init(&host, 512);
    s3_config_host(c, r->s3->config.region, &host);
    v->kind = retry_of_result(q->result);
    if (q->result == HTTP_NO_HOST) {
        v->attempts_max = NO_HOST_ATTEMPTS;
    } else if (q->result == HTTP_TIMED_OUT) {
        code = ERR_TIMEOUT;
    } else if (q->result == HTTP_TOO_LONG) {
        code = ERR_PROTOCOL;
        if (q->status == 206) { /* perhaps the answer to another request */
            *v = (struct verdict){RETRY_TRANSIENT, TOO_LONG_ATTEMPTS};
        }
    }
    (void)error_set(err, code, "%s: %s (endpoint %s://%s)", name, q->reason,
                    c->endpoint.https ? "https" : "http", host.data ? host.data : "");
    if (q->result == HTTP_BAD_TLS) {
        (void)error_add(err, "a store with a certificate authority of its own needs AWS_CA_BUNDLE");
    }
    err->http_status = q->status;
    err->retryable = v->kind != RETRY_NEVER;
    strbuf_free(&host);
    return code;
}
