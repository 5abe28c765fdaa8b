/* secret.h - memory for what must not be found later: wiped when freed, and left out of core dumps.
 *
 * Each piece is a mapping of its own, so this is for the few values that live as long as a run
 * (keys, tokens), not for every copy of them. Aborts where the system has no memory. Threads: any.
 */
#ifndef TSI_BASE_SECRET_H
#define TSI_BASE_SECRET_H

#include <stddef.h>

void *secret_alloc(size_t n);          /* zeroed */
char *secret_strdup(const char *text); /* NULL gives NULL */
void secret_free(void *p);             /* NULL is fine */

#endif
