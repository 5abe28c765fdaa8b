#include "cli/terminal.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

size_t terminal_width(int fd, size_t otherwise)
{
    struct winsize size;
    if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return otherwise;
}

size_t terminal_height(int fd, size_t otherwise)
{
    struct winsize size;
    if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0) {
        return size.ws_row;
    }
    return otherwise;
}

bool terminal_is_smart(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}

bool terminal_takes_color(int fd, bool refused)
{
    const char *no_color = getenv("NO_COLOR");
    return !refused && !(no_color && *no_color) && terminal_is_smart(fd);
}

bool terminal_reader_gone(int fd)
{
    /* A pipe without readers polls as POLLERR, a closed socket as POLLHUP. */
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLERR | POLLHUP)) != 0;
}
