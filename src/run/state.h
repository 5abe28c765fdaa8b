/* state.h - what the threads of a run share, and what each of them owns. Private to the module. */
#ifndef TSI_RUN_STATE_H
#define TSI_RUN_STATE_H

#include <pthread.h>

#include "base/queue.h"
#include "catalog/catalog.h"
#include "run/live.h"
#include "run/run.h"
#include "scan/discover.h"
#include "scan/file_scan.h"

/* Does the dataset know its id and time columns? */
enum columns_state {
    COLUMNS_UNKNOWN,  /* the next file started is the scout */
    COLUMNS_SCOUTING, /* a scout is under way; other files wait */
    COLUMNS_KNOWN,
};

struct dataset_run {
    /* Set by the plan, then constant: */
    struct dataset_info info;       /* id_columns, time_column and origin change when a scout decides (under run->lock) */
    struct object *todo;            /* files to read, largest first */
    size_t n_todo;
    const char **gone;              /* keys that the catalog has and the source has not */
    size_t n_gone;
    size_t n_unchanged;
    struct scan_columns hint;       /* what the metadata names */
    bool stale;                     /* the catalog's figures must be recomputed even if no file changes */

    /* Under run->lock: */
    enum columns_state columns_state;
    struct scan_columns columns;    /* constant once KNOWN */
    size_t next;                    /* todo[next] is started next */
    uint64_t bytes_left;            /* of todo[next..] */
    uint64_t footer_hint;           /* largest footer seen */

    /* Owned by the writer: */
    bool started;
    size_t recorded;
};

struct run {
    const struct run_options *options;
    struct store *store;            /* of the data */
    struct counters counters;
    struct budget budget;
    struct arena arena;             /* the plan; coordinator only */
    struct discovery discovery;
    struct dataset_run *datasets;
    size_t n_datasets;
    struct live live;               /* coordinator only */
    uint64_t n_notes, n_failures;   /* of discovery; coordinator only */

    struct queue cpu;               /* store_read nodes whose bytes have arrived */
    pthread_t *workers;
    size_t n_workers;

    struct catalog *catalog;        /* the coordinator's until the writer starts, and after it has ended */
    struct queue writes;            /* struct write nodes */
    pthread_t writer;
    bool writer_running;

    pthread_mutex_t lock;
    pthread_cond_t changed;         /* something below changed */
    /* Under the lock: */
    size_t active;                  /* jobs under way */
    struct arena columns_arena;     /* columns that scouts decided */
    struct run_progress progress;
    uint64_t failures, notes, datasets_failed;
    const char *limited;            /* the limit that was reached: nothing more is started; NULL */
    bool stopping;                  /* cancel: results of unfinished files are dropped */
    struct error fatal;             /* code OK: none */
};

/* ---- jobs (job.c, pool.c) ---- */

struct job {
    struct store_read read;         /* first: its queue node carries the job */
    struct run *run;
    struct dataset_run *dataset;
    const struct object *object;
    bool scout;
    struct file_scan scan;
    struct store_range *ranges;
    size_t ranges_cap;
    struct error err;               /* why the file failed; code OK: it did not */
};

/* Start reading a file. Counts as active until job_free. */
void job_start(struct run *run, struct dataset_run *d, const struct object *o, bool scout,
               uint64_t footer_hint);
/* Bytes have arrived (or not): decode, then ask for more or hand the result to the writer. CPU threads. */
void job_advance(struct job *job);
void job_free(struct job *job);

void pool_start(struct run *run, size_t n_workers);
void pool_stop(struct run *run);

/* ---- the writer (writer.c) ---- */

enum write_kind { WRITE_DATASET, WRITE_FILE };

struct write {
    struct queue_node node;
    enum write_kind kind;
    struct dataset_run *dataset;
    struct job *job;                /* WRITE_FILE; the writer frees it */
};

void writer_start(struct run *run);
/* Waits until everything queued is recorded and committed. */
void writer_stop(struct run *run);
void writer_push_dataset(struct run *run, struct dataset_run *d);
void writer_push_file(struct run *run, struct job *job);
/* Notes and failures that belong to no dataset of this run; the coordinator's, once the writer has stopped. */
MUST_CHECK enum error_code record_orphans(struct run *run, struct error *err);

/* ---- listing and plan (listing.c, plan.c) ---- */

/* List the source, read the metadata, sort the objects into datasets. */
MUST_CHECK enum error_code run_list(struct run *run, struct error *err);
/* Compare with the catalog: which files to read, which are gone. */
MUST_CHECK enum error_code run_plan(struct run *run, struct error *err);

/* ---- shared helpers (run.c) ---- */

/* End the run early: cancel what is under way. The first error is kept. */
void run_fail(struct run *run, const struct error *err);
bool run_is_stopping(struct run *run);
struct catalog_progress run_catalog_progress_locked(const struct run *run);

#endif
