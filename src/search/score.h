/* score.h - one number that orders all hits: larger is better.
 *
 * The bits, from the top, are rules applied in turn:
 *
 *     4  words matched   all of them, unless words had to be dropped
 *     4  15 - typos      fewer typos first
 *     6  together        how the words stand together, by field: whole > prefix > word > inside; 0:
 * apart 8  quality         the mean of what each word is worth, rarer words weighing more 1  in
 * order        words apart, in the order they were typed 1  dataset         as good a match of a
 * dataset comes before those of series: it stands for many 4  coverage        how much of the text
 * they are 5  prior           size, the last to decide
 *
 * Equal scores are ordered by dataset id and place in the dataset. Nothing depends on the time, on
 * floating point, or on how the index is cut into segments.
 */
#ifndef TSI_SEARCH_SCORE_H
#define TSI_SEARCH_SCORE_H

#include "search/search.h"

#define SCORE_RANK_MAX         63
#define SCORE_QUALITY_PER_RANK 4 /* 63 * 4 fits 8 bits */
#define SCORE_COVERAGE_MAX     15

struct score_parts {
    unsigned words, typos, together, quality, in_order, coverage, prior, dataset;
};

#define SCORE_IN_ORDER (1ull << 41) /* the bit of the packed score */

uint64_t score_pack(const struct score_parts *p);
struct score_parts score_unpack(uint64_t score);

/* What a match is worth in a field, 1 to SCORE_RANK_MAX. */
unsigned score_rank(enum search_field field, enum search_match match);
unsigned score_coverage(size_t matched, size_t len);
/* Inside of words, coverage counts in quarters only: finer, the search for a slightly shorter id
 * would read every block. */
unsigned score_series_coverage(enum search_match match, size_t matched, size_t len);

#endif
