// module: search
/* Any bytes as a query: parsed, and run on a small index. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "search/search.h"

static struct search_index *small_index(void)
{
    static struct search_index *ix;
    static const char *const ids[] = {"item_0001", "Zürich_3", "HOBBIES_1_001_CA_1", "beijing",
                                      "x\\|y|z"};
    char dir[] = "/tmp/search-fuzz-XXXXXX";
    struct search_builder *b;
    if (ix || !mkdtemp(dir)) {
        return ix;
    }
    struct search_doc doc = {.dataset_id = "azure_vm",
                             .theme = "Cloud",
                             .description = "Virtual machines",
                             .records = 7};
    if (search_builder_new(dir, NULL, &b, NULL) != OK ||
        search_builder_dataset(b, &doc, NULL) != OK) {
        abort();
    }
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct search_series s = {.id = str_c(ids[i]), .values = {5}, .has = 1};
        if (search_builder_series(b, &s, NULL) != OK) {
            abort();
        }
    }
    if (search_builder_commit(b, 1, NULL) != OK || search_open(dir, &ix, NULL) != OK) {
        abort();
    }
    search_builder_free(b);
    char command[64]; /* the index stays mapped */
    snprintf(command, sizeof command, "rm -rf %s", dir);
    if (system(command) != 0) {
        abort();
    }
    return ix;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct search_result r;
    struct error err;
    struct search_options o = {.explain = true, .facets = size % 2, .count = size % 3 == 0};
    enum error_code rc = search_run(small_index(), str_n(data, size), &o, &r, &err);
    if (rc != OK && rc != ERR_USAGE) {
        abort();
    }
    for (size_t i = 0; i < r.n_hits; i++) {
        for (size_t k = 0; k < r.hits[i].n_ranges; k++) {
            if (r.hits[i].ranges[k].end > r.hits[i].text.len ||
                r.hits[i].ranges[k].begin >= r.hits[i].ranges[k].end) {
                abort();
            }
        }
    }
    search_result_free(&r);
    return 0;
}
