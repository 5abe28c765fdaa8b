/* state.h - what the threads of a run share, and what each of them owns. Private to the module. */
#ifndef TSI_RUN_STATE_H
#define TSI_RUN_STATE_H

#include <pthread.h>

#include "base/queue.h"
#include "catalog/catalog.h"
#include "run/live.h"
#include "run/run.h"
#include "run/spill.h"
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
    struct dataset_info
        info; /* id_columns, time_column and origin change when a scout decides (under run->lock) */
    struct object *todo; /* files to read, largest first */
    size_t n_todo;
    const char **gone; /* keys that the catalog has and the source has not */
    size_t n_gone;
    size_t n_unchanged;
    size_t n_left;       /* files that would be read but for a limit or --since */
    const char **sliced; /* keys of files of which an earlier run kept slices */
    size_t n_sliced;
    bool held;   /* a limit keeps this run from looking at the dataset at all */
    bool forget; /* none of the catalog's files is valid any more: other id columns, or --force */
    bool forget_values; /* the metadata names other targets than it did: these are read again */
    struct scan_columns hint;    /* what the metadata names */
    const char *frequency;       /* the same; NULL */
    struct target_names targets; /* likewise */
    bool sampled;                /* files are read beyond the footer whose draw is at most this: */
    uint64_t drawn_up_to;
    bool stale; /* the catalog's figures must be recomputed even if no file changes */

    /* Under run->lock: */
    enum columns_state columns_state;
    struct scan_columns columns;      /* constant once KNOWN */
    size_t next;                      /* todo[next] is started next */
    uint64_t bytes_left;              /* of todo[next..] */
    uint64_t footer_hint;             /* largest footer seen */
    struct job *open, **open_tail;    /* files with slices to start, first come first served */
    size_t heads_done;                /* files whose footers are read, or could not be ... */
    uint64_t heads_rows, heads_bytes; /* ... and what they said */
    bool heads_failed;
    uint64_t bytes_open; /* of these slices, as their shares of the files' sizes */
    size_t open_place;   /* in run->open */

    /* Owned by the writer: */
    struct dataset_info described; /* as the catalog was told last */
    bool done;
    size_t recorded;
    uint64_t footers_ns; /* when all were read */
    struct dataset_run *next_done, *next_footers;
};

struct run {
    const struct run_options *options;
    struct store *store; /* of the data */
    struct counters counters;
    struct budget budget;
    struct arena arena; /* the plan; coordinator only */
    struct discovery discovery;
    struct dataset_run *datasets;
    size_t n_datasets;
    const char *plan_limited; /* the limit that shortened the plan; NULL */
    struct live live;         /* coordinator only */
    struct metadata_cache
        *metadata; /* coordinator only: what was read or known of metadata files; a list */
    struct map excluded_folders; /* coordinator only: first segments of excluded keys */
    uint64_t n_excluded;
    uint64_t phase_ns; /* coordinator only: when the phase began ... */
    double phase_cpu;  /* ... and what the process had taken of the processors then */
    struct run_phase phases[RUN_PHASES_MAX];
    size_t n_phases;
    uint64_t n_notes, n_failures; /* of discovery; coordinator only */

    struct queue cpu; /* store_read nodes whose bytes have arrived */
    pthread_t *workers;
    size_t n_workers;

    struct catalog *catalog; /* the coordinator's until the writer starts, and after it has ended */
    struct queue writes;     /* struct write nodes */
    pthread_t writer;
    bool writer_running;
    bool writer_done; /* under run->lock: everything is written */

    pthread_mutex_t lock;
    pthread_cond_t changed;     /* something below changed */
    struct dataset_run **order; /* coordinator only: datasets as their files are begun */
    size_t order_next;          /* those before are done with */
    size_t room_io, room_cpu;   /* coordinator only: see schedule.h */
    uint64_t open_bytes_max;    /* constant */
    uint64_t memory;            /* --memory; constant */
    uint64_t held_max;          /* what series of one file may take in memory; constant */
    uint64_t slices_max;        /* bytes of slices that the catalog may keep; constant */
    uint64_t resident;          /* coordinator only: what the process took a moment ago */

    /* Under the lock: */
    size_t active;             /* jobs there are */
    size_t reading, arrived;   /* jobs whose bytes are under way; are at hand, or being decoded */
    size_t recording;          /* files that the writer has not recorded yet */
    size_t slices_active;      /* of reading and arrived: slices */
    uint64_t expected;         /* bytes that the results of these may take */
    struct dataset_run **open; /* with files that have slices to start */
    size_t n_open;             /* room for all datasets */
    size_t files_open;         /* planned, not yet at the writer; their footers take ... */
    uint64_t open_bytes;       /* ... so many bytes */
    size_t slices_started;
    uint64_t slices_kept;        /* bytes of them in the catalog, of files that are not recorded */
    struct job *oldest, *newest; /* of them, a list */
    struct arena columns_arena;  /* columns that scouts decided */
    struct run_progress progress;
    uint64_t failures, notes, datasets_failed;
    uint64_t errors[ERROR_CODE_COUNT];
    struct again *again, **again_tail; /* files to be read a second time at the end */
    uint64_t files_retried;
    struct job *parked; /* waiting for room below a limit */
    size_t n_parked;
    uint64_t reserved_requests, reserved_bytes; /* of reads under way, where there are limits */
    const char *limited; /* the limit that was reached: nothing more is started; NULL */
    bool stopping;       /* cancel: results of unfinished files are dropped */
    struct error fatal;  /* code OK: none */
};

/* ---- jobs (job.c, slices.c, pool.c) ---- */

enum slice_state {
    SLICE_TODO,
    SLICE_ACTIVE,
    SLICE_DONE,   /* `part`, or `spilled`, waits for the slices before it */
    SLICE_FAILED, /* `err` does */
    SLICE_TAKEN,
};

/* One slice of a planned file. */
struct job_slice {
    enum slice_state state;
    struct scan_part part;
    struct spilled *spilled; /* NULL: it is in `part` */
    struct error *err;       /* own allocation */
};

/* What was found in a file beyond run->held_max (held.c). */
struct job_spill {
    struct spill file;
    atomic_bool on;         /* there is more than may be held: all of it goes there */
    struct spilled **parts; /* those taken, in the order of the file; as job->scan */
    size_t n, cap;
    /* Owned by the writer: */
    size_t bucket;         /* that is recorded next */
    bool whole;            /* one span a series */
    struct scan_part part; /* the one that is being recorded */
};

/* A file, from its first request until it is recorded; or one of its slices, while it is read and
 * scanned. */
struct job {
    struct store_read read; /* first: its queue node carries the job */
    struct job *next_parked;
    struct job *older, *newer; /* files, under run->lock */
    uint64_t started_ns;
    /* For progress only, so nobody waits for them: */
    _Atomic(const char *) doing;
    atomic_uint groups_done, groups_total;
    uint64_t reserved_requests, reserved_bytes;
    bool second;  /* the file is read again in this run */
    bool resumes; /* some of its slices may be in the catalog */
    struct run *run;
    struct dataset_run *dataset;
    const struct object *object;
    struct store_range *ranges;
    size_t ranges_cap;
    struct error err; /* why the file, or the slice, failed; code OK: it did not */

    /* Of a file: */
    bool scout;
    struct file_scan scan; /* once it is planned, whoever set `merging` may change it */
    struct job_spill spill;
    struct job_slice *slices; /* under run->lock, as all below; NULL until it is planned */
    size_t next_slice;        /* none before is TODO */
    size_t end_slice;         /* from here on they are not wanted: one that failed, or the end */
    size_t slices_active;
    uint64_t open_bytes;  /* its part of run->open_bytes */
    uint64_t counted;     /* of it in run->progress.bytes_done before it is recorded ... */
    uint64_t kept;        /* ... and in bytes_unchanged: slices of an earlier run */
    uint64_t expected;    /* its part of run->expected */
    uint64_t slices_kept; /* of run->slices_kept */
    bool merging;
    bool failed;                        /* err says why: no slice is started any more */
    struct job *next_open, **open_link; /* in dataset->open; open_link NULL: it is not */

    /* Of a slice: */
    struct job *file;
    size_t slice;
    struct arena arena; /* its ranges */
    struct scan_ranges batch;
    struct scan_part part;
    struct spilled *spilled; /* NULL: it is in `part` */
};

/* Start reading a file. Counts as active until job_free. */
struct job_start {
    struct dataset_run *dataset;
    const struct object *object;
    bool scout, second;
    uint64_t footer_hint;
};
void job_start(struct run *run, const struct job_start *what);
/* Give up a job that a limit stopped: the next run reads its file. */
void job_drop(struct job *job);

/* A file that failed for a reason that may have passed. */
struct again {
    struct again *next;
    struct dataset_run *dataset;
    const struct object *object;
    bool changed; /* replaced while it was read: it is listed again first */
};

/* ---- limits (limits.c): true where requests and bytes fit below all limits and are reserved; lock
 * held ---- */
bool limits_reserve_locked(struct run *run, struct job *job, uint64_t requests, uint64_t bytes);
void limits_release_locked(struct run *run, struct job *job);
bool limits_any(const struct run_options *o);
/* The name of the option that is exhausted first. */
const char *limits_name_locked(struct run *run);
/* Bytes have arrived (or not): decode, then ask for more or hand the result to the writer. CPU
 * threads. */
void job_advance(struct job *job);
void job_free(struct job *job);
/* What to read next ... */
void job_set_ranges(struct job *job, const struct scan_range *wanted, size_t n);
/* ... to be sent, or parked below a limit (again, where it was parked); and the store's answer. */
void job_submit(struct job *job);
void job_arrived(struct store_read *r);
bool job_lost_credentials(const struct job *job);
/* The bytes are decoded: give them and the place on the CPU back. */
void job_release_bytes(struct job *job);
/* The file is read as far as it will be: to the writer, or once more. */
void job_finish(struct job *file);

/* Slices of planned files (slices.c). The head of the file is done: its slices may be started. */
void slices_open(struct job *file);
/* Slices that an earlier run kept; those that fit are not read again. */
void slices_resume(struct job *file, const struct file_slice_state *kept, size_t n);
/* Start the next slice of a dataset that has one. Called and left with the lock held. */
void slices_start_locked(struct run *run, struct dataset_run *d);
/* The bytes of a slice have arrived, or not. CPU threads. */
void slice_advance(struct job *slice);
/* Give up a slice that a limit stopped. */
void slice_drop(struct job *slice);
/* Give up all files of which no slice is under way. Called and left with the lock held. */
void slices_drop_locked(struct run *run);
/* Is the file planned, and none of its slices under way? */
bool slices_wait_locked(const struct job *file);
void slices_free(struct job *file);

/* ---- series of a file that do not fit in memory (held.c) ---- */

void held_init(struct job *file);
void held_free(struct job *file);
/* The file starts over: what it had is not to be used. */
void held_forget(struct job *file);
/* A slice was scanned. Where its file has too much in memory, or would have with it, what was found
 * goes to disk: *out is then not NULL, and the part is empty. Any thread. */
MUST_CHECK enum error_code held_put(struct job *file, struct scan_part *part, struct spilled **out,
                                    struct error *err);
/* The next slice in the order of the file, in one of the two forms; both are used up, also by a
 * failure. Whoever set `merging`. */
MUST_CHECK enum error_code held_take(struct job *file, struct scan_part *part,
                                     struct spilled *spilled, struct error *err);
/* All slices are taken: the result of the file, to be recorded. The writer's. */
MUST_CHECK enum error_code held_result(struct job *file, struct file_result *out,
                                       struct error *err);
/* Spans that it has. */
uint64_t held_spans(const struct job *file);

/* The files under way, into run->progress. */
void jobs_list_locked(struct run *run);

void pool_start(struct run *run, size_t n_workers);
void pool_stop(struct run *run);

/* ---- the writer (writer.c) ---- */

enum write_kind {
    WRITE_DATASET,
    WRITE_FILE,
    WRITE_GONE,
    WRITE_RUNG,
    WRITE_SLICE,
    WRITE_RESUME,
};

struct write {
    struct queue_node node;
    enum write_kind kind;
    struct dataset_run *dataset;
    struct job *job; /* WRITE_FILE; the writer frees it. WRITE_RESUME: the writer gives it back */
    /* WRITE_SLICE: */
    const struct object *object;
    uint64_t reading;
    struct file_slice slice;
    struct strbuf bytes;
    const char *key; /* WRITE_GONE: a file that disappeared while it was to be read */
};

void writer_start(struct run *run);
/* Waits until everything queued is recorded and committed. */
void writer_stop(struct run *run);
void writer_push_dataset(struct run *run, struct dataset_run *d);
void writer_push_file(struct run *run, struct job *job);
void writer_push_gone(struct run *run, struct dataset_run *d, const char *key);
/* All footers of a new dataset are read: what they say of it, until its figures come. */
void writer_push_rung(struct run *run, struct dataset_run *d);
/* Keep a slice of a file that is not finished. Takes the bytes. */
void writer_push_slice(struct job *file, const struct file_slice *slice, struct strbuf bytes);
/* Ask for the slices that were kept: slices_resume is called with them, on the writer's thread. */
void writer_push_resume(struct job *file);
/* Notes and failures that belong to no dataset of this run; the coordinator's, once the writer has
 * stopped. */
MUST_CHECK enum error_code record_orphans(struct run *run, struct error *err);

/* ---- listing and plan (listing.c, plan.c) ---- */

/* List the source, read the metadata, sort the objects into datasets. */
MUST_CHECK enum error_code run_list(struct run *run, struct error *err);
/* Find one object anew; *out NULL where it is gone. Memory: the run's arena. */
MUST_CHECK enum error_code run_list_one(struct run *run, const char *key, const struct object **out,
                                        struct error *err);
/* Write down what was read of metadata files, forget those that are gone. Inside a transaction. */
void run_free_metadata(struct run *run);
MUST_CHECK enum error_code run_keep_metadata(struct run *run, struct error *err);
/* How far a file is to be read: in a sample, most of them only to the footer. */
enum depth run_depth_of(const struct run *run, const struct dataset_run *d, const struct object *o);
/* Compare with the catalog (NULL: nothing is known): which files to read, which are gone. */
MUST_CHECK enum error_code run_plan(struct run *run, struct error *err);
/* Take datasets of this source out of the catalog that are gone, and keep metadata files. */
MUST_CHECK enum error_code run_drop_gone(struct run *run, struct error *err);

/* ---- choosing what to read next (schedule.c) ---- */

/* Read everything that is planned, until it is done or the run must end. */
void run_read_files(struct run *run);
/* Telling progress meanwhile. */
void run_wait_for_writer(struct run *run);

/* ---- shared helpers (run.c) ---- */

void run_tell_locked(struct run *run);

/* End the run early: cancel what is under way. The first error is kept. */
void run_fail(struct run *run, const struct error *err);
bool run_is_stopping(struct run *run);
void run_init(struct run *run, const struct run_options *o);
void run_destroy(struct run *run);
MUST_CHECK enum error_code run_open_store(struct run *run, uint64_t memory, struct error *err);
void run_name_root(struct run *run);
struct catalog_progress run_catalog_progress_locked(const struct run *run);

#endif
