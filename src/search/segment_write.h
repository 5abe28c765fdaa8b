/* segment_write.h - write one segment: documents in any order, the series of each in natural order.
 *
 * Ids are streamed to the file; what is kept until the end are postings, about 10 bytes a series,
 * of which what exceeds `memory` goes to a file without a name; attributes, up to 5 bytes where
 * times differ; and block records.
 */
#ifndef TSI_SEARCH_SEGMENT_WRITE_H
#define TSI_SEARCH_SEGMENT_WRITE_H

#include "search/search.h"

struct segment_writer;

MUST_CHECK enum error_code segment_writer_new(const char *dir, uint64_t number, uint64_t memory,
                                              struct segment_writer **out, struct error *err);
void segment_writer_dataset(struct segment_writer *w, const struct search_doc *doc);
/* In natural order. Write errors are kept and reported by segment_writer_finish. */
void segment_writer_series(struct segment_writer *w, const struct search_series *s);
void segment_writer_dataset_end(struct segment_writer *w);
uint64_t segment_writer_size(const struct segment_writer *w); /* series so far */
uint32_t segment_writer_datasets(const struct segment_writer *w);
/* Completes the file under its final name, synced. */
MUST_CHECK enum error_code segment_writer_finish(struct segment_writer *w, struct error *err);
void segment_writer_free(struct segment_writer *w); /* removes what was not finished */

#endif
