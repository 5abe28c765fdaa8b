/* search_bench.c - latency of the search index by class of query, and what the index costs. Prints
 * a table.
 *
 *     search_bench [IDS [QUERIES [CLASS]]]       default 1000000, 1000 and all
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../tests/unit/search/search_corpus.h"
#include "base/clock.h"
#include "search/fold.h"

#define IDS_PER_DATASET 700   /* as in the collection that the shares come from */
#define SAMPLES         20000 /* ids kept as targets, spread over all */

struct sample {
    char id[200];
    enum corpus_family family;
};

struct feed {
    struct search_builder *b;
    struct sample *samples;
    size_t n_samples;
    uint64_t fed, step;
    struct error err;
};

static void feed_one(void *user, uint64_t dataset, uint64_t nth, struct str id, uint64_t records)
{
    struct feed *f = user;
    (void)nth;
    struct search_series s = {.id = id,
                              .values = {(int64_t)records, 1420070400000000,
                                         1420070400000000 + (int64_t)records * 3600000000ll},
                              .has = 7};
    if (search_builder_series(f->b, &s, &f->err) != OK) {
        fprintf(stderr, "%s\n", f->err.text);
        exit(1);
    }
    if (f->fed++ % f->step == 0 && f->n_samples < SAMPLES && id.len < sizeof f->samples->id) {
        struct sample *x = &f->samples[f->n_samples++];
        memcpy(x->id, id.data, id.len);
        x->id[id.len] = 0;
        x->family = corpus_family_of(dataset);
    }
}

static void build(const char *dir, uint64_t ids, struct feed *f)
{
    uint64_t start = clock_monotonic_ns(), datasets = ids / IDS_PER_DATASET + 1;
    f->step = ids / SAMPLES + 1;
    if (search_builder_new(dir, &(struct search_build_options){.fresh = true}, &f->b, &f->err) !=
        OK) {
        fprintf(stderr, "%s\n", f->err.text);
        exit(1);
    }
    uint64_t generate = 0;
    for (uint64_t d = 0; d < datasets && f->fed < ids; d++) {
        struct corpus_doc c;
        struct corpus_rng r = {d};
        corpus_document(d, &c);
        /* Sizes differ widely: half of the datasets are small, a few hold most ids. */
        uint64_t n = IDS_PER_DATASET / 4 + corpus_below(&r, IDS_PER_DATASET * 3 / 2);
        if (d % 97 == 0 && ids > 100000) {
            n *= 30;
        }
        c.doc.series = n;
        if (search_builder_dataset(f->b, &c.doc, &f->err) != OK) {
            fprintf(stderr, "%s\n", f->err.text);
            exit(1);
        }
        corpus_dataset(d, n, 42, feed_one, f);
    }
    (void)generate;
    if (search_builder_commit(f->b, 1, &f->err) != OK) {
        fprintf(stderr, "%s\n", f->err.text);
        exit(1);
    }
    search_builder_free(f->b);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("build            %.2f s (generation of the ids included), peak memory %.0f MB\n",
           (double)(clock_monotonic_ns() - start) / 1e9, (double)u.ru_maxrss / 1024);
}

enum query_class {
    Q_EXACT,
    Q_PREFIX,
    Q_INFIX_LONG,
    Q_INFIX3,
    Q_TWO_CHARS,
    Q_ONE_TYPO,
    Q_TWO_TYPOS,
    Q_WORDS,
    Q_ABSENT,
    Q_CLASSES
};
static const char *const class_names[] = {"exact",    "prefix 50 %",  "inside 5-8",
                                          "inside 3", "2 characters", "1 typo",
                                          "2 typos",  "2 words",      "absent"};

static void typo(char *s, struct corpus_rng *r)
{
    size_t n = strlen(s), at = corpus_below(r, n);
    char c = (char)('a' + corpus_below(r, 26));
    switch (corpus_below(r, 4)) {
    case 0:
        s[at] = c;
        break;
    case 1:
        memmove(s + at, s + at + 1, n - at);
        break;
    case 2:
        memmove(s + at + 1, s + at, n - at + 1);
        s[at] = c;
        break;
    default:
        if (at + 1 < n) {
            c = s[at];
            s[at] = s[at + 1];
            s[at + 1] = c;
        }
    }
}

/* Cuts at characters, not inside of one. */
static void cut(char *s, size_t begin, size_t len)
{
    size_t n = strlen(s);
    while (begin < n && ((unsigned char)s[begin] & 0xc0) == 0x80) {
        begin++;
    }
    while (begin + len < n && ((unsigned char)s[begin + len] & 0xc0) == 0x80) {
        len++;
    }
    len = begin + len < n ? len : n - begin;
    memmove(s, s + begin, len);
    s[len] = 0;
}

static void make_query(enum query_class c, const struct sample *x, struct corpus_rng *r, char *out)
{
    strcpy(out, x->id);
    size_t n = strlen(out);
    switch (c) {
    case Q_PREFIX:
        cut(out, 0, n / 2 > 2 ? n / 2 : 2);
        break;
    case Q_INFIX_LONG:
    case Q_INFIX3:
    case Q_TWO_CHARS: {
        size_t len = c == Q_INFIX3 ? 3 : c == Q_TWO_CHARS ? 2 : 5 + corpus_below(r, 4);
        cut(out, n > len ? corpus_below(r, n - len) : 0, len);
        break;
    }
    case Q_TWO_TYPOS:
        typo(out, r);
        typo(out, r);
        break;
    case Q_ONE_TYPO:
        typo(out, r);
        break;
    case Q_WORDS: { /* the second half, then the first */
        char first[256];
        strcpy(first, out);
        cut(first, 0, n / 2);
        cut(out, n / 2, n);
        strcat(out, " ");
        strcat(out, first);
        break;
    }
    case Q_ABSENT:
        sprintf(out, "qx%llxzw", (unsigned long long)corpus_next(r) >> 40);
        break;
    default:
        break;
    }
}

/* Processor time of this thread: other work on the machine does not count. */
static uint64_t thread_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int by_time(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool finds(const struct search_result *res, const char *id)
{
    for (size_t i = 0; i < res->n_hits; i++) {
        if (str_eq(res->hits[i].text, str_c(id))) {
            return true;
        }
    }
    return false;
}

static void run_class(const struct search_index *ix, enum query_class c, const struct feed *f,
                      size_t n, int family)
{
    struct corpus_rng r = {(uint64_t)c * 1000 + 7};
    uint64_t *times = malloc(n * sizeof *times);
    size_t done = 0, hit = 0, found = 0;
    uint64_t blocks = 0;
    char slowest[256] = "";
    uint64_t worst = 0;
    for (size_t tries = 0; done < n && tries < n * 400; tries++) {
        const struct sample *x = &f->samples[corpus_below(&r, f->n_samples)];
        char q[300];
        if (family >= 0 && (int)x->family != family) {
            continue;
        }
        make_query(c, x, &r, q);
        struct search_result res;
        struct error err;
        uint64_t start = thread_ns();
        enum error_code rc =
            search_run(ix, str_c(q), &(struct search_options){.limit = 10}, &res, &err);
        times[done] = thread_ns() - start;
        if (rc == OK) {
            if (times[done] > worst) {
                worst = times[done];
                strcpy(slowest, q);
            }
            done++;
            blocks += res.blocks_read;
            hit += res.n_hits > 0;
            found += finds(&res, x->id);
        }
        search_result_free(&res);
    }
    if (done) {
        qsort(times, done, sizeof *times, by_time);
        printf("%-14s %-10s %9.1f %10.1f %10.1f %10.1f   %5.3f  %5.3f %8.1f   %s\n", class_names[c],
               family < 0 ? "all" : corpus_family_names[family], (double)times[done / 2] / 1e3,
               (double)times[done * 9 / 10] / 1e3, (double)times[done * 99 / 100] / 1e3,
               (double)times[done - 1] / 1e3, (double)hit / (double)done,
               (double)found / (double)done, (double)blocks / (double)done, slowest);
    }
    free(times);
}

int main(int argc, char **argv)
{
    uint64_t ids = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    size_t queries = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000;
    char dir[64] = "/tmp/search-bench-XXXXXX";
    struct feed f = {.samples = calloc(SAMPLES, sizeof *f.samples)};
    struct search_index *ix;
    struct search_info info;
    if (!mkdtemp(dir)) {
        return 1;
    }
    build(dir, ids, &f);
    uint64_t start = clock_monotonic_ns();
    if (search_open(dir, &ix, &f.err) != OK) {
        fprintf(stderr, "%s\n", f.err.text);
        return 1;
    }
    struct search_result res;
    uint64_t opened = clock_monotonic_ns();
    if (search_run(ix, str_c(f.samples[0].id), NULL, &res, &f.err) == OK) {
        printf("open             %.2f ms, first query %.2f ms\n", (double)(opened - start) / 1e6,
               (double)(clock_monotonic_ns() - opened) / 1e6);
    }
    search_result_free(&res);
    search_index_info(ix, &info);
    double n = (double)info.series;
    printf("series           %llu in %llu datasets, %u segments, %llu blocks, %llu runs with %.1f "
           "%% of the ids\n",
           (unsigned long long)info.series, (unsigned long long)info.datasets, info.segments,
           (unsigned long long)info.blocks, (unsigned long long)info.runs,
           100 * (double)info.series_in_runs / n);
    printf("bytes per id     own text %.2f, index text %.2f + postings %.2f = %.2f, attributes "
           "%.2f, documents %.2f\n",
           (double)info.id_bytes / n, (double)info.text_bytes / n, (double)info.posting_bytes / n,
           (double)(info.text_bytes + info.posting_bytes) / n, (double)info.attribute_bytes / n,
           (double)info.document_bytes / n);
    printf("%-14s %-10s %9s %10s %10s %10s   %5s  %5s %8s   slowest\n", "us", "family", "p50",
           "p90", "p99", "max", "hits", "found", "looks");
    int only = argc > 3 ? atoi(argv[3]) : -1;
    for (int c = 0; c < Q_CLASSES; c++) {
        if (only < 0 || only == c) {
            run_class(ix, (enum query_class)c, &f, queries, -1);
        }
    }
    for (int c = Q_ONE_TYPO; only < 0 && c <= Q_TWO_TYPOS; c++) {
        for (int family = 0; family < CORPUS_FAMILIES; family++) {
            run_class(ix, (enum query_class)c, &f, queries / 5, family);
        }
    }
    search_close(ix);
    free(f.samples);
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) != 0;
}
