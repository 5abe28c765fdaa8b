/* s3_walk.c - one walker: its requests, and what a page of ListObjectsV2 must be like. */
#include <string.h>

#include "base/log.h"
#include "store/s3_list.h"

/* 1,000 keys of 1 KiB, three times that when encoded, twice with all their fields. */
#define LIST_BODY_MAX ((size_t)16 << 20)
/* A cold listing may take its time: three times that of other answers, all of it included. */
#define LIST_PATIENCE 3
#define QUERY_MAX     ((size_t)256 << 10)

#define SCHEME_AND_BUCKET(w) (w)->lister->s3->config.scheme, (w)->lister->s3->config.bucket

void page_free(struct page *p)
{
    if (p) {
        arena_reset(&p->arena);
        mem_free(p);
    }
}

void walker_free(struct walker *w)
{
    page_free(w->page);
    s3_request_free(&w->request);
    mem_free(w->prefix);
    mem_free(w->query);
    mem_free(w->token);
    mem_free(w->flat_token);
    mem_free(w->after);
    mem_free(w->last);
    mem_free(w);
}

static void add_pair(struct strbuf *b, const char *name, const char *value)
{
    strbuf_printf(b, "%s%s=", b->len ? "&" : "", name);
    url_encode(b, str_c(value), false);
}

/* Canonical as it stands: sorted by name, everything strictly encoded. The token is opaque. */
static void set_query(struct walker *w)
{
    struct strbuf b;
    strbuf_init(&b, QUERY_MAX);
    if (w->token[0]) {
        add_pair(&b, "continuation-token", w->token);
    }
    if (w->folders) {
        add_pair(&b, "delimiter", "/");
    }
    add_pair(&b, "encoding-type", "url");
    add_pair(&b, "list-type", "2");
    add_pair(&b, "prefix", w->prefix);
    if (w->after) {
        add_pair(&b, "start-after", w->after);
    }
    mem_free(w->query);
    w->query = b.data;
    w->request.query = w->query;
}

void walker_send(struct walker *w)
{
    set_query(w);
    w->request.http.not_before_ns = 0;
    w->request.http.fresh_connection = false;
    s3_request_start(&w->request);
}

/* ---- a page ---- */

static enum error_code stray(const struct walker *w, const char *key, struct error *err)
{
    return error_set(err, ERR_PROTOCOL, "LIST %s://%s/%s: the answer holds key '%s'",
                     SCHEME_AND_BUCKET(w), w->prefix, key);
}

/* A folder is walked by itself: it must be one, and what lies in it must not come twice. */
static bool is_folder(const struct walker *w, const char *folder)
{
    size_t n = strlen(w->prefix), len = strlen(folder);
    return strncmp(folder, w->prefix, n) == 0 && len > n && folder[len - 1] == '/' &&
           strchr(folder + n, '/') == folder + len - 1;
}

static enum error_code take_folders(struct walker *w, const struct s3_xml_page *x,
                                    struct error *err)
{
    size_t prefix_len = strlen(w->prefix);
    for (size_t i = 0; i < x->n_folders; i++) {
        if (!w->folders || !is_folder(w, x->folders[i])) {
            return stray(w, x->folders[i], err);
        }
    }
    for (size_t i = 0; x->n_folders && i < x->n_objects; i++) {
        const char *key = x->objects[i].key;
        if (strlen(key) > prefix_len && strchr(key + prefix_len, '/')) {
            return stray(w, key, err);
        }
    }
    w->found = x->folders;
    w->n_found = x->n_folders;
    return OK;
}

/* Keys are shown relative to the source; one that is not below it was not asked for. The source's
 * own directory marker has nothing left of its name, and is left out. */
static enum error_code take_keys(struct walker *w, struct page *p, const struct s3_xml_page *x,
                                 struct error *err)
{
    size_t prefix_len = strlen(w->prefix), source_len = w->lister->source_len;
    const char *last = w->last; /* NULL once keys came in another order than that of their bytes */
    p->objects = x->objects;
    for (size_t i = 0; i < x->n_objects; i++) {
        const char *key = x->objects[i].key;
        if (strncmp(key, w->prefix, prefix_len) != 0) {
            return stray(w, key, err);
        }
        if (w->after && strcmp(key, w->after) <= 0) {
            continue; /* a server that does not know start-after */
        }
        last = last && strcmp(key, last) > 0 ? key : NULL;
        if (key[source_len]) {
            p->objects[p->n] = x->objects[i];
            p->objects[p->n++].key = key + source_len;
        }
    }
    if (last != w->last) {
        char *copy = last ? mem_strdup(last) : NULL;
        mem_free(w->last);
        w->last = copy;
    }
    return OK;
}

/* A token that leads nowhere: the last key does, where the server lists in order. */
static enum error_code go_on_behind(struct walker *w, const struct page *p, const char *token,
                                    struct error *err)
{
    bool onward = w->last && w->last[0] && p->n && !w->folders;
    if (!onward) {
        return error_set(err, ERR_PROTOCOL, "LIST %s://%s/%s: the listing goes on %s",
                         SCHEME_AND_BUCKET(w), w->prefix,
                         token[0] ? "in a circle" : "without saying where");
    }
    log_debug("store", "LIST %s://%s/%s: no usable token; going on behind the last key",
              SCHEME_AND_BUCKET(w), w->prefix);
    mem_free(w->after);
    w->after = mem_strdup(w->last);
    mem_free(w->token);
    w->token = mem_strdup("");
    return OK;
}

static enum error_code take_token(struct walker *w, const struct page *p,
                                  const struct s3_xml_page *x, struct error *err)
{
    w->more = x->truncated;
    if (x->truncated && (x->next_token[0] == '\0' || strcmp(x->next_token, w->token) == 0)) {
        return go_on_behind(w, p, x->next_token, err);
    }
    mem_free(w->token);
    w->token = mem_strdup(x->truncated ? x->next_token : "");
    if (w->after && w->token[0]) { /* tokens work again */
        mem_free(w->after);
        w->after = NULL;
    }
    return OK;
}

/* An error in a 200, or XML that breaks off, is a fault of the server like any 500. */
static enum error_code judge_parse(struct walker *w, const struct s3_xml_error *x,
                                   enum error_code rc, struct verdict *v, struct error *err)
{
    v->kind = RETRY_TRANSIENT;
    if (rc == ERR_HTTP) {
        (void)s3_judge_status(&w->request, x, v, err);
        v->kind = v->kind == RETRY_NEVER ? RETRY_TRANSIENT : v->kind;
        err->retryable = true;
        return err->code;
    }
    char text[256];
    memcpy(text, err->text, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)error_set(err, rc, "LIST %s://%s/%s: %s", SCHEME_AND_BUCKET(w), w->prefix, text);
    err->http_status = w->request.http.status;
    err->retryable = true;
    return rc;
}

static void note_archived(struct s3_lister *l, size_t n)
{
    if (n) {
        pthread_mutex_lock(&l->lock);
        l->n_archived += n;
        pthread_mutex_unlock(&l->lock);
    }
}

static enum error_code check(struct s3_request *r, struct verdict *v, struct error *err)
{
    struct walker *w = (struct walker *)r;
    struct page *p = mem_zalloc(sizeof *p);
    struct s3_xml_page x;
    struct s3_xml_error error;
    arena_init(&p->arena);
    const char *body = r->http.text.data ? r->http.text.data : "";
    enum error_code rc = s3_xml_parse_list(body, r->http.text.len, &p->arena, &x, &error, err);
    if (rc != OK) {
        rc = judge_parse(w, &error, rc, v, err);
    }
    rc = rc == OK ? take_folders(w, &x, err) : rc;
    rc = rc == OK ? take_keys(w, p, &x, err) : rc; /* makes the keys relative */
    rc = rc == OK ? take_token(w, p, &x, err) : rc;
    if (rc != OK) {
        page_free(p);
        return rc;
    }
    note_archived(w->lister, x.n_archived);
    w->page = p;
    size_t below = strlen(w->prefix) - w->lister->source_len; /* of keys as they are shown */
    w->fan_out = w->first && w->more && !w->folders && lister_pays(p->objects, p->n, below);
    w->first = false;
    return OK;
}

/* ---- one of them ---- */

static void finished(struct s3_request *r, const struct error *err)
{
    lister_take((struct walker *)r, err);
}

static bool abandoned(struct s3_request *r)
{
    return lister_is_closed(((struct walker *)r)->lister);
}

struct walker *walker_new(struct s3_lister *l, const char *prefix)
{
    struct walker *w = mem_zalloc(sizeof *w);
    struct s3_request *r = &w->request;
    s3_request_init(r, l->s3);
    w->lister = l;
    w->prefix = mem_strdup(prefix);
    w->token = mem_strdup("");
    w->last = mem_strdup("");
    w->first = true;
    r->counter = &l->store->counters->requests_list;
    r->verb = "LIST";
    r->place = w->prefix;
    r->check = check;
    r->finished = finished;
    r->abandoned = abandoned;
    r->http.urgent = true;
    r->http.text_max = LIST_BODY_MAX;
    r->http.total_ms = LIST_PATIENCE * l->s3->first_byte_ms;
    r->http.first_byte_ms = 0;
    return w;
}
