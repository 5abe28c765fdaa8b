/* credentials_container.c - the endpoint that ECS and EKS give their containers.
 *
 * The full URI comes from the environment, yet only these may be asked: https, loopback, and the
 * link-local addresses of ECS and EKS; otherwise a variable would send the authorization token
 * anywhere. */
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "format/url.h"
#include "store/credentials_provider.h"

#define ECS_ENDPOINT "http://169.254.170.2"
#define TIMEOUT_MS   2000
#define ATTEMPTS     3

static bool is_configured(const struct credential_context *c, const struct aws_profile *p)
{
    (void)c;
    (void)p;
    return aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
           aws_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
}

static bool is_allowed_v4(const struct sockaddr_in *a)
{
    uint32_t ip = ntohl(a->sin_addr.s_addr);
    return ip >> 24 == 127 || ip == 0xA9FEAA02 /* 169.254.170.2 */ ||
           ip == 0xA9FEAA17 /* 169.254.170.23 */;
}

static bool is_allowed_v6(const struct sockaddr_in6 *a)
{
    static const unsigned char eks[16] = {0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0,
                                          0,    0, 0,    0,    0, 0, 0, 0x23}; /* fd00:ec2::23 */
    return IN6_IS_ADDR_LOOPBACK(&a->sin6_addr) || memcmp(&a->sin6_addr, eks, sizeof eks) == 0;
}

/* Every address that the name stands for, not the name. */
static bool is_allowed_host(const char *host, struct arena *a)
{
    struct addrinfo *list = NULL, hints = {.ai_socktype = SOCK_STREAM};
    size_t n = strlen(host);
    const char *name = host[0] == '[' ? arena_strndup(a, host + 1, n - 2) : host;
    if (getaddrinfo(name, NULL, &hints, &list) != 0) {
        return false;
    }
    bool allowed = list != NULL;
    for (const struct addrinfo *i = list; i; i = i->ai_next) {
        const void *address = i->ai_addr;
        allowed &= i->ai_family == AF_INET    ? is_allowed_v4(address)
                   : i->ai_family == AF_INET6 ? is_allowed_v6(address)
                                              : false;
    }
    freeaddrinfo(list);
    return allowed;
}

static enum error_code find_url(struct arena *a, const char **url, struct error *err)
{
    const char *relative = aws_env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    struct url_endpoint e;
    if (relative) {
        if (relative[0] != '/') {
            return error_set(err, ERR_NO_CREDENTIALS,
                             "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with '/'");
        }
        *url = arena_printf(a, "%s%s", ECS_ENDPOINT, relative);
        return OK;
    }
    *url = aws_env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    /* A query is legal here and not in an endpoint: only what stands before it is looked at. */
    enum error_code rc = url_parse_endpoint(arena_strndup(a, *url, strcspn(*url, "?")), a, &e, err);
    if (rc != OK) {
        return error_add(err, "in AWS_CONTAINER_CREDENTIALS_FULL_URI");
    }
    if (!e.https && !is_allowed_host(e.host, a)) {
        return error_set(err, ERR_NO_CREDENTIALS,
                         "AWS_CONTAINER_CREDENTIALS_FULL_URI: host '%s' is neither loopback nor an "
                         "endpoint of ECS or EKS, and the scheme is not https",
                         e.host);
    }
    return OK;
}

/* The file before the variable; both may be absent. */
static enum error_code find_token(char **token, struct error *err)
{
    const char *file = aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    const char *text = aws_env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    *token = NULL;
    if (file) {
        enum error_code rc = credentials_read_file(file, token, err);
        if (rc != OK) {
            return rc;
        }
    } else if (text) {
        *token = mem_strdup(text);
    }
    if (*token && strpbrk(*token, "\r\n")) {
        credentials_wipe(*token);
        return error_set(err, ERR_NO_CREDENTIALS,
                         "the container's authorization token holds a line break");
    }
    return OK;
}

static enum error_code ask(struct credential_context *c, const char *url, const char *token,
                           struct access_keys *out, struct error *err)
{
    struct http_fetch f;
    struct strbuf header;
    struct credential_request q = {.method = "GET",
                                   .url = url,
                                   .connect_ms = TIMEOUT_MS,
                                   .total_ms = TIMEOUT_MS,
                                   .attempts = ATTEMPTS,
                                   .local = url && strncmp(url, "http://", 7) == 0};
    strbuf_init(&header, CREDENTIALS_JSON_MAX);
    if (token) {
        strbuf_printf(&header, "Authorization: %s", token);
        q.headers[q.n_headers++] = header.data;
    }
    enum error_code rc = credentials_http(c, &q, &f, err);
    if (rc == OK) {
        struct str body = strbuf_view(&f.request.text);
        rc = f.request.status == 200
                 ? credentials_json_parse(body.data, body.len, CREDENTIALS_OF_ENDPOINT, out, err)
                 : credentials_refusal(&f, "the container's endpoint", err);
        mem_wipe((char *)body.data, f.request.text.data ? body.len : 0);
        http_request_reset(&f.request);
    }
    mem_wipe(header.data, header.data ? header.len : 0);
    strbuf_free(&header);
    return rc == OK ? OK : error_add(err, "while asking the container's credential endpoint");
}

static enum error_code fetch(struct credential_context *c, const struct aws_profile *p,
                             struct access_keys *out, struct error *err)
{
    struct arena a;
    const char *url = NULL;
    char *token = NULL;
    (void)p;
    arena_init(&a);
    enum error_code rc = find_url(&a, &url, err);
    rc = rc == OK ? find_token(&token, err) : rc;
    if (rc == OK) {
        rc = ask(c, url, token, out, err);
        credentials_wipe(token);
    }
    arena_reset(&a);
    return rc;
}

const struct credential_provider credentials_container = {
    .name = "container", .is_configured = is_configured, .fetch = fetch};
