/* bench_s3.c - the store of src/store driven as other S3 clients are: list, fetch many, fetch one.
 *
 *   bench_s3 list SOURCE               keys and sizes on stdout, one a line
 *   bench_s3 get SOURCE --into DIR     every object, by ranges of --range bytes, into a file each
 *   bench_s3 gap SOURCE                what a gap between two ranges costs, merged and not
 *
 * Options: --endpoint URL, --window N reads at once, --range BYTES, --in-flight N (0: adapted),
 * --discard (bytes are not written). A line of JSON about the run goes to stderr.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "store/store.h"

#define WINDOW_DEFAULT 256
#define RANGE_DEFAULT  ((uint64_t)16 << 20)
#define BUDGET_BYTES   ((uint64_t)256 << 20)

struct settings {
    const char *source, *endpoint, *into;
    size_t window;
    uint64_t range;
    int in_flight;
    bool discard;
};

struct totals {
    uint64_t objects, bytes;
    double first_s; /* until the first object was known */
};

/* A file being filled: closed by whoever brings its last range. */
struct target {
    char *key, *etag;
    uint64_t size;
    int fd;
    size_t n_left;
};

struct fetch {
    struct store_read read; /* first */
    struct store_range range;
    struct target *target;
};

static struct queue arrived;

static void die(const char *what, const struct error *err)
{
    fprintf(stderr, "bench_s3: %s%s%s\n", what, err ? ": " : "", err ? err->text : "");
    exit(1);
}

static void on_done(struct store_read *r)
{
    queue_push(&arrived, &r->node);
}

/* ---- files ---- */

static int create(const char *into, const char *key)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", into, key);
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 && errno == ENOENT) {
        for (char *slash = strchr(path + strlen(into) + 1, '/'); slash;
             slash = strchr(slash + 1, '/')) {
            *slash = '\0';
            (void)mkdir(path, 0755);
            *slash = '/';
        }
        fd = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
    }
    if (fd < 0) {
        perror(path);
        exit(1);
    }
    return fd;
}

static void keep(const struct settings *o, struct fetch *f)
{
    struct target *t = f->target;
    if (!o->discard) {
        if (t->fd < 0) {
            t->fd = create(o->into, t->key);
        }
        uint64_t done = 0;
        while (done < f->range.length) {
            ssize_t n = pwrite(t->fd, f->range.data + done, f->range.length - done,
                               (off_t)(f->range.offset + done));
            if (n <= 0) {
                die("cannot write", NULL);
            }
            done += (uint64_t)n;
        }
    }
    if (--t->n_left == 0) {
        if (t->fd >= 0) {
            close(t->fd);
        }
        mem_free(t->key);
        mem_free(t->etag);
        mem_free(t);
    }
}

/* ---- reads ---- */

static void take_one(const struct settings *o, struct totals *sum, size_t *n_out)
{
    struct fetch *f = (struct fetch *)queue_pop(&arrived);
    if (f->read.err.code != OK) {
        die("cannot read", &f->read.err);
    }
    sum->bytes += f->range.length;
    keep(o, f);
    store_read_release(&f->read);
    mem_free(f);
    (*n_out)--;
}

static void start(struct store *s, const struct settings *o, const struct object *object,
                  struct totals *sum, size_t *n_out)
{
    struct target *t = mem_zalloc(sizeof *t);
    *t = (struct target){mem_strdup(object->key), mem_strdup(object->etag), object->size, -1, 0};
    t->n_left = t->size ? (size_t)((t->size - 1) / o->range + 1) : 1;
    size_t n = t->n_left;
    uint64_t size = t->size;
    sum->objects++;
    for (size_t i = 0; i < n; i++) {
        while (*n_out >= o->window) {
            take_one(o, sum, n_out);
        }
        struct fetch *f = mem_zalloc(sizeof *f);
        uint64_t offset = i * o->range;
        f->target = t;
        f->range = (struct store_range){
            .offset = offset, .length = size - offset < o->range ? size - offset : o->range};
        f->read = (struct store_read){.key = t->key,
                                      .if_match = t->etag,
                                      .object_size = size,
                                      .ranges = &f->range,
                                      .n_ranges = 1,
                                      .done = on_done};
        (*n_out)++;
        store_submit(s, &f->read);
    }
}

static void walk(struct store *s, const struct settings *o, bool fetch, struct totals *sum)
{
    struct store_lister *l;
    struct error err;
    const struct object *objects;
    size_t n, n_out = 0;
    enum error_code rc;
    uint64_t began = clock_monotonic_ns();
    if (store_list_open(s, "", &l, &err) != OK) {
        die("cannot list", &err);
    }
    while ((rc = store_list_next(l, &objects, &n, &err)) == OK && n) {
        sum->first_s =
            sum->first_s > 0 ? sum->first_s : (double)(clock_monotonic_ns() - began) / 1e9;
        for (size_t i = 0; i < n; i++) {
            if (fetch) {
                start(s, o, &objects[i], sum, &n_out);
            } else if (!o->discard) {
                printf("%s\t%" PRIu64 "\n", objects[i].key, objects[i].size);
            }
        }
        sum->objects += fetch ? 0 : n;
    }
    if (rc != OK) {
        die("cannot list", &err);
    }
    store_list_close(l);
    while (n_out) {
        take_one(o, sum, &n_out);
    }
}

/* ---- a gap ---- */

#define GAP_ROUNDS 24
#define GAP_WANTED 65536

/* Two ranges with a gap between them, one pair after the other: merged, or as two requests. */
static double gap_ms(struct store *s, const struct object *o, uint64_t gap, bool merged)
{
    double best = 1e9;
    for (int i = 0; i < GAP_ROUNDS; i++) {
        struct store_range ranges[2] = {{.offset = 0, .length = GAP_WANTED},
                                        {.offset = GAP_WANTED + gap, .length = GAP_WANTED}};
        struct store_read r = {.key = o->key,
                               .if_match = o->etag,
                               .object_size = o->size,
                               .ranges = ranges,
                               .n_ranges = 2,
                               .waste_max = merged ? gap : 0,
                               .done = on_done};
        uint64_t began = clock_monotonic_ns();
        store_submit(s, &r);
        (void)queue_pop(&arrived);
        double ms = (double)(clock_monotonic_ns() - began) / 1e6;
        if (r.err.code != OK) {
            die("cannot read", &r.err);
        }
        store_read_release(&r);
        best = ms < best ? ms : best;
    }
    return best;
}

static void gaps(struct store *s)
{
    struct store_lister *l;
    struct error err;
    const struct object *objects;
    size_t n;
    if (store_list_open(s, "", &l, &err) != OK || store_list_next(l, &objects, &n, &err) != OK ||
        n == 0) {
        die("cannot list", &err);
    }
    struct object o = objects[0];
    printf("gap_kib\tmerged_ms\ttwo_ms\n");
    for (uint64_t kib = 16; kib <= 16384 && 2 * GAP_WANTED + (kib << 10) <= o.size; kib *= 2) {
        printf("%" PRIu64 "\t%.2f\t%.2f\n", kib, gap_ms(s, &o, kib << 10, true),
               gap_ms(s, &o, kib << 10, false));
    }
    store_list_close(l);
}

/* ---- all of it ---- */

static void report(const struct totals *sum, const struct counters *c, uint64_t began_ns)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    double cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
                 (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
    fprintf(stderr,
            "{\"objects\": %" PRIu64 ", \"bytes\": %" PRIu64 ", \"seconds\": %.4f, \"cpu\": %.4f, "
            "\"first\": %.4f, \"list\": %" PRIu64 ", \"get\": %" PRIu64 ", \"retries\": %" PRIu64
            ", \"rss_kib\": %ld}\n",
            sum->objects, sum->bytes, (double)(clock_monotonic_ns() - began_ns) / 1e9, cpu,
            sum->first_s, counter_get(&c->requests_list), counter_get(&c->requests_get),
            counter_get(&c->retries), use.ru_maxrss);
}

static struct settings parse(int argc, char **argv)
{
    static const struct option options[] = {{"endpoint", required_argument, NULL, 'e'},
                                            {"into", required_argument, NULL, 'o'},
                                            {"window", required_argument, NULL, 'w'},
                                            {"range", required_argument, NULL, 'r'},
                                            {"in-flight", required_argument, NULL, 'n'},
                                            {"discard", no_argument, NULL, 'd'},
                                            {0}};
    struct settings o = {.window = WINDOW_DEFAULT, .range = RANGE_DEFAULT};
    int c;
    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'e':
            o.endpoint = optarg;
            break;
        case 'o':
            o.into = optarg;
            break;
        case 'w':
            o.window = strtoull(optarg, NULL, 10);
            break;
        case 'r':
            o.range = strtoull(optarg, NULL, 10);
            break;
        case 'n':
            o.in_flight = atoi(optarg);
            break;
        case 'd':
            o.discard = true;
            break;
        default:
            exit(2);
        }
    }
    if (argc - optind != 2 || !o.window || !o.range) {
        die("usage: bench_s3 list|get|gap SOURCE [OPTIONS]", NULL);
    }
    o.source = argv[optind + 1];
    return o;
}

int main(int argc, char **argv)
{
    uint64_t began = clock_monotonic_ns();
    struct settings o = parse(argc, argv);
    const char *what = argv[optind];
    struct budget budget;
    static struct counters counters;
    struct totals sum = {0};
    struct store *s;
    struct error err;
    budget_init(&budget, BUDGET_BYTES);
    queue_init(&arrived);
    struct store_options options = {.endpoint_url = o.endpoint,
                                    .max_in_flight = o.in_flight,
                                    .budget = &budget,
                                    .counters = &counters};
    if (store_open(o.source, &options, &s, &err) != OK) {
        die("cannot open", &err);
    }
    if (strcmp(what, "gap") == 0) {
        gaps(s);
    } else {
        walk(s, &o, strcmp(what, "get") == 0, &sum);
    }
    store_close(s);
    fflush(stdout);
    report(&sum, &counters, began);
    budget_destroy(&budget);
    return 0;
}
