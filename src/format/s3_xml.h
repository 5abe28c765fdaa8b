/* s3_xml.h - the XML that S3 answers with: a page of ListObjectsV2, and errors.
 *
 * Input is untrusted: document types and entities are refused, nesting is at most S3_XML_DEPTH_MAX,
 * one value at most S3_XML_TEXT_MAX; unknown elements and namespaces are passed over, for stores
 * differ. Memory: results live in the given arena or in the caller's struct. Threads: no shared
 * state. Spec: Amazon S3 API reference, ListObjectsV2 and Error.
 */
#ifndef TSI_FORMAT_S3_XML_H
#define TSI_FORMAT_S3_XML_H

#include <stddef.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/str.h"
#include "model/object.h"

#define S3_XML_DEPTH_MAX 16
/* Keys are at most 1,024 bytes, three times that when encoded; tokens are opaque and longer. */
#define S3_XML_TEXT_MAX 65536

struct s3_xml_page {
    struct object *objects; /* keys whole, as the bucket has them */
    size_t n_objects;
    bool truncated;         /* another page follows */
    const char *next_token; /* "" where there is none; opaque */
    bool encoded;           /* the keys came percent-encoded (and are decoded now) */
    const char **folders;   /* common prefixes, where a delimiter was asked for; whole, as keys */
    size_t n_folders;
    size_t n_archived; /* objects of a class that has to be restored before it can be read */
};

/* What an error answer says; each "" where it says nothing. */
struct s3_xml_error {
    char code[64];
    char message[512];
    char region[64];
    char request_id[128];
};

/* OK; ERR_HTTP where the document is an <Error> (in *error); ERR_PROTOCOL where it is broken off or
 * is no listing. */
MUST_CHECK enum error_code s3_xml_parse_list(const char *text, size_t n, struct arena *a,
                                             struct s3_xml_page *out, struct s3_xml_error *error,
                                             struct error *err);

/* The body of an error answer. False where it is no such XML (a proxy's HTML page); then *out is
 * empty. */
bool s3_xml_parse_error(const char *text, size_t n, struct s3_xml_error *out);

/* "2009-10-12T17:50:30.000Z", with or without a fraction: microseconds since 1970; false for
 * anything else. */
bool s3_xml_parse_time(struct str s, int64_t *us);

#endif
