/* spill.h - what was found in slices of a file, on disk until the file is recorded.
 *
 * Most files have few series, and what is found in their slices is put together in memory. Five
 * million ids of a file take 1.2 GB there, and files wait for the writer side by side. So a file
 * that outgrows its share of --memory (run.c) goes on on disk: each slice is written when it is
 * scanned, in 256 buckets by the hashes of its ids (scan/part_code.h), and the writer puts together
 * one bucket of all slices after the other. That is what all slices put together are, since no
 * series is in two buckets and whatever depends on the order of slices does so within a series. So
 * the catalog is the same, and of 5 million ids 20 thousand are in memory.
 *
 * Not sorted runs, as of spans in catalog/span_sort.h: a bucket needs no comparison, and is put
 * together by what puts together slices in memory.
 *
 * Memory: what one slice takes as bytes while it is written, one bucket while it is read, and 2 KiB
 * a slice. Threads: spill_put by several at once; the rest by one.
 */
#ifndef TSI_RUN_SPILL_H
#define TSI_RUN_SPILL_H

#include <pthread.h>

#include "scan/part_code.h"

/* Of one file. */
struct spill {
    const char *path; /* of the catalog: on its disk, and beside it */
    pthread_mutex_t lock;
    int fd;       /* a file without a name; -1 until it is needed */
    uint64_t end; /* bytes that are in use */
};

/* A part on disk. */
struct spilled {
    uint64_t from; /* in the file */
    uint64_t at[PART_BUCKETS + 1];
    struct part_facts facts;
};

/* `path` outlives it. */
void spill_init(struct spill *s, const char *path);
void spill_free(struct spill *s);

/* On success *out is the caller's: spilled_free. */
MUST_CHECK enum error_code spill_put(struct spill *s, const struct scan_part *p,
                                     struct spilled **out, struct error *err);
void spilled_free(struct spilled *s);

/* One bucket of parts in the order of their row groups, which are below n_groups; on success *out
 * is the caller's. */
MUST_CHECK enum error_code spill_bucket(const struct spill *s, struct spilled *const *parts,
                                        size_t n, size_t bucket, uint64_t n_groups,
                                        struct scan_part *out, struct error *err);

#endif
