#include "fault/throttle.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 1024
#define HEAD_MAX        8192

struct connection {
    struct throttle *throttle;
    pthread_t thread;
    int fd;
};

struct throttle {
    struct throttle_options options;
    int listener, port;
    pthread_t thread;
    pthread_mutex_t lock;
    /* Under the lock: */
    struct connection connections[CONNECTIONS_MAX];
    size_t n_connections;
    unsigned busy;
    double tokens, tokens_at;
    uint64_t taken, refused;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool admit(struct throttle *t)
{
    const struct throttle_options *o = &t->options;
    double now = now_s(), burst = o->per_second / 10.0;
    pthread_mutex_lock(&t->lock);
    t->tokens += (now - t->tokens_at) * o->per_second;
    t->tokens = t->tokens < burst ? t->tokens : burst;
    t->tokens_at = now;
    bool good = (!o->in_flight || t->busy < o->in_flight) && (!o->per_second || t->tokens >= 1);
    if (good) {
        t->tokens -= 1;
        t->busy++;
        t->taken++;
    } else {
        t->refused++;
    }
    pthread_mutex_unlock(&t->lock);
    return good;
}

static bool answer(struct throttle *t, int fd)
{
    static const char good[] = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-7/8\r\n"
                               "ETag: \"e\"\r\nContent-Length: 8\r\n\r\n01234567";
    static const char bad[] = "HTTP/1.1 503 Slow Down\r\nContent-Length: 40\r\n\r\n"
                              "<Error><Code>SlowDown</Code></Error>    ";
    if (!admit(t)) {
        return send(fd, bad, sizeof bad - 1, MSG_NOSIGNAL) > 0;
    }
    usleep(t->options.latency_ms * 1000);
    pthread_mutex_lock(&t->lock);
    t->busy--;
    pthread_mutex_unlock(&t->lock);
    return send(fd, good, sizeof good - 1, MSG_NOSIGNAL) > 0;
}

static void *serve(void *arg)
{
    struct connection *c = arg;
    char head[HEAD_MAX + 1];
    size_t n = 0;
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (;;) {
        ssize_t got = recv(c->fd, head + n, HEAD_MAX - n, 0);
        if (got <= 0) {
            return NULL;
        }
        n += (size_t)got;
        head[n] = '\0';
        if (strstr(head, "\r\n\r\n")) { /* one request at a time: the client does not pipeline */
            n = 0;
            if (!answer(c->throttle, c->fd)) {
                return NULL;
            }
        }
    }
}

static void *accept_all(void *arg)
{
    struct throttle *t = arg;
    int fd;
    while ((fd = accept(t->listener, NULL, NULL)) >= 0) {
        pthread_mutex_lock(&t->lock);
        if (t->n_connections == CONNECTIONS_MAX) {
            abort();
        }
        struct connection *c = &t->connections[t->n_connections++];
        c->throttle = t;
        c->fd = fd;
        if (pthread_create(&c->thread, NULL, serve, c) != 0) {
            abort();
        }
        pthread_mutex_unlock(&t->lock);
    }
    return NULL;
}

struct throttle *throttle_open(const struct throttle_options *o)
{
    struct throttle *t = calloc(1, sizeof *t);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    t->options = *o;
    t->tokens_at = now_s();
    pthread_mutex_init(&t->lock, NULL);
    t->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(t->listener, (struct sockaddr *)&at, len) != 0 || listen(t->listener, 512) != 0 ||
        getsockname(t->listener, (struct sockaddr *)&at, &len) != 0 ||
        pthread_create(&t->thread, NULL, accept_all, t) != 0) {
        abort();
    }
    t->port = ntohs(at.sin_port);
    return t;
}

int throttle_port(const struct throttle *t)
{
    return t->port;
}

void throttle_counts(struct throttle *t, uint64_t *taken, uint64_t *refused)
{
    pthread_mutex_lock(&t->lock);
    *taken = t->taken;
    *refused = t->refused;
    pthread_mutex_unlock(&t->lock);
}

void throttle_close(struct throttle *t)
{
    shutdown(t->listener, SHUT_RDWR);
    pthread_join(t->thread, NULL);
    close(t->listener);
    for (size_t i = 0; i < t->n_connections; i++) {
        shutdown(t->connections[i].fd, SHUT_RDWR);
        pthread_join(t->connections[i].thread, NULL);
        close(t->connections[i].fd);
    }
    pthread_mutex_destroy(&t->lock);
    free(t);
}
