/* queue.h - hand things over whole between threads: an intrusive FIFO with close.
 *
 * Any number of producers and consumers. `struct queue_node` is the first member of what is queued;
 * the queue owns the item from push to pop. Unbounded: what bounds the work in flight is the memory
 * budget, not the queues.
 */
#ifndef TSI_BASE_QUEUE_H
#define TSI_BASE_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue_node {
    struct queue_node *next;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t ready;
    /* Under the lock: */
    struct queue_node *head, **tail;
    size_t length;
    bool closed;
};

void queue_init(struct queue *q);
void queue_destroy(struct queue *q);
void queue_push(struct queue *q, struct queue_node *item);
void queue_push_front(struct queue *q, struct queue_node *item);
struct queue_node *queue_pop(struct queue *q);     /* waits; NULL once closed and empty */
struct queue_node *queue_try_pop(struct queue *q); /* NULL where there is none now */
struct queue_node *queue_pop_until(struct queue *q,
                                   uint64_t deadline_ns); /* NULL at the monotonic deadline */
void queue_close(struct queue *q);                        /* wakes all who wait */
size_t queue_length(struct queue *q);

#endif
