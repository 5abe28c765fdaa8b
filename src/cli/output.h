/* output.h - stdout as a stream that remembers why a write failed.
 *
 * An answer that was not written whole must not look like success: /dev/full and a full disk give
 * exit code 1. A reader that is gone (`| head`) has what it wanted: that ends quietly and with the
 * code the command had.
 */
#ifndef TSI_CLI_OUTPUT_H
#define TSI_CLI_OUTPUT_H

#include <stdio.h>

#include "base/str.h"

struct output {
    FILE *file;
    int fd;
    int failure; /* errno of the first write that failed; 0 */
    char *buffer;
};

/* Descriptors 0 to 2 that the caller closed are opened on /dev/null: else the catalog's file could
 * become number 1, and an answer would be written into it. Call before anything is opened. */
void output_guard_descriptors(void);

/* `o` must stay where it is until it is closed. Returns 0, or an errno. */
int output_open(struct output *o, int fd);

/* Flush, close, and decide: `code`, or 1 with a message on stderr where something could not be
 * written. */
int output_close(struct output *o, int code);

/* Put `text` in the place of a file, aside and renamed, so that a reader sees the old or the new
 * one whole. 0, or 1 where it could not be written, which was told. */
int output_replace(const char *path, struct str text);

#endif
