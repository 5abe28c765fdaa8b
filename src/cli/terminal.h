/* terminal.h - what the other end of stdout and stderr is. */
#ifndef TSI_CLI_TERMINAL_H
#define TSI_CLI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Columns of the terminal; `otherwise` where the descriptor is none or does not say. */
size_t terminal_width(int fd, size_t otherwise);
size_t terminal_height(int fd, size_t otherwise); /* lines */

/* A terminal that understands cursor movements: no pipe, and TERM is not "dumb". */
bool terminal_is_smart(int fd);

/* Colour is right: a smart terminal, and neither NO_COLOR nor --no-color (`refused`) speaks against
 * it. */
bool terminal_takes_color(int fd, bool refused);

/* A pipe whose reader is gone: nobody misses the rest. */
bool terminal_reader_gone(int fd);

#endif
