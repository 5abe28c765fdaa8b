#include "base/queue.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"

enum { PRODUCERS = 3, CONSUMERS = 3, EACH = 20000 };

struct item {
    struct queue_node node;
    int producer, number;
};

static struct queue_node *item_new(int producer, int number)
{
    struct item *i = mem_zalloc(sizeof *i);
    i->producer = producer;
    i->number = number;
    return &i->node;
}

/* The number of what was popped; -1 for nothing. */
static int take_number(struct queue_node *n)
{
    int number = n ? ((struct item *)n)->number : -1;
    mem_free(n);
    return number;
}

static void test_order(void **state)
{
    (void)state;
    struct queue q;
    queue_init(&q);
    assert_null(queue_try_pop(&q));
    queue_push(&q, item_new(0, 1));
    queue_push(&q, item_new(0, 2));
    queue_push_front(&q, item_new(0, 0));
    assert_int_equal(queue_length(&q), 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(take_number(queue_pop(&q)), i);
    }
    assert_null(queue_try_pop(&q));
    /* The front of an empty queue is its end, too. */
    queue_push_front(&q, item_new(0, 5));
    queue_push(&q, item_new(0, 6));
    assert_int_equal(take_number(queue_try_pop(&q)), 5);
    assert_int_equal(take_number(queue_try_pop(&q)), 6);
    assert_int_equal(queue_length(&q), 0);
    queue_destroy(&q);
}

static void test_close_lets_the_rest_out(void **state)
{
    (void)state;
    struct queue q;
    queue_init(&q);
    queue_push(&q, item_new(0, 1));
    queue_close(&q);
    assert_int_equal(take_number(queue_pop(&q)), 1);
    assert_null(queue_pop(&q));
    assert_null(queue_pop_until(&q, UINT64_MAX / 2));
    queue_destroy(&q);
}

static void test_deadline(void **state)
{
    (void)state;
    struct queue q;
    queue_init(&q);
    uint64_t start = clock_monotonic_ns();
    assert_null(queue_pop_until(&q, start + 30000000));
    assert_true(clock_monotonic_ns() >= start + 30000000);
    assert_null(queue_pop_until(&q, 0));
    queue_push(&q, item_new(0, 4));
    assert_int_equal(take_number(queue_pop_until(&q, 0)), 4);
    queue_destroy(&q);
}

struct shared {
    struct queue q;
    pthread_mutex_t lock;
    long sum, count; /* under lock */
    int disorder;    /* under lock */
};

struct producer {
    struct shared *s;
    int id;
};

static void *produce(void *user)
{
    struct producer *p = user;
    for (int i = 0; i < EACH; i++) {
        queue_push(&p->s->q, item_new(p->id, i));
    }
    return NULL;
}

static void *consume(void *user)
{
    struct shared *s = user;
    int last[PRODUCERS];
    memset(last, -1, sizeof last);
    long sum = 0, count = 0;
    int disorder = 0;
    struct queue_node *n;
    while ((n = queue_pop(&s->q))) {
        struct item *i = (struct item *)n;
        disorder += i->number <= last[i->producer];
        last[i->producer] = i->number;
        sum += i->number;
        count++;
        mem_free(i);
    }
    pthread_mutex_lock(&s->lock);
    s->sum += sum;
    s->count += count;
    s->disorder += disorder;
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Each item arrives once, and one consumer sees the items of one producer in order. */
static void test_many_threads(void **state)
{
    (void)state;
    struct shared s = {0};
    struct producer producers[PRODUCERS];
    pthread_t in[PRODUCERS], out[CONSUMERS];
    queue_init(&s.q);
    pthread_mutex_init(&s.lock, NULL);
    for (int i = 0; i < CONSUMERS; i++) {
        assert_int_equal(pthread_create(&out[i], NULL, consume, &s), 0);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct producer){&s, i};
        assert_int_equal(pthread_create(&in[i], NULL, produce, &producers[i]), 0);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_join(in[i], NULL);
    }
    queue_close(&s.q);
    for (int i = 0; i < CONSUMERS; i++) {
        pthread_join(out[i], NULL);
    }
    assert_int_equal(s.count, (long)PRODUCERS * EACH);
    assert_int_equal(s.sum, (long)PRODUCERS * EACH * (EACH - 1) / 2);
    assert_int_equal(s.disorder, 0);
    pthread_mutex_destroy(&s.lock);
    queue_destroy(&s.q);
}

static void *pop_one(void *user)
{
    return queue_pop(user);
}

static void test_close_wakes_all(void **state)
{
    (void)state;
    struct queue q;
    pthread_t t[4];
    queue_init(&q);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&t[i], NULL, pop_one, &q), 0);
    }
    clock_sleep_ns(10000000);
    queue_close(&q);
    for (int i = 0; i < 4; i++) {
        void *got = &q;
        pthread_join(t[i], &got);
        assert_null(got);
    }
    queue_destroy(&q);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_order),           cmocka_unit_test(test_close_lets_the_rest_out),
        cmocka_unit_test(test_deadline),        cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_close_wakes_all),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
