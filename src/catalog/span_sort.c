#include "catalog/span_sort.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sort.h"
#include "base/temp_file.h"

/* Read ahead of one run: large enough that a disk reads in sequence; of many runs less. */
#define AHEAD_MOST  ((size_t)256 << 10)
#define AHEAD_LEAST ((size_t)16 << 10)
/* What is written at once. */
#define WRITE_BYTES ((size_t)1 << 20)

/* In the buffer and on disk; behind it the times where there are some, then the bytes of the id,
 * the steps and the values. Nothing is aligned. */
struct record {
    uint32_t series, steps, values; /* lengths */
    uint32_t has;
    uint32_t place, row_group;
    int64_t rows, first_row;
};
enum { HAS_TIMES = 1, HAS_STEPS = 2, HAS_VALUES = 4 };

struct record_times {
    int64_t times, t_min, t_max, first, last;
};

/* A record of the buffer. */
struct item {
    uint64_t prefix; /* of the id, behind what all of them begin with: most comparisons end here */
    size_t at;
};

struct run {
    uint64_t at, end; /* unread, in the file */
    char *ahead;
    size_t used, len, cap; /* of `ahead` */
    struct sorted_span now;
    size_t size; /* of its record */
};

struct span_sort {
    char *path;
    uint64_t memory;
    struct strbuf bytes;
    struct item *items;
    size_t n, cap, next; /* next: to be given, where all fits in memory */
    bool sorted;         /* they came in order */
    int fd;              /* of the runs; -1 while all fits in memory */
    uint64_t written;
    struct run *runs;
    size_t n_runs, cap_runs;
    struct run **heap; /* those that are not at their end, the least first */
    size_t n_heap;
    bool given; /* the first of the heap is with the caller */
};

struct span_sort *span_sort_new(const char *path, uint64_t memory)
{
    struct span_sort *s = mem_zalloc(sizeof *s);
    s->path = mem_strdup(path);
    s->memory = memory;
    s->fd = -1;
    s->sorted = true;
    strbuf_init(&s->bytes, SIZE_MAX);
    return s;
}

static void free_buffer(struct span_sort *s)
{
    strbuf_free(&s->bytes);
    mem_free(s->items);
    s->items = NULL;
    s->n = s->cap = 0;
}

void span_sort_free(struct span_sort *s)
{
    for (size_t i = 0; i < s->n_runs; i++) {
        mem_free(s->runs[i].ahead);
    }
    if (s->fd >= 0) {
        close(s->fd);
    }
    free_buffer(s);
    mem_free(s->runs);
    mem_free(s->heap);
    mem_free(s->path);
    mem_free(s);
}

/* ---- records ---- */

static size_t record_size(const struct record *r)
{
    size_t times = r->has & HAS_TIMES ? sizeof(struct record_times) : 0;
    return sizeof *r + times + r->series + r->steps + r->values;
}

static struct record head_at(const char *p)
{
    struct record r;
    memcpy(&r, p, sizeof r);
    return r;
}

static struct str id_at(const char *p)
{
    struct record r = head_at(p);
    size_t times = r.has & HAS_TIMES ? sizeof(struct record_times) : 0;
    return str_n(p + sizeof r + times, r.series);
}

static void span_at(const char *p, struct sorted_span *out)
{
    struct record r = head_at(p);
    *out = (struct sorted_span){
        .rows = r.rows, .place = r.place, .row_group = r.row_group, .first_row = r.first_row};
    p += sizeof r;
    if (r.has & HAS_TIMES) {
        struct record_times t;
        memcpy(&t, p, sizeof t);
        out->times = t.times;
        out->t_min = t.t_min;
        out->t_max = t.t_max;
        out->first = t.first;
        out->last = t.last;
        p += sizeof t;
    }
    out->series = str_n(p, r.series);
    p += r.series;
    out->steps = str_n(r.has & HAS_STEPS ? p : NULL, r.steps);
    p += r.steps;
    out->values = str_n(r.has & HAS_VALUES ? p : NULL, r.values);
}

static void put_record(struct strbuf *b, const struct sorted_span *s)
{
    struct record r = {.series = (uint32_t)s->series.len,
                       .steps = (uint32_t)s->steps.len,
                       .values = (uint32_t)s->values.len,
                       .has = (s->times > 0 ? HAS_TIMES : 0u) | (s->steps.data ? HAS_STEPS : 0u) |
                              (s->values.data ? HAS_VALUES : 0u),
                       .place = s->place,
                       .row_group = s->row_group,
                       .rows = s->rows,
                       .first_row = s->first_row};
    strbuf_add(b, &r, sizeof r);
    if (s->times > 0) {
        struct record_times t = {s->times, s->t_min, s->t_max, s->first, s->last};
        strbuf_add(b, &t, sizeof t);
    }
    strbuf_add(b, s->series.data, s->series.len);
    strbuf_add(b, s->steps.data, s->steps.len);
    strbuf_add(b, s->values.data, s->values.len);
}

/* ---- the order ---- */

static int by_number(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_place(const struct sorted_span *a, const struct sorted_span *b)
{
    int order = by_number(a->place, b->place);
    order = order ? order : by_number(a->row_group, b->row_group);
    return order ? order : by_number(a->first_row, b->first_row);
}

static int by_time(const struct sorted_span *a, const struct sorted_span *b)
{
    int order = (a->times == 0) - (b->times == 0);
    if (order || a->times == 0) {
        return order;
    }
    order = by_number(a->first, b->first);
    return order ? order : by_number(a->last, b->last);
}

static int by_content(const struct sorted_span *a, const struct sorted_span *b)
{
    int order = str_cmp(a->series, b->series);
    order = order ? order : by_time(a, b);
    return order ? order : by_place(a, b);
}

static int compare_records(const char *a, const char *b)
{
    struct sorted_span x, y;
    span_at(a, &x);
    span_at(b, &y);
    return by_content(&x, &y);
}

static int compare_items(const void *a, const void *b, void *bytes)
{
    const struct item *x = a, *y = b;
    if (x->prefix != y->prefix) {
        return x->prefix < y->prefix ? -1 : 1;
    }
    const char *base = bytes;
    return compare_records(base + x->at, base + y->at);
}

/* Bytes that all ids of the buffer begin with. */
static size_t shared_bytes(const struct span_sort *s)
{
    struct str one = id_at(s->bytes.data + s->items[0].at);
    size_t n = one.len;
    for (size_t i = 1; i < s->n && n > 0; i++) {
        struct str id = id_at(s->bytes.data + s->items[i].at);
        n = id.len < n ? id.len : n;
        while (n > 0 && memcmp(id.data, one.data, n) != 0) {
            n--;
        }
    }
    return n;
}

/* Eight bytes of the id from `from` on, as a number in their order; zeros behind its end, so that
 * an id and a longer one that continues it by NUL are told apart by the rest of the comparison. */
static uint64_t prefix_of(struct str id, size_t from)
{
    unsigned char bytes[8] = {0};
    size_t n = id.len - from < sizeof bytes ? id.len - from : sizeof bytes;
    memcpy(bytes, id.data + from, n);
    uint64_t v = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        v = v << 8 | bytes[i];
    }
    return v;
}

static void sort_buffer(struct span_sort *s)
{
    if (s->sorted) {
        return;
    }
    size_t from = shared_bytes(s);
    for (size_t i = 0; i < s->n; i++) {
        s->items[i].prefix = prefix_of(id_at(s->bytes.data + s->items[i].at), from);
    }
    sort_runs(s->items, s->n, sizeof *s->items, compare_items, s->bytes.data);
    s->sorted = true;
}

/* ---- runs ---- */

static enum error_code write_fault(struct span_sort *s, struct error *err)
{
    return error_set_errno(err, errno, "cannot sort spans beside %s", s->path);
}

static enum error_code write_out(struct span_sort *s, struct strbuf *out, struct error *err)
{
    if (!temp_file_write(s->fd, out->data, out->len, s->written)) {
        return write_fault(s, err);
    }
    s->written += out->len;
    strbuf_clear(out);
    return OK;
}

static enum error_code open_file(struct span_sort *s, struct error *err)
{
    mem_trim(); /* spans are many: what their files took until they were recorded is free by now */
    s->fd = temp_file_open(s->path);
    return s->fd < 0 ? write_fault(s, err) : OK;
}

/* The buffer becomes a run. */
static enum error_code spill(struct span_sort *s, struct error *err)
{
    struct run run = {.at = s->written};
    struct strbuf out;
    enum error_code code = s->fd < 0 ? open_file(s, err) : OK;
    if (code) {
        return code;
    }
    sort_buffer(s);
    strbuf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < s->n && !code; i++) {
        const char *p = s->bytes.data + s->items[i].at;
        struct record r = head_at(p);
        strbuf_add(&out, p, record_size(&r));
        code = out.len >= WRITE_BYTES || i + 1 == s->n ? write_out(s, &out, err) : OK;
    }
    strbuf_free(&out);
    run.end = s->written;
    s->runs = mem_grow(s->runs, s->n_runs, &s->cap_runs, sizeof *s->runs);
    s->runs[s->n_runs++] = run;
    strbuf_clear(&s->bytes);
    s->n = 0;
    s->sorted = true;
    return code;
}

enum error_code span_sort_add(struct span_sort *s, const struct sorted_span *span,
                              struct error *err)
{
    size_t at = s->bytes.len;
    put_record(&s->bytes, span);
    if (s->n && s->sorted) {
        const char *last = s->bytes.data + s->items[s->n - 1].at;
        s->sorted = compare_records(last, s->bytes.data + at) <= 0;
    }
    s->items = mem_grow(s->items, s->n, &s->cap, sizeof *s->items);
    s->items[s->n++].at = at;
    return s->bytes.len + s->n * sizeof *s->items > s->memory ? spill(s, err) : OK;
}

/* ---- merging ---- */

/* Bytes behind what is used up to make `want`, as far as the run has them. */
static enum error_code read_ahead(struct span_sort *s, struct run *run, size_t want,
                                  struct error *err)
{
    size_t left = run->len - run->used;
    if (left >= want) {
        return OK;
    }
    memmove(run->ahead, run->ahead + run->used, left);
    run->used = 0;
    run->len = left;
    if (want > run->cap) {
        run->cap = want;
        run->ahead = mem_realloc(run->ahead, run->cap);
    }
    uint64_t there = run->end - run->at;
    size_t n = run->cap - left < there ? run->cap - left : (size_t)there;
    if (left + n < want) {
        errno = EIO; /* a run ends behind a record */
        return write_fault(s, err);
    }
    if (!temp_file_read(s->fd, run->ahead + left, n, run->at)) {
        return write_fault(s, err);
    }
    run->at += n;
    run->len += n;
    return OK;
}

/* The next span of the run is in `now`; *more false: it is at its end. */
static enum error_code advance(struct span_sort *s, struct run *run, bool *more, struct error *err)
{
    run->used += run->size;
    run->size = 0;
    *more = run->used < run->len || run->at < run->end;
    if (!*more) {
        return OK;
    }
    enum error_code code = read_ahead(s, run, sizeof(struct record), err);
    if (code) {
        return code;
    }
    struct record r = head_at(run->ahead + run->used);
    size_t size = record_size(&r);
    code = read_ahead(s, run, size, err);
    if (!code) {
        span_at(run->ahead + run->used, &run->now);
        run->size = size;
    }
    return code;
}

/* The run at `i` of the heap may come behind those below it. */
static void sink(struct span_sort *s, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->n_heap; child++) {
            if (by_content(&s->heap[child]->now, &s->heap[least]->now) < 0) {
                least = child;
            }
        }
        if (least == i) {
            return;
        }
        struct run *run = s->heap[i];
        s->heap[i] = s->heap[least];
        s->heap[least] = run;
        i = least;
    }
}

static enum error_code open_runs(struct span_sort *s, struct error *err)
{
    size_t ahead = (size_t)(s->memory / s->n_runs);
    ahead = ahead < AHEAD_LEAST ? AHEAD_LEAST : ahead > AHEAD_MOST ? AHEAD_MOST : ahead;
    s->heap = mem_alloc(s->n_runs * sizeof(struct run *));
    for (size_t i = 0; i < s->n_runs; i++) {
        struct run *run = &s->runs[i];
        bool more;
        run->cap = ahead;
        run->ahead = mem_alloc(ahead);
        enum error_code code = advance(s, run, &more, err);
        if (code) {
            return code;
        }
        s->heap[s->n_heap++] = run; /* no run is empty */
    }
    for (size_t i = s->n_heap; i-- > 0;) {
        sink(s, i);
    }
    return OK;
}

enum error_code span_sort_end(struct span_sort *s, struct error *err)
{
    if (s->n_runs == 0) {
        sort_buffer(s);
        return OK;
    }
    enum error_code code = s->n ? spill(s, err) : OK;
    free_buffer(s);
    return code ? code : open_runs(s, err);
}

static void next_of_buffer(struct span_sort *s, struct sorted_span *out, bool *more)
{
    *more = s->next < s->n;
    if (*more) {
        span_at(s->bytes.data + s->items[s->next++].at, out);
    }
}

enum error_code span_sort_next(struct span_sort *s, struct sorted_span *out, bool *more,
                               struct error *err)
{
    if (s->n_runs == 0) {
        next_of_buffer(s, out, more);
        return OK;
    }
    if (s->given) {
        bool left;
        enum error_code code = advance(s, s->heap[0], &left, err);
        if (code) {
            return code;
        }
        if (!left) {
            s->heap[0] = s->heap[--s->n_heap];
        }
        sink(s, 0);
    }
    s->given = *more = s->n_heap > 0;
    if (*more) {
        *out = s->heap[0]->now;
    }
    return OK;
}
