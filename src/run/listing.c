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

/* List one store; data objects go to discovery (where `data`), metadata objects into `metas` (where not NULL). */
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

static void take_meta(struct run *run, struct store *s, struct meta_read *m, bool in_source)
{
    struct error err = m->read.err;
    const char *key = m->object.key;
    if (!err.code) {
        const char *bytes = arena_strndup(&run->arena, m->range.data, m->range.length);
        struct dataset_meta *meta = arena_zalloc(&run->arena, sizeof *meta);
        if (!metadata_parse(str_n(bytes, m->range.length), key, &run->arena, meta, &err)) {
            meta->key = key;
            meta->etag = m->object.etag;
            discovery_add_meta(&run->discovery, meta, in_source);
        }
    }
    if (err.code) {
        struct arena a;
        arena_init(&a);
        error_add(&err, "in %s", store_object_uri(s, key, &a));
        arena_reset(&a);
        log_warn("run", "%s", err.text);
        discovery_add_meta_failure(&run->discovery, key, in_source, err.code, err.text);
    }
    store_read_release(&m->read);
}

static void refuse_large(struct run *run, const struct object *o, bool in_source)
{
    struct error err = {0};
    error_set(&err, ERR_METADATA_INVALID, "%s has %llu bytes; a metadata file has at most %zu",
              o->key, (unsigned long long)o->size, METADATA_MAX);
    discovery_add_meta_failure(&run->discovery, o->key, in_source, err.code, err.text);
}

static void read_metas(struct run *run, struct store *s, const struct meta_list *list,
                       bool in_source)
{
    struct queue arrived;
    struct meta_read *reads = mem_zalloc(list->n * sizeof *reads);
    size_t sent = 0;
    queue_init(&arrived);
    for (size_t i = 0; i < list->n; i++) {
        const struct object *o = &list->items[i];
        if (o->size > METADATA_MAX) {
            refuse_large(run, o, in_source);
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
        read_metas(run, s, &metas, false);
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
        read_metas(run, run->store, &metas, true);
        discovery_finish(&run->discovery);
    }
    mem_free(metas.items);
    return code;
}
