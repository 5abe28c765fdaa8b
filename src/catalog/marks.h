/* marks.h - what the writer knows of each dataset without asking DuckDB.
 *
 * DuckDB plans every statement that reads a table anew, which takes a millisecond however little
 * there is to do: a corpus of many small datasets would spend its time with that. So statements
 * that have surely nothing to do are not made. A mark is loaded with the catalog, kept while it is
 * written, and loaded again after a rollback.
 */
#ifndef TSI_CATALOG_MARKS_H
#define TSI_CATALOG_MARKS_H

#include "catalog/internal.h"

/* Where a mark is not set, what it says is surely not so. */
enum dataset_mark {
    MARK_KNOWN = 1,     /* it has a row in `datasets`; exact in both ways */
    MARK_TOUCHED = 2,   /* it is marked as pending since its figures were computed */
    MARK_SERIES = 4,    /* it may have rows in series_metadata and series_values */
    MARK_ERRORS = 8,    /* it may have failures of severity 'error' */
    MARK_OLD = 16,      /* it may have failures that were last seen before this run */
    MARK_FAILURES = 32, /* it may have failures at all */
    MARK_FIGURES = 128, /* its figures may be on their way (figures.h) */
    MARK_TWINS = 64     /* a file of it may have two columns whose names differ by case only */
};

MUST_CHECK enum error_code marks_load(struct catalog *c, struct error *err);
bool marks_has(const struct catalog *c, const char *dataset_id, enum dataset_mark m);
void marks_set(struct catalog *c, const char *dataset_id, unsigned marks);
void marks_clear(struct catalog *c, const char *dataset_id, unsigned marks);
void marks_clear_all(struct catalog *c, unsigned marks);
/* A run begins: the failures that are there are of the past. */
void marks_start_run(struct catalog *c);

#endif
