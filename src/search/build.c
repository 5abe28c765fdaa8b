/* build.c - batches of datasets become segments, small segments become larger ones, the manifest
 * names them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "search/bits.h"
#include "search/hex.h"
#include "search/manifest.h"
#include "search/search.h"
#include "search/segment.h"
#include "search/segment_write.h"
#include "search/sorter.h"

/* A segment is closed behind the dataset that makes it this large: it bounds what a build holds in
 * memory (12 bytes a series) and what a merge has to write again. */
#define SEGMENT_SERIES_MAX (16u << 20)
#define DEFAULT_MEMORY     (256ull << 20)
#define DEFAULT_SEGMENTS   8u
/* A segment with more dead than one series in four is written again without them. */
#define DEAD_SHARE 4

struct part { /* one segment as it will stand in the manifest */
    uint64_t number, file_len, live_series, series;
    uint32_t header_crc, n_datasets;
    uint64_t *dead;
    struct segment *segment;
    bool fresh; /* written by this builder: unlinked if it is not published */
};

struct search_builder {
    char *dir;
    int lock;
    struct search_build_options options;
    struct manifest manifest; /* what was there */
    struct arena arena;
    struct part *parts;
    size_t n, cap;
    struct segment_writer *writer;
    uint64_t writer_number;
    struct map batch; /* ids in the writer's segment */
    struct sorter *sorter;
    bool in_dataset, published;
};

static enum error_code take_lock(struct search_builder *b, struct error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/LOCK", b->dir);
    if (mkdir(b->dir, 0755) < 0 && errno != EEXIST) {
        return error_set_errno(err, errno, "cannot make %s", b->dir);
    }
    b->lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0644);
    if (b->lock < 0) {
        return error_set_errno(err, errno, "cannot open %s", path);
    }
    if (flock(b->lock, LOCK_EX | LOCK_NB) < 0) {
        return error_set(err, ERR_CATALOG_LOCKED, "another process is writing the search index %s",
                         b->dir);
    }
    return OK;
}

static void add_part(struct search_builder *b, struct segment *s, const uint64_t *dead, bool fresh)
{
    size_t words = bitmap_words(s->n_datasets);
    struct part p = {.number = s->number,
                     .file_len = s->len,
                     .header_crc = s->header_crc,
                     .n_datasets = s->n_datasets,
                     .series = s->n_series,
                     .segment = s,
                     .fresh = fresh};
    p.dead = arena_array(&b->arena, words + 1, sizeof *p.dead);
    for (size_t i = 0; dead && i < words; i++) {
        p.dead[i] = dead[i];
    }
    for (uint32_t d = 0; d < s->n_datasets; d++) {
        p.live_series += bitmap_get(p.dead, d) ? 0 : s->datasets[d].n_series;
    }
    b->parts = mem_grow(b->parts, b->n, &b->cap, sizeof *b->parts);
    b->parts[b->n++] = p;
}

/* What is there is kept where it can be read; a damaged or foreign index is started afresh only
 * when asked to. */
static enum error_code open_parts(struct search_builder *b, struct error *err)
{
    enum error_code rc = manifest_read(b->dir, &b->arena, &b->manifest, err);
    if (rc == ERR_NO_CATALOG || (rc != OK && b->options.fresh)) {
        error_reset(err);
        b->manifest = (struct manifest){.next_segment = (uint64_t)getpid() << 32 | 1};
        return OK;
    }
    for (uint32_t i = 0; rc == OK && !b->options.fresh && i < b->manifest.n; i++) {
        struct segment *s;
        rc = segment_open(b->dir, b->manifest.segments[i].number, &s, err);
        if (rc == OK && s->n_datasets != b->manifest.segments[i].n_datasets) {
            segment_close(s);
            rc = error_set(err, ERR_CATALOG_DAMAGED, "the manifest and its segments do not agree");
        }
        if (rc == OK) {
            add_part(b, s, b->manifest.segments[i].dead, false);
        }
    }
    return rc;
}

enum error_code search_builder_new(const char *dir, const struct search_build_options *options,
                                   struct search_builder **out, struct error *err)
{
    struct search_builder *b = mem_zalloc(sizeof *b);
    *out = b;
    b->dir = mem_strdup(dir);
    b->lock = -1;
    arena_init(&b->arena);
    map_init(&b->batch);
    b->options = options ? *options : (struct search_build_options){0};
    b->options.memory = b->options.memory ? b->options.memory : DEFAULT_MEMORY;
    b->options.segment_limit =
        b->options.segment_limit ? b->options.segment_limit : DEFAULT_SEGMENTS;
    b->sorter = sorter_new(dir, b->options.memory);
    enum error_code rc = take_lock(b, err);
    return rc == OK ? open_parts(b, err) : rc;
}

static bool find_dataset(const struct segment *s, struct str id, uint32_t *out)
{
    uint32_t lo = 0, hi = s->n_datasets;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int order = str_cmp(segment_dataset_id(s, s->order[mid]), id);
        if (order == 0) {
            *out = s->order[mid];
            return true;
        }
        if (order < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return false;
}

/* Every copy of `id` written so far is dead. */
static void kill_dataset(struct search_builder *b, struct str id)
{
    for (size_t i = 0; i < b->n; i++) {
        uint32_t d;
        struct part *p = &b->parts[i];
        if (find_dataset(p->segment, id, &d) && !bitmap_get(p->dead, d)) {
            bitmap_set(p->dead, d);
            p->live_series -= p->segment->datasets[d].n_series;
        }
    }
}

static void each_series(void *user, const struct search_series *s)
{
    segment_writer_series(user, s);
}

static enum error_code end_dataset(struct search_builder *b, struct error *err)
{
    if (!b->in_dataset) {
        return OK;
    }
    b->in_dataset = false;
    enum error_code rc = sorter_drain(b->sorter, each_series, b->writer, err);
    segment_writer_dataset_end(b->writer);
    return rc;
}

static enum error_code end_segment(struct search_builder *b, struct error *err)
{
    if (!b->writer) {
        return OK;
    }
    struct segment *s = NULL;
    enum error_code rc = segment_writer_finish(b->writer, err);
    segment_writer_free(b->writer);
    b->writer = NULL;
    rc = rc == OK ? segment_open(b->dir, b->writer_number, &s, err) : rc;
    if (rc == OK) {
        add_part(b, s, NULL, true);
    }
    map_free(&b->batch);
    map_init(&b->batch);
    return rc;
}

static enum error_code begin_segment(struct search_builder *b, struct error *err)
{
    b->writer_number = b->manifest.next_segment++;
    return segment_writer_new(b->dir, b->writer_number, b->options.memory, &b->writer, err);
}

int search_doc_order(const struct search_doc *a, const struct search_doc *b)
{
    uint8_t x = segment_prior_of(a->records), y = segment_prior_of(b->records);
    return x != y ? (x > y ? -1 : 1) : strcmp(a->dataset_id, b->dataset_id);
}

enum error_code search_builder_dataset(struct search_builder *b, const struct search_doc *doc,
                                       struct error *err)
{
    struct str id = str_c(doc->dataset_id);
    uint64_t seen;
    enum error_code rc = end_dataset(b, err);
    /* A segment has each id once: it would not know which of two is meant. */
    bool close = b->writer && (segment_writer_size(b->writer) >= SEGMENT_SERIES_MAX ||
                               map_get(&b->batch, id, &seen));
    if (rc == OK && close) {
        rc = end_segment(b, err);
    }
    if (rc == OK && !b->writer) {
        rc = begin_segment(b, err);
    }
    if (rc != OK) {
        return rc;
    }
    kill_dataset(b, id);
    map_put(&b->batch, id, NULL);
    segment_writer_dataset(b->writer, doc);
    b->in_dataset = true;
    return OK;
}

enum error_code search_builder_series(struct search_builder *b, const struct search_series *s,
                                      struct error *err)
{
    if (!b->in_dataset) {
        return error_set(err, ERR_INTERNAL, "a series without a dataset");
    }
    if (memchr(s->id.data ? s->id.data : "", 0, s->id.len)) {
        return error_set(err, ERR_USAGE, "a series id with a NUL byte is not in text form");
    }
    return sorter_add(b->sorter, s, err);
}

enum error_code search_builder_remove(struct search_builder *b, const char *dataset_id,
                                      struct error *err)
{
    struct str id = str_c(dataset_id);
    uint64_t seen;
    enum error_code rc = end_dataset(b, err);
    if (rc == OK && b->writer && map_get(&b->batch, id, &seen)) {
        rc = end_segment(b, err);
    }
    kill_dataset(b, id);
    return rc;
}

/* ---- merging ---- */

static void copy_dataset(const struct segment *s, uint32_t d, struct segment_writer *w)
{
    struct arena a;
    struct search_doc doc;
    struct strbuf id;
    const struct dataset_record *r = &s->datasets[d];
    arena_init(&a);
    strbuf_init(&id, SIZE_MAX);
    segment_doc(s, d, &a, &doc);
    segment_writer_dataset(w, &doc);
    for (uint32_t i = 0; i < r->n_series; i++) {
        struct search_series series = {0};
        strbuf_clear(&id);
        if (!segment_series_id(s, d, i, &id)) {
            continue; /* damage: the count that does not agree is noticed by the caller */
        }
        for (uint32_t k = 0; k < SEARCH_ATTRIBUTE_COUNT; k++) {
            if (pack_get(&s->attributes[k], r->first_series + i, &series.values[k])) {
                series.has |= 1u << k;
            }
        }
        series.id = strbuf_view(&id);
        segment_writer_series(w, &series);
    }
    segment_writer_dataset_end(w);
    strbuf_free(&id);
    arena_reset(&a);
}

static void drop_part(struct search_builder *b, size_t i)
{
    char path[4096];
    struct part *p = &b->parts[i];
    if (p->fresh) { /* old ones go after the commit */
        segment_path(b->dir, p->number, path, sizeof path);
        unlink(path);
    }
    segment_close(p->segment);
    memmove(p, p + 1, (b->n - i - 1) * sizeof *p);
    b->n--;
}

struct copied {
    const struct segment *s;
    uint32_t dataset;
};

static int by_size(const void *a, const void *b)
{
    const struct copied *x = a, *y = b;
    uint8_t p = segment_prior(x->s, x->dataset), q = segment_prior(y->s, y->dataset);
    return p != q ? (p > q ? -1 : 1)
                  : str_cmp(segment_dataset_id(x->s, x->dataset),
                            segment_dataset_id(y->s, y->dataset));
}

/* The live datasets of parts [0, count), in the order of search_doc_order. */
static struct copied *list_live(struct search_builder *b, size_t count, size_t *n)
{
    size_t cap = 0;
    struct copied *list = NULL;
    *n = 0;
    for (size_t i = 0; i < count; i++) {
        struct part *p = &b->parts[i];
        for (uint32_t d = 0; d < p->n_datasets; d++) {
            if (!bitmap_get(p->dead, d)) {
                list = mem_grow(list, *n, &cap, sizeof *list);
                list[(*n)++] = (struct copied){p->segment, d};
            }
        }
    }
    if (*n) {
        qsort(list, *n, sizeof *list, by_size);
    }
    return list;
}

/* Writes the live datasets of parts [0, count) anew, as one part. */
static enum error_code merge_first(struct search_builder *b, size_t count, struct error *err)
{
    uint64_t want = 0, got = 0;
    size_t n = 0;
    enum error_code rc = begin_segment(b, err);
    struct copied *list = rc == OK ? list_live(b, count, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        copy_dataset(list[i].s, list[i].dataset, b->writer);
    }
    mem_free(list);
    for (size_t i = 0; i < count; i++) {
        want += b->parts[i].live_series;
    }
    if (rc == OK) {
        got = segment_writer_size(b->writer);
        rc = got == want ? end_segment(b, err)
                         : error_set(err, ERR_CATALOG_DAMAGED,
                                     "a segment of the search index has %llu series and should "
                                     "have %llu",
                                     (unsigned long long)got, (unsigned long long)want);
    }
    for (; count && rc == OK; count--) {
        drop_part(b, 0);
    }
    return rc;
}

static void sort_parts(struct search_builder *b)
{
    for (size_t i = 1; i < b->n; i++) { /* few, and nearly sorted */
        for (size_t j = i; j > 0 && b->parts[j - 1].live_series > b->parts[j].live_series; j--) {
            struct part t = b->parts[j];
            b->parts[j] = b->parts[j - 1];
            b->parts[j - 1] = t;
        }
    }
}

static bool all_dead(const struct part *p)
{
    return bitmap_count(p->dead, bitmap_words(p->n_datasets)) == p->n_datasets;
}

static bool mostly_dead(const struct part *p)
{
    return p->series - p->live_series > p->series / DEAD_SHARE && p->series > p->live_series;
}

/* Tiers: while there are too many segments, the smaller half becomes one, together with all that
 * are smaller than what comes of it: each series is written again a logarithmic number of times
 * over its life. */
static enum error_code merge_parts(struct search_builder *b, struct error *err)
{
    enum error_code rc = OK;
    for (size_t i = b->n; i-- > 0;) {
        if (all_dead(&b->parts[i])) {
            drop_part(b, i);
        }
    }
    for (size_t i = b->n; i-- > 0 && rc == OK;) {
        if (mostly_dead(&b->parts[i])) {
            struct part p = b->parts[i];
            b->parts[i] = b->parts[0];
            b->parts[0] = p;
            rc = merge_first(b, 1, err);
        }
    }
    while (rc == OK && b->n > b->options.segment_limit) {
        sort_parts(b);
        size_t count = b->n / 2 > 2 ? b->n / 2 : 2;
        uint64_t sum = 0;
        for (size_t i = 0; i < b->n && (i < count || b->parts[i].live_series < sum); i++) {
            sum += b->parts[i].live_series;
            count = i + 1 > count ? i + 1 : count;
        }
        rc = merge_first(b, count < b->n ? count : b->n, err);
    }
    return rc;
}

/* ---- publishing ---- */

static void unlink_unnamed(const struct search_builder *b)
{
    DIR *d = opendir(b->dir);
    struct dirent *e;
    while (d && (e = readdir(d))) {
        const char *at = e->d_name + 4;
        uint64_t number;
        char path[4096];
        bool named = false;
        if (strncmp(e->d_name, "seg-", 4) != 0 || !hex_take(&at, &number) || *at != '.') {
            continue;
        }
        for (size_t i = 0; i < b->n && strcmp(at, ".tsx") == 0; i++) {
            named = named || b->parts[i].number == number;
        }
        snprintf(path, sizeof path, "%s/%s", b->dir, e->d_name);
        if (!named) {
            unlink(path); /* readers that have it mapped keep it */
        }
    }
    if (d) {
        closedir(d);
    }
}

enum error_code search_builder_commit(struct search_builder *b, uint64_t generation,
                                      struct error *err)
{
    enum error_code rc = end_dataset(b, err);
    rc = rc == OK ? end_segment(b, err) : rc;
    rc = rc == OK ? merge_parts(b, err) : rc;
    if (rc != OK) {
        return rc;
    }
    struct manifest m = {.generation = generation,
                         .sequence = b->manifest.sequence + 1,
                         .next_segment = b->manifest.next_segment,
                         .n = (uint32_t)b->n};
    m.segments = arena_array(&b->arena, b->n + 1, sizeof *m.segments);
    for (size_t i = 0; i < b->n; i++) {
        const struct part *p = &b->parts[i];
        m.segments[i] = (struct manifest_segment){p->number, p->file_len, p->header_crc,
                                                  p->n_datasets, p->dead};
    }
    rc = manifest_write(b->dir, &m, err);
    if (rc == OK) {
        b->published = true;
        unlink_unnamed(b);
    }
    return rc;
}

void search_builder_free(struct search_builder *b)
{
    if (!b) {
        return;
    }
    segment_writer_free(b->writer);
    for (size_t i = b->n; i-- > 0;) {
        if (b->published) {
            segment_close(b->parts[i].segment);
        } else {
            drop_part(b, i);
        }
    }
    mem_free(b->parts);
    map_free(&b->batch);
    sorter_free(b->sorter);
    arena_reset(&b->arena);
    if (b->lock >= 0) {
        close(b->lock);
    }
    mem_free(b->dir);
    mem_free(b);
}
