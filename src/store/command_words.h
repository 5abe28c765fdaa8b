/* command_words.h - a command line split into words, as a POSIX shell would, without any of its
 * expansions. Pure. */
#ifndef TSI_STORE_COMMAND_WORDS_H
#define TSI_STORE_COMMAND_WORDS_H

#include "base/memory.h"

/* Blanks separate; '...' is literal; within "..." and outside a backslash takes the next byte as it
 * is (within quotes only before \ " $ and `). The list ends with NULL; NULL for an open quote or a
 * backslash at the end. */
char **command_words(const char *line, struct arena *a);

#endif
