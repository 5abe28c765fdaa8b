/* registry.h - which catalog files this process has open.
 *
 * DuckDB's lock on a file is a POSIX record lock: it keeps other processes out, but not a second
 * open in the same process, and it is lost when any descriptor of the file is closed there. So
 * within a process this list is the lock: one writer alone, or any number of readers.
 */
#ifndef TSI_CATALOG_REGISTRY_H
#define TSI_CATALOG_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

/* A ticket for registry_leave, 0 where the file is taken. A file that does not exist yet is known
 * by its path. */
uint64_t registry_enter(const char *path, bool writer);
void registry_leave(uint64_t ticket);

#endif
