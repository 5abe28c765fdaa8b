#include "api/error_api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

_Static_assert((int)LOG_ERROR == (int)TSI_LOG_ERROR && (int)LOG_WARN == (int)TSI_LOG_WARN &&
                   (int)LOG_INFO == (int)TSI_LOG_INFO && (int)LOG_DEBUG == (int)TSI_LOG_DEBUG &&
                   (int)LOG_TRACE == (int)TSI_LOG_TRACE,
               "the public log levels are those of base");
_Static_assert(sizeof((struct tsi_error){0}).text >= ERROR_TEXT_MAX, "a whole error text fits");

const char *tsi_version(void)
{
    return TSI_VERSION;
}

void error_publish_none(struct tsi_error *out)
{
    if (out) {
        *out = (struct tsi_error){.exit_code = 0};
        snprintf(out->code, sizeof out->code, "%s", error_name(OK));
    }
}

int error_publish(const struct error *err, struct tsi_error *out)
{
    int exit_code = error_exit_code(err->code);
    exit_code = exit_code ? exit_code : 1;
    if (out) {
        out->exit_code = exit_code;
        snprintf(out->code, sizeof out->code, "%s", error_name(err->code));
        snprintf(out->text, sizeof out->text, "%s", err->text);
    }
    return exit_code;
}

void tsi_log_set_level(enum tsi_log_level level)
{
    log_set_level((enum log_level)level);
}

int tsi_log_set_levels(const char *text, struct tsi_error *err)
{
    struct error e = {0};
    error_publish_none(err);
    if (!log_set_levels(text)) {
        error_set(&e, ERR_USAGE,
                  "the log level is '%s', but has to be one of error, warn, info, debug, trace, or "
                  "MODULE=LEVEL with one of " LOG_MODULES ", or several of them with commas",
                  text);
        return error_publish(&e, err);
    }
    return 0;
}

void tsi_log_set_format(enum tsi_log_format format)
{
    log_set_format(format == TSI_LOG_JSON ? LOG_JSON : LOG_TEXT);
}

int tsi_log_set_file(const char *path, struct tsi_error *err)
{
    static int open_file = -1;
    struct error e = {0};
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    error_publish_none(err);
    if (path && fd < 0) {
        error_set_errno(&e, errno, "cannot write the log %s", path);
        return error_publish(&e, err);
    }
    log_set_descriptor(fd);
    if (open_file >= 0) {
        close(open_file);
    }
    open_file = fd;
    return 0;
}

void tsi_log_set_hooks(void (*before)(void *), void (*after)(void *), void *user)
{
    log_set_hooks(before, after, user);
}
