/* relevance.c - how good the answers are, by class of question (tests/unit/search/relevance_*.h).
 *
 *     relevance run DIR [SHRINK]     build the index in DIR, ask, print MRR@10 and recall@10, write
 *                                    DIR/queries.tsv and DIR/ours.tsv
 *
 *     relevance ids [SHRINK]         the catalog as TSV: dataset, id (empty: the dataset), text
 *
 *     relevance oracle DIR [SHRINK]  the ten best against those of scoring every string alike
 *
 *     relevance misses DIR           run, and print what has no right hit in the first place
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tests/unit/search/relevance_run.h"

static void print_id(void *user, const struct rc_dataset *d, const char *id, uint64_t number)
{
    (void)user, (void)number;
    printf("%s\t%s\t%s %s\n", d->id, id, d->id, id);
}

static void print_catalog(uint64_t shrink)
{
    for (size_t i = 0; i < RC_DATASETS; i++) {
        const struct rc_dataset *d = &rc_datasets[i];
        printf("%s\t\t%s %s %s %s lotsa collection/%s/ %s\n", d->id, d->id, d->theme, d->tag,
               d->column, d->id, d->description);
        rr_each_id(d, shrink, print_id, NULL);
    }
}

static FILE *create(const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(1);
    }
    return f;
}

static void write_query(FILE *f, const struct rq_query *q)
{
    static const char *const rules[] = {"same_id", "this_one", "begins", "has", "one_of", "none"};
    bool needle = q->rule == RQ_BEGINS || q->rule == RQ_HAS;
    fprintf(f, "%s\t%s\t%s\t%s\t%s\t%u\n", rq_names[q->class], q->text, rules[q->rule],
            needle ? q->needle : q->id, q->datasets ? q->datasets : "", q->relevant);
}

static void print_miss(const struct rq_query *q, const struct rr_hits *h)
{
    bool right = q->rule == RQ_NONE
                     ? h->n == 0
                     : h->n && rq_right(q, h->dataset[0], h->id[0][0] ? h->id[0] : NULL);
    if (!right) {
        printf("%-18s %-50s wants %s%s (%u)\n", rq_names[q->class], q->text,
               q->rule == RQ_ONE_OF ? q->datasets : q->id, q->needle[0] ? q->needle : "",
               q->relevant);
        for (size_t i = 0; i < h->n && i < 3; i++) {
            printf("%70s %s\n", h->dataset[i], h->id[i]);
        }
    }
}

static void run(const char *dir, uint64_t shrink, bool misses)
{
    struct rq_query *queries = calloc(RQ_QUERIES, sizeof *queries);
    struct rq_score scores[RQ_CLASSES] = {0};
    struct search_index *ix;
    struct error err = {0};
    if (rr_build(dir, shrink, queries, &err) || search_open(dir, &ix, &err)) {
        fprintf(stderr, "relevance: %s\n", err.text);
        exit(1);
    }
    FILE *asked = create(dir, "queries.tsv"), *ours = create(dir, "ours.tsv");
    for (size_t i = 0; i < RQ_QUERIES; i++) {
        struct rr_hits h;
        if (rr_ask(ix, &queries[i], &h, &err)) {
            fprintf(stderr, "relevance: \"%s\": %s\n", queries[i].text, err.text);
        }
        write_query(asked, &queries[i]);
        for (size_t k = 0; k < h.n; k++) {
            fprintf(ours, "%zu\t%s\t%s\n", i, h.dataset[k], h.id[k]);
        }
        rr_judge(&queries[i], &h, &scores[queries[i].class]);
        if (misses) {
            print_miss(&queries[i], &h);
        }
    }
    fclose(asked);
    fclose(ours);
    for (int c = 0; c < RQ_CLASSES; c++) {
        printf("%-20s MRR@10 %.3f   recall@10 %.3f   (%u)\n", rq_names[c],
               scores[c].mrr / scores[c].queries, scores[c].recall / scores[c].queries,
               scores[c].queries);
    }
    search_close(ix);
    free(queries);
}

static bool same_hit(const struct search_hit *a, const struct search_hit *b)
{
    return a->dataset == b->dataset && a->is_dataset == b->is_dataset && a->series == b->series;
}

/* How many of the oracle's ten best the index gives, over all questions. */
static void compare(const char *dir, uint64_t shrink)
{
    struct rq_query *queries = calloc(RQ_QUERIES, sizeof *queries);
    struct search_index *ix;
    struct error err = {0};
    size_t wanted = 0, same = 0, in_place = 0;
    if (rr_build(dir, shrink, queries, &err) || search_open(dir, &ix, &err)) {
        fprintf(stderr, "relevance: %s\n", err.text);
        exit(1);
    }
    for (size_t i = 0; i < RQ_QUERIES; i++) {
        struct search_result a, b;
        struct str text = str_c(queries[i].text);
        struct search_options fast = {.limit = RQ_HITS},
                              slow = {.limit = RQ_HITS, .brute_force = true};
        if (search_run(ix, text, &fast, &a, &err) || search_run(ix, text, &slow, &b, &err)) {
            fprintf(stderr, "relevance: \"%s\": %s\n", queries[i].text, err.text);
            exit(1);
        }
        for (size_t k = 0; k < b.n_hits; k++) {
            for (size_t m = 0; m < a.n_hits; m++) {
                same += same_hit(&a.hits[m], &b.hits[k]);
            }
            in_place += k < a.n_hits && same_hit(&a.hits[k], &b.hits[k]);
        }
        wanted += b.n_hits;
        search_result_free(&a);
        search_result_free(&b);
    }
    printf("%d questions: %zu of the oracle's %zu hits, %zu of them at the same place\n",
           RQ_QUERIES, same, wanted, in_place);
    search_close(ix);
    free(queries);
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "ids") == 0) {
        print_catalog(argc > 2 ? strtoull(argv[2], NULL, 10) : 1);
    } else if (argc >= 3 && strcmp(what, "oracle") == 0) {
        compare(argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : 40);
    } else if (argc >= 3 && (strcmp(what, "run") == 0 || strcmp(what, "misses") == 0)) {
        run(argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : 1, what[0] == 'm');
    } else {
        fprintf(stderr, "usage: see the top of bench/search/relevance.c\n");
        return 2;
    }
    return 0;
}
