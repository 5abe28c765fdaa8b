#include <stdlib.h>
#include <string.h>

#include "run/state.h"

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static int by_size_down(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    if (x->size != y->size) {
        return x->size < y->size ? 1 : -1;
    }
    return strcmp(x->key, y->key);
}

/* Which list holds the records of a row, and when they are, follows from the metadata, too. */
static bool same_lists(const struct known_dataset *k, const struct dataset_run *d)
{
    return !k->lists ||
           (catalog_same_targets(k, d->info.meta) && same_text(k->frequency, d->frequency));
}

/* Were the catalog's spans made with the columns that the metadata names now? */
static bool same_columns(const struct known_dataset *k, const struct dataset_run *d)
{
    if (d->hint.n_id == 0) {
        /* Found by detection, then and now: the answer of the first time stands. */
        return k->origin != COLUMNS_METADATA &&
               (!d->hint.time || (k->time_column && strcmp(k->time_column, d->hint.time) == 0));
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

/* How far a file was read, as far as that still counts. */
static enum depth depth_kept(const struct known_file *k, const struct dataset_run *d)
{
    return d->forget_values && k->depth > DEPTH_TIME ? DEPTH_TIME : k->depth;
}

static bool has_values(const struct known_dataset *k)
{
    for (size_t i = 0; i < k->n_files; i++) {
        if (k->files[i].depth > DEPTH_TIME) {
            return true;
        }
    }
    return false;
}

static bool is_current(const struct known_file *k, const struct object *o, enum depth have,
                       enum depth depth)
{
    return !k->failed && k->size == o->size && strcmp(k->etag, o->etag) == 0 && have >= depth;
}

/* ---- samples ---- */

enum depth run_depth_of(const struct run *run, const struct dataset_run *d, const struct object *o)
{
    bool drawn = !d->sampled || selection_draw(o->key, run->options->seed) <= d->drawn_up_to;
    return drawn ? run->options->depth : DEPTH_FILES;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void draw_sample(struct run *run, struct dataset_run *d, const struct discovered *found)
{
    uint64_t wanted = run->options->sample;
    d->sampled = wanted > 0 && wanted < found->n_files && run->options->depth > DEPTH_FILES;
    if (!d->sampled) {
        return;
    }
    uint64_t *draws = mem_alloc(found->n_files * sizeof *draws);
    for (size_t i = 0; i < found->n_files; i++) {
        draws[i] = selection_draw(found->files[i].key, run->options->seed);
    }
    qsort(draws, found->n_files, sizeof *draws, by_number);
    d->drawn_up_to = draws[wanted - 1];
    mem_free(draws);
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

/* Files that a run was killed in the middle of. */
static void plan_slices(struct run *run, struct dataset_run *d)
{
    if (run->catalog && !run->options->force) {
        catalog_sliced_files(run->catalog, d->info.id, &run->arena, &d->sliced, &d->n_sliced);
    }
}

static bool is_found(const struct discovered *found, const char *key)
{
    for (size_t i = 0; i < found->n_files; i++) {
        if (strcmp(found->files[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

static void plan_files(struct run *run, struct dataset_run *d, const struct discovered *found,
                       const struct known_dataset *known)
{
    bool keep =
        known->found && !run->options->force && same_columns(known, d) && same_lists(known, d);
    struct map by_key;
    map_init(&by_key);
    d->forget_values = has_values(known) && !catalog_same_targets(known, d->info.meta);
    for (size_t i = 0; i < known->n_files; i++) {
        map_put(&by_key, str_c(known->files[i].key), NULL)->value = i;
    }
    bool *seen = mem_zalloc(known->n_files * sizeof *seen);
    d->todo = arena_array(&run->arena, found->n_files, sizeof *d->todo);
    /* At depth `files` the columns do not matter, and deeper results stay valid only with the same
     * ones. */
    bool any_kept = false;
    for (size_t i = 0; i < found->n_files; i++) {
        const struct object *o = &found->files[i];
        uint64_t at;
        bool is_known = map_get(&by_key, str_c(o->key), &at);
        if (is_known) {
            seen[at] = true;
        }
        if (keep && is_known &&
            is_current(&known->files[at], o, depth_kept(&known->files[at], d),
                       run_depth_of(run, d, o))) {
            d->n_unchanged++;
            run->progress.bytes_unchanged += o->size;
            any_kept = true;
        } else if (!selection_takes_time(&run->options->select, o->mtime_us)) {
            d->n_left++; /* not said to have changed since, and not known: some later run reads it
                          */
        } else {
            d->todo[d->n_todo++] = *o;
        }
    }
    plan_slices(run, d);
    d->gone = arena_array(&run->arena, known->n_files + d->n_sliced, sizeof *d->gone);
    for (size_t i = 0; i < known->n_files; i++) {
        if (!seen[i]) {
            d->gone[d->n_gone++] = known->files[i].key;
        }
    }
    for (size_t i = 0; i < d->n_sliced; i++) {
        uint64_t unused;
        if (!is_found(found, d->sliced[i]) && !map_get(&by_key, str_c(d->sliced[i]), &unused)) {
            d->gone[d->n_gone++] = d->sliced[i]; /* it never was finished, and slices stayed */
        }
    }
    d->forget = known->found && !keep && known->n_files > 0;
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
    d->frequency = m->frequency;
    d->targets.named = m->targets.n > 0;
    d->targets.names = arena_array(&run->arena, m->targets.n, sizeof *d->targets.names);
    for (size_t i = 0; i < m->targets.n; i++) {
        d->targets.names[d->targets.n++] = m->targets.items[i].name;
    }
}

static enum error_code plan_dataset(struct run *run, struct dataset_run *d,
                                    const struct discovered *found, struct error *err)
{
    struct known_dataset known = {0};
    d->info = found->info;
    d->info.source_uri = arena_printf(&run->arena, "%s%s", store_uri(run->store), d->info.folder);
    set_hint(run, d);
    enum error_code code =
        run->catalog ? catalog_known(run->catalog, d->info.id, &run->arena, &known, err) : OK;
    if (!code) {
        draw_sample(run, d, found);
        plan_files(run, d, found, &known);
        run->progress.files_unchanged += d->n_unchanged;
    }
    return code;
}

/* ---- limits that the plan can keep ---- */

static bool has_work(const struct dataset_run *d)
{
    return d->n_todo > 0 || d->n_gone > 0 || d->stale;
}

static void hold(struct dataset_run *d)
{
    d->n_left += d->n_todo;
    d->n_todo = 0;
    d->held = true;
}

/* The first in order of their ids: the next run with the same limit goes on behind them. */
static void limit_datasets(struct run *run)
{
    uint64_t n = 0;
    for (size_t i = 0; i < run->n_datasets; i++) {
        struct dataset_run *d = &run->datasets[i];
        if (has_work(d) && ++n > run->options->max_datasets) {
            hold(d);
            run->plan_limited = "--max-datasets";
        }
    }
}

static int by_files_up(const void *a, const void *b)
{
    const struct dataset_run *x = *(struct dataset_run *const *)a,
                             *y = *(struct dataset_run *const *)b;
    if (x->n_todo != y->n_todo) {
        return x->n_todo < y->n_todo ? -1 : 1;
    }
    return strcmp(x->info.id, y->info.id);
}

/* Datasets with few files first, so that as many as can be are complete. */
static void limit_files(struct run *run)
{
    struct dataset_run **order = mem_alloc((run->n_datasets + 1) * sizeof(struct dataset_run *));
    uint64_t room = run->options->max_files;
    for (size_t i = 0; i < run->n_datasets; i++) {
        order[i] = &run->datasets[i];
    }
    if (run->n_datasets) {
        qsort(order, run->n_datasets, sizeof *order, by_files_up);
    }
    for (size_t i = 0; i < run->n_datasets; i++) {
        struct dataset_run *d = order[i];
        size_t takes = d->n_todo < room ? d->n_todo : (size_t)room;
        run->plan_limited = takes < d->n_todo ? "--max-files" : run->plan_limited;
        room -= takes;
        if (takes == 0 && d->n_todo > 0) {
            hold(d);
        } else {
            d->n_left += d->n_todo - takes;
            d->n_todo = takes;
        }
    }
    mem_free(order);
}

/* Datasets with few files are begun before others (schedule.c). */
static void make_lists(struct run *run)
{
    run->order = arena_array(&run->arena, run->n_datasets, sizeof *run->order);
    run->open = arena_array(&run->arena, run->n_datasets, sizeof *run->open);
    for (size_t i = 0; i < run->n_datasets; i++) {
        run->order[i] = &run->datasets[i];
        run->datasets[i].open_tail = &run->datasets[i].open;
    }
    if (run->n_datasets) {
        qsort(run->order, run->n_datasets, sizeof *run->order, by_files_up);
    }
}

/* What is left to do is known now. */
static void count_work(struct run *run)
{
    for (size_t i = 0; i < run->n_datasets; i++) {
        struct dataset_run *d = &run->datasets[i];
        /* Of which nothing may be read now, but something is to be read: as it is. */
        d->held = d->held || (d->n_left > 0 && d->n_todo == 0);
        for (size_t k = 0; k < d->n_todo; k++) {
            d->bytes_left += d->todo[k].size;
        }
        run->progress.files_total += d->n_todo;
        run->progress.bytes_total += d->bytes_left;
    }
    run->progress.datasets_total = run->n_datasets;
}

enum error_code run_plan(struct run *run, struct error *err)
{
    const struct discovery *found = &run->discovery;
    run->datasets = arena_array(&run->arena, found->n_datasets, sizeof *run->datasets);
    for (size_t i = 0; i < found->n_datasets; i++) {
        const struct discovered *d = &found->datasets[i];
        if (!selection_takes_dataset(&run->options->select, d->info.id, d->info.folder)) {
            continue;
        }
        enum error_code code = plan_dataset(run, &run->datasets[run->n_datasets++], d, err);
        if (code) {
            return error_add(err, "while planning dataset %s", d->info.id);
        }
    }
    if (run->options->max_datasets) {
        limit_datasets(run);
    }
    if (run->options->max_files) {
        limit_files(run);
    }
    count_work(run);
    make_lists(run);
    return OK;
}

/* ---- what is gone ---- */

/* Outside the selection nothing is known to be gone. */
static bool may_be_gone(struct run *run, const char *id, const char *folder)
{
    uint64_t unused;
    return selection_takes_dataset(&run->options->select, id, folder) &&
           !map_get(&run->excluded_folders, discovery_first_segment(folder), &unused);
}

static enum error_code drop_datasets(struct run *run, const struct map *here, struct error *err)
{
    const char **ids, **folders;
    size_t n;
    enum error_code code = catalog_dataset_places(run->catalog, store_uri(run->store), &run->arena,
                                                  &ids, &folders, &n, err);
    for (size_t i = 0; i < n && !code; i++) {
        uint64_t unused;
        if (!map_get(here, str_c(ids[i]), &unused) && may_be_gone(run, ids[i], folders[i])) {
            code = catalog_dataset_drop(run->catalog, ids[i], err);
        }
    }
    return code;
}

enum error_code run_drop_gone(struct run *run, struct error *err)
{
    struct map here;
    map_init(&here);
    for (size_t i = 0; i < run->discovery.n_datasets; i++) {
        map_put(&here, str_c(run->discovery.datasets[i].info.id), NULL);
    }
    enum error_code code = catalog_begin(run->catalog, err);
    code = code ? code : drop_datasets(run, &here, err);
    code = code ? code : run_keep_metadata(run, err);
    map_free(&here);
    if (code) {
        catalog_rollback(run->catalog);
        return code;
    }
    return catalog_commit(run->catalog, err);
}
