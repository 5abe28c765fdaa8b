/* runs.h - find words in an enumeration without writing it out.
 *
 * A run is prefix + number + suffix for consecutive numbers of one width. A word that overlaps the
 * digits fixes some of them: each way to lay the word over the text is an equation on the number,
 * and its solutions are counted up arithmetically. With typos, the digits are walked as a tree, one
 * level a digit, and a branch is left as soon as no match can come of it.
 */
#ifndef TSI_SEARCH_RUNS_H
#define TSI_SEARCH_RUNS_H

#include "search/match.h"
#include "search/segment.h"

struct run_view {
    struct str text; /* folded, zeros for the number */
    uint32_t digits_at, width;
    uint64_t low, end; /* of the numbers; end is not one of them */
};

/* Called with a number that matches, in ascending order; returns the least number to go on with
 * (UINT64_MAX: none). */
typedef uint64_t run_each(void *user, uint64_t number);

/* The bits of the enum search_match values that are wanted. */
typedef uint32_t match_mask;

/* Room for the folded text is taken from `buffer`, which owns it. */
void run_view_init(struct run_view *v, const struct segment *s, const struct run_record *r,
                   struct strbuf *buffer);
void run_find_exact(const struct run_view *v, struct str word, match_mask wanted, run_each *each,
                    void *user);
void run_find_fuzzy(const struct run_view *v, const struct term *t, int k, run_each *each,
                    void *user);
/* How many numbers match exactly, at most (places are counted apart). */
uint64_t run_count_exact(const struct run_view *v, struct str word);

#endif
