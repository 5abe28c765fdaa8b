#include "base/budget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/str.h"

#define BUDGET_FALLBACK ((uint64_t)1 << 30)  /* where /proc does not tell */
#define BUDGET_FLOOR    ((uint64_t)64 << 20) /* below this not even one wide footer fits */

void budget_init(struct budget *b, uint64_t limit)
{
    *b = (struct budget){.limit = limit};
    pthread_mutex_init(&b->lock, NULL);
}

void budget_destroy(struct budget *b)
{
    pthread_mutex_destroy(&b->lock);
}

void budget_on_release(struct budget *b, void (*wake)(void *user), void *user)
{
    pthread_mutex_lock(&b->lock);
    b->wake = wake;
    b->wake_user = user;
    pthread_mutex_unlock(&b->lock);
}

bool budget_try(struct budget *b, uint64_t bytes)
{
    pthread_mutex_lock(&b->lock);
    bool fits = b->used == 0 || (b->used <= b->limit && bytes <= b->limit - b->used);
    if (fits) {
        b->used += bytes;
        b->peak = b->used > b->peak ? b->used : b->peak;
    }
    pthread_mutex_unlock(&b->lock);
    return fits;
}

void budget_release(struct budget *b, uint64_t bytes)
{
    pthread_mutex_lock(&b->lock);
    b->used -= bytes < b->used ? bytes : b->used;
    void (*wake)(void *) = b->wake;
    void *user = b->wake_user;
    pthread_mutex_unlock(&b->lock);
    if (wake) {
        wake(user);
    }
}

uint64_t budget_used(struct budget *b)
{
    pthread_mutex_lock(&b->lock);
    uint64_t n = b->used;
    pthread_mutex_unlock(&b->lock);
    return n;
}

uint64_t budget_peak(struct budget *b)
{
    pthread_mutex_lock(&b->lock);
    uint64_t n = b->peak;
    pthread_mutex_unlock(&b->lock);
    return n;
}

/* A number at the start of the first line of `path` that begins with `label`; UINT64_MAX where
 * there is none ("max"). */
static uint64_t read_number(const char *path, const char *label)
{
    char line[128];
    uint64_t value = UINT64_MAX;
    bool found = false;
    FILE *f = fopen(path, "re");
    while (f && !found && fgets(line, sizeof line, f)) {
        struct str s = str_c(line);
        if (str_starts(s, label)) {
            s = str_trim(str_from(s, strlen(label)));
            const char *blank = memchr(s.data, ' ', s.len);
            s.len = blank ? (size_t)(blank - s.data) : s.len;
            found = str_to_u64(s, &value);
        }
    }
    if (f) {
        fclose(f);
    }
    return found ? value : UINT64_MAX;
}

/* What a container may still take: the machine's free memory is not its own. File pages that nobody
 * uses count as used there, and are given back when they are wanted. */
static uint64_t container_available(void)
{
    uint64_t limit = read_number("/sys/fs/cgroup/memory.max", "");
    uint64_t used = read_number("/sys/fs/cgroup/memory.current", "");
    uint64_t idle = read_number("/sys/fs/cgroup/memory.stat", "inactive_file ");
    if (limit == UINT64_MAX || used == UINT64_MAX) {
        return UINT64_MAX;
    }
    used -= idle < used ? idle : 0;
    return limit > used ? limit - used : 0;
}

uint64_t budget_default(void)
{
    uint64_t kib = read_number("/proc/meminfo", "MemAvailable:");
    uint64_t available = kib < UINT64_MAX / 1024 ? kib * 1024 : 0;
    uint64_t container = container_available();
    available = available && container < available ? container : available;
    if (available == 0) {
        return BUDGET_FALLBACK;
    }
    return available / 2 > BUDGET_FLOOR ? available / 2 : BUDGET_FLOOR;
}

uint64_t memory_resident(void)
{
    char line[128] = ""; /* "total resident ...", in pages */
    FILE *f = fopen("/proc/self/statm", "r");
    if (f) {
        (void)!fgets(line, sizeof line, f);
        fclose(f);
    }
    const char *second = strchr(line, ' ');
    return second ? (uint64_t)strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

uint64_t memory_peak(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (uint64_t)u.ru_maxrss * 1024;
}
