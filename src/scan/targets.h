/* targets.h - which columns of a file hold the values of its series.
 *
 * The metadata names them, or they are found by type: every flat column of numbers that is neither
 * an id nor the time. Where a row is a series (row_lists.h) they are lists of numbers: those called
 * target (or target_0, target_1 ...) where there are such, else all. A column that is named and
 * holds no numbers is told (file_column.target_note) and does not stop the others.
 */
#ifndef TSI_SCAN_TARGETS_H
#define TSI_SCAN_TARGETS_H

#include "base/memory.h"
#include "scan/columns.h"

/* As the dataset decided. */
struct target_names {
    const char **names;
    size_t n;
    bool named; /* by metadata; false: by type, and `names` is empty */
};

/* Of uneven lists (uneven.h). */
#define TARGET_NOTE_UNEVEN "its lists are not as long as their rows have records"

void targets_resolve(const struct parquet_footer *f, const struct file_columns *columns,
                     const struct target_names *want, struct arena *a, struct file_targets *out);

#endif
