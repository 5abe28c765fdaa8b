/* time_reader.h - the time column of one row group as 64-bit counts of one unit, whatever its type.
 *
 * Dates, timestamps, INT96 and integers come from the chunk as they are. Text (format/timestamp.h)
 * is parsed once a distinct value; an empty text is no time. Text that is no time is an error that
 * names it: a figure of the rest would be wrong in silence.
 *
 * INT96 and text have no unit of their own: `unit` is the caller's choice, and ERR_LIMIT says that
 * it cannot hold a value (INT96 in nanoseconds: too far from 1970; text in microseconds: too fine),
 * so that the caller starts again with the other one.
 */
#ifndef TSI_SCAN_TIME_READER_H
#define TSI_SCAN_TIME_READER_H

#include "parquet/chunk.h"
#include "scan/columns.h"

struct time_reader;

MUST_CHECK enum error_code time_reader_open(const struct parquet_footer *f, size_t row_group,
                                            uint32_t column, const struct chunk_piece *piece,
                                            enum time_unit unit, struct counters *counters,
                                            struct time_reader **out, struct error *err);
void time_reader_close(struct time_reader *r);

/* out->n == 0 at the end; arrays live until the next call. */
MUST_CHECK enum error_code time_reader_next(struct time_reader *r, struct chunk_i64s *out,
                                            struct error *err);

/* So far: something was rounded down; texts had an offset; had none. */
struct time_remarks {
    bool rounded, zoned, local;
};
struct time_remarks time_reader_remarks(const struct time_reader *r);
void time_remarks_add(struct time_remarks *all, struct time_remarks more);

#endif
