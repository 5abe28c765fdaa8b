/* natural.h - the order of ids: digits as numbers, and what an enumeration is. */
#ifndef TSI_SEARCH_NATURAL_H
#define TSI_SEARCH_NATURAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* H2 before H10; where two ids differ in leading zeros only, by bytes: a total order. */
int natural_cmp(struct str a, struct str b);

/* More digits than a 64-bit number surely holds are no counter. */
#define NATURAL_DIGITS_MAX 18

uint64_t natural_power_of_ten(uint32_t n); /* n at most NATURAL_DIGITS_MAX + 1 */

/* The number that `b` counts one further than `a`, both being prefix + digits + suffix. */
struct natural_step {
    size_t begin;   /* of the digits */
    uint32_t width; /* digits in a */
    uint32_t next_width;
    uint64_t value; /* in a */
};

bool natural_follows(struct str a, struct str b, struct natural_step *step);

#endif
