#include "run/spill.h"

#include <errno.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/temp_file.h"

void spill_init(struct spill *s, const char *path)
{
    *s = (struct spill){.path = path, .fd = -1};
    pthread_mutex_init(&s->lock, NULL);
}

void spill_free(struct spill *s)
{
    if (s->fd >= 0) {
        close(s->fd);
    }
    pthread_mutex_destroy(&s->lock);
}

static enum error_code fault(const struct spill *s, struct error *err)
{
    return error_set_errno(err, errno, "cannot keep series beside %s until they are recorded",
                           s->path);
}

/* Room for so many bytes. */
static enum error_code reserve(struct spill *s, uint64_t bytes, uint64_t *from, struct error *err)
{
    enum error_code code = OK;
    pthread_mutex_lock(&s->lock);
    if (s->fd < 0) {
        s->fd = temp_file_open(s->path);
        code = s->fd < 0 ? fault(s, err) : OK;
    }
    *from = s->end;
    s->end += bytes;
    pthread_mutex_unlock(&s->lock);
    return code;
}

enum error_code spill_put(struct spill *s, const struct scan_part *p, struct spilled **out,
                          struct error *err)
{
    struct spilled *at = mem_zalloc(sizeof *at);
    struct strbuf bytes;
    facts_init(&at->facts);
    facts_add_part(&at->facts, p);
    strbuf_init(&bytes, SIZE_MAX);
    part_encode_buckets(p, &bytes, at->at);
    enum error_code code = reserve(s, bytes.len, &at->from, err);
    if (!code && !temp_file_write(s->fd, bytes.data, bytes.len, at->from)) {
        code = fault(s, err);
    }
    strbuf_free(&bytes);
    if (code) {
        spilled_free(at);
    } else {
        *out = at;
    }
    return code;
}

void spilled_free(struct spilled *s)
{
    if (s) {
        facts_free(&s->facts);
        mem_free(s);
    }
}

static enum error_code load(const struct spill *s, const struct spilled *part, size_t bucket,
                            uint64_t n_groups, struct scan_part *out, struct error *err)
{
    size_t size = (size_t)(part->at[bucket + 1] - part->at[bucket]);
    char *bytes = mem_alloc(size);
    enum error_code code = OK;
    if (!temp_file_read(s->fd, bytes, size, part->from + part->at[bucket])) {
        code = fault(s, err);
    } else if (!part_decode(str_n(bytes, size), 0, n_groups, out)) {
        errno = EIO; /* not what was written */
        code = fault(s, err);
    }
    mem_free(bytes);
    return code;
}

enum error_code spill_bucket(const struct spill *s, struct spilled *const *parts, size_t n,
                             size_t bucket, uint64_t n_groups, struct scan_part *out,
                             struct error *err)
{
    enum error_code code = OK;
    part_init(out, TIME_UNIT_NONE);
    for (size_t i = 0; i < n && !code; i++) {
        struct scan_part next;
        code = load(s, parts[i], bucket, n_groups, &next, err);
        if (!code) {
            part_append(out, &next);
        }
    }
    if (code) {
        part_free(out);
    }
    return code;
}
