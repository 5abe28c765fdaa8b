/* Loaded into ts-indexer by tests: the Nth step that changes the catalog's files on disk is its
 * last, or fails.
 *
 * Steps are write, pwrite, fsync, fdatasync, ftruncate, rename and unlink of files whose path holds
 * TSI_FAULT_PATH. They are counted over all threads. TSI_FAULT_KILL=N: the process dies by SIGKILL
 * instead of doing step N; half of a write is done first, for a torn page. TSI_FAULT_FULL=N: from
 * step N on each write fails with ENOSPC, a while or for ever (TSI_FAULT_FULL_UNTIL).
 * TSI_FAULT_COUNT=FILE: the number of steps is written there at the end.
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long steps;

static long number_of(const char *name)
{
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : 0;
}

static int is_ours(const char *path)
{
    const char *wanted = getenv("TSI_FAULT_PATH");
    return wanted && path && strstr(path, wanted) != NULL;
}

static int fd_is_ours(int fd)
{
    char link[64], path[PATH_MAX];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    errno = saved;
    path[n > 0 ? n : 0] = '\0';
    return is_ours(path);
}

/* Counts a step; 1 where this one is the last. */
static int last_step(void)
{
    return atomic_fetch_add(&steps, 1) + 1 == number_of("TSI_FAULT_KILL");
}

static int disk_is_full(void)
{
    long from = number_of("TSI_FAULT_FULL"), until = number_of("TSI_FAULT_FULL_UNTIL");
    long now = atomic_load(&steps);
    return from && now >= from && (!until || now < until);
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

#define REAL(name, type)                                                                           \
    static type *real;                                                                             \
    real = real ? real : (type *)dlsym(RTLD_NEXT, name)

typedef ssize_t write_fn(int, const void *, size_t);
typedef ssize_t pwrite_fn(int, const void *, size_t, off_t);
typedef int fd_fn(int);
typedef int truncate_fn(int, off_t);
typedef int rename_fn(const char *, const char *);
typedef int path_fn(const char *);

ssize_t write(int fd, const void *data, size_t n)
{
    REAL("write", write_fn);
    if (!fd_is_ours(fd)) {
        return real(fd, data, n);
    }
    if (last_step()) {
        (void)!real(fd, data, n / 2);
        die();
    }
    if (disk_is_full()) {
        errno = ENOSPC;
        return -1;
    }
    return real(fd, data, n);
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    REAL("pwrite", pwrite_fn);
    if (!fd_is_ours(fd)) {
        return real(fd, data, n, at);
    }
    if (last_step()) {
        (void)!real(fd, data, n / 2, at);
        die();
    }
    if (disk_is_full()) {
        errno = ENOSPC;
        return -1;
    }
    return real(fd, data, n, at);
}

ssize_t pwrite64(int fd, const void *data, size_t n, off_t at)
{
    return pwrite(fd, data, n, at);
}

static void step_of(int ours)
{
    if (ours && last_step()) {
        die();
    }
}

int fsync(int fd)
{
    REAL("fsync", fd_fn);
    step_of(fd_is_ours(fd));
    return real(fd);
}

int fdatasync(int fd)
{
    REAL("fdatasync", fd_fn);
    step_of(fd_is_ours(fd));
    return real(fd);
}

int ftruncate(int fd, off_t n)
{
    REAL("ftruncate", truncate_fn);
    step_of(fd_is_ours(fd));
    return real(fd, n);
}

int ftruncate64(int fd, off_t n)
{
    return ftruncate(fd, n);
}

int rename(const char *from, const char *to)
{
    REAL("rename", rename_fn);
    step_of(is_ours(to));
    return real(from, to);
}

int unlink(const char *path)
{
    REAL("unlink", path_fn);
    step_of(is_ours(path));
    return real(path);
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("TSI_FAULT_COUNT");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (f) {
        fprintf(f, "%ld\n", atomic_load(&steps));
        fclose(f);
    }
}
