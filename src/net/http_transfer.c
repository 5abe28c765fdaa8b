/* http_transfer.c - one request as a curl easy handle: options, callbacks, verdict. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "net/http_internal.h"

/* All header lines of one answer: S3 sends under 1 KiB, a proxy a few more. */
#define HEADERS_MAX ((size_t)128 << 10)
#define BUFFER_SIZE ((long)256 << 10) /* fewer, longer reads from the socket than curl's 16 KiB */
#define KEEPALIVE_S 30L
/* Names of stores answer with few addresses that change within minutes. */
#define DNS_CACHE_S 30L
#define STALL_BYTES 1024L

/* ---- the answer, as it comes in ---- */

static bool begin_answer(struct transfer *t, const char *line, size_t n)
{
    struct http_request *q = t->request;
    const char *blank = memchr(line, ' ', n);
    strbuf_clear(&q->header_lines); /* an interim answer (100) came before */
    q->status = 0;
    if (blank && line + n - blank > 3) {
        uint64_t status;
        q->status = str_to_u64(str_n(blank + 1, 3), &status) ? (int)status : 0;
    }
    q->first_byte_ns = t->answered ? q->first_byte_ns : clock_monotonic_ns() - t->started_ns;
    t->answered = true;
    return q->status >= 100;
}

static bool wants_body(const struct http_request *q)
{
    return q->dest && q->status >= 200 && q->status < 300;
}

/* A server that ignores Range would send gigabytes: its Content-Length tells before the first byte
 * does. */
static bool body_fits(struct http_request *q)
{
    uint64_t length;
    return !wants_body(q) || !str_to_u64(http_header(q, "content-length"), &length) ||
           length <= q->dest_cap;
}

static size_t on_header(char *data, size_t size, size_t n, void *user)
{
    struct transfer *t = user;
    struct http_request *q = t->request;
    n *= size;
    if (n >= 5 && memcmp(data, "HTTP/", 5) == 0 && !begin_answer(t, data, n)) {
        return 0;
    }
    strbuf_add(&q->header_lines, data, n);
    bool end = n <= 2;
    t->too_long = q->header_lines.overflow || (end && !body_fits(q));
    return t->too_long ? 0 : n;
}

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
    struct transfer *t = user;
    struct http_request *q = t->request;
    n *= size;
    q->bytes_received += n;
    if (wants_body(q)) {
        if (n > q->dest_cap - q->body_len) {
            t->too_long = true;
            return 0;
        }
        memcpy(q->dest + q->body_len, data, n);
        q->body_len += n;
        return n;
    }
    strbuf_add(&q->text, data, n);
    if (q->text.overflow) {
        t->too_long = true;
        return 0;
    }
    return n;
}

/* ---- connections, counted ---- */

static int on_open(void *user, curl_socket_t fd, curlsocktype purpose)
{
    struct http_engine *e = user;
    (void)fd;
    (void)purpose;
    unsigned long open = atomic_fetch_add(&e->connections_open, 1) + 1;
    unsigned long peak = atomic_load(&e->connections_peak);
    atomic_fetch_add(&e->connections_opened, 1);
    while (open > peak && !atomic_compare_exchange_weak(&e->connections_peak, &peak, open)) {
    }
    return CURL_SOCKOPT_OK;
}

/* Curl remembers it with the connection, which may end under another transfer. */
static int on_close(void *user, curl_socket_t fd)
{
    struct http_engine *e = user;
    atomic_fetch_sub(&e->connections_open, 1);
    return close(fd);
}

/* ---- options ---- */

static void set_callbacks(struct transfer *t, struct http_engine *e)
{
    CURL *c = t->easy;
    curl_easy_setopt(c, CURLOPT_PRIVATE, t);
    curl_easy_setopt(c, CURLOPT_ERRORBUFFER, t->fault);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(c, CURLOPT_SOCKOPTFUNCTION, on_open);
    curl_easy_setopt(c, CURLOPT_SOCKOPTDATA, e);
    curl_easy_setopt(c, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(c, CURLOPT_CLOSESOCKETDATA, e);
}

static void set_protocol(CURL *c, const struct http_engine *e)
{
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION,
                     0L); /* the token would be sent along, the signature be wrong */
    curl_easy_setopt(c, CURLOPT_PATH_AS_IS, 1L); /* "a/../b" is a legal key */
    curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(c, CURLOPT_BUFFERSIZE, BUFFER_SIZE);
    curl_easy_setopt(c, CURLOPT_USERAGENT, e->user_agent);
    if (e->options.no_proxy) {
        curl_easy_setopt(c, CURLOPT_PROXY, "");
    }
}

static void set_tls(CURL *c, const struct http_engine *e)
{
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, e->options.no_verify ? 0L : 1L);
    curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, e->options.no_verify ? 0L : 2L);
    curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    /* With a CA directory set, and distributions compile one in, curl reads all certificates again
     * for each connection: 15 ms each instead of 1. */
    curl_easy_setopt(c, CURLOPT_CAPATH, NULL);
    if (e->ca_file) {
        curl_easy_setopt(c, CURLOPT_CAINFO, e->ca_file);
    }
}

static void set_times(CURL *c, const struct http_engine *e, const struct http_request *q)
{
    const struct http_options *o = &e->options;
    curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_ms);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES);
    curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)o->stall_s);
    curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)q->total_ms);
    curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, (long)o->idle_max_s);
    curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, DNS_CACHE_S);
    curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(c, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S);
    curl_easy_setopt(c, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S);
}

static bool set_headers(struct transfer *t)
{
    const struct http_request *q = t->request;
    /* Nothing that was not asked for: some gateways rewrite what they do not know, and break the
     * signature. */
    t->headers = curl_slist_append(NULL, "Accept:");
    for (size_t i = 0; t->headers && i < q->n_headers; i++) {
        struct curl_slist *longer = curl_slist_append(t->headers, q->headers[i]);
        if (!longer || strpbrk(q->headers[i], "\r\n")) {
            return false;
        }
        t->headers = longer;
    }
    return t->headers && curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK;
}

static void set_method(CURL *c, const struct http_request *q)
{
    curl_easy_setopt(c, CURLOPT_NOBODY, strcmp(q->method, "HEAD") == 0 ? 1L : 0L);
    if (strcmp(q->method, "POST") == 0 || strcmp(q->method, "PUT") == 0) {
        const char *form = q->form ? q->form : "";
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)strlen(form));
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, form); /* not copied: it may hold a token */
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, q->method);
    }
}

/* ---- where to connect ---- */

/* Host and port of a URL; false for an address in brackets, which needs no answer. */
static bool split_url(const char *url, char *host, size_t size, unsigned *port)
{
    const char *at = strstr(url, "://");
    *port = strncmp(url, "https:", 6) == 0 ? 443 : 80;
    size_t n = at ? strcspn(at + 3, ":/?") : 0;
    if (n == 0 || n >= size || at[3] == '[') {
        return false;
    }
    memcpy(host, at + 3, n);
    host[n] = '\0';
    uint64_t given;
    const char *colon = at + 3 + n;
    if (*colon == ':' && str_to_u64(str_n(colon + 1, strcspn(colon + 1, "/?")), &given)) {
        *port = (unsigned)given;
    }
    return true;
}

/* Name, certificate and signature stay those of the URL; only the connection goes elsewhere. */
static void set_address(struct transfer *t, const struct io_thread *io)
{
    char text[sizeof t->host + ADDRESS_SIZE + 32];
    struct addresses *a = io->engine->addresses;
    unsigned port;
    t->address[0] = '\0';
    if (!a || !split_url(t->request->url, t->host, sizeof t->host, &port)) {
        t->host[0] = '\0';
        return;
    }
    if (addresses_pick(a, t->host, t->started_ns, t->address)) {
        bool v6 = strchr(t->address, ':') != NULL;
        snprintf(text, sizeof text, "%s:%u:%s%s%s:%u", t->host, port, v6 ? "[" : "", t->address,
                 v6 ? "]" : "", port);
        t->connect_to = curl_slist_append(NULL, text);
        curl_easy_setopt(t->easy, CURLOPT_CONNECT_TO, t->connect_to);
    }
}

void transfer_learn(struct transfer *t, struct io_thread *io)
{
    const char *address = NULL;
    if (!t->host[0]) {
        return;
    }
    if (t->address[0] && t->request->result == HTTP_NO_CONNECTION) {
        addresses_failed(io->engine->addresses, t->host, t->address);
    } else if (!t->address[0] && t->request->result == HTTP_ANSWERED &&
               curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address) {
        addresses_saw(io->engine->addresses, t->host, address);
    }
}

bool transfer_prepare(struct transfer *t, struct io_thread *io)
{
    struct http_request *q = t->request;
    CURL *c = t->easy;
    t->answered = t->too_long = false;
    t->fault[0] = '\0';
    t->started_ns = clock_monotonic_ns();
    strbuf_init(&q->header_lines, HEADERS_MAX);
    strbuf_init(&q->text, q->text_max);
    curl_easy_reset(c); /* keeps connections and sessions */
    set_callbacks(t, io->engine);
    set_protocol(c, io->engine);
    set_tls(c, io->engine);
    set_times(c, io->engine, q);
    curl_easy_setopt(c, CURLOPT_SHARE, io->share);
    curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, q->fresh_connection ? 1L : 0L);
    set_method(c, q);
    set_address(t, io);
    return set_headers(t) && curl_easy_setopt(c, CURLOPT_URL, q->url) == CURLE_OK;
}

struct transfer *transfer_new(void)
{
    struct transfer *t = mem_zalloc(sizeof *t);
    t->easy = curl_easy_init();
    if (!t->easy) {
        mem_free(t);
        return NULL;
    }
    return t;
}

void transfer_free(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    mem_free(t);
}

/* ---- the verdict ---- */

static enum http_result result_of(const struct transfer *t, CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return HTTP_ANSWERED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return HTTP_NO_HOST;
    case CURLE_COULDNT_CONNECT:
        return HTTP_NO_CONNECTION;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTP_TIMED_OUT;
    case CURLE_PARTIAL_FILE:
        return HTTP_SHORT;
    case CURLE_SSL_CONNECT_ERROR:
        /* A server without TLS will not learn it by the next attempt. */
        return strstr(t->fault, "wrong version number") ? HTTP_BAD_TLS : HTTP_BROKEN;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
        return HTTP_BAD_TLS;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP3:
        return HTTP_BROKEN;
    default:
        return t->too_long ? HTTP_TOO_LONG : HTTP_FAILED;
    }
}

void transfer_conclude(struct transfer *t, CURLcode code)
{
    struct http_request *q = t->request;
    q->result = result_of(t, code);
    if (q->result == HTTP_TOO_LONG && !wants_body(q) && q->status >= 300 &&
        !q->header_lines.overflow) {
        q->result =
            HTTP_ANSWERED; /* an error page longer than anyone reads: the status tells enough */
    }
    q->reason[0] = '\0';
    if (q->result != HTTP_ANSWERED) {
        const char *text = t->fault[0] ? t->fault : curl_easy_strerror(code);
        snprintf(q->reason, sizeof q->reason, "%s",
                 q->result == HTTP_TOO_LONG ? "the answer is longer than what was asked for"
                                            : text);
    }
}
