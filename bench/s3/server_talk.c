/* server_talk.c - one connection: requests in, answers out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/map.h"
#include "base/memory.h"
#include "format/url.h"
#include "server.h"

#define HEAD_MAX ((size_t)256 << 10)

size_t server_place(const char *key)
{
    return (size_t)(hash_bytes(key, strlen(key)) % BLOCK_BYTES);
}

static bool send_all(int fd, const void *data, size_t n)
{
    const char *at = data;
    while (n) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        at += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* Head and body in one write where they fit. */
static bool send_both(int fd, const void *head, size_t head_len, const void *body, size_t n)
{
    struct iovec parts[2] = {{(void *)(uintptr_t)head, head_len}, {(void *)(uintptr_t)body, n}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent = sendmsg(fd, &m, MSG_NOSIGNAL);
    if (sent < 0) {
        return false;
    }
    size_t done = (size_t)sent;
    size_t left = done < head_len ? head_len - done : 0;
    size_t of_body = done > head_len ? done - head_len : 0;
    return send_all(fd, (const char *)head + (head_len - left), left) &&
           send_all(fd, (const char *)body + of_body, n - of_body);
}

/* ---- what is asked ---- */

static void parse_range(const char *head, struct request *q)
{
    const char *line = strcasestr(head, "\r\nRange: bytes=");
    if (!line) {
        return;
    }
    line += strlen("\r\nRange: bytes=");
    q->has_range = true;
    q->is_suffix = *line == '-';
    char *end;
    q->first = strtoull(line + q->is_suffix, &end, 10);
    q->last = UINT64_MAX;
    if (!q->is_suffix && end[0] == '-' && end[1] >= '0' && end[1] <= '9') {
        q->last = strtoull(end + 1, NULL, 10);
    }
}

static bool parse(char *head, struct arena *a, struct request *q)
{
    char *blank = strchr(head, ' '), *end = blank ? strchr(blank + 1, ' ') : NULL;
    *q = (struct request){.query = arena_strdup(a, "")};
    if (!end || (size_t)(blank - head) >= sizeof q->method) {
        return false;
    }
    memcpy(q->method, head, (size_t)(blank - head));
    parse_range(end, q);
    char *target = arena_strndup(a, blank + 1, (size_t)(end - blank - 1));
    char *mark = strchr(target, '?');
    if (mark) {
        *mark = '\0';
        q->query = mark + 1;
    }
    struct str path;
    char *slash = strchr(target + (target[0] == '/'), '/'); /* behind the bucket */
    if (!url_decode(str_c(slash ? slash + 1 : ""), false, a, &path)) {
        return false;
    }
    q->path = arena_strndup(a, path.data, path.len);
    return true;
}

/* ---- what is answered ---- */

static bool answer_text(int fd, const struct request *q, int status, const char *text, size_t n)
{
    char head[256];
    int len = snprintf(head, sizeof head,
                       "HTTP/1.1 %d Answer\r\nContent-Type: application/xml\r\nContent-Length: "
                       "%zu\r\n\r\n",
                       status, n);
    return send_both(fd, head, (size_t)len, text, strcmp(q->method, "HEAD") == 0 ? 0 : n);
}

static bool answer_list(struct server *s, int fd, const struct request *q)
{
    struct strbuf b;
    strbuf_init(&b, (size_t)16 << 20);
    server_list(s, q->query, &b);
    bool good = answer_text(fd, q, 200, b.data, b.len);
    atomic_fetch_add(&s->bytes, b.len);
    strbuf_free(&b);
    return good;
}

/* False where the range lies behind the end. */
static bool resolve_range(const struct request *q, uint64_t size, uint64_t *first, uint64_t *n)
{
    *first = 0;
    *n = size;
    if (!q->has_range) {
        return true;
    }
    if (q->is_suffix) {
        *n = q->first < size ? q->first : size;
        *first = size - *n;
        return size > 0;
    }
    if (q->first >= size) {
        return false;
    }
    uint64_t last = q->last < size ? q->last : size - 1;
    *first = q->first;
    *n = last - q->first + 1;
    return q->last >= q->first;
}

static bool answer_object(struct server *s, int fd, const struct request *q, const struct thing *t)
{
    char head[512];
    uint64_t first, n;
    size_t place = server_place(t->key);
    if (!resolve_range(q, t->size, &first, &n)) {
        return answer_text(fd, q, 416, "<Error><Code>InvalidRange</Code></Error>", 40);
    }
    int len =
        snprintf(head, sizeof head,
                 "HTTP/1.1 %s\r\nETag: \"%032zx-2\"\r\nLast-Modified: Wed, 31 Jan 2024 "
                 "23:59:59 GMT\r\nAccept-Ranges: bytes\r\nContent-Type: "
                 "binary/octet-stream\r\nContent-Length: %llu\r\n",
                 q->has_range ? "206 Partial Content" : "200 OK", place, (unsigned long long)n);
    if (q->has_range) {
        len += snprintf(head + len, sizeof head - (size_t)len,
                        "Content-Range: bytes %llu-%llu/%llu\r\n", (unsigned long long)first,
                        (unsigned long long)(first + n - 1), (unsigned long long)t->size);
    }
    len += snprintf(head + len, sizeof head - (size_t)len, "\r\n");
    n = strcmp(q->method, "HEAD") == 0 ? 0 : n;
    atomic_fetch_add(&s->bytes, n);
    size_t at = (size_t)((place + first) % BLOCK_BYTES);
    size_t some = n < BLOCK_BYTES ? n : BLOCK_BYTES;
    bool good = send_both(fd, head, (size_t)len, s->block + at, some);
    for (uint64_t left = n - some; good && left; left -= some) {
        at = (at + some) % BLOCK_BYTES;
        some = left < BLOCK_BYTES ? left : BLOCK_BYTES;
        good = send_all(fd, s->block + at, some);
    }
    return good;
}

static bool answer_counts(struct server *s, int fd, const struct request *q)
{
    char text[128];
    int n = snprintf(text, sizeof text, "{\"requests\": %llu, \"bytes\": %llu}",
                     (unsigned long long)atomic_exchange(&s->requests, 0),
                     (unsigned long long)atomic_exchange(&s->bytes, 0));
    return answer_text(fd, q, 200, text, (size_t)n);
}

static bool answer(struct server *s, int fd, char *head)
{
    static const char none[] = "<Error><Code>NoSuchKey</Code></Error>";
    struct arena a;
    struct request q;
    arena_init(&a);
    bool good = parse(head, &a, &q);
    if (good && strcmp(q.path, "counts") == 0) {
        good = answer_counts(s, fd, &q);
    } else if (good) {
        atomic_fetch_add(&s->requests, 1);
        usleep(s->latency_ms * 1000);
        size_t i = server_find(s, q.path);
        bool found = i < s->n_things && strcmp(s->things[i].key, q.path) == 0;
        good = q.path[0] == '\0' ? answer_list(s, fd, &q)
               : found           ? answer_object(s, fd, &q, &s->things[i])
                                 : answer_text(fd, &q, 404, none, sizeof none - 1);
    }
    arena_reset(&a);
    return good;
}

void server_talk(struct server *s, int fd)
{
    char *head = mem_alloc(HEAD_MAX + 1);
    size_t n = 0;
    for (bool good = true; good;) {
        ssize_t got = recv(fd, head + n, HEAD_MAX - n, 0);
        if (got <= 0) {
            break;
        }
        n += (size_t)got;
        head[n] = '\0';
        if (strstr(head, "\r\n\r\n")) { /* clients send the next request after the answer */
            n = 0;
            good = answer(s, fd, head);
        }
        good = good && n < HEAD_MAX;
    }
    mem_free(head);
    close(fd);
}
