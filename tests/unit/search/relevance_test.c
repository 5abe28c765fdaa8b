/* How good the answers are: 640 questions to a catalog of 109 datasets (relevance_queries.h). The
 * floors hold for each class alone, so that a gain in one cannot pay for a loss in another. */
#include "relevance_run.h"
#include "support.h"

#define SHRINK 40 /* large datasets by so much: 73,000 series, a second */

static const struct {
    double mrr, recall;
} floors[RQ_CLASSES] = {
    [RQ_EXACT] = {1, 1},     [RQ_DATASET] = {0.98, 1}, /* m4 is a series too */
    [RQ_PREFIX] = {1, 1},    [RQ_INSIDE] = {1, 1},     [RQ_CHANGED] = {1, 1},
    [RQ_ADDED] = {1, 1},     [RQ_LOST] = {1, 1},       [RQ_SWAPPED] = {1, 1},
    [RQ_TWO_TYPOS] = {1, 1}, [RQ_PART_TYPO] = {1, 1},  [RQ_DATASET_TYPO] = {0.98, 0.98},
    [RQ_ORDER] = {1, 1},     [RQ_SEPARATORS] = {1, 1}, [RQ_FIELDS] = {0.98, 1},
    [RQ_COMPOSITE] = {1, 1}, [RQ_NUMBER] = {1, 1},     [RQ_SHORT] = {1, 1},
    [RQ_NON_ASCII] = {1, 1}, [RQ_WORDS] = {0.97, 1}, /* melbourne is a region of series too */
    [RQ_NOTHING] = {1, 1},
};

static void test_every_class_is_found(void **state)
{
    (void)state;
    static struct rq_query queries[RQ_QUERIES];
    struct rq_score scores[RQ_CLASSES] = {0};
    struct error err;
    char dir[64];
    temporary_folder(dir);
    check(rr_build(dir, SHRINK, queries, &err), &err);
    struct search_index *ix = open_index(dir);
    for (size_t i = 0; i < RQ_QUERIES; i++) {
        struct rr_hits h;
        check(rr_ask(ix, &queries[i], &h, &err), &err);
        /* A question without an answer would be no question. */
        assert_true((queries[i].rule == RQ_NONE) == (queries[i].relevant == 0));
        rr_judge(&queries[i], &h, &scores[queries[i].class]);
    }
    for (int c = 0; c < RQ_CLASSES; c++) {
        double mrr = scores[c].mrr / RQ_PER_CLASS, recall = scores[c].recall / RQ_PER_CLASS;
        if (mrr < floors[c].mrr || recall < floors[c].recall) {
            fail_msg("%s: MRR@10 %.3f, recall@10 %.3f", rq_names[c], mrr, recall);
        }
    }
    search_close(ix);
    remove_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_class_is_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
