#include "search/sorter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/sort.h"
#include "base/temp_file.h"
#include "search/natural.h"

/* Read ahead of one piece while merging: large enough that a disk reads in sequence. */
#define PIECE_BUFFER (256u << 10)

struct record { /* in the buffer and on disk, followed by the id and zeros up to a multiple of 8 */
    uint32_t len, has;
    int64_t values[SEARCH_ATTRIBUTE_COUNT];
};

struct piece {
    uint64_t at, end; /* unread, in the file */
    struct strbuf ahead;
    size_t used; /* of `ahead` */
    struct search_series now;
    bool done;
};

struct sorter {
    char *dir;
    uint64_t memory;
    struct strbuf bytes;
    size_t *offsets;
    size_t n, cap;
    bool sorted; /* what is in `bytes` came in order */
    int fd;      /* of the pieces; -1 while all fits in memory */
    uint64_t file_len;
    struct piece *pieces;
    size_t n_pieces, pieces_cap;
};

struct sorter *sorter_new(const char *dir, uint64_t memory)
{
    struct sorter *s = mem_zalloc(sizeof *s);
    s->dir = mem_strdup(dir);
    s->memory = memory;
    s->fd = -1;
    s->sorted = true;
    strbuf_init(&s->bytes, SIZE_MAX);
    return s;
}

static void drop_pieces(struct sorter *s)
{
    for (size_t i = 0; i < s->n_pieces; i++) {
        strbuf_free(&s->pieces[i].ahead);
    }
    s->n_pieces = 0;
    s->file_len = 0;
    if (s->fd >= 0) {
        close(s->fd);
        s->fd = -1;
    }
}

void sorter_free(struct sorter *s)
{
    if (s) {
        drop_pieces(s);
        mem_free(s->pieces);
        mem_free(s->offsets);
        mem_free(s->dir);
        strbuf_free(&s->bytes);
        mem_free(s);
    }
}

static size_t record_size(uint32_t id_len)
{
    return (sizeof(struct record) + id_len + 7) & ~(size_t)7;
}

static struct search_series series_at(const char *p)
{
    const struct record *r = (const void *)p;
    struct search_series s = {.id = str_n(p + sizeof *r, r->len), .has = r->has};
    memcpy(s.values, r->values, sizeof s.values);
    return s;
}

static int by_id(const void *a, const void *b, void *bytes)
{
    const char *base = bytes;
    return natural_cmp(series_at(base + *(const size_t *)a).id,
                       series_at(base + *(const size_t *)b).id);
}

static void sort(struct sorter *s)
{
    if (!s->sorted) {
        sort_runs(s->offsets, s->n, sizeof *s->offsets, by_id, s->bytes.data);
        s->sorted = true;
    }
}

static enum error_code write_fault(const struct sorter *s, struct error *err)
{
    return error_set_errno(err, errno, "cannot write sorted ids in %s", s->dir);
}

static enum error_code open_file(struct sorter *s, struct error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/sort", s->dir);
    s->fd = temp_file_open(path);
    return s->fd < 0 ? write_fault(s, err) : OK;
}

static enum error_code append(struct sorter *s, const struct strbuf *out, struct error *err)
{
    if (!temp_file_write(s->fd, out->data, out->len, s->file_len)) {
        return write_fault(s, err);
    }
    s->file_len += out->len;
    return OK;
}

/* Moves what is in memory to disk, sorted. */
static enum error_code spill(struct sorter *s, struct error *err)
{
    enum error_code rc = s->fd < 0 ? open_file(s, err) : OK;
    struct strbuf out;
    strbuf_init(&out, SIZE_MAX);
    struct piece p = {.at = s->file_len};
    sort(s);
    for (size_t i = 0; i < s->n && rc == OK; i++) {
        const struct record *r = (const void *)(s->bytes.data + s->offsets[i]);
        strbuf_add(&out, r, record_size(r->len));
        if (out.len >= PIECE_BUFFER || i + 1 == s->n) {
            rc = append(s, &out, err);
            strbuf_clear(&out);
        }
    }
    strbuf_free(&out);
    p.end = s->file_len;
    strbuf_init(&p.ahead, SIZE_MAX);
    s->pieces = mem_grow(s->pieces, s->n_pieces, &s->pieces_cap, sizeof *s->pieces);
    s->pieces[s->n_pieces++] = p;
    strbuf_clear(&s->bytes);
    s->n = 0;
    return rc;
}

enum error_code sorter_add(struct sorter *s, const struct search_series *series, struct error *err)
{
    static const char zeros[8];
    struct record r = {.len = (uint32_t)series->id.len, .has = series->has};
    memcpy(r.values, series->values, sizeof r.values);
    size_t at = s->bytes.len, size = record_size(r.len);
    if (s->n && s->sorted &&
        natural_cmp(series_at(s->bytes.data + s->offsets[s->n - 1]).id, series->id) > 0) {
        s->sorted = false;
    }
    strbuf_add(&s->bytes, &r, sizeof r);
    strbuf_add(&s->bytes, series->id.data, series->id.len);
    strbuf_add(&s->bytes, zeros, size - sizeof r - r.len);
    s->offsets = mem_grow(s->offsets, s->n, &s->cap, sizeof *s->offsets);
    s->offsets[s->n++] = at;
    return s->bytes.len + s->n * sizeof *s->offsets > s->memory ? spill(s, err) : OK;
}

/* Makes `p->now` the next series of the piece. */
static enum error_code advance(struct sorter *s, struct piece *p, struct error *err)
{
    size_t left = p->ahead.len - p->used;
    bool whole =
        left >= sizeof(struct record) &&
        left >= record_size(((const struct record *)(void *)(p->ahead.data + p->used))->len);
    while (!whole && p->at < p->end) {
        if (left) {
            memmove(p->ahead.data, p->ahead.data + p->used, left);
        }
        p->ahead.len = left;
        p->used = 0;
        char chunk[16384];
        size_t n = p->end - p->at < sizeof chunk ? (size_t)(p->end - p->at) : sizeof chunk;
        if (!temp_file_read(s->fd, chunk, n, p->at)) {
            return error_set_errno(err, errno, "cannot read sorted ids in %s", s->dir);
        }
        strbuf_add(&p->ahead, chunk, n);
        p->at += n;
        left = p->ahead.len;
        whole = left >= sizeof(struct record) &&
                left >= record_size(((const struct record *)(void *)p->ahead.data)->len);
    }
    p->done = !whole;
    if (whole) {
        p->now = series_at(p->ahead.data + p->used);
        p->used += record_size((uint32_t)p->now.id.len);
    }
    return OK;
}

static enum error_code twice(struct str id, struct error *err)
{
    return error_set(err, ERR_USAGE, "series \"" STR_FMT "\" is there twice", STR_ARG(id));
}

static enum error_code merge(struct sorter *s,
                             void (*each)(void *user, const struct search_series *series),
                             void *user, struct error *err)
{
    enum error_code rc = OK;
    struct strbuf last;
    bool first = true;
    strbuf_init(&last, SIZE_MAX);
    for (size_t i = 0; i < s->n_pieces && rc == OK; i++) {
        rc = advance(s, &s->pieces[i], err);
    }
    while (rc == OK) {
        struct piece *least = NULL;
        for (size_t i = 0; i < s->n_pieces; i++) {
            struct piece *p = &s->pieces[i];
            if (!p->done && (!least || natural_cmp(p->now.id, least->now.id) < 0)) {
                least = p;
            }
        }
        if (!least) {
            break;
        }
        if (!first && str_eq(strbuf_view(&last), least->now.id)) {
            rc = twice(least->now.id, err);
            break;
        }
        first = false;
        strbuf_clear(&last);
        strbuf_add(&last, least->now.id.data, least->now.id.len);
        each(user, &least->now);
        rc = advance(s, least, err);
    }
    strbuf_free(&last);
    return rc;
}

static enum error_code from_memory(struct sorter *s,
                                   void (*each)(void *user, const struct search_series *series),
                                   void *user, struct error *err)
{
    sort(s);
    struct str last = {0};
    for (size_t i = 0; i < s->n; i++) {
        struct search_series now = series_at(s->bytes.data + s->offsets[i]);
        if (i && str_eq(last, now.id)) {
            return twice(now.id, err);
        }
        last = now.id;
        each(user, &now);
    }
    return OK;
}

static void free_buffer(struct sorter *s)
{
    strbuf_free(&s->bytes);
    strbuf_init(&s->bytes, SIZE_MAX);
    mem_free(s->offsets);
    s->offsets = NULL;
    s->cap = 0;
}

enum error_code sorter_drain(struct sorter *s,
                             void (*each)(void *user, const struct search_series *series),
                             void *user, struct error *err)
{
    enum error_code rc = OK;
    if (s->fd < 0) {
        rc = from_memory(s, each, user, err);
    } else {
        rc = s->n ? spill(s, err) : OK;
        free_buffer(s); /* of no use to a merge, which goes on beside what takes its series */
        rc = rc == OK ? merge(s, each, user, err) : rc;
    }
    drop_pieces(s);
    strbuf_clear(&s->bytes);
    s->n = 0;
    s->sorted = true;
    return rc;
}
