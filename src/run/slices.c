/* Slices of planned files: started by the coordinator, scanned by any CPU thread, put together in
 * the order of the file by whichever thread finds the next one there.
 *
 * A slice that fails keeps those behind it from being started, not those before it: so the failure
 * that is reported is the first one of the file, whatever the order of completion. */
#include "base/clock.h"
#include "base/log.h"
#include "run/state.h"
#include "scan/part_code.h"

static bool settle_locked(struct job *file);

/* A slice whose bytes are no more than this is always kept. */
#define KEEP_ALWAYS ((uint64_t)256 << 10)

/* ---- the lists of what can be started: dataset->open of files, run->open of datasets ---- */

static void link_locked(struct job *file)
{
    struct run *run = file->run;
    struct dataset_run *d = file->dataset;
    if (file->open_link) {
        return;
    }
    if (!d->open) {
        d->open_tail = &d->open;
        d->open_place = run->n_open;
        run->open[run->n_open++] = d;
    }
    file->next_open = NULL;
    file->open_link = d->open_tail;
    *d->open_tail = file;
    d->open_tail = &file->next_open;
}

static void unlink_locked(struct job *file)
{
    struct run *run = file->run;
    struct dataset_run *d = file->dataset;
    if (!file->open_link) {
        return;
    }
    *file->open_link = file->next_open;
    if (file->next_open) {
        file->next_open->open_link = file->open_link;
    } else {
        d->open_tail = file->open_link;
    }
    file->open_link = NULL;
    if (!d->open) {
        struct dataset_run *last = run->open[--run->n_open];
        run->open[d->open_place] = last;
        last->open_place = d->open_place;
    }
}

/* Is there a slice to start? It is then next_slice. */
static bool has_todo_locked(struct job *file)
{
    while (file->next_slice < file->end_slice &&
           file->slices[file->next_slice].state != SLICE_TODO) {
        file->next_slice++;
    }
    return file->next_slice < file->end_slice;
}

static uint64_t share(const struct job *file)
{
    return file->object->size / file->scan.plan.n_slices;
}

static void set_todo_locked(struct job *file, size_t slice)
{
    file->slices[slice].state = SLICE_TODO;
    file->next_slice = slice < file->next_slice ? slice : file->next_slice;
    file->dataset->bytes_open += share(file);
}

void slices_open(struct job *file)
{
    struct run *run = file->run;
    size_t n = file->scan.plan.n_slices, first = file->scan.slice;
    struct job_slice *slices = mem_zalloc(n * sizeof *slices);
    atomic_store(&file->groups_total, (unsigned)file->scan.plan.n_groups);
    atomic_store(&file->groups_done, (unsigned)file_scan_groups_done(&file->scan));
    pthread_mutex_lock(&run->lock);
    file->slices = slices;
    file->next_slice = file->end_slice = n;
    for (size_t i = 0; i < n; i++) {
        if (i < first) {
            slices[i].state = SLICE_TAKEN;
        } else {
            set_todo_locked(file, i);
        }
    }
    file->open_bytes = file->scan.arena.total;
    run->open_bytes += file->open_bytes;
    run->files_open++;
    file->merging = file->resumes; /* until the writer has looked */
    if (!file->resumes) {
        link_locked(file);
        pthread_cond_signal(&run->changed);
    }
    pthread_mutex_unlock(&run->lock);
    if (file->resumes) {
        writer_push_resume(file);
    }
}

/* Its share of the file is done. `before`: by an earlier run, so it says nothing of this one's
 * speed. */
static void count_locked(struct job *file, bool before)
{
    struct run_progress *p = &file->run->progress;
    if (before) {
        p->bytes_unchanged += share(file);
        p->bytes_total -= share(file);
        file->kept += share(file);
    } else {
        p->bytes_done += share(file);
        file->counted += share(file);
    }
}

/* The slice that the kept one is; n_slices where there is none, or its bytes are no part. */
static size_t find_slice(const struct job *file, const struct file_slice_state *kept,
                         struct scan_part *part)
{
    const struct file_plan *plan = &file->scan.plan;
    for (size_t i = file->scan.slice; i < plan->n_slices; i++) {
        if (plan->slices[i].first == kept->first_group && plan->slices[i].n == kept->n_groups) {
            bool good = part_decode(kept->content, kept->first_group, kept->n_groups, part);
            return good ? i : plan->n_slices;
        }
    }
    return plan->n_slices;
}

void slices_resume(struct job *file, const struct file_slice_state *kept, size_t n)
{
    struct run *run = file->run;
    size_t resumed = 0;
    for (size_t i = 0; i < n; i++) {
        struct scan_part part;
        size_t number = find_slice(file, &kept[i], &part);
        if (number == file->scan.plan.n_slices) {
            continue;
        }
        pthread_mutex_lock(&run->lock);
        struct job_slice *s = &file->slices[number];
        bool fits = s->state == SLICE_TODO && part.spans.unit == file->scan.time_unit;
        if (fits) {
            file->dataset->bytes_open -= share(file);
            s->state = SLICE_DONE;
            s->part = part;
            count_locked(file, true);
            resumed++;
        }
        pthread_mutex_unlock(&run->lock);
        if (!fits) {
            part_free(&part);
        }
    }
    log_debug("run", "%s: %zu of %zu slices were read by an earlier run", file->object->key,
              resumed, file->scan.plan.n_slices);
    pthread_mutex_lock(&run->lock);
    file->merging = false;
    if (has_todo_locked(file)) {
        link_locked(file);
    }
    pthread_cond_signal(&run->changed);
    bool over = settle_locked(file);
    pthread_mutex_unlock(&run->lock);
    if (over) {
        job_finish(file);
    }
}

bool slices_wait_locked(const struct job *file)
{
    return file->slices && file->slices_active == 0 && !file->merging &&
           file->scan.state != SCAN_DONE;
}

void slices_free(struct job *file)
{
    struct run *run = file->run;
    struct job_slice *slices = file->slices;
    if (!slices) {
        return;
    }
    pthread_mutex_lock(&run->lock);
    for (size_t i = 0; i < file->scan.plan.n_slices; i++) {
        struct job_slice *s = &slices[i];
        file->dataset->bytes_open -= s->state == SLICE_TODO ? share(file) : 0;
        if (s->state == SLICE_DONE) {
            part_free(&s->part);
            spilled_free(s->spilled);
        }
        mem_free(s->err);
    }
    unlink_locked(file);
    run->open_bytes -= file->open_bytes;
    run->files_open--;
    file->slices = NULL;
    pthread_mutex_unlock(&run->lock);
    mem_free(slices);
}

void slices_drop_locked(struct run *run)
{
    for (struct job *file = run->oldest; file;) {
        struct job *next = file->newer;
        if (slices_wait_locked(file) && !file->failed) {
            /* Only this thread starts slices, so nobody comes near the file any more. */
            pthread_mutex_unlock(&run->lock);
            job_free(file);
            pthread_mutex_lock(&run->lock);
            next = run->oldest; /* the list may have changed meanwhile */
        }
        file = next;
    }
}

/* ---- one slice ---- */

/* What the ids and spans of a slice may take for each byte of its id columns. Ids that are all
 * different and do not compress take ten bytes there, and 350 in memory; others far less. */
#define RESULT_PER_ID_BYTE 32

static uint64_t expected_bytes(const struct job *file, size_t number)
{
    const struct file_scan *s = &file->scan;
    const struct file_slice *slice = &s->plan.slices[number];
    uint64_t bytes = 0;
    for (size_t g = slice->first; g < slice->first + slice->n; g++) {
        for (size_t i = 0; i < s->columns.n_id; i++) {
            bool read = s->plan.groups[g].read_ids >> i & 1;
            bytes += read ? s->footer->row_groups[g].chunks[s->columns.id[i]].length : 0;
        }
    }
    return bytes * RESULT_PER_ID_BYTE;
}

static void slice_start(struct job *file, size_t number, enum time_unit unit, uint64_t expected)
{
    struct job *job = mem_zalloc(sizeof *job);
    job->expected = expected;
    struct file_view view = file_scan_view(&file->scan);
    job->run = file->run;
    job->file = file;
    job->dataset = file->dataset;
    job->object = file->object;
    job->slice = number;
    arena_init(&job->arena);
    part_init(&job->part, unit);
    job->batch = slice_ranges(&view, &file->scan.plan.slices[number], &job->arena);
    job->read = (struct store_read){.key = file->object->key,
                                    .if_match = file->object->etag,
                                    .object_size = file->object->size,
                                    .waste_max = file_scan_waste(&file->scan, number),
                                    .done = job_arrived,
                                    .user = job};
    job_set_ranges(job, job->batch.items, job->batch.n);
    job_submit(job);
}

void slices_start_locked(struct run *run, struct dataset_run *d)
{
    struct job *file = d->open;
    size_t number = has_todo_locked(file) ? file->next_slice : 0;
    enum time_unit unit = file->scan.time_unit;
    if (!file->slices_active && !file->merging) {
        file->started_ns = clock_monotonic_ns(); /* it waited until now */
    }
    uint64_t expected = expected_bytes(file, number);
    run->expected += expected;
    file->slices[number].state = SLICE_ACTIVE;
    file->slices_active++;
    run->active++;
    d->bytes_open -= share(file);
    if (!has_todo_locked(file)) {
        unlink_locked(file);
    }
    pthread_mutex_unlock(&run->lock);
    slice_start(file, number, unit, expected);
    pthread_mutex_lock(&run->lock);
}

static void slice_free(struct job *slice)
{
    struct run *run = slice->run;
    part_free(&slice->part);
    spilled_free(slice->spilled);
    arena_reset(&slice->arena);
    mem_free(slice->ranges);
    pthread_mutex_lock(&run->lock);
    run->active--;
    run->expected -= slice->expected;
    pthread_cond_signal(&run->changed);
    pthread_mutex_unlock(&run->lock);
    mem_free(slice);
}

void slice_drop(struct job *slice)
{
    struct run *run = slice->run;
    struct job *file = slice->file;
    pthread_mutex_lock(&run->lock);
    file->slices_active--;
    set_todo_locked(file, slice->slice);
    link_locked(file);
    pthread_mutex_unlock(&run->lock);
    slice_free(slice);
}

/* ---- putting them together ---- */

/* All slices once more. */
static void start_over_locked(struct job *file)
{
    size_t n = file->scan.plan.n_slices;
    for (size_t i = 0; i < n; i++) {
        struct job_slice *s = &file->slices[i];
        if (s->state == SLICE_DONE) {
            part_free(&s->part);
            spilled_free(s->spilled);
            s->spilled = NULL;
        }
        if (s->state != SLICE_ACTIVE && s->state != SLICE_TODO) {
            set_todo_locked(file, i);
        }
    }
    held_forget(file);
    file->run->progress.bytes_done -= file->counted;
    file->counted = 0;
    file->end_slice = n;
    file->next_slice = 0;
    atomic_store(&file->groups_done, 0);
    link_locked(file);
}

enum remedy { REMEDY_NONE, REMEDY_WAIT, REMEDY_AGAIN };

/* The unit of time was the wrong one, or a text is no time: the file is read once more, otherwise.
 * Slices that are being scanned look at the columns and the plan, which change in the second case:
 * it waits for them. */
static enum remedy remedy_locked(struct job *file, struct error *why)
{
    if (file_scan_changes_unit(&file->scan, why->code)) {
        return REMEDY_AGAIN;
    }
    if (!file_scan_drops_time(&file->scan, why->code)) {
        return REMEDY_NONE;
    }
    if (file->slices_active) {
        return REMEDY_WAIT;
    }
    file_scan_drop_time(&file->scan, why);
    return REMEDY_AGAIN;
}

/* What came of the slice, into its file. */
static void deliver_locked(struct job *slice)
{
    struct job *file = slice->file;
    struct job_slice *s = &file->slices[slice->slice];
    file->slices_active--;
    if (slice->err.code == ERR_CANCELLED || slice->part.spans.unit != file->scan.time_unit) {
        set_todo_locked(file, slice->slice);
        link_locked(file);
    } else if (slice->err.code) {
        s->state = SLICE_FAILED;
        s->err = s->err ? s->err : mem_alloc(sizeof *s->err);
        *s->err = slice->err;
        file->end_slice = slice->slice < file->end_slice ? slice->slice : file->end_slice;
    } else {
        s->state = SLICE_DONE;
        s->part = slice->part;
        s->spilled = slice->spilled;
        part_init(&slice->part, TIME_UNIT_NONE);
        slice->spilled = NULL;
        count_locked(file, false);
        atomic_fetch_add(&file->groups_done, (unsigned)file->scan.plan.slices[slice->slice].n);
    }
    if (!has_todo_locked(file)) {
        unlink_locked(file);
    }
}

/* The next slice in the order of the file is there. Called and left with the lock held. */
static void take_locked(struct job *file, struct job_slice *s)
{
    struct run *run = file->run;
    struct scan_part part = s->part;
    struct spilled *spilled = s->spilled;
    struct error err = {0};
    s->state = SLICE_TAKEN;
    s->spilled = NULL;
    pthread_mutex_unlock(&run->lock);
    enum error_code code = held_take(file, &part, spilled, &err);
    if (code) {
        run_fail(run, &err); /* no fault of the file's: the next run reads it */
    }
    pthread_mutex_lock(&run->lock);
    if (code) {
        error_set(&file->err, ERR_CANCELLED, "the run has ended");
        file->failed = true;
    }
}

/* The next slice in the order of the file failed. False: nothing can be done about it yet. */
static bool settle_failure_locked(struct job *file, struct error *why)
{
    enum remedy remedy = remedy_locked(file, why);
    if (remedy == REMEDY_AGAIN) {
        start_over_locked(file);
    } else if (remedy == REMEDY_NONE) {
        file->err = *why;
        file->failed = true;
    }
    return remedy != REMEDY_WAIT;
}

/* Take what is there in the order of the file, without the lock meanwhile. True where the file is
 * over, for one caller only. */
static bool settle_locked(struct job *file)
{
    if (file->merging) {
        return false;
    }
    file->merging = true;
    bool waits = false;
    while (file->scan.state != SCAN_DONE && !file->failed && !waits) {
        struct job_slice *s = &file->slices[file->scan.slice];
        if (s->state == SLICE_DONE) {
            take_locked(file, s);
        } else if (s->state == SLICE_FAILED) {
            waits = !settle_failure_locked(file, s->err);
        } else {
            waits = true;
        }
    }
    file->merging = false;
    return (file->scan.state == SCAN_DONE || file->failed) && file->slices_active == 0;
}

static uint64_t bytes_read(const struct job *slice)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < slice->batch.n; i++) {
        bytes += slice->batch.items[i].length;
    }
    return bytes;
}

/* Is there room for it in the catalog? Then it is taken. */
static bool reserve_kept(struct job *file, uint64_t bytes)
{
    struct run *run = file->run;
    pthread_mutex_lock(&run->lock);
    bool fits = run->slices_kept + bytes <= run->slices_max;
    if (fits) {
        run->slices_kept += bytes;
        file->slices_kept += bytes;
    }
    pthread_mutex_unlock(&run->lock);
    return fits;
}

/* A file that has another slice may be cut off before its end: keep what this one found. Unless it
 * is more than what was read for it: to read that again costs less than to write this twice. */
static void keep(const struct job *slice)
{
    struct job *file = slice->file;
    struct strbuf bytes;
    uint64_t most = bytes_read(slice);
    most = most > KEEP_ALWAYS ? most : KEEP_ALWAYS;
    if (file->scan.plan.n_slices < 2 || part_bytes_least(&slice->part) > most) {
        return;
    }
    strbuf_init(&bytes, SIZE_MAX);
    part_encode(&slice->part, &bytes);
    if (bytes.len <= most && reserve_kept(file, bytes.len)) {
        writer_push_slice(file, &file->scan.plan.slices[slice->slice], bytes);
    } else {
        strbuf_free(&bytes);
    }
}

static void scan(struct job *slice)
{
    struct job *file = slice->file;
    struct file_view view = file_scan_view(&file->scan);
    for (size_t i = 0; i < slice->batch.n; i++) {
        slice->batch.items[i].data = slice->ranges[i].data;
    }
    atomic_store(&file->doing, "decoding");
    enum error_code code = slice_scan(&view, &file->scan.plan.slices[slice->slice], &slice->batch,
                                      &slice->part, &slice->err);
    if (!code) {
        keep(slice);
    } else if (!file_scan_drops_time(&file->scan, code)) { /* else the file does not fail */
        struct arena a;
        arena_init(&a);
        error_add(&slice->err, "in %s",
                  store_object_uri(slice->run->store, slice->object->key, &a));
        arena_reset(&a);
    }
}

/* False: the run has to end. */
static bool hold(struct job *slice)
{
    struct error err = {0};
    if (slice->err.code || !held_put(slice->file, &slice->part, &slice->spilled, &err)) {
        return true;
    }
    run_fail(slice->run, &err);
    return false;
}

void slice_advance(struct job *slice)
{
    struct run *run = slice->run;
    struct job *file = slice->file;
    if (slice->read.err.code) {
        slice->err = slice->read.err;
    } else {
        scan(slice);
    }
    job_release_bytes(slice);
    if (job_lost_credentials(slice)) {
        run_fail(run, &slice->err);
        slice_drop(slice);
        return;
    }
    if (!hold(slice)) {
        slice_drop(slice);
        return;
    }
    pthread_mutex_lock(&run->lock);
    deliver_locked(slice);
    bool over = settle_locked(file);
    pthread_mutex_unlock(&run->lock);
    if (over) {
        job_finish(file);
    }
    slice_free(slice);
}
