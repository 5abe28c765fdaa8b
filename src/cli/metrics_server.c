#include "cli/metrics_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "cli/metrics.h"

/* A scraper or two, and somebody who looks; more than that is no use of it. */
#define CONNECTIONS_MAX 16
/* Seconds after which a silent client is let go. */
#define CLIENT_TIMEOUT 10
/* The text is about 4 KiB. */
#define TEXT_MAX ((size_t)64 << 10)
/* A shorter token could be tried out, and would not be cut out of the log. */
#define TOKEN_MIN 8

struct metrics_server {
    struct MHD_Daemon *daemon;
    char *token; /* NULL: everybody on this machine may ask */
    char url[96];
    pthread_mutex_t lock;
    struct tsi_progress last; /* under the lock */
};

struct listen_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } u;
    bool loopback;
    char host[INET6_ADDRSTRLEN + 2]; /* as it stands in a URL */
};

/* ---- the address ---- */

static bool parse_port(struct str text, in_port_t *port)
{
    uint64_t n;
    if (!str_to_u64(text, &n) || n > UINT16_MAX) {
        return false;
    }
    *port = htons((uint16_t)n);
    return true;
}

static bool parse_host(const char *host, in_port_t port, struct listen_address *out)
{
    *out = (struct listen_address){0};
    if (*host == '\0' || strcmp(host, "localhost") == 0) {
        host = "127.0.0.1";
    }
    if (inet_pton(AF_INET, host, &out->u.v4.sin_addr) == 1) {
        out->u.v4.sin_family = AF_INET;
        out->u.v4.sin_port = port;
        out->loopback = ntohl(out->u.v4.sin_addr.s_addr) >> 24 == 127;
        snprintf(out->host, sizeof out->host, "%s", host);
        return true;
    }
    if (inet_pton(AF_INET6, host, &out->u.v6.sin6_addr) == 1) {
        out->u.v6.sin6_family = AF_INET6;
        out->u.v6.sin6_port = port;
        out->loopback = IN6_IS_ADDR_LOOPBACK(&out->u.v6.sin6_addr);
        snprintf(out->host, sizeof out->host, "[%s]", host);
        return true;
    }
    return false;
}

static bool parse_address(const char *text, struct listen_address *out)
{
    char host[INET6_ADDRSTRLEN] = "";
    in_port_t port;
    const char *colon = strrchr(text, ':');
    const char *number = colon ? colon + 1 : text;
    struct str name = str_n(text, colon ? (size_t)(colon - text) : 0);
    if (name.len >= 2 && name.data[0] == '[' && name.data[name.len - 1] == ']') {
        name = str_n(name.data + 1, name.len - 2);
    }
    if (!parse_port(str_c(number), &port) || name.len >= sizeof host) {
        return false;
    }
    memcpy(host, name.data, name.len);
    return parse_host(host, port, out);
}

/* ---- answers ---- */

/* Takes as long for a wrong token as for the right one. */
static bool same_secret(const char *a, const char *b)
{
    size_t n = strlen(a);
    unsigned char differ = strlen(b) != n;
    for (size_t i = 0; i < n; i++) {
        differ |= (unsigned char)(a[i] ^ (differ ? a[i] : b[i]));
    }
    return differ == 0;
}

static bool may_ask(const struct metrics_server *s, struct MHD_Connection *c)
{
    static const char scheme[] = "Bearer ";
    const char *given = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Authorization");
    return !s->token || (given && strncmp(given, scheme, sizeof scheme - 1) == 0 &&
                         same_secret(s->token, given + sizeof scheme - 1));
}

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, struct str text)
{
    struct MHD_Response *r =
        MHD_create_response_from_buffer(text.len, (void *)text.data, MHD_RESPMEM_MUST_COPY);
    if (!r) {
        return MHD_NO;
    }
    const char *type = status == MHD_HTTP_OK ? "text/plain; version=0.0.4; charset=utf-8"
                                             : "text/plain; charset=utf-8";
    MHD_add_response_header(r, "Content-Type", type);
    MHD_add_response_header(r, "Cache-Control", "no-store");
    if (status == MHD_HTTP_UNAUTHORIZED) {
        MHD_add_response_header(r, "WWW-Authenticate", "Bearer");
    } else if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(r, "Allow", "GET, HEAD");
    }
    enum MHD_Result result = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return result;
}

static enum MHD_Result answer_metrics(struct metrics_server *s, struct MHD_Connection *c)
{
    struct strbuf b;
    pthread_mutex_lock(&s->lock);
    struct tsi_progress now = s->last;
    pthread_mutex_unlock(&s->lock);
    strbuf_init(&b, TEXT_MAX);
    metrics_live_text(&b, &now);
    enum MHD_Result result = answer(c, MHD_HTTP_OK, strbuf_view(&b));
    strbuf_free(&b);
    return result;
}

/* Called by libmicrohttpd once for the head of a request, and again for what follows: a body is
 * never asked for, so the first call answers. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_size, void **state)
{
    struct metrics_server *s = user;
    (void)version;
    (void)body;
    (void)body_size;
    (void)state;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return answer(c, MHD_HTTP_METHOD_NOT_ALLOWED, str_c("only GET and HEAD\n"));
    }
    if (!may_ask(s, c)) {
        return answer(c, MHD_HTTP_UNAUTHORIZED, str_c("a bearer token is needed\n"));
    }
    if (strcmp(url, "/metrics") != 0) {
        return answer(c, MHD_HTTP_NOT_FOUND, str_c("the metrics are at /metrics\n"));
    }
    return answer_metrics(s, c);
}

/* ---- life ---- */

static enum error_code check_token(const struct listen_address *a, const char *text,
                                   const char *token, struct error *err)
{
    if (!a->loopback && !token) {
        return error_set(err, ERR_USAGE,
                         "--metrics-listen %s can be reached from other machines: set "
                         "TS_INDEXER_METRICS_TOKEN, or listen on 127.0.0.1",
                         text);
    }
    if (token && strlen(token) < TOKEN_MIN) {
        return error_set(err, ERR_USAGE, "TS_INDEXER_METRICS_TOKEN is shorter than %d bytes",
                         TOKEN_MIN);
    }
    return OK;
}

static enum error_code listen_on(struct metrics_server *s, const struct listen_address *a,
                                 const char *text, struct error *err)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD;
    flags |= a->u.any.sa_family == AF_INET6 ? MHD_USE_IPv6 : 0;
    errno = 0;
    s->daemon =
        MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, MHD_OPTION_SOCK_ADDR, &a->u.any,
                         MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                         MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CLIENT_TIMEOUT, MHD_OPTION_END);
    if (!s->daemon) {
        return error_set(err, ERR_IO, "--metrics-listen %s: %s", text,
                         errno ? strerror(errno) : "cannot listen there");
    }
    const union MHD_DaemonInfo *port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
    snprintf(s->url, sizeof s->url, "http://%s:%u/metrics", a->host, port ? port->port : 0U);
    return OK;
}

enum error_code metrics_server_start(const char *address, const char *token,
                                     struct metrics_server **out, struct error *err)
{
    struct listen_address a;
    *out = NULL;
    token = token && *token ? token : NULL;
    if (!parse_address(address, &a)) {
        return error_set(err, ERR_USAGE,
                         "--metrics-listen is '%s', but has to be a port or ADDRESS:PORT, such as "
                         "9464 or 127.0.0.1:9464",
                         address);
    }
    enum error_code code = check_token(&a, address, token, err);
    if (code) {
        return code;
    }
    struct metrics_server *s = mem_zalloc(sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    if (token) {
        log_secret(token);
        s->token = mem_strdup(token);
    }
    code = listen_on(s, &a, address, err);
    if (code) {
        metrics_server_stop(s);
        return code;
    }
    *out = s;
    return OK;
}

const char *metrics_server_url(const struct metrics_server *s)
{
    return s->url;
}

void metrics_server_event(struct metrics_server *s, const struct tsi_progress *event)
{
    pthread_mutex_lock(&s->lock);
    s->last = *event;
    pthread_mutex_unlock(&s->lock);
}

void metrics_server_stop(struct metrics_server *s)
{
    if (!s) {
        return;
    }
    if (s->daemon) {
        MHD_stop_daemon(s->daemon);
    }
    pthread_mutex_destroy(&s->lock);
    if (s->token) {
        mem_wipe(s->token, strlen(s->token));
        mem_free(s->token);
    }
    mem_free(s);
}
