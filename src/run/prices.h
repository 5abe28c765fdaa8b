/* prices.h - what requests and bytes cost: a small table that users can edit. */
#ifndef TSI_RUN_PRICES_H
#define TSI_RUN_PRICES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct prices {
    double list_per_1000, get_per_1000, egress_per_gib;
    char currency[8];
    char name[128]; /* where these prices come from */
};

/* S3 Standard in us-east-1, read from a machine outside AWS. */
void prices_default(struct prices *p);
/* An INI file: section [prices] with list_per_1000, get_per_1000, egress_per_gib, currency, name.
 * What it does not name keeps its default; an unknown key or no number is ERR_USAGE with the line.
 */
MUST_CHECK enum error_code prices_read(const char *path, struct prices *p, struct error *err);
MUST_CHECK enum error_code prices_parse(const char *text, size_t n, struct prices *p,
                                        struct error *err);
double prices_cost(const struct prices *p, uint64_t lists, uint64_t gets, uint64_t bytes);

#endif
