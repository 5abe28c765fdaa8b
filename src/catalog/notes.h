/* notes.h - what the figures of a dataset say beside themselves: notes in `failures`, written anew
 * with each aggregation.
 *
 * The sweep of a run leaves these codes alone: a dataset that is not aggregated again keeps its
 * notes.
 */
#ifndef TSI_CATALOG_NOTES_H
#define TSI_CATALOG_NOTES_H

#include "catalog/internal.h"
#include "catalog/near_ids.h"

/* Its files count time in different units. `units`: one flag a unit. `in`: that of the dataset. */
MUST_CHECK enum error_code notes_time_units(struct catalog *c, const char *dataset_id,
                                            const bool *units, enum time_unit in,
                                            struct error *err);

/* Series whose ids differ only by case, blanks or leading zeros: *n of them. They are never merged.
 * `near`: those that may be; NULL: none. (near_note.c) */
MUST_CHECK enum error_code notes_near_ids(struct catalog *c, const char *dataset_id,
                                          struct near_ids *near, int64_t *n, struct error *err);

/* The note of one kind: `text` in place of what was said before; NULL: nothing is to be said. */
MUST_CHECK enum error_code notes_put(struct catalog *c, const char *dataset_id,
                                     enum error_code what, const char *text, struct error *err);
/* An id in quotes, cut where it is long. */
void notes_add_id(struct strbuf *b, struct str id);

/* Columns that differ between the `files` that could be read, with examples; *n of them. */
MUST_CHECK enum error_code notes_drift(struct catalog *c, const char *dataset_id, int64_t files,
                                       int64_t *n, struct error *err);

#endif
