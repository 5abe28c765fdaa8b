#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

#define LINE_MAX_BYTES  4096
#define SECRET_MIN_LEN  8
#define SECRETS_MAX     64

static atomic_int current_level = LOG_WARN;
static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
/* Under sink_lock: */
static char *secrets[SECRETS_MAX];
static size_t n_secrets;
static void (*hook_before)(void *), (*hook_after)(void *);
static void *hook_user;

void log_set_level(enum log_level level)
{
    atomic_store(&current_level, (int)level);
}

bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&current_level, memory_order_relaxed);
}

void log_set_hooks(void (*before)(void *), void (*after)(void *), void *user)
{
    pthread_mutex_lock(&sink_lock);
    hook_before = before;
    hook_after = after;
    hook_user = user;
    pthread_mutex_unlock(&sink_lock);
}

void log_secret(const char *value)
{
    if (!value || strlen(value) < SECRET_MIN_LEN) {
        return;
    }
    pthread_mutex_lock(&sink_lock);
    bool known = false;
    for (size_t i = 0; i < n_secrets; i++) {
        known |= strcmp(secrets[i], value) == 0;
    }
    if (!known) {
        /* When full the oldest makes room: refreshed tokens replace expired ones. */
        size_t at = n_secrets < SECRETS_MAX ? n_secrets++ : 0;
        mem_free(secrets[at]);
        secrets[at] = mem_strdup(value);
    }
    pthread_mutex_unlock(&sink_lock);
}

static size_t redact(char *line, size_t len)
{
    for (size_t i = 0; i < n_secrets; i++) {
        size_t n = strlen(secrets[i]);
        char *at;
        while ((at = memmem(line, len, secrets[i], n))) {
            memcpy(at, "***", 3);
            memmove(at + 3, at + n, len - (size_t)(at + n - line));
            len -= n - 3;
        }
    }
    return len;
}

void log_write(enum log_level level, const char *module, const char *fmt, ...)
{
    static const char *const labels[] = {"error", "warning", "info", "debug", "trace"};
    if (!log_enabled(level)) {
        return;
    }
    char line[LINE_MAX_BYTES];
    int head = level == LOG_INFO
                   ? snprintf(line, sizeof line, "ts-indexer: ")
                   : snprintf(line, sizeof line, "ts-indexer: %s: ", labels[level]);
    if (level >= LOG_DEBUG) {
        head = snprintf(line, sizeof line, "ts-indexer: %s: %s: ", labels[level], module);
    }
    va_list ap;
    va_start(ap, fmt);
    int body = vsnprintf(line + head, sizeof line - (size_t)head - 1, fmt, ap);
    va_end(ap);
    size_t len = (size_t)head + (body > 0 ? (size_t)body : 0);
    len = len < sizeof line - 1 ? len : sizeof line - 2;
    for (size_t i = 0; i < len; i++) {
        /* One line is one event, and a key must not send escapes to a terminal. */
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F) {
            line[i] = '?';
        }
    }
    pthread_mutex_lock(&sink_lock);
    len = redact(line, len);
    line[len++] = '\n';
    if (hook_before) {
        hook_before(hook_user);
    }
    if (write(STDERR_FILENO, line, len) < 0) {
        /* stderr is gone; there is nobody left to tell. */
    }
    if (hook_after) {
        hook_after(hook_user);
    }
    pthread_mutex_unlock(&sink_lock);
}
