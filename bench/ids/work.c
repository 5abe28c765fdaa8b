#include "work.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More threads than a comparison on one machine asks for. */
#define THREADS_MAX 64

struct call {
    void (*body)(void *user, unsigned i);
    void *user;
    unsigned i;
    pthread_t thread;
};

static void *run_call(void *p)
{
    struct call *c = p;
    c->body(c->user, c->i);
    return NULL;
}

void work_threads(unsigned n, void (*body)(void *user, unsigned i), void *user)
{
    struct call calls[THREADS_MAX];
    n = n < THREADS_MAX ? n : THREADS_MAX;
    unsigned started = 1;
    for (; started < n; started++) {
        calls[started] = (struct call){body, user, started, 0};
        if (pthread_create(&calls[started].thread, NULL, run_call, &calls[started]) != 0) {
            break;
        }
    }
    body(user, 0);
    for (unsigned i = 1; i < started; i++) {
        pthread_join(calls[i].thread, NULL);
    }
    /* What got no thread of its own is done here: the answer does not depend on how many there
     * were. */
    for (unsigned i = started; i < n; i++) {
        body(user, i);
    }
}

/* A buffer that grows to the largest batch of a worker and is used again for each. */
struct batch_buffer {
    uint8_t *data;
    size_t cap;
};

static enum error_code read_at(int fd, uint8_t *to, uint64_t length, uint64_t offset,
                               struct error *err)
{
    while (length) {
        ssize_t got = pread(fd, to, length, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return error_set(err, ERR_IO, "pread: %s", got ? strerror(errno) : "end of file");
        }
        to += got;
        offset += (uint64_t)got;
        length -= (uint64_t)got;
    }
    return OK;
}

static enum error_code read_batch(struct work *w, int fd, struct scan_range *ranges, size_t n,
                                  struct batch_buffer *buffer, struct error *err)
{
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += ranges[i].length;
    }
    if (total > buffer->cap) {
        mem_free(buffer->data);
        buffer->data = mem_alloc(total);
        buffer->cap = total;
    }
    uint8_t *to = buffer->data;
    for (size_t i = 0; i < n; i++) {
        enum error_code code = read_at(fd, to, ranges[i].length, ranges[i].offset, err);
        if (code) {
            return code;
        }
        ranges[i].data = to;
        to += ranges[i].length;
    }
    counter_add(&w->counters.bytes_received, total);
    counter_add(&w->ranges, n);
    return OK;
}

static enum error_code scan_open_file(struct work *w, int fd, size_t i, struct batch_buffer *buffer,
                                      struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return error_set(err, ERR_IO, "fstat: %s", strerror(errno));
    }
    w->objects[i] = (struct object){.key = w->paths[i], .size = (uint64_t)st.st_size, .etag = ""};
    struct file_scan_options options = {
        .depth = w->depth, .columns = w->columns, .counters = &w->counters};
    file_scan_init(&w->scans[i], &w->objects[i], &options);
    struct scan_range *ranges;
    size_t n;
    uint64_t waste;
    while (file_scan_wants(&w->scans[i], &ranges, &n, &waste)) {
        enum error_code code = read_batch(w, fd, ranges, n, buffer, err);
        if (!code) {
            code = file_scan_feed(&w->scans[i], err);
        }
        if (code) {
            return code;
        }
    }
    w->results[i] = file_scan_result(&w->scans[i]);
    w->tags[i] = id_set_tags(&w->scans[i].found.ids);
    return OK;
}

static enum error_code scan_file(struct work *w, size_t i, struct batch_buffer *buffer,
                                 struct error *err)
{
    int fd = open(w->paths[i], O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_set(err, ERR_IO, "%s: %s", w->paths[i], strerror(errno));
    }
    enum error_code code = scan_open_file(w, fd, i, buffer, err);
    close(fd);
    return code ? error_add(err, "in %s", w->paths[i]) : OK;
}

static void worker(void *user, unsigned nth)
{
    struct work *w = user;
    struct batch_buffer buffer = {0};
    (void)nth;
    for (;;) {
        size_t i = atomic_fetch_add(&w->next, 1);
        struct error err;
        if (i >= w->n_files || atomic_load(&w->failed)) {
            break;
        }
        if (scan_file(w, i, &buffer, &err) != OK && !atomic_exchange(&w->failed, true)) {
            w->err = err;
        }
    }
    mem_free(buffer.data);
}

enum error_code work_scan(struct work *w, struct error *err)
{
    w->objects = mem_zalloc(w->n_files * sizeof *w->objects);
    w->scans = mem_zalloc(w->n_files * sizeof *w->scans);
    w->results = mem_zalloc(w->n_files * sizeof *w->results);
    w->tags = mem_zalloc(w->n_files * sizeof *w->tags);
    w->counters = (struct counters){0};
    atomic_store(&w->ranges, 0);
    atomic_store(&w->next, 0);
    atomic_store(&w->failed, false);
    work_threads(w->threads, worker, w);
    if (w->failed) {
        *err = w->err;
        return err->code;
    }
    return OK;
}

void work_free(struct work *w)
{
    for (size_t i = 0; i < w->n_files; i++) {
        file_scan_free(&w->scans[i]);
    }
    mem_free(w->scans);
    mem_free(w->results);
    mem_free(w->tags);
    mem_free(w->objects);
    w->scans = NULL;
    w->objects = NULL;
}
