/* dataset.h - a dataset as its metadata describes it. */
#ifndef TSI_MODEL_DATASET_H
#define TSI_MODEL_DATASET_H

#include <stddef.h>
#include <stdint.h>

/* One entry of ts_id, targets, covariates or tfc_data_store. `type` and `subtype` are kept as
 * written ("num" and "numeric" both occur); "" where absent. */
struct column_meta {
    const char *name, *type, *subtype;
};

struct column_list {
    struct column_meta *items;
    size_t n;
};

/* The parsed YAML of one dataset. Strings are UTF-8 and NUL-terminated; NULL where the key is
 * absent. */
struct dataset_meta {
    const char *key;  /* of the metadata object, relative to the metadata source */
    const char *etag; /* of the same object */
    const char *stem; /* file name without "_metadata.yaml", ".metadata.yaml", ".yaml", ".yml" */
    const char *name, *type, *description, *source, *storage_location, *theme, *frequency;
    const char *time_column; /* `timestamp`, `time_column` or `date`, where a file names one */
    struct column_list ts_id, targets, hist, future, fixed;    /* `fixed` is covariates.static */
    struct column_list store_hist, store_future, store_static; /* tfc_data_store */
    const char **tags;
    size_t n_tags;
    const char
        *extra_json; /* the keys we do not know, as one JSON object; "{}" where there are none */
};

#endif
