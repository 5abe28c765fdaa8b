#include "run/state.h"

static void *work(void *arg)
{
    struct run *run = arg;
    struct queue_node *node;
    while ((node = queue_pop(&run->cpu))) {
        job_advance(((struct store_read *)node)->user);
    }
    return NULL;
}

void pool_start(struct run *run, size_t n_workers)
{
    queue_init(&run->cpu);
    run->workers = mem_zalloc(n_workers * sizeof *run->workers);
    for (size_t i = 0; i < n_workers; i++) {
        /* A machine that gives one thread still runs; none at all is the end. */
        if (pthread_create(&run->workers[run->n_workers], NULL, work, run) == 0) {
            run->n_workers++;
        }
    }
}

void pool_stop(struct run *run)
{
    queue_close(&run->cpu);
    for (size_t i = 0; i < run->n_workers; i++) {
        pthread_join(run->workers[i], NULL);
    }
    mem_free(run->workers);
    run->workers = NULL;
    run->n_workers = 0;
    queue_destroy(&run->cpu);
}
