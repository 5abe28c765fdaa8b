/* http.h - an asynchronous HTTP/1.1 engine over libcurl: a few I/O threads, each with its own multi
 * handle.
 *
 * A request is the caller's struct; the engine owns it from http_submit to `done`. It is sent when
 * a place among those in flight is free and `not_before_ns` has passed; just before, `prepare`
 * is called on the I/O thread, so that a request is signed when it is sent, each time it is sent. A
 * failed request is submitted again by its owner, from `done`.
 *
 * What is checked here: that the body fits, that it came whole, that somebody answers in time. What
 * status and headers mean is the caller's. Redirects are never followed, bodies never decompressed,
 * credentials never logged.
 *
 * Threads: http_submit, http_call and http_cancel from any; `prepare` and `done` run on an I/O
 * thread, and must be short.
 */
#ifndef TSI_NET_HTTP_H
#define TSI_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/queue.h"
#include "base/str.h"
#include "net/addresses.h"
#include "net/flow.h"

struct http_engine;

struct http_options {
    int threads;         /* 0: one for four cores, at most 4 */
    int max_in_flight;   /* 0: as many as the server takes, see flow.h */
    const char *ca_file; /* NULL: the system's */
    const char *user_agent;
    bool no_proxy;                /* for loopback: the environment's proxy does not apply */
    unsigned idle_max_s;          /* connections idle for longer are not used again; 0: 30 */
    unsigned connect_ms;          /* 0: 3,100 */
    unsigned stall_s;             /* below 1 KiB/s for so long is a timeout; 0: 15 */
    addresses_resolver *resolver; /* NULL: the system's */
    bool no_verify;               /* certificates are not checked: the user's express wish only */
};

enum http_result {
    HTTP_ANSWERED, /* a whole answer; see status */
    HTTP_CANCELLED,
    HTTP_NO_HOST, /* the name does not resolve */
    HTTP_NO_CONNECTION,
    HTTP_BAD_TLS, /* the certificate, or no TLS at all */
    HTTP_TIMED_OUT,
    HTTP_BROKEN,   /* the connection died */
    HTTP_SHORT,    /* the body ended early */
    HTTP_TOO_LONG, /* body or headers exceed what was allowed */
    HTTP_FAILED,   /* anything else; see reason */
};

#define HTTP_REASON_SIZE 256

struct http_request {
    struct queue_node node; /* the engine's */
    int beside;             /* the engine's: others in flight when it was sent */
    /* Set by the caller, constant from submit to done: */
    bool (*prepare)(struct http_request *q); /* sets method, url, headers; false: give up */
    void (*done)(struct http_request *q);
    bool urgent;            /* ahead of all that is not: a listing feeds the readers */
    uint64_t not_before_ns; /* monotonic; 0 at once */
    bool fresh_connection;  /* after a failure that may be the connection's */
    unsigned first_byte_ms; /* until the status line; 0 for no limit of its own */
    unsigned total_ms;      /* for the whole request; 0 for none (data) */
    uint8_t *dest;          /* bodies of 2xx answers, where not NULL */
    size_t dest_cap;
    size_t text_max; /* other bodies, and all where dest is NULL: at most this */
    /* Set by prepare: */
    const char *method;         /* "GET", "HEAD", "PUT" (without a body) or "POST" (of a form) */
    const char *form;           /* the body of a POST; borrowed until `done` */
    const char *url;            /* sent as it is: nothing is normalised */
    const char *const *headers; /* "Name: value" */
    size_t n_headers;
    /* The answer, for `done`: */
    enum http_result result;
    int status;         /* 0 where none came */
    size_t body_len;    /* bytes in dest */
    struct strbuf text; /* the body that did not go to dest; freed by http_request_reset */
    struct strbuf header_lines;
    uint64_t bytes_received;            /* of any body */
    uint64_t elapsed_ns, first_byte_ns; /* from the start; first_byte_ns 0 where none came */
    char reason[HTTP_REASON_SIZE];      /* where not ANSWERED */
};

MUST_CHECK enum error_code http_open(const struct http_options *o, struct http_engine **out,
                                     struct error *err);
/* Cancels, waits for all `done` calls, joins the threads. Nothing may be submitted any more. */
void http_close(struct http_engine *e);

void http_submit(struct http_engine *e, struct http_request *q);
/* Everything under way and all that is submitted later ends with HTTP_CANCELLED. */
void http_cancel(struct http_engine *e);

/* From `done`: what the answer says of the server's load. Without it the engine learns nothing. */
void http_feedback(struct http_engine *e, const struct http_request *q, enum flow_event event);
/* How many requests may be in flight now, and how many are. */
void http_load(struct http_engine *e, int *limit, int *in_flight);

/* Connections: opened in all, open now, and at most at once. */
struct http_connections {
    unsigned long opened, open, peak;
};
struct http_connections http_connections(const struct http_engine *e);

/* Frees what the answer holds. The engine does so too before it sends the request again. */
void http_request_reset(struct http_request *q);
/* The value of a header of the answer, blanks off; empty where it is absent. */
struct str http_header(const struct http_request *q, const char *name);

/* Run something on an I/O thread. */
struct http_call {
    struct queue_node node;
    void (*run)(struct http_call *c);
};
void http_call(struct http_engine *e, struct http_call *c);

#endif
