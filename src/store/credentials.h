/* credentials.h - whose keys sign the requests: found along the AWS tools' chain, renewed before
 * they expire.
 *
 * What can be known without asking anybody (environment, keys in files) is known when the source is
 * opened, and its faults are reported there. Everything else - roles, single sign-on, web identity,
 * processes, container and instance endpoints - is asked for when the first request needs it, on a
 * thread of its own, once for all that wait. Near their end keys are renewed the same way: first in
 * the background, then with everybody waiting.
 *
 * A provider that is configured and fails ends the chain with its own error; only the instance's
 * endpoint, which nobody configures, may be silent: then requests are anonymous.
 *
 * Threads: any. A snapshot is immutable and counted; take one for each attempt.
 */
#ifndef TSI_STORE_CREDENTIALS_H
#define TSI_STORE_CREDENTIALS_H

#include <stdatomic.h>
#include <stdint.h>

#include "format/credentials_json.h"

struct credentials {
    struct access_keys keys; /* access_key_id NULL: anonymous */
    const char *provider;    /* "environment", "profile 'x'", ...; lives as long as the source */
    uint64_t generation;     /* grows with each renewal */
    atomic_int references;
};

struct credential_options {
    const char
        *profile; /* the name asked for by option; NULL: from the environment, else "default" */
    const char *region;  /* of the token services, where the profile does not say */
    const char *ca_file; /* NULL: the system's */
    bool anonymous;      /* --no-sign-request: nobody is asked anything */
    bool no_verify;
};

struct credential_source;

MUST_CHECK enum error_code credentials_open(const struct credential_options *o,
                                            struct credential_source **out, struct error *err);
/* Whoever waits is called at once, and a fetch under way is broken off; nobody is asked any more.
 */
void credentials_cancel(struct credential_source *s);
/* The same, and all who waited have been called when it returns. Snapshots can still be taken. */
void credentials_stop(struct credential_source *s);
void credentials_close(struct credential_source *s);

/* Somebody who needs keys. `ready` is called once, on the source's thread: there are keys now, or
 * an error. */
struct credential_waiter {
    struct credential_waiter *next;
    void (*ready)(struct credential_waiter *w);
};

/* True where a snapshot can be taken now; else `w` is called later. May start a renewal. */
bool credentials_ready(struct credential_source *s, struct credential_waiter *w);
/* A snapshot, or NULL and the reason. */
struct credentials *credentials_take(struct credential_source *s, struct error *err);
void credentials_release(struct credentials *c);
/* The server says that this generation has expired: true where others can be had, which the next
 * credentials_ready asks for. */
bool credentials_refuse(struct credential_source *s, uint64_t generation);

/* ---- what was tried, for `doctor` ---- */

enum credential_outcome {
    CREDENTIALS_NOT_CONFIGURED,
    CREDENTIALS_ANSWERED,
    CREDENTIALS_SILENT, /* asked, and not there */
    CREDENTIALS_FAILED,
    CREDENTIALS_NOT_ASKED, /* behind the one that answered */
};

struct credential_trial {
    const char *provider;
    enum credential_outcome outcome;
    char detail[160];
    unsigned ms;
};

#define CREDENTIAL_TRIALS_MAX 12
/* Waits until the chain was walked, and says how; the number of trials. */
size_t credentials_explain(struct credential_source *s,
                           struct credential_trial out[CREDENTIAL_TRIALS_MAX], struct error *err);

#endif
