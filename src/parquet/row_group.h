/* row_group.h - the row groups of a footer: chunk metadata, checked against the schema and the
 * file's size. */
#ifndef TSI_PARQUET_ROW_GROUP_H
#define TSI_PARQUET_ROW_GROUP_H

#include "format/thrift.h"
#include "parquet/footer.h"

/* What a ColumnChunk takes at least: eight required fields of its metadata, two bytes each. Bounds
 * what is allocated for row groups that claim many columns. */
#define COLUMN_CHUNK_MIN 16
/* A RowGroup's three required fields. */
#define ROW_GROUP_MIN 6

struct row_group_context {
    const struct parquet_footer *footer; /* its columns are known */
    uint64_t data_end;                   /* where the footer begins: chunks end before it */
    /* parquet-mr before 1.2.9 left the dictionary page's header out of a chunk's length
     * (PARQUET-816). */
    bool short_lengths;
    struct arena *arena;
};

/* One RowGroup, before whose first field the cursor stands. first_row is the caller's. A fault is
 * the cursor's. */
void row_group_parse(struct thrift *t, const struct row_group_context *x,
                     struct parquet_row_group *out);

#endif
