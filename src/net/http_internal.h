/* http_internal.h - the parts of the engine: http.c (queues, open, close), http_thread.c (the
 * loop), http_transfer.c (one curl transfer). */
#ifndef TSI_NET_HTTP_INTERNAL_H
#define TSI_NET_HTTP_INTERNAL_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "net/http.h"

/* One request on the wire. Belongs to its thread. */
struct transfer {
    CURL *easy;
    struct http_request *request;
    struct curl_slist *headers, *connect_to;
    char host[256];             /* of the URL; "" where its connection is curl's affair */
    char address[ADDRESS_SIZE]; /* picked for it; "": curl's choice */
    uint64_t started_ns;
    bool answered; /* the status line came: the first-byte timer is off */
    bool too_long;
    size_t slot; /* in the thread's list of transfers */
    char fault[CURL_ERROR_SIZE];
    struct transfer *next_free;
};

struct io_thread {
    struct http_engine *engine;
    pthread_t thread;
    CURLM *multi;
    CURLSH *share;             /* TLS sessions, among the easy handles of this thread */
    struct queue calls, inbox; /* from other threads */
    atomic_int load;           /* requests handed to this thread and not done */
    /* The thread's own: */
    struct transfer **active;
    size_t n_active, active_cap;
    struct http_request **delayed; /* waiting for not_before_ns */
    size_t n_delayed, delayed_cap;
    struct transfer *free;
};

struct waiting {
    struct queue_node *head, **tail;
};

struct http_engine {
    /* Set at open: */
    struct http_options options;
    char *ca_file, *user_agent;
    struct addresses *addresses; /* NULL: behind a proxy, which asks for names itself */
    struct io_thread *threads;
    size_t n_threads;
    atomic_bool cancelled, closing;
    atomic_ulong connections_opened, connections_open, connections_peak;
    atomic_size_t n_owned; /* requests and calls accepted, their callback not yet returned */
    /* Under the lock: */
    pthread_mutex_t lock;
    struct waiting waiting, urgent; /* for a place */
    int n_in_flight;
    struct flow flow;
};

/* http.c: a request that may go out now takes a place among those in flight, or waits for one. */
void http_dispatch(struct http_engine *e, struct http_request *q);
/* A request is through: its place goes to the next that waits. */
void http_leave_place(struct http_engine *e);
/* Sends what waits and may go now. When to call again: UINT64_MAX where an answer will. */
uint64_t http_release(struct http_engine *e, uint64_t now_ns);

/* http_thread.c */
void *http_thread_run(void *io_thread);

/* http_transfer.c */
struct transfer *transfer_new(void);
void transfer_free(struct transfer *t);
/* Sets every option for the request; false where curl refuses. */
bool transfer_prepare(struct transfer *t, struct io_thread *io);
/* What the end of it says of the address it went to. */
void transfer_learn(struct transfer *t, struct io_thread *io);
/* From curl's verdict to the request's `result` and `reason`. */
void transfer_conclude(struct transfer *t, CURLcode code);

#endif
