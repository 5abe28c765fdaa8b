/* credentials_provider.h - inside the chain: one provider of keys, and what all of them share.
 *
 * Order, as botocore's: environment, role of the profile, web identity, single sign-on, keys of the
 * profile, credential_process, container endpoint, instance endpoint. A profile asked for by option
 * takes the environment's keys and web identity out.
 *
 * To add a provider: one file, one entry in credentials_chain.c. Threads: a context belongs to one
 * fetch at a time, but for `cancelled` and `engine`.
 */
#ifndef TSI_STORE_CREDENTIALS_PROVIDER_H
#define TSI_STORE_CREDENTIALS_PROVIDER_H

#include <pthread.h>
#include <stdatomic.h>

#include "net/http_fetch.h"
#include "store/aws_profile.h"
#include "store/credentials.h"

/* A chain of roles is two or three long; this also ends cycles. */
#define CREDENTIAL_DEPTH_MAX 8

struct credential_context {
    /* Set at open: */
    const char *region, *ca_file;
    bool profile_given; /* by option */
    bool no_verify;
    /* Of the fetch under way: */
    const char *visited[CREDENTIAL_DEPTH_MAX]; /* profiles whose role is being assumed */
    size_t depth;
    /* From any thread: */
    atomic_bool cancelled;
    pthread_mutex_t lock;
    struct http_engine *engine; /* of the request under way, under the lock */
};

struct credential_provider {
    const char *name;
    bool offline;       /* answers without asking anybody */
    bool may_be_silent; /* nobody configured it: a fetch with ERR_NETWORK or ERR_TIMEOUT is no
                           failure */
    bool (*is_configured)(const struct credential_context *c, const struct aws_profile *p);
    enum error_code (*fetch)(struct credential_context *c, const struct aws_profile *p,
                             struct access_keys *out, struct error *err);
};

extern const struct credential_provider credentials_environment, credentials_role,
    credentials_web_identity, credentials_sso, credentials_profile, credentials_login,
    credentials_process, credentials_container, credentials_instance;

/* credentials_chain.c: the provider for a profile; NULL where there is none. */
const struct credential_provider *credentials_choose(const struct credential_context *c,
                                                     const struct aws_profile *p);
/* The profile by its name, ERR_NO_CREDENTIALS where no file has it. */
MUST_CHECK enum error_code credentials_load_profile(const char *name, struct aws_profile *out,
                                                    struct error *err);
/* Texts to keys: half a pair and unclean texts are errors. */
MUST_CHECK enum error_code credentials_copy(const char *id, const char *secret, const char *token,
                                            const char *provider, struct access_keys *out,
                                            struct error *err);

/* credentials_http.c: one request, again while it fails for reasons that may pass. */
struct credential_request {
    const char *method, *url, *form;
    const char *headers[6];
    size_t n_headers;
    unsigned connect_ms, total_ms;
    int attempts;
    bool local; /* a link-local or loopback endpoint: no proxy stands before it */
};
/* OK for any whole answer; its status and body stand in `out`, which http_request_reset frees. */
MUST_CHECK enum error_code credentials_http(struct credential_context *c,
                                            const struct credential_request *q,
                                            struct http_fetch *out, struct error *err);
/* ERR_NO_CREDENTIALS, with the status and, of an XML answer, its code and message. */
enum error_code credentials_refusal(const struct http_fetch *f, const char *who, struct error *err);

/* credentials_sts.c: assume a role, signed with `source`, or unsigned with a web identity token. */
struct sts_request {
    const char *role_arn, *session_name; /* session_name NULL: one of ours */
    const char *external_id, *duration;  /* NULL: none */
    const struct access_keys *source;    /* NULL: unsigned */
    const char *web_identity_token;
};
MUST_CHECK enum error_code sts_assume(struct credential_context *c, const struct aws_profile *p,
                                      const struct sts_request *q, struct access_keys *out,
                                      struct error *err);

/* The content of a small file, blanks off, on the heap; wipe it. ERR_NO_CREDENTIALS where it cannot
 * be read. */
MUST_CHECK enum error_code credentials_read_file(const char *path, char **out, struct error *err);
void credentials_wipe(char *text);

#endif
