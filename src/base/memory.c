#include "base/memory.h"

#include <malloc.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* From this size on memory is asked for in pages of 2 MiB. They are touched one after another, and
 * each of 4 KiB would cost a fault of a microsecond or more: half the time of what fills them. */
#define HUGE_ABOVE ((size_t)4 << 20)
#define PAGE_BYTES ((uintptr_t)4096)

/* Larger arrays grow fourfold: moving them costs more than room that is never touched, and so never
 * asked of the system. */
#define GROW_FAST_ABOVE ((size_t)1 << 20)

/* A block holds many small values; a value above a quarter of it gets a block of its own. */
#define ARENA_BLOCK_SIZE ((size_t)16 * 1024)

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    alignas(16) unsigned char data[];
};

static _Noreturn void out_of_memory(size_t n)
{
    fprintf(stderr, "ts-indexer: out of memory (asked for %zu bytes)\n", n);
    abort();
}

/* Only a hint: where the system knows no such pages, or has none, nothing changes. */
static void *advise(void *p, size_t n)
{
    if (n >= HUGE_ABOVE) {
        uintptr_t from = ((uintptr_t)p + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
        uintptr_t to = ((uintptr_t)p + n) & ~(PAGE_BYTES - 1);
        (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
    }
    return p;
}

void *mem_alloc(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (!p) {
        out_of_memory(n);
    }
    return advise(p, n);
}

void *mem_zalloc(size_t n)
{
    void *p = calloc(1, n ? n : 1);
    if (!p) {
        out_of_memory(n);
    }
    return advise(p, n);
}

void *mem_realloc(void *p, size_t n)
{
    void *q = realloc(p, n ? n : 1);
    if (!q) {
        out_of_memory(n);
    }
    return advise(q, n);
}

size_t mem_grown(size_t cap, size_t need, size_t elem_size)
{
    size_t factor = elem_size && cap >= GROW_FAST_ABOVE / elem_size ? 4 : 2;
    size_t want = cap ? cap * factor : 8;
    return want > need ? want : need;
}

void *mem_grow(void *p, size_t count, size_t *cap, size_t elem_size)
{
    if (count < *cap) {
        return p;
    }
    size_t want = mem_grown(*cap, count + 1, elem_size);
    if (elem_size && want > SIZE_MAX / elem_size) {
        out_of_memory(SIZE_MAX);
    }
    *cap = want;
    return mem_realloc(p, want * elem_size);
}

char *mem_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(mem_alloc(n), s, n);
}

void mem_free(void *p)
{
    free(p);
}

void mem_trim(void)
{
    (void)malloc_trim(0);
}

void mem_wipe(void *p, size_t n)
{
    if (p && n) {
        explicit_bzero(p, n);
    }
}

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

void arena_reset(struct arena *a)
{
    struct arena_block *b = a->blocks;
    while (b) {
        struct arena_block *next = b->next;
        free(b);
        b = next;
    }
    *a = (struct arena){0};
}

static struct arena_block *block_new(struct arena *a, size_t size)
{
    struct arena_block *b = mem_alloc(sizeof *b + size);
    b->used = 0;
    b->size = size;
    a->total += sizeof *b + size;
    return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (n > SIZE_MAX - 64) {
        out_of_memory(n);
    }
    n = (n + 15) & ~(size_t)15;
    if (n > ARENA_BLOCK_SIZE / 4) {
        struct arena_block *own = block_new(a, n);
        own->used = n;
        /* Behind the head, so that the head's free room stays in use. */
        own->next = a->blocks ? a->blocks->next : NULL;
        if (a->blocks) {
            a->blocks->next = own;
        } else {
            a->blocks = own;
        }
        return own->data;
    }
    struct arena_block *b = a->blocks;
    if (!b || b->size - b->used < n) {
        b = block_new(a, ARENA_BLOCK_SIZE);
        b->next = a->blocks;
        a->blocks = b;
    }
    void *p = b->data + b->used;
    b->used += n;
    return p;
}

void *arena_zalloc(struct arena *a, size_t n)
{
    return memset(arena_alloc(a, n), 0, n);
}

void *arena_array(struct arena *a, size_t count, size_t elem_size)
{
    if (elem_size && count > SIZE_MAX / elem_size) {
        out_of_memory(SIZE_MAX);
    }
    return arena_zalloc(a, count * elem_size);
}

char *arena_strndup(struct arena *a, const void *s, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    if (n) {
        memcpy(p, s, n);
    }
    p[n] = '\0';
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        n = 0;
    }
    char *p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}
