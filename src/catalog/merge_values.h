/* merge_values.h - the value states of a series' spans to its rows of series_values, one a target.
 *
 * A target is a column name; files that spell it in another case hold the same one, unless a file
 * has both. Memory: a state of 7 KB for each target of the dataset, and a number for each target of
 * each file.
 */
#ifndef TSI_CATALOG_MERGE_VALUES_H
#define TSI_CATALOG_MERGE_VALUES_H

#include "catalog/dataset_files.h"
#include "catalog/series_totals.h"
#include "model/value_stats.h"

/* The targets of a file, in the order of its states. */
struct file_values {
    uint32_t *targets; /* numbers of the dataset's */
    size_t n;
};

struct series_target {
    const char *name;
    struct value_stats stats;
    int64_t spans; /* that hold it; 0: `stats` means nothing */
    uint64_t file; /* place + 1 of the last file that has it */
    bool counted;  /* in the totals */
};

struct merge_values {
    struct file_values *files; /* one a place; NULL: no values were read */
    size_t n_files;
    struct series_target **targets;
    size_t n_targets, cap_targets;
    enum time_unit unit; /* of the dataset's times */
    bool rounded;        /* some of them are no multiples of it */
};

/* Which columns are targets. Memory: `a`, and heap until merge_values_free. */
MUST_CHECK enum error_code merge_values_load(struct merge_values *v, struct catalog *c,
                                             const char *dataset_id,
                                             const struct dataset_files *files, struct arena *a,
                                             struct error *err);
void merge_values_free(struct merge_values *v);

/* The states of a span. False where they make no sense. */
bool merge_values_add(struct merge_values *v, size_t place, struct str states, int64_t t_min,
                      int64_t t_max, enum time_unit unit);

/* The rows of the series, of the dataset with this encoded id, which has `spans` spans, and a clean
 * slate for the next; what they come to is added to *totals. `missing` is the label of a series of
 * which not everything was read, or NULL.
 */
MUST_CHECK enum error_code merge_values_finish(struct merge_values *v, struct catalog *c,
                                               struct str dataset, struct str series, int64_t spans,
                                               const char *missing, struct series_totals *totals,
                                               struct error *err);

#endif
