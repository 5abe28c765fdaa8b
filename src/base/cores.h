/* cores.h - how many threads may compute at once. */
#ifndef TSI_BASE_CORES_H
#define TSI_BASE_CORES_H

#include <stddef.h>

/* The processors that this process may use: those of the machine, less what its affinity (taskset,
 * cpusets) or the quota of its container (cpu.max, rounded up) keeps from it. At least 1. */
size_t cores_usable(void);

/* Of the text of cpu.max, "QUOTA PERIOD" or "max PERIOD"; 0: no quota. */
size_t cores_of_quota(const char *text);

#endif
