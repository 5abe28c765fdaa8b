/* s3_diagnose.c - how a bucket would be read, and why so. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "store/diagnose.h"
#include "store/s3_request.h"

static const char *outcome_text(const struct credential_trial *t)
{
    switch (t->outcome) {
    case CREDENTIALS_NOT_CONFIGURED:
        return "not configured";
    case CREDENTIALS_ANSWERED:
        return "answered";
    case CREDENTIALS_SILENT:
        return "nobody there";
    case CREDENTIALS_FAILED:
        return "failed";
    case CREDENTIALS_NOT_ASKED:
        return "not asked";
    }
    return "";
}

static void describe_chain(struct store_report *r, const struct credential_trial *trials, size_t n)
{
    struct strbuf b;
    strbuf_init(&b, 4096);
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(&b, "%s%s: %s", i ? ", " : "", trials[i].provider, outcome_text(&trials[i]));
    }
    struct store_check *c = store_report_add(r, "credential chain", CHECK_OK);
    c->detail = n ? arena_strndup(&r->arena, b.data, b.len) : "not walked: requests are anonymous";
    strbuf_free(&b);
}

static void describe_keys(struct store_report *r, const struct credentials *k, double ms)
{
    const char *id = k->keys.access_key_id;
    size_t n = id ? strlen(id) : 0;
    struct store_check *c = store_report_add(r, "credentials", CHECK_OK);
    c->timed = true;
    c->ms = ms;
    if (!id) {
        c->detail = "none: requests are anonymous";
        c->hint = "for data that is not public: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                  "--profile";
        return;
    }
    char expires[CLOCK_ISO_SIZE] = "never";
    if (k->keys.expires_us) {
        clock_format_iso(k->keys.expires_us, expires);
    }
    c->detail =
        arena_printf(&r->arena, "%s, key ...%s, %s session token, expires %s", k->provider,
                     n > 4 ? id + n - 4 : "", k->keys.session_token ? "with" : "without", expires);
}

static void describe_credentials(struct s3 *s3, struct store_report *r)
{
    struct credential_trial trials[CREDENTIAL_TRIALS_MAX];
    struct error err;
    uint64_t started = clock_monotonic_ns();
    size_t n = credentials_explain(s3->credentials, trials, &err);
    double ms = (double)(clock_monotonic_ns() - started) / 1e6;
    struct credentials *k = credentials_take(s3->credentials, NULL);
    describe_chain(r, trials, n);
    if (k) {
        describe_keys(r, k, ms);
        credentials_release(k);
        return;
    }
    struct store_check *c = store_report_add(r, "credentials", CHECK_FAIL);
    c->detail = arena_strdup(&r->arena, err.text);
    c->hint = "--profile chooses another profile, --no-sign-request none";
    c->code = err.code;
    c->timed = true;
    c->ms = ms;
}

void s3_describe(struct store *s, struct store_report *r)
{
    struct s3 *s3 = s->backend;
    const struct s3_config *c = &s3->config;
    struct strbuf host;
    strbuf_init(&host, 1024);
    s3_config_host(c, c->region, &host);
    struct store_check *endpoint = store_report_add(r, "endpoint", CHECK_OK);
    endpoint->detail =
        arena_printf(&r->arena, "%s://%s%s, from %s; the bucket stands in the %s (%s)",
                     c->endpoint.https ? "https" : "http", host.data, c->endpoint.base_path,
                     c->endpoint_from, c->virtual_host ? "host" : "path", c->addressing_from);
    if (!c->endpoint.https && !url_is_loopback(c->endpoint.host)) {
        endpoint->status = CHECK_WARN;
        endpoint->hint = "not encrypted: use https where the service has it";
    }
    strbuf_free(&host);
    struct store_check *region = store_report_add(r, "region", CHECK_OK);
    region->detail = arena_printf(&r->arena, "%s, from %s", c->region, c->region_from);
    struct store_check *tls = store_report_add(r, "certificates", CHECK_OK);
    tls->detail = c->no_verify ? "not checked"
                  : c->ca_file ? arena_printf(&r->arena, "checked against %s", c->ca_file)
                               : "checked against the system's authorities";
    if (c->no_verify) {
        tls->status = CHECK_WARN;
        tls->hint = "AWS_CA_BUNDLE names the authority of a service of your own";
    }
    describe_credentials(s3, r);
}

/* What the first answers have taught. */
void s3_remark(struct store *s, struct store_report *r)
{
    struct s3 *s3 = s->backend;
    char region[sizeof s3->region];
    pthread_mutex_lock(&s3->lock);
    memcpy(region, s3->region, sizeof region);
    long long skew_s = s3->skewed ? (long long)(s3->skew_us / 1000000) : 0;
    pthread_mutex_unlock(&s3->lock);
    if (strcmp(region, s3->config.region) != 0) {
        struct store_check *c = store_report_add(r, "bucket region", CHECK_WARN);
        c->detail = arena_printf(&r->arena, "the bucket is in %s, not %s: each run asks once more",
                                 region, s3->config.region);
        c->hint = arena_printf(&r->arena, "--region %s", region);
    }
    if (skew_s) {
        struct store_check *c = store_report_add(r, "clock", CHECK_WARN);
        c->detail =
            arena_printf(&r->arena, "the server's clock is %lld s from this machine's", skew_s);
        c->hint = "set the clock of this machine";
    }
}
