#include "base/cores.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

size_t cores_of_quota(const char *text)
{
    char *end;
    unsigned long long quota = strtoull(text, &end, 10);
    unsigned long long period = *end == ' ' ? strtoull(end, NULL, 10) : 0;
    if (quota == 0 || period == 0) { /* "max": no quota */
        return 0;
    }
    return (size_t)((quota + period - 1) / period);
}

static size_t quota(void)
{
    char text[64] = "";
    FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (!f) {
        return 0;
    }
    bool read = fgets(text, sizeof text, f) != NULL;
    fclose(f);
    return read ? cores_of_quota(text) : 0;
}

size_t cores_usable(void)
{
    cpu_set_t set;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = online > 0 ? (size_t)online : 1;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
        size_t allowed = (size_t)CPU_COUNT(&set);
        n = allowed < n ? allowed : n;
    }
    size_t bought = quota();
    return bought && bought < n ? bought : n;
}
