#include "base/queue.h"

#include <time.h>

void queue_init(struct queue *q)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->ready, &attr);
    pthread_condattr_destroy(&attr);
    q->head = NULL;
    q->tail = &q->head;
    q->length = 0;
    q->closed = false;
}

void queue_destroy(struct queue *q)
{
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->ready);
}

void queue_push(struct queue *q, struct queue_node *item)
{
    item->next = NULL;
    pthread_mutex_lock(&q->lock);
    *q->tail = item;
    q->tail = &item->next;
    q->length++;
    pthread_cond_signal(&q->ready);
    pthread_mutex_unlock(&q->lock);
}

void queue_push_front(struct queue *q, struct queue_node *item)
{
    pthread_mutex_lock(&q->lock);
    item->next = q->head;
    if (!q->head) {
        q->tail = &item->next;
    }
    q->head = item;
    q->length++;
    pthread_cond_signal(&q->ready);
    pthread_mutex_unlock(&q->lock);
}

static struct queue_node *take_locked(struct queue *q)
{
    struct queue_node *item = q->head;
    if (item) {
        q->head = item->next;
        if (!q->head) {
            q->tail = &q->head;
        }
        q->length--;
    }
    return item;
}

struct queue_node *queue_pop(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (!q->head && !q->closed) {
        pthread_cond_wait(&q->ready, &q->lock);
    }
    struct queue_node *item = take_locked(q);
    pthread_mutex_unlock(&q->lock);
    return item;
}

struct queue_node *queue_try_pop(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    struct queue_node *item = take_locked(q);
    pthread_mutex_unlock(&q->lock);
    return item;
}

struct queue_node *queue_pop_until(struct queue *q, uint64_t deadline_ns)
{
    struct timespec at = {(time_t)(deadline_ns / 1000000000u), (long)(deadline_ns % 1000000000u)};
    pthread_mutex_lock(&q->lock);
    int rc = 0;
    while (!q->head && !q->closed && rc == 0) {
        rc = pthread_cond_timedwait(&q->ready, &q->lock, &at);
    }
    struct queue_node *item = take_locked(q);
    pthread_mutex_unlock(&q->lock);
    return item;
}

void queue_close(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->ready);
    pthread_mutex_unlock(&q->lock);
}

size_t queue_length(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t n = q->length;
    pthread_mutex_unlock(&q->lock);
    return n;
}
