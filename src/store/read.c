/* read.c - the way of a read: plan, wait for the budget, pieces, answer, release. */
#include <stdlib.h>

#include "base/log.h"
#include "store/backend.h"

/* All open stores. A budget has one wake function, may serve several stores, and may release at any
 * time, also while a store is being closed; looking the store up here makes that safe. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct store *registry;

static void run_abandoned(struct task *t);

/* ---- answering ---- */

static void fill_ranges(struct job *j)
{
    static const uint8_t nothing[1];
    struct store_read *r = j->read;
    uint64_t wanted = 0;
    for (size_t i = 0; i < r->n_ranges; i++) {
        struct store_range *range = &r->ranges[i];
        if (range->suffix) {
            bool fetched = j->n_pieces > 0;
            range->offset = fetched ? j->pieces[0].got_offset
                                    : (r->object_size == UINT64_MAX ? 0 : r->object_size);
            range->length = fetched ? j->pieces[0].got_length : 0;
            range->data = fetched ? j->buffer : nothing;
        } else if (range->length == 0) {
            range->data = nothing;
        } else {
            const struct coalesce_span *span = coalesce_find(&j->plan, range->offset);
            range->data = j->buffer + span->at + (range->offset - span->offset);
        }
        wanted += range->length;
    }
    for (size_t i = 0; i < j->n_pieces; i++) {
        if (j->pieces[i].object_size != UINT64_MAX) {
            r->object_size = j->pieces[i].object_size;
        }
    }
    counter_add(&j->store->counters->bytes_wanted, wanted);
}

static void finish(struct job *j)
{
    struct store *s = j->store;
    if (!atomic_load(&j->failed)) {
        fill_ranges(j);
    }
    j->read->done(j->read); /* from here on the read and the job may be gone */
    pthread_mutex_lock(&s->lock);
    s->n_jobs--;
    if (s->n_jobs == 0) {
        pthread_cond_broadcast(&s->idle);
    }
    pthread_mutex_unlock(&s->lock);
}

static void set_failure(struct job *j, const struct error *err)
{
    pthread_mutex_lock(&j->store->lock);
    if (!atomic_load(&j->failed)) {
        j->read->err = *err;
        atomic_store(&j->failed, true);
    }
    pthread_mutex_unlock(&j->store->lock);
}

void piece_done(struct piece *p, const struct error *err)
{
    struct job *j = p->job;
    if (err && err->code != OK) {
        set_failure(j, err);
    }
    if (atomic_fetch_sub(&j->n_left, 1) == 1) {
        finish(j);
    }
}

bool piece_abandoned(const struct piece *p)
{
    return atomic_load(&p->job->failed) || atomic_load(&p->job->store->cancelled);
}

enum error_code store_cancelled(struct error *err, const char *what)
{
    return error_set(err, ERR_CANCELLED, "%s: cancelled", what);
}

static void run_finish(struct task *t)
{
    finish((struct job *)t);
}

static void post_finish(struct job *j)
{
    j->task.run = run_finish;
    j->store->ops->post(j->store, &j->task);
}

static void run_abandoned(struct task *t)
{
    struct job *j = (struct job *)t;
    struct error err;
    char *uri = store_object_uri(j->store, j->read->key, &j->arena);
    (void)store_cancelled(&err, uri);
    set_failure(j, &err);
    finish(j);
}

/* ---- planning ---- */

static enum error_code check_bounds(const struct store_read *r, const char *uri, struct error *err)
{
    for (size_t i = 0; i < r->n_ranges; i++) {
        const struct store_range *range = &r->ranges[i];
        if (range->suffix ? r->n_ranges != 1 : r->object_size == UINT64_MAX && range->length) {
            return error_set(err, ERR_INTERNAL, "read of %s: %s", uri,
                             range->suffix ? "a suffix range must stand alone"
                                           : "of unknown size can only be by suffix");
        }
        if (!range->suffix && range->length &&
            (range->length > r->object_size || range->offset > r->object_size - range->length)) {
            return error_set(err, ERR_TRUNCATED,
                             "read of %s: bytes %llu+%llu lie beyond its end at %llu", uri,
                             (unsigned long long)range->offset, (unsigned long long)range->length,
                             (unsigned long long)r->object_size);
        }
    }
    return OK;
}

static enum error_code plan(struct job *j, struct error *err)
{
    struct store_read *r = j->read;
    const char *uri = store_object_uri(j->store, r->key, &j->arena);
    enum error_code rc = check_bounds(r, uri, err);
    if (rc != OK) {
        return rc;
    }
    if (r->n_ranges == 1 && r->ranges[0].suffix) {
        uint64_t length = r->ranges[0].length;
        length = length < r->object_size ? length : r->object_size;
        j->plan.spans = arena_zalloc(&j->arena, sizeof *j->plan.spans);
        j->plan.spans[0].length = length;
        j->plan.n_spans = length ? 1 : 0;
        j->plan.bytes = length;
        return OK;
    }
    rc = coalesce_ranges(r->ranges, r->n_ranges, r->waste_max, &j->arena, &j->plan, err);
    return rc == OK ? OK : error_add(err, "in a read of %s", uri);
}

static void cut_pieces(struct job *j)
{
    bool suffix = j->read->n_ranges == 1 && j->read->ranges[0].suffix;
    size_t n = 0;
    for (size_t i = 0; i < j->plan.n_spans; i++) {
        n += suffix ? 1 : coalesce_pieces(j->plan.spans[i].length);
    }
    j->pieces = arena_array(&j->arena, n, sizeof *j->pieces);
    for (size_t i = 0; i < j->plan.n_spans; i++) {
        const struct coalesce_span *span = &j->plan.spans[i];
        size_t parts = suffix ? 1 : coalesce_pieces(span->length);
        for (size_t k = 0; k < parts; k++) {
            uint64_t from = coalesce_piece_start(span->length, parts, k);
            uint64_t to = coalesce_piece_start(span->length, parts, k + 1);
            j->pieces[j->n_pieces++] = (struct piece){
                .job = j,
                .offset = span->offset + from,
                .length = to - from,
                .suffix = suffix,
                .dest = j->buffer + span->at + from,
                .object_size = UINT64_MAX,
            };
        }
    }
    atomic_store(&j->n_left, j->n_pieces);
}

/* ---- admission ---- */

static void start(struct job *j)
{
    struct store *s = j->store;
    /* Not mem_alloc: this may be gigabytes, and a read that fails is better than a process that
     * does. */
    j->buffer = malloc(j->plan.bytes);
    if (!j->buffer) {
        struct error err;
        (void)error_set(&err, ERR_MEMORY, "no memory for the %llu bytes of a read of %s%s",
                        (unsigned long long)j->plan.bytes, s->uri, j->read->key);
        set_failure(j, &err);
        post_finish(j);
        return;
    }
    cut_pieces(j);
    /* The last piece may be answered, and the job freed, before start returns. */
    struct piece *pieces = j->pieces;
    for (size_t i = 0, n = j->n_pieces; i < n; i++) {
        s->ops->start(s, &pieces[i]);
    }
}

static struct job *take_admitted(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    struct job *j = s->waiting;
    if (j && (!s->budget || budget_try(s->budget, j->plan.bytes))) {
        j->reserved = j->plan.bytes;
        s->waiting = j->next;
        if (!s->waiting) {
            s->waiting_tail = &s->waiting;
        }
    } else {
        j = NULL;
    }
    pthread_mutex_unlock(&s->lock);
    return j;
}

static void admit(struct store *s)
{
    struct job *j;
    while ((j = take_admitted(s))) {
        start(j);
    }
}

static void wake(void *budget)
{
    pthread_mutex_lock(&registry_lock);
    for (struct store *s = registry; s; s = s->next) {
        if (s->budget == budget) {
            admit(s);
        }
    }
    pthread_mutex_unlock(&registry_lock);
}

void store_register(struct store *s)
{
    pthread_mutex_lock(&registry_lock);
    s->next = registry;
    registry = s;
    pthread_mutex_unlock(&registry_lock);
    if (s->budget) {
        budget_on_release(s->budget, wake, s->budget);
    }
}

void store_unregister(struct store *s)
{
    pthread_mutex_lock(&registry_lock);
    struct store **at = &registry;
    while (*at && *at != s) {
        at = &(*at)->next;
    }
    if (*at) {
        *at = s->next;
    }
    pthread_mutex_unlock(&registry_lock);
}

/* ---- the interface ---- */

static bool enqueue(struct store *s, struct job *j, bool ready)
{
    pthread_mutex_lock(&s->lock);
    s->n_jobs++;
    /* Decided under the lock, so that a cancellation finds the job either in the queue or not at
     * all. */
    bool wait = ready && !atomic_load(&s->cancelled);
    if (wait) {
        *s->waiting_tail = j;
        s->waiting_tail = &j->next;
    }
    pthread_mutex_unlock(&s->lock);
    return wait;
}

void store_submit(struct store *s, struct store_read *r)
{
    struct job *j = mem_zalloc(sizeof *j);
    arena_init(&j->arena);
    j->store = s;
    j->budget = s->budget;
    j->read = r;
    r->internal = j;
    error_reset(&r->err);
    struct error err;
    error_reset(&err);
    enum error_code rc = plan(j, &err);
    bool ready = rc == OK && j->plan.n_spans;
    if (enqueue(s, j, ready)) {
        admit(s);
        return;
    }
    if (rc != OK) {
        set_failure(j, &err);
    }
    if (rc == OK && ready) {
        j->task.run = run_abandoned;
        s->ops->post(s, &j->task);
    } else {
        post_finish(j);
    }
}

void store_read_release(struct store_read *r)
{
    struct job *j = r->internal;
    if (!j) {
        return;
    }
    r->internal = NULL;
    struct budget *budget = j->budget;
    uint64_t reserved = j->reserved;
    free(j->buffer);
    arena_reset(&j->arena);
    mem_free(j);
    if (budget && reserved) {
        budget_release(budget, reserved);
    }
}

void store_fail_waiting(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    struct job *j = s->waiting;
    s->waiting = NULL;
    s->waiting_tail = &s->waiting;
    pthread_mutex_unlock(&s->lock);
    while (j) {
        struct job *next = j->next;
        j->task.run = run_abandoned;
        s->ops->post(s, &j->task);
        j = next;
    }
}

void store_drain(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->n_jobs) {
        pthread_cond_wait(&s->idle, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
}
