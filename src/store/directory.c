/* directory.c - a local directory as a store: a few threads that pread. */
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* Enough to keep a local disk's queue filled; more only contend. */
#define THREADS_MIN 2
#define THREADS_MAX 4

void directory_etag(const struct stat *st, char out[DIRECTORY_ETAG_SIZE])
{
    int64_t mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
    snprintf(out, DIRECTORY_ETAG_SIZE, "%" PRId64 "-%" PRIu64 "-%" PRIu64, mtime_ns,
             (uint64_t)st->st_size, (uint64_t)st->st_ino);
}

/* ---- reading ---- */

bool directory_holds(const char *key)
{
    if (key[0] == '/') {
        return false;
    }
    for (const char *at = key; at; at = strchr(at, '/')) {
        at += *at == '/';
        size_t n = strcspn(at, "/");
        if (n == 2 && memcmp(at, "..", 2) == 0) {
            return false;
        }
    }
    return true;
}

static enum error_code open_object(struct directory *d, const char *key, const char *uri, int *fd,
                                   struct error *err)
{
    if (key[0] == '\0' || !directory_holds(key)) {
        return error_set(err, ERR_NOT_FOUND, "read %s: the key leaves the source", uri);
    }
    /* O_NONBLOCK: opening a FIFO must not hang; it means nothing to a regular file. */
    *fd = openat(d->root, key, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return *fd >= 0 ? OK : error_set_errno(err, errno, "read %s", uri);
}

/* The file is the listed one, and one whose bytes can be read at an offset. */
static enum error_code check_object(int fd, const char *if_match, const char *uri, struct stat *st,
                                    struct error *err)
{
    char etag[DIRECTORY_ETAG_SIZE];
    if (fstat(fd, st) != 0) {
        return error_set_errno(err, errno, "read %s", uri);
    }
    if (!S_ISREG(st->st_mode)) {
        return error_set(err, ERR_NOT_FOUND, "read %s: not a regular file", uri);
    }
    directory_etag(st, etag);
    if (if_match && if_match[0] && strcmp(if_match, etag) != 0) {
        return error_set(err, ERR_CHANGED, "read %s: changed since it was listed (%s, now %s)", uri,
                         if_match, etag);
    }
    return OK;
}

static enum error_code read_fully(int fd, const struct piece *p, const char *uri, struct error *err)
{
    uint64_t got = 0;
    while (got < p->got_length) {
        ssize_t n = pread(fd, p->dest + got, p->got_length - got, (off_t)(p->got_offset + got));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_set_errno(err, errno, "read %s", uri);
        }
        if (n == 0) {
            bool checked = p->job->read->if_match && p->job->read->if_match[0];
            return error_set_at(err, checked ? ERR_CHANGED : ERR_TRUNCATED, p->got_offset + got,
                                "read %s: the file ends %" PRIu64 " bytes early", uri,
                                p->got_length - got);
        }
        got += (uint64_t)n;
    }
    return OK;
}

static enum error_code read_object(struct directory *d, struct piece *p, const char *uri,
                                   struct error *err)
{
    const struct store_read *r = p->job->read;
    struct stat st;
    int fd = -1;
    enum error_code rc = open_object(d, r->key, uri, &fd, err);
    if (rc != OK) {
        return rc;
    }
    rc = check_object(fd, r->if_match, uri, &st, err);
    if (rc == OK) {
        p->object_size = (uint64_t)st.st_size;
        p->got_length = p->suffix && p->length > p->object_size ? p->object_size : p->length;
        p->got_offset = p->suffix ? p->object_size - p->got_length : p->offset;
        rc = read_fully(fd, p, uri, err);
    }
    /* Again behind the read: a file written to meanwhile may have given half of each version. */
    if (rc == OK) {
        rc = check_object(fd, r->if_match, uri, &st, err);
    }
    close(fd);
    return rc;
}

static void log_read(const struct piece *p, const char *uri, enum error_code rc, uint64_t since_ns)
{
    log_debug("store", "READ %s bytes %" PRIu64 "+%" PRIu64 " %s %.1f ms", uri, p->got_offset,
              p->got_length, error_name(rc), (double)(clock_monotonic_ns() - since_ns) / 1e6);
}

static void run_piece(struct task *t)
{
    struct piece *p = (struct piece *)t;
    struct store *s = p->job->store;
    struct error err;
    struct arena scratch;
    error_reset(&err);
    arena_init(&scratch);
    const char *uri = store_object_uri(s, p->job->read->key, &scratch);
    if (piece_abandoned(p)) {
        (void)store_cancelled(&err, uri);
    } else {
        uint64_t since = clock_monotonic_ns();
        counter_add(&s->counters->requests_get, 1);
        enum error_code rc = read_object(s->backend, p, uri, &err);
        counter_add(&s->counters->bytes_received, rc == OK ? p->got_length : 0);
        log_read(p, uri, rc, since);
    }
    arena_reset(&scratch);
    piece_done(p, &err);
}

/* ---- the threads ---- */

static void *work(void *arg)
{
    struct directory *d = arg;
    struct queue_node *node;
    while ((node = queue_pop(&d->tasks))) {
        struct task *t = (struct task *)node;
        t->run(t);
    }
    return NULL;
}

static void directory_post(struct store *s, struct task *t)
{
    struct directory *d = s->backend;
    queue_push(&d->tasks, &t->node);
}

static void directory_start(struct store *s, struct piece *p)
{
    p->task.run = run_piece;
    directory_post(s, &p->task);
}

static void directory_cancel(struct store *s)
{
    (void)s; /* The threads see `cancelled` before each piece, and a pread of 16 MiB is short. */
}

static void directory_close(struct store *s)
{
    struct directory *d = s->backend;
    queue_close(&d->tasks);
    for (size_t i = 0; i < d->n_threads; i++) {
        pthread_join(d->threads[i], NULL);
    }
    queue_destroy(&d->tasks);
    close(d->root);
    mem_free(d->threads);
    mem_free(d);
}

static size_t thread_count(const struct store_options *o)
{
    long n = o->io_threads;
    if (n <= 0) {
        n = sysconf(_SC_NPROCESSORS_ONLN);
        n = n < THREADS_MIN ? THREADS_MIN : n > THREADS_MAX ? THREADS_MAX : n;
    }
    if (o->max_in_flight > 0 && n > o->max_in_flight) {
        n = o->max_in_flight; /* a thread reads one piece at a time, so this caps the reads */
    }
    return (size_t)n;
}

static enum error_code start_threads(struct directory *d, size_t n, struct error *err)
{
    d->threads = mem_zalloc(n * sizeof *d->threads);
    for (; d->n_threads < n; d->n_threads++) {
        int rc = pthread_create(&d->threads[d->n_threads], NULL, work, d);
        if (rc != 0 && d->n_threads == 0) {
            return error_set_errno(err, rc, "cannot start an I/O thread");
        }
        if (rc != 0) {
            break; /* fewer threads are slower, not wrong */
        }
    }
    return OK;
}

static const struct store_ops directory_ops = {
    .start = directory_start,
    .post = directory_post,
    .cancel = directory_cancel,
    .close = directory_close,
    .list_open = directory_list_open,
};

static enum error_code open_root(const char *path, int *fd, char **uri, struct error *err)
{
    char *real = realpath(path, NULL);
    int errnum = errno;
    *fd = real ? open(real, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    errnum = real ? errno : errnum;
    if (*fd < 0) {
        free(real);
        if (errnum == ENOENT || errnum == ENOTDIR) {
            return error_set(err, ERR_NO_SOURCE, "source '%s': %s", path,
                             errnum == ENOENT ? "no such directory" : "not a directory");
        }
        return error_set_errno(err, errnum, "source '%s'", path);
    }
    struct strbuf b;
    strbuf_init(&b, PATH_MAX + sizeof "file:///");
    strbuf_printf(&b, "file://%s%s", real, strcmp(real, "/") == 0 ? "" : "/");
    *uri = b.data;
    free(real);
    return OK;
}

enum error_code directory_open(struct store *s, const char *path, const struct store_options *o,
                               struct error *err)
{
    int root;
    enum error_code rc = open_root(path, &root, &s->uri, err);
    if (rc != OK) {
        return rc;
    }
    struct directory *d = mem_zalloc(sizeof *d);
    d->root = root;
    queue_init(&d->tasks);
    s->ops = &directory_ops;
    s->backend = d;
    rc = start_threads(d, thread_count(o), err);
    if (rc != OK) {
        directory_close(s);
    }
    return rc;
}
