/* aws_profile.h - one profile out of the AWS shared files (~/.aws/config, ~/.aws/credentials).
 *
 * Keys of the credentials file win over those of the config file; in the config file [profile X]
 * wins over [X]. The sections that a profile names, [services X] and [sso-session X], are read
 * along with it. Files that do not exist are empty ones. Secrets are on the heap, for
 * aws_profile_free to wipe; everything else too.
 */
#ifndef TSI_STORE_AWS_PROFILE_H
#define TSI_STORE_AWS_PROFILE_H

#include <stdbool.h>

#include "base/error.h"

/* X(field, key in the file): texts of the profile's own section, NULL where not set. */
#define AWS_PROFILE_TEXTS(X)                                                                       \
    X(access_key_id, "aws_access_key_id")                                                          \
    X(secret_access_key, "aws_secret_access_key")                                                  \
    X(session_token, "aws_session_token")                                                          \
    X(security_token, "aws_security_token") /* the old name of the session token */                \
    X(region, "region")                                                                            \
    X(endpoint_url, "endpoint_url")                                                                \
    X(ca_bundle, "ca_bundle")                                                                      \
    X(role_arn, "role_arn")                                                                        \
    X(source_profile, "source_profile")                                                            \
    X(credential_source, "credential_source")                                                      \
    X(external_id, "external_id")                                                                  \
    X(role_session_name, "role_session_name")                                                      \
    X(duration_seconds, "duration_seconds")                                                        \
    X(mfa_serial, "mfa_serial")                                                                    \
    X(web_identity_token_file, "web_identity_token_file")                                          \
    X(sso_session, "sso_session")                                                                  \
    X(sso_start_url, "sso_start_url")                                                              \
    X(sso_region, "sso_region")                                                                    \
    X(sso_account_id, "sso_account_id")                                                            \
    X(sso_role_name, "sso_role_name")                                                              \
    X(credential_process, "credential_process")                                                    \
    X(login_session, "login_session")                                                              \
    X(max_attempts, "max_attempts")                                                                \
    X(retry_mode, "retry_mode")                                                                    \
    X(use_dualstack_endpoint, "use_dualstack_endpoint")                                            \
    X(use_fips_endpoint, "use_fips_endpoint")                                                      \
    X(ignore_endpoint, "ignore_configured_endpoint_urls")                                          \
    X(services, "services")

struct aws_profile {
    bool found; /* one of the files has such a section */
    char *name;
    char *config_path, *credentials_path;
#define AWS_PROFILE_FIELD(field, key) char *field;
    AWS_PROFILE_TEXTS(AWS_PROFILE_FIELD)
#undef AWS_PROFILE_FIELD
    bool keys_in_config; /* the access key id stands in the config file, not in that of credentials
                          */
    char *addressing_style;                          /* of "s3 =" */
    char *s3_endpoint, *sts_endpoint, *sso_endpoint; /* of the profile's [services X] */
    char *session_start_url, *session_region;        /* of its [sso-session X] */
    bool session_found;
};

/* ERR_USAGE for a file that cannot be parsed, ERR_PERMISSION for one that cannot be read. */
MUST_CHECK enum error_code aws_profile_load(const char *name, struct aws_profile *out,
                                            struct error *err);
void aws_profile_free(struct aws_profile *p);

/* getenv, where the empty string is as good as unset. */
const char *aws_env(const char *name);
/* "true", in any case. */
bool aws_is_true(const char *text);
/* A file of the user's .aws directory: the path that the variable names, else "$HOME/<file>". On
 * the heap. */
char *aws_path(const char *variable, const char *file);

#endif
