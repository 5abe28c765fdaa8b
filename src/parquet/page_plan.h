/* page_plan.h - which bytes of a column chunk to ask for: a function of the footer, of the page
 * index where there is one, and of what is wanted.
 *
 *   rows a..b       the dictionary page and the pages that hold them       plan_rows
 *   a value         the pages that bounds do not rule out                  plan_value
 *   min and max     the pages that can hold them; the first and the last
 *                   where the values are sorted                            plan_extremes
 *   which values    the dictionary page alone, where every data page is
 *                   coded by it                                            plan_dictionary
 *
 * Whether a row group can hold a value at all: row_group_may_hold, and bloom.h. Neighbouring pages
 * make one range, so that a plan has as many pieces as chunk_open wants to be given. The caller
 * fetches (and may merge ranges across small gaps); nothing is read here.
 */
#ifndef TSI_PARQUET_PAGE_PLAN_H
#define TSI_PARQUET_PAGE_PLAN_H

#include "parquet/page_index.h"

struct plan_range {
    uint64_t offset, length;
};

/* Rows of the row group, from `first`, that a stretch of pages has. */
struct plan_rows {
    uint64_t first, rows;
};

struct page_plan {
    struct plan_range *ranges; /* ascending, apart from each other: the pieces for chunk_open */
    size_t n_ranges;
    struct plan_rows *rows; /* what the reader will give, in order */
    size_t n_rows;
    uint64_t bytes;
};

/* Rows `from` up to, but not with, `to`. `x` NULL: there is no index, the chunk is read whole. */
void plan_rows(const struct parquet_row_group *g, size_t column, const struct page_index *x,
               uint64_t from, uint64_t to, struct arena *a, struct page_plan *out);

/* Pages that may hold `value` (PLAIN bytes): all of them where there are no bounds. */
void plan_value(const struct parquet_footer *f, size_t row_group, size_t column,
                const struct page_index *x, struct str value, struct arena *a,
                struct page_plan *out);

/* Pages among which are the least and the greatest value of the chunk. */
void plan_extremes(const struct parquet_footer *f, size_t row_group, size_t column,
                   const struct page_index *x, struct arena *a, struct page_plan *out);

/* The bytes of the dictionary page, where it holds every value of the chunk that is not null (it
 * may hold more: no writer must remove what no row uses). Read them with chunk_read_dictionary. */
bool plan_dictionary(const struct parquet_chunk *chunk, struct plan_range *out);

/* False where statistics prove that no row of the row group has the value. */
bool row_group_may_hold(const struct parquet_footer *f, size_t row_group, size_t column,
                        struct str value);

#endif
