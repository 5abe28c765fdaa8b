/* page_index.h - the page index of a column chunk: where each page is, which rows it has, and what
 * bounds its values.
 *
 * The offset index gives places and rows, the column index bounds and nulls; both lie outside the
 * footer, at chunk->offset_index_offset and chunk->column_index_offset, mostly just in front of it.
 * They are a help and not the data: where one does not parse, or contradicts the footer, the caller
 * reads the whole chunk. Bounds are kept where stats.h would trust them; they are never exact, as
 * the specification lets writers put shorter values in their place.
 *
 * Input is untrusted: pages lie in their chunk, one behind the other; their rows start at 0, do not
 * descend, and end with the row group. Memory: in the arena; bounds may point into the given bytes.
 * Spec: parquet-format, PageIndex.md.
 */
#ifndef TSI_PARQUET_PAGE_INDEX_H
#define TSI_PARQUET_PAGE_INDEX_H

#include "parquet/footer.h"

struct parquet_page {
    uint64_t offset, length;  /* in the file, header included */
    uint64_t first_row, rows; /* of the row group */
    bool all_null;
    struct parquet_stats stats;
};

enum page_order { PAGES_UNORDERED, PAGES_ASCENDING, PAGES_DESCENDING };

struct page_index {
    struct parquet_page *pages;
    size_t n;
    bool has_bounds;       /* the column index was read */
    enum page_order order; /* of the bounds, over the pages that are not all null */
};

/* `bytes` are those of the offset index. */
MUST_CHECK enum error_code page_index_parse(const struct parquet_footer *f, size_t row_group,
                                            size_t column, struct str bytes, struct arena *a,
                                            struct page_index *out, struct error *err);

/* Add what the column index says. On an error the index is as it was. */
MUST_CHECK enum error_code page_index_add_bounds(const struct parquet_footer *f, size_t row_group,
                                                 size_t column, struct str bytes, struct arena *a,
                                                 struct page_index *index, struct error *err);

#endif
