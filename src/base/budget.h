/* budget.h - one memory budget, reserved before bytes are asked for.
 *
 * A read reserves its bytes before its requests are sent; when the budget is spent, the reader of
 * the queue waits. A single reservation larger than the whole budget is let in only when nothing
 * else is reserved, so that a file with one huge column chunk is slow and not impossible; `peak`
 * then tells the truth.
 *
 * The rule that keeps this free of deadlock: whoever holds a reservation never waits for another
 * one.
 */
#ifndef TSI_BASE_BUDGET_H
#define TSI_BASE_BUDGET_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct budget {
    pthread_mutex_t lock;
    uint64_t limit; /* set at init */
    /* Under the lock: */
    uint64_t used, peak;
    void (*wake)(void *user); /* called, without the lock, when bytes come back */
    void *wake_user;
};

void budget_init(struct budget *b, uint64_t limit);
void budget_destroy(struct budget *b);
void budget_on_release(struct budget *b, void (*wake)(void *user), void *user);
bool budget_try(struct budget *b, uint64_t bytes); /* false: try again after a release */
void budget_release(struct budget *b, uint64_t bytes);
uint64_t budget_used(struct budget *b);
uint64_t budget_peak(struct budget *b);
uint64_t budget_default(void); /* half of what the machine has free now */

/* Bytes of this process that are in memory now; 0 where the system does not tell. */
uint64_t memory_resident(void);
/* The most it had until now. */
uint64_t memory_peak(void);

#endif
