/* s3_list.c - the reader's side of a listing, and which walker asks next. See s3_list.h. */
#include "store/s3_list.h"

#include <string.h>

#include "base/log.h"

/* A walker fans out where its first page shows so many keys a folder: a folder costs a request at
 * least, and a page has 1,000 keys, so it costs ten times the requests at worst. */
#define KEYS_A_FOLDER 100
/* Their first pages are remembered: 64,000 keys at most. */
#define FANNED_MAX 64
/* Folders are asked for while fewer wait to be begun. */
#define FOLDERS_WANTED 64

bool lister_pays(const struct object *objects, size_t n, size_t prefix_len)
{
    size_t folders = 0, loose = 0, last_len = 0;
    const char *last = "";
    for (size_t i = 0; i < n; i++) {
        const char *name = objects[i].key + prefix_len;
        size_t len = strcspn(name, "/");
        if (!name[len]) {
            loose++;
        } else if (len != last_len || memcmp(name, last, len) != 0) {
            folders++;
            last = name;
            last_len = len;
        }
    }
    /* Keys that lie in no folder come one page after the other anyway. */
    return folders && loose * 2 < n && folders * KEYS_A_FOLDER <= n;
}

/* ---- ends ---- */

static void free_walkers(struct walker **list)
{
    while (*list) {
        struct walker *w = *list;
        *list = w->next;
        walker_free(w);
    }
}

static void free_lister(struct s3_lister *l)
{
    while (l->head) {
        struct page *p = (struct page *)l->head;
        l->head = p->node.next;
        page_free(p);
    }
    page_free(l->shown);
    free_walkers(&l->parked);
    free_walkers(&l->fresh);
    map_free(&l->early);
    map_free(&l->known);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->lock);
    mem_free(l);
}

bool lister_is_closed(struct s3_lister *l)
{
    pthread_mutex_lock(&l->lock);
    bool closed = l->closed;
    pthread_mutex_unlock(&l->lock);
    return closed;
}

/* ---- who asks next ---- */

static bool has_room_locked(const struct s3_lister *l)
{
    size_t most = l->n_fanned ? PAGES_AHEAD_MAX : PAGES_AHEAD;
    return !l->closed && l->failure.code == OK && l->n_under_way < WALKERS_MAX &&
           l->n_ahead + l->n_under_way < most;
}

/* One that has begun before one that has not; one that looks for folders only while few wait. */
static struct walker *pick_locked(struct s3_lister *l)
{
    for (struct walker **at = &l->parked; *at; at = &(*at)->next) {
        struct walker *w = *at;
        if (!w->folders || l->n_fresh < FOLDERS_WANTED) {
            *at = w->next;
            return w;
        }
    }
    struct walker *w = l->fresh;
    if (w) {
        l->fresh = w->next;
        l->fresh_tail = l->fresh ? l->fresh_tail : &l->fresh;
        l->n_fresh--;
    }
    return w;
}

/* The requests that may go out now: counted here, sent by the caller without the lock. */
static struct walker *release_locked(struct s3_lister *l)
{
    struct walker *list = NULL, *w;
    while (has_room_locked(l) && (w = pick_locked(l))) {
        w->next = list;
        list = w;
        l->n_under_way++;
    }
    return list;
}

static void send_all(struct walker *list)
{
    while (list) {
        struct walker *w = list;
        list = w->next; /* from here on the walker is the I/O thread's */
        walker_send(w);
    }
}

static void park_locked(struct s3_lister *l, struct walker *w)
{
    w->next = l->parked;
    l->parked = w;
}

/* ---- what came ---- */

static void push_page_locked(struct s3_lister *l, struct page *p)
{
    if (p->n == 0) { /* legal, and means nothing to a reader */
        page_free(p);
        return;
    }
    p->node.next = NULL;
    *l->tail = &p->node;
    l->tail = &p->node.next;
    l->n_ahead++;
}

static void drop_early_locked(const struct s3_lister *l, struct page *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        uint64_t ignored;
        if (!map_get(&l->early, str_c(p->objects[i].key), &ignored)) {
            p->objects[n++] = p->objects[i];
        }
    }
    p->n = n;
}

/* Its keys will come again, from the folders. */
static void fan_out_locked(struct s3_lister *l, struct walker *w)
{
    for (size_t i = 0; i < w->page->n; i++) {
        (void)map_put(&l->early, str_c(w->page->objects[i].key), NULL);
    }
    l->n_fanned++;
    w->folders = true;
    w->flat_token = w->token;
    w->token = mem_strdup("");
}

static void take_folders_locked(struct s3_lister *l, struct walker *w)
{
    for (size_t i = 0; i < w->n_found; i++) {
        bool added;
        (void)map_put(&l->known, str_c(w->found[i]), &added);
        if (added) {
            struct walker *folder = walker_new(l, w->found[i]);
            *l->fresh_tail = folder;
            l->fresh_tail = &folder->next;
            l->n_fresh++;
        }
    }
    w->n_found = 0;
    /* From now on there is no way back. */
    mem_free(w->flat_token);
    w->flat_token = NULL;
}

static void take_page_locked(struct s3_lister *l, struct walker *w)
{
    if (l->n_fanned) {
        drop_early_locked(l, w->page);
    }
    if (w->fan_out && l->n_fanned < FANNED_MAX) {
        fan_out_locked(l, w);
    } else if (w->folders) {
        take_folders_locked(l, w);
    }
    push_page_locked(l, w->page);
    w->page = NULL;
    if (w->more) {
        park_locked(l, w);
    } else {
        walker_free(w);
    }
}

/* Who may list but not with a delimiter, or by a server that knows none, goes on as it began. */
static bool gives_up_folders_locked(struct walker *w)
{
    if (!w->flat_token) {
        return false;
    }
    w->folders = false;
    mem_free(w->token);
    w->token = w->flat_token;
    w->flat_token = NULL;
    return true;
}

void lister_take(struct walker *w, const struct error *err)
{
    struct s3_lister *l = w->lister;
    pthread_mutex_lock(&l->lock);
    l->n_under_way--;
    if (l->closed) {
        walker_free(w);
    } else if (!err) {
        take_page_locked(l, w);
    } else if (err->code != ERR_CANCELLED && gives_up_folders_locked(w)) {
        park_locked(l, w);
    } else {
        l->failure = l->failure.code == OK ? *err : l->failure;
        walker_free(w);
    }
    struct walker *next = release_locked(l);
    bool last = l->closed && l->n_under_way == 0;
    pthread_cond_signal(&l->changed);
    pthread_mutex_unlock(&l->lock);
    if (last) {
        free_lister(l);
    }
    send_all(next);
}

/* ---- the reader ---- */

static bool has_more_locked(const struct s3_lister *l)
{
    return l->n_under_way || (l->failure.code == OK && (l->parked || l->fresh));
}

static void say_archived_locked(struct s3_lister *l)
{
    if (l->n_archived) {
        log_warn("store",
                 "%zu objects under %s are archived: they cannot be read before they are "
                 "restored",
                 l->n_archived, l->store->uri);
    }
    l->n_archived = 0;
}

static enum error_code lister_next(struct store_lister *common, const struct object **objects,
                                   size_t *n, struct error *err)
{
    struct s3_lister *l = common->state;
    enum error_code rc = OK;
    page_free(l->shown);
    pthread_mutex_lock(&l->lock);
    while (!l->head && has_more_locked(l)) {
        pthread_cond_wait(&l->changed, &l->lock);
    }
    struct page *p = l->shown = (struct page *)l->head;
    if (p) {
        l->head = p->node.next;
        l->tail = l->head ? l->tail : &l->head;
        l->n_ahead--;
        *objects = p->objects;
        *n = p->n;
    } else if (l->failure.code != OK) {
        rc = l->failure.code;
        if (err) {
            *err = l->failure;
        }
    } else {
        say_archived_locked(l);
    }
    struct walker *next = release_locked(l);
    pthread_mutex_unlock(&l->lock);
    send_all(next);
    return rc;
}

static void lister_close(struct store_lister *common)
{
    struct s3_lister *l = common->state;
    pthread_mutex_lock(&l->lock);
    l->closed = true;
    bool last = l->n_under_way == 0;
    pthread_mutex_unlock(&l->lock);
    if (last) {
        free_lister(l);
    }
}

enum error_code s3_list_open(struct store *s, const char *prefix, struct store_lister *common,
                             struct error *err)
{
    struct s3 *s3 = s->backend;
    struct s3_lister *l = mem_zalloc(sizeof *l);
    struct strbuf whole;
    (void)err;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    map_init(&l->early);
    map_init(&l->known);
    l->s3 = s3;
    l->store = s;
    l->tail = &l->head;
    l->fresh_tail = &l->fresh;
    l->source_len = strlen(s3->config.prefix);
    strbuf_init(&whole, SIZE_MAX / 2);
    strbuf_printf(&whole, "%s%s", s3->config.prefix, prefix);
    struct walker *w = walker_new(l, whole.data ? whole.data : "");
    strbuf_free(&whole);
    common->state = l;
    common->next = lister_next;
    common->close = lister_close;
    l->n_under_way = 1;
    walker_send(w);
    return OK;
}
