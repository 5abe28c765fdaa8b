/* index.h - an open index: its segments, and the order of its live datasets over all of them. */
#ifndef TSI_SEARCH_INDEX_H
#define TSI_SEARCH_INDEX_H

#include "search/manifest.h"
#include "search/segment.h"

struct query_scratch;

#define RANK_DEAD UINT32_MAX

/* How the live datasets of a segment stand, and the best of them: of equal hits, those of larger
 * datasets come first, then those of lower ranks. */
struct segment_order {
    bool by_size; /* larger datasets first, and equal ones in the order of their ranks */
    uint8_t best_prior;
    uint32_t best_rank;
};

struct live_dataset {
    uint32_t segment, dataset;
};

/* Query memory is kept between queries in so many places; a query that finds none free makes its
 * own. */
#define INDEX_SCRATCH_SLOTS 16

struct search_index {
    struct arena arena;
    struct manifest manifest;
    struct segment **segments;
    uint32_t n_segments;
    struct live_dataset *live; /* by dataset id */
    uint32_t n_live;
    uint32_t **ranks;             /* per segment, per dataset: its place in `live`; RANK_DEAD */
    struct segment_order *orders; /* per segment */
    uint64_t n_series;            /* live */
    struct query_scratch *_Atomic scratch[INDEX_SCRATCH_SLOTS];
};

void query_scratch_free(struct query_scratch *s); /* query.c */

#endif
