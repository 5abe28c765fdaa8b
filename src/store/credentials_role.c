/* credentials_role.c - role_arn with source_profile or credential_source: keys that are exchanged
 * for a role's. */
#include <string.h>

#include "store/credentials_provider.h"

/* With a token file it is a web identity's role. */
static bool is_configured(const struct credential_context *c, const struct aws_profile *p)
{
    (void)c;
    return p->role_arn && !p->web_identity_token_file;
}

static const struct credential_provider *named_source(const char *name)
{
    static const struct {
        const char *name;
        const struct credential_provider *provider;
    } sources[] = {{"Environment", &credentials_environment},
                   {"Ec2InstanceMetadata", &credentials_instance},
                   {"EcsContainer", &credentials_container}};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (strcmp(sources[i].name, name) == 0) {
            return sources[i].provider;
        }
    }
    return NULL;
}

static enum error_code from_named_source(struct credential_context *c, const struct aws_profile *p,
                                         struct access_keys *out, struct error *err)
{
    const struct credential_provider *source = named_source(p->credential_source);
    if (!source) {
        return error_set(err, ERR_NO_CREDENTIALS,
                         "profile '%s': credential_source '%s' is none of Environment, "
                         "Ec2InstanceMetadata, EcsContainer",
                         p->name, p->credential_source);
    }
    return source->fetch(c, p, out, err);
}

static enum error_code enter(struct credential_context *c, const char *name, struct error *err)
{
    for (size_t i = 0; i < c->depth; i++) {
        if (strcmp(c->visited[i], name) == 0) {
            return error_set(err, ERR_NO_CREDENTIALS,
                             "profile '%s' takes its credentials from itself", name);
        }
    }
    if (c->depth == CREDENTIAL_DEPTH_MAX) {
        return error_set(err, ERR_NO_CREDENTIALS, "more than %d profiles build on each other",
                         CREDENTIAL_DEPTH_MAX);
    }
    c->visited[c->depth++] = name;
    return OK;
}

/* A source profile with keys gives its keys, even where it names a role too: so a profile may be
 * its own source. */
static enum error_code from_source(struct credential_context *c, const struct aws_profile *source,
                                   struct access_keys *out, struct error *err)
{
    if (source->access_key_id && source->secret_access_key) {
        return credentials_profile.fetch(c, source, out, err);
    }
    bool given = c->profile_given;
    c->profile_given = true; /* what is asked for is this profile, not the environment */
    const struct credential_provider *provider = credentials_choose(c, source);
    enum error_code rc =
        provider && !provider->may_be_silent
            ? provider->fetch(c, source, out, err)
            : error_set(err, ERR_NO_CREDENTIALS, "profile '%s' holds no credentials", source->name);
    c->profile_given = given;
    return rc;
}

static enum error_code from_source_profile(struct credential_context *c,
                                           const struct aws_profile *p, struct access_keys *out,
                                           struct error *err)
{
    struct aws_profile source;
    enum error_code rc = credentials_load_profile(p->source_profile, &source, err);
    if (rc == OK) {
        rc = from_source(c, &source, out, err);
        aws_profile_free(&source);
    }
    return rc == OK ? OK : error_add(err, "as source_profile of profile '%s'", p->name);
}

static enum error_code fetch(struct credential_context *c, const struct aws_profile *p,
                             struct access_keys *out, struct error *err)
{
    struct access_keys source = {0};
    if (!p->source_profile == !p->credential_source) {
        return error_set(err, ERR_NO_CREDENTIALS,
                         "profile '%s' has role_arn with %s source_profile %s credential_source",
                         p->name, p->source_profile ? "both" : "neither",
                         p->source_profile ? "and" : "nor");
    }
    if (p->mfa_serial) {
        return error_set(err, ERR_NO_CREDENTIALS,
                         "profile '%s' needs a code of %s, which cannot be asked for here; use "
                         "credential_process = aws configure export-credentials --profile %s",
                         p->name, p->mfa_serial, p->name);
    }
    enum error_code rc = enter(c, p->name, err);
    if (rc != OK) {
        return rc;
    }
    rc = p->source_profile ? from_source_profile(c, p, &source, err)
                           : from_named_source(c, p, &source, err);
    if (rc == OK) {
        struct sts_request q = {.role_arn = p->role_arn,
                                .session_name = p->role_session_name,
                                .external_id = p->external_id,
                                .duration = p->duration_seconds,
                                .source = &source};
        rc = sts_assume(c, p, &q, out, err);
    }
    access_keys_free(&source);
    c->depth--;
    return rc;
}

const struct credential_provider credentials_role = {
    .name = "assumed role", .is_configured = is_configured, .fetch = fetch};
