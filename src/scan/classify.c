#include "scan/classify.h"

#include <string.h>

/* Longer endings stand before those they end with. */
static const struct {
    const char *ending, *text; /* text NULL: it is read */
} formats[] = {
    {".parquet", NULL},
    {".pq", NULL},
    {".parq", NULL},
    {".csv", "CSV is not read yet"},
    {".csv.gz", "CSV is not read yet"},
    {".tsv", "TSV is not read yet"},
    {".tsv.gz", "TSV is not read yet"},
    {".arrow", "Arrow is not read yet"},
    {".feather", "Feather is not read yet"},
    {".ipc", "Arrow IPC is not read yet"},
    {".jsonl", "JSON lines are not read yet"},
    {".jsonl.gz", "JSON lines are not read yet"},
    {".ndjson", "JSON lines are not read yet"},
    {".json", "JSON is not read yet"},
    {".json.gz", "JSON is not read yet"},
    {".tsf", "TSF is not read yet"},
    {".orc", "ORC is not read yet"},
    {".avro", "Avro is not read yet"},
};

/* Folders that engines keep for themselves, and all whose name starts with a dot. */
static bool is_private_folder(struct str name)
{
    return (name.len && name.data[0] == '.') || str_eq(name, str_c("_temporary")) ||
           str_eq(name, str_c("_delta_log"));
}

/* README, README.md, LICENCE.txt, but not readme_series.parquet. */
static bool is_text_for_people(struct str name)
{
    static const char *const stems[] = {"readme", "license", "licence"};
    static const char *const endings[] = {"", ".md", ".txt", ".rst"};
    for (size_t s = 0; s < sizeof stems / sizeof *stems; s++) {
        size_t n = strlen(stems[s]);
        if (name.len < n || !str_eq_nocase(str_n(name.data, n), str_c(stems[s]))) {
            continue;
        }
        for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
            if (str_eq_nocase(str_from(name, n), str_c(endings[e]))) {
                return true;
            }
        }
    }
    return false;
}

static bool is_marker_name(struct str name)
{
    static const char *const names[] = {"_SUCCESS", "_metadata", "_common_metadata",
                                        "dataset_info.json", "state.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(name, str_c(names[i]))) {
            return true;
        }
    }
    return (name.len && name.data[0] == '.') || str_starts(name, "_committed_") ||
           str_starts(name, "_started_") || str_ends_nocase(name, ".crc") ||
           is_text_for_people(name);
}

static struct object_class classify_name(struct str name)
{
    if (is_marker_name(name)) {
        return (struct object_class){ERR_MARKER_FILE, false, "a marker, not data"};
    }
    if (str_ends_nocase(name, ".yaml") || str_ends_nocase(name, ".yml")) {
        return (struct object_class){ERR_MARKER_FILE, true, NULL};
    }
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (str_ends_nocase(name, formats[i].ending)) {
            return (struct object_class){formats[i].text ? ERR_UNSUPPORTED : OK, false,
                                         formats[i].text};
        }
    }
    return (struct object_class){ERR_FORMAT_UNKNOWN, false,
                                 "neither the name nor its ending is that of a known format"};
}

struct object_class object_classify(struct str key)
{
    const char *slash;
    if (key.len == 0 || key.data[key.len - 1] == '/') {
        return (struct object_class){ERR_DIRECTORY_MARKER, false, "the marker of a directory"};
    }
    while ((slash = memchr(key.data, '/', key.len))) {
        if (is_private_folder(str_n(key.data, (size_t)(slash - key.data)))) {
            return (struct object_class){ERR_MARKER_FILE, false,
                                         "in a folder that is not part of the data"};
        }
        key = str_from(key, (size_t)(slash - key.data) + 1);
    }
    return classify_name(key);
}
