/* http_test.c - the engine against a server that follows a script: answers, limits, deadlines,
 * cancellation. */
#include "net/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fault/http_script.h"

#define MS ((uint64_t)1000000)

struct request {
    struct http_request http; /* first */
    struct queue *done;
    char url[512];
    const char *method;
    const char *headers[4];
    size_t n_headers;
    uint8_t dest[1024];
    uint64_t prepared_ns, done_ns;
    int prepared;
};

static bool prepare(struct http_request *q)
{
    struct request *r = (struct request *)q;
    q->method = r->method ? r->method : "GET";
    q->url = r->url;
    q->headers = r->headers;
    q->n_headers = r->n_headers;
    r->prepared++;
    r->prepared_ns = clock_monotonic_ns();
    return true;
}

static void done(struct http_request *q)
{
    struct request *r = (struct request *)q;
    r->done_ns = clock_monotonic_ns();
    queue_push(r->done, &q->node);
}

struct fixture {
    struct http_script *script;
    struct http_engine *engine;
    struct queue done;
};

static void open_fixture(struct fixture *f, const struct http_step *steps, size_t n,
                         struct http_options o)
{
    struct error err;
    o.no_proxy = true;
    queue_init(&f->done);
    f->script = http_script_open(steps, n);
    assert_int_equal(http_open(&o, &f->engine, &err), OK);
}

static void close_fixture(struct fixture *f)
{
    char complaint[1024];
    http_close(f->engine);
    http_script_close(f->script, complaint, sizeof complaint);
    assert_string_equal(complaint, "");
    queue_destroy(&f->done);
}

static void init(struct fixture *f, struct request *r, const char *path)
{
    memset(r, 0, sizeof *r);
    r->done = &f->done;
    r->http.prepare = prepare;
    r->http.done = done;
    r->http.dest = r->dest;
    r->http.dest_cap = sizeof r->dest;
    r->http.text_max = 4096;
    snprintf(r->url, sizeof r->url, "http://127.0.0.1:%d%s", http_script_port(f->script), path);
}

static struct request *wait_done(struct fixture *f)
{
    struct queue_node *node = queue_pop_until(&f->done, clock_monotonic_ns() + 20000 * MS);
    assert_non_null(node);
    return (struct request *)node;
}

static void send_one(struct fixture *f, struct request *r)
{
    http_submit(f->engine, &r->http);
    assert_ptr_equal(wait_done(f), r);
}

static void an_answer_comes_whole(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"GET /a%20b/../c?x=1 HTTP/1.1\r\n", "\r\nX-One: 1\r\n",
                    "User-Agent: ts-indexer/"},
         .absent = "Accept",
         .status = 200,
         .headers = "ETag: \"abc\"\r\nx-Empty:\r\n",
         .body = "hello"},
        {.expect = {"GET /missing"}, .status = 404, .body = "<Error/>"},
        {.expect = {"HEAD /head"}, .status = 200, .body = "12345"},
        {.expect = {"GET /redirect"},
         .status = 307,
         .headers = "Location: /elsewhere\r\n",
         .body = "go"},
    };
    struct fixture f;
    struct request r;
    open_fixture(&f, steps, 4, (struct http_options){0});
    init(&f, &r, "/a%20b/../c?x=1");
    r.headers[r.n_headers++] = "X-One: 1";
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_ANSWERED);
    assert_int_equal(r.http.status, 200);
    assert_int_equal(r.http.body_len, 5);
    assert_memory_equal(r.dest, "hello", 5);
    assert_true(str_eq(http_header(&r.http, "etag"), str_c("\"abc\"")));
    assert_int_equal(http_header(&r.http, "x-empty").len, 0);
    assert_int_equal(http_header(&r.http, "absent").len, 0);
    http_request_reset(&r.http);

    init(&f, &r, "/missing");
    send_one(&f, &r);
    assert_int_equal(r.http.status, 404);
    assert_int_equal(r.http.body_len, 0); /* an error never reaches the destination */
    assert_true(str_eq(strbuf_view(&r.http.text), str_c("<Error/>")));
    http_request_reset(&r.http);

    init(&f, &r, "/head");
    r.method = "HEAD";
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_ANSWERED);
    assert_true(str_eq(http_header(&r.http, "Content-Length"), str_c("5")));
    http_request_reset(&r.http);

    init(&f, &r, "/redirect");
    send_one(&f, &r);
    assert_int_equal(r.http.status, 307);
    http_request_reset(&r.http);
    assert_int_equal(http_script_connections(f.script), 1); /* kept alive */
    close_fixture(&f);
}

static void bodies_have_limits(void **state)
{
    (void)state;
    static char big[5000];
    memset(big, 'x', sizeof big);
    static const struct http_step steps[] = {
        {.expect = {"/data"}, .status = 200, .body = big, .body_len = sizeof big},
        {.expect = {"/text"}, .status = 200, .body = big, .body_len = sizeof big},
        {.expect = {"/page"}, .status = 500, .body = big, .body_len = sizeof big},
    };
    struct fixture f;
    struct request r;
    open_fixture(&f, steps, 3, (struct http_options){0});
    init(&f, &r, "/data");
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_TOO_LONG);
    assert_int_equal(r.http.bytes_received, 0); /* the length told before the body */
    http_request_reset(&r.http);
    init(&f, &r, "/text");
    r.http.dest = NULL;
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_TOO_LONG);
    http_request_reset(&r.http);
    init(&f, &r, "/page");
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_ANSWERED); /* nobody reads so long an error page */
    assert_int_equal(r.http.status, 500);
    http_request_reset(&r.http);
    close_fixture(&f);
}

static void broken_connections_are_told_apart(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"/close"}, .act = ACT_CLOSE},
        {.expect = {"/reset"}, .act = ACT_RESET},
        {.expect = {"/short"}, .status = 206, .body = "0123456789", .act = ACT_CLOSE, .cut = 4},
        {.expect = {"/cut"}, .status = 206, .body = "0123456789", .act = ACT_RESET, .cut = 4},
    };
    struct fixture f;
    struct request r;
    open_fixture(&f, steps, 4, (struct http_options){0});
    init(&f, &r, "/close");
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_BROKEN);
    http_request_reset(&r.http);
    init(&f, &r, "/reset");
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_BROKEN);
    http_request_reset(&r.http);
    init(&f, &r, "/short");
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_SHORT);
    assert_int_equal(r.http.body_len, 4);
    http_request_reset(&r.http);
    init(&f, &r, "/cut");
    send_one(&f, &r);
    assert_true(r.http.result == HTTP_BROKEN || r.http.result == HTTP_SHORT);
    assert_int_equal(r.http.status, 206);
    http_request_reset(&r.http);
    close_fixture(&f);
}

static void nobody_answers(void **state)
{
    (void)state;
    struct fixture f;
    struct request r;
    open_fixture(&f, NULL, 0, (struct http_options){0});
    init(&f, &r, "/");
    snprintf(r.url, sizeof r.url, "http://127.0.0.1:1/");
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_NO_CONNECTION);
    assert_true(r.http.reason[0]);
    http_request_reset(&r.http);
    init(&f, &r, "/");
    snprintf(r.url, sizeof r.url, "http://no-such-host.invalid/");
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_NO_HOST);
    http_request_reset(&r.http);
    init(&f, &r, "/");
    snprintf(r.url, sizeof r.url, "file:///etc/passwd");
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_FAILED);
    http_request_reset(&r.http);
    init(&f, &r, "/");
    r.headers[r.n_headers++] = "X-Evil: 1\r\nX-More: 2";
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_FAILED);
    http_request_reset(&r.http);
    close_fixture(&f);
}

static void silence_has_a_deadline(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"/silent"}, .act = ACT_STALL},
        {.expect = {"/stalled"}, .status = 200, .body = "0123456789", .act = ACT_STALL, .cut = 3},
        {.expect = {"/total"}, .status = 200, .body = "0123456789", .act = ACT_STALL, .cut = 3},
    };
    struct fixture f;
    struct request r;
    open_fixture(&f, steps, 3, (struct http_options){.stall_s = 1});
    init(&f, &r, "/silent");
    r.http.first_byte_ms = 150;
    uint64_t since = clock_monotonic_ns();
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_TIMED_OUT);
    assert_int_equal(r.http.status, 0);
    assert_true(r.done_ns - since >= 150 * MS && r.done_ns - since < 900 * MS);
    http_request_reset(&r.http);
    init(&f, &r, "/stalled");
    r.http.first_byte_ms = 150; /* met: it does not count for the body */
    since = clock_monotonic_ns();
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_TIMED_OUT);
    assert_int_equal(r.http.body_len, 3);
    assert_true(r.done_ns - since > 500 * MS);
    http_request_reset(&r.http);
    init(&f, &r, "/total");
    r.http.total_ms = 100;
    send_one(&f, &r);
    assert_int_equal(r.http.result, HTTP_TIMED_OUT);
    http_request_reset(&r.http);
    close_fixture(&f);
}

static void a_delayed_request_waits_and_holds_no_place(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"/late"}, .status = 200, .body = "late"},
        {.expect = {"/now"}, .status = 200, .body = "now"},
    };
    struct fixture f;
    struct request late, now;
    open_fixture(&f, steps, 2, (struct http_options){.max_in_flight = 1});
    init(&f, &late, "/late");
    init(&f, &now, "/now");
    uint64_t since = clock_monotonic_ns();
    late.http.not_before_ns = since + 200 * MS;
    http_submit(f.engine, &late.http);
    send_one(&f, &now);
    assert_ptr_equal(wait_done(&f), &late);
    assert_true(late.prepared_ns - since >= 200 * MS);
    assert_int_equal(late.prepared, 1);
    http_request_reset(&late.http);
    http_request_reset(&now.http);
    close_fixture(&f);
}

enum { MANY = 200 };

static void only_so_many_are_in_flight(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"/n/"}, .status = 200, .body = "x", .times = MANY, .delay_ms = 2},
        {.expect = {"/urgent"}, .status = 200, .body = "x"},
    };
    struct fixture f;
    struct request *r = calloc(MANY, sizeof *r), urgent;
    open_fixture(&f, steps, 2, (struct http_options){.threads = 3, .max_in_flight = 5});
    for (int i = 0; i < MANY; i++) {
        init(&f, &r[i], "/n/");
        http_submit(f.engine, &r[i].http);
    }
    init(&f, &urgent, "/urgent");
    urgent.http.urgent = true;
    http_submit(f.engine, &urgent.http);
    int before = 0;
    bool seen = false;
    for (int i = 0; i < MANY + 1; i++) {
        struct request *one = wait_done(&f);
        assert_int_equal(one->http.result, HTTP_ANSWERED);
        seen |= one == &urgent;
        before += !seen;
        http_request_reset(&one->http);
    }
    assert_true(before < MANY / 2); /* it went ahead of those that waited */
    assert_true(http_script_peak(f.script) <= 5);
    assert_true(http_script_connections(f.script) <= 15);
    close_fixture(&f);
    free(r);
}

static void cancelling_is_quick_and_final(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"/n/"}, .act = ACT_STALL, .times = 4},
    };
    struct fixture f;
    struct request *r = calloc(20, sizeof *r), late;
    open_fixture(&f, steps, 1, (struct http_options){.threads = 2, .max_in_flight = 4});
    for (int i = 0; i < 20; i++) {
        init(&f, &r[i], "/n/");
        r[i].http.not_before_ns = i >= 15 ? clock_monotonic_ns() + 60000 * MS : 0;
        http_submit(f.engine, &r[i].http);
    }
    while (http_script_peak(f.script) < 4) {
        usleep(1000);
    }
    uint64_t since = clock_monotonic_ns();
    http_cancel(f.engine);
    for (int i = 0; i < 20; i++) {
        struct request *one = wait_done(&f);
        assert_int_equal(one->http.result, HTTP_CANCELLED);
        http_request_reset(&one->http);
    }
    assert_true(clock_monotonic_ns() - since < 500 * MS);
    init(&f, &late, "/n/");
    send_one(&f, &late);
    assert_int_equal(late.http.result, HTTP_CANCELLED);
    assert_int_equal(late.prepared, 0);
    close_fixture(&f);
    free(r);
}

/* A request that is submitted again from `done`, until it has had enough: also while the engine
 * closes. */
static void resubmit(struct http_request *q)
{
    struct request *r = (struct request *)q;
    if (q->result == HTTP_CANCELLED) {
        done(q);
    } else {
        http_submit(*(struct http_engine **)(void *)r->dest, q);
    }
}

static void closing_waits_for_what_comes_again(void **state)
{
    (void)state;
    static const struct http_step steps[] = {{.expect = {"GET"}, .status = 500, .times = 1000000}};
    for (int round = 0; round < 10; round++) {
        struct fixture f;
        struct request r[8];
        char complaint[1024];
        open_fixture(&f, steps, 1, (struct http_options){.threads = 3});
        for (int i = 0; i < 8; i++) {
            init(&f, &r[i], "/");
            r[i].http.done = resubmit;
            memcpy(r[i].dest, &f.engine, sizeof f.engine);
            http_submit(f.engine, &r[i].http);
        }
        usleep(5000);
        http_close(f.engine);
        assert_int_equal(queue_length(&f.done), 8);
        for (int i = 0; i < 8; i++) {
            http_request_reset(&r[i].http);
        }
        http_script_close(f.script, complaint, sizeof complaint);
        assert_non_null(strstr(complaint, "times left"));
        queue_destroy(&f.done);
    }
}

struct call {
    struct http_call call;
    struct queue *done;
};

static void run_call(struct http_call *c)
{
    queue_push(((struct call *)c)->done, &c->node);
}

static void calls_run_on_an_io_thread(void **state)
{
    (void)state;
    struct fixture f;
    open_fixture(&f, NULL, 0, (struct http_options){0});
    struct call c = {.call.run = run_call, .done = &f.done};
    http_call(f.engine, &c.call);
    assert_ptr_equal(queue_pop_until(&f.done, clock_monotonic_ns() + 5000 * MS), &c);
    close_fixture(&f);
}

/* ---- addresses ---- */

static size_t three_addresses(const char *host, char out[][ADDRESS_SIZE], size_t max)
{
    (void)host;
    (void)max;
    for (int i = 0; i < 3; i++) {
        snprintf(out[i], ADDRESS_SIZE, "127.0.0.%d", i + 1);
    }
    return 3;
}

/* Two servers behind one name, and a third address where nobody listens. */
static void connections_are_spread_over_addresses(void **state)
{
    (void)state;
    static const struct http_step steps[] = {
        {.expect = {"GET /x", "Host: localhost:"}, .status = 200, .body = "x", .times = 1000}};
    struct fixture f;
    char ignored[1024];
    open_fixture(&f, steps, 1, (struct http_options){.resolver = three_addresses});
    struct http_script *other =
        http_script_open_at("127.0.0.2", http_script_port(f.script), steps, 1);
    int failed = 0, answered = 0;
    for (int i = 0; i < 500 && http_script_connections(other) == 0; i++) {
        struct request r;
        init(&f, &r, "/x");
        snprintf(r.url, sizeof r.url, "http://localhost:%d/x", http_script_port(f.script));
        send_one(&f, &r);
        failed += r.http.result == HTTP_NO_CONNECTION;
        answered += r.http.result == HTTP_ANSWERED;
        http_request_reset(&r.http);
        usleep(2000); /* the names are asked for by another thread */
    }
    assert_true(http_script_connections(other) > 0);
    assert_true(http_script_connections(f.script) > 0);
    for (int i = 0; i < 20; i++) {
        struct request r;
        init(&f, &r, "/x");
        snprintf(r.url, sizeof r.url, "http://localhost:%d/x", http_script_port(f.script));
        send_one(&f, &r);
        failed += r.http.result == HTTP_NO_CONNECTION;
        answered += r.http.result == HTTP_ANSWERED;
        http_request_reset(&r.http);
    }
    /* Who is not there is tried once, and left out. */
    assert_int_equal(failed, 1);
    assert_true(answered >= 20);
    /* A connection for each address, and that of the first request. */
    assert_true(http_connections(f.engine).opened <= 5);
    http_close(f.engine);
    http_script_close(f.script, ignored, sizeof ignored);
    http_script_close(other, ignored, sizeof ignored);
    queue_destroy(&f.done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_whole),
        cmocka_unit_test(bodies_have_limits),
        cmocka_unit_test(broken_connections_are_told_apart),
        cmocka_unit_test(nobody_answers),
        cmocka_unit_test(silence_has_a_deadline),
        cmocka_unit_test(a_delayed_request_waits_and_holds_no_place),
        cmocka_unit_test(only_so_many_are_in_flight),
        cmocka_unit_test(cancelling_is_quick_and_final),
        cmocka_unit_test(closing_waits_for_what_comes_again),
        cmocka_unit_test(calls_run_on_an_io_thread),
        cmocka_unit_test(connections_are_spread_over_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
