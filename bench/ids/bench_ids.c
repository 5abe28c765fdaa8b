/* bench_ids.c - how long the series of local Parquet files take, from open to one total a series.
 * Prints JSON.
 *
 *     bench_ids [-n THREADS] [-r REPEATS] [-t TIME_COLUMN] [-d DUMP] -i ID_COLUMN [-i ...] FILE...
 *
 * With -t the depth is `time`, else `series`. One round warms the page cache up and is not counted
 * unless REPEATS is 0; the best of REPEATS rounds is. -d writes the totals where compare.py checks
 * them. Errors go to stderr, exit code 1.
 */
#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "totals.h"

struct settings {
    const char *ids[ID_COLUMNS_MAX];
    struct scan_columns columns;
    unsigned threads, repeats;
    const char *dump;
};

struct round {
    double wall, cpu, scan; /* seconds; `scan` is the part of `wall` before the merge over files */
    uint64_t series, rows, spans, checksum, bytes, ranges, values, runs;
};

static _Noreturn void fail(const char *text)
{
    fprintf(stderr, "bench_ids: %s\n", text);
    exit(1);
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double seconds_since(uint64_t start)
{
    return (double)(clock_monotonic_ns() - start) / 1e9;
}

static void write_dump(const struct totals *t, enum depth depth, const char *path)
{
    FILE *to = fopen(path, "w");
    if (!to) {
        fail("cannot write the dump");
    }
    totals_print(t, depth, to);
    if (fclose(to) != 0) {
        fail("cannot write the dump");
    }
}

static struct round run_round(const struct settings *s, char **paths, size_t n, const char *dump)
{
    struct work w = {.paths = paths,
                     .n_files = n,
                     .threads = s->threads,
                     .columns = &s->columns,
                     .depth = s->columns.time ? DEPTH_TIME : DEPTH_SERIES};
    struct totals t;
    struct error err;
    struct round r = {0};
    uint64_t start = clock_monotonic_ns();
    double cpu = cpu_seconds();
    if (work_scan(&w, &err) != OK) {
        fail(err.text);
    }
    r.scan = seconds_since(start);
    totals_make(&t, &w);
    r.wall = seconds_since(start);
    r.cpu = cpu_seconds() - cpu;
    r.series = t.series;
    r.rows = t.rows;
    r.spans = t.spans;
    r.checksum = totals_checksum(&t);
    r.bytes = counter_get(&w.counters.bytes_received);
    r.values = counter_get(&w.counters.values_decoded);
    r.runs = counter_get(&w.counters.runs_decoded);
    r.ranges = w.ranges;
    if (dump) {
        write_dump(&t, w.depth, dump);
    }
    totals_free(&t);
    work_free(&w);
    return r;
}

/* Each clock by itself: beside other work the round that waited least need not be the one that
 * computed least. */
static struct round better(struct round a, struct round b)
{
    a.wall = a.wall < b.wall ? a.wall : b.wall;
    a.cpu = a.cpu < b.cpu ? a.cpu : b.cpu;
    a.scan = a.scan < b.scan ? a.scan : b.scan;
    return a;
}

static void read_options(struct settings *s, int argc, char **argv)
{
    int c;
    *s = (struct settings){.threads = 1, .repeats = 3, .columns.id = s->ids};
    while ((c = getopt(argc, argv, "n:r:t:d:i:")) != -1) {
        switch (c) {
        case 'n':
            s->threads = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'r':
            s->repeats = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 't':
            s->columns.time = optarg;
            break;
        case 'd':
            s->dump = optarg;
            break;
        case 'i':
            if (s->columns.n_id == ID_COLUMNS_MAX) {
                fail("too many id columns");
            }
            s->ids[s->columns.n_id++] = optarg;
            break;
        default:
            exit(2);
        }
    }
    if (s->columns.n_id == 0 || s->threads == 0 || optind == argc) {
        fail(
            "usage: bench_ids [-n THREADS] [-r REPEATS] [-t TIME] [-d DUMP] -i ID [-i ID] FILE...");
    }
}

/* Freed memory stays with the process from one round to the next, as the allocators of the engines
 * that we compare with have it, and as a run has it from one file to the next. */
static void keep_freed_memory(void)
{
    mallopt(M_ARENA_MAX, 1); /* an arena of a thread gives its memory back whatever is set */
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

int main(int argc, char **argv)
{
    struct settings s;
    keep_freed_memory();
    read_options(&s, argc, argv);
    char **paths = argv + optind;
    size_t n = (size_t)(argc - optind);
    struct round first = run_round(&s, paths, n, s.dump), best = first;
    for (unsigned i = 0; i < s.repeats; i++) {
        struct round r = run_round(&s, paths, n, NULL);
        if (r.checksum != first.checksum || r.bytes != first.bytes || r.spans != first.spans) {
            fail("two rounds gave different answers");
        }
        best = i == 0 ? r : better(best, r);
    }
    printf("{\"files\":%zu,\"rows\":%llu,\"series\":%llu,\"spans\":%llu,\"bytes\":%llu,\"ranges\":%"
           "llu,"
           "\"values\":%llu,\"runs\":%llu,\"checksum\":\"%016llx\",\"threads\":%u,\"wall\":%.4f,"
           "\"cpu\":%.4f,\"scan\":%.4f}\n",
           n, (unsigned long long)best.rows, (unsigned long long)best.series,
           (unsigned long long)best.spans, (unsigned long long)best.bytes,
           (unsigned long long)best.ranges, (unsigned long long)best.values,
           (unsigned long long)best.runs, (unsigned long long)best.checksum, s.threads, best.wall,
           best.cpu, best.scan);
    return 0;
}
