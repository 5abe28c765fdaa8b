/* credentials_instance.c - the role of an EC2 instance, from its metadata service (version 2: a
 * token first).
 *
 * Last in the chain and short of patience: on a machine that is no instance nobody answers, and a
 * run must not hang for minutes to learn it. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "format/url.h"
#include "store/credentials_provider.h"

#define ENDPOINT_V4  "http://169.254.169.254"
#define ENDPOINT_V6  "http://[fd00:ec2::254]"
#define TIMEOUT_MS   1000
#define TIMEOUT_MAX  60
#define ATTEMPTS_MAX 10
#define ROLES_PATH   "/latest/meta-data/iam/security-credentials/"
#define TOKEN_SIZE   1024
#define ROLE_SIZE    256

static bool is_configured(const struct credential_context *c, const struct aws_profile *p)
{
    (void)c;
    (void)p;
    return !aws_is_true(aws_env("AWS_EC2_METADATA_DISABLED"));
}

static const char *endpoint(void)
{
    const char *given = aws_env("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *mode = aws_env("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    bool v6 = mode && str_eq_nocase(str_c(mode), str_c("ipv6"));
    return given ? given : v6 ? ENDPOINT_V6 : ENDPOINT_V4;
}

static unsigned number(const char *variable, unsigned otherwise, unsigned max)
{
    uint64_t n;
    const char *text = aws_env(variable);
    return text && str_to_u64(str_c(text), &n) && n > 0 && n <= max ? (unsigned)n : otherwise;
}

static enum error_code request(struct credential_context *c, const char *method, const char *path,
                               const char *header, struct http_fetch *f, struct error *err)
{
    struct strbuf url;
    unsigned ms = 1000 * number("AWS_METADATA_SERVICE_TIMEOUT", TIMEOUT_MS / 1000, TIMEOUT_MAX);
    const char *base = endpoint();
    size_t n = strlen(base);
    strbuf_init(&url, 2048);
    strbuf_add(&url, base, n - (n && base[n - 1] == '/'));
    strbuf_add_c(&url, path);
    struct credential_request q = {
        .method = method,
        .url = url.data,
        .headers = {header},
        .n_headers = 1,
        .connect_ms = ms,
        .total_ms = ms,
        .attempts = (int)number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", 1, ATTEMPTS_MAX),
        .local = true};
    enum error_code rc = credentials_http(c, &q, f, err);
    strbuf_free(&url);
    if (rc == OK && f->request.status != 200) {
        rc = credentials_refusal(f, "the instance's metadata service", err);
        /* Other clouds have their own service at that address, and an instance may have no role: no
         * keys for us is silence too. */
        if (f->request.status == 404 || strcmp(method, "PUT") == 0) {
            err->code = rc = ERR_NETWORK;
        }
        http_request_reset(&f->request);
    }
    return rc;
}

/* A whole, short, clean answer of one word; what it held is wiped. */
static bool take_word(struct http_fetch *f, char *out, size_t size)
{
    struct str s = strbuf_view(&f->request.text);
    const char *line = memchr(s.data, '\n', s.len); /* several roles: the first */
    s = str_trim(line ? str_n(s.data, (size_t)(line - s.data)) : s);
    bool good = s.len > 0 && s.len < size;
    if (good) {
        memcpy(out, s.data, s.len);
        out[s.len] = '\0';
        good = access_keys_is_clean(out);
    }
    if (f->request.text.data) {
        mem_wipe(f->request.text.data, f->request.text.len);
    }
    http_request_reset(&f->request);
    return good;
}

static enum error_code with_token(struct credential_context *c, const char *header,
                                  struct access_keys *out, struct error *err)
{
    struct http_fetch f;
    char role[ROLE_SIZE];
    enum error_code rc = request(c, "GET", ROLES_PATH, header, &f, err);
    if (rc != OK) {
        return rc;
    }
    if (!take_word(&f, role, sizeof role)) {
        return error_set(err, ERR_NETWORK, "the instance has no role");
    }
    struct strbuf path;
    strbuf_init(&path, 2048);
    strbuf_add_c(&path, ROLES_PATH);
    url_encode(&path, str_c(role), true);
    rc = request(c, "GET", path.data, header, &f, err);
    strbuf_free(&path);
    if (rc == OK) {
        struct str body = strbuf_view(&f.request.text);
        rc = credentials_json_parse(body.data, body.len, CREDENTIALS_OF_ENDPOINT, out, err);
        mem_wipe((char *)body.data, f.request.text.data ? body.len : 0);
        http_request_reset(&f.request);
    }
    return rc;
}

static enum error_code fetch(struct credential_context *c, const struct aws_profile *p,
                             struct access_keys *out, struct error *err)
{
    struct http_fetch f;
    char token[TOKEN_SIZE], header[TOKEN_SIZE + 64];
    (void)p;
    enum error_code rc = request(c, "PUT", "/latest/api/token",
                                 "x-aws-ec2-metadata-token-ttl-seconds: 21600", &f, err);
    if (rc == OK && !take_word(&f, token, sizeof token)) {
        rc = error_set(err, ERR_NETWORK, "the instance's metadata service gives no token");
    }
    if (rc == OK) {
        snprintf(header, sizeof header, "x-aws-ec2-metadata-token: %s", token);
        rc = with_token(c, header, out, err);
        mem_wipe(token, sizeof token);
        mem_wipe(header, sizeof header);
    }
    return rc == OK ? OK : error_add(err, "while asking the instance's metadata service");
}

const struct credential_provider credentials_instance = {
    .name = "instance", .may_be_silent = true, .is_configured = is_configured, .fetch = fetch};
