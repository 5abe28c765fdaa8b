#include "search/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "search/crc32c.h"

#define BUFFER_SIZE ((size_t)1 << 20) /* few system calls, little memory */

enum error_code output_begin(struct output *o, const char *path, struct error *err)
{
    o->fd = -1;
    o->at = 0;
    o->failed = 0;
    o->crc = 0;
    strbuf_init(&o->buffer, 2 * BUFFER_SIZE);
    snprintf(o->path, sizeof o->path, "%s", path);
    snprintf(o->temporary, sizeof o->temporary, "%s.tmp", path);
    o->fd = open(o->temporary, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    return o->fd < 0 ? error_set_errno(err, errno, "cannot write %s", o->temporary) : OK;
}

static void write_all(struct output *o, const char *data, size_t n)
{
    while (n && !o->failed) {
        ssize_t written = write(o->fd, data, n);
        if (written < 0 && errno != EINTR) {
            o->failed = errno;
        } else if (written > 0) {
            data += written;
            n -= (size_t)written;
        }
    }
}

static void flush(struct output *o)
{
    write_all(o, o->buffer.data, o->buffer.len);
    strbuf_clear(&o->buffer);
}

void output_write(struct output *o, const void *data, size_t n)
{
    o->crc = crc32c(o->crc, data, n);
    o->at += n;
    if (n >= BUFFER_SIZE) {
        flush(o);
        write_all(o, data, n);
        return;
    }
    strbuf_add(&o->buffer, data, n);
    if (o->buffer.len >= BUFFER_SIZE) {
        flush(o);
    }
}

void output_align(struct output *o, uint32_t to)
{
    static const char zeros[64];
    output_write(o, zeros, (to - o->at % to) % to);
}

static enum error_code sync_folder(const char *path, struct error *err)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash) {
        slash[slash == folder] = 0;
    } else {
        snprintf(folder, sizeof folder, ".");
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0) {
        enum error_code rc = error_set_errno(err, errno, "cannot sync %s", folder);
        if (fd >= 0) {
            close(fd);
        }
        return rc;
    }
    close(fd);
    return OK;
}

enum error_code output_publish(struct output *o, const void *head, size_t n, struct error *err)
{
    flush(o);
    if (!o->failed && n && pwrite(o->fd, head, n, 0) != (ssize_t)n) {
        o->failed = errno ? errno : EIO;
    }
    if (!o->failed && fsync(o->fd) < 0) {
        o->failed = errno;
    }
    if (close(o->fd) < 0 && !o->failed) {
        o->failed = errno;
    }
    o->fd = -1;
    if (!o->failed && rename(o->temporary, o->path) < 0) {
        o->failed = errno;
    }
    if (o->failed) {
        unlink(o->temporary);
        return error_set_errno(err, o->failed, "cannot write %s", o->path);
    }
    return sync_folder(o->path, err);
}

void output_discard(struct output *o)
{
    if (o->fd >= 0) {
        close(o->fd);
        unlink(o->temporary);
        o->fd = -1;
    }
    strbuf_free(&o->buffer);
}
