/* directory_list.c - walk a directory depth first, with memory for one page and one descriptor a
 * level.
 *
 * Symbolic links to files and directories are followed; a link to a directory that is being walked
 * already (an ancestor) is left out, so that a loop ends. What cannot be read is not skipped in
 * silence: the walk goes on, and ends with ERR_PERMISSION that names the first such directory and
 * their number.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "store/directory.h"

/* As many as a LIST of S3 gives, so that the request counts of both stores compare. */
#define PAGE_OBJECTS 1000
/* Descriptors held at once; the usual limit of a process is 1,024. */
#define DEPTH_MAX 200

struct level {
    DIR *dir;
    dev_t dev;
    ino_t ino;
    size_t path_len; /* of the path up to and with the '/' behind this directory */
};

struct walk {
    struct level levels[DEPTH_MAX];
    size_t depth;
    struct strbuf path; /* of the entry looked at, relative to the source */
    char *filter; /* first-level names begin with it: what stands behind the prefix's last '/' */
    size_t filter_depth; /* 1 while the filter holds */
    struct object page[PAGE_OBJECTS];
    struct arena arena; /* of the page */
    size_t n_unreadable;
    struct error first_unreadable;
    bool ended;
};

static void note_unreadable(struct store_lister *l, const char *path, int errnum)
{
    struct walk *w = l->state;
    struct error *err = w->n_unreadable ? NULL : &w->first_unreadable;
    (void)error_set_errno(err, errnum, "list %s%s", l->store->uri, path);
    log_debug("store", "cannot list %s%s", l->store->uri, path);
    w->n_unreadable++;
}

static bool is_walked(const struct walk *w, const struct stat *st)
{
    for (size_t i = 0; i < w->depth; i++) {
        if (w->levels[i].dev == st->st_dev && w->levels[i].ino == st->st_ino) {
            return true;
        }
    }
    return false;
}

/* Go down into `name` of the directory `at`; path holds it, without a '/' at the end. */
static void descend(struct store_lister *l, int at, const char *name, const struct stat *st)
{
    struct walk *w = l->state;
    if (is_walked(w, st)) {
        log_warn("store", "%s%s links back to a directory above it; not followed", l->store->uri,
                 w->path.data);
        return;
    }
    if (w->depth == DEPTH_MAX) {
        note_unreadable(l, w->path.data, ELOOP);
        return;
    }
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        note_unreadable(l, w->path.data, errno);
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    if (w->path.len && w->path.data[w->path.len - 1] != '/') {
        strbuf_add_char(&w->path, '/');
    }
    w->levels[w->depth++] = (struct level){dir, st->st_dev, st->st_ino, w->path.len};
}

static void add_object(struct walk *w, size_t *n, const struct stat *st)
{
    char etag[DIRECTORY_ETAG_SIZE];
    directory_etag(st, etag);
    w->page[(*n)++] = (struct object){
        .key = arena_strndup(&w->arena, w->path.data, w->path.len),
        .size = (uint64_t)st->st_size,
        .etag = arena_strdup(&w->arena, etag),
        .mtime_us = (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000,
    };
}

static void visit(struct store_lister *l, const char *name, size_t *n)
{
    struct walk *w = l->state;
    const struct level *top = &w->levels[w->depth - 1];
    struct stat st;
    w->path.len = top->path_len;
    strbuf_add_c(&w->path, name);
    if (fstatat(dirfd(top->dir), name, &st, 0) != 0) {
        if (errno == ENOENT || errno == ELOOP) {
            /* Removed meanwhile, or a link that leads nowhere: there are no bytes to miss. */
            log_warn("store", "%s%s leads nowhere; left out", l->store->uri, w->path.data);
        } else {
            note_unreadable(l, w->path.data, errno);
        }
    } else if (S_ISDIR(st.st_mode)) {
        descend(l, dirfd(top->dir), name, &st);
    } else if (S_ISREG(st.st_mode)) {
        add_object(w, n, &st);
    }
}

static bool is_wanted(const struct walk *w, const char *name)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return false;
    }
    return w->depth != w->filter_depth || strncmp(name, w->filter, strlen(w->filter)) == 0;
}

static void step(struct store_lister *l, size_t *n)
{
    struct walk *w = l->state;
    struct level *top = &w->levels[w->depth - 1];
    errno = 0;
    struct dirent *e = readdir(top->dir);
    if (e) {
        if (is_wanted(w, e->d_name)) {
            visit(l, e->d_name, n);
        }
        return;
    }
    if (errno) {
        w->path.len = top->path_len;
        w->path.data[w->path.len] = '\0';
        note_unreadable(l, w->path.data, errno);
    }
    closedir(top->dir);
    w->depth--;
}

static enum error_code finish(struct walk *w, struct error *err)
{
    if (w->n_unreadable == 0) {
        return OK;
    }
    if (err) {
        *err = w->first_unreadable;
    }
    if (w->n_unreadable > 1) {
        (void)error_add(err, "%zu directories could not be read", w->n_unreadable);
    }
    return w->first_unreadable.code;
}

static enum error_code walk_next(struct store_lister *l, const struct object **objects, size_t *n,
                                 struct error *err)
{
    struct walk *w = l->state;
    if (w->ended) {
        return finish(w, err);
    }
    counter_add(&l->store->counters->requests_list, 1);
    arena_reset(&w->arena);
    while (w->depth && *n < PAGE_OBJECTS) {
        if (atomic_load(&l->store->cancelled)) {
            *n = 0;
            return store_cancelled(err, l->store->uri);
        }
        step(l, n);
    }
    *objects = w->page;
    w->ended = w->depth == 0;
    return *n ? OK : finish(w, err);
}

static void walk_close(struct store_lister *l)
{
    struct walk *w = l->state;
    while (w->depth) {
        closedir(w->levels[--w->depth].dir);
    }
    strbuf_free(&w->path);
    arena_reset(&w->arena);
    mem_free(w->filter);
    mem_free(w);
}

enum error_code directory_list_open(struct store *s, const char *prefix, struct store_lister *l,
                                    struct error *err)
{
    struct directory *d = s->backend;
    struct walk *w = mem_zalloc(sizeof *w);
    l->state = w;
    l->next = walk_next;
    l->close = walk_close;
    arena_init(&w->arena);
    /* Longer paths than the system opens at once are met through openat, level by level. */
    strbuf_init(&w->path, (size_t)DEPTH_MAX * 256);
    strbuf_add(&w->path, "", 0);
    /* A prefix need not end at a '/': "a/b" is whatever begins so in directory "a". */
    const char *slash = strrchr(prefix, '/');
    w->filter = mem_strdup(slash ? slash + 1 : prefix);
    w->filter_depth = 1;
    strbuf_add(&w->path, prefix, slash ? (size_t)(slash + 1 - prefix) : 0);
    struct stat st;
    const char *start = w->path.len ? w->path.data : ".";
    if (!directory_holds(prefix)) {
        return OK;
    }
    if (fstatat(d->root, start, &st, 0) == 0) {
        descend(l, d->root, start, &st);
    } else if (errno != ENOENT && errno != ENOTDIR) {
        enum error_code rc = error_set_errno(err, errno, "list %s%s", s->uri, prefix);
        walk_close(l);
        return rc;
    }
    return OK; /* nothing under the prefix is an empty listing, as it is on S3 */
}
