/* sort.h - sorting what mostly is in order.
 *
 * Ids come out of files and tables in long ascending runs: one a file, or a row group. Finding them
 * takes n comparisons, and merging r of them n log r, where qsort would take n log n whatever the
 * order was.
 */
#ifndef TSI_BASE_SORT_H
#define TSI_BASE_SORT_H

#include <stddef.h>

/* As qsort_r; n may be 0. Stable. Memory: as much again as the items take, where they are not in
 * order. */
void sort_runs(void *items, size_t n, size_t size,
               int (*compare)(const void *a, const void *b, void *user), void *user);

#endif
