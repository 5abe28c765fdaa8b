/* work.h - scan local Parquet files on a few threads, the way a run does, without its scheduler. */
#ifndef BENCH_IDS_WORK_H
#define BENCH_IDS_WORK_H

#include "scan/file_scan.h"

struct work {
    /* Set by the caller: */
    char **paths;
    size_t n_files;
    unsigned threads;
    enum depth depth;
    const struct scan_columns *columns;
    /* Set by work_scan: one scan a file, which hold the results until work_free. */
    struct object *objects;
    struct file_scan *scans;
    const struct file_result **results;
    const uint32_t **tags; /* of a file's ids, as id_set_tags */
    struct counters counters;
    atomic_uint_least64_t ranges; /* preads */
    atomic_size_t next;           /* file to take */
    /* Set by a worker, the first to fail; `failed` is the lock. */
    atomic_bool failed;
    struct error err;
};

/* Everything, from opening the files on; the page cache serves the bytes. */
MUST_CHECK enum error_code work_scan(struct work *w, struct error *err);
void work_free(struct work *w);

/* Run `body(user, i)` for i in [0, n) on n threads, the caller's being one of them. */
void work_threads(unsigned n, void (*body)(void *user, unsigned i), void *user);

#endif
