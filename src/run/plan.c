#include <stdlib.h>
#include <string.h>

#include "run/state.h"

static int by_size_down(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    if (x->size != y->size) {
        return x->size < y->size ? 1 : -1;
    }
    return strcmp(x->key, y->key);
}

/* Were the catalog's spans made with the columns that the metadata names now? */
static bool same_columns(const struct known_dataset *k, const struct dataset_run *d)
{
    if (d->hint.n_id == 0) {
        /* Found by detection, then and now: the answer of the first time stands. */
        return k->origin != COLUMNS_METADATA &&
               (!d->hint.time ||
                (k->time_column && strcmp(k->time_column, d->hint.time) == 0));
    }
    if (k->origin != COLUMNS_METADATA || k->n_id_columns != d->hint.n_id) {
        return false;
    }
    for (size_t i = 0; i < d->hint.n_id; i++) {
        if (strcmp(k->id_columns[i], d->hint.id[i]) != 0) {
            return false;
        }
    }
    return !d->hint.time || (k->time_column && strcmp(k->time_column, d->hint.time) == 0);
}

static bool is_current(const struct known_file *k, const struct object *o, enum depth depth)
{
    return !k->failed && k->size == o->size && strcmp(k->etag, o->etag) == 0 && k->depth >= depth;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Must the description or the figures be written again although no file changed? */
static bool is_stale(const struct known_dataset *k, const struct dataset_meta *m)
{
    return !k->found || k->pending || !same_text(k->metadata_key, m ? m->key : NULL) ||
           !same_text(k->metadata_etag, m ? m->etag : NULL);
}

/* Columns that the catalog remembers spare the scout. */
static void take_known_columns(struct dataset_run *d, const struct known_dataset *k)
{
    if (k->n_id_columns == 0) {
        return;
    }
    d->columns = (struct scan_columns){k->id_columns, k->n_id_columns, k->time_column};
    d->columns_state = COLUMNS_KNOWN;
    d->info.id_columns = k->id_columns;
    d->info.n_id_columns = k->n_id_columns;
    d->info.time_column = k->time_column;
    d->info.origin = k->origin;
}

static void plan_files(struct run *run, struct dataset_run *d, const struct discovered *found,
                       const struct known_dataset *known)
{
    bool keep = known->found && !run->options->force && same_columns(known, d);
    struct map by_key;
    map_init(&by_key);
    for (size_t i = 0; i < known->n_files; i++) {
        map_put(&by_key, str_c(known->files[i].key), NULL)->value = i;
    }
    bool *seen = mem_zalloc(known->n_files * sizeof *seen);
    d->todo = arena_array(&run->arena, found->n_files, sizeof *d->todo);
    /* At depth `files` the columns do not matter, and deeper results stay valid only with the same ones. */
    bool any_kept = false;
    for (size_t i = 0; i < found->n_files; i++) {
        const struct object *o = &found->files[i];
        uint64_t at;
        bool is_known = map_get(&by_key, str_c(o->key), &at);
        if (is_known) {
            seen[at] = true;
        }
        if (keep && is_known && is_current(&known->files[at], o, run->options->depth)) {
            d->n_unchanged++;
            run->progress.bytes_unchanged += o->size;
            any_kept = true;
        } else {
            d->todo[d->n_todo++] = *o;
            d->bytes_left += o->size;
        }
    }
    d->gone = arena_array(&run->arena, known->n_files, sizeof *d->gone);
    for (size_t i = 0; i < known->n_files; i++) {
        if (!seen[i]) {
            d->gone[d->n_gone++] = known->files[i].key;
        }
    }
    if (any_kept) {
        take_known_columns(d, known);
    }
    d->stale = is_stale(known, d->info.meta);
    qsort(d->todo, d->n_todo, sizeof *d->todo, by_size_down);
    mem_free(seen);
    map_free(&by_key);
}

static void set_hint(struct run *run, struct dataset_run *d)
{
    const struct dataset_meta *m = d->info.meta;
    if (!m) {
        return;
    }
    d->hint.id = arena_array(&run->arena, m->ts_id.n, sizeof *d->hint.id);
    for (size_t i = 0; i < m->ts_id.n; i++) {
        d->hint.id[d->hint.n_id++] = m->ts_id.items[i].name;
    }
    d->hint.time = m->time_column;
}

static enum error_code plan_dataset(struct run *run, struct dataset_run *d,
                                    const struct discovered *found, struct error *err)
{
    struct known_dataset known = {0};
    d->info = found->info;
    d->info.source_uri = arena_printf(&run->arena, "%s%s", store_uri(run->store), d->info.folder);
    set_hint(run, d);
    enum error_code code = catalog_known(run->catalog, d->info.id, &run->arena, &known, err);
    if (code) {
        return code;
    }
    plan_files(run, d, found, &known);
    run->progress.files_total += d->n_todo;
    run->progress.files_unchanged += d->n_unchanged;
    run->progress.bytes_total += d->bytes_left;
    return OK;
}

/* Datasets of this source that the catalog has and the listing has not. */
static enum error_code drop_gone(struct run *run, struct error *err)
{
    const char **ids;
    size_t n;
    struct map here;
    enum error_code code =
        catalog_dataset_ids(run->catalog, store_uri(run->store), &run->arena, &ids, &n, err);
    if (code) {
        return code;
    }
    map_init(&here);
    for (size_t i = 0; i < run->n_datasets; i++) {
        map_put(&here, str_c(run->datasets[i].info.id), NULL);
    }
    code = catalog_begin(run->catalog, err);
    for (size_t i = 0; i < n && !code; i++) {
        uint64_t unused;
        if (!map_get(&here, str_c(ids[i]), &unused)) {
            code = catalog_dataset_drop(run->catalog, ids[i], err);
        }
    }
    map_free(&here);
    return code ? code : catalog_commit(run->catalog, err);
}

enum error_code run_plan(struct run *run, struct error *err)
{
    run->n_datasets = run->discovery.n_datasets;
    run->datasets = arena_array(&run->arena, run->n_datasets, sizeof *run->datasets);
    for (size_t i = 0; i < run->n_datasets; i++) {
        enum error_code code =
            plan_dataset(run, &run->datasets[i], &run->discovery.datasets[i], err);
        if (code) {
            return error_add(err, "while planning dataset %s", run->discovery.datasets[i].info.id);
        }
    }
    run->progress.datasets_total = run->n_datasets;
    return drop_gone(run, err);
}
