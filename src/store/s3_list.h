/* s3_list.h - inside the S3 store's lister: walkers that ask for pages, and the reader that takes
 * them.
 *
 * A listing begins as one walker over its whole prefix, page after page by the server's tokens.
 * When its first page is full and shows few folders with many keys each, it *fans out*: the walker
 * asks for the folders (delimiter "/"), and each of them is walked by itself, several at once,
 * which may fan out again. So a listing of many pages waits for a few round trips and not for one a
 * page, while one of small folders costs no request more. The keys of that first page were handed
 * over already, and come again from the folders: they are remembered, and dropped the second time.
 *
 * Folders and not ranges of keys are divided among walkers because only the first is right on a
 * server that lists in another order than that of the bytes.
 *
 * Bounds: WALKERS_MAX requests at once, PAGES_AHEAD_MAX pages that nobody has taken,
 * the folders not begun (a page of names more than are wanted). A million keys are never held at
 * once.
 *
 * Threads: a walker belongs to whoever handles its request, the I/O thread while one is under way;
 * all that walkers share is under the lister's lock.
 */
#ifndef TSI_STORE_S3_LIST_H
#define TSI_STORE_S3_LIST_H

#include "base/map.h"
#include "store/s3_request.h"

/* One more, and LIST requests would starve the reads they feed. */
#define WALKERS_MAX 16
/* Pages that nobody has taken yet: of one walker, and of all. */
#define PAGES_AHEAD     4
#define PAGES_AHEAD_MAX 24

struct page {
    struct queue_node node;
    struct arena arena;
    struct object *objects;
    size_t n;
};

struct walker {
    struct s3_request request; /* first */
    struct s3_lister *lister;
    char *prefix;        /* in the bucket */
    bool folders;        /* asks with a delimiter */
    bool first;          /* no page has come yet */
    char *query, *token; /* of the request under way */
    char
        *flat_token; /* where to go on without a delimiter, should the first answer with one fail */
    char *after;     /* instead of the token, from a server that gave a useless one; or NULL */
    char *last;      /* the last key, as long as all came in the order of their bytes; or NULL */
    /* By `check`, for `finished`: */
    struct page *page;
    bool more, fan_out;
    const char **found; /* folders, in the page's arena */
    size_t n_found;
    struct walker *next; /* parked, or a folder not begun */
};

struct s3_lister {
    struct s3 *s3;
    struct store *store;
    size_t source_len;  /* of the source's own prefix, which keys are shown without */
    struct page *shown; /* the reader's */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock: */
    struct queue_node *head, **tail; /* pages that nobody has taken */
    size_t n_ahead;
    struct walker *parked;              /* have more to ask, and wait for room */
    struct walker *fresh, **fresh_tail; /* folders that nobody has begun */
    size_t n_fresh, n_under_way, n_archived;
    unsigned n_fanned;
    struct map early;     /* keys handed over before their folder was walked */
    struct map known;     /* folders: some servers name one on two pages */
    bool closed;          /* the reader has gone: whoever is last frees */
    struct error failure; /* code OK: none */
};

/* s3_walk.c */
struct walker *walker_new(struct s3_lister *l, const char *prefix);
void walker_free(struct walker *w);
void walker_send(struct walker *w);
void page_free(struct page *p);

/* s3_list.c: the walker's request is through, on the I/O thread. */
void lister_take(struct walker *w, const struct error *err);
bool lister_is_closed(struct s3_lister *l);
/* Whether a walker that saw such a first page is to fan out; `prefix_len` bytes of each key are its
 * prefix. Pure. */
bool lister_pays(const struct object *objects, size_t n, size_t prefix_len);

#endif
