#include "store/credentials.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/secret.h"
#include "store/credentials_chain.h"

#define US_PER_S ((int64_t)1000000)
/* Renewed in the background from here on, and waited for from there on; of short-lived keys, from
 * the half and the last quarter of their life. */
#define RENEW_US (300 * US_PER_S)
#define MUST_US  (60 * US_PER_S)
/* A provider that failed is not asked again by each of a thousand requests. */
#define FAILED_US (5 * US_PER_S)

struct credential_source {
    /* Set at open: */
    struct credential_context context;
    char *region, *ca_file, *profile_name;
    bool profile_named, anonymous;
    /* Under the lock: */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool has_thread, wanted, under_way, closing, cancelled;
    bool settled;                               /* the chain was walked to an end, good or bad */
    struct credentials *current;                /* NULL: none, see failure */
    const struct credential_provider *provider; /* of current; NULL: anonymous */
    struct error failure;
    int64_t renew_us, must_us; /* wall clock */
    int64_t quiet_us;          /* no fetch before: the last one failed */
    uint64_t generation;
    struct credential_waiter *waiters;
    struct credential_trial trials[CREDENTIAL_TRIALS_MAX];
    size_t n_trials;
    struct arena names; /* of providers */
};

/* ---- snapshots ---- */

void credentials_release(struct credentials *c)
{
    if (c && atomic_fetch_sub(&c->references, 1) == 1) {
        secret_free(c->keys.access_key_id);
        secret_free(c->keys.secret_access_key);
        secret_free(c->keys.session_token);
        mem_free(c);
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void set_times_locked(struct credential_source *s)
{
    int64_t now = clock_wall_us(), expires = s->current->keys.expires_us;
    int64_t life = expires - now;
    s->renew_us = s->must_us = INT64_MAX;
    if (expires) {
        s->renew_us = life > 0 ? expires - earlier(RENEW_US, life / 2) : INT64_MAX;
        s->must_us = life > 0 ? expires - earlier(MUST_US, life / 4) : INT64_MAX;
    }
}

static const char *name_of(struct credential_source *s, const struct credential_provider *provider)
{
    if (!provider) {
        return "nobody";
    }
    if (provider == &credentials_environment || provider == &credentials_container ||
        provider == &credentials_instance) {
        return provider->name;
    }
    if (provider == &credentials_profile) {
        return arena_printf(&s->names, "profile '%s'", s->profile_name);
    }
    return arena_printf(&s->names, "%s of profile '%s'", provider->name, s->profile_name);
}

static void keep_locked(struct credential_source *s, const struct credential_provider *provider,
                        struct access_keys *keys)
{
    struct credentials *c = mem_zalloc(sizeof *c);
    log_secret(keys->secret_access_key);
    log_secret(keys->session_token);
    /* They live as long as the run, so they move to where no core dump finds them. */
    c->keys = (struct access_keys){secret_strdup(keys->access_key_id),
                                   secret_strdup(keys->secret_access_key),
                                   secret_strdup(keys->session_token), keys->expires_us};
    access_keys_free(keys);
    c->generation = ++s->generation;
    c->provider =
        s->current && s->provider == provider ? s->current->provider : name_of(s, provider);
    atomic_init(&c->references, 1);
    credentials_release(s->current);
    s->current = c;
    s->provider = provider;
    set_times_locked(s);
}

/* Old keys are better than none, while they live; an instance's even longer, since its service
 * renews them under the same name and may be down for a while. */
static void fail_locked(struct credential_source *s, const struct error *err)
{
    int64_t now = clock_wall_us();
    s->failure = *err;
    s->quiet_us = now + FAILED_US;
    if (s->current && (now < s->current->keys.expires_us || s->provider == &credentials_instance)) {
        log_warn("store", "cannot renew credentials: %s", err->text);
        s->renew_us = s->must_us = s->quiet_us;
        return;
    }
    credentials_release(s->current);
    s->current = NULL;
}

/* ---- one walk along the chain ---- */

static void conclude_trial_locked(struct credential_source *s,
                                  const struct credential_provider *provider, enum error_code rc,
                                  const struct error *err, uint64_t started_ns)
{
    for (size_t i = 0; i < s->n_trials; i++) {
        struct credential_trial *t = &s->trials[i];
        if (provider && strcmp(t->provider, provider->name) == 0) {
            bool silent = provider->may_be_silent && (rc == ERR_NETWORK || rc == ERR_TIMEOUT);
            t->outcome = rc == OK ? CREDENTIALS_ANSWERED
                         : silent ? CREDENTIALS_SILENT
                                  : CREDENTIALS_FAILED;
            t->ms = (unsigned)((clock_monotonic_ns() - started_ns) / 1000000);
            snprintf(t->detail, sizeof t->detail, "%s", rc == OK ? "" : err->text);
        }
    }
}

static void settle(struct credential_source *s, const struct credential_provider *provider,
                   enum error_code rc, struct access_keys *keys, const struct error *err)
{
    bool silent = provider && provider->may_be_silent && (rc == ERR_NETWORK || rc == ERR_TIMEOUT);
    pthread_mutex_lock(&s->lock);
    if (rc == OK) {
        keep_locked(s, provider, keys);
    } else if (silent && !s->current) {
        struct access_keys none = {0};
        log_debug("store", "no credentials found: requests are anonymous");
        keep_locked(s, NULL, &none);
    } else {
        fail_locked(s, err);
    }
    s->settled = true;
    pthread_mutex_unlock(&s->lock);
}

/* Asks whoever is configured now: files and environment may have changed since. */
static void walk(struct credential_source *s)
{
    struct aws_profile p;
    struct error err;
    struct access_keys keys = {0};
    const struct credential_provider *provider = NULL;
    uint64_t started_ns = clock_monotonic_ns();
    error_reset(&err);
    enum error_code rc = s->profile_named ? credentials_load_profile(s->profile_name, &p, &err)
                                          : aws_profile_load(s->profile_name, &p, &err);
    if (rc == OK) {
        provider = credentials_choose(&s->context, &p);
        struct credential_trial trials[CREDENTIAL_TRIALS_MAX];
        size_t n = credentials_trials(&s->context, &p, trials);
        s->context.depth = 0;
        rc = provider ? provider->fetch(&s->context, &p, &keys, &err) : OK;
        pthread_mutex_lock(&s->lock);
        memcpy(s->trials, trials, sizeof trials);
        s->n_trials = n;
        conclude_trial_locked(s, provider, rc, &err, started_ns);
        pthread_mutex_unlock(&s->lock);
        aws_profile_free(&p);
    }
    settle(s, provider, rc, &keys, &err);
}

/* ---- the thread that asks ---- */

static void call(struct credential_waiter *w)
{
    while (w) {
        struct credential_waiter *next = w->next;
        w->ready(w);
        w = next;
    }
}

static void *run(void *user)
{
    struct credential_source *s = user;
    pthread_mutex_lock(&s->lock);
    while (!s->closing) {
        if (!s->wanted) {
            pthread_cond_wait(&s->changed, &s->lock);
            continue;
        }
        s->under_way = true;
        pthread_mutex_unlock(&s->lock);
        walk(s);
        pthread_mutex_lock(&s->lock);
        s->wanted = s->under_way = false;
        struct credential_waiter *waiters = s->waiters;
        s->waiters = NULL;
        pthread_cond_broadcast(&s->changed);
        pthread_mutex_unlock(&s->lock);
        call(waiters);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void want_locked(struct credential_source *s)
{
    if (s->wanted || s->cancelled) {
        return;
    }
    s->wanted = true;
    if (!s->has_thread) {
        s->has_thread = pthread_create(&s->thread, NULL, run, s) == 0;
    }
    if (!s->has_thread) {
        (void)error_set(&s->failure, ERR_INTERNAL, "cannot start a thread");
        s->quiet_us = INT64_MAX;
        s->wanted = false;
    }
    pthread_cond_broadcast(&s->changed);
}

/* ---- as the requests see it ---- */

/* Whether something can be had now: keys, or an error that is young. */
static bool is_ready_locked(const struct credential_source *s, int64_t now)
{
    return s->cancelled || (s->current && now < s->must_us) || (!s->current && now < s->quiet_us);
}

bool credentials_ready(struct credential_source *s, struct credential_waiter *w)
{
    int64_t now = clock_wall_us();
    pthread_mutex_lock(&s->lock);
    bool ready = is_ready_locked(s, now);
    if (!ready || (s->current && now >= s->renew_us)) {
        want_locked(s);
        ready = ready || is_ready_locked(s, now); /* there may be no thread */
    }
    if (!ready) {
        w->next = s->waiters;
        s->waiters = w;
    }
    pthread_mutex_unlock(&s->lock);
    return ready;
}

struct credentials *credentials_take(struct credential_source *s, struct error *err)
{
    pthread_mutex_lock(&s->lock);
    struct credentials *c = s->current;
    if (c) {
        atomic_fetch_add(&c->references, 1);
    } else if (err) {
        *err = s->failure;
    }
    pthread_mutex_unlock(&s->lock);
    return c;
}

bool credentials_refuse(struct credential_source *s, uint64_t generation)
{
    pthread_mutex_lock(&s->lock);
    bool renewable = s->current && s->provider && s->provider != &credentials_environment;
    if (renewable && s->current->generation == generation) {
        s->must_us = 0;
    }
    bool other = !s->current || s->current->generation != generation;
    pthread_mutex_unlock(&s->lock);
    return renewable || other;
}

size_t credentials_explain(struct credential_source *s,
                           struct credential_trial out[CREDENTIAL_TRIALS_MAX], struct error *err)
{
    pthread_mutex_lock(&s->lock);
    if (!s->settled && !s->cancelled) {
        want_locked(s);
    }
    while (s->wanted && !s->cancelled) {
        pthread_cond_wait(&s->changed, &s->lock);
    }
    size_t n = s->n_trials;
    memcpy(out, s->trials, sizeof s->trials);
    error_reset(err);
    if (!s->current) {
        *err = s->failure;
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* ---- open, close ---- */

static const char *find_name(const struct credential_options *o, bool *named)
{
    const char *name = o->profile && o->profile[0] ? o->profile : aws_env("AWS_PROFILE");
    name = name ? name : aws_env("AWS_DEFAULT_PROFILE");
    *named = name != NULL;
    return name ? name : "default";
}

/* Who needs nobody else is asked at once, so that a mistake in a file is said before anything is
 * sent. */
static enum error_code ask_offline(struct credential_source *s, struct error *err)
{
    struct aws_profile p;
    enum error_code rc = s->profile_named ? credentials_load_profile(s->profile_name, &p, err)
                                          : aws_profile_load(s->profile_name, &p, err);
    if (rc != OK) {
        return rc;
    }
    const struct credential_provider *provider = credentials_choose(&s->context, &p);
    aws_profile_free(&p);
    if (!provider || provider->offline) {
        walk(s);
        rc = s->current ? OK : s->failure.code;
        if (rc != OK && err) {
            *err = s->failure;
        }
    }
    return rc;
}

enum error_code credentials_open(const struct credential_options *o, struct credential_source **out,
                                 struct error *err)
{
    struct credential_source *s = mem_zalloc(sizeof *s);
    struct access_keys none = {0};
    enum error_code rc = OK;
    *out = NULL;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->context.lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    arena_init(&s->names);
    s->region = mem_strdup(o->region);
    s->ca_file = o->ca_file ? mem_strdup(o->ca_file) : NULL;
    s->profile_name = mem_strdup(find_name(o, &s->profile_named));
    s->context.region = s->region;
    s->context.ca_file = s->ca_file;
    s->context.no_verify = o->no_verify;
    s->context.profile_given = o->profile && o->profile[0];
    if (o->anonymous) {
        keep_locked(s, NULL, &none);
        s->settled = true;
    } else {
        rc = ask_offline(s, err);
    }
    if (rc != OK) {
        credentials_close(s);
        return rc;
    }
    *out = s;
    return OK;
}

void credentials_cancel(struct credential_source *s)
{
    atomic_store(&s->context.cancelled, true);
    pthread_mutex_lock(&s->context.lock);
    if (s->context.engine) {
        http_cancel(s->context.engine);
    }
    pthread_mutex_unlock(&s->context.lock);
    pthread_mutex_lock(&s->lock);
    s->cancelled = true;
    struct credential_waiter *waiters = s->waiters;
    s->waiters = NULL;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    call(waiters);
}

void credentials_stop(struct credential_source *s)
{
    credentials_cancel(s);
    pthread_mutex_lock(&s->lock);
    bool join = s->has_thread && !s->closing;
    s->closing = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (join) {
        pthread_join(s->thread, NULL);
    }
}

void credentials_close(struct credential_source *s)
{
    if (!s) {
        return;
    }
    credentials_stop(s);
    credentials_release(s->current);
    arena_reset(&s->names);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->context.lock);
    mem_free(s->region);
    mem_free(s->ca_file);
    mem_free(s->profile_name);
    mem_free(s);
}
