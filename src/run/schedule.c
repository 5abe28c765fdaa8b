/* What is read next, and how much at once.
 *
 * Two kinds of work. The head of a file is its footer: small reads, a round trip or two, and of a
 * small file all there is. What is left of a larger one are slices of row groups, which any worker
 * may take. In this order:
 *
 * - Heads go first, those of datasets with few files before others: so every dataset has its rows,
 *   bytes and schema soon, and the expensive columns come after. Nothing is read twice for that:
 *   footers stay in memory until their slices are done, and heads stop where they fill their share.
 *   A quarter of the places is kept for slices, so that a run that is killed again and again still
 *   gets on, and the processors have something to do.
 * - Slices are taken from the dataset with most bytes left, some from that with the fewest:
 *   large datasets are not left for the end, and small ones do not wait for it. Balance does not
 *   depend on the order, since what any worker can be busy with at the end is one slice.
 *
 * Two sizes. Reads under way follow what the store says it takes (the adaptive limit of net/flow.h,
 * and a quarter more, so that the limit always has somebody waiting); batches that have arrived
 * wait for the processors, no more than two for each. Their bytes are bounded by the budget beside
 * that.
 *
 * Results. What a file's ids and spans will take cannot be told before they are read: files of
 * millions of series take hundreds of megabytes each until the writer has them. So what slices
 * under way may come to is added to what the whole process takes: above its share, nothing is
 * started while something under way will give memory back, and then what is already begun is
 * finished first.
 */
#include <assert.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/log.h"
#include "run/state.h"

/* How often progress is told and the stop flag is looked at. */
#define TICK_NS 100000000ull
/* Planned files: a killed run has read their footers for nothing. */
#define FILES_OPEN_MAX 4096
/* Files that wait for the writer; those that were read whole hold their bytes, 256 KiB at most. */
#define RECORDING_MAX 64
/* Of so many slices one is of the smallest dataset, one of the largest, and the others of the
 * smallest while the writer has nothing to do: it has more work with each dataset than with each
 * file, and is not to be left with all the small ones at the end. */
#define SLICE_TURNS 3

/* Of --memory: from here on what is under way is finished first. The rest is room for that. */
#define FULL_SHARE(memory) ((memory) / 2)
/* What the program and DuckDB take with nothing to do. */
#define FULL_MIN ((uint64_t)224 << 20)

static void size_rooms(struct run *run)
{
    run->resident = memory_resident();
    int fixed = run->options->concurrency, limit = store_in_flight_max(run->store);
    run->room_cpu = 2 * run->n_workers;
    run->room_io = fixed > 0   ? (size_t)fixed
                   : limit > 0 ? (size_t)limit + (size_t)limit / 4 + 1
                               : 2 * cores_usable();
}

static bool is_full_locked(const struct run *run)
{
    uint64_t full = FULL_SHARE(run->memory);
    return run->resident + run->expected > (full > FULL_MIN ? full : FULL_MIN);
}

static bool has_room_locked(const struct run *run)
{
    if (is_full_locked(run) && run->reading + run->arrived + run->recording > 0) {
        return false;
    }
    return run->reading < run->room_io && run->arrived < run->room_cpu &&
           run->recording < RECORDING_MAX;
}

/* ---- heads ---- */

static bool has_heads(const struct dataset_run *d)
{
    return d->next < d->n_todo;
}

/* The next dataset with a file to begin; NULL: none now. *left: there will be one. */
static struct dataset_run *pick_head_locked(struct run *run, bool *left)
{
    while (run->order_next < run->n_datasets && !has_heads(run->order[run->order_next])) {
        run->order_next++;
    }
    *left = run->order_next < run->n_datasets;
    for (size_t i = run->order_next; i < run->n_datasets; i++) {
        struct dataset_run *d = run->order[i];
        if (has_heads(d) && d->columns_state != COLUMNS_SCOUTING) {
            return d;
        }
    }
    return NULL;
}

static bool may_open_locked(const struct run *run)
{
    /* Below a limit, what is begun is finished first: else all of it may be spent on footers. */
    return !limits_any(run->options) && run->open_bytes < run->open_bytes_max &&
           run->files_open < FILES_OPEN_MAX;
}

/* Start reading a file, without the lock. */
static void start_locked(struct run *run, struct dataset_run *d, const struct object *o,
                         bool second)
{
    struct job_start what = {.dataset = d,
                             .object = o,
                             .scout = d->columns_state == COLUMNS_UNKNOWN &&
                                      run_depth_of(run, d, o) >= DEPTH_SERIES,
                             .second = second,
                             .footer_hint = d->footer_hint};
    if (what.scout) {
        d->columns_state = COLUMNS_SCOUTING;
    }
    run->active++;
    pthread_mutex_unlock(&run->lock);
    job_start(run, &what);
    pthread_mutex_lock(&run->lock);
}

static void start_one_locked(struct run *run, struct dataset_run *d)
{
    const struct object *o = &d->todo[d->next++];
    d->bytes_left -= o->size;
    start_locked(run, d, o, false);
}

/* ---- a second attempt, when nothing else is left ---- */

static struct again *take_again_locked(struct run *run)
{
    for (struct again **p = &run->again; *p; p = &(*p)->next) {
        if ((*p)->dataset->columns_state != COLUMNS_SCOUTING) {
            struct again *a = *p;
            *p = a->next;
            if (!a->next) {
                run->again_tail = p;
            }
            return a;
        }
    }
    return NULL;
}

/* An object that was replaced is listed again, so that the one that is read is one that was listed.
 * Where that fails, too, the second attempt tells why. NULL: it is gone. */
static const struct object *find_anew(struct run *run, const struct again *a)
{
    struct error err = {0};
    const struct object *found = a->object;
    if (a->changed && run_list_one(run, a->object->key, &found, &err) != OK) {
        log_warn("run", "%s", err.text);
        return a->object;
    }
    return found;
}

static bool start_again_locked(struct run *run)
{
    struct again *a = take_again_locked(run);
    if (!a) {
        return false;
    }
    assert(a->object); /* it was read once */
    pthread_mutex_unlock(&run->lock);
    const struct object *o = find_anew(run, a);
    if (!o) {
        writer_push_gone(run, a->dataset, a->object->key);
    }
    pthread_mutex_lock(&run->lock);
    if (o) {
        start_locked(run, a->dataset, o, true);
    }
    mem_free(a);
    return true;
}

/* ---- limits ---- */

static struct job *take_parked_locked(struct run *run)
{
    struct job *job = run->parked;
    run->parked = job->next_parked;
    run->n_parked--;
    return job;
}

static void drop_parked_locked(struct run *run)
{
    while (run->parked) {
        struct job *job = take_parked_locked(run);
        pthread_mutex_unlock(&run->lock);
        job_drop(job);
        pthread_mutex_lock(&run->lock);
    }
}

/* Let the newest parked job go on where there is room now. Where there is none although nothing is
 * under way, the limit is reached. True where something was done. */
static bool serve_parked_locked(struct run *run)
{
    if (run->stopping || run->limited) {
        drop_parked_locked(run);
        return true;
    }
    bool alone = run->reading + run->arrived + run->recording == 0;
    struct job *job = take_parked_locked(run);
    pthread_mutex_unlock(&run->lock);
    job_submit(job);
    pthread_mutex_lock(&run->lock);
    bool refused = run->parked == job;
    if (refused && alone) {
        run->limited = limits_name_locked(run);
    }
    return !refused || alone;
}

/* ---- slices ---- */

static uint64_t bytes_left(const struct dataset_run *d)
{
    return d->bytes_left + d->bytes_open;
}

/* The dataset to take a slice of. run->n_open > 0. */
static struct dataset_run *pick_slice_locked(struct run *run)
{
    size_t turn = ++run->slices_started % SLICE_TURNS;
    bool smallest = turn == 0 || (turn > 1 && run->recording == 0);
    struct dataset_run *best = run->open[0];
    for (size_t i = 1; i < run->n_open; i++) {
        struct dataset_run *d = run->open[i];
        bool less = bytes_left(d) < bytes_left(best);
        best = less == smallest ? d : best;
    }
    return best;
}

/* ---- the loop ---- */

/* Start one read; false where there is nothing to start now. *left: there is, or will be. */
static bool start_next_locked(struct run *run, bool *left)
{
    bool heads_left;
    struct dataset_run *head = pick_head_locked(run, &heads_left);
    bool slices = run->n_open > 0;
    *left = heads_left || slices;
    if (!has_room_locked(run)) {
        return false;
    }
    size_t kept = run->room_io / 4 > 0 ? run->room_io / 4 : 1;
    bool prefer_slice = is_full_locked(run) || run->slices_active < kept || !may_open_locked(run);
    if (slices && (prefer_slice || !head)) {
        slices_start_locked(run, pick_slice_locked(run));
        return true;
    }
    if (head) {
        start_one_locked(run, head);
    }
    return head != NULL;
}

static void wait_tick_locked(struct run *run)
{
    uint64_t at = clock_monotonic_ns() + TICK_NS;
    struct timespec deadline = {(time_t)(at / 1000000000u), (long)(at % 1000000000u)};
    pthread_cond_timedwait(&run->changed, &run->lock, &deadline);
}

void run_wait_for_writer(struct run *run)
{
    pthread_mutex_lock(&run->lock);
    while (!run->writer_done) {
        run_tell_locked(run);
        wait_tick_locked(run);
    }
    pthread_mutex_unlock(&run->lock);
}

static void look_at_stop_locked(struct run *run)
{
    if (!run->stopping && run->options->stop &&
        __atomic_load_n(run->options->stop, __ATOMIC_RELAXED) != 0) {
        run->stopping = true;
        pthread_mutex_unlock(&run->lock);
        store_cancel(run->store);
        pthread_mutex_lock(&run->lock);
    }
}

/* One step: true where something was started or given up. *left: there is more to start. */
static bool step_locked(struct run *run, bool *left)
{
    *left = false;
    if (run->n_parked > 0) {
        return serve_parked_locked(run);
    }
    if (run->stopping || run->limited) {
        slices_drop_locked(run);
        return false;
    }
    bool started = start_next_locked(run, left);
    if (!started && !*left && run->again && has_room_locked(run)) {
        return start_again_locked(run);
    }
    *left = *left || run->again;
    return started;
}

void run_read_files(struct run *run)
{
    uint64_t told_ns = 0;
    pthread_mutex_lock(&run->lock);
    for (;;) {
        bool left;
        look_at_stop_locked(run);
        uint64_t now = clock_monotonic_ns();
        if (now - told_ns >= TICK_NS || told_ns == 0) {
            told_ns = now;
            size_rooms(run);
            run_tell_locked(run);
        }
        bool started = step_locked(run, &left);
        if (!started && !left && run->active == 0) {
            break;
        }
        if (!started) {
            wait_tick_locked(run);
        }
    }
    pthread_mutex_unlock(&run->lock);
}
