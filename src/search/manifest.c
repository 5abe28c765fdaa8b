#include "search/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "search/bits.h"
#include "search/crc32c.h"
#include "search/fold.h"
#include "search/output.h"

#define MANIFEST_VERSION 1u
/* 256 segments of a million datasets each: 32 MiB of bitmaps; anything larger is no manifest. */
#define MANIFEST_SIZE_MAX (64u << 20)

struct disk_head { /* 56 bytes */
    char magic[8];
    uint32_t version, n_segments;
    uint64_t fold, generation, sequence, next_segment;
    uint64_t reserved;
};

struct disk_segment { /* 24 bytes, then the bitmap */
    uint64_t number, file_len;
    uint32_t header_crc, n_datasets;
};

static enum error_code damaged(struct error *err)
{
    return error_set(err, ERR_CATALOG_DAMAGED, "the manifest of the search index is damaged");
}

static enum error_code parse_segments(const char *p, size_t left, struct arena *a,
                                      struct manifest *m, struct error *err)
{
    for (uint32_t i = 0; i < m->n; i++) {
        struct disk_segment d;
        if (left < sizeof d) {
            return damaged(err);
        }
        memcpy(&d, p, sizeof d);
        size_t bytes = bitmap_words(d.n_datasets) * 8;
        if (left - sizeof d < bytes) {
            return damaged(err);
        }
        uint64_t *dead = arena_alloc(a, bytes + 8);
        memcpy(dead, p + sizeof d, bytes);
        m->segments[i] =
            (struct manifest_segment){d.number, d.file_len, d.header_crc, d.n_datasets, dead};
        p += sizeof d + bytes;
        left -= sizeof d + bytes;
    }
    return left ? damaged(err) : OK;
}

enum error_code manifest_parse(const void *data, size_t n, struct arena *a, struct manifest *out,
                               struct error *err)
{
    struct disk_head h;
    if (n < sizeof h + 4) {
        return damaged(err);
    }
    memcpy(&h, data, sizeof h);
    if (memcmp(h.magic, MANIFEST_MAGIC, sizeof h.magic) != 0 ||
        load_u32((const char *)data + n - 4) != crc32c(0, data, n - 4)) {
        return damaged(err);
    }
    if (h.version != MANIFEST_VERSION || h.fold != fold_fingerprint()) {
        return error_set(err, ERR_CATALOG_NEWER,
                         "the search index was made by another version of this program, or with "
                         "other Unicode tables: rebuild it");
    }
    if (h.n_segments > MANIFEST_SEGMENTS_MAX) {
        return damaged(err);
    }
    *out = (struct manifest){.generation = h.generation,
                             .sequence = h.sequence,
                             .next_segment = h.next_segment,
                             .n = h.n_segments};
    out->segments = arena_array(a, h.n_segments + 1, sizeof *out->segments);
    return parse_segments((const char *)data + sizeof h, n - sizeof h - 4, a, out, err);
}

static enum error_code read_file(const char *path, struct strbuf *out, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT
                   ? error_set(err, ERR_NO_CATALOG, "there is no search index (%s)", path)
                   : error_set_errno(err, errno, "cannot open %s", path);
    }
    char chunk[16384];
    ssize_t got;
    while ((got = read(fd, chunk, sizeof chunk)) > 0) {
        strbuf_add(out, chunk, (size_t)got);
    }
    int failed = errno;
    close(fd);
    return got < 0 ? error_set_errno(err, failed, "cannot read %s", path) : OK;
}

static void manifest_path(const char *dir, char *path, size_t size)
{
    snprintf(path, size, "%s/MANIFEST", dir);
}

enum error_code manifest_read(const char *dir, struct arena *a, struct manifest *out,
                              struct error *err)
{
    char path[4096];
    struct strbuf bytes;
    manifest_path(dir, path, sizeof path);
    strbuf_init(&bytes, MANIFEST_SIZE_MAX);
    *out = (struct manifest){0};
    enum error_code rc = read_file(path, &bytes, err);
    if (rc == OK) {
        rc = manifest_parse(bytes.data, bytes.len, a, out, err);
        rc = rc == OK ? OK : error_add(err, "in %s", path);
    }
    strbuf_free(&bytes);
    return rc;
}

enum error_code manifest_write(const char *dir, const struct manifest *m, struct error *err)
{
    char path[4096];
    struct output o;
    struct disk_head h = {.version = MANIFEST_VERSION,
                          .n_segments = m->n,
                          .fold = fold_fingerprint(),
                          .generation = m->generation,
                          .sequence = m->sequence,
                          .next_segment = m->next_segment};
    memcpy(h.magic, MANIFEST_MAGIC, sizeof h.magic);
    manifest_path(dir, path, sizeof path);
    enum error_code rc = output_begin(&o, path, err);
    if (rc == OK) {
        output_write(&o, &h, sizeof h);
        for (uint32_t i = 0; i < m->n; i++) {
            const struct manifest_segment *s = &m->segments[i];
            struct disk_segment d = {s->number, s->file_len, s->header_crc, s->n_datasets};
            output_write(&o, &d, sizeof d);
            output_write(&o, s->dead, bitmap_words(s->n_datasets) * 8);
        }
        uint32_t crc = o.crc;
        output_write(&o, &crc, sizeof crc);
        rc = output_publish(&o, NULL, 0, err);
    }
    output_discard(&o);
    return rc;
}

void manifest_touch(const char *dir)
{
    char path[4096];
    manifest_path(dir, path, sizeof path);
    (void)!utimensat(AT_FDCWD, path, NULL, 0);
}
