/* credentials_json.h - the JSON in which keys are handed out: by a credential process, by the
 * container and instance endpoints, by single sign-on; and the token cache of single sign-on.
 *
 * Input is untrusted and at most CREDENTIALS_JSON_MAX bytes; texts that could not stand in a header
 * are refused. Memory: on the heap, wiped by the functions that free. Threads: no state.
 */
#ifndef TSI_FORMAT_CREDENTIALS_JSON_H
#define TSI_FORMAT_CREDENTIALS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Keys and a session token are a few kilobytes. */
#define CREDENTIALS_JSON_MAX ((size_t)64 << 10)

/* An access key pair, with the token that goes along with temporary ones. */
struct access_keys {
    char *access_key_id; /* NULL: none, anonymous */
    char *secret_access_key;
    char *session_token; /* NULL: none */
    int64_t expires_us;  /* wall clock; 0: never */
};

void access_keys_free(struct access_keys *k); /* wipes */
/* May go into a header: no blanks, no control characters. NULL may. */
bool access_keys_is_clean(const char *text);

enum credentials_form {
    CREDENTIALS_OF_PROCESS,  /* Version 1; AccessKeyId, SecretAccessKey, SessionToken, Expiration */
    CREDENTIALS_OF_ENDPOINT, /* Code (may be absent); AccessKeyId, SecretAccessKey, Token,
                                Expiration */
    CREDENTIALS_OF_SSO,      /* roleCredentials: accessKeyId, ..., expiration in milliseconds */
};

/* ERR_NO_CREDENTIALS, without any of the text in the message but an endpoint's Code and Message. */
MUST_CHECK enum error_code credentials_json_parse(const char *text, size_t n,
                                                  enum credentials_form form,
                                                  struct access_keys *out, struct error *err);

/* A file of ~/.aws/sso/cache. */
struct sso_token {
    char *access_token;
    int64_t expires_us;
};

MUST_CHECK enum error_code sso_token_parse(const char *text, size_t n, struct sso_token *out,
                                           struct error *err);
void sso_token_free(struct sso_token *t); /* wipes */

/* ISO 8601 with "Z", "UTC" or an offset; false for anything else. */
bool credentials_time_parse(const char *text, int64_t *us);

#endif
