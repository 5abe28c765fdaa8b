/* memory.h - small allocations that cannot fail, and arenas.
 *
 * Small allocations (names, tables, parsed headers) abort when the system has none left: nothing
 * sensible could be done with the failure. Large ones (file bytes, decoded columns) go through
 * budget.h before they are made.
 *
 * An arena owns everything allocated from it and frees it at once: one for the process, one a job
 * (a file), one a request. A function that returns memory takes the arena that its answer shall
 * live in. Not thread safe: an arena belongs to one thread at a time.
 */
#ifndef TSI_BASE_MEMORY_H
#define TSI_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

void *mem_alloc(size_t n);            /* n bytes, undefined content; aborts on failure */
void *mem_zalloc(size_t n);           /* n bytes, zeroed */
void *mem_realloc(void *p, size_t n); /* aborts on failure */
void *mem_grow(void *p, size_t count, size_t *cap,
               size_t elem_size); /* room for count+1 elements */
/* Elements to make room for, at least `need`, where there is room for `cap`. */
size_t mem_grown(size_t cap, size_t need, size_t elem_size);
char *mem_strdup(const char *s);
void mem_free(void *p);
void mem_trim(void);              /* give what is free back to the system: some milliseconds */
void mem_wipe(void *p, size_t n); /* zero that the compiler keeps: for secrets */

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t total;               /* bytes held from the system */
};

void arena_init(struct arena *a);
void arena_reset(struct arena *a);            /* free everything; the arena can be used again */
void *arena_alloc(struct arena *a, size_t n); /* 16-byte aligned, undefined content */
void *arena_zalloc(struct arena *a, size_t n);
void *arena_array(struct arena *a, size_t count, size_t elem_size); /* zeroed; aborts on overflow */
char *arena_strndup(struct arena *a, const void *s, size_t n);      /* NUL added */
char *arena_strdup(struct arena *a, const char *s);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
