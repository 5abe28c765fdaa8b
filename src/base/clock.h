/* clock.h - the two clocks: monotonic for durations, wall time for records. */
#ifndef TSI_BASE_CLOCK_H
#define TSI_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

uint64_t clock_monotonic_ns(void);
int64_t clock_wall_us(void); /* microseconds since 1970-01-01 UTC */
void clock_sleep_ns(uint64_t ns);

#define CLOCK_ISO_SIZE 28
/* "2026-01-31T23:59:59.123456Z"; the fraction is left out where it is zero. Years beyond 0-9999
 * give "-". */
void clock_format_iso(int64_t us, char out[CLOCK_ISO_SIZE]);

#endif
