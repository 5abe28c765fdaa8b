/* value_text.h - the text of one id value: exact, and distinct for distinct values.
 *
 * Strings and bytes stand as they are. Integers in decimal, booleans as true/false, dates and
 * timestamps as ISO 8601 (in their own unit, "Z" where they are UTC), decimals with their scale,
 * floats as the shortest digits that read back as the same value (1.0, 0.1, -0.0, nan, inf), UUIDs
 * in their usual form.
 */
#ifndef TSI_SCAN_VALUE_TEXT_H
#define TSI_SCAN_VALUE_TEXT_H

#include "parquet/footer.h"

/* `plain` is the value as chunk_value gives it. The result is appended to `out` (not escaped:
 * series_id.h does that). ERR_UNSUPPORTED for types that make no id (INTERVAL, decimals beyond 38
 * digits); ERR_CORRUPT for a wrong width. */
MUST_CHECK enum error_code scan_value_text(const struct parquet_column *c, struct str plain,
                                           struct strbuf *out, struct error *err);

#endif
