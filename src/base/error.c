#include "base/error.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define ERROR_CODE_NAME(sym, name, exit_code) [sym] = (name),
#define ERROR_CODE_EXIT(sym, name, exit_code) [sym] = (exit_code),

static const char *const names[] = {ERROR_CODES(ERROR_CODE_NAME)};
static const int exits[] = {ERROR_CODES(ERROR_CODE_EXIT)};

const char *error_name(enum error_code code)
{
    return (unsigned)code < ERROR_CODE_COUNT ? names[code] : "internal";
}

int error_exit_code(enum error_code code)
{
    return (unsigned)code < ERROR_CODE_COUNT ? exits[code] : 1;
}

void error_reset(struct error *err)
{
    if (err) {
        memset(err, 0, offsetof(struct error, text) + 1);
    }
}

PRINTF_LIKE(3, 0)
static void append(struct error *err, const char *lead, const char *fmt, va_list ap)
{
    size_t used = strlen(err->text);
    int lead_len = snprintf(err->text + used, sizeof err->text - used, "%s", lead);
    used += lead_len > 0 ? (size_t)lead_len : 0;
    if (used < sizeof err->text) {
        vsnprintf(err->text + used, sizeof err->text - used, fmt, ap);
    }
}

enum error_code error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
    if (err) {
        error_reset(err);
        err->code = code;
        va_list ap;
        va_start(ap, fmt);
        append(err, "", fmt, ap);
        va_end(ap);
    }
    return code;
}

enum error_code error_set_at(struct error *err, enum error_code code, uint64_t offset,
                             const char *fmt, ...)
{
    if (err) {
        error_reset(err);
        err->code = code;
        err->offset = offset;
        err->has_offset = true;
        va_list ap;
        va_start(ap, fmt);
        append(err, "", fmt, ap);
        va_end(ap);
        size_t used = strlen(err->text);
        snprintf(err->text + used, sizeof err->text - used, " (at byte %llu)",
                 (unsigned long long)offset);
    }
    return code;
}

static enum error_code code_of_errno(int errnum)
{
    switch (errnum) {
    case EACCES:
    case EPERM:
        return ERR_PERMISSION;
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
        return ERR_NO_SPACE;
    case ENOMEM:
        return ERR_MEMORY;
    default:
        return ERR_IO;
    }
}

enum error_code error_set_errno(struct error *err, int errnum, const char *fmt, ...)
{
    enum error_code code = code_of_errno(errnum);
    if (err) {
        error_reset(err);
        err->code = code;
        va_list ap;
        va_start(ap, fmt);
        append(err, "", fmt, ap);
        va_end(ap);
        char reason[128];
        size_t used = strlen(err->text);
        snprintf(err->text + used, sizeof err->text - used, " (%s)",
                 strerror_r(errnum, reason, sizeof reason));
    }
    return code;
}

enum error_code error_add(struct error *err, const char *fmt, ...)
{
    if (!err) {
        return ERR_INTERNAL;
    }
    va_list ap;
    va_start(ap, fmt);
    append(err, "; ", fmt, ap);
    va_end(ap);
    return err->code;
}
