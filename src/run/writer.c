#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/state.h"

/* A transaction ends after this long, so that a kill loses little finished work; it costs some
 * milliseconds ... */
#define COMMIT_AFTER_NS 250000000ull
/* ... and after this many files or spans, so that one transaction's undo log stays small. */
#define COMMIT_AFTER_FILES 512
#define COMMIT_AFTER_SPANS ((size_t)4 << 20)
/* Datasets that are finished together: what they add to the tables goes there at once. */
#define FINISH_TOGETHER 32
/* The same while the writer has nothing else to do. */
#define FINISH_IDLE 8
/* What the footers of a dataset say is written when its figures have not come so long. */
#define FOOTERS_AFTER_NS 500000000ull
/* Publishing copies the catalog: at most one part in twenty of the time, and not more often than
 * this. */
#define PUBLISH_EVERY_NS (30ull * 1000000000u)
#define PUBLISH_SHARE    20

struct writer {
    struct run *run;
    bool in_transaction;
    uint64_t began_ns;
    size_t files, spans;      /* in this transaction */
    struct dataset_run *done; /* all files recorded, not finished yet; a list */
    size_t n_done;
    struct dataset_run *footers; /* all footers read, not said yet; a list */
    bool ending;                 /* nothing comes any more */
    uint64_t published_ns, publish_cost_ns;
    bool unpublished; /* a dataset was finished since */
    struct error err;
};

/* With each transaction, so that what a killed run says of itself is what it saved. */
static enum error_code put_progress(struct writer *w)
{
    struct run *run = w->run;
    pthread_mutex_lock(&run->lock);
    struct catalog_progress p = run_catalog_progress_locked(run);
    pthread_mutex_unlock(&run->lock);
    return catalog_run_progress(run->catalog, &p, &w->err);
}

static bool begin(struct writer *w)
{
    if (!w->in_transaction && !w->err.code) {
        w->began_ns = clock_monotonic_ns();
        w->in_transaction = catalog_begin(w->run->catalog, &w->err) == OK;
    }
    return w->in_transaction && !w->err.code;
}

/* Write down what discovery noticed about one dataset ("" for none of them). */
static enum error_code put_notes(struct run *run, const char *dataset_id, struct error *err)
{
    for (size_t i = 0; i < run->discovery.n_notes; i++) {
        const struct discovery_note *n = &run->discovery.notes[i];
        if (str_eq(str_c(n->dataset_id), str_c(dataset_id))) {
            enum error_code code =
                catalog_failure_put(run->catalog, dataset_id, n->key, n->code, n->text, err);
            if (code) {
                return code;
            }
        }
    }
    return OK;
}

/* All but the columns of a dataset's description is known when it is planned. */
static bool has_same_columns(const struct dataset_info *a, const struct dataset_info *b)
{
    return a->id_columns == b->id_columns && a->n_id_columns == b->n_id_columns &&
           a->time_column == b->time_column && a->origin == b->origin;
}

/* Describe the dataset with the columns known now; a scout may be deciding them at this moment. */
static enum error_code put_info(struct writer *w, struct dataset_run *d)
{
    struct run *run = w->run;
    pthread_mutex_lock(&run->lock);
    struct dataset_info info = d->info;
    pthread_mutex_unlock(&run->lock);
    bool described = d->described.id != NULL;
    bool same = described && has_same_columns(&d->described, &info);
    d->described = info;
    if (described && !same) {
        catalog_dataset_columns(run->catalog, &info); /* for the figures, which come next */
    }
    return described ? OK
                     : catalog_dataset_put(run->catalog, &info, store_uri(run->store), &w->err);
}

/* What has to be said of the dataset's columns, now that its files have been seen. */
static enum error_code put_column_notes(struct writer *w, const struct dataset_run *d)
{
    struct run *run = w->run;
    pthread_mutex_lock(&run->lock);
    bool asked = run->options->depth >= DEPTH_SERIES && d->columns_state == COLUMNS_KNOWN;
    bool no_id = asked && d->columns.n_id == 0;
    bool no_time = asked && !no_id && !d->columns.time && run->options->depth >= DEPTH_TIME;
    run->failures += no_id;
    run->errors[ERR_NO_ID_COLUMN] += no_id;
    pthread_mutex_unlock(&run->lock);
    if (no_id) {
        return catalog_failure_put(
            run->catalog, d->info.id, d->info.folder, ERR_NO_ID_COLUMN,
            "no column was found that identifies series; name it with ts_id in a metadata file. "
            "Rows are counted, series are not",
            &w->err);
    }
    return no_time
               ? catalog_failure_put(run->catalog, d->info.id, d->info.folder, ERR_NO_TIME_COLUMN,
                                     "no time column was found; start and end are not known",
                                     &w->err)
               : OK;
}

/* All files of the dataset are recorded: its description, its figures, what is to be said of it. */
static void finish_dataset(struct writer *w, struct dataset_run *d)
{
    struct run *run = w->run;
    const char *id = d->info.id;
    enum error_code code = OK;
    bool changed = d->n_todo > 0 || d->n_gone > 0 || d->stale;
    if (changed) {
        code = put_info(w, d);
    }
    if (!code) {
        code = put_notes(run, id, &w->err);
    }
    if (!code) {
        code = put_column_notes(w, d);
    }
    /* Before the figures, which say how many failures there are: what was mended is not one of
     * them. */
    if (!code) {
        code = catalog_failures_sweep(run->catalog, id, &w->err);
    }
    if (!code && changed) {
        code = catalog_dataset_aggregate(run->catalog, id, run->options->depth, &w->err);
        w->unpublished = true;
    }
    if (code) {
        error_add(&w->err, "in dataset %s", id);
        return;
    }
    pthread_mutex_lock(&run->lock);
    run->progress.datasets_done++;
    pthread_mutex_unlock(&run->lock);
}

static void write_footers(struct writer *w, struct dataset_run *d)
{
    struct run *run = w->run;
    pthread_mutex_lock(&run->lock);
    struct dataset_footers f = {.files = d->n_todo, .rows = d->heads_rows, .bytes = d->heads_bytes};
    pthread_mutex_unlock(&run->lock);
    if (catalog_dataset_footers(run->catalog, d->info.id, &f, &w->err)) {
        error_add(&w->err, "in dataset %s", d->info.id);
    }
    w->unpublished = true;
}

/* What footers say, of datasets that were not finished soon after. */
static void settle_footers(struct writer *w)
{
    uint64_t now = clock_monotonic_ns();
    struct dataset_run **p = &w->footers;
    while (*p && !w->err.code) {
        struct dataset_run *d = *p;
        bool due = w->ending || now - d->footers_ns >= FOOTERS_AFTER_NS;
        if (due && !d->done) {
            write_footers(w, d);
        }
        if (due || d->done) {
            *p = d->next_footers;
        } else {
            p = &d->next_footers;
        }
    }
}

/* What can be said of datasets now. */
static void settle(struct writer *w)
{
    settle_footers(w);
    for (struct dataset_run *d = w->done; d && !w->err.code; d = d->next_done) {
        finish_dataset(w, d);
    }
    w->done = NULL;
    w->n_done = 0;
}

static void dataset_is_done(struct writer *w, struct dataset_run *d)
{
    d->done = true;
    d->next_done = w->done;
    w->done = d;
    if (++w->n_done >= FINISH_TOGETHER) {
        settle(w);
    }
}

static void give_up(struct writer *w)
{
    catalog_rollback(w->run->catalog);
    w->in_transaction = false;
    run_fail(w->run, &w->err);
}

static void commit(struct writer *w)
{
    if (!w->in_transaction || w->err.code) {
        return;
    }
    settle(w);
    if (w->err.code || put_progress(w) || catalog_commit(w->run->catalog, &w->err)) {
        give_up(w);
    }
    w->in_transaction = false;
    w->files = w->spans = 0;
}

/* A limit or --since keeps this run from its files: its figures stay, and it is not called
 * complete. */
static void write_held(struct writer *w, struct dataset_run *d)
{
    enum error_code code = catalog_dataset_pending(w->run->catalog, d->info.id, &w->err);
    if (!code) {
        code = put_notes(w->run, d->info.id, &w->err);
    }
    if (code) {
        error_add(&w->err, "in dataset %s", d->info.id);
    }
}

static void write_dataset(struct writer *w, struct dataset_run *d)
{
    struct run *run = w->run;
    enum error_code code = OK;
    if (d->held) {
        write_held(w, d);
        return;
    }
    if (d->n_todo > 0 || d->n_gone > 0 || d->stale) {
        code = put_info(w, d);
    }
    if (!code && d->forget) {
        /* In the transaction that names the new columns: spans of the old ones must not pass for
         * theirs after a kill. */
        code = catalog_dataset_forget_files(run->catalog, d->info.id, &w->err);
    } else if (!code && d->forget_values) {
        code = catalog_dataset_forget_values(run->catalog, d->info.id, &w->err);
    }
    for (size_t i = 0; i < d->n_gone && !d->forget && !code; i++) {
        code = catalog_file_drop(run->catalog, d->info.id, d->gone[i], &w->err);
    }
    if (!code && d->n_left > 0) {
        code = catalog_dataset_pending(run->catalog, d->info.id, &w->err);
    }
    if (!code && d->recorded == d->n_todo) {
        dataset_is_done(w, d);
    }
}

/* One more file of the dataset is settled. */
static void count_file(struct writer *w, struct dataset_run *d)
{
    if (++d->recorded == d->n_todo && d->n_left == 0) {
        dataset_is_done(w, d);
    }
}

/* It was listed, and replaced, and is there no more. */
static void write_gone(struct writer *w, struct dataset_run *d, const char *key)
{
    struct run *run = w->run;
    if (catalog_file_drop(run->catalog, d->info.id, key, &w->err)) {
        return;
    }
    pthread_mutex_lock(&run->lock);
    run->progress.files_done++;
    pthread_mutex_unlock(&run->lock);
    count_file(w, d);
}

/* With --on-bad-file error the first one ends the run; what is recorded stays. */
static void stop_at_bad_file(struct writer *w, const struct error *why)
{
    struct error e = {0};
    error_set(&e, ERR_BAD_FILE, "%s; --on-bad-file error ends the run here", why->text);
    run_fail(w->run, &e);
}

/* What it counts for in the summary and the exit code. */
static void count_bad_file_locked(struct run *run, enum error_code why)
{
    if (run->options->on_bad_file != BAD_FILE_SKIP) {
        run->failures++;
        run->errors[why]++;
    }
}

static void write_file(struct writer *w, struct job *job)
{
    struct run *run = w->run;
    struct file_result r;
    if (held_result(job, &r, &w->err)) {
        return;
    }
    if (job->err.code) {
        r.failed = job->err.code;
        r.failure = job->err.text;
        r.n_ids = r.n_spans = 0;
        if (run->options->on_bad_file != BAD_FILE_SKIP) {
            log_warn("run", "%s", job->err.text);
        }
    }
    if (catalog_file_put(run->catalog, job->dataset->info.id, &r, &w->err)) {
        return;
    }
    w->files++;
    w->spans += held_spans(job);
    pthread_mutex_lock(&run->lock);
    run->progress.files_done++;
    run->progress.files_failed += job->err.code != OK;
    run->progress.bytes_done += job->object->size - job->counted - job->kept;
    job->counted = 0; /* they stay */
    run->progress.rows += job->err.code ? 0 : r.rows;
    enum error_code why = job->err.code ? job->err.code : r.time_failed;
    if (why) {
        count_bad_file_locked(run, why);
    }
    pthread_mutex_unlock(&run->lock);
    if (job->err.code && run->options->on_bad_file == BAD_FILE_ERROR) {
        stop_at_bad_file(w, &job->err);
    }
    count_file(w, job->dataset);
}

static void write_rung(struct writer *w, struct dataset_run *d)
{
    d->footers_ns = clock_monotonic_ns();
    d->next_footers = w->footers;
    w->footers = d;
}

static void write_slice(struct writer *w, struct write *item)
{
    struct file_slice_state s = {.reading = item->reading,
                                 .first_group = item->slice.first,
                                 .n_groups = item->slice.n,
                                 .content = strbuf_view(&item->bytes)};
    if (catalog_slice_put(w->run->catalog, item->dataset->info.id, item->object, &s, &w->err)) {
        error_add(&w->err, "while keeping a slice of %s", item->object->key);
    }
}

static void load_slices(struct writer *w, struct job *file)
{
    struct file_slice_state *kept = NULL;
    struct arena a;
    size_t n = 0;
    arena_init(&a);
    if (!w->err.code) {
        (void)!catalog_slices_load(w->run->catalog, file->dataset->info.id, file->object,
                                   file_scan_reading(&file->scan), &a, &kept, &n, &w->err);
    }
    slices_resume(file, kept, n);
    arena_reset(&a);
}

static void publish_if_due(struct writer *w)
{
    uint64_t now = clock_monotonic_ns();
    uint64_t pause = w->publish_cost_ns * PUBLISH_SHARE;
    pause = pause > PUBLISH_EVERY_NS ? pause : PUBLISH_EVERY_NS;
    if (!w->unpublished || w->err.code || now - w->published_ns < pause) {
        return;
    }
    commit(w);
    struct error err = {0};
    if (!w->err.code && catalog_publish(w->run->catalog, &err)) {
        /* Readers see an older state for longer; the run itself is well. */
        log_warn("run", "%s", err.text);
    }
    w->published_ns = clock_monotonic_ns();
    w->publish_cost_ns = w->published_ns - now;
    w->unpublished = false;
}

static void handle(struct writer *w, struct write *item)
{
    if (begin(w)) {
        if (item->kind == WRITE_DATASET) {
            write_dataset(w, item->dataset);
        } else if (item->kind == WRITE_RUNG) {
            write_rung(w, item->dataset);
        } else if (item->kind == WRITE_SLICE) {
            write_slice(w, item);
        } else if (item->kind == WRITE_RESUME) {
            load_slices(w, item->job);
        } else if (item->kind == WRITE_GONE) {
            write_gone(w, item->dataset, item->key);
        } else {
            write_file(w, item->job);
        }
        if (w->err.code) {
            give_up(w);
        }
    } else if (w->err.code) {
        run_fail(w->run, &w->err);
        if (item->kind == WRITE_RESUME) {
            load_slices(w, item->job);
        }
    }
    if (item->kind == WRITE_FILE) {
        pthread_mutex_lock(&w->run->lock);
        w->run->recording--;
        pthread_mutex_unlock(&w->run->lock);
        job_free(item->job);
    }
    if (item->kind == WRITE_SLICE) {
        strbuf_free(&item->bytes);
    }
    mem_free(item);
}

/* What is to be written next. NULL: the queue is closed and empty, or the transaction is due. While
 * nothing waits, datasets are finished. */
static struct queue_node *next(struct writer *w)
{
    struct queue *q = &w->run->writes;
    struct queue_node *node = queue_try_pop(q);
    if (!node && w->n_done >= FINISH_IDLE) {
        settle(w);
        if (w->err.code) {
            give_up(w);
        }
    }
    return node                ? node
           : w->in_transaction ? queue_pop_until(q, w->began_ns + COMMIT_AFTER_NS)
                               : queue_pop(q);
}

static void *run_writer(void *arg)
{
    struct writer w = {.run = arg, .published_ns = clock_monotonic_ns()};
    for (;;) {
        struct queue_node *node = next(&w);
        if (node) {
            handle(&w, (struct write *)node);
        }
        bool due = w.in_transaction && clock_monotonic_ns() - w.began_ns >= COMMIT_AFTER_NS;
        if (due || w.files >= COMMIT_AFTER_FILES || w.spans >= COMMIT_AFTER_SPANS) {
            commit(&w);
        }
        publish_if_due(&w);
        if (!node && !due) {
            break; /* closed and empty */
        }
    }
    w.ending = true;
    if (w.footers) {
        (void)!begin(&w);
    }
    commit(&w);
    pthread_mutex_lock(&w.run->lock);
    w.run->writer_done = true;
    pthread_cond_broadcast(&w.run->changed);
    pthread_mutex_unlock(&w.run->lock);
    return NULL;
}

void writer_start(struct run *run)
{
    queue_init(&run->writes);
    run->writer_done = false;
    run->writer_running = pthread_create(&run->writer, NULL, run_writer, run) == 0;
    if (!run->writer_running) {
        struct error err = {0};
        error_set(&err, ERR_MEMORY, "cannot start the writer thread");
        run_fail(run, &err);
    }
}

void writer_stop(struct run *run)
{
    queue_close(&run->writes);
    if (run->writer_running) {
        run_wait_for_writer(run);
        pthread_join(run->writer, NULL);
        run->writer_running = false;
    }
    queue_destroy(&run->writes);
}

static void push(struct run *run, struct write item)
{
    struct write *w = mem_alloc(sizeof *w);
    *w = item;
    queue_push(&run->writes, &w->node);
}

void writer_push_dataset(struct run *run, struct dataset_run *d)
{
    push(run, (struct write){.kind = WRITE_DATASET, .dataset = d});
}

void writer_push_file(struct run *run, struct job *job)
{
    push(run, (struct write){.kind = WRITE_FILE, .job = job, .dataset = job->dataset});
}

void writer_push_gone(struct run *run, struct dataset_run *d, const char *key)
{
    push(run, (struct write){.kind = WRITE_GONE, .dataset = d, .key = key});
}

void writer_push_rung(struct run *run, struct dataset_run *d)
{
    push(run, (struct write){.kind = WRITE_RUNG, .dataset = d});
}

void writer_push_slice(struct job *file, const struct file_slice *slice, struct strbuf bytes)
{
    push(file->run, (struct write){.kind = WRITE_SLICE,
                                   .dataset = file->dataset,
                                   .object = file->object,
                                   .reading = file_scan_reading(&file->scan),
                                   .slice = *slice,
                                   .bytes = bytes});
}

void writer_push_resume(struct job *file)
{
    push(file->run, (struct write){.kind = WRITE_RESUME, .dataset = file->dataset, .job = file});
}

/* A dataset of the source that this run was not to look at. */
static bool is_hidden(const struct run *run, const char *dataset_id)
{
    return run->options->select.n_filters > 0 &&
           !selection_takes_dataset(&run->options->select, dataset_id, dataset_id);
}

enum error_code record_orphans(struct run *run, struct error *err)
{
    enum error_code code = catalog_begin(run->catalog, err);
    if (code) {
        return code;
    }
    code = put_notes(run, "", err);
    for (size_t i = 0; i < run->discovery.n_notes && !code; i++) {
        const struct discovery_note *n = &run->discovery.notes[i];
        bool ours = n->dataset_id[0] == '\0';
        for (size_t d = 0; d < run->n_datasets && !ours; d++) {
            ours = str_eq(str_c(n->dataset_id), str_c(run->datasets[d].info.id));
        }
        if (!ours && !is_hidden(run, n->dataset_id)) {
            code = catalog_failure_put(run->catalog, n->dataset_id, n->key, n->code, n->text, err);
        }
    }
    if (!code) {
        code = catalog_failures_sweep(run->catalog, "", err);
    }
    if (!code && run->options->select.n_filters == 0) {
        code = catalog_failures_sweep_orphans(run->catalog, store_uri(run->store), err);
    }
    if (code) {
        catalog_rollback(run->catalog);
        return code;
    }
    return catalog_commit(run->catalog, err);
}
