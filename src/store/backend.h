/* backend.h - inside the store: what read.c does for every backend, and what a backend does for it.
 *
 * read.c plans a batch, waits for the memory budget, cuts it into pieces and gives these to the
 * backend; the backend fetches each piece into `dest` and answers with piece_done, on one of its
 * I/O threads. A backend knows nothing of ranges, merging or budgets.
 *
 * Locks, outermost first: registry (read.c), store.lock, the budget's, the backend's own. `done` is
 * called with none.
 */
#ifndef TSI_STORE_BACKEND_H
#define TSI_STORE_BACKEND_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/coalesce.h"
#include "store/store.h"

/* Something to run on an I/O thread. */
struct task {
    struct queue_node node;
    void (*run)(struct task *t);
};

struct job;
struct store_report;

struct piece {
    struct task task; /* the backend's, for its queue */
    struct job *job;
    uint64_t offset, length; /* what is wanted; length > 0 */
    bool suffix;             /* the last `length` bytes; `offset` means nothing then */
    uint8_t *dest;           /* room for `length` bytes */
    /* Answered by the backend: */
    uint64_t got_offset, got_length; /* a suffix may be cut; all others are answered whole */
    uint64_t object_size;            /* UINT64_MAX where the backend does not know */
};

/* One read on its way: allocated at submit, freed at release. */
struct job {
    struct task task;    /* to finish without any piece */
    struct store *store; /* not to be used once `done` was called */
    struct budget *budget;
    struct store_read *read;
    struct arena arena;
    struct coalesce_plan plan;
    uint8_t *buffer;
    uint64_t reserved; /* 0 before admission */
    struct piece *pieces;
    size_t n_pieces;
    atomic_size_t n_left;
    atomic_bool failed; /* read->err holds the first failure; written under store.lock */
    struct job *next;   /* in the queue for the budget; under store.lock */
};

struct store_ops {
    void (*start)(struct store *s, struct piece *p); /* never answers from within */
    void (*post)(struct store *s, struct task *t);
    void (*cancel)(struct store *s); /* hurry: `cancelled` is set already */
    void (*close)(struct store *s);  /* no job is left: join the threads, free the backend's part */
    enum error_code (*list_open)(struct store *s, const char *prefix, struct store_lister *l,
                                 struct error *err);
    int (*in_flight_max)(struct store *s); /* NULL where there is no limit to tell */
    /* For `doctor`, NULL where there is nothing to say: before anybody was asked, and after. */
    void (*describe)(struct store *s, struct store_report *r);
    void (*remark)(struct store *s, struct store_report *r);
};

struct store {
    /* Set at open: */
    const struct store_ops *ops;
    char *uri; /* ends in '/' */
    struct budget *budget;
    struct counters *counters;
    void *backend;
    struct store *next; /* in the registry, under its lock */
    atomic_bool cancelled;
    /* Under the lock: */
    pthread_mutex_t lock;
    pthread_cond_t idle;
    struct job *waiting, **waiting_tail; /* for the budget, first come first served */
    size_t n_jobs;                       /* submitted, `done` not yet returned */
};

/* A lister is the common head; the backend's state stands behind `state`. */
struct store_lister {
    struct store *store;
    void *state;
    enum error_code (*next)(struct store_lister *l, const struct object **objects, size_t *n,
                            struct error *err);
    void (*close)(struct store_lister *l); /* frees `state` */
};

/* read.c */
void store_register(struct store *s); /* from here on a release of the budget wakes the store */
void store_unregister(struct store *s);
void store_drain(struct store *s); /* waits until no job is left */
void store_fail_waiting(struct store *s);
/* The answer to one piece; `err` is NULL or has code OK on success. On an I/O thread, with no lock
 * held. */
void piece_done(struct piece *p, const struct error *err);
/* Another piece of the read failed, or the store was cancelled: do not start this one. */
bool piece_abandoned(const struct piece *p);
enum error_code store_cancelled(struct error *err, const char *what);

/* directory.c, s3.c: they set ops, uri and backend. */
MUST_CHECK enum error_code directory_open(struct store *s, const char *path,
                                          const struct store_options *o, struct error *err);
MUST_CHECK enum error_code s3_open(struct store *s, const char *source,
                                   const struct store_options *o, struct error *err);

#endif
