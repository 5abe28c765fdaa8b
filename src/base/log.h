/* log.h - talk: to stderr or a file, as text or JSON, by level and module, secrets cut out at the
 * sink.
 *
 * stdout is data; nothing here ever writes to it. A line is written with one write(2), so lines of
 * several threads do not mix. log_secret registers a value (a secret key, a session token) that
 * must never appear: the sink replaces it by "***" wherever it stands, whatever formatted it.
 */
#ifndef TSI_BASE_LOG_H
#define TSI_BASE_LOG_H

#include <stdbool.h>

/* Who logs, for log_set_levels. */
#define LOG_MODULES "catalog|cli|run|search|store"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_TRACE };

void log_set_level(enum log_level level); /* of every module */
/* "info", "store=trace", "warn,store=debug": a level for all, levels for modules that differ.
 * False, and nothing is changed, where a level or a module (LOG_MODULES) is none. */
bool log_set_levels(const char *text);
bool log_enabled(enum log_level level); /* for some module */
enum log_format { LOG_TEXT, LOG_JSON };
void log_set_format(enum log_format format);
/* Write to a descriptor in place of stderr, where errors are then told as well; -1: stderr. */
void log_set_descriptor(int fd);
void log_secret(const char *value); /* values shorter than 8 bytes are refused: they would blank
                                       ordinary text */
void log_write(enum log_level level, const char *module, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A hook around each line, so that a progress bar can step aside (before) and come back (after). */
void log_set_hooks(void (*before)(void *), void (*after)(void *), void *user);

#define log_error(module, ...) log_write(LOG_ERROR, module, __VA_ARGS__)
#define log_warn(module, ...)  log_write(LOG_WARN, module, __VA_ARGS__)
#define log_info(module, ...)  log_write(LOG_INFO, module, __VA_ARGS__)
#define log_debug(module, ...)                                                                     \
    (log_enabled(LOG_DEBUG) ? log_write(LOG_DEBUG, module, __VA_ARGS__) : (void)0)
#define log_trace(module, ...)                                                                     \
    (log_enabled(LOG_TRACE) ? log_write(LOG_TRACE, module, __VA_ARGS__) : (void)0)

#endif
