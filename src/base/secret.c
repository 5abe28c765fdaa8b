#include "base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/memory.h"

/* In front of what the caller gets; keeps it aligned for anything. */
struct head {
    _Alignas(16) size_t mapped;
};

void *secret_alloc(size_t n)
{
    size_t mapped = sizeof(struct head) + n;
    struct head *h =
        n < mapped ? mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                   : MAP_FAILED;
    if (h == MAP_FAILED) {
        abort();
    }
    (void)madvise(h, mapped, MADV_DONTDUMP); /* where the kernel knows it */
    h->mapped = mapped;
    return h + 1;
}

char *secret_strdup(const char *text)
{
    if (!text) {
        return NULL;
    }
    size_t n = strlen(text);
    char *copy = secret_alloc(n + 1);
    memcpy(copy, text, n + 1);
    return copy;
}

void secret_free(void *p)
{
    if (p) {
        struct head *h = (struct head *)p - 1;
        size_t mapped = h->mapped;
        mem_wipe(h, mapped);
        munmap(h, mapped);
    }
}
