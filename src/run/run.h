/* run.h - one indexing run: list, plan, read, record, publish.
 *
 * Threads. The caller's thread coordinates: it lists, plans, starts files and reports progress. The
 * store's I/O threads fetch. A pool of CPU threads decodes. One writer owns the catalog. Bytes and
 * results are handed over whole, through queues; a file is one job from its first request until the
 * writer has recorded it.
 *
 *     coordinator --start--> store --bytes--> CPU pool --result--> writer --done--> coordinator
 *                              ^                 |
 *                              +--next ranges----+
 *
 * Memory. Fetched bytes are reserved from one budget before they are asked for; a job never holds
 * bytes while it asks for more. The number of jobs under way bounds the rest (footers, spans).
 *
 * Determinism. What is recorded of a file depends on that file and the dataset's columns only;
 * figures are sums over files done by the catalog. So the order of completion cannot be seen in the
 * catalog.
 */
#ifndef TSI_RUN_RUN_H
#define TSI_RUN_RUN_H

#include "base/counters.h"
#include "base/error.h"
#include "catalog/catalog.h"
#include "model/depth.h"
#include "model/table.h"
#include "run/prices.h"
#include "run/select.h"
#include "store/store.h"

/* A file under way. */
struct run_active {
    const char *key;   /* lives as long as the run */
    const char *doing; /* "reading", "decoding", "recording", "waiting" */
    uint64_t size;
    uint64_t started_ns;                /* monotonic */
    uint32_t groups_done, groups_total; /* row groups; 0 until the footer is known */
};

/* More than a terminal shows. */
#define RUN_ACTIVE_MAX 16

struct run_progress {
    const char *phase;
    uint64_t datasets_total, datasets_done;
    uint64_t files_total, files_done, files_failed, files_unchanged;
    uint64_t bytes_total, bytes_done, bytes_unchanged;
    uint64_t rows, series;
    struct run_active active[RUN_ACTIVE_MAX]; /* the longest under way first */
    size_t n_active, files_active;            /* in the list; all */
};

/* What a file that cannot be read means for the run. It is recorded and its dataset is partial in
 * any case, and the next run reads it again. */
enum bad_file {
    BAD_FILE_WARN,  /* a warning, and the exit code of failures */
    BAD_FILE_ERROR, /* the run ends */
    BAD_FILE_SKIP,  /* nothing */
};

struct run_options {
    const char *source, *metadata, *database; /* metadata may be NULL */
    enum depth depth;
    int concurrency; /* 0: chosen */
    uint64_t memory; /* 0: half of what is free */
    bool force;
    enum bad_file on_bad_file;
    /* Of each dataset this many files, drawn at random; of the others the footer is read. 0: all.
     */
    uint64_t sample, seed;
    struct selection select;
    /* Hard stops; 0: none. What is reached leaves a state from which the next run goes on. */
    uint64_t max_datasets, max_files, max_requests, max_bytes;
    double max_cost;
    struct prices prices;
    struct store_options store; /* budget, counters and max_in_flight are the run's */
    void (*on_progress)(const struct run_progress *p, const struct counters *c, void *user);
    /* At the end of a run that could be finished, when everything is in the catalog's file and it
     * is still open: for what is derived from it. Not called where there are so many series that
     * what writing them took is better freed first. NULL: nothing is. */
    void (*on_recorded)(struct catalog *catalog, uint64_t memory, void *user);
    void *user;
    const volatile int *stop; /* non-zero: end, with everything finished saved */
};

/* How long each phase took, in order. */
#define RUN_PHASES_MAX 8
struct run_phase {
    const char *name;
    double seconds, cpu_seconds; /* of all threads */
};

struct run_summary {
    uint64_t datasets, datasets_failed, files_read, files_unchanged, files_failed, files_gone;
    uint64_t files_left, files_excluded,
        files_retried;   /* not read because of a limit; of --exclude; read twice */
    const char *limited; /* the limit that ended the run early; NULL */
    struct run_phase phases[RUN_PHASES_MAX];
    size_t n_phases;
    uint64_t errors[ERROR_CODE_COUNT]; /* failures of this run by code */
    uint64_t bytes_files;              /* size of the files that were read */
    double cpu_seconds, cost;
    uint64_t series, rows;
    bool series_known;
    uint64_t failures, notes;
    uint64_t peak_memory;
    double seconds;
    bool interrupted;
    struct counters counters;
};

/* OK also where some files failed (summary->failures tells); an error where the run could not be
 * done or finished. */
MUST_CHECK enum error_code run_index(const struct run_options *o, struct run_summary *summary,
                                     struct error *err);

/* What run_index would read now: a row for each dataset and a last one for all, and nothing is
 * written. Lists the source and reads metadata that are new. Sets *cost to the estimate of the
 * whole. */
MUST_CHECK enum error_code run_estimate(const struct run_options *o, struct table *out,
                                        double *cost, struct error *err);

#endif
