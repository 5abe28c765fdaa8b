/* depth.h - how much of a file is read: one ladder, each rung useful by itself. */
#ifndef TSI_MODEL_DEPTH_H
#define TSI_MODEL_DEPTH_H

#include <stdbool.h>

enum depth {
    DEPTH_NONE,   /* listed only */
    DEPTH_FILES,  /* footers: rows, bytes, schema */
    DEPTH_SERIES, /* + id columns: series, lengths, spans */
    DEPTH_TIME,   /* + time columns: start and end, frequency */
    DEPTH_VALUES, /* + target columns: what their values are */
};

const char *depth_name(enum depth d);
bool depth_parse(const char *name, enum depth *out); /* "files", "series", "time", "values" */

#endif
