/* search_bench.c - latency of the search index by class of query, and what the index costs.
 *
 *     search_bench build DIR IDS                 makes an index of so many generated ids
 *     search_bench run DIR [QUERIES [CLASS]]     asks it, and prints a table; default 1000 and all
 *     search_bench ask DIR QUERY...              asks these, and says what each costs
 *     search_bench queries DIR N                 N queries of each class as TSV, for other engines
 *     search_bench ids IDS                       the ids themselves, one a line, for the same
 *     search_bench threads DIR THREADS N         N queries from each of so many threads at once
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../../tests/unit/search/search_corpus.h"
#include "base/clock.h"
#include "base/map.h"
#include "search/fold.h"

#define IDS_PER_DATASET 700   /* as in the collection that the shares come from */
#define SAMPLES         20000 /* ids kept as targets, spread over all */

struct sample {
    char id[200];
    enum corpus_family family;
};

/* Processor time of this thread: other work on the machine does not count. */
static uint64_t thread_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct feed {
    struct search_builder *b;
    struct sample *samples;
    size_t n_samples;
    uint64_t fed, step;
    struct error err;
};

static void die(const struct error *err)
{
    fprintf(stderr, "search_bench: %s\n", err->text);
    exit(1);
}

static void feed_one(void *user, uint64_t dataset, uint64_t nth, struct str id, uint64_t records)
{
    struct feed *f = user;
    (void)nth;
    struct search_series s = {.id = id,
                              .values = {(int64_t)records, 1420070400000000,
                                         1420070400000000 + (int64_t)records * 3600000000ll},
                              .has = 7};
    if (!f->b) {
        fwrite(id.data, 1, id.len, stdout);
        putchar('\n');
    } else if (search_builder_series(f->b, &s, &f->err) != OK) {
        die(&f->err);
    }
    if (f->fed++ % f->step == 0 && f->n_samples < SAMPLES && id.len < sizeof f->samples->id) {
        struct sample *x = &f->samples[f->n_samples++];
        memcpy(x->id, id.data, id.len);
        x->id[id.len] = 0;
        x->family = corpus_family_of(dataset);
    }
}

/* Sizes differ widely: half of the datasets are small, a few hold most ids. */
static uint64_t size_of(uint64_t dataset, uint64_t ids)
{
    struct corpus_rng r = {dataset};
    uint64_t n = IDS_PER_DATASET / 4 + corpus_below(&r, IDS_PER_DATASET * 3 / 2);
    return dataset % 97 == 0 && ids > 100000 ? n * 30 : n;
}

static int by_size(const void *a, const void *b)
{
    struct corpus_doc x, y;
    corpus_document(*(const uint64_t *)a, &x);
    corpus_document(*(const uint64_t *)b, &y);
    return search_doc_order(&x.doc, &y.doc);
}

static void generate(struct feed *f, uint64_t ids)
{
    uint64_t datasets = 0, total = 0;
    f->step = ids / SAMPLES + 1;
    while (total < ids) {
        total += size_of(datasets++, ids);
    }
    uint64_t *order = calloc(datasets, sizeof *order);
    for (uint64_t d = 0; d < datasets; d++) {
        order[d] = d;
    }
    qsort(order, datasets, sizeof *order, by_size);
    for (uint64_t i = 0; i < datasets; i++) {
        uint64_t d = order[i];
        struct corpus_doc c;
        corpus_document(d, &c);
        c.doc.series = size_of(d, ids);
        if (f->b && search_builder_dataset(f->b, &c.doc, &f->err) != OK) {
            die(&f->err);
        }
        corpus_dataset(d, c.doc.series, 42, feed_one, f);
    }
    free(order);
}

static char *samples_path(const char *dir, char *out)
{
    sprintf(out, "%.4000s/samples.txt", dir);
    return out;
}

static void write_samples(const char *dir, const struct feed *f)
{
    char path[4096];
    FILE *out = fopen(samples_path(dir, path), "w");
    for (size_t i = 0; out && i < f->n_samples; i++) {
        fprintf(out, "%d %s\n", (int)f->samples[i].family, f->samples[i].id);
    }
    if (!out || fclose(out) != 0) {
        perror(path);
        exit(1);
    }
}

static void read_samples(const char *dir, struct feed *f)
{
    char path[4096], line[256];
    FILE *in = fopen(samples_path(dir, path), "r");
    while (in && f->n_samples < SAMPLES && fgets(line, sizeof line, in)) {
        struct sample *x = &f->samples[f->n_samples++];
        x->family = (enum corpus_family)(line[0] - '0');
        snprintf(x->id, sizeof x->id, "%.*s", (int)strcspn(line + 2, "\n"), line + 2);
    }
    if (!in || !f->n_samples) {
        perror(path);
        exit(1);
    }
    fclose(in);
}

static void build(const char *dir, uint64_t ids, struct feed *f)
{
    uint64_t start = clock_monotonic_ns(), busy = thread_ns();
    if (search_builder_new(dir, &(struct search_build_options){.fresh = true}, &f->b, &f->err) !=
        OK) {
        die(&f->err);
    }
    generate(f, ids);
    if (search_builder_commit(f->b, 1, &f->err) != OK) {
        die(&f->err);
    }
    search_builder_free(f->b);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("build            %.2f s, of processor time %.2f s (generation of the ids included), "
           "peak memory %.0f MB\n",
           (double)(clock_monotonic_ns() - start) / 1e9, (double)(thread_ns() - busy) / 1e9,
           (double)u.ru_maxrss / 1024);
    write_samples(dir, f);
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
    size_t n = strlen(s), at;
    do { /* not inside of a character of several bytes: that would be more than one typo */
        at = corpus_below(r, n);
    } while ((s[at] | s[at + (s[at + 1] != 0)]) & 0x80);
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

static void print_size(const struct search_index *ix)
{
    struct search_info info;
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
}

static struct search_index *open_index(const char *dir, struct feed *f)
{
    struct search_index *ix;
    struct search_result res;
    uint64_t start = clock_monotonic_ns();
    read_samples(dir, f);
    start = clock_monotonic_ns();
    if (search_open(dir, &ix, &f->err) != OK) {
        die(&f->err);
    }
    uint64_t opened = clock_monotonic_ns();
    if (search_run(ix, str_c(f->samples[0].id), NULL, &res, &f->err) == OK) {
        printf("open             %.2f ms, first query %.2f ms\n", (double)(opened - start) / 1e6,
               (double)(clock_monotonic_ns() - opened) / 1e6);
    }
    search_result_free(&res);
    return ix;
}

static void run(const char *dir, size_t queries, int only, struct feed *f)
{
    struct search_index *ix = open_index(dir, f);
    print_size(ix);
    printf("%-14s %-10s %9s %10s %10s %10s   %5s  %5s %8s   slowest\n", "us", "family", "p50",
           "p90", "p99", "max", "hits", "found", "looks");
    for (int c = 0; c < Q_CLASSES; c++) {
        if (only < 0 || only == c) {
            run_class(ix, (enum query_class)c, f, queries, -1);
        }
    }
    for (int c = only < 0 ? Q_ONE_TYPO : only; c <= (only < 0 ? Q_TWO_TYPOS : only); c++) {
        for (int family = 0; family < CORPUS_FAMILIES; family++) {
            run_class(ix, (enum query_class)c, f, queries / 5, family);
        }
    }
    search_close(ix);
}

/* The hits, their order and their scores as one number: two versions that give the same answers
 * print the same. */
static uint64_t fingerprint(const struct search_result *res)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < res->n_hits; i++) {
        const struct search_hit *h = &res->hits[i];
        sum = hash_mix(hash_mix(sum, h->score), (uint64_t)h->dataset << 32 | h->series);
    }
    return sum;
}

/* The second asking counts: the first one may wait for the disk. */
static void ask(const char *dir, char *const *queries, size_t n, struct feed *f)
{
    struct search_index *ix = open_index(dir, f);
    for (size_t i = 0; i < 2 * n; i++) {
        struct search_result res;
        uint64_t start = thread_ns();
        enum error_code rc = search_run(ix, str_c(queries[i % n]),
                                        &(struct search_options){.limit = 10}, &res, &f->err);
        if (i >= n && rc == OK) {
            printf("%10.1f us %8llu looks %3zu hits %08x %s %s %s\n",
                   (double)(thread_ns() - start) / 1e3, (unsigned long long)res.blocks_read,
                   res.n_hits, (unsigned)fingerprint(&res),
                   res.partial    ? "partial"
                   : res.at_least ? "at least"
                                  : "all",
                   queries[i % n], res.n_hits ? res.hits[0].text.data : "");
        }
        search_result_free(&res);
    }
    search_close(ix);
}

static void write_queries(const char *dir, size_t n, struct feed *f)
{
    read_samples(dir, f);
    for (int c = 0; c < Q_CLASSES; c++) {
        struct corpus_rng r = {(uint64_t)c * 1000 + 7};
        for (size_t i = 0; i < n; i++) {
            const struct sample *x = &f->samples[corpus_below(&r, f->n_samples)];
            char q[300];
            make_query((enum query_class)c, x, &r, q);
            printf("%s\t%s\t%s\n", class_names[c], q, x->id);
        }
    }
}

/* ---- many threads ---- */

struct asker {
    pthread_t thread;
    const struct search_index *ix;
    const struct feed *f;
    size_t number, queries;
    uint64_t *times; /* wall time of each query */
    size_t failed;
};

static void *ask_many(void *user)
{
    struct asker *a = user;
    struct corpus_rng r = {a->number};
    for (size_t i = 0; i < a->queries; i++) {
        char q[300];
        struct search_result res;
        struct error err;
        make_query((enum query_class)corpus_below(&r, Q_CLASSES),
                   &a->f->samples[corpus_below(&r, a->f->n_samples)], &r, q);
        uint64_t start = clock_monotonic_ns();
        a->failed +=
            search_run(a->ix, str_c(q), &(struct search_options){.limit = 10}, &res, &err) != OK;
        a->times[i] = clock_monotonic_ns() - start;
        search_result_free(&res);
    }
    return NULL;
}

static void run_threads(const char *dir, size_t threads, size_t queries, struct feed *f)
{
    struct search_index *ix = open_index(dir, f);
    struct asker *askers = calloc(threads, sizeof *askers);
    uint64_t *times = calloc(threads * queries, sizeof *times);
    size_t total = threads * queries, failed = 0;
    uint64_t start = clock_monotonic_ns();
    for (size_t i = 0; i < threads; i++) {
        askers[i] = (struct asker){
            .ix = ix, .f = f, .number = i, .queries = queries, .times = times + i * queries};
        if (pthread_create(&askers[i].thread, NULL, ask_many, &askers[i]) != 0) {
            perror("pthread_create");
            exit(1);
        }
    }
    for (size_t i = 0; i < threads; i++) {
        pthread_join(askers[i].thread, NULL);
        failed += askers[i].failed;
    }
    double seconds = (double)(clock_monotonic_ns() - start) / 1e9;
    qsort(times, total, sizeof *times, by_time);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("threads %zu: %zu queries, %zu refused, %.2f s, %.0f queries/s; wall ms p50 %.2f, p99 "
           "%.2f, max %.2f; peak memory %.0f MB\n",
           threads, total, failed, seconds, (double)total / seconds, (double)times[total / 2] / 1e6,
           (double)times[total * 99 / 100] / 1e6, (double)times[total - 1] / 1e6,
           (double)u.ru_maxrss / 1024);
    free(times);
    free(askers);
    search_close(ix);
}

int main(int argc, char **argv)
{
    struct feed f = {.samples = calloc(SAMPLES, sizeof *f.samples)};
    const char *what = argc > 1 ? argv[1] : "";
    size_t n[3] = {0};
    for (int i = 2; i < argc && i < 5; i++) {
        n[i - 2] = strtoull(argv[i], NULL, 10);
    }
    if (argc == 4 && strcmp(what, "build") == 0) {
        build(argv[2], n[1], &f);
    } else if (argc >= 3 && strcmp(what, "run") == 0) {
        run(argv[2], argc > 3 ? n[1] : 1000, argc > 4 ? (int)n[2] : -1, &f);
    } else if (argc >= 4 && strcmp(what, "ask") == 0) {
        ask(argv[2], argv + 3, (size_t)argc - 3, &f);
    } else if (argc == 4 && strcmp(what, "queries") == 0) {
        write_queries(argv[2], n[1], &f);
    } else if (argc == 3 && strcmp(what, "ids") == 0) {
        generate(&f, n[0]);
    } else if (argc == 5 && strcmp(what, "threads") == 0) {
        run_threads(argv[2], n[1], n[2], &f);
    } else {
        fprintf(stderr, "usage: see the top of bench/search/search_bench.c\n");
        return 2;
    }
    free(f.samples);
    return 0;
}
