#include "net/addresses.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"

/* A store has one host, and another where the bucket's region was corrected. */
#define HOSTS_MAX 4
#define HOST_SIZE 256
#define AGE_NS    ((uint64_t)ADDRESSES_AGE_S * 1000000000)

struct name {
    char host[HOST_SIZE];
    bool seen, is_v6; /* which family works */
    bool asking;
    uint64_t asked_ns;
    size_t n, next;
    char list[ADDRESSES_MAX][ADDRESS_SIZE];
};

struct addresses {
    addresses_resolver *resolver;
    pthread_mutex_t lock;
    /* Under the lock: */
    unsigned references; /* the owner, and each question under way */
    size_t n;
    struct name names[HOSTS_MAX];
};

struct question {
    struct addresses *addresses;
    char host[HOST_SIZE];
};

static size_t ask_system(const char *host, char out[][ADDRESS_SIZE], size_t max)
{
    struct addrinfo *list = NULL, hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    size_t n = 0;
    if (getaddrinfo(host, NULL, &hints, &list) != 0) {
        return 0;
    }
    for (const struct addrinfo *i = list; i && n < max; i = i->ai_next) {
        n += getnameinfo(i->ai_addr, i->ai_addrlen, out[n], ADDRESS_SIZE, NULL, 0,
                         NI_NUMERICHOST) == 0;
    }
    freeaddrinfo(list);
    return n;
}

struct addresses *addresses_new(addresses_resolver *resolver)
{
    struct addresses *a = mem_zalloc(sizeof *a);
    a->resolver = resolver ? resolver : ask_system;
    a->references = 1;
    pthread_mutex_init(&a->lock, NULL);
    return a;
}

static void release(struct addresses *a)
{
    pthread_mutex_lock(&a->lock);
    bool last = --a->references == 0;
    pthread_mutex_unlock(&a->lock);
    if (last) {
        pthread_mutex_destroy(&a->lock);
        mem_free(a);
    }
}

void addresses_free(struct addresses *a)
{
    if (a) {
        release(a);
    }
}

static struct name *find_locked(struct addresses *a, const char *host)
{
    for (size_t i = 0; i < a->n; i++) {
        if (strcmp(a->names[i].host, host) == 0) {
            return &a->names[i];
        }
    }
    return NULL;
}

static bool is_v6(const char *address)
{
    return strchr(address, ':') != NULL;
}

void addresses_saw(struct addresses *a, const char *host, const char *address)
{
    pthread_mutex_lock(&a->lock);
    struct name *name = find_locked(a, host);
    if (!name && a->n < HOSTS_MAX && strlen(host) < HOST_SIZE) {
        name = &a->names[a->n++];
        snprintf(name->host, sizeof name->host, "%s", host);
    }
    if (name && !name->seen) {
        name->seen = true;
        name->is_v6 = is_v6(address);
    }
    pthread_mutex_unlock(&a->lock);
}

/* ---- asking ---- */

static void take_locked(struct name *name, char list[][ADDRESS_SIZE], size_t n)
{
    name->asking = false;
    if (n == 0) {
        return; /* what was known may still be right */
    }
    name->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (is_v6(list[i]) == name->is_v6 && !strchr(list[i], '%')) {
            memcpy(name->list[name->n++], list[i], ADDRESS_SIZE);
        }
    }
}

static void *ask(void *arg)
{
    struct question *q = arg;
    char list[ADDRESSES_MAX][ADDRESS_SIZE];
    size_t n = q->addresses->resolver(q->host, list, ADDRESSES_MAX);
    pthread_mutex_lock(&q->addresses->lock);
    take_locked(find_locked(q->addresses, q->host), list, n);
    pthread_mutex_unlock(&q->addresses->lock);
    release(q->addresses);
    mem_free(q);
    return NULL;
}

static void start_asking_locked(struct addresses *a, struct name *name, uint64_t now_ns)
{
    pthread_t thread;
    pthread_attr_t detached;
    struct question *q = mem_zalloc(sizeof *q);
    q->addresses = a;
    memcpy(q->host, name->host, sizeof q->host);
    name->asked_ns = now_ns;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    a->references++;
    name->asking = pthread_create(&thread, &detached, ask, q) == 0;
    if (!name->asking) {
        a->references--;
        mem_free(q);
    }
    pthread_attr_destroy(&detached);
}

bool addresses_pick(struct addresses *a, const char *host, uint64_t now_ns, char out[ADDRESS_SIZE])
{
    bool picked = false;
    pthread_mutex_lock(&a->lock);
    struct name *name = find_locked(a, host);
    if (name && name->seen) {
        bool due = name->asked_ns == 0 || now_ns - name->asked_ns > AGE_NS;
        if (due && !name->asking) {
            start_asking_locked(a, name, now_ns);
        }
        picked = name->n > 1;
        if (picked) {
            memcpy(out, name->list[name->next++ % name->n], ADDRESS_SIZE);
        }
    }
    pthread_mutex_unlock(&a->lock);
    return picked;
}

void addresses_failed(struct addresses *a, const char *host, const char *address)
{
    pthread_mutex_lock(&a->lock);
    struct name *name = find_locked(a, host);
    for (size_t i = 0; name && i < name->n; i++) {
        if (strcmp(name->list[i], address) == 0) {
            memmove(name->list[i], name->list[i + 1], (name->n - i - 1) * ADDRESS_SIZE);
            name->n--;
        }
    }
    pthread_mutex_unlock(&a->lock);
}
