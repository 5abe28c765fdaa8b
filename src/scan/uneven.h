/* uneven.h - targets of a file whose lists are not as long as their rows have records: which value
 * belongs to which record cannot be told, so they are dropped when the file is whole. */
#ifndef TSI_SCAN_UNEVEN_H
#define TSI_SCAN_UNEVEN_H

#include "scan/span_builder.h"

struct uneven_targets {
    uint32_t *targets; /* numbers, as they were met */
    size_t n, cap;
};

void uneven_add(struct uneven_targets *u, uint32_t target);
void uneven_add_all(struct uneven_targets *u, const struct uneven_targets *more);
bool uneven_has(const struct uneven_targets *u, uint32_t target);
void uneven_free(struct uneven_targets *u);

/* Take the states of these targets out of all spans; b->n_targets are left then. */
void uneven_drop(const struct uneven_targets *u, struct span_builder *b);

#endif
