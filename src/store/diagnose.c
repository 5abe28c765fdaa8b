#include "store/diagnose.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "store/backend.h"

/* A bucket that nobody asks: configuration does not depend on its name. */
#define NO_SOURCE "s3://bucket"
/* As much as the footer of a file takes. */
#define READ_BYTES   ((uint64_t)65536)
#define SUFFIX_BYTES ((uint64_t)8)

struct store_check *store_report_add(struct store_report *r, const char *name,
                                     enum check_status status)
{
    assert(r->n < STORE_CHECKS_MAX);
    struct store_check *c = &r->checks[r->n++];
    *c = (struct store_check){.name = name, .status = status, .detail = ""};
    return c;
}

static const char *hint_of(enum error_code code)
{
    switch (code) {
    case ERR_AUTH:
        return "the server does not accept the key: check which one is used (credentials, above)";
    case ERR_NO_CREDENTIALS:
        return "give credentials that work, or --no-sign-request for public data";
    case ERR_PERMISSION:
        return "the key may not do this: it needs s3:ListBucket and s3:GetObject; --profile "
               "chooses another, --no-sign-request none, --request-payer pays";
    case ERR_NO_BUCKET:
    case ERR_NO_SOURCE:
        return "check the name; --endpoint-url chooses another service";
    case ERR_NETWORK:
    case ERR_TIMEOUT:
        return "check endpoint, proxy (https_proxy, no_proxy) and network";
    case ERR_THROTTLED:
        return "the server asks for fewer requests: try later, or with a lower --concurrency";
    default:
        return NULL;
    }
}

static void add_failure(struct store_report *r, const char *name, const struct error *err)
{
    struct store_check *c = store_report_add(r, name, CHECK_FAIL);
    c->detail = arena_strdup(&r->arena, err->text);
    c->hint = hint_of(err->code);
    c->code = err->code;
}

static void set_time(struct store_check *c, uint64_t started_ns)
{
    c->timed = true;
    c->ms = (double)(clock_monotonic_ns() - started_ns) / 1e6;
}

/* ---- LIST ---- */

/* The first page, and of it an object to read; false where there is none. */
static bool check_list(struct store *s, struct store_report *r, struct object *found)
{
    struct store_lister *l;
    const struct object *objects = NULL;
    size_t n = 0;
    struct error err;
    uint64_t started = clock_monotonic_ns();
    bool any = false;
    error_reset(&err);
    enum error_code rc = store_list_open(s, "", &l, &err);
    if (rc == OK) {
        rc = store_list_next(l, &objects, &n, &err);
    } else {
        l = NULL;
    }
    if (rc != OK) {
        add_failure(r, "list", &err);
    } else {
        struct store_check *c = store_report_add(r, "list", n ? CHECK_OK : CHECK_WARN);
        c->detail = arena_printf(&r->arena, "%zu object%s in the first page below %s", n,
                                 n == 1 ? "" : "s", store_uri(s));
        c->hint = n ? NULL : "nothing lies there: check the prefix";
        for (size_t i = 0; i < n && !any; i++) {
            any = objects[i].size > 0;
            *found = objects[i];
        }
    }
    struct store_check *last = &r->checks[r->n - 1];
    set_time(last, started);
    if (any) {
        found->key = arena_strdup(&r->arena, found->key);
        found->etag = arena_strdup(&r->arena, found->etag);
    }
    store_list_close(l);
    return any;
}

/* ---- GET ---- */

struct one_read {
    struct store_read read; /* first */
    struct queue *done;
};

static void on_done(struct store_read *read)
{
    struct one_read *r = (struct one_read *)read;
    queue_push(r->done, &read->node);
}

static void check_read(struct store *s, struct store_report *r, const struct object *o,
                       const char *name, struct store_range range)
{
    struct queue done;
    struct one_read one = {.done = &done,
                           .read = {.key = o->key,
                                    .if_match = o->etag,
                                    .object_size = o->size,
                                    .ranges = &range,
                                    .n_ranges = 1,
                                    .done = on_done}};
    uint64_t started = clock_monotonic_ns();
    queue_init(&done);
    store_submit(s, &one.read);
    (void)queue_pop(&done);
    if (one.read.err.code != OK) {
        add_failure(r, name, &one.read.err);
    } else {
        struct store_check *c = store_report_add(r, name, CHECK_OK);
        c->detail = arena_printf(&r->arena, "%" PRIu64 " bytes of %s", range.length,
                                 store_object_uri(s, o->key, &r->arena));
    }
    set_time(&r->checks[r->n - 1], started);
    store_read_release(&one.read);
    queue_destroy(&done);
}

/* ---- all of it ---- */

static bool has_failed(const struct store_report *r)
{
    return r->n && r->checks[r->n - 1].status == CHECK_FAIL;
}

void store_diagnose(const char *source, const struct store_options *o, struct store_report *r)
{
    struct store *s;
    struct error err;
    struct object found = {0};
    r->n = 0;
    arena_init(&r->arena);
    error_reset(&err);
    if (store_open(source ? source : NO_SOURCE, o, &s, &err) != OK) {
        add_failure(r, "configuration", &err);
        return;
    }
    if (s->ops->describe) {
        s->ops->describe(s, r);
    }
    if (source && !has_failed(r)) {
        bool any = check_list(s, r, &found);
        if (s->ops->remark) {
            s->ops->remark(s, r);
        }
        if (any) {
            uint64_t n = found.size < READ_BYTES ? found.size : READ_BYTES;
            check_read(s, r, &found, "ranged read", (struct store_range){.length = n});
            n = found.size < SUFFIX_BYTES ? found.size : SUFFIX_BYTES;
            check_read(s, r, &found, "suffix read",
                       (struct store_range){.length = n, .suffix = true});
        }
    }
    store_close(s);
}

void store_report_free(struct store_report *r)
{
    arena_reset(&r->arena);
    r->n = 0;
}
