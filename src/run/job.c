#include "run/state.h"

/* On an I/O thread: only hand over. */
static void read_done(struct store_read *r)
{
    struct job *job = r->user;
    queue_push(&job->run->cpu, &r->node);
}

static void submit_next(struct job *job)
{
    struct scan_range *wanted;
    size_t n;
    file_scan_wants(&job->scan, &wanted, &n, &job->read.waste_max);
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
    store_submit(job->run->store, &job->read);
}

void job_start(struct run *run, struct dataset_run *d, const struct object *o, bool scout,
               uint64_t footer_hint)
{
    struct job *job = mem_zalloc(sizeof *job);
    job->run = run;
    job->dataset = d;
    job->object = o;
    job->scout = scout;
    job->read = (struct store_read){.key = o->key,
                                    .if_match = o->etag,
                                    .object_size = o->size,
                                    .done = read_done,
                                    .user = job};
    struct file_scan_options options = {.depth = run->options->depth,
                                        .columns = scout ? NULL : &d->columns,
                                        .hint = &d->hint,
                                        .footer_hint = footer_hint,
                                        .counters = &run->counters};
    file_scan_init(&job->scan, o, &options);
    submit_next(job);
}

void job_free(struct job *job)
{
    struct run *run = job->run;
    file_scan_free(&job->scan);
    mem_free(job->ranges);
    mem_free(job);
    pthread_mutex_lock(&run->lock);
    run->active--;
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock);
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

/* A scout knows the columns: tell the dataset, so that its other files can start. A scout that ends without an answer
 * hands the task to the next file. */
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

void job_advance(struct job *job)
{
    if (job->read.err.code) {
        job->err = job->read.err;
    } else {
        feed(job);
    }
    store_read_release(&job->read);
    bool stopping = run_is_stopping(job->run);
    bool more = wants_more(job);
    report_scout(job, !more || stopping);
    if (more && !stopping) {
        submit_next(job);
        return;
    }
    note_footer(job);
    if (more || job->err.code == ERR_CANCELLED) {
        job_free(job); /* the run is ending; the next one reads this file */
    } else {
        writer_push_file(job->run, job);
    }
}
