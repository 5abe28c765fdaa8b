/* A new catalog is made aside and put in its place whole: a kill or a full disk in the middle of it
 * leaves nothing that the next run would have to take for a damaged catalog. */
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/internal.h"

#define ASIDE ".new-"

static void remove_aside(const char *path)
{
    char *wal = mem_alloc(strlen(path) + sizeof ".wal");
    sprintf(wal, "%s.wal", path);
    unlink(wal);
    unlink(path);
    mem_free(wal);
}

/* What killed processes left: "<path>.new-<pid>" of a process that is gone. */
static void remove_litter(const char *path)
{
    glob_t found;
    struct strbuf pattern;
    strbuf_init(&pattern, SIZE_MAX);
    for (const char *p = path; *p; p++) {
        if (strchr("*?[]\\", *p)) {
            strbuf_add_char(&pattern, '\\');
        }
        strbuf_add_char(&pattern, *p);
    }
    strbuf_add_c(&pattern, ASIDE "*");
    if (glob(pattern.data, GLOB_NOSORT, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            long pid = strtol(found.gl_pathv[i] + strlen(path) + strlen(ASIDE), NULL, 10);
            if (pid > 0 && kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
                unlink(found.gl_pathv[i]);
            }
        }
        globfree(&found);
    }
    strbuf_free(&pattern);
}

static enum error_code make_aside(const char *aside, const char *path,
                                  const struct catalog_options *o, struct error *err)
{
    struct db db = {0};
    struct db_open how = {.path = aside, .options = o};
    enum error_code code = db_open(&db, &how, err);
    code = code ? code : schema_prepare(&db, path, err);
    code = code ? code : db_run_plain(&db, STMT_CHECKPOINT, err);
    db_close(&db);
    return code;
}

enum error_code catalog_create(const char *path, const struct catalog_options *o, struct error *err)
{
    if (access(path, F_OK) == 0) {
        return OK;
    }
    remove_litter(path);
    size_t n = strlen(path) + sizeof ASIDE + 24;
    char *aside = mem_alloc(n);
    snprintf(aside, n, "%s" ASIDE "%ld", path, (long)getpid());
    remove_aside(aside);
    enum error_code code = make_aside(aside, path, o, err);
    /* A link never replaces: where another process was faster, its catalog is taken. */
    if (!code && link(aside, path) != 0 && errno != EEXIST) {
        /* Some file systems know no links. */
        code = rename(aside, path) == 0
                   ? OK
                   : error_set_errno(err, errno, "cannot create the catalog %s", path);
    }
    remove_aside(aside);
    mem_free(aside);
    return code;
}
