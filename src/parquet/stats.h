/* stats.h - the statistics of a chunk, as far as the specification lets a reader trust them.
 *
 * Bounds in `min_value`/`max_value` are used where the file declares the type-defined order for the
 * column. The old `min`/`max` were written with whatever order the writer had, so that only signed
 * integers can be trusted. INT96, INTERVAL, FLOAT16 and decimals in byte arrays have no order that
 * plain bytes express: no bounds. Floats: bounds that are NaN are no bounds, zeros are widened to
 * cover both signs, and equal bounds are dropped, because NaN may stand beside the one value they
 * name. Spec: parquet.thrift, Statistics and ColumnOrder.
 */
#ifndef TSI_PARQUET_STATS_H
#define TSI_PARQUET_STATS_H

#include "format/thrift.h"
#include "parquet/footer.h"

/* As it stands in the file; a string with data NULL is absent. */
struct stats_raw {
    struct str min, max; /* deprecated */
    struct str min_value, max_value;
    bool has_null_count;
    int64_t null_count;
    bool min_inexact, max_inexact; /* the file says that the bound does not occur */
    bool min_exact, max_exact;     /* the file says that it does */
};

void stats_read(struct thrift *t, struct stats_raw *raw);

/* Adjusted bounds are copied into the arena. */
void stats_settle(const struct stats_raw *raw, const struct parquet_column *c, struct arena *a,
                  struct parquet_stats *out);

/* Can a chunk or page with these bounds hold the value (PLAIN bytes)? True where they do not rule
 * it out. */
bool stats_may_hold(const struct parquet_column *c, const struct parquet_stats *s,
                    struct str value);

/* Two values in the column's sort order: below 0, 0, above 0. Only for columns and widths that
 * bounds were trusted for. */
int stats_compare(const struct parquet_column *c, struct str a, struct str b);

#endif
