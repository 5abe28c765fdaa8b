/* credentials_chain.c - the order of the providers, and what they share. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/credentials_chain.h"

static const struct credential_provider *const chain[] = {
    &credentials_environment, &credentials_role,      &credentials_web_identity,
    &credentials_sso,         &credentials_profile,   &credentials_login,
    &credentials_process,     &credentials_container, &credentials_instance};

_Static_assert(sizeof chain / sizeof *chain <= CREDENTIAL_TRIALS_MAX, "each has its trial");

const struct credential_provider *credentials_choose(const struct credential_context *c,
                                                     const struct aws_profile *p)
{
    for (size_t i = 0; i < sizeof chain / sizeof *chain; i++) {
        if (chain[i]->is_configured(c, p)) {
            return chain[i];
        }
    }
    return NULL;
}

size_t credentials_trials(const struct credential_context *c, const struct aws_profile *p,
                          struct credential_trial out[CREDENTIAL_TRIALS_MAX])
{
    const struct credential_provider *chosen = credentials_choose(c, p);
    bool behind = false;
    for (size_t i = 0; i < sizeof chain / sizeof *chain; i++) {
        out[i] = (struct credential_trial){.provider = chain[i]->name};
        out[i].outcome = behind               ? CREDENTIALS_NOT_ASKED
                         : chain[i] == chosen ? CREDENTIALS_ANSWERED
                                              : CREDENTIALS_NOT_CONFIGURED;
        behind |= chain[i] == chosen;
    }
    return sizeof chain / sizeof *chain;
}

enum error_code credentials_load_profile(const char *name, struct aws_profile *out,
                                         struct error *err)
{
    enum error_code rc = aws_profile_load(name, out, err);
    if (rc == OK && !out->found) {
        rc = error_set(err, ERR_NO_CREDENTIALS, "profile '%s' is neither in %s nor in %s", name,
                       out->config_path, out->credentials_path);
        aws_profile_free(out);
    }
    return rc;
}

enum error_code credentials_copy(const char *id, const char *secret, const char *token,
                                 const char *provider, struct access_keys *out, struct error *err)
{
    *out = (struct access_keys){0};
    if (!id || !secret) {
        return error_set(err, ERR_NO_CREDENTIALS, "%s: %s without %s", provider,
                         id ? "an access key id" : "a secret access key",
                         id ? "its secret access key" : "its access key id");
    }
    /* They go into headers: a line feed in one would end it. */
    if (!access_keys_is_clean(id) || !access_keys_is_clean(secret) ||
        !access_keys_is_clean(token)) {
        return error_set(err, ERR_NO_CREDENTIALS,
                         "%s: the credentials hold blanks or control characters", provider);
    }
    out->access_key_id = mem_strdup(id);
    out->secret_access_key = mem_strdup(secret);
    out->session_token = token ? mem_strdup(token) : NULL;
    return OK;
}

void credentials_wipe(char *text)
{
    if (text) {
        mem_wipe(text, strlen(text));
        mem_free(text);
    }
}

enum error_code credentials_read_file(const char *path, char **out, struct error *err)
{
    *out = NULL;
    FILE *f = fopen(path, "rbe");
    if (!f) {
        return error_set(err, ERR_NO_CREDENTIALS, "cannot read %s (%s)", path, strerror(errno));
    }
    char *text = mem_alloc(CREDENTIALS_JSON_MAX + 1);
    size_t n = fread(text, 1, CREDENTIALS_JSON_MAX + 1, f);
    bool failed = ferror(f) != 0;
    fclose(f);
    if (failed || n > CREDENTIALS_JSON_MAX || memchr(text, '\0', n)) {
        mem_wipe(text, n);
        mem_free(text);
        return error_set(err, ERR_NO_CREDENTIALS, "%s is no text of at most %zu KiB", path,
                         CREDENTIALS_JSON_MAX >> 10);
    }
    while (n && (unsigned char)text[n - 1] <= ' ') {
        n--;
    }
    text[n] = '\0';
    *out = text;
    return OK;
}
