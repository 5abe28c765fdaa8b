/* sigv4.h - AWS Signature Version 4 in the Authorization header. Pure, but for the caller's clock.
 *
 * Path and query are given canonical, the way they are sent: what is signed and what goes over the
 * wire are one string. sigv4_canonical_path and _query make them from raw text, for services other
 * than S3 and for the published vectors.
 *
 * Keep the signing key: it is good for a day, a region and a service, and saves four of five HMACs.
 * Wipe it. Spec: AWS IAM user guide, "Create a signed AWS API request".
 */
#ifndef TSI_NET_SIGV4_H
#define TSI_NET_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define SIGV4_KEY_SIZE  32
#define SIGV4_HEX_SIZE  65 /* a SHA-256 in hexadecimal, and its NUL */
#define SIGV4_TIME_SIZE 17 /* "20130524T000000Z" and its NUL; the first 8 are the date */

/* SHA-256 of no bytes: the payload hash of every GET. */
#define SIGV4_EMPTY_HASH "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct sigv4_header {
    const char *name; /* any case */
    struct str value; /* blanks are folded; repeated names are joined in their order */
};

struct sigv4_request {
    const char *method;
    const char *path;  /* canonical: encoded, beginning with '/' */
    const char *query; /* canonical: sorted, encoded, each with '=' ; "" for none */
    const struct sigv4_header
        *headers;             /* those to sign: host, x-amz-* and what else the caller wants */
    size_t n_headers;         /* at most SIGV4_HEADERS_MAX */
    const char *payload_hash; /* hexadecimal */
};

#define SIGV4_HEADERS_MAX 32

struct sigv4_scope {
    const char *timestamp; /* SIGV4_TIME_SIZE */
    const char *region, *service;
};

void sigv4_timestamp(int64_t wall_us, char out[SIGV4_TIME_SIZE]);
void sigv4_hash_hex(const void *data, size_t n, char out[SIGV4_HEX_SIZE]);
void sigv4_signing_key(const char *secret, const struct sigv4_scope *scope,
                       uint8_t out[SIGV4_KEY_SIZE]);

/* The value of the Authorization header, appended to `out`. */
void sigv4_authorization(const uint8_t key[SIGV4_KEY_SIZE], const char *access_key_id,
                         const struct sigv4_scope *scope, const struct sigv4_request *q,
                         struct strbuf *out);

/* The steps, for tests and for explaining a rejected signature. */
void sigv4_canonical_request(const struct sigv4_request *q, struct strbuf *out);
void sigv4_string_to_sign(const struct sigv4_scope *scope, const char *canonical_request, size_t n,
                          struct strbuf *out);
void sigv4_signature(const uint8_t key[SIGV4_KEY_SIZE], const char *string_to_sign, size_t n,
                     char out[SIGV4_HEX_SIZE]);

/* A raw path (not encoded) made canonical. With `normalize`, '.', '..' and empty segments are
 * resolved: every service but S3. */
void sigv4_canonical_path(struct str raw, bool normalize, struct strbuf *out);
/* A raw query ("b=2&a=%31&c"), encoded or not, made canonical. */
void sigv4_canonical_query(struct str raw, struct strbuf *out);

#endif
