/* s3_read.c - one piece of an object: a ranged GET, its answer checked to the byte. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net/content_range.h"
#include "store/s3_request.h"

/* An answer that contradicts the request may be a confused connection; the third one is a confused
 * server. */
#define PROTOCOL_ATTEMPTS 3
/* An ETag that is not the asked one: once more on a new connection, then the object has changed. */
#define ETAG_ATTEMPTS 2

struct s3_get {
    struct s3_request request; /* first */
    struct piece *piece;
    uint64_t got; /* bytes that earlier attempts have brought; never for suffixes */
    char *key;
    size_t own_key;      /* where the key below the source begins */
    bool other_reading;  /* the key is tried with its blanks as '+' */
    struct error absent; /* what was said of the key as it was listed */
};

static void set_range(struct s3_get *g)
{
    struct s3_request *r = &g->request;
    const struct piece *p = g->piece;
    uint64_t first = p->offset + g->got, last = p->offset + p->length - 1;
    if (p->suffix) {
        snprintf(r->range, sizeof r->range, "bytes=-%" PRIu64, p->length);
        snprintf(r->detail, sizeof r->detail, " bytes -%" PRIu64, p->length);
    } else {
        snprintf(r->range, sizeof r->range, "bytes=%" PRIu64 "-%" PRIu64, first, last);
        snprintf(r->detail, sizeof r->detail, " bytes %" PRIu64 "-%" PRIu64, first, last);
    }
    r->http.dest = p->dest + g->got;
    r->http.dest_cap = p->length - g->got;
}

/* ---- is it what was asked for? ---- */

static enum error_code contradiction(const struct s3_request *r, struct verdict *v,
                                     struct error *err, const char *what)
{
    char name[ERROR_TEXT_MAX / 2];
    struct str range = http_header(&r->http, "content-range");
    s3_request_name(r, name, sizeof name);
    *v = (struct verdict){RETRY_TRANSIENT, PROTOCOL_ATTEMPTS};
    (void)error_set(err, ERR_PROTOCOL, "%s: HTTP %d %s (Content-Range '%.*s', %zu bytes)", name,
                    r->http.status, what, (int)(range.len < 80 ? range.len : 80), range.data,
                    r->http.body_len);
    err->http_status = r->http.status;
    return ERR_PROTOCOL;
}

static enum error_code changed(const struct s3_request *r, struct verdict *v, struct error *err,
                               const char *what)
{
    char name[ERROR_TEXT_MAX / 2];
    s3_request_name(r, name, sizeof name);
    *v = (struct verdict){RETRY_TRANSIENT, ETAG_ATTEMPTS};
    (void)error_set(err, ERR_CHANGED, "%s: %s", name, what);
    err->http_status = r->http.status;
    return ERR_CHANGED;
}

static struct str bare_etag(struct str s)
{
    s = str_starts(s, "W/") ? str_from(s, 2) : s;
    bool quoted = s.len >= 2 && s.data[0] == '"' && s.data[s.len - 1] == '"';
    return quoted ? str_n(s.data + 1, s.len - 2) : s;
}

static bool is_pinned(const struct s3_request *r)
{
    return r->if_match && r->if_match[0];
}

static bool etag_differs(const struct s3_request *r)
{
    struct str got = http_header(&r->http, "etag");
    return is_pinned(r) && got.len && !str_eq(bare_etag(got), bare_etag(str_c(r->if_match)));
}

static enum error_code check_total(struct s3_get *g, uint64_t total, struct verdict *v,
                                   struct error *err)
{
    uint64_t listed = g->piece->job->read->object_size;
    if (listed != UINT64_MAX && listed != total) {
        return changed(&g->request, v, err, "the object has another size than the listed one");
    }
    g->piece->object_size = total;
    return OK;
}

static void take_suffix(struct piece *p, uint64_t offset, uint64_t length)
{
    p->got_offset = offset;
    p->got_length = length;
}

/* 200: the whole object. Good where that is what was asked for, or less than a suffix of it. */
static enum error_code check_whole(struct s3_get *g, struct verdict *v, struct error *err)
{
    struct piece *p = g->piece;
    uint64_t n = g->request.http.body_len;
    if (p->suffix || (p->offset == 0 && g->got == 0 && n == p->length)) {
        take_suffix(p, 0, n);
        return check_total(g, n, v, err);
    }
    return contradiction(&g->request, v, err, "instead of the range");
}

/* 416: an empty object has no last bytes; otherwise the range lies behind the end. */
static enum error_code check_unsatisfiable(struct s3_get *g, struct verdict *v, struct error *err)
{
    struct content_range range;
    struct piece *p = g->piece;
    bool parsed = content_range_parse(http_header(&g->request.http, "content-range"), &range);
    bool empty = !parsed || !range.has_total || range.total == 0;
    if (p->suffix && empty) {
        take_suffix(p, 0, 0);
        return check_total(g, 0, v, err);
    }
    if (p->suffix) {
        return contradiction(&g->request, v, err,
                             "to a suffix range of an object that is not empty");
    }
    enum error_code rc = changed(&g->request, v, err, "the object is shorter than the listed one");
    v->kind = RETRY_NEVER;
    return rc;
}

static enum error_code check_partial(struct s3_get *g, struct verdict *v, struct error *err)
{
    struct content_range range;
    struct piece *p = g->piece;
    struct s3_request *r = &g->request;
    uint64_t n = r->http.body_len;
    if (!content_range_parse(http_header(&r->http, "content-range"), &range) || !range.has_range) {
        return contradiction(r, v, err, "without a valid Content-Range");
    }
    if (range.length != n) {
        return contradiction(r, v, err, "with a body of another length");
    }
    if (p->suffix) {
        uint64_t want = range.has_total && range.total < p->length ? range.total : p->length;
        if (!range.has_total || range.length != want || range.first != range.total - want) {
            return contradiction(r, v, err, "with another range than the suffix");
        }
        take_suffix(p, range.first, range.length);
    } else if (range.first != p->offset + g->got || range.length != p->length - g->got) {
        return contradiction(r, v, err, "with another range");
    }
    return range.has_total ? check_total(g, range.total, v, err) : OK;
}

static enum error_code check(struct s3_request *r, struct verdict *v, struct error *err)
{
    struct s3_get *g = (struct s3_get *)r;
    if (r->http.status == 416) {
        return check_unsatisfiable(g, v, err);
    }
    if (etag_differs(r)) {
        return changed(r, v, err, "the object was replaced since it was listed");
    }
    if (r->http.status == 206) {
        return check_partial(g, v, err);
    }
    if (r->http.status == 200) {
        return check_whole(g, v, err);
    }
    return contradiction(r, v, err, "to a read");
}

/* ---- on its way ---- */

/* A body that broke off goes on where it ended, where the ETag makes sure that the rest is of the
 * same object. */
static void resume(struct s3_request *r)
{
    struct s3_get *g = (struct s3_get *)r;
    struct content_range range;
    const struct http_request *q = &r->http;
    bool broken =
        q->result == HTTP_SHORT || q->result == HTTP_BROKEN || q->result == HTTP_TIMED_OUT;
    if (!broken || q->status != 206 || q->body_len == 0 || g->piece->suffix || !is_pinned(r) ||
        etag_differs(r) || !content_range_parse(http_header(q, "content-range"), &range) ||
        range.first != g->piece->offset + g->got || range.length != g->piece->length - g->got ||
        q->body_len >= range.length) {
        return;
    }
    g->got += q->body_len;
    retry_success(&r->s3->quota, &r->retry); /* progress: the attempts count from here */
    set_range(g);
}

/* Some servers say that a listing is encoded and leave '+' as it is, which is then read as a blank:
 * a key that is not there is tried once in the other reading. */
static bool read_otherwise(struct s3_request *r, const struct error *err)
{
    struct s3_get *g = (struct s3_get *)r;
    if (err->code != ERR_NOT_FOUND || g->other_reading || !strchr(g->key + g->own_key, ' ')) {
        return false;
    }
    g->other_reading = true;
    g->absent = *err;
    for (char *c = g->key + g->own_key; *c; c++) {
        *c = (char)(*c == ' ' ? '+' : *c);
    }
    return true;
}

static void finished(struct s3_request *r, const struct error *err)
{
    struct s3_get *g = (struct s3_get *)r;
    struct piece *p = g->piece;
    struct error absent = g->absent;
    if (err && err->code == ERR_NOT_FOUND && g->other_reading) {
        err = &absent;
    }
    s3_request_free(r);
    mem_free(g->key);
    mem_free(g);
    piece_done(p, err);
}

static bool abandoned(struct s3_request *r)
{
    return piece_abandoned(((struct s3_get *)r)->piece);
}

/* It goes into a header: a quote or a line feed in it would be read as something else. */
static const char *header_safe(const char *etag)
{
    bool weak = etag && strncmp(etag, "W/\"", 3) == 0;
    for (const char *c = etag; c && *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7F || (*c == '"' && !weak)) {
            return NULL;
        }
    }
    return etag;
}

void s3_start_piece(struct store *s, struct piece *p)
{
    struct s3 *s3 = s->backend;
    struct s3_get *g = mem_zalloc(sizeof *g);
    struct s3_request *r = &g->request;
    s3_request_init(r, s3);
    g->piece = p;
    size_t prefix = strlen(s3->config.prefix), key = strlen(p->job->read->key);
    g->key = mem_alloc(prefix + key + 1);
    memcpy(g->key, s3->config.prefix, prefix);
    memcpy(g->key + prefix, p->job->read->key, key + 1);
    g->own_key = prefix;
    r->counter = &s->counters->requests_get;
    r->verb = "GET";
    r->key = g->key;
    r->if_match = header_safe(p->job->read->if_match);
    r->check = check;
    r->resume = resume;
    r->otherwise = read_otherwise;
    r->finished = finished;
    r->abandoned = abandoned;
    r->accepts_416 = true;
    set_range(g);
    s3_request_start(r);
}
