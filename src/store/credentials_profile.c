/* credentials_profile.c - keys that stand in the shared files; and `login_session`, which can only
 * be named. */
#include <stdio.h>

#include "store/credentials_provider.h"

/* botocore asks a credential_process before it takes keys of the config file, but after those of
 * the credentials file. */
static bool has_keys(const struct credential_context *c, const struct aws_profile *p)
{
    (void)c;
    bool process_first = p->credential_process && p->keys_in_config;
    return (p->access_key_id || p->secret_access_key) && !process_first;
}

static enum error_code take_keys(struct credential_context *c, const struct aws_profile *p,
                                 struct access_keys *out, struct error *err)
{
    char name[256];
    (void)c;
    snprintf(name, sizeof name, "profile '%s'", p->name);
    return credentials_copy(p->access_key_id, p->secret_access_key, p->session_token, name, out,
                            err);
}

static bool has_login(const struct credential_context *c, const struct aws_profile *p)
{
    (void)c;
    return p->login_session != NULL;
}

static enum error_code refuse_login(struct credential_context *c, const struct aws_profile *p,
                                    struct access_keys *out, struct error *err)
{
    (void)c;
    (void)out;
    return error_set(err, ERR_NO_CREDENTIALS,
                     "profile '%s' uses login_session, which only the AWS CLI can renew; put "
                     "credential_process = aws configure export-credentials --profile %s "
                     "into another profile and use that",
                     p->name, p->name);
}

const struct credential_provider credentials_profile = {
    .name = "profile keys", .offline = true, .is_configured = has_keys, .fetch = take_keys};

const struct credential_provider credentials_login = {
    .name = "login session", .offline = true, .is_configured = has_login, .fetch = refuse_login};
