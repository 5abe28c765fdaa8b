/* s3_fixture.h - for tests of the S3 store: a store opened at a server that follows a script. */
#ifndef TSI_TESTS_S3_FIXTURE_H
#define TSI_TESTS_S3_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fault/http_script.h"
#include "store/store.h"

#define COUNT(a)   (sizeof(a) / sizeof *(a))
#define RANGE_8_15 "Content-Range: bytes 8-15/16\r\nETag: \"e1\"\r\n"

struct fixture {
    struct http_script *script;
    struct store *store;
    struct counters counters;
    struct budget budget;
    struct arena arena;
    char endpoint[64];
};

static inline void clear_environment(void)
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_SECURITY_TOKEN",
                                        "AWS_PROFILE",
                                        "AWS_DEFAULT_PROFILE",
                                        "AWS_REGION",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_ENDPOINT_URL",
                                        "AWS_ENDPOINT_URL_S3",
                                        "AWS_CA_BUNDLE",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI"};
    for (size_t i = 0; i < COUNT(names); i++) {
        unsetenv(names[i]);
    }
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
    setenv("AWS_CONFIG_FILE", "/nonexistent/config", 1);
    setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials", 1);
}

static inline void open_source(struct fixture *f, const char *source, const struct http_step *steps,
                               size_t n)
{
    struct error err;
    memset(f, 0, sizeof *f);
    arena_init(&f->arena);
    budget_init(&f->budget, 64 << 20);
    f->script = http_script_open(steps, n);
    snprintf(f->endpoint, sizeof f->endpoint, "http://127.0.0.1:%d", http_script_port(f->script));
    struct store_options o = {
        .endpoint_url = f->endpoint, .budget = &f->budget, .counters = &f->counters};
    assert_int_equal(store_open(source, &o, &f->store, &err), OK);
}

/* Signed with a known key at "s3://bkt/pre/". */
static inline void open_signed(struct fixture *f, const struct http_step *steps, size_t n)
{
    clear_environment();
    setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 1);
    open_source(f, "s3://bkt/pre", steps, n);
}

static inline void close_fixture(struct fixture *f)
{
    char complaint[1024];
    store_close(f->store);
    http_script_close(f->script, complaint, sizeof complaint);
    assert_string_equal(complaint, "");
    assert_int_equal(budget_used(&f->budget), 0);
    budget_destroy(&f->budget);
    arena_reset(&f->arena);
}

/* ---- reads ---- */

struct read {
    struct store_read r;
    struct store_range ranges[4];
    struct queue *done;
};

static inline void push_done(struct store_read *r)
{
    queue_push(((struct read *)r)->done, &r->node);
}

static inline enum error_code run(struct fixture *f, struct read *r)
{
    struct queue q;
    queue_init(&q);
    r->done = &q;
    r->r.done = push_done;
    r->r.ranges = r->ranges;
    r->r.key = r->r.key ? r->r.key : "k";
    store_submit(f->store, &r->r);
    assert_ptr_equal(queue_pop_until(&q, clock_monotonic_ns() + 60000000000u), r);
    queue_destroy(&q);
    return r->r.err.code;
}

/* ---- listing ---- */

#define LIST_HEAD                                                                                  \
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "                               \
    "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bkt</Name>"
#define ENTRY(key, size)                                                                           \
    "<Contents><Key>" key                                                                          \
    "</Key><LastModified>2024-01-31T23:59:59.500Z</LastModified><ETag>&quot;e-" size               \
    "&quot;</ETag><Size>" size "</Size></Contents>"
#define LIST_END "</ListBucketResult>"
struct listed {
    size_t n;
    struct object objects[4096];
};

static inline enum error_code list(struct fixture *f, const char *prefix, struct listed *out,
                                   struct error *err)
{
    struct store_lister *l;
    const struct object *objects;
    size_t n;
    enum error_code rc;
    memset(out, 0, sizeof *out);
    error_reset(err);
    assert_int_equal(store_list_open(f->store, prefix, &l, err), OK);
    while ((rc = store_list_next(l, &objects, &n, err)) == OK && n) {
        for (size_t i = 0; i < n && out->n < COUNT(out->objects); i++) {
            out->objects[out->n] = objects[i];
            out->objects[out->n].key = arena_strdup(&f->arena, objects[i].key);
            out->objects[out->n++].etag = arena_strdup(&f->arena, objects[i].etag);
        }
    }
    store_list_close(l);
    return rc;
}

#endif
