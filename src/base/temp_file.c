#include "base/temp_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

int temp_file_open(const char *path)
{
    size_t size = strlen(path) + sizeof ".part-XXXXXX";
    char *name = mem_alloc(size);
    snprintf(name, size, "%s.part-XXXXXX", path);
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0) {
        unlink(name);
    }
    mem_free(name);
    return fd;
}

bool temp_file_write(int fd, const void *data, size_t n, uint64_t at)
{
    const char *p = data;
    while (n) {
        ssize_t put = pwrite(fd, p, n, (off_t)at);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        size_t step = put > 0 ? (size_t)put : 0;
        p += step;
        at += step;
        n -= step;
    }
    return true;
}

bool temp_file_read(int fd, void *out, size_t n, uint64_t at)
{
    char *p = out;
    while (n) {
        ssize_t got = pread(fd, p, n, (off_t)at);
        if (got == 0) {
            errno = EIO; /* shorter than what was written */
            return false;
        }
        if (got < 0 && errno != EINTR) {
            return false;
        }
        size_t step = got > 0 ? (size_t)got : 0;
        p += step;
        at += step;
        n -= step;
    }
    return true;
}
