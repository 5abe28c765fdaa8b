/* classify.h - what an object is, by its key alone. */
#ifndef TSI_SCAN_CLASSIFY_H
#define TSI_SCAN_CLASSIFY_H

#include "base/error.h"
#include "base/str.h"

struct object_class {
    enum error_code code; /* OK: Parquet. ERR_UNSUPPORTED and ERR_FORMAT_UNKNOWN: data that is not
                             read. ERR_MARKER_FILE, ERR_DIRECTORY_MARKER: never data */
    bool metadata;    /* a YAML file: neither data nor worth a note; `code` is ERR_MARKER_FILE */
    const char *text; /* why it is not read: "CSV is not read yet"; NULL for Parquet and metadata */
};

/* `key` is relative to the source. */
struct object_class object_classify(struct str key);

#endif
