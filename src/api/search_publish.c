#include "api/search_publish.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "catalog/feed.h"
#include "search/search.h"

/* What happens to the index of one catalog. */
struct publication {
    struct catalog *catalog;
    struct arena arena;
    struct feed_dataset *datasets;
    size_t n_datasets;
    uint64_t generation;      /* of the catalog: when a dataset last changed */
    struct search_index *old; /* NULL: none that can be used */
    uint64_t old_generation;
    uint64_t memory; /* for the ids that wait to be sorted; 0: the builder's choice */
};

char *search_directory(const char *database, struct arena *a)
{
    return arena_printf(a, "%s.search", database);
}

static enum error_code add_series(const struct feed_series *s, void *user, struct error *err)
{
    struct search_series out = {.id = s->id};
    if (s->has_records) {
        out.values[SEARCH_LENGTH] = (int64_t)s->records;
        out.has |= 1u << SEARCH_LENGTH;
    }
    if (s->has_times) {
        out.values[SEARCH_START] = s->start_us;
        out.values[SEARCH_END] = s->end_us;
        out.has |= 1u << SEARCH_START | 1u << SEARCH_END;
    }
    if (s->has_missing) {
        out.values[SEARCH_MISSING] = llround(s->missing * SEARCH_MISSING_ALL);
        out.has |= 1u << SEARCH_MISSING;
    }
    return search_builder_series(user, &out, err);
}

static enum search_quality quality_of(const char *name)
{
    return strcmp(name, "exact") == 0     ? SEARCH_EXACT
           : strcmp(name, "partial") == 0 ? SEARCH_PARTIAL
           : strcmp(name, "sampled") == 0 ? SEARCH_SAMPLED
                                          : SEARCH_QUALITY_UNKNOWN;
}

static enum error_code add_dataset(struct publication *p, struct search_builder *b,
                                   const struct feed_dataset *d, struct error *err)
{
    struct search_doc doc = {.dataset_id = d->dataset_id,
                             .name = d->name,
                             .theme = d->theme,
                             .description = d->description,
                             .source = d->source,
                             .folder = d->folder,
                             .frequency = d->frequency,
                             .tags = d->tags,
                             .n_tags = d->n_tags,
                             .targets = d->targets,
                             .n_targets = d->n_targets,
                             .covariates = d->covariates,
                             .n_covariates = d->n_covariates,
                             .series = d->series,
                             .records = d->records,
                             .start = d->start_us,
                             .end = d->end_us,
                             .has_times = d->has_times,
                             .quality = quality_of(d->quality)};
    enum error_code code = search_builder_dataset(b, &doc, err);
    return code ? code : feed_series(p->catalog, d->dataset_id, add_series, b, err);
}

/* Datasets that the old index has and the catalog has not. */
static enum error_code remove_gone(struct publication *p, struct search_builder *b,
                                   struct error *err)
{
    struct search_info info;
    struct map here;
    enum error_code code = OK;
    if (!p->old) {
        return OK;
    }
    map_init(&here);
    for (size_t i = 0; i < p->n_datasets; i++) {
        map_put(&here, str_c(p->datasets[i].dataset_id), NULL);
    }
    search_index_info(p->old, &info);
    for (uint32_t i = 0; i < info.datasets && !code; i++) {
        struct search_doc doc;
        uint64_t unused;
        code = search_index_doc(p->old, i, &p->arena, &doc, err);
        if (!code && !map_get(&here, str_c(doc.dataset_id), &unused)) {
            code = search_builder_remove(b, doc.dataset_id, err);
        }
    }
    map_free(&here);
    return code;
}

/* As search_doc_order says. */
static int by_size(const void *a, const void *b)
{
    const struct feed_dataset *x = a, *y = b;
    struct search_doc p = {.dataset_id = x->dataset_id, .records = x->records};
    struct search_doc q = {.dataset_id = y->dataset_id, .records = y->records};
    return search_doc_order(&p, &q);
}

static enum error_code build(struct publication *p, const char *dir, struct error *err)
{
    struct search_build_options o = {.fresh = p->old == NULL, .memory = p->memory};
    struct search_builder *b;
    enum error_code code = search_builder_new(dir, &o, &b, err);
    if (code) {
        return code;
    }
    code = remove_gone(p, b, err);
    if (p->n_datasets) {
        qsort(p->datasets, p->n_datasets, sizeof *p->datasets, by_size);
    }
    for (size_t i = 0; i < p->n_datasets && !code; i++) {
        if (!p->old || (uint64_t)p->datasets[i].updated_us > p->old_generation) {
            code = add_dataset(p, b, &p->datasets[i], err);
        }
    }
    if (!code) {
        code = search_builder_commit(b, p->generation, err);
    }
    search_builder_free(b);
    return code;
}

/* The index that is there, if it can be trusted and is not newer than the catalog (another catalog
 * was put there). */
static void open_old(struct publication *p, const char *dir)
{
    struct error err = {0};
    struct search_info info;
    if (search_open(dir, &p->old, &err)) {
        p->old = NULL;
        if (err.code != ERR_NO_CATALOG) {
            log_warn("search", "the search index is built anew: %s", err.text);
        }
        return;
    }
    search_index_info(p->old, &info);
    p->old_generation = info.generation;
    if (info.generation > p->generation) {
        search_close(p->old);
        p->old = NULL;
    }
}

static bool is_current(const struct publication *p)
{
    struct search_info info;
    if (!p->old || p->old_generation != p->generation) {
        return false;
    }
    search_index_info(p->old, &info);
    return info.datasets == p->n_datasets;
}

/* A quarter for DuckDB, which sends the ids; a sixteenth for ids that wait to be sorted, and one
 * for postings of each kind; the rest for the segment that is written: up to 8 bytes a series, and
 * its tables. */
#define DUCKDB_LEAST ((uint64_t)256 << 20)
#define IDS_LEAST    ((uint64_t)16 << 20)
#define IDS_MOST     ((uint64_t)256 << 20)

static uint64_t within(uint64_t n, uint64_t least, uint64_t most)
{
    return n < least ? least : n > most ? most : n;
}

enum error_code search_publish_from(struct catalog *c, const char *database, uint64_t memory,
                                    struct error *err)
{
    struct publication p = {.catalog = c,
                            .memory = memory ? within(memory / 16, IDS_LEAST, IDS_MOST) : 0};
    arena_init(&p.arena);
    char *dir = search_directory(database, &p.arena);
    enum error_code code = OK;
    if (memory) {
        code = catalog_set_memory(c, within(memory / 4, DUCKDB_LEAST, UINT64_MAX), err);
    }
    code = code ? code : feed_datasets(c, &p.arena, &p.datasets, &p.n_datasets, err);
    for (size_t i = 0; i < p.n_datasets; i++) {
        uint64_t at = (uint64_t)p.datasets[i].updated_us;
        p.generation = at > p.generation ? at : p.generation;
    }
    if (!code) {
        open_old(&p, dir);
        if (is_current(&p)) {
            search_touch(dir);
        } else {
            code = build(&p, dir, err);
        }
        if (p.old) {
            search_close(p.old);
        }
    }
    arena_reset(&p.arena);
    return code ? error_add(err, "while building the search index of %s", database) : OK;
}

enum error_code search_publish(const char *database, uint64_t memory, struct error *err)
{
    const struct catalog_options options = {0};
    struct catalog *c;
    enum error_code code = catalog_open_read(database, &options, &c, err);
    if (!code) {
        code = search_publish_from(c, database, memory, err);
        catalog_close(c);
    }
    return code;
}
