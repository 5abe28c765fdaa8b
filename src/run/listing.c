#include <string.h>

#include "base/log.h"
#include "format/metadata.h"
#include "run/state.h"

/* A metadata file on its way: read asynchronously, a hundred of them cost a few round trips. */
struct meta_read {
    struct store_read read; /* first: its queue node carries this */
    struct queue *arrived;
    struct object object;
    struct store_range range;
};

struct meta_list {
    struct object *items;
    size_t n, cap;
};

/* Metadata files of one root (the source, or --metadata): what the catalog knew, and what was
 * listed and read now. */
struct metadata_cache {
    struct metadata_cache *next;
    const char *root;
    struct known_metadata *known;
    size_t n_known;
    bool *listed;      /* parallel to `known` */
    struct map by_key; /* key -> index in `known` */
    struct known_metadata *read;
    size_t n_read;
};

static struct object copy_object(const struct object *o, struct arena *a)
{
    return (struct object){.key = arena_strdup(a, o->key),
                           .size = o->size,
                           .etag = arena_strdup(a, o->etag ? o->etag : ""),
                           .mtime_us = o->mtime_us};
}

static void add_meta_object(struct meta_list *list, const struct object *o, struct arena *a)
{
    list->items = mem_grow(list->items, list->n, &list->cap, sizeof *list->items);
    list->items[list->n++] = copy_object(o, a);
}

/* The folder stays known: a dataset that --exclude hides is not gone. */
static void exclude(struct run *run, const char *key)
{
    run->n_excluded++;
    map_put(&run->excluded_folders, discovery_first_segment(key), NULL);
}

/* List one store; data objects go to discovery (where `data`), metadata objects into `metas` (where
 * not NULL). */
static enum error_code list_store(struct run *run, struct store *s, bool data,
                                  struct meta_list *metas, struct error *err)
{
    struct store_lister *lister;
    const struct object *page;
    size_t n, total = 0;
    enum error_code code = store_list_open(s, "", &lister, err);
    if (code) {
        return code;
    }
    while (!(code = store_list_next(lister, &page, &n, err)) && n > 0) {
        total += n;
        for (size_t i = 0; i < n; i++) {
            if (data && !selection_takes_key(&run->options->select, page[i].key)) {
                exclude(run, page[i].key);
                continue;
            }
            if (data) {
                discovery_add_object(&run->discovery, &page[i]);
            }
            if (metas && metadata_is_key(page[i].key)) {
                add_meta_object(metas, &page[i], &run->arena);
            }
        }
        if (run_is_stopping(run)) {
            code = error_set(err, ERR_CANCELLED, "interrupted while listing");
            break;
        }
    }
    store_list_close(lister);
    if (!code && total == 0) {
        code = error_set(err, ERR_EMPTY_SOURCE,
                         "nothing lies under %s; check the spelling of the prefix (it is "
                         "case-sensitive) and that the credentials may list it",
                         store_uri(s));
    }
    return code;
}

static void meta_arrived(struct store_read *r)
{
    struct meta_read *m = r->user;
    queue_push(m->arrived, &r->node);
}

static void describe(struct run *run, struct str text, const char *key, const char *etag,
                     bool in_source, struct error *err)
{
    struct dataset_meta *meta = arena_zalloc(&run->arena, sizeof *meta);
    if (!metadata_parse(text, key, &run->arena, meta, err)) {
        meta->key = key;
        meta->etag = etag;
        discovery_add_meta(&run->discovery, meta, in_source);
    }
}

static void refuse(struct run *run, struct store *s, const char *key, bool in_source,
                   struct error *err)
{
    struct arena a;
    arena_init(&a);
    error_add(err, "in %s", store_object_uri(s, key, &a));
    arena_reset(&a);
    log_warn("run", "%s", err->text);
    discovery_add_meta_failure(&run->discovery, key, in_source, err->code, err->text);
}

static void take_meta(struct run *run, struct store *s, struct meta_read *m, bool in_source)
{
    struct error err = m->read.err;
    const struct object *o = &m->object;
    if (!err.code) {
        const char *bytes = arena_strndup(&run->arena, m->range.data, m->range.length);
        struct str text = str_n(bytes, m->range.length);
        run->metadata->read[run->metadata->n_read++] = (struct known_metadata){
            .key = o->key, .etag = o->etag, .size = o->size, .content = text};
        describe(run, text, o->key, o->etag, in_source, &err);
    }
    if (err.code) {
        refuse(run, s, o->key, in_source, &err);
    }
    store_read_release(&m->read);
}

/* ---- what earlier runs read ---- */

static enum error_code load_known(struct run *run, const char *root, size_t n_listed,
                                  struct error *err)
{
    struct metadata_cache *c = arena_zalloc(&run->arena, sizeof *c);
    enum error_code code = OK;
    c->root = arena_strdup(&run->arena, root);
    c->read = arena_array(&run->arena, n_listed, sizeof *c->read);
    map_init(&c->by_key);
    c->next = run->metadata;
    run->metadata = c;
    if (run->catalog) {
        code = catalog_metadata_load(run->catalog, root, &run->arena, &c->known, &c->n_known, err);
    }
    c->listed = arena_array(&run->arena, c->n_known, sizeof *c->listed);
    for (size_t i = 0; i < c->n_known; i++) {
        map_put(&c->by_key, str_c(c->known[i].key), NULL)->value = i;
    }
    return code;
}

/* The file as it was read when it had the same ETag and size; NULL: it must be read. */
static const struct known_metadata *find_known(struct run *run, const struct object *o)
{
    struct metadata_cache *c = run->metadata;
    uint64_t at;
    if (!map_get(&c->by_key, str_c(o->key), &at)) {
        return NULL;
    }
    const struct known_metadata *k = &c->known[at];
    c->listed[at] = true;
    bool same = *o->etag && k->size == o->size && strcmp(k->etag, o->etag) == 0;
    return same && !run->options->force ? k : NULL;
}

enum error_code run_keep_metadata(struct run *run, struct error *err)
{
    enum error_code code = OK;
    for (const struct metadata_cache *c = run->metadata; c && !code; c = c->next) {
        for (size_t i = 0; i < c->n_known && !code; i++) {
            code = c->listed[i]
                       ? OK
                       : catalog_metadata_drop(run->catalog, c->root, c->known[i].key, err);
        }
        for (size_t i = 0; i < c->n_read && !code; i++) {
            code = catalog_metadata_put(run->catalog, c->root, &c->read[i], err);
        }
    }
    return code;
}

void run_free_metadata(struct run *run)
{
    for (struct metadata_cache *c = run->metadata; c; c = c->next) {
        map_free(&c->by_key);
    }
    run->metadata = NULL;
}

static void refuse_large(struct run *run, const struct object *o, bool in_source)
{
    struct error err = {0};
    error_set(&err, ERR_METADATA_INVALID, "%s has %llu bytes; a metadata file has at most %zu",
              o->key, (unsigned long long)o->size, METADATA_MAX);
    discovery_add_meta_failure(&run->discovery, o->key, in_source, err.code, err.text);
}

static void take_known(struct run *run, struct store *s, const struct object *o,
                       const struct known_metadata *k, bool in_source)
{
    struct error err = {0};
    describe(run, k->content, o->key, o->etag, in_source, &err);
    if (err.code) {
        refuse(run, s, o->key, in_source, &err);
    }
}

static enum error_code read_metas(struct run *run, struct store *s, const struct meta_list *list,
                                  bool in_source, struct error *err)
{
    struct queue arrived;
    enum error_code code = load_known(run, store_uri(s), list->n, err);
    if (code) {
        return code;
    }
    struct meta_read *reads = mem_zalloc(list->n * sizeof *reads);
    size_t sent = 0;
    queue_init(&arrived);
    for (size_t i = 0; i < list->n; i++) {
        const struct object *o = &list->items[i];
        if (o->size > METADATA_MAX) {
            refuse_large(run, o, in_source);
            continue;
        }
        const struct known_metadata *k = find_known(run, o);
        if (k) {
            take_known(run, s, o, k, in_source);
            continue;
        }
        struct meta_read *m = &reads[sent++];
        m->object = *o;
        m->arrived = &arrived;
        m->range = (struct store_range){.length = o->size};
        m->read = (struct store_read){.key = o->key,
                                      .if_match = o->etag,
                                      .object_size = o->size,
                                      .ranges = &m->range,
                                      .n_ranges = 1,
                                      .done = meta_arrived,
                                      .user = m};
        store_submit(s, &m->read);
    }
    for (size_t i = 0; i < sent; i++) {
        struct queue_node *node = queue_pop(&arrived);
        take_meta(run, s, ((struct store_read *)node)->user, in_source);
    }
    queue_destroy(&arrived);
    mem_free(reads);
    return OK;
}

/* The metadata lies apart: a store of its own, with the same settings. */
static enum error_code list_metadata(struct run *run, struct error *err)
{
    struct store *s;
    struct meta_list metas = {0};
    struct store_options o = run->options->store;
    o.budget = &run->budget;
    o.counters = &run->counters;
    enum error_code code = store_open(run->options->metadata, &o, &s, err);
    if (code) {
        return error_add(err, "while opening the metadata");
    }
    code = list_store(run, s, false, &metas, err);
    if (!code) {
        code = read_metas(run, s, &metas, false, err);
    } else {
        error_add(err, "while listing the metadata");
    }
    store_close(s);
    mem_free(metas.items);
    return code;
}

enum error_code run_list(struct run *run, struct error *err)
{
    struct meta_list metas = {0};
    bool beside = run->options->metadata == NULL;
    enum error_code code = beside ? OK : list_metadata(run, err);
    if (!code) {
        code = list_store(run, run->store, true, beside ? &metas : NULL, err);
    }
    if (!code) {
        code = read_metas(run, run->store, &metas, true, err);
        discovery_finish(&run->discovery);
    }
    mem_free(metas.items);
    return code;
}

enum error_code run_list_one(struct run *run, const char *key, const struct object **out,
                             struct error *err)
{
    struct store_lister *lister;
    const struct object *page;
    size_t n;
    *out = NULL;
    /* A directory is listed by its folders; S3 by any beginning of a key. */
    const char *slash = strrchr(key, '/');
    const char *prefix = slash ? arena_strndup(&run->arena, key, (size_t)(slash - key) + 1) : "";
    bool s3 = strncmp(store_uri(run->store), "s3:", 3) == 0;
    enum error_code code = store_list_open(run->store, s3 ? key : prefix, &lister, err);
    if (code) {
        return code;
    }
    while (!*out && !(code = store_list_next(lister, &page, &n, err)) && n > 0) {
        for (size_t i = 0; i < n && !*out; i++) {
            if (strcmp(page[i].key, key) == 0) {
                struct object *o = arena_alloc(&run->arena, sizeof *o);
                *o = copy_object(&page[i], &run->arena);
                *out = o;
            }
        }
    }
    store_list_close(lister);
    return code;
}
