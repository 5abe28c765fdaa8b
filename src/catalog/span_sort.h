/* span_sort.h - the spans of a dataset in order of series, time and place, in bounded memory.
 *
 * They are added in any order and collect in a buffer. When it is full, it is sorted and goes to a
 * file without a name as one run; at the end the runs are merged. So each span is written and read
 * once, however many there are, and none of it depends on how ids are spread: 50 M spans of 12
 * bytes of id are 53 runs of 64 MiB, and a merge of 53 heads. What fits in the buffer never meets a
 * disk.
 *
 * The order is one of content: by the bytes of the id; then by first and last time in the dataset's
 * unit, spans without times last; then by where they lie: place of the file, row group (what was
 * merged over the whole file first), row. It is the same for any order of arrival.
 *
 * Memory: `memory` and what one span takes. Threads: none.
 */
#ifndef TSI_CATALOG_SPAN_SORT_H
#define TSI_CATALOG_SPAN_SORT_H

#include "base/error.h"
#include "base/str.h"

struct sorted_span {
    struct str series, steps, values; /* data NULL: there are none, but of `series` */
    int64_t rows, times;
    int64_t t_min, t_max; /* as they stand in the file; valid where times > 0, as are: */
    int64_t first, last;  /* the same in the dataset's unit: for the order alone */
    uint32_t place;       /* of the file in the order of keys */
    uint32_t row_group;   /* + 1; 0: the whole file */
    int64_t first_row;
};

struct span_sort;

/* `path`: runs go beside it. */
struct span_sort *span_sort_new(const char *path, uint64_t memory);
void span_sort_free(struct span_sort *s);
/* Copies the span. */
MUST_CHECK enum error_code span_sort_add(struct span_sort *s, const struct sorted_span *span,
                                         struct error *err);
/* No more are added. */
MUST_CHECK enum error_code span_sort_end(struct span_sort *s, struct error *err);
/* The next span; its bytes live until the next call. *more false: there is none. */
MUST_CHECK enum error_code span_sort_next(struct span_sort *s, struct sorted_span *out, bool *more,
                                          struct error *err);

#endif
