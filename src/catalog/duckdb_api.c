#define TSI_DUCKDB_API_BARE_NAMES
#include "catalog/duckdb_api.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

struct duckdb_api duckdb_api;

static struct error load_error; /* of the one attempt; code OK: it is loaded */

/* The run path of the program comes first (an installed one has its library there), then the
 * system's own, then the library that the program was built with. */
static void *open_library(void)
{
    void *library = dlopen("libduckdb.so", RTLD_NOW | RTLD_LOCAL);
    return library ? library : dlopen(TSI_DUCKDB_LIBRARY, RTLD_NOW | RTLD_LOCAL);
}

/* POSIX lets dlsym give functions as data pointers; ISO C has no cast for it. */
static bool find(void *library, const char *name, void *slot)
{
    void *symbol = dlsym(library, name);
    memcpy(slot, &symbol, sizeof symbol);
    if (!symbol && !load_error.code) {
        error_set(&load_error, ERR_CATALOG, "libduckdb has no %s: version 1.5 or later is needed",
                  name);
    }
    return symbol != NULL;
}

static void load(void)
{
    void *library = open_library();
    if (!library) {
        const char *why = dlerror();
        error_set(&load_error, ERR_CATALOG, "libduckdb cannot be loaded: %s",
                  why ? why : "it was not found");
        return;
    }
#define DUCKDB_FIND(function) (void)find(library, #function, &duckdb_api.function);
    DUCKDB_FUNCTIONS(DUCKDB_FIND)
}

enum error_code duckdb_api_load(struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    if (load_error.code && err) {
        *err = load_error;
    }
    return load_error.code;
}
