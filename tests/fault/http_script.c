#include "fault/http_script.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 512
#define HEAD_MAX        65536

struct connection {
    struct http_script *script;
    pthread_t thread;
    int fd; /* -1 once its thread has closed it; under the lock */
};

struct http_script {
    const struct http_step *steps;
    size_t n_steps;
    int listener, port;
    pthread_t thread;
    pthread_mutex_t lock;
    /* Under the lock: */
    unsigned *left;
    struct connection connections[CONNECTIONS_MAX];
    unsigned n_connections, busy, peak;
    bool closing;
    char complaint[1024];
};

static bool matches(const struct http_step *step, const char *head)
{
    for (size_t i = 0; i < HTTP_STEP_EXPECT_MAX && step->expect[i]; i++) {
        if (!strstr(head, step->expect[i])) {
            return false;
        }
    }
    return !step->absent || !strstr(head, step->absent);
}

static const struct http_step *take_step(struct http_script *s, const char *head)
{
    const struct http_step *found = NULL;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_steps && !found; i++) {
        if (s->left[i] && matches(&s->steps[i], head)) {
            s->left[i]--;
            found = &s->steps[i];
        }
    }
    if (!found && !s->complaint[0]) {
        snprintf(s->complaint, sizeof s->complaint, "unexpected request: %.900s", head);
    }
    s->busy++;
    s->peak = s->busy > s->peak ? s->busy : s->peak;
    pthread_mutex_unlock(&s->lock);
    return found;
}

static bool send_all(int fd, const char *data, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, data, n, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        data += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* The bytes of the first request in `head`, its body too; 0 where it is not whole yet. */
static size_t request_length(const char *head, size_t kept)
{
    const char *end = strstr(head, "\r\n\r\n");
    const char *length = strcasestr(head, "\r\nContent-Length:");
    if (!end) {
        return 0;
    }
    size_t n = (size_t)(end + 4 - head);
    n += length && length < end ? (size_t)strtoul(length + 17, NULL, 10) : 0;
    return n <= kept ? n : 0;
}

/* One request, from what was left of the last one on. False at the end of the connection. */
static bool read_request(int fd, char *head, size_t *kept)
{
    for (;;) {
        head[*kept] = '\0';
        if (request_length(head, *kept)) {
            return true;
        }
        ssize_t n = *kept < HEAD_MAX - 1 ? recv(fd, head + *kept, HEAD_MAX - 1 - *kept, 0) : 0;
        if (n <= 0) {
            return false;
        }
        *kept += (size_t)n;
    }
}

static void drop_head(char *head, size_t *kept)
{
    size_t used = request_length(head, *kept);
    memmove(head, head + used, *kept - used);
    *kept -= used;
}

static void wait_for_end(int fd)
{
    char byte;
    while (recv(fd, &byte, 1, 0) > 0) {
    }
}

static bool drip(int fd, const char *body, size_t n, size_t some)
{
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    while (n) {
        size_t now = n < some ? n : some;
        usleep(20000);
        if (!send_all(fd, body, now)) {
            return false;
        }
        body += now;
        n -= now;
    }
    return true;
}

/* False where the connection ends here. */
static bool play(int fd, const struct http_step *step, bool is_head)
{
    static const struct http_step unexpected = {.status = 599};
    char head[4096];
    step = step ? step : &unexpected;
    const char *body = step->body ? step->body : "";
    size_t n = step->body_len ? step->body_len : strlen(body);
    usleep(step->delay_ms * 1000);
    if (step->status) {
        int len =
            snprintf(head, sizeof head, "HTTP/1.1 %d Scripted\r\n%sContent-Length: %zu\r\n\r\n",
                     step->status, step->headers ? step->headers : "", n);
        size_t some = step->act == ACT_ANSWER ? n : step->act == ACT_DRIP ? 0 : step->cut;
        if (!send_all(fd, head, (size_t)len) || !send_all(fd, body, is_head ? 0 : some)) {
            return false;
        }
    }
    if (step->act == ACT_DRIP) {
        return drip(fd, body, n, step->cut);
    }
    if (step->act == ACT_RESET) {
        struct linger now = {1, 0};
        usleep(20000); /* a reset overtakes what is not read yet */
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    } else if (step->act == ACT_STALL) {
        wait_for_end(fd);
    }
    return step->act == ACT_ANSWER;
}

static void *serve(void *arg)
{
    struct connection *c = arg;
    struct http_script *s = c->script;
    char *head = malloc(HEAD_MAX);
    size_t kept = 0;
    int one = 1;
    pthread_mutex_lock(&s->lock);
    int fd = c->fd;
    pthread_mutex_unlock(&s->lock);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    bool more = true;
    while (more && read_request(fd, head, &kept)) {
        const struct http_step *step = take_step(s, head);
        more = play(fd, step, strncmp(head, "HEAD ", 5) == 0);
        drop_head(head, &kept);
        pthread_mutex_lock(&s->lock);
        s->busy--;
        pthread_mutex_unlock(&s->lock);
    }
    pthread_mutex_lock(&s->lock);
    c->fd = -1;
    close(fd);
    pthread_mutex_unlock(&s->lock);
    free(head);
    return NULL;
}

static void *accept_all(void *arg)
{
    struct http_script *s = arg;
    int fd;
    while ((fd = accept(s->listener, NULL, NULL)) >= 0) {
        pthread_mutex_lock(&s->lock);
        if (s->closing || s->n_connections == CONNECTIONS_MAX) {
            close(fd);
        } else {
            struct connection *c = &s->connections[s->n_connections++];
            c->script = s;
            c->fd = fd;
            if (pthread_create(&c->thread, NULL, serve, c) != 0) {
                abort();
            }
        }
        pthread_mutex_unlock(&s->lock);
    }
    return NULL;
}

struct http_script *http_script_open(const struct http_step *steps, size_t n)
{
    return http_script_open_at("127.0.0.1", 0, steps, n);
}

struct http_script *http_script_open_at(const char *address, int port,
                                        const struct http_step *steps, size_t n)
{
    struct http_script *s = calloc(1, sizeof *s);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, address, &at.sin_addr);
    socklen_t len = sizeof at;
    s->steps = steps;
    s->n_steps = n;
    s->left = calloc(n + 1, sizeof *s->left);
    for (size_t i = 0; i < n; i++) {
        s->left[i] = steps[i].times ? steps[i].times : 1;
    }
    pthread_mutex_init(&s->lock, NULL);
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(s->listener, (struct sockaddr *)&at, len) != 0 || listen(s->listener, 128) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&at, &len) != 0 ||
        pthread_create(&s->thread, NULL, accept_all, s) != 0) {
        perror("http_script_open");
        abort();
    }
    s->port = ntohs(at.sin_port);
    return s;
}

int http_script_port(const struct http_script *s)
{
    return s->port;
}

unsigned http_script_connections(struct http_script *s)
{
    pthread_mutex_lock(&s->lock);
    unsigned n = s->n_connections;
    pthread_mutex_unlock(&s->lock);
    return n;
}

unsigned http_script_peak(struct http_script *s)
{
    pthread_mutex_lock(&s->lock);
    unsigned n = s->peak;
    pthread_mutex_unlock(&s->lock);
    return n;
}

void http_script_close(struct http_script *s, char *complaint, size_t size)
{
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    for (unsigned i = 0; i < s->n_connections; i++) {
        if (s->connections[i].fd >= 0) {
            shutdown(s->connections[i].fd, SHUT_RDWR);
        }
    }
    pthread_mutex_unlock(&s->lock);
    shutdown(s->listener, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    for (unsigned i = 0; i < s->n_connections; i++) {
        pthread_join(s->connections[i].thread, NULL);
    }
    close(s->listener);
    for (size_t i = 0; i < s->n_steps && !s->complaint[0]; i++) {
        if (s->left[i]) {
            snprintf(s->complaint, sizeof s->complaint,
                     "step %zu was not asked for (%u times left)", i, s->left[i]);
        }
    }
    snprintf(complaint, size, "%s", s->complaint);
    pthread_mutex_destroy(&s->lock);
    free(s->left);
    free(s);
}
