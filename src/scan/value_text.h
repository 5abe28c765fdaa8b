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

/* The value of such a column is an integer, written by scan_integer_text; or its text is its bytes.
 */
bool scan_value_is_integer(const struct parquet_column *c);
bool scan_value_is_text(const struct parquet_column *c);

/* Decimal digits, without a NUL; returns how many. Not signed: the same bits mean 0 to 2^64 - 1. */
#define INTEGER_TEXT_MAX 20 /* 2^64 - 1; -2^63 takes as many */
size_t scan_integer_text(int64_t v, bool is_signed, char out[INTEGER_TEXT_MAX]);

#endif
