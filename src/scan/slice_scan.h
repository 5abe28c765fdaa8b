/* slice_scan.h - a slice of a file: some row groups, fetched in one batch and scanned by
 * themselves.
 *
 * Slices of one file share its footer, columns and plan, which stay constant meanwhile, and write
 * to parts of their own: so they may be fetched and scanned in any order, by any thread. Parts that
 * are put together in the order of their slices (scan_part.h) are what one scan of the file gives.
 */
#ifndef TSI_SCAN_SLICE_SCAN_H
#define TSI_SCAN_SLICE_SCAN_H

#include "scan/file_plan.h"
#include "scan/scan_part.h"

struct scan_range {
    uint64_t offset, length;
    const uint8_t *data; /* set by the caller before the bytes are used */
};

struct scan_ranges {
    struct scan_range *items; /* ascending, not overlapping */
    size_t n;
};

/* What the scan of a slice needs to know of its file. */
struct file_view {
    const struct parquet_footer *footer;
    const struct file_columns *columns;
    const struct file_plan *plan;
    struct str kept; /* bytes of the file from kept_offset to its end, at hand already */
    uint64_t kept_offset;
    struct counters *counters;
};

/* Put a chunk into a batch that has room for it, unless its bytes are at hand. */
void slice_want_chunk(const struct file_view *v, const struct parquet_chunk *chunk,
                      struct scan_ranges *out);
void slice_sort_ranges(struct scan_ranges *r);

/* The chunks of the slice that are not at hand already; none where statistics say it all. Memory:
 * `a`. */
struct scan_ranges slice_ranges(const struct file_view *v, const struct file_slice *slice,
                                struct arena *a);

/* The bytes of a chunk: from those at hand, or from the batch. ERR_CORRUPT where the file's chunks
 * overlap. */
MUST_CHECK enum error_code slice_chunk(const struct file_view *v, const struct scan_ranges *batch,
                                       const struct parquet_chunk *chunk, struct chunk_piece *out,
                                       struct error *err);

/* The slice's row groups into `part`, whose unit is that of its spans. ERR_LIMIT: a time does not
 * fit the unit. */
MUST_CHECK enum error_code slice_scan(const struct file_view *v, const struct file_slice *slice,
                                      const struct scan_ranges *batch, struct scan_part *part,
                                      struct error *err);

#endif
