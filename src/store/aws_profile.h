/* aws_profile.h - one profile out of the AWS shared files (~/.aws/config, ~/.aws/credentials).
 *
 * Keys of the credentials file win over those of the config file; in the config file [profile X]
 * wins over [X]. Files that do not exist are empty ones. Secrets are on the heap, for
 * aws_profile_free to wipe; everything else too.
 */
#ifndef TSI_STORE_AWS_PROFILE_H
#define TSI_STORE_AWS_PROFILE_H

#include <stdbool.h>

#include "base/error.h"

struct aws_profile {
    bool found; /* one of the files has such a section */
    char *name;
    char *config_path, *credentials_path;
    char *access_key_id, *secret_access_key, *session_token; /* NULL: not set; so are all below */
    char *region;
    char *endpoint_url;   /* of S3: [services] before the profile's own */
    bool ignore_endpoint; /* ignore_configured_endpoint_urls = true */
    char *addressing_style;
    char *ca_bundle;
    char *other_source; /* the first key that names another way to get credentials, as "role_arn" */
};

/* ERR_USAGE for a file that cannot be parsed, ERR_PERMISSION for one that cannot be read. */
MUST_CHECK enum error_code aws_profile_load(const char *name, struct aws_profile *out,
                                            struct error *err);
void aws_profile_free(struct aws_profile *p);

/* getenv, where the empty string is as good as unset. */
const char *aws_env(const char *name);

#endif
