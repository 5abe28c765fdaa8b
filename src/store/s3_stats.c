#include "store/s3_stats.h"

#include "base/counters.h"
#include "base/log.h"
#include "base/str.h"

#define STATUS(status) status,
static const int statuses[] = {S3_STATUSES(STATUS)};
#undef STATUS

static const char *const results[HTTP_FAILED + 1] = {
    [HTTP_CANCELLED] = "cancelled",
    [HTTP_NO_HOST] = "name not found",
    [HTTP_NO_CONNECTION] = "no connection",
    [HTTP_BAD_TLS] = "bad TLS",
    [HTTP_TIMED_OUT] = "timed out",
    [HTTP_BROKEN] = "broken connection",
    [HTTP_SHORT] = "short body",
    [HTTP_TOO_LONG] = "long body",
    [HTTP_FAILED] = "other failure",
};

void s3_stats_answer(struct s3_stats *s, const struct http_request *q)
{
    size_t i = 0, slot = 0;
    if (q->result != HTTP_ANSWERED) {
        counter_add(&s->failures[q->result], 1);
        return;
    }
    while (i < S3_STATUS_N - 1 && statuses[i] != q->status) {
        i++;
    }
    counter_add(&s->statuses[i], 1);
    for (uint64_t ms = q->elapsed_ns / 1000000; ms && slot < S3_TIMES_N - 1; ms >>= 1) {
        slot++;
    }
    counter_add(&s->times[slot], 1);
}

void s3_stats_retry(struct s3_stats *s, enum retry_kind kind)
{
    counter_add(&s->retries[kind], 1);
}

unsigned s3_stats_below_ms(const struct s3_stats *s, double share)
{
    uint64_t total = 0, sum = 0;
    size_t i = 0;
    for (size_t k = 0; k < S3_TIMES_N; k++) {
        total += counter_get(&s->times[k]);
    }
    for (; i < S3_TIMES_N - 1; i++) {
        sum += counter_get(&s->times[i]);
        if ((double)sum >= share * (double)total) {
            break;
        }
    }
    return 1U << i;
}

static void add(struct strbuf *b, const char *name, uint64_t n)
{
    if (n) {
        strbuf_printf(b, "%s%llu %s", b->len ? ", " : "", (unsigned long long)n, name);
    }
}

static void add_answers(struct strbuf *b, const struct s3_stats *s)
{
    for (size_t i = 0; i < S3_STATUS_N; i++) {
        uint64_t n = counter_get(&s->statuses[i]);
        if (n && i < S3_STATUS_N - 1) {
            strbuf_printf(b, "%s%llu x %d", b->len ? ", " : "", (unsigned long long)n, statuses[i]);
        } else {
            add(b, "other statuses", n);
        }
    }
    for (size_t i = HTTP_ANSWERED + 1; i <= HTTP_FAILED; i++) {
        add(b, results[i], counter_get(&s->failures[i]));
    }
}

/* "1 below 2 ms, 40 below 4 ms": the histogram as it is kept. */
static void add_times(struct strbuf *b, const struct s3_stats *s)
{
    for (size_t i = 0; i < S3_TIMES_N; i++) {
        uint64_t n = counter_get(&s->times[i]);
        bool last = i == S3_TIMES_N - 1;
        if (n) {
            strbuf_printf(b, "%s%llu %s %u ms", b->len ? ", " : "", (unsigned long long)n,
                          last ? "above" : "below", 1U << (last ? i - 1 : i));
        }
    }
}

void s3_stats_log(const struct s3_stats *s, const struct http_connections *c, const char *uri)
{
    struct strbuf answers, retries, times;
    if (!log_enabled(LOG_INFO)) {
        return;
    }
    strbuf_init(&answers, 4096);
    strbuf_init(&retries, 4096);
    strbuf_init(&times, 4096);
    add_answers(&answers, s);
    add_times(&times, s);
    add(&retries, "for faults of the moment", counter_get(&s->retries[RETRY_TRANSIENT]));
    add(&retries, "for a server that was not there", counter_get(&s->retries[RETRY_DOWN]));
    add(&retries, "for too many requests", counter_get(&s->retries[RETRY_THROTTLED]));
    add(&retries, "for region, clock, expired keys or another name", counter_get(&s->corrections));
    if (answers.len) {
        log_info("store", "%s: answers: %s; half below %u ms, 99 of 100 below %u ms", uri,
                 answers.data, s3_stats_below_ms(s, 0.5), s3_stats_below_ms(s, 0.99));
    }
    if (times.len) {
        log_info("store", "%s: times: %s", uri, times.data);
    }
    if (retries.len) {
        log_info("store", "%s: sent again: %s", uri, retries.data);
    }
    if (c->opened) {
        log_info("store", "%s: connections: %lu opened, %lu open, %lu at most", uri, c->opened,
                 c->open, c->peak);
    }
    strbuf_free(&answers);
    strbuf_free(&retries);
    strbuf_free(&times);
}
