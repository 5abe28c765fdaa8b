/* s3_faults_test.c - each kind of request through each kind of fault: it is answered in the end,
 * with as many requests as the fault is worth.
 *
 * The cases run at once, each with a store and a server of its own, because back-off takes seconds.
 */
#include <pthread.h>
#include <unistd.h>

#include "unit/store/s3_fixture.h"

#define KEYS_JSON                                                                                  \
    "{\"Version\":1,\"AccessKeyId\":\"AKIDFAULT\",\"SecretAccessKey\":\"fault-secret-key\","       \
    "\"SessionToken\":\"fault-session-token\"}"
/* An answer must begin within this. */
#define PATIENCE_MS 2500 /* a busy machine takes its time to answer, too */

/* ---- kinds of requests ---- */

#define LISTED LIST_HEAD "<IsTruncated>false</IsTruncated>" ENTRY("pre/k", "16") LIST_END
#define WHOLE  "0123456789abcdef"

/* What is asked, what the good answer is, and the good answer to the rest of it. */
struct kind {
    const char *name;
    struct http_step good, rest;
    size_t cut; /* bytes of the body that come before it breaks; the rest is asked for, or all */
    enum error_code (*perform)(struct store *s, struct error *err);
};

static void answer(struct store_read *r)
{
    queue_push(r->user, &r->node);
}

static enum error_code read_range(struct store *s, bool suffix, struct error *err)
{
    struct queue q;
    queue_init(&q);
    struct store_range range = {.offset = suffix ? 0 : 8, .length = 8, .suffix = suffix};
    struct store_read r = {.key = "k",
                           .if_match = "e1",
                           .object_size = 16,
                           .ranges = &range,
                           .n_ranges = 1,
                           .done = answer,
                           .user = &q};
    store_submit(s, &r);
    bool done = queue_pop_until(&q, clock_monotonic_ns() + 60000000000u) == &r.node;
    *err = r.err;
    if (done && r.err.code == OK && memcmp(range.data, "89abcdef", 8) != 0) {
        (void)error_set(err, ERR_INTERNAL, "other bytes");
    }
    store_read_release(&r);
    queue_destroy(&q);
    return done ? err->code : ERR_TIMEOUT;
}

static enum error_code perform_range(struct store *s, struct error *err)
{
    return read_range(s, false, err);
}

static enum error_code perform_suffix(struct store *s, struct error *err)
{
    return read_range(s, true, err);
}

static enum error_code perform_whole(struct store *s, struct error *err)
{
    struct arena a;
    struct str text;
    struct object o = {.key = "k", .size = 16, .etag = "e1"};
    arena_init(&a);
    enum error_code rc = store_get(s, &o, 100, &a, &text, err);
    if (rc == OK && !str_eq(text, str_c(WHOLE))) {
        rc = error_set(err, ERR_INTERNAL, "other bytes");
    }
    arena_reset(&a);
    return rc;
}

static enum error_code perform_list(struct store *s, struct error *err)
{
    struct store_lister *l;
    const struct object *objects;
    size_t n = 0, all = 0;
    enum error_code rc = store_list_open(s, "", &l, err);
    while (rc == OK && (rc = store_list_next(l, &objects, &n, err)) == OK && n) {
        all += n;
    }
    store_list_close(l);
    return rc == OK && all != 1 ? error_set(err, ERR_INTERNAL, "%zu keys", all) : rc;
}

static const struct kind kinds[] = {
    {.name = "LIST",
     .good = {.expect = {"GET /bkt?encoding-type=url&list-type=2&prefix=pre%2F HTTP"},
              .status = 200,
              .body = LISTED},
     .cut = 40,
     .perform = perform_list},
    {.name = "range",
     .good = {.expect = {"GET /bkt/pre/k HTTP", "\r\nRange: bytes=8-15\r\n", "If-Match: \"e1\""},
              .status = 206,
              .headers = RANGE_8_15,
              .body = "89abcdef"},
     .rest = {.expect = {"\r\nRange: bytes=11-15\r\n", "If-Match: \"e1\""},
              .status = 206,
              .headers = "Content-Range: bytes 11-15/16\r\n",
              .body = "bcdef"},
     .cut = 3,
     .perform = perform_range},
    {.name = "suffix",
     .good = {.expect = {"GET /bkt/pre/k HTTP", "\r\nRange: bytes=-8\r\n", "If-Match: \"e1\""},
              .status = 206,
              .headers = RANGE_8_15,
              .body = "89abcdef"},
     .cut = 3,
     .perform = perform_suffix},
    {.name = "whole",
     .good = {.expect = {"GET /bkt/pre/k HTTP", "\r\nRange: bytes=0-15\r\n", "If-Match: \"e1\""},
              .status = 206,
              .headers = "Content-Range: bytes 0-15/16\r\nETag: \"e1\"\r\n",
              .body = WHOLE},
     .rest = {.expect = {"\r\nRange: bytes=4-15\r\n", "If-Match: \"e1\""},
              .status = 206,
              .headers = "Content-Range: bytes 4-15/16\r\n",
              .body = "456789abcdef"},
     .cut = 4,
     .perform = perform_whole},
};

/* ---- faults ---- */

struct fault {
    const char *name;
    struct http_step step; /* expect is the kind's; with `broken`, status, headers and body too */
    bool broken;
    bool ends_well;     /* the faulty answer is good enough: nothing is asked again */
    bool reads_only;    /* makes no sense for a listing */
    bool listings_only; /* nor for a read */
};

#define CODE(code) "<?xml version=\"1.0\"?><Error><Code>" code "</Code><Message>m</Message></Error>"

static const struct fault faults[] = {
    {.name = "503 burst", .step = {.status = 503, .body = CODE("SlowDown"), .times = 2}},
    {.name = "503 without a body", .step = {.status = 503}},
    {.name = "500", .step = {.status = 500, .body = CODE("InternalError"), .times = 2}},
    {.name = "429", .step = {.status = 429}},
    {.name = "502 with a page",
     .step = {.status = 502, .body = "<html><body><h1>502 Bad Gateway</h1></body></html>"}},
    {.name = "429 with a page", .step = {.status = 429, .body = "<html><p>Too many<br></html>"}},
    {.name = "request timeout in a 400", .step = {.status = 400, .body = CODE("RequestTimeout")}},
    {.name = "closed before the answer", .step = {.act = ACT_CLOSE}},
    {.name = "reset before the answer", .step = {.act = ACT_RESET}},
    {.name = "closed in the body", .step = {.act = ACT_CLOSE}, .broken = true},
    {.name = "reset in the body", .step = {.act = ACT_RESET}, .broken = true},
    {.name = "silence", .step = {.act = ACT_STALL}},
    {.name = "slow drip", .step = {.act = ACT_DRIP, .cut = 7}, .broken = true, .ends_well = true},
    {.name = "expired token", .step = {.status = 400, .body = CODE("ExpiredToken")}},
    {.name = "skewed clock",
     .step = {.status = 403,
              .headers = "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\n",
              .body = CODE("RequestTimeTooSkewed")}},
    {.name = "another region, by header",
     .step = {.status = 301,
              .headers = "x-amz-bucket-region: eu-west-1\r\nLocation: http://127.0.0.1:1/\r\n"}},
    {.name = "another region, by code",
     .step = {.status = 400,
              .body = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region>"
                      "</Error>"}},
    {.name = "body shorter than its range",
     .step = {.status = 206, .headers = RANGE_8_15, .body = "89a"},
     .reads_only = true},
    {.name = "body longer than its range",
     .step = {.status = 206, .headers = RANGE_8_15, .body = "89abcdefghijklmnopqrst"},
     .reads_only = true},
    {.name = "another range",
     .step = {.status = 206, .headers = "Content-Range: bytes 2-9/16\r\n", .body = "23456789"},
     .reads_only = true},
    {.name = "a range that is none",
     .step = {.status = 206, .headers = "Content-Range: bytes 9-2/16\r\n", .body = "89abcdef"},
     .reads_only = true},
    {.name = "no Content-Range", .step = {.status = 206, .body = "89abcdef"}, .reads_only = true},
    {.name = "another object",
     .step = {.status = 206,
              .headers = "Content-Range: bytes 8-15/16\r\nETag: \"e2\"\r\n",
              .body = "????????"},
     .reads_only = true},
    {.name = "truncated XML",
     .step = {.status = 200, .body = LIST_HEAD ENTRY("pre/k", "16")},
     .listings_only = true},
    {.name = "an error in a 200",
     .step = {.status = 200, .body = CODE("InternalError")},
     .listings_only = true},
    {.name = "a page of HTML in a 200",
     .step = {.status = 200, .body = "<html><body>Welcome!<br></body></html>"},
     .listings_only = true},
    {.name = "nothing in a 200", .step = {.status = 200}, .listings_only = true},
};

/* ---- a case ---- */

struct play {
    pthread_t thread;
    const struct kind *kind;
    const struct fault *fault;
    char complaint[2048]; /* "" where all was as it had to be */
};

static size_t write_script(const struct play *c, struct http_step steps[3])
{
    const struct kind *k = c->kind;
    steps[0] = c->fault->step;
    memcpy(steps[0].expect, k->good.expect, sizeof steps[0].expect);
    if (c->fault->broken) {
        steps[0].status = k->good.status;
        steps[0].headers = k->good.headers;
        steps[0].body = k->good.body;
        steps[0].cut = c->fault->step.cut ? c->fault->step.cut : k->cut;
    }
    if (c->fault->ends_well) {
        return 1;
    }
    steps[1] = c->fault->broken && k->rest.status ? k->rest : k->good;
    return 2;
}

static void *play(void *arg)
{
    struct play *c = arg;
    struct http_step steps[3];
    struct counters counters = {0};
    struct store *s;
    struct error err;
    char endpoint[64], script_complaint[1024];
    size_t n = write_script(c, steps);
    struct http_script *script = http_script_open(steps, n);
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", http_script_port(script));
    struct store_options o = {
        .endpoint_url = endpoint, .counters = &counters, .first_byte_ms = PATIENCE_MS};
    error_reset(&err);
    enum error_code rc = store_open("s3://bkt/pre", &o, &s, &err);
    rc = rc == OK ? c->kind->perform(s, &err) : rc;
    store_close(s);
    http_script_close(script, script_complaint, sizeof script_complaint);
    uint64_t wanted = n == 1 ? 1 : (steps[0].times ? steps[0].times : 1) + 1;
    uint64_t sent = counter_get(&counters.requests_list) + counter_get(&counters.requests_get);
    if (rc != OK || script_complaint[0] || sent != wanted) {
        snprintf(c->complaint, sizeof c->complaint, "%s, %s: %s; %llu requests, not %llu; %s",
                 c->kind->name, c->fault->name, err.text, (unsigned long long)sent,
                 (unsigned long long)wanted, script_complaint);
    }
    return NULL;
}

static void every_request_gets_through_every_fault(void **state)
{
    (void)state;
    static struct play plays[COUNT(kinds) * COUNT(faults)];
    static const char config[] = "[default]\ncredential_process = /bin/echo '" KEYS_JSON "'\n";
    char path[] = "/tmp/tsi_s3_faults_test_XXXXXX";
    int fd = mkstemp(path);
    size_t n = 0;
    assert_int_equal(write(fd, config, sizeof config - 1), sizeof config - 1);
    close(fd);
    clear_environment();
    setenv("AWS_CONFIG_FILE", path, 1);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        for (size_t k = 0; k < COUNT(faults); k++) {
            bool is_list = kinds[i].perform == perform_list;
            if (is_list ? !faults[k].reads_only : !faults[k].listings_only) {
                plays[n] = (struct play){.kind = &kinds[i], .fault = &faults[k]};
                assert_int_equal(pthread_create(&plays[n].thread, NULL, play, &plays[n]), 0);
                n++;
            }
        }
    }
    size_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        pthread_join(plays[i].thread, NULL);
        if (plays[i].complaint[0]) {
            print_message("%s\n", plays[i].complaint);
            bad++;
        }
    }
    unlink(path);
    print_message("%zu cases\n", n);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_request_gets_through_every_fault)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
