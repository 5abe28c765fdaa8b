/* sts_xml.h - the answer of AWS's Security Token Service: <Credentials> somewhere in it, or an
 * <Error>.
 *
 * Input is untrusted: document types are refused, nesting and values bounded as in s3_xml.h.
 * Memory: keys on the heap, see access_keys_free. Threads: no state.
 */
#ifndef TSI_FORMAT_STS_XML_H
#define TSI_FORMAT_STS_XML_H

#include <stddef.h>

#include "format/credentials_json.h"

/* ERR_NO_CREDENTIALS where the document has no whole set of credentials with its Expiration. */
MUST_CHECK enum error_code sts_xml_parse(const char *text, size_t n, struct access_keys *out,
                                         struct error *err);

#endif
