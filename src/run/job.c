#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "run/state.h"

/* On an I/O thread: only hand over. */
void job_arrived(struct store_read *r)
{
    struct job *job = r->user;
    struct run *run = job->run;
    pthread_mutex_lock(&run->lock);
    run->reading--;
    run->arrived++;
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock);
    queue_push(&run->cpu, &r->node);
}

void job_set_ranges(struct job *job, const struct scan_range *wanted, size_t n)
{
    if (n > job->ranges_cap) {
        job->ranges_cap = n;
        job->ranges = mem_realloc(job->ranges, n * sizeof *job->ranges);
    }
    for (size_t i = 0; i < n; i++) {
        job->ranges[i] =
            (struct store_range){.offset = wanted[i].offset, .length = wanted[i].length};
    }
    job->read.ranges = job->ranges;
    job->read.n_ranges = n;
}

/* No more requests than ranges, and no more bytes than these and the gaps that may be fetched. */
static bool reserve_locked(struct job *job)
{
    uint64_t bytes = job->read.waste_max;
    for (size_t i = 0; i < job->read.n_ranges; i++) {
        bytes += job->ranges[i].length;
    }
    return limits_reserve_locked(job->run, job, job->read.n_ranges, bytes);
}

void job_submit(struct job *job)
{
    struct run *run = job->run;
    struct job *file = job->file ? job->file : job;
    pthread_mutex_lock(&run->lock);
    bool allowed = reserve_locked(job);
    atomic_store(&file->doing, allowed ? "reading" : "waiting");
    if (allowed) {
        run->reading++;
        run->slices_active += job->file != NULL;
    } else {
        job->next_parked = run->parked;
        run->parked = job;
        run->n_parked++;
        pthread_cond_signal(&run->changed);
    }
    pthread_mutex_unlock(&run->lock);
    if (allowed) {
        store_submit(run->store, &job->read);
    }
}

/* The next batch of a head. */
static void submit_next(struct job *job)
{
    struct scan_range *wanted;
    size_t n;
    file_scan_wants(&job->scan, &wanted, &n, &job->read.waste_max);
    job_set_ranges(job, wanted, n);
    job_submit(job);
}

static bool has_slices(const struct dataset_run *d, const char *key)
{
    for (size_t i = 0; i < d->n_sliced; i++) {
        if (strcmp(d->sliced[i], key) == 0) {
            return true;
        }
    }
    return false;
}

void job_start(struct run *run, const struct job_start *what)
{
    struct job *job = mem_zalloc(sizeof *job);
    const struct object *o = what->object;
    job->run = run;
    job->dataset = what->dataset;
    job->object = o;
    job->scout = what->scout;
    job->second = what->second;
    job->resumes = what->second || has_slices(what->dataset, o->key);
    job->read = (struct store_read){.key = o->key,
                                    .if_match = o->etag,
                                    .object_size = o->size,
                                    .done = job_arrived,
                                    .user = job};
    struct file_scan_options options = {.depth = run_depth_of(run, what->dataset, o),
                                        .columns = what->scout ? NULL : &what->dataset->columns,
                                        .hint = &what->dataset->hint,
                                        .targets = &what->dataset->targets,
                                        .frequency = what->dataset->frequency,
                                        .footer_hint = what->footer_hint,
                                        .counters = &run->counters};
    file_scan_init(&job->scan, o, &options);
    held_init(job);
    job->started_ns = clock_monotonic_ns();
    pthread_mutex_lock(&run->lock);
    job->older = run->newest;
    *(run->newest ? &run->newest->newer : &run->oldest) = job;
    run->newest = job;
    pthread_mutex_unlock(&run->lock);
    submit_next(job);
}

void job_free(struct job *job)
{
    struct run *run = job->run;
    slices_free(job);
    held_free(job);
    file_scan_free(&job->scan);
    mem_free(job->ranges);
    pthread_mutex_lock(&run->lock);
    limits_release_locked(run, job);
    run->slices_kept -= job->slices_kept;
    run->progress.bytes_done -= job->counted;
    *(job->older ? &job->older->newer : &run->oldest) = job->newer;
    *(job->newer ? &job->newer->older : &run->newest) = job->older;
    run->active--;
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock);
    mem_free(job);
}

void jobs_list_locked(struct run *run)
{
    struct run_progress *p = &run->progress;
    p->n_active = 0;
    p->files_active = 0;
    for (struct job *j = run->oldest; j; j = j->newer) {
        if (slices_wait_locked(j)) {
            continue;
        }
        p->files_active++;
        if (p->n_active == RUN_ACTIVE_MAX) {
            continue;
        }
        p->active[p->n_active++] =
            (struct run_active){.key = j->object->key,
                                .doing = atomic_load(&j->doing),
                                .size = j->object->size,
                                .started_ns = j->started_ns,
                                .groups_done = atomic_load(&j->groups_done),
                                .groups_total = atomic_load(&j->groups_total)};
    }
}

static struct scan_columns copy_columns(const struct scan_columns *c, struct arena *a)
{
    struct scan_columns copy = {.n_id = c->n_id};
    copy.id = arena_array(a, c->n_id, sizeof *copy.id);
    for (size_t i = 0; i < c->n_id; i++) {
        copy.id[i] = arena_strdup(a, c->id[i]);
    }
    copy.time = c->time ? arena_strdup(a, c->time) : NULL;
    return copy;
}

/* A scout knows the columns: tell the dataset, so that its other files can start. A scout that ends
 * without an answer hands the task to the next file. */
static void report_scout(struct job *job, bool ended)
{
    struct run *run = job->run;
    struct dataset_run *d = job->dataset;
    const struct scan_columns *decided;
    bool known = file_scan_decided(&job->scan, &decided);
    if (!job->scout || (!known && !ended)) {
        return;
    }
    job->scout = false;
    pthread_mutex_lock(&run->lock);
    d->columns_state = known ? COLUMNS_KNOWN : COLUMNS_UNKNOWN;
    if (known) {
        d->columns = copy_columns(decided, &run->columns_arena);
        d->info.origin = d->hint.n_id      ? COLUMNS_METADATA
                         : d->columns.n_id ? COLUMNS_DETECTED
                                           : COLUMNS_NONE;
        d->info.id_columns = d->columns.id;
        d->info.n_id_columns = d->columns.n_id;
        d->info.time_column = d->columns.time;
    }
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock);
}

static void note_footer(struct job *job)
{
    struct run *run = job->run;
    uint64_t bytes = job->scan.footer ? job->scan.footer->bytes : 0;
    pthread_mutex_lock(&run->lock);
    if (bytes > job->dataset->footer_hint) {
        job->dataset->footer_hint = bytes;
    }
    pthread_mutex_unlock(&run->lock);
}

static void feed(struct job *job)
{
    struct scan_range *wanted;
    size_t n;
    uint64_t waste;
    file_scan_wants(&job->scan, &wanted, &n, &waste);
    for (size_t i = 0; i < n; i++) {
        wanted[i].data = job->ranges[i].data;
    }
    if (file_scan_feed(&job->scan, &job->err)) {
        struct arena a;
        arena_init(&a);
        error_add(&job->err, "in %s", store_object_uri(job->run->store, job->object->key, &a));
        arena_reset(&a);
    }
}

static bool wants_more(const struct job *job)
{
    struct scan_range *wanted;
    size_t n;
    uint64_t waste;
    return !job->err.code && file_scan_wants(&job->scan, &wanted, &n, &waste);
}

void job_drop(struct job *job)
{
    if (job->file) {
        slice_drop(job);
        return;
    }
    report_scout(job, true);
    job_free(job);
}

/* A reason that may pass: another attempt at the end of the run, when the trouble is over or the
 * new object is listed. */
static bool read_again(struct job *job)
{
    struct run *run = job->run;
    /* Replaced, or gone since it was listed: the listing tells which. */
    bool changed = job->err.code == ERR_CHANGED || job->err.code == ERR_NOT_FOUND;
    if (job->second || (!changed && !job->err.retryable)) {
        return false;
    }
    struct again *a = mem_zalloc(sizeof *a);
    *a = (struct again){.dataset = job->dataset, .object = job->object, .changed = changed};
    log_info("run", "%s; the file is read again at the end of this run", job->err.text);
    pthread_mutex_lock(&run->lock);
    *run->again_tail = a;
    run->again_tail = &a->next;
    run->files_retried++;
    pthread_mutex_unlock(&run->lock);
    return true;
}

void job_release_bytes(struct job *job)
{
    struct run *run = job->run;
    store_read_release(&job->read);
    pthread_mutex_lock(&run->lock);
    limits_release_locked(run, job);
    run->arrived--;
    run->slices_active -= job->file != NULL;
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock);
}

static void take_bytes(struct job *job)
{
    if (job->read.err.code) {
        job->err = job->read.err;
    } else {
        atomic_store(&job->doing, "decoding");
        feed(job);
    }
    job_release_bytes(job);
}

/* Credentials that are refused are refused for every file: the run ends, and no file is blamed. */
bool job_lost_credentials(const struct job *job)
{
    return job->err.code == ERR_AUTH || job->err.code == ERR_NO_CREDENTIALS;
}

void job_finish(struct job *job)
{
    struct run *run = job->run;
    bool again = job->err.code && !run_is_stopping(run) && read_again(job);
    note_footer(job);
    if (job->err.code == ERR_CANCELLED || again) {
        job_free(job); /* this run or the next one reads the file again */
        return;
    }
    atomic_store(&job->doing, "recording");
    pthread_mutex_lock(&run->lock);
    run->recording++;
    pthread_mutex_unlock(&run->lock);
    writer_push_file(run, job);
}

/* The footer is read, or will not be. With the last one of a dataset that no run has seen before,
 * all that footers say of it is known, long before its figures are. */
static void count_head(struct job *job, bool planned)
{
    struct run *run = job->run;
    struct dataset_run *d = job->dataset;
    if (job->second) {
        return;
    }
    pthread_mutex_lock(&run->lock);
    d->heads_done++;
    d->heads_failed |= job->err.code || !job->scan.footer;
    d->heads_rows += job->scan.footer ? job->scan.footer->rows : 0;
    d->heads_bytes += job->object->size;
    bool tell = d->heads_done == d->n_todo && !d->heads_failed && (planned || d->open) &&
                d->n_unchanged == 0 && d->n_left == 0;
    pthread_mutex_unlock(&run->lock);
    if (tell) {
        writer_push_rung(run, d);
    }
}

/* The head of a file. */
static void advance_head(struct job *job)
{
    take_bytes(job);
    if (job_lost_credentials(job)) {
        run_fail(job->run, &job->err);
        job_drop(job);
        return;
    }
    bool stopping = run_is_stopping(job->run);
    bool more = wants_more(job);
    report_scout(job, !more || stopping);
    if (more && stopping) {
        job_free(job);
    } else if (more && file_scan_is_planned(&job->scan)) {
        note_footer(job);
        count_head(job, true);
        slices_open(job);
    } else if (more) {
        submit_next(job);
    } else {
        count_head(job, false);
        job_finish(job);
    }
}

void job_advance(struct job *job)
{
    if (job->file) {
        slice_advance(job);
    } else {
        advance_head(job);
    }
}
