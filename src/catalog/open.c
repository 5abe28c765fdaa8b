#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "catalog/figures.h"
#include "catalog/registry.h"

/* A reader holds the file for the time of a command: a writer waits that long for readers to go. A
 * reader waits as long for the snapshot that a starting writer is about to publish, or for one that
 * has just gone because its writer ends. */
#define PATIENCE_NS ((uint64_t)5 * 1000 * 1000 * 1000)
#define PAUSE_NS    ((uint64_t)50 * 1000 * 1000)

static char *with_suffix(const char *path, const char *suffix)
{
    size_t n = strlen(path) + strlen(suffix) + 1;
    char *s = mem_alloc(n);
    snprintf(s, n, "%s%s", path, suffix);
    return s;
}

static struct catalog *make(const char *path, bool writer)
{
    struct catalog *c = mem_zalloc(sizeof *c);
    c->path = mem_strdup(path);
    c->snapshot_path = with_suffix(path, ".snapshot");
    c->writer = writer;
    map_init(&c->file_ids);
    map_init(&c->failing);
    map_init(&c->marks);
    map_init(&c->id_columns);
    strbuf_init(&c->decided.dataset_id, SIZE_MAX);
    strbuf_init(&c->decided.id_columns, SIZE_MAX);
    strbuf_init(&c->decided.time_column, SIZE_MAX);
    map_init(&c->sliced);
    return c;
}

static void destroy(struct catalog *c)
{
    bulk_close(&c->datasets);
    bulk_close(&c->figures);
    bulk_close(&c->failures);
    bulk_close(&c->files);
    bulk_close(&c->columns);
    bulk_close(&c->spans);
    bulk_close(&c->series);
    bulk_close(&c->values);
    bulk_close(&c->slices);
    db_close(&c->db);
    if (c->registered) {
        registry_leave(c->registered);
    }
    map_free(&c->file_ids);
    map_free(&c->failing);
    map_free(&c->marks);
    map_free(&c->id_columns);
    strbuf_free(&c->decided.dataset_id);
    strbuf_free(&c->decided.id_columns);
    strbuf_free(&c->decided.time_column);
    map_free(&c->sliced);
    mem_free(c->path);
    mem_free(c->snapshot_path);
    mem_free(c);
}

/* Whether the lock on `path` is one of readers. Called only while this process has the file not
 * open. */
static bool held_by_readers(const char *path)
{
    struct flock ask = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    bool readers = fcntl(fd, F_GETLK, &ask) == 0 && ask.l_type != F_WRLCK;
    close(fd);
    return readers;
}

static enum error_code check_writable_place(const char *path, struct error *err)
{
    struct stat st;
    const char *slash = strrchr(path, '/');
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        return error_set(err, ERR_IO, "the catalog %s is not a file", path);
    }
    if (!slash || slash == path) {
        return OK;
    }
    char *folder = mem_strdup(path);
    folder[slash - path] = '\0';
    enum error_code code = OK;
    if (stat(folder, &st) < 0 || !S_ISDIR(st.st_mode)) {
        code = error_set(err, ERR_IO, "the catalog's folder %s does not exist", folder);
    }
    mem_free(folder);
    return code;
}

/* A process that is killed inside a checkpoint can leave half of a block that DuckDB writes in
 * place. The snapshot that its run published is whole, and stays until the next one is; together
 * with the log of the transactions behind it, it is the state of the last commit, and without it an
 * earlier one. */
static enum error_code restore(struct catalog *c, const struct db_open *how, struct error *err)
{
    struct error fault = {0};
    char *damaged = with_suffix(c->path, ".damaged"), *wal = with_suffix(c->path, ".wal");
    char *damaged_wal = with_suffix(c->path, ".wal.damaged");
    unlink(damaged);
    enum error_code code = ERR_CATALOG_DAMAGED;
    if (link(c->path, damaged) == 0 && snapshot_copy(c->snapshot_path, c->path, &fault) == OK) {
        code = db_open(&c->db, how, &fault);
        if (code && code != ERR_CATALOG_LOCKED && rename(wal, damaged_wal) == 0) {
            code = db_open(&c->db, how, &fault);
        }
    }
    if (!code) {
        log_warn("catalog",
                 "%s was damaged when its last run was killed; the state that run had published is "
                 "taken, and what "
                 "is missing is read again. The damaged file is kept as %s",
                 c->path, damaged);
        error_reset(err);
    }
    mem_free(damaged);
    mem_free(wal);
    mem_free(damaged_wal);
    return code;
}

/* Locked by readers: try again until they are gone or patience ends. */
static enum error_code open_for_writing(struct catalog *c, const struct catalog_options *o,
                                        struct error *err)
{
    char *temp = with_suffix(c->path, ".tmp");
    struct db_open how = {.path = c->path, .temp_directory = temp, .options = o};
    uint64_t deadline = clock_monotonic_ns() + PATIENCE_NS;
    enum error_code code;
    while ((code = db_open(&c->db, &how, err)) == ERR_CATALOG_LOCKED &&
           clock_monotonic_ns() < deadline && held_by_readers(c->path)) {
        clock_sleep_ns(PAUSE_NS);
    }
    if (code == ERR_CATALOG_DAMAGED && access(c->snapshot_path, F_OK) == 0) {
        code = restore(c, &how, err);
    }
    mem_free(temp);
    if (code == ERR_CATALOG_LOCKED) {
        long holder = err ? db_lock_holder(err->text) : 0;
        char who[48] = "another process";
        if (holder) {
            snprintf(who, sizeof who, "process %ld", holder);
        }
        code = error_set(err, code,
                         "the catalog %s is in use by %s: wait until it ends, or choose "
                         "another --database",
                         c->path, who);
    }
    return code;
}

/* The tables that grow with the series. */
static enum error_code share_writing(struct catalog *c, const struct catalog_options *o,
                                     struct error *err)
{
    struct bulk *const large[] = {&c->spans, &c->series, &c->values};
    enum error_code code = OK;
    for (size_t i = 0; o && !code && i < sizeof large / sizeof *large; i++) {
        code = bulk_threads(large[i], o->writers, (size_t)o->threads, err);
    }
    return code;
}

static enum error_code prepare_writer(struct catalog *c, struct error *err)
{
    enum error_code code = schema_prepare(&c->db, c->path, err);
    code = code ? code : db_run_plain(&c->db, STMT_RUNS_INTERRUPTED, err);
    code = code ? code : bulk_open(&c->datasets, &c->db, "datasets", err);
    code = code ? code : figures_open(c, err);
    code = code ? code : bulk_open(&c->failures, &c->db, "failures", err);
    code = code ? code : bulk_open(&c->files, &c->db, "files", err);
    code = code ? code : bulk_open(&c->columns, &c->db, "columns", err);
    code = code ? code : bulk_open(&c->spans, &c->db, "spans", err);
    code = code ? code : bulk_open(&c->series, &c->db, "series_metadata", err);
    code = code ? code : bulk_open(&c->values, &c->db, "series_values", err);
    code = code ? code : bulk_open(&c->slices, &c->db, "file_slices", err);
    return code ? code : catalog_registers_load(c, err);
}

enum error_code catalog_open_write(const char *path, const struct catalog_options *o,
                                   struct catalog **out, struct error *err)
{
    *out = NULL;
    enum error_code code = check_writable_place(path, err);
    if (code) {
        return code;
    }
    struct catalog *c = make(path, true);
    c->memory = o ? o->memory : 0;
    c->registered = registry_enter(path, true);
    if (!c->registered) {
        code = error_set(err, ERR_CATALOG_LOCKED, "the catalog %s is in use by this process", path);
    }
    code = code ? code : catalog_create(path, o, err);
    code = code ? code : open_for_writing(c, o, err);
    code = code ? code : prepare_writer(c, err);
    code = code ? code : share_writing(c, o, err);
    if (code) {
        destroy(c);
        return code == ERR_CATALOG && err ? error_add(err, "while opening %s", path) : code;
    }
    struct error fault;
    if (catalog_publish(c, &fault)) {
        log_warn("catalog", "readers will wait until this run has ended: %s", fault.text);
    }
    *out = c;
    return OK;
}

static enum error_code try_read(struct catalog *c, const char *file,
                                const struct catalog_options *o, struct error *err)
{
    char suffix[32];
    snprintf(suffix, sizeof suffix, ".tmp-%ld", (long)getpid());
    char *temp = with_suffix(c->path, suffix);
    /* Readers of the file share it: were it opened twice, closing one would drop the lock of the
     * other. A snapshot needs no lock, and its path stands for another file after each publishing.
     */
    struct db_open how = {.path = file,
                          .temp_directory = temp,
                          .readonly = true,
                          .shared = file == c->path,
                          .options = o};
    enum error_code code = db_open(&c->db, &how, err);
    mem_free(temp);
    return code;
}

/* The file itself, unless this or another process writes it; then the snapshot. ERR_CATALOG_LOCKED:
 * neither. */
static enum error_code open_either(struct catalog *c, const struct catalog_options *o,
                                   struct error *err)
{
    enum error_code code = ERR_CATALOG_LOCKED;
    c->registered = registry_enter(c->path, false);
    if (c->registered) {
        code = try_read(c, c->path, o, err);
        if (code != ERR_CATALOG_LOCKED && code != ERR_CATALOG_DAMAGED) {
            return code;
        }
        registry_leave(c->registered);
        c->registered = 0;
        c->holder = code == ERR_CATALOG_LOCKED && err ? db_lock_holder(err->text) : 0;
    }
    /* A file that a kill has damaged is restored by the next run; until then its last snapshot
     * answers. */
    bool damaged = code == ERR_CATALOG_DAMAGED;
    if (access(c->snapshot_path, F_OK) == 0) {
        struct error ignored;
        code = try_read(c, c->snapshot_path, o, &ignored);
        c->is_snapshot = code == OK;
    }
    return code == OK ? OK : damaged ? ERR_CATALOG_DAMAGED : ERR_CATALOG_LOCKED;
}

enum error_code catalog_open_read(const char *path, const struct catalog_options *o,
                                  struct catalog **out, struct error *err)
{
    struct stat st;
    *out = NULL;
    if (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        return error_set(err, ERR_NO_CATALOG,
                         "there is no catalog %s: make one with ts-indexer "
                         "index <source> --database %s",
                         path, path);
    }
    struct catalog *c = make(path, false);
    uint64_t deadline = clock_monotonic_ns() + PATIENCE_NS;
    enum error_code code;
    while ((code = open_either(c, o, err)) == ERR_CATALOG_LOCKED &&
           clock_monotonic_ns() < deadline) {
        clock_sleep_ns(PAUSE_NS);
    }
    if (code == ERR_CATALOG_LOCKED) {
        code = error_set(err, code,
                         "the catalog %s is being written, and there is no snapshot of it "
                         "yet: try again in a moment",
                         path);
    }
    code = code ? code : schema_check(&c->db, path, err);
    if (code) {
        destroy(c);
        return code;
    }
    *out = c;
    return OK;
}

bool catalog_is_snapshot(const struct catalog *c)
{
    return c->is_snapshot;
}

enum error_code catalog_set_memory(struct catalog *c, uint64_t memory, struct error *err)
{
    char sql[64];
    snprintf(sql, sizeof sql, "SET memory_limit = '%" PRIu64 "B'", memory);
    return db_run_script(&c->db, sql, err);
}

enum error_code catalog_checkpoint(struct catalog *c, struct error *err)
{
    return c->writer && !c->in_transaction
               ? db_run_plain(&c->db, STMT_CHECKPOINT, err)
               : error_set(err, ERR_INTERNAL, "a checkpoint inside a transaction");
}

enum error_code catalog_publish(struct catalog *c, struct error *err)
{
    enum error_code code = catalog_checkpoint(c, err);
    return code ? code : snapshot_copy(c->path, c->snapshot_path, err);
}

void catalog_close(struct catalog *c)
{
    if (!c) {
        return;
    }
    if (c->writer) {
        struct error fault;
        catalog_rollback(c);
        if (db_run_plain(&c->db, STMT_CHECKPOINT, &fault)) {
            log_warn("catalog", "%s", fault.text);
        }
        /* Before the lock goes: after it, the snapshot could be the next writer's. */
        unlink(c->snapshot_path);
    }
    destroy(c);
}
