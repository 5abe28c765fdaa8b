/* credentials_environment.c - AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
#include "store/credentials_provider.h"

/* A profile that was asked for by option is meant: what happens to stand in the environment is not.
 */
static bool is_configured(const struct credential_context *c, const struct aws_profile *p)
{
    (void)p;
    return !c->profile_given && (aws_env("AWS_ACCESS_KEY_ID") || aws_env("AWS_SECRET_ACCESS_KEY"));
}

static enum error_code fetch(struct credential_context *c, const struct aws_profile *p,
                             struct access_keys *out, struct error *err)
{
    (void)c;
    (void)p;
    const char *token = aws_env("AWS_SESSION_TOKEN");
    const char *expires = aws_env("AWS_CREDENTIAL_EXPIRATION");
    token = token ? token : aws_env("AWS_SECURITY_TOKEN");
    enum error_code rc =
        credentials_copy(aws_env("AWS_ACCESS_KEY_ID"), aws_env("AWS_SECRET_ACCESS_KEY"), token,
                         "environment", out, err);
    int64_t when;
    if (rc == OK && expires && credentials_time_parse(expires, &when)) {
        out->expires_us = when;
    }
    return rc;
}

const struct credential_provider credentials_environment = {
    .name = "environment", .offline = true, .is_configured = is_configured, .fetch = fetch};
