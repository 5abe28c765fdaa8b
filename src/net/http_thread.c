/* http_thread.c - the loop of an I/O thread: take requests, drive curl, keep deadlines, answer. */
#include <stdio.h>

#include "base/clock.h"
#include "base/memory.h"
#include "net/http_internal.h"

/* Nothing is waited for by the clock alone for longer than a deadline; this is only a safety net.
 */
#define POLL_MAX_MS 1000
#define NS_PER_MS   ((uint64_t)1000000)

static void finish(struct io_thread *io, struct http_request *q, bool had_place)
{
    atomic_fetch_sub(&io->load, 1);
    q->done(q); /* from here on the request is its owner's; what it says of the load comes before
                   the next is sent */
    if (had_place) {
        http_leave_place(io->engine);
    }
    atomic_fetch_sub(&io->engine->n_owned, 1);
}

static void refuse(struct io_thread *io, struct http_request *q, enum http_result result,
                   bool had_place)
{
    q->result = result;
    finish(io, q, had_place);
}

static struct transfer *take_transfer(struct io_thread *io)
{
    struct transfer *t = io->free;
    if (t) {
        io->free = t->next_free;
        return t;
    }
    return transfer_new();
}

static void give_back(struct io_thread *io, struct transfer *t)
{
    curl_slist_free_all(t->headers);
    curl_slist_free_all(t->connect_to);
    t->headers = t->connect_to = NULL;
    t->request = NULL;
    t->next_free = io->free;
    io->free = t;
}

static void begin(struct io_thread *io, struct http_request *q)
{
    if (atomic_load(&io->engine->cancelled) || !q->prepare(q)) {
        refuse(io, q, HTTP_CANCELLED, true);
        return;
    }
    struct transfer *t = take_transfer(io);
    if (!t) {
        refuse(io, q, HTTP_FAILED, true);
        return;
    }
    t->request = q;
    if (!transfer_prepare(t, io) || curl_multi_add_handle(io->multi, t->easy) != CURLM_OK) {
        give_back(io, t);
        snprintf(q->reason, sizeof q->reason, "the request cannot be made");
        refuse(io, q, HTTP_FAILED, true);
        return;
    }
    io->active = mem_grow(io->active, io->n_active, &io->active_cap, sizeof(void *));
    t->slot = io->n_active;
    io->active[io->n_active++] = t;
}

static void end(struct io_thread *io, struct transfer *t)
{
    struct http_request *q = t->request;
    q->elapsed_ns = clock_monotonic_ns() - t->started_ns;
    curl_multi_remove_handle(io->multi, t->easy);
    io->active[t->slot] = io->active[--io->n_active];
    io->active[t->slot]->slot = t->slot;
    give_back(io, t);
    finish(io, q, true);
}

/* Taken off before its end: curl closes the connection. */
static void abort_transfer(struct io_thread *io, struct transfer *t, enum http_result result,
                           const char *reason)
{
    struct http_request *q = t->request;
    q->result = result;
    snprintf(q->reason, sizeof q->reason, "%s", reason);
    end(io, t);
}

static void take_inbox(struct io_thread *io)
{
    struct queue_node *node;
    while ((node = queue_try_pop(&io->calls))) {
        struct http_call *c = (struct http_call *)node;
        c->run(c);
        atomic_fetch_sub(&io->engine->n_owned, 1);
    }
    while ((node = queue_try_pop(&io->inbox))) {
        struct http_request *q = (struct http_request *)node;
        if (q->not_before_ns == 0) {
            begin(io, q);
            continue;
        }
        io->delayed = mem_grow(io->delayed, io->n_delayed, &io->delayed_cap, sizeof(void *));
        io->delayed[io->n_delayed++] = q;
    }
}

static void run_timers(struct io_thread *io, uint64_t now)
{
    bool cancelled = atomic_load(&io->engine->cancelled);
    for (size_t i = 0; i < io->n_delayed;) {
        struct http_request *q = io->delayed[i];
        if (!cancelled && q->not_before_ns > now) {
            i++;
            continue;
        }
        io->delayed[i] = io->delayed[--io->n_delayed];
        if (cancelled) {
            refuse(io, q, HTTP_CANCELLED, false);
        } else {
            q->not_before_ns = 0;
            atomic_fetch_sub(&io->load, 1);
            http_dispatch(io->engine, q);
        }
    }
}

static uint64_t first_byte_deadline(const struct transfer *t)
{
    uint64_t limit = t->request->first_byte_ms;
    return limit && !t->answered ? t->started_ns + limit * NS_PER_MS : UINT64_MAX;
}

static void check_deadlines(struct io_thread *io, uint64_t now)
{
    bool cancelled = atomic_load(&io->engine->cancelled);
    /* From the end: `end` moves the last transfer into the gap. */
    for (size_t i = io->n_active; i-- > 0;) {
        struct transfer *t = io->active[i];
        if (cancelled) {
            abort_transfer(io, t, HTTP_CANCELLED, "cancelled");
        } else if (now >= first_byte_deadline(t)) {
            abort_transfer(io, t, HTTP_TIMED_OUT, "no answer in time");
        }
    }
}

static void take_results(struct io_thread *io)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(io->multi, &left))) {
        if (m->msg == CURLMSG_DONE) {
            struct transfer *t = NULL;
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
            transfer_conclude(t, m->data.result);
            transfer_learn(t, io);
            end(io, t);
        }
    }
}

/* The first thread keeps the time of the requests that wait for their turn. */
static uint64_t release(struct io_thread *io, uint64_t now)
{
    return io == &io->engine->threads[0] ? http_release(io->engine, now) : UINT64_MAX;
}

static int poll_ms(const struct io_thread *io, uint64_t now, uint64_t at_most)
{
    uint64_t at = now + POLL_MAX_MS * NS_PER_MS;
    at = at_most < at ? at_most : at;
    for (size_t i = 0; i < io->n_delayed; i++) {
        at = io->delayed[i]->not_before_ns < at ? io->delayed[i]->not_before_ns : at;
    }
    for (size_t i = 0; i < io->n_active; i++) {
        uint64_t deadline = first_byte_deadline(io->active[i]);
        at = deadline < at ? deadline : at;
    }
    return at <= now ? 0 : (int)((at - now + NS_PER_MS - 1) / NS_PER_MS);
}

/* A callback may submit again, to any thread: none may leave before all are through. */
static bool is_finished(const struct http_engine *e)
{
    return atomic_load(&e->closing) && atomic_load(&e->n_owned) == 0;
}

void *http_thread_run(void *arg)
{
    struct io_thread *io = arg;
    while (!is_finished(io->engine)) {
        int running;
        take_inbox(io);
        uint64_t now = clock_monotonic_ns();
        run_timers(io, now);
        curl_multi_perform(io->multi, &running);
        take_results(io);
        check_deadlines(io, clock_monotonic_ns());
        /* Another thread may still be finishing what this one waits for at the end: look again
         * soon. */
        now = clock_monotonic_ns();
        uint64_t again = release(io, now);
        int ms = atomic_load(&io->engine->closing) ? 1 : poll_ms(io, now, again);
        curl_multi_poll(io->multi, NULL, 0, ms, NULL);
    }
    return NULL;
}
