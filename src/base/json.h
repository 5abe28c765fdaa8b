/* json.h - write JSON text (RFC 8259) into a strbuf. Reading is jansson's, in format. */
#ifndef TSI_BASE_JSON_H
#define TSI_BASE_JSON_H

#include "base/str.h"

/* A string with its quotes. Bytes that are not UTF-8 become U+FFFD: callers that must not lose them
 * encode them first (series_id.h does). */
void json_add_string(struct strbuf *b, struct str s);

/* The shortest decimal that reads back as the same double; NaN and infinities, which JSON does not
 * have, become null. */
void json_add_double(struct strbuf *b, double d);

#endif
