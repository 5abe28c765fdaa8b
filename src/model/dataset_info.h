/* dataset_info.h - a dataset as a run found it: where it lies, what describes it, which columns
 * identify its series. */
#ifndef TSI_MODEL_DATASET_INFO_H
#define TSI_MODEL_DATASET_INFO_H

#include <stdbool.h>
#include <stddef.h>

#include "model/dataset.h"
#include "model/depth.h"

/* Where the choice of id and time columns comes from. */
enum columns_origin {
    COLUMNS_NONE,     /* none known (yet) */
    COLUMNS_METADATA, /* the metadata names them */
    COLUMNS_DETECTED, /* found by name and confirmed by data */
};

struct dataset_info {
    const char *id;     /* unique in the catalog: the metadata's stem, else the folder's name */
    const char *name;   /* the metadata's `name`, else the folder's */
    const char *folder; /* relative to the source, ending in '/'; "" where the source itself is the
                           dataset */
    const char *source_uri;          /* canonical URI of the folder */
    const struct dataset_meta *meta; /* NULL: no metadata */
    const char **id_columns;
    size_t n_id_columns;
    const char *time_column; /* NULL: none */
    enum columns_origin origin;
};

#endif
