/* content_range.h - the Content-Range header of a 206 or 416 answer (RFC 9110, 14.4). Pure; the
 * input is untrusted. */
#ifndef TSI_NET_CONTENT_RANGE_H
#define TSI_NET_CONTENT_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct content_range {
    bool has_range; /* false: "bytes * / 10", of a 416 */
    uint64_t first, length;
    bool has_total; /* false: "bytes 0-9 / *" */
    uint64_t total;
};

/* "bytes 0-9/100". The "0--1/0" that some stores send for an empty object is a range of length 0.
 * False for anything else, for a range that ends before it begins, and for one that ends behind the
 * total. */
bool content_range_parse(struct str s, struct content_range *out);

#endif
