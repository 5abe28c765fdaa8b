#include "api/error_api.h"

#include <stdio.h>

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

void tsi_log_set_hooks(void (*before)(void *), void (*after)(void *), void *user)
{
    log_set_hooks(before, after, user);
}
