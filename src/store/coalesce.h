/* coalesce.h - which bytes to fetch for a batch of ranges: neighbours merged, long spans split.
 * Pure.
 *
 * Merging trades bytes for requests: the smallest gaps are closed first, as long as their sum stays
 * within the batch's waste. Ranges that touch are always merged. A span is one stretch of the
 * object and of the read's buffer; it is fetched by one request, or by several in parallel where it
 * is longer than COALESCE_PIECE_MAX.
 *
 * Memory: plans live in the given arena. Threads: no state.
 */
#ifndef TSI_STORE_COALESCE_H
#define TSI_STORE_COALESCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "store/store.h"

/* One connection to S3 carries 85-90 MB/s: above 16 MiB a second connection pays for its round
 * trip. */
#define COALESCE_PIECE_MAX ((uint64_t)16 << 20)

struct coalesce_span {
    uint64_t offset, length; /* in the object */
    uint64_t at;             /* in the buffer */
};

struct coalesce_plan {
    struct coalesce_span *spans; /* ascending */
    size_t n_spans;
    uint64_t bytes; /* of all spans: what the read reserves */
};

/* ERR_INTERNAL where the ranges are not ascending and disjoint, or leave 64 bits. Empty ranges need
 * no bytes. */
MUST_CHECK enum error_code coalesce_ranges(const struct store_range *ranges, size_t n,
                                           uint64_t waste_max, struct arena *a,
                                           struct coalesce_plan *out, struct error *err);

/* In how many pieces a span is fetched, and where piece `i` of `n` begins (relative to the span).
 */
size_t coalesce_pieces(uint64_t length);
uint64_t coalesce_piece_start(uint64_t length, size_t n, size_t i);

/* The span that holds `offset`; NULL where none does. */
const struct coalesce_span *coalesce_find(const struct coalesce_plan *p, uint64_t offset);

#endif
