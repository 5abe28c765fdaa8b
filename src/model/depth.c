#include "model/depth.h"

#include <string.h>

static const char *const names[] = {"none", "files", "series", "time", "values"};

const char *depth_name(enum depth d)
{
    return (unsigned)d < sizeof names / sizeof *names ? names[d] : "none";
}

bool depth_parse(const char *name, enum depth *out)
{
    for (int d = DEPTH_FILES; d <= DEPTH_VALUES; d++) {
        if (strcmp(name, names[d]) == 0) {
            *out = (enum depth)d;
            return true;
        }
    }
    return false;
}
