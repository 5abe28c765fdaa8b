/* counters.h - what a run cost: requests, bytes, decoded values. Exact, and the same for any number
 * of threads.
 *
 * One struct a run, shared by all threads; increments are relaxed atomics. Declared once here: the
 * list drives the summary, the JSON and the catalog's `runs` row.
 */
#ifndef TSI_BASE_COUNTERS_H
#define TSI_BASE_COUNTERS_H

#include <stdatomic.h>
#include <stdint.h>

/* X(field, text for people) */
#define COUNTERS(X)                                                                                \
    X(requests_list, "LIST requests")                                                              \
    X(requests_get, "GET requests")                                                                \
    X(requests_other, "other requests")                                                            \
    X(retries, "retries")                                                                          \
    X(bytes_received, "bytes received")                                                            \
    X(bytes_wanted, "bytes asked for by the readers")                                              \
    X(bytes_decompressed, "bytes after decompression")                                             \
    X(pages_decoded, "pages decoded")                                                              \
    X(runs_decoded, "runs decoded")                                                                \
    X(values_decoded, "values decoded")                                                            \
    X(row_groups_proven, "row groups answered by statistics alone")

struct counters {
#define COUNTER_FIELD(field, text) atomic_uint_least64_t field;
    COUNTERS(COUNTER_FIELD)
#undef COUNTER_FIELD
};

static inline void counter_add(atomic_uint_least64_t *c, uint64_t n)
{
    atomic_fetch_add_explicit(c, n, memory_order_relaxed);
}

static inline uint64_t counter_get(const atomic_uint_least64_t *c)
{
    return atomic_load_explicit((atomic_uint_least64_t *)c, memory_order_relaxed);
}

#endif
