/* dataset_files.h - the files of a dataset, read once for all that its figures ask of them. */
#ifndef TSI_CATALOG_DATASET_FILES_H
#define TSI_CATALOG_DATASET_FILES_H

#include "catalog/internal.h"

#define TIME_UNIT_COUNT (TIME_UNIT_NS + 1)

/* A file whose spans count: it was read, to depth `series` at least. */
struct dataset_file {
    int32_t id;
    const char *key; /* as the catalog writes it */
    enum time_unit unit;
    bool integer;    /* its times are integers */
    bool timed;      /* read to depth `time` */
    bool has_values; /* of the targets there are now */
    uint64_t series; /* of merge.c */
};

/* Whose spans go where: files by number. */
struct dataset_place {
    int32_t id;
    uint32_t place;
};

/* What the files of a dataset say, before their spans are looked at. */
struct dataset_files {
    struct dataset_file *places; /* by the byte order of their keys */
    struct dataset_place *by_id;
    size_t n_places;

    int64_t ok, failed, records, bytes, bytes_failed;
    bool has_records; /* false: the sum does not fit in 64 bits, or no file could be read */
    enum depth shallowest, deepest; /* of the ok files */
    enum depth drawn;               /* the shallowest of those read beyond their footers */
    int64_t rows_failed, failed_without_rows, without_time;
    bool unread_lists; /* files of lists are among those that were not read */
    bool rounded, utc, zones_differ;
    bool units[TIME_UNIT_COUNT];     /* those in use */
    uint8_t grains[TIME_UNIT_COUNT]; /* the least of the files of each */
    size_t n_units;
    bool integers_are_indexes; /* integer times of different files look like different things */
    const char *kind;          /* time_kind of all files; "mixed"; NULL: no times */
};

/* Memory: `a`, 40 bytes and the key for each file. */
MUST_CHECK enum error_code dataset_files_load(struct catalog *c, const char *dataset_id,
                                              struct arena *a, struct dataset_files *out,
                                              struct error *err);
/* False: no spans of this file count. */
bool dataset_files_place(const struct dataset_files *f, int64_t file_id, uint32_t *place);

#endif
