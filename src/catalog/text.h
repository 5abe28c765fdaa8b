/* text.h - keys and ids as VARCHAR. DuckDB's strings are UTF-8; keys of a directory are any bytes.
 *
 * key_encode is reversible: a key stands as it is wherever key_decode gives it back unchanged
 * (nearly always), else in the escaped form of series_id.h ("\xFF", "\\"). So two different keys
 * never have the same text.
 */
#ifndef TSI_CATALOG_TEXT_H
#define TSI_CATALOG_TEXT_H

#include "base/memory.h"
#include "base/str.h"

void key_encode(struct str key, struct strbuf *out);
struct str key_decode(struct str text, struct arena *a);

/* One way only, for people: bytes that are not UTF-8 become \xHH, everything else stands. */
void text_clean(struct str text, struct strbuf *out);

#endif
