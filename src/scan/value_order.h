/* value_order.h - the rows of a block, span by span and in order of time. */
#ifndef TSI_SCAN_VALUE_ORDER_H
#define TSI_SCAN_VALUE_ORDER_H

#include "scan/value_builder.h"

/* Fills pieces, order and sorted from runs, times and timed. */
void values_order(struct value_builder *b);

#endif
