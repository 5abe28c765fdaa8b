#include "base/budget.h"

#include <stdio.h>
#include <string.h>

#define BUDGET_FALLBACK ((uint64_t)1 << 30) /* where /proc does not tell */
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

uint64_t budget_default(void)
{
    uint64_t available = 0;
    char line[128];
    FILE *f = fopen("/proc/meminfo", "re");
    while (f && fgets(line, sizeof line, f)) {
        unsigned long long kib;
        if (sscanf(line, "MemAvailable: %llu kB", &kib) == 1) {
            available = (uint64_t)kib * 1024;
            break;
        }
    }
    if (f) {
        fclose(f);
    }
    if (available == 0) {
        return BUDGET_FALLBACK;
    }
    return available / 2 > BUDGET_FLOOR ? available / 2 : BUDGET_FLOOR;
}
