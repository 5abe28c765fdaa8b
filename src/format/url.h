/* url.h - RFC 3986 percent-encoding, strict; and http(s) endpoints taken apart.
 *
 * Encoding leaves only the unreserved bytes A-Z a-z 0-9 - _ . ~ as they are, which is what AWS
 * signs; sending the very bytes that were signed is what keeps keys with '+', '=' or '@' readable
 * on every store. Input is untrusted: nothing is read past its length. Memory: results live in the
 * given arena. Threads: no state.
 */
#ifndef TSI_FORMAT_URL_H
#define TSI_FORMAT_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/str.h"

/* Append `s` with all but unreserved bytes as %XX (upper case); with keep_slash, '/' stays: for the
 * path of a key. */
void url_encode(struct strbuf *out, struct str s, bool keep_slash);

/* Undo percent-encoding; with plus_is_space a '+' is a blank (the form encoding that S3 listings
 * use). False where a '%' is not followed by two hexadecimal digits. The result may hold any byte,
 * NUL too; a NUL stands behind it. */
bool url_decode(struct str s, bool plus_is_space, struct arena *a, struct str *out);

/* Every byte is one that an encoder leaves or makes: printable ASCII but blank, quotes, <, >. */
bool url_is_encoded(struct str s);

struct url_endpoint {
    bool https;
    bool is_ip;            /* the host is an address, which can have no bucket in front */
    const char *host;      /* lower case; an IPv6 address with its brackets */
    uint16_t port;         /* 0: the scheme's own */
    const char *base_path; /* "" or "/base", without a '/' at the end */
};

/* "https://host[:port][/base]". ERR_USAGE for another scheme, user:password@, a query or a
 * fragment. */
MUST_CHECK enum error_code url_parse_endpoint(const char *text, struct arena *a,
                                              struct url_endpoint *out, struct error *err);

/* 127.0.0.0/8, ::1 and localhost: traffic that does not leave the machine. */
bool url_is_loopback(const char *host);

#endif
