/* The copy is made by a child process, because closing a descriptor of the file in this one would
 * drop the POSIX lock that DuckDB holds on it. Between fork and _exit the child calls only what is
 * async-signal-safe: other threads may have held any lock at the fork. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "catalog/internal.h"

/* Large enough that the system calls do not count, small enough for the child's stack. */
#define COPY_BUFFER ((size_t)256 * 1024)

static int copy_bytes(int in, int out)
{
    static char buffer[COPY_BUFFER];
    ssize_t got;
    while ((got = read(in, buffer, sizeof buffer)) != 0) {
        if (got < 0 && errno != EINTR) {
            return errno;
        }
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(out, buffer + done, (size_t)(got - done));
            if (put < 0 && errno != EINTR) {
                return errno;
            }
            done += put > 0 ? put : 0;
        }
    }
    return 0;
}

/* In the child. Shares the blocks where the file system can (FICLONE), else copies them. 0 or
 * errno. */
static int copy_file(const char *from, const char *part, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (in < 0 || fstat(in, &st) < 0) {
        return errno;
    }
    int out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, st.st_mode & 0777);
    if (out < 0) {
        return errno;
    }
    int fault = ioctl(out, FICLONE, in) == 0 ? 0 : copy_bytes(in, out);
    if (!fault && rename(part, to) < 0) {
        fault = errno;
    }
    if (fault) {
        unlink(part);
    }
    return fault;
}

/* The child's exit status; errno values fit into its 8 bits. */
static int wait_for(pid_t child)
{
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return errno;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

enum error_code snapshot_copy(const char *from, const char *to, struct error *err)
{
    char *part;
    if (asprintf(&part, "%s.part", to) < 0) {
        return error_set(err, ERR_MEMORY, "out of memory");
    }
    /* The child must not run this process's signal handlers: all are blocked from before the fork.
     */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) {
        _exit(copy_file(from, part, to));
    }
    int fault = child < 0 ? errno : wait_for(child);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(part);
    return fault ? error_set_errno(err, fault, "cannot write the snapshot %s", to) : OK;
}
