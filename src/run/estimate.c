/* What a run would read: the listing and the plan of one, and prices in place of reads.
 *
 * Known are files and their sizes. Estimated is what is read of them: of a small file all of it; of
 * a larger one its tail, and beyond depth `files` a share for the columns of ids and times, since
 * nobody knows before the footer is read. */
#include "base/log.h"
#include "run/state.h"

/* As scan reads: a file up to this size at once, of a larger one this much of its end. */
#define WHOLE_FILE ((uint64_t)256 << 10)
#define TAIL       ((uint64_t)64 << 10)
/* Ids and times of a wide table are well below a twentieth of it, those of a narrow one some more;
 * runs of ids and regular times compress far better than values. */
#define KEYS_SHARE 20
/* Requests of a file with few row groups; docs/DESIGN.md, section 3. */
#define REQUESTS_SERIES 2
#define REQUESTS_TIME   3
/* Seconds: requests of 50 ms, this many at a time, and this many bytes a second, whichever takes
 * longer. */
#define LATENCY_SECONDS  0.05
#define REQUESTS_AT_ONCE 32
#define BYTES_PER_SECOND 100e6

enum {
    E_DATASET,
    E_FILES,
    E_UNCHANGED,
    E_GONE,
    E_LEFT,
    E_SIZE,
    E_REQUESTS,
    E_BYTES,
    E_SECONDS,
    E_COST,
    E_N
};
static const char *const names[E_N] = {"dataset_id",         "files",           "files_unchanged",
                                       "files_gone",         "files_left",      "bytes_files",
                                       "requests_estimated", "bytes_estimated", "seconds_estimated",
                                       "cost_estimated"};

struct estimate {
    uint64_t files, unchanged, gone, left, size, requests, bytes;
};

static void add_file(struct estimate *e, uint64_t size, enum depth depth)
{
    bool whole = size <= WHOLE_FILE;
    uint64_t requests = depth >= DEPTH_TIME     ? REQUESTS_TIME
                        : depth >= DEPTH_SERIES ? REQUESTS_SERIES
                                                : 1;
    e->files++;
    e->size += size;
    e->requests += whole ? 1 : requests;
    if (!whole && depth >= DEPTH_VALUES) {
        /* Most of a file is its targets; a batch holds so many of them. */
        e->requests += size / SLICE_BYTES_MAX;
        e->bytes += size;
        return;
    }
    e->bytes += whole ? size : TAIL + (depth >= DEPTH_SERIES ? size / KEYS_SHARE : 0);
}

static struct estimate estimate_dataset(const struct run *run, const struct dataset_run *d)
{
    struct estimate e = {
        .unchanged = d->n_unchanged, .gone = d->held ? 0 : d->n_gone, .left = d->n_left};
    for (size_t i = 0; i < d->n_todo; i++) {
        add_file(&e, d->todo[i].size, run_depth_of(run, d, &d->todo[i]));
    }
    return e;
}

static double add_row(struct table *t, const struct run *run, const char *id,
                      const struct estimate *e, uint64_t lists)
{
    double waiting = (double)e->requests * LATENCY_SECONDS / REQUESTS_AT_ONCE;
    double moving = (double)e->bytes / BYTES_PER_SECOND;
    double cost = prices_cost(&run->options->prices, lists, e->requests, e->bytes);
    struct cell *row = table_add_row(t);
    row[E_DATASET] = cell_text(t, CELL_TEXT, id ? str_c(id) : str_n(NULL, 0));
    row[E_FILES] = cell_int((int64_t)e->files);
    row[E_UNCHANGED] = cell_int((int64_t)e->unchanged);
    row[E_GONE] = cell_int((int64_t)e->gone);
    row[E_LEFT] = cell_int((int64_t)e->left);
    row[E_SIZE] = cell_int((int64_t)e->size);
    row[E_REQUESTS] = cell_int((int64_t)(e->requests + lists));
    row[E_BYTES] = cell_int((int64_t)e->bytes);
    row[E_SECONDS] = cell_double(waiting > moving ? waiting : moving);
    row[E_COST] = cell_double(cost);
    return cost;
}

static void fill(struct run *run, struct table *t, double *cost)
{
    struct estimate all = {0};
    table_init(t, names, E_N);
    for (size_t i = 0; i < run->n_datasets; i++) {
        const struct dataset_run *d = &run->datasets[i];
        struct estimate e = estimate_dataset(run, d);
        all.files += e.files;
        all.unchanged += e.unchanged;
        all.gone += e.gone;
        all.left += e.left;
        all.size += e.size;
        all.requests += e.requests;
        all.bytes += e.bytes;
        (void)add_row(t, run, d->info.id, &e, 0);
    }
    /* The run lists again what was listed now. */
    *cost = add_row(t, run, NULL, &all, counter_get(&run->counters.requests_list));
    t->total = t->matched = t->n_rows;
}

enum error_code run_estimate(const struct run_options *o, struct table *out, double *cost,
                             struct error *err)
{
    struct run run;
    struct error none = {0};
    struct catalog_options how = {0};
    run_init(&run, o);
    enum error_code code = run_open_store(&run, o->memory ? o->memory : budget_default(), err);
    if (!code) {
        enum error_code known = catalog_open_read(o->database, &how, &run.catalog, &none);
        if (known && known != ERR_NO_CATALOG) {
            code = error_set(err, known, "%s", none.text);
        }
        run_name_root(&run);
        code = code ? code : run_list(&run, err);
        code = code ? code : run_plan(&run, err);
        if (!code) {
            fill(&run, out, cost);
        }
        catalog_close(run.catalog);
        store_close(run.store);
    }
    budget_destroy(&run.budget);
    run_destroy(&run);
    return code;
}
