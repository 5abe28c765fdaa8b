/* Parquet: a file of its own beside stdout, since its writer seeks; then its bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "cli/format.h"

static const char *name_of(const void *source, size_t column)
{
    return view_name(source, column);
}

static struct tsi_value value_of(const void *source, size_t row, size_t column)
{
    return view_value(source, row, column);
}

static int fail(struct tsi_error *err, const char *what, const char *path)
{
    snprintf(err->code, sizeof err->code, "io");
    err->exit_code = 1;
    snprintf(err->text, sizeof err->text, "%s %s: %s", what, path, strerror(errno));
    return err->exit_code;
}

static int copy(int fd, FILE *out, const char *path, struct tsi_error *err)
{
    char buffer[16384];
    ssize_t n;
    while ((n = read(fd, buffer, sizeof buffer)) > 0 && !ferror(out)) {
        fwrite(buffer, 1, (size_t)n, out);
    }
    return n < 0 ? fail(err, "cannot read", path) : 0;
}

int format_parquet(FILE *out, const struct view *v, struct tsi_error *err)
{
    const struct tsi_rows rows = {v, name_of, value_of, v->columns, v->rows};
    const char *folder = getenv("TMPDIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/ts-indexer-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkstemp(path);
    if (fd < 0) {
        return fail(err, "cannot write", path);
    }
    int code = tsi_write_parquet(&rows, path, err);
    close(fd);
    /* The writer may have put a new file in the place of the empty one. */
    fd = code ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (!code) {
        code = fd < 0 ? fail(err, "cannot read", path) : copy(fd, out, path, err);
    }
    if (fd >= 0) {
        close(fd);
    }
    unlink(path);
    return code;
}
