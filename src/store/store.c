/* store.c - open by URL scheme, and what is the same for every backend. */
#include "store/store.h"

#include <string.h>

#include "base/log.h"
#include "store/backend.h"

static const char *const s3_schemes[] = {"s3://", "s3a://", "s3n://", "gs://", "r2://"};

static bool is_s3(const char *source)
{
    for (size_t i = 0; i < sizeof s3_schemes / sizeof *s3_schemes; i++) {
        if (str_starts(str_c(source), s3_schemes[i])) {
            return true;
        }
    }
    return false;
}

static bool has_scheme(const char *source)
{
    size_t n = strspn(source, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    return n > 0 && strncmp(source + n, "://", 3) == 0;
}

static enum error_code open_backend(struct store *s, const char *source,
                                    const struct store_options *o, struct error *err)
{
    if (is_s3(source)) {
        return s3_open(s, source, o, err);
    }
    if (str_starts(str_c(source), "file://")) {
        const char *path = source + strlen("file://");
        if (path[0] != '/') {
            return error_set(err, ERR_USAGE,
                             "source '%s': a file URL has three slashes, as in file:///data",
                             source);
        }
        return directory_open(s, path, o, err);
    }
    if (has_scheme(source)) {
        return error_set(
            err, ERR_USAGE,
            "source '%s': unknown scheme; use s3://bucket/prefix, file:///path or a path", source);
    }
    if (source[0] == '\0') {
        return error_set(err, ERR_USAGE, "the source is empty; use s3://bucket/prefix or a path");
    }
    return directory_open(s, source, o, err);
}

enum error_code store_open(const char *source, const struct store_options *options,
                           struct store **out, struct error *err)
{
    static const struct store_options no_options;
    static struct counters uncounted;
    const struct store_options *o = options ? options : &no_options;
    struct store *s = mem_zalloc(sizeof *s);
    *out = NULL;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->idle, NULL);
    s->waiting_tail = &s->waiting;
    s->budget = o->budget;
    s->counters = o->counters ? o->counters : &uncounted;
    enum error_code rc = open_backend(s, source ? source : "", o, err);
    if (rc != OK) {
        pthread_cond_destroy(&s->idle);
        pthread_mutex_destroy(&s->lock);
        mem_free(s->uri);
        mem_free(s);
        return rc;
    }
    store_register(s);
    *out = s;
    return OK;
}

void store_cancel(struct store *s)
{
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->cancelled, true);
    pthread_mutex_unlock(&s->lock);
    s->ops->cancel(s);
    store_fail_waiting(s);
}

void store_close(struct store *s)
{
    if (!s) {
        return;
    }
    store_cancel(s);
    store_drain(s);
    store_unregister(s);
    s->ops->close(s);
    pthread_cond_destroy(&s->idle);
    pthread_mutex_destroy(&s->lock);
    mem_free(s->uri);
    mem_free(s);
}

int store_in_flight_max(struct store *s)
{
    return s->ops->in_flight_max ? s->ops->in_flight_max(s) : 0;
}

const char *store_uri(const struct store *s)
{
    return s->uri;
}

char *store_object_uri(const struct store *s, const char *key, struct arena *a)
{
    return arena_printf(a, "%s%s", s->uri, key);
}

/* ---- listing ---- */

enum error_code store_list_open(struct store *s, const char *prefix, struct store_lister **out,
                                struct error *err)
{
    struct store_lister *l = mem_zalloc(sizeof *l);
    l->store = s;
    *out = NULL;
    enum error_code rc = s->ops->list_open(s, prefix ? prefix : "", l, err);
    if (rc != OK) {
        mem_free(l);
        return rc;
    }
    *out = l;
    return OK;
}

enum error_code store_list_next(struct store_lister *l, const struct object **objects, size_t *n,
                                struct error *err)
{
    *objects = NULL;
    *n = 0;
    return l->next(l, objects, n, err);
}

void store_list_close(struct store_lister *l)
{
    if (l) {
        l->close(l);
        mem_free(l);
    }
}

/* ---- a whole object ---- */

struct waiter {
    struct store_read read; /* first: `done` gets its address */
    struct store_range range;
    pthread_mutex_t lock;
    pthread_cond_t ready;
    bool answered; /* under the lock */
};

static void answer_waiter(struct store_read *r)
{
    struct waiter *w = (struct waiter *)r;
    pthread_mutex_lock(&w->lock);
    w->answered = true;
    pthread_cond_signal(&w->ready);
    pthread_mutex_unlock(&w->lock);
}

static void read_and_wait(struct store *s, struct waiter *w)
{
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->ready, NULL);
    w->read.done = answer_waiter;
    store_submit(s, &w->read);
    pthread_mutex_lock(&w->lock);
    while (!w->answered) {
        pthread_cond_wait(&w->ready, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    pthread_cond_destroy(&w->ready);
    pthread_mutex_destroy(&w->lock);
}

enum error_code store_get(struct store *s, const struct object *o, uint64_t max, struct arena *a,
                          struct str *out, struct error *err)
{
    *out = str_n("", 0);
    bool known = o->size != UINT64_MAX;
    if (known && o->size > max) {
        return error_set(err, ERR_LIMIT, "%s%s has %llu bytes; at most %llu are read", s->uri,
                         o->key, (unsigned long long)o->size, (unsigned long long)max);
    }
    /* Where the size is unknown, the last max+1 bytes tell whether it is above the limit. */
    uint64_t length = known ? o->size : max + (max < UINT64_MAX);
    struct waiter w = {.range = {.offset = 0, .length = length, .suffix = !known}};
    w.read = (struct store_read){.key = o->key,
                                 .if_match = o->etag,
                                 .object_size = o->size,
                                 .ranges = &w.range,
                                 .n_ranges = 1};
    read_and_wait(s, &w);
    enum error_code rc = w.read.err.code;
    if (rc != OK) {
        if (err) {
            *err = w.read.err;
        }
    } else if (w.range.length > max) {
        rc = error_set(err, ERR_LIMIT, "%s%s has more than the %llu bytes that are read", s->uri,
                       o->key, (unsigned long long)max);
    } else {
        *out = str_n(arena_strndup(a, w.range.data, w.range.length), w.range.length);
    }
    store_read_release(&w.read);
    return rc;
}
