#include "store/s3_request.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

/* A bucket has one region; a second change would be two servers that contradict each other. */
#define REGION_CHANGES_MAX 1
#define ERROR_BODY_MAX     ((size_t)64 << 10)

static void on_done(struct http_request *q);

void s3_request_init(struct s3_request *r, struct s3 *s3)
{
    memset(r, 0, sizeof *r);
    r->s3 = s3;
    r->query = "";
    r->http.prepare = s3_prepare;
    r->http.done = on_done;
    r->http.text_max = ERROR_BODY_MAX;
    r->http.first_byte_ms = s3->first_byte_ms;
    arena_init(&r->attempt);
}

static void credentials_are_ready(struct credential_waiter *w)
{
    struct s3_request *r =
        (struct s3_request *)(void *)((char *)w - offsetof(struct s3_request, waiter));
    http_submit(r->s3->engine, &r->http);
}

void s3_request_start(struct s3_request *r)
{
    r->waiter.ready = credentials_are_ready;
    if (credentials_ready(r->s3->credentials, &r->waiter)) {
        http_submit(r->s3->engine, &r->http);
    }
}

void s3_request_free(struct s3_request *r)
{
    http_request_reset(&r->http);
    credentials_release(r->signed_with);
    r->signed_with = NULL;
    arena_reset(&r->attempt);
}

/* ---- the bucket's region, the server's clock ---- */

/* The region that the answer names: a header, or a field of the error. */
static bool find_region(const struct s3_request *r, const struct s3_xml_error *x, char out[64])
{
    struct str header = http_header(&r->http, "x-amz-bucket-region");
    if (header.len && header.len < 64) {
        snprintf(out, 64, STR_FMT, STR_ARG(header));
    } else {
        snprintf(out, 64, "%s", x->region);
    }
    return s3_is_region(out);
}

static bool is_wrong_region(const struct s3_request *r, const struct s3_xml_error *x)
{
    int status = r->http.status;
    return status == 301 || status == 302 || status == 307 ||
           strcmp(x->code, "PermanentRedirect") == 0 ||
           strcmp(x->code, "AuthorizationHeaderMalformed") == 0 ||
           strcmp(x->code, "IllegalLocationConstraintException") == 0;
}

/* True where the request is to be signed again: another one may have learned the region meanwhile.
 */
static bool correct_region(struct s3_request *r, const struct s3_xml_error *x)
{
    struct s3 *s = r->s3;
    char region[64];
    if (!is_wrong_region(r, x)) {
        return false;
    }
    bool found = find_region(r, x, region);
    pthread_mutex_lock(&s->lock);
    bool again = s->region_changes > r->region_changes;
    if (!again && found && s->region_changes < REGION_CHANGES_MAX &&
        strcmp(region, s->region) != 0) {
        log_debug("store", "bucket %s is in region %s, not %s", s->config.bucket, region,
                  s->region);
        memcpy(s->region, region, sizeof s->region);
        s->region_changes++;
        again = true;
    }
    pthread_mutex_unlock(&s->lock);
    return again;
}

/* "Wed, 21 Oct 2015 07:28:00 GMT", in whole seconds. */
static bool server_time(const struct s3_request *r, int64_t *us)
{
    char text[64];
    struct tm tm = {0};
    struct str date = http_header(&r->http, "date");
    if (date.len == 0 || date.len >= sizeof text) {
        return false;
    }
    memcpy(text, date.data, date.len);
    text[date.len] = '\0';
    if (!strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm)) {
        return false;
    }
    *us = (int64_t)timegm(&tm) * 1000000;
    return true;
}

static bool correct_clock(struct s3_request *r, const struct s3_xml_error *x)
{
    struct s3 *s = r->s3;
    int64_t now;
    if (r->skew_corrected || strcmp(x->code, "RequestTimeTooSkewed") != 0 ||
        !server_time(r, &now)) {
        return false;
    }
    r->skew_corrected = true;
    pthread_mutex_lock(&s->lock);
    s->skew_us = now - clock_wall_us();
    s->skewed = true;
    log_debug("store", "the server's clock is %lld s from ours", (long long)(s->skew_us / 1000000));
    pthread_mutex_unlock(&s->lock);
    return true;
}

/* Expired keys: once, with new ones. */
static bool renew_credentials(struct s3_request *r, const struct s3_xml_error *x)
{
    bool expired = strcmp(x->code, "ExpiredToken") == 0 ||
                   strcmp(x->code, "ExpiredTokenException") == 0 ||
                   strcmp(x->code, "TokenRefreshRequired") == 0;
    if (!expired || r->renewed || !r->signed_with) {
        return false;
    }
    r->renewed = true;
    return credentials_refuse(r->s3->credentials, r->signed_with->generation);
}

/* Once corrected, the offset follows the server: when somebody sets our clock right, it goes back
 * to zero. */
static void follow_clock(struct s3_request *r)
{
    struct s3 *s = r->s3;
    int64_t now;
    pthread_mutex_lock(&s->lock);
    bool skewed = s->skewed;
    pthread_mutex_unlock(&s->lock);
    if (skewed && server_time(r, &now)) {
        pthread_mutex_lock(&s->lock);
        s->skew_us = now - clock_wall_us();
        pthread_mutex_unlock(&s->lock);
    }
}

/* ---- one attempt ---- */

/* The line that `-v` shows of each request. A header of the server's may hold anything. */
static void log_attempt(const struct s3_request *r)
{
    const struct http_request *q = &r->http;
    if (log_enabled(LOG_INFO)) {
        char name[ERROR_TEXT_MAX], first[32] = "";
        s3_request_name(r, name, sizeof name);
        struct str id = http_header(q, "x-amz-request-id");
        if (q->first_byte_ns) {
            snprintf(first, sizeof first, " (first byte %.1f)", (double)q->first_byte_ns / 1e6);
        }
        log_info("store", "%s: %s %d, %llu bytes, %.1f ms%s%s%.*s", name,
                 q->result == HTTP_ANSWERED ? "HTTP" : q->reason, q->status,
                 (unsigned long long)q->bytes_received, (double)q->elapsed_ns / 1e6, first,
                 id.len ? ", id " : "", (int)(id.len < 128 ? id.len : 128), id.data);
    }
}

/* Milliseconds that the server asks to wait: its own header, or the standard one in seconds. */
static uint64_t asked_delay_ms(const struct http_request *q)
{
    uint64_t n;
    if (str_to_u64(http_header(q, "x-amz-retry-after"), &n)) {
        return n;
    }
    return str_to_u64(http_header(q, "retry-after"), &n) && n < 3600 ? n * 1000 : 0;
}

static enum error_code judge(struct s3_request *r, struct verdict *v, bool *again,
                             struct error *err)
{
    struct http_request *q = &r->http;
    *again = false;
    if (q->result != HTTP_ANSWERED) {
        return s3_judge_transfer(r, v, err);
    }
    if ((q->status >= 200 && q->status < 300) || (q->status == 416 && r->accepts_416)) {
        return r->check(r, v, err);
    }
    struct s3_xml_error x;
    (void)s3_xml_parse_error(q->text.data ? q->text.data : "", q->text.len,
                             &x); /* else it is empty */
    *again = correct_region(r, &x) || correct_clock(r, &x) || renew_credentials(r, &x);
    return s3_judge_status(r, &x, v, err);
}

static void send_again(struct s3_request *r, uint64_t delay_ns, bool fresh)
{
    counter_add(&r->s3->store->counters->retries, 1);
    if (r->resume) {
        r->resume(r);
    }
    r->http.fresh_connection = fresh;
    r->http.not_before_ns = delay_ns ? clock_monotonic_ns() + delay_ns : 0;
    s3_request_start(r);
}

static enum flow_event flow_event_of(const struct http_request *q)
{
    if (q->result == HTTP_TIMED_OUT) {
        return FLOW_TIMED_OUT;
    }
    bool refused = q->status == 503 || q->status == 429;
    bool good = q->result == HTTP_ANSWERED && q->status >= 200 && q->status < 300;
    return refused ? FLOW_REFUSED : good ? FLOW_GOOD : FLOW_NEUTRAL;
}

static void on_done(struct http_request *q)
{
    struct s3_request *r = (struct s3_request *)q;
    struct s3 *s = r->s3;
    struct verdict v = {RETRY_NEVER, 0};
    struct error err;
    bool again;
    uint64_t delay_ns;
    error_reset(&err);
    if (q->result == HTTP_CANCELLED && r->unsignable && r->refusal.code != ERR_CANCELLED) {
        r->finished(r, &r->refusal);
        return;
    }
    if (q->result == HTTP_CANCELLED) {
        char name[ERROR_TEXT_MAX / 2];
        s3_request_name(r, name, sizeof name);
        (void)store_cancelled(&err, name);
        r->finished(r, &err);
        return;
    }
    log_attempt(r);
    http_feedback(s->engine, q, flow_event_of(q));
    s3_stats_answer(&s->stats, q);
    counter_add(&s->store->counters->bytes_received, q->bytes_received);
    follow_clock(r);
    bool good = judge(r, &v, &again, &err) == OK;
    if (good || (q->result == HTTP_ANSWERED && v.kind != RETRY_DOWN)) {
        retry_answered(&s->quota);
    }
    if (good) {
        retry_success(&s->quota, &r->retry);
        r->finished(r, NULL);
        return;
    }
    if (again || (r->otherwise && r->otherwise(r, &err))) {
        counter_add(&s->stats.corrections, 1);
        send_again(r, 0, false);
        return;
    }
    int attempts_max = v.attempts_max ? v.attempts_max : s->config.attempts_max;
    if (retry_next(&s->quota, &r->retry, v.kind, attempts_max, asked_delay_ms(q), &delay_ns)) {
        s3_stats_retry(&s->stats, v.kind);
        /* An answer that made no sense may be the rest of another one; a dead connection is dead.
         */
        send_again(r, delay_ns, q->status < 300);
        return;
    }
    if (r->retry.attempts > 1) {
        (void)error_add(&err, "given up after %d attempts", r->retry.attempts);
    }
    r->finished(r, &err);
}
