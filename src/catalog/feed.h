/* feed.h - everything that can be searched for, out of the catalog: for building the search index.
 *
 * Datasets come as one array (there are thousands at most), the series of each as a stream: memory
 * does not grow with them. Not inside a transaction of a writer.
 */
#ifndef TSI_CATALOG_FEED_H
#define TSI_CATALOG_FEED_H

#include "catalog/catalog.h"

struct feed_dataset {
    const char *dataset_id, *name, *theme, *description, *source, *folder,
        *frequency; /* NULL: none */
    const char **tags, **targets, **covariates;
    size_t n_tags, n_targets, n_covariates;
    uint64_t series, records; /* 0 where they are not known */
    int64_t start_us, end_us; /* since 1970 UTC; valid where has_times */
    bool has_times;
    const char *quality; /* "exact", "partial", "sampled"; "" where there are no figures yet */
    int64_t updated_us;  /* when the description or the figures last changed */
};

struct feed_series {
    struct str id; /* lives for the call */
    uint64_t records;
    int64_t start_us, end_us;
    double missing; /* share of the values of all targets that are null or NaN */
    bool has_records, has_times, has_missing;
};

MUST_CHECK enum error_code feed_datasets(struct catalog *c, struct arena *a,
                                         struct feed_dataset **out, size_t *n, struct error *err);

/* `each` is called for every series of a dataset, in no promised order, until it returns an error.
 */
MUST_CHECK enum error_code feed_series(struct catalog *c, const char *dataset_id,
                                       enum error_code (*each)(const struct feed_series *s,
                                                               void *user, struct error *err),
                                       void *user, struct error *err);

#endif
