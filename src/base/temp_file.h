/* temp_file.h - a file without a name: it is gone with its descriptor, however the process ends. */
#ifndef TSI_BASE_TEMP_FILE_H
#define TSI_BASE_TEMP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Beside `path`, on the same disk. -1: errno says why. */
int temp_file_open(const char *path);
/* All `n` bytes; false: errno says why. */
bool temp_file_write(int fd, const void *data, size_t n, uint64_t at);
bool temp_file_read(int fd, void *out, size_t n, uint64_t at);

#endif
