/* plans.h - what page indexes, bloom filters, dictionaries and statistics of a chunk say, checked
 * against its values. */
#ifndef TESTS_PARQUET_DUMP_PLANS_H
#define TESTS_PARQUET_DUMP_PLANS_H

#include "parquet/chunk.h"
#include "parquet/page_plan.h"

struct chunk_place {
    const struct parquet_footer *footer;
    struct str file;
    size_t group, column;
};

/* An entry: its PLAIN bytes, or data NULL where it has no value. */
typedef void visit_function(void *context, struct str value);

/* Every entry of the chunk, read in a few parts by plan_rows. */
MUST_CHECK enum error_code visit_by_rows(struct chunk_place p, visit_function *visit, void *context,
                                         struct error *err);

/* ERR_INTERNAL names what rules out a value that is there, or misses one. */
MUST_CHECK enum error_code check_plans(struct chunk_place p, struct error *err);

#endif
