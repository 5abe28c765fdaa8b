/* s3_list.c - ListObjectsV2, one page ahead of its reader.
 *
 * The next page is asked for as soon as the token of the last one is parsed, on the I/O thread, up
 * to PAGES_AHEAD pages that nobody has taken yet. A lister that is closed early leaves its last
 * request to end by itself.
 */
#include <string.h>

#include "base/log.h"
#include "store/s3_request.h"

/* 1,000 keys of 1 KiB, three times that when encoded, twice with all their fields. */
#define LIST_BODY_MAX ((size_t)16 << 20)
#define LIST_TOTAL_MS 30000
#define PAGES_AHEAD   4

struct page {
    struct queue_node node;
    struct arena arena;
    struct object *objects;
    size_t n;
};

struct s3_lister {
    struct s3_request request; /* first */
    struct s3 *s3;
    char *prefix;        /* in the bucket */
    size_t source_len;   /* of the source's own prefix, which keys are shown without */
    char *query, *token; /* of the request under way; the I/O thread's, or nobody's */
    struct page *parsed; /* by `check`, for `finished` */
    struct page *shown;  /* the reader's */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    struct queue_node *head, **tail; /* pages that nobody has taken */
    size_t n_ahead;
    bool under_way; /* a request is */
    bool closed;    /* the reader has gone: whoever is last frees */
    bool ended;
    struct error failure; /* code OK: none */
};

/* ---- requests ---- */

static void free_page(struct page *p)
{
    if (p) {
        arena_reset(&p->arena);
        mem_free(p);
    }
}

static void free_lister(struct s3_lister *l)
{
    while (l->head) {
        struct page *p = (struct page *)l->head;
        l->head = p->node.next;
        free_page(p);
    }
    free_page(l->shown);
    s3_request_free(&l->request);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    mem_free(l->prefix);
    mem_free(l->query);
    mem_free(l->token);
    mem_free(l);
}

/* Canonical as it stands: sorted by name, everything strictly encoded. The token is opaque. */
static void set_query(struct s3_lister *l)
{
    struct strbuf b;
    strbuf_init(&b, (size_t)256 << 10);
    if (l->token[0]) {
        strbuf_add_c(&b, "continuation-token=");
        url_encode(&b, str_c(l->token), false);
        strbuf_add_char(&b, '&');
    }
    strbuf_add_c(&b, "encoding-type=url&list-type=2&prefix=");
    url_encode(&b, str_c(l->prefix), false);
    mem_free(l->query);
    l->query = b.data;
    l->request.query = l->query;
}

static void send_request(struct s3_lister *l)
{
    set_query(l);
    l->request.http.not_before_ns = 0;
    l->request.http.fresh_connection = false;
    s3_request_start(&l->request);
}

/* ---- a page ---- */

/* Keys are shown relative to the source; one that is not below it was not asked for. The source's
 * own directory marker has nothing left of its name, and is left out. */
static enum error_code take_keys(struct s3_lister *l, struct page *p, const struct s3_xml_page *x,
                                 struct error *err)
{
    p->objects = x->objects;
    for (size_t i = 0; i < x->n_objects; i++) {
        const char *key = x->objects[i].key;
        if (strncmp(key, l->prefix, strlen(l->prefix)) != 0) {
            return error_set(err, ERR_PROTOCOL, "LIST s3://%s/%s: the answer holds key '%s'",
                             l->s3->config.bucket, l->prefix, key);
        }
        if (key[l->source_len]) {
            p->objects[p->n] = x->objects[i];
            p->objects[p->n++].key = key + l->source_len;
        }
    }
    return OK;
}

static enum error_code take_token(struct s3_lister *l, const struct s3_xml_page *x,
                                  struct error *err)
{
    if (x->truncated && (x->next_token[0] == '\0' || strcmp(x->next_token, l->token) == 0)) {
        return error_set(err, ERR_PROTOCOL, "LIST s3://%s/%s: the listing goes on %s",
                         l->s3->config.bucket, l->prefix,
                         x->next_token[0] ? "in a circle" : "without saying where");
    }
    mem_free(l->token);
    l->token = mem_strdup(x->truncated ? x->next_token : "");
    return OK;
}

/* An error in a 200, or XML that breaks off, is a fault of the server like any 500. */
static enum error_code judge_parse(struct s3_lister *l, const struct s3_xml_error *x,
                                   enum error_code rc, struct verdict *v, struct error *err)
{
    v->kind = RETRY_TRANSIENT;
    if (rc == ERR_HTTP) {
        (void)s3_judge_status(&l->request, x, v, err);
        v->kind = v->kind == RETRY_NEVER ? RETRY_TRANSIENT : v->kind;
        err->retryable = true;
        return err->code;
    }
    char text[256];
    memcpy(text, err->text, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)error_set(err, rc, "LIST s3://%s/%s: %s", l->s3->config.bucket, l->prefix, text);
    err->http_status = l->request.http.status;
    err->retryable = true;
    return rc;
}

static enum error_code check(struct s3_request *r, struct verdict *v, struct error *err)
{
    struct s3_lister *l = (struct s3_lister *)r;
    struct page *p = mem_zalloc(sizeof *p);
    struct s3_xml_page x;
    struct s3_xml_error error;
    arena_init(&p->arena);
    const char *body = r->http.text.data ? r->http.text.data : "";
    enum error_code rc = s3_xml_parse_list(body, r->http.text.len, &p->arena, &x, &error, err);
    if (rc != OK) {
        rc = judge_parse(l, &error, rc, v, err);
    }
    rc = rc == OK ? take_keys(l, p, &x, err) : rc;
    rc = rc == OK ? take_token(l, &x, err) : rc;
    if (rc != OK) {
        free_page(p);
        return rc;
    }
    l->parsed = p;
    return OK;
}

/* ---- between the I/O thread and the reader ---- */

static void push_page_locked(struct s3_lister *l, struct page *p)
{
    p->node.next = NULL;
    *l->tail = &p->node;
    l->tail = &p->node.next;
    l->n_ahead++;
}

/* The next request may go out: called by whoever made room. */
static bool may_send_locked(struct s3_lister *l)
{
    if (l->under_way || l->closed || l->ended || l->failure.code != OK ||
        l->n_ahead >= PAGES_AHEAD) {
        return false;
    }
    l->under_way = true;
    return true;
}

static void finished(struct s3_request *r, const struct error *err)
{
    struct s3_lister *l = (struct s3_lister *)r;
    pthread_mutex_lock(&l->lock);
    l->under_way = false;
    if (err) {
        l->failure = *err;
    } else {
        push_page_locked(l, l->parsed);
        l->ended = l->token[0] == '\0';
    }
    bool closed = l->closed, more = may_send_locked(l);
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
    if (closed) {
        free_lister(l);
    } else if (more) {
        send_request(l);
    }
}

static enum error_code lister_next(struct store_lister *common, const struct object **objects,
                                   size_t *n, struct error *err)
{
    struct s3_lister *l = common->state;
    enum error_code rc = OK;
    free_page(l->shown);
    l->shown = NULL;
    pthread_mutex_lock(&l->lock);
    /* Empty pages are legal, and mean nothing to a reader: pass over them. */
    while (*n == 0) {
        while (!l->head && l->under_way) {
            pthread_cond_wait(&l->changed, &l->lock);
        }
        struct page *p = (struct page *)l->head;
        if (!p) {
            break;
        }
        l->head = p->node.next;
        l->tail = l->head ? l->tail : &l->head;
        l->n_ahead--;
        free_page(l->shown);
        l->shown = p;
        *objects = p->objects;
        *n = p->n;
        if (may_send_locked(l)) {
            send_request(l);
        }
    }
    if (*n == 0 && l->failure.code != OK) {
        rc = l->failure.code;
        if (err) {
            *err = l->failure;
        }
    }
    pthread_mutex_unlock(&l->lock);
    return rc;
}

static void lister_close(struct store_lister *common)
{
    struct s3_lister *l = common->state;
    pthread_mutex_lock(&l->lock);
    l->closed = true;
    bool last = !l->under_way;
    pthread_mutex_unlock(&l->lock);
    if (last) {
        free_lister(l);
    }
}

static bool abandoned(struct s3_request *r)
{
    struct s3_lister *l = (struct s3_lister *)r;
    pthread_mutex_lock(&l->lock);
    bool closed = l->closed;
    pthread_mutex_unlock(&l->lock);
    return closed;
}

enum error_code s3_list_open(struct store *s, const char *prefix, struct store_lister *common,
                             struct error *err)
{
    struct s3 *s3 = s->backend;
    struct s3_lister *l = mem_zalloc(sizeof *l);
    struct strbuf whole;
    (void)err;
    s3_request_init(&l->request, s3);
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    l->s3 = s3;
    l->tail = &l->head;
    l->source_len = strlen(s3->config.prefix);
    strbuf_init(&whole, SIZE_MAX / 2);
    strbuf_printf(&whole, "%s%s", s3->config.prefix, prefix);
    l->prefix = whole.data;
    l->token = mem_strdup("");
    l->request.counter = &s->counters->requests_list;
    l->request.verb = "LIST";
    l->request.check = check;
    l->request.finished = finished;
    l->request.abandoned = abandoned;
    l->request.http.urgent = true;
    l->request.http.text_max = LIST_BODY_MAX;
    l->request.http.total_ms = LIST_TOTAL_MS;
    l->request.http.first_byte_ms = 0; /* a cold listing may take its time, within the total */
    common->state = l;
    common->next = lister_next;
    common->close = lister_close;
    l->under_way = true;
    send_request(l);
    return OK;
}
