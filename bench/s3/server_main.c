/* server_main.c - server [--keys N] [--folders N] [--small N] [--big BYTES] [--latency MS]: prints
 * its port, serves until it is killed.
 *
 * Its objects: N keys in list/, evenly over the folders, of a few bytes; N objects of 64 KiB in
 * small/; one in big/. GET /bucket/counts tells requests and bytes since it was asked last.
 */
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "server.h"

#define SMALL_BYTES 65536

struct connection {
    struct server *server;
    int fd;
};

static void *serve(void *arg)
{
    struct connection *c = arg;
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    server_talk(c->server, c->fd);
    mem_free(c);
    return NULL;
}

static void add(struct server *s, size_t *cap, char *key, uint64_t size)
{
    s->things = mem_grow(s->things, s->n_things, cap, sizeof *s->things);
    s->things[s->n_things++] = (struct thing){key, size};
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct thing *)a)->key, ((const struct thing *)b)->key);
}

static void fill(struct server *s, size_t keys, size_t folders, size_t small, uint64_t big)
{
    size_t cap = 0;
    char key[128];
    for (size_t i = 0; i < keys; i++) {
        snprintf(key, sizeof key, "list/dataset-%04zu/part-%08zu.parquet", i % folders, i);
        add(s, &cap, mem_strdup(key), 1 + i % 1000);
    }
    for (size_t i = 0; i < small; i++) {
        snprintf(key, sizeof key, "small/%02zu/object-%06zu.bin", i % 20, i);
        add(s, &cap, mem_strdup(key), SMALL_BYTES);
    }
    if (big) {
        add(s, &cap, mem_strdup("big/one.bin"), big);
    }
    if (s->n_things) {
        qsort(s->things, s->n_things, sizeof *s->things, compare);
    }
    s->block = mem_alloc(2 * BLOCK_BYTES);
    uint64_t x = 88172645463325252u; /* xorshift: incompressible, and the same each time */
    for (size_t i = 0; i < BLOCK_BYTES; i += 8) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy(s->block + i, &x, 8);
    }
    memcpy(s->block + BLOCK_BYTES, s->block, BLOCK_BYTES);
}

static int listen_on(int *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0) {
        perror("server");
        exit(1);
    }
    *port = ntohs(at.sin_port);
    return fd;
}

static void accept_all(struct server *s, int listener)
{
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    int fd;
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        pthread_t thread;
        struct connection *c = mem_alloc(sizeof *c);
        *c = (struct connection){s, fd};
        if (pthread_create(&thread, &detached, serve, c) != 0) {
            perror("server");
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"keys", required_argument, NULL, 'k'},    {"folders", required_argument, NULL, 'f'},
        {"small", required_argument, NULL, 's'},   {"big", required_argument, NULL, 'b'},
        {"latency", required_argument, NULL, 'l'}, {0}};
    static struct server s;
    size_t keys = 0, folders = 100, small = 0;
    uint64_t big = 0;
    int c, port;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        uint64_t n = optarg ? strtoull(optarg, NULL, 10) : 0;
        switch (c) {
        case 'k':
            keys = n;
            break;
        case 'f':
            folders = n ? n : 1;
            break;
        case 's':
            small = n;
            break;
        case 'b':
            big = n;
            break;
        case 'l':
            s.latency_ms = (unsigned)n;
            break;
        default:
            return 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    fill(&s, keys, folders, small, big);
    int listener = listen_on(&port);
    printf("%d\n", port);
    fflush(stdout);
    accept_all(&s, listener);
    return 0;
}
