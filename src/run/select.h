/* select.h - what of a source a run looks at: patterns over datasets and keys, and a date. Pure. */
#ifndef TSI_RUN_SELECT_H
#define TSI_RUN_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct selection {
    const char *const *filters; /* of datasets, by id or folder; none: all */
    size_t n_filters;
    const char *const *excludes; /* of keys relative to the source */
    size_t n_excludes;
    int64_t since_us; /* only objects changed since; INT64_MIN: all */
};

/* '*' stands for any characters, '/' among them, '?' for one byte; ASCII letters match in either
 * case. */
bool glob_match(const char *pattern, const char *text);
/* `folder` as in dataset_info: "weather/"; the slash does not count. */
bool selection_takes_dataset(const struct selection *s, const char *id, const char *folder);
bool selection_takes_key(const struct selection *s, const char *key);
/* An object whose time is not known counts as changed. */
bool selection_takes_time(const struct selection *s, int64_t mtime_us);

/* A number for each file that is random and always the same: the files of a sample of n are those
 * with the n smallest, so that a larger sample holds a smaller one of the same seed. */
uint64_t selection_draw(const char *key, uint64_t seed);

#endif
