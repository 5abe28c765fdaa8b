/* discover.h - from what a listing returned to datasets: which folder is one, what describes it, which files are its data.
 *
 * Pure: objects and parsed metadata go in, in any order; the same datasets, in the order of their ids, come out. Built
 * incrementally, because a listing may have a million keys; only what is needed of each is copied.
 *
 * A dataset is the first path segment below the source; deeper folders belong to it. Data files directly in the source
 * form one dataset named after the source (folder ""). Metadata finds its folder without regard to ASCII case: by its file
 * name, its `name`, the last segment of its `storage_location`, or by lying inside the folder. Whatever is passed over or
 * does not fit is said in a note; nothing disappears.
 *
 * Memory: everything lives in the discovery's arena until discovery_free. Threads: no shared state.
 */
#ifndef TSI_SCAN_DISCOVER_H
#define TSI_SCAN_DISCOVER_H

#include "base/error.h"
#include "base/map.h"
#include "model/dataset_info.h"
#include "model/object.h"

struct discovery_note {
    const char *dataset_id; /* "" where it belongs to none */
    const char *key;
    enum error_code code;   /* error_exit_code 0: a note; else a failure */
    const char *text;
};

struct discovered {
    struct dataset_info info; /* source_uri is left NULL: the caller knows the store */
    struct object *files;     /* data files that can be read, by key */
    size_t n_files;
};

struct discovery_state;

struct discovery {
    struct discovered *datasets; /* sorted by info.id */
    size_t n_datasets;
    struct discovery_note *notes; /* sorted by dataset_id, then key */
    size_t n_notes;
    struct discovery_state *state;
};

/* `root_name` names the dataset of files that lie directly in the source: the last segment of its URI. */
void discovery_init(struct discovery *d, const char *root_name);
void discovery_free(struct discovery *d);

/* An object of the data source. The object is copied. Metadata files (metadata_is_key) are neither data nor noted. */
void discovery_add_object(struct discovery *d, const struct object *o);

/* A parsed metadata file. Kept by reference: it must live as long as the discovery. `in_source` tells that meta->key is a
 * key of the data source itself, so that a file inside a folder describes that folder. */
void discovery_add_meta(struct discovery *d, const struct dataset_meta *meta, bool in_source);

/* A metadata file that could not be read or parsed. Strings are copied. */
void discovery_add_meta_failure(struct discovery *d, const char *key, bool in_source,
                                enum error_code code, const char *text);

/* Sort it all out; call once. */
void discovery_finish(struct discovery *d);

#endif
