#include <stdlib.h>
#include <string.h>

#include "catalog/db.h"

/* What a text of DuckDB means for us. The first that occurs decides. */
static const struct {
    const char *needle;
    enum error_code code;
} meanings[] = {
    {"Could not set lock", ERR_CATALOG_LOCKED},
    {"No space left on device", ERR_NO_SPACE},
    {"Disk quota exceeded", ERR_NO_SPACE},
    {"max_temp_directory_size", ERR_NO_SPACE},
    {"Out of Memory Error", ERR_MEMORY},
    {"failed to allocate", ERR_MEMORY},
    {"Permission denied", ERR_PERMISSION},
    {"Read-only file system", ERR_PERMISSION},
    {"not a valid DuckDB database", ERR_CATALOG_DAMAGED},
    {"we can only read version", ERR_CATALOG_NEWER},
    {"Corrupt", ERR_CATALOG_DAMAGED},
    {"Could not read enough bytes", ERR_CATALOG_DAMAGED},
    {"checksum", ERR_CATALOG_DAMAGED},
    {"Failure while replaying WAL", ERR_CATALOG_DAMAGED},
    {"Serialization Error", ERR_CATALOG_DAMAGED},
};

long db_lock_holder(const char *text)
{
    const char *p = text ? strstr(text, "(PID ") : NULL;
    return p ? strtol(p + 5, NULL, 10) : 0;
}

/* The first line, without the pointer to a web page that DuckDB adds. */
static int useful_length(const char *text)
{
    size_t n = strcspn(text, "\n");
    const char *see = strstr(text, " See also http");
    if (see && (size_t)(see - text) < n) {
        n = (size_t)(see - text);
    }
    return (int)n;
}

enum error_code db_fault(struct error *err, const char *what, const char *text)
{
    enum error_code code = ERR_CATALOG;
    text = text && *text ? text : "unknown error";
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (strstr(text, meanings[i].needle)) {
            code = meanings[i].code;
            break;
        }
    }
    return error_set(err, code, "catalog: %.*s; in %s", useful_length(text), text, what);
}
