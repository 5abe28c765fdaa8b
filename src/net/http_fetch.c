#include "net/http_fetch.h"

#include <pthread.h>
#include <string.h>

struct waiter {
    struct http_fetch *fetch;
    pthread_mutex_t lock;
    pthread_cond_t ready;
    bool answered; /* under the lock */
};

/* The engine knows the request only: the waiter stands beside it. */
struct waited {
    struct http_request request; /* first */
    struct waiter waiter;
};

static bool prepare(struct http_request *q)
{
    const struct http_fetch *f = ((struct waited *)q)->waiter.fetch;
    q->method = f->method;
    q->url = f->url;
    q->form = f->form;
    q->headers = f->headers;
    q->n_headers = f->n_headers;
    return true;
}

static void done(struct http_request *q)
{
    struct waiter *w = &((struct waited *)q)->waiter;
    pthread_mutex_lock(&w->lock);
    w->answered = true;
    pthread_cond_signal(&w->ready);
    pthread_mutex_unlock(&w->lock);
}

void http_fetch(struct http_engine *e, struct http_fetch *f)
{
    struct waited w = {.waiter.fetch = f};
    pthread_mutex_init(&w.waiter.lock, NULL);
    pthread_cond_init(&w.waiter.ready, NULL);
    w.request.prepare = prepare;
    w.request.done = done;
    w.request.total_ms = f->total_ms;
    w.request.text_max = f->text_max;
    http_submit(e, &w.request);
    pthread_mutex_lock(&w.waiter.lock);
    while (!w.waiter.answered) {
        pthread_cond_wait(&w.waiter.ready, &w.waiter.lock);
    }
    pthread_mutex_unlock(&w.waiter.lock);
    pthread_cond_destroy(&w.waiter.ready);
    pthread_mutex_destroy(&w.waiter.lock);
    f->request = w.request; /* nothing in it points to itself */
}
