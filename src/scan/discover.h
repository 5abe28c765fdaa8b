/* discover.h - from what was listed to datasets.
 *
 * A pure function in three steps, because a listing may have a million keys: objects and metadata
 * are added as they come, in any order, and discovery_finish puts them together. The result depends
 * on what was added, never on the order.
 *
 * A dataset is the first path segment below the source ("weather/part-0.parquet" -> folder
 * "weather/") that holds data; what is nested below it, hive partitions included, belongs to it.
 * Parquet files directly in the source form one dataset, named after the source, with folder "".
 *
 * Each dataset gets at most one metadata file, by these rules, best first, exact bytes before bytes
 * that are equal but for ASCII case: the file's stem, its `name`, the last segment of its
 * `storage_location`; then a metadata file inside the folder ("weather/metadata.yaml",
 * "weather/dataset.yaml", or the only one there). The id of a dataset is the stem of its metadata,
 * else the name of its folder; where two want one id, the folder of that name has it, and the other
 * one falls back to the name of its own folder.
 *
 * Nothing disappears: an object is a file of a dataset, or a note says why it is none.
 * Memory: everything lives until discovery_free. Threads: one at a time.
 */
#ifndef TSI_SCAN_DISCOVER_H
#define TSI_SCAN_DISCOVER_H

#include <stdbool.h>

#include "base/error.h"
#include "base/map.h"
#include "base/memory.h"
#include "model/dataset_info.h"
#include "model/object.h"

struct discovered {
    struct dataset_info info; /* source_uri is "": the caller knows it */
    struct object
        *files; /* sorted by key; keys relative to the source. An empty file is among
                   them:     it is a failed file (ERR_EMPTY_OBJECT) that need not be read */
    size_t n_files, n_empty;
};

struct discovery_note {
    const char *dataset_id; /* "" where there is none */
    const char *key;        /* of the object or the metadata file, or the folder ("weather/") */
    enum error_code code;   /* error_exit_code 0: a note; else a failure */
    const char *text;
};

/* A first path segment and what lies in it. */
struct discovery_folder {
    struct str name;      /* without '/'; "" for the root */
    struct object *files; /* Parquet */
    size_t n_files, cap_files;
    size_t n_unsupported; /* data files of other formats */
    size_t n_metas;       /* metadata files inside */
    size_t meta;          /* index of its metadata, DISCOVERY_NONE */
    bool meta_failed;     /* its metadata could not be read */
    const char *id;       /* set by discovery_finish; NULL where it is no dataset */
};

struct discovery_meta {
    const struct dataset_meta *parsed; /* NULL where it could not be read */
    const char *key, *stem;
    bool inside;   /* its key is one of the data source */
    size_t folder; /* that it describes, or would if it could be read; DISCOVERY_NONE */
    enum error_code code;
    const char *text;
};

#define DISCOVERY_NONE SIZE_MAX

struct discovery {
    struct arena arena;
    const char *source_name;
    struct map by_name; /* folder name -> index in folders */
    struct discovery_folder *folders;
    size_t n_folders, cap_folders;
    struct discovery_meta *metas;
    size_t n_metas, cap_metas;
    struct discovery_note *notes; /* sorted by dataset id, key and code by discovery_finish */
    size_t n_notes, cap_notes;
    struct discovered *datasets; /* set by discovery_finish, sorted by id */
    size_t n_datasets;
};

/* `source_name`: the last segment of the source's path, which names the dataset of files in the
 * root. */
void discovery_init(struct discovery *d, const char *source_name);
void discovery_free(struct discovery *d);

/* An object of the data source; what is needed of it is copied. */
void discovery_add_object(struct discovery *d, const struct object *o);

/* A parsed metadata file, which must live as long as the discovery. `inside`: it was listed in the
 * data source, so that its key says which folder it lies in. */
void discovery_add_meta(struct discovery *d, const struct dataset_meta *meta, bool inside);

/* A metadata file that could not be read; key and text are copied. */
void discovery_add_meta_failure(struct discovery *d, const char *key, bool inside,
                                enum error_code code, const char *text);

/* Put everything together; called once. Fills datasets and notes. */
void discovery_finish(struct discovery *d);

/* For discover.c and discover_match.c only: place each metadata file (all that was added is
 * sorted). */
void discovery_match(struct discovery *d);
bool discovery_is_dataset(const struct discovery_folder *f);
struct str discovery_first_segment(const char *key);
bool discovery_stem_is_generic(const char *stem); /* "metadata", "dataset": names nothing */

#endif
