#include "catalog/registry.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct entry {
    struct entry *next;
    char *path; /* absolute, links resolved */
    uint64_t ticket;
    bool writer;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Under the lock: */
static struct entry *entries;
static uint64_t last_ticket;

/* The file's real path; where it does not exist yet, its folder's with the name behind it. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);
    if (real) {
        return real;
    }
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    char *real_folder = folder ? realpath(folder, NULL) : NULL;
    free(folder);
    if (!real_folder) {
        return mem_strdup(path);
    }
    const char *name = slash ? slash + 1 : path;
    size_t n = strlen(real_folder) + strlen(name) + 2;
    real = mem_alloc(n);
    snprintf(real, n, "%s/%s", real_folder, name);
    free(real_folder);
    return real;
}

uint64_t registry_enter(const char *path, bool writer)
{
    char *real = resolve(path);
    uint64_t ticket = 0;
    bool taken = false;
    pthread_mutex_lock(&lock);
    for (struct entry *e = entries; e && !taken; e = e->next) {
        taken = (writer || e->writer) && strcmp(e->path, real) == 0;
    }
    if (!taken) {
        struct entry *e = mem_alloc(sizeof *e);
        ticket = ++last_ticket;
        *e = (struct entry){.next = entries, .path = real, .ticket = ticket, .writer = writer};
        entries = e;
        real = NULL;
    }
    pthread_mutex_unlock(&lock);
    free(real);
    return ticket;
}

void registry_leave(uint64_t ticket)
{
    pthread_mutex_lock(&lock);
    for (struct entry **p = &entries; *p; p = &(*p)->next) {
        if ((*p)->ticket == ticket) {
            struct entry *gone = *p;
            *p = gone->next;
            free(gone->path);
            mem_free(gone);
            break;
        }
    }
    pthread_mutex_unlock(&lock);
}
