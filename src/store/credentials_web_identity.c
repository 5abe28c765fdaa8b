/* credentials_web_identity.c - a token in a file, as Kubernetes writes it, exchanged for the keys
 * of a role. */
#include "store/credentials_provider.h"

static const char *token_file(const struct credential_context *c, const struct aws_profile *p)
{
    const char *file = c->profile_given ? NULL : aws_env("AWS_WEB_IDENTITY_TOKEN_FILE");
    return file ? file : p->web_identity_token_file;
}

static bool is_configured(const struct credential_context *c, const struct aws_profile *p)
{
    return token_file(c, p) != NULL;
}

static enum error_code fetch(struct credential_context *c, const struct aws_profile *p,
                             struct access_keys *out, struct error *err)
{
    char *token = NULL;
    const char *role = c->profile_given ? NULL : aws_env("AWS_ROLE_ARN");
    const char *session = c->profile_given ? NULL : aws_env("AWS_ROLE_SESSION_NAME");
    role = role ? role : p->role_arn;
    if (!role) {
        return error_set(err, ERR_NO_CREDENTIALS,
                         "a web identity token file is set, and neither AWS_ROLE_ARN nor role_arn");
    }
    /* Read again at each renewal: the file is rotated. */
    enum error_code rc = credentials_read_file(token_file(c, p), &token, err);
    if (rc == OK) {
        struct sts_request q = {.role_arn = role,
                                .session_name = session ? session : p->role_session_name,
                                .duration = p->duration_seconds,
                                .web_identity_token = token};
        rc = sts_assume(c, p, &q, out, err);
        credentials_wipe(token);
    }
    return rc;
}

const struct credential_provider credentials_web_identity = {
    .name = "web identity", .is_configured = is_configured, .fetch = fetch};
