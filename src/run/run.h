/* run.h - one indexing run: list, plan, read, record, publish.
 *
 * Threads. The caller's thread coordinates: it lists, plans, starts files and reports progress. The store's I/O threads
 * fetch. A pool of CPU threads decodes. One writer owns the catalog. Bytes and results are handed over whole, through
 * queues; a file is one job from its first request until the writer has recorded it.
 *
 *     coordinator --start--> store --bytes--> CPU pool --result--> writer --done--> coordinator
 *                              ^                 |
 *                              +--next ranges----+
 *
 * Memory. Fetched bytes are reserved from one budget before they are asked for; a job never holds bytes while it asks for
 * more. The number of jobs under way bounds the rest (footers, spans).
 *
 * Determinism. What is recorded of a file depends on that file and the dataset's columns only; figures are sums over files
 * done by the catalog. So the order of completion cannot be seen in the catalog.
 */
#ifndef TSI_RUN_RUN_H
#define TSI_RUN_RUN_H

#include "base/counters.h"
#include "base/error.h"
#include "model/depth.h"
#include "store/store.h"

struct run_progress {
    const char *phase;
    uint64_t datasets_total, datasets_done;
    uint64_t files_total, files_done, files_failed, files_unchanged;
    uint64_t bytes_total, bytes_done, bytes_unchanged;
    uint64_t rows, series;
};

struct run_options {
    const char *source, *metadata, *database; /* metadata may be NULL */
    enum depth depth;
    int concurrency; /* 0: chosen */
    uint64_t memory; /* 0: half of what is free */
    bool force;
    struct store_options store; /* budget, counters and max_in_flight are the run's */
    void (*on_progress)(const struct run_progress *p, const struct counters *c, void *user);
    void *user;
    const volatile int *stop; /* non-zero: end, with everything finished saved */
};

struct run_summary {
    uint64_t datasets, datasets_failed, files_read, files_unchanged, files_failed, files_gone;
    uint64_t series, rows;
    bool series_known;
    uint64_t failures, notes;
    uint64_t peak_memory;
    double seconds;
    bool interrupted;
    struct counters counters;
};

/* OK also where some files failed (summary->failures tells); an error where the run could not be done or finished. */
MUST_CHECK enum error_code run_index(const struct run_options *o, struct run_summary *summary,
                                     struct error *err);

#endif
