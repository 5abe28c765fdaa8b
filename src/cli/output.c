#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

/* One write(2) carries this much; a pipe of Linux holds 64 KiB. */
#define BUFFER_BYTES 65536

static ssize_t write_through(void *cookie, const char *data, size_t n)
{
    struct output *o = cookie;
    size_t done = 0;
    while (done < n && !o->failure) {
        ssize_t wrote = write(o->fd, data + done, n - done);
        if (wrote >= 0) {
            done += (size_t)wrote;
        } else if (errno != EINTR) {
            o->failure = errno;
        }
    }
    return (ssize_t)done;
}

void output_guard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        /* open takes the lowest free number, which is `fd`. Read only, so that writing to a stdout
         * that is closed fails. */
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) < 0) {
            return;
        }
    }
}

int output_open(struct output *o, int fd)
{
    *o = (struct output){.fd = fd};
    o->file = fopencookie(o, "w", (cookie_io_functions_t){.write = write_through});
    if (!o->file) {
        return errno;
    }
    o->buffer = mem_alloc(BUFFER_BYTES);
    setvbuf(o->file, o->buffer, _IOFBF, BUFFER_BYTES);
    return 0;
}

int output_close(struct output *o, int code)
{
    fclose(o->file);
    mem_free(o->buffer);
    /* Some file systems tell of a failed write only here; the descriptor is not used afterwards. */
    if (!o->failure && close(o->fd) != 0 && errno != EBADF) {
        o->failure = errno;
    }
    if (!o->failure || o->failure == EPIPE) {
        return code;
    }
    log_error("cli", "cannot write to stdout: %s", strerror(o->failure));
    return 1;
}

static bool write_whole(int fd, struct str text)
{
    while (text.len) {
        ssize_t n = write(fd, text.data, text.len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        text = str_from(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

int output_replace(const char *path, struct str text)
{
    char *part = mem_alloc(strlen(path) + sizeof ".part");
    sprintf(part, "%s.part", path);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool ok = fd >= 0 && write_whole(fd, text);
    ok = fd >= 0 && close(fd) == 0 && ok;
    ok = ok && rename(part, path) == 0;
    if (!ok) {
        log_error("cli", "cannot write %s: %s", path, strerror(errno));
        unlink(part);
    }
    mem_free(part);
    return ok ? 0 : 1;
}
