/* throttle.h - a server of one object that takes k requests in flight and n a second, and refuses
 * what is more with 503 SlowDown, at once. What it takes it answers after a fixed time. Counts
 * both. */
#ifndef TSI_TESTS_FAULT_THROTTLE_H
#define TSI_TESTS_FAULT_THROTTLE_H

#include <stdint.h>

struct throttle_options {
    unsigned in_flight;  /* k; 0: no limit */
    unsigned per_second; /* n, with a burst of a tenth of a second; 0: no limit */
    unsigned latency_ms;
};

struct throttle;

struct throttle *throttle_open(const struct throttle_options *o);
int throttle_port(const struct throttle *t);
void throttle_counts(struct throttle *t, uint64_t *taken, uint64_t *refused);
void throttle_close(struct throttle *t);

#endif
