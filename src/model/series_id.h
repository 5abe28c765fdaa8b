/* series_id.h - the text form of a series id: exact, reversible, readable.
 *
 * An id has one part per id column. Parts are joined by '|'. Inside a part:
 *
 *     \\      a backslash
 *     \|      a '|' (only where the id has several parts; a lone part keeps its '|')
 *     \N      the whole part is NULL
 *     \xHH    a byte that is not part of valid UTF-8, or NUL
 *
 * Everything else stands as it is: leading zeros, case, blanks, newlines, ':' included. The empty
 * string is an empty part. Distinct ids have distinct texts; series_id_parse gives the parts back.
 */
#ifndef TSI_MODEL_SERIES_ID_H
#define TSI_MODEL_SERIES_ID_H

#include "base/error.h"
#include "base/memory.h"
#include "base/str.h"

/* A part with data == NULL is NULL; the empty string has data != NULL and len 0. */
void series_id_format(const struct str *parts, size_t n, struct strbuf *out);

/* Whether a lone part is its own text for certain: ASCII without NUL and backslash, which nearly
 * all ids are. */
bool series_id_is_plain(struct str part);

MUST_CHECK enum error_code series_id_parse(struct str text, size_t n_parts, struct arena *a,
                                           struct str *parts, struct error *err);

#endif
