#include "base/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/str.h"

#define LINE_MAX_BYTES 4096
#define SECRET_MIN_LEN 8
#define SECRETS_MAX    64

#define MODULES_MAX 8

/* One a module, in the order of LOG_MODULES; the last for modules that are not in it. */
static atomic_int levels[MODULES_MAX + 1] = {LOG_WARN, LOG_WARN, LOG_WARN, LOG_WARN, LOG_WARN,
                                             LOG_WARN, LOG_WARN, LOG_WARN, LOG_WARN};
static atomic_int highest_level = LOG_WARN;
static atomic_int current_format = LOG_TEXT;
static atomic_int descriptor = -1; /* -1: stderr */
static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
/* Under sink_lock: */
static char *secrets[SECRETS_MAX];
static size_t n_secrets, next_secret; /* next_secret: where the next one goes, round and round */
static void (*hook_before)(void *), (*hook_after)(void *);
static void *hook_user;

static const char *const level_words[] = {"error", "warn", "info", "debug", "trace"};

/* Position of a name among "a|b|c"; the number of names where it is none of them. */
static size_t find_word(const char *list, struct str name)
{
    size_t at = 0;
    for (; *list; at++) {
        size_t n = strcspn(list, "|");
        if (str_eq(name, str_n(list, n))) {
            return at;
        }
        list += n + (list[n] == '|');
    }
    return at;
}

static bool find_level(struct str name, int *level)
{
    for (int i = 0; i <= LOG_TRACE; i++) {
        if (str_eq(name, str_c(level_words[i]))) {
            *level = i;
            return true;
        }
    }
    return false;
}

static bool is_module(struct str name)
{
    size_t n = find_word(LOG_MODULES, name);
    return n < MODULES_MAX && n < find_word(LOG_MODULES, str_c(""));
}

static void publish_levels(const int *wanted)
{
    int highest = LOG_ERROR;
    for (size_t i = 0; i <= MODULES_MAX; i++) {
        atomic_store(&levels[i], wanted[i]);
        highest = wanted[i] > highest ? wanted[i] : highest;
    }
    atomic_store(&highest_level, highest);
}

/* "info" or "store=trace" into `wanted`. */
static bool take_level(struct str part, int *wanted)
{
    int level;
    const char *equals = memchr(part.data, '=', part.len);
    if (equals) {
        struct str module = str_n(part.data, (size_t)(equals - part.data));
        if (!is_module(module) || !find_level(str_from(part, module.len + 1), &level)) {
            return false;
        }
        wanted[find_word(LOG_MODULES, module)] = level;
        return true;
    }
    if (!find_level(part, &level)) {
        return false;
    }
    for (size_t i = 0; i <= MODULES_MAX; i++) {
        wanted[i] = level;
    }
    return true;
}

bool log_set_levels(const char *text)
{
    int wanted[MODULES_MAX + 1];
    for (size_t i = 0; i <= MODULES_MAX; i++) {
        wanted[i] = atomic_load(&levels[i]);
    }
    for (bool more = true; more;) {
        size_t n = strcspn(text, ",");
        if (!take_level(str_n(text, n), wanted)) {
            return false;
        }
        more = text[n] == ',';
        text += n + more;
    }
    publish_levels(wanted);
    return true;
}

void log_set_level(enum log_level level)
{
    int wanted[MODULES_MAX + 1];
    for (size_t i = 0; i <= MODULES_MAX; i++) {
        wanted[i] = (int)level;
    }
    publish_levels(wanted);
}

void log_set_format(enum log_format format)
{
    atomic_store(&current_format, (int)format);
}

void log_set_descriptor(int fd)
{
    atomic_store(&descriptor, fd);
}

bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&highest_level, memory_order_relaxed);
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
        size_t at = next_secret++ % SECRETS_MAX;
        if (at < n_secrets) {
            secret_free(secrets[at]);
        } else {
            n_secrets++;
        }
        secrets[at] = secret_strdup(value);
    }
    pthread_mutex_unlock(&sink_lock);
}

/* The longest secret that starts at s: one may be the beginning of another, whose rest must not
 * stay. */
static size_t secret_at(struct str s)
{
    size_t longest = 0;
    for (size_t i = 0; i < n_secrets; i++) {
        size_t n = strlen(secrets[i]);
        if (n > longest && str_starts(s, secrets[i])) {
            longest = n;
        }
    }
    return longest;
}

static void redact_locked(struct str from, struct strbuf *to)
{
    while (from.len) {
        size_t n = secret_at(from);
        if (n) {
            strbuf_add_c(to, "***");
        } else {
            strbuf_add_char(to, from.data[0]);
        }
        from = str_from(from, n ? n : 1);
    }
}

/* Length of the printable UTF-8 character at s; 0 where it is a control (C0, DEL, C1) or no
 * character. */
static size_t printable_at(struct str s)
{
    unsigned char c = (unsigned char)s.data[0];
    size_t n = 1;
    while (n <= 4 && n <= s.len && !str_is_utf8(str_n(s.data, n))) {
        n++;
    }
    bool c1 = c == 0xC2 && s.len > 1 && (unsigned char)s.data[1] < 0xA0;
    return n > 4 || n > s.len || c < 0x20 || c == 0x7F || c1 ? 0 : n;
}

/* One line is one event, and a key must not send escapes to a terminal. */
static void make_printable(struct strbuf *b)
{
    for (size_t i = 0; i < b->len;) {
        size_t n = printable_at(str_n(b->data + i, b->len - i));
        if (n == 0) {
            b->data[i] = '?';
        }
        i += n ? n : 1;
    }
}

/* A line to the file of the log. */
static void put_file_locked(int fd, struct str line)
{
    if (write(fd, line.data, line.len) < 0) {
        /* A full disk must not end the run for the sake of its log. */
    }
}

static void put_line_locked(struct str line)
{
    if (hook_before) {
        hook_before(hook_user);
    }
    if (write(STDERR_FILENO, line.data, line.len) < 0) {
        /* stderr is gone; there is nobody left to tell. */
    }
    if (hook_after) {
        hook_after(hook_user);
    }
}

static const char *const labels[] = {"error", "warning", "info", "debug", "trace"};

static void add_head(struct strbuf *b, enum log_level level, const char *module)
{
    strbuf_add_c(b, "ts-indexer: ");
    if (level != LOG_INFO) {
        strbuf_printf(b, "%s: ", labels[level]);
    }
    if (level >= LOG_DEBUG) {
        strbuf_printf(b, "%s: ", module);
    }
}

/* One object a line, from a message that is clean already. */
static void add_json(struct strbuf *b, enum log_level level, const char *module, struct str message)
{
    char now[CLOCK_ISO_SIZE];
    clock_format_iso(clock_wall_us(), now);
    strbuf_printf(b, "{\"time\":\"%s\",\"level\":\"%s\",\"module\":\"%s\",\"message\":", now,
                  labels[level], module);
    json_add_string(b, message);
    strbuf_add_c(b, "}\n");
}

/* `text` is the line for people, whose head has `head` bytes. */
static void put_locked(enum log_level level, const char *module, struct str text, size_t head)
{
    int fd = atomic_load(&descriptor);
    struct strbuf json;
    strbuf_init(&json, SIZE_MAX / 2);
    if (atomic_load(&current_format) == LOG_JSON) {
        add_json(&json, level, module, str_n(text.data + head, text.len - head - 1));
    }
    struct str line = json.len ? strbuf_view(&json) : text;
    if (fd >= 0) {
        put_file_locked(fd, line);
        line = text;
    }
    if (fd < 0 || level == LOG_ERROR) {
        put_line_locked(line);
    }
    strbuf_free(&json);
}

static bool is_heard(enum log_level level, const char *module)
{
    struct str name = str_c(module);
    size_t at = is_module(name) ? find_word(LOG_MODULES, name) : MODULES_MAX;
    return (int)level <= atomic_load_explicit(&levels[at], memory_order_relaxed);
}

void log_write(enum log_level level, const char *module, const char *fmt, ...)
{
    if (!log_enabled(level) || !is_heard(level, module)) {
        return;
    }
    char *body = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&body, fmt, ap);
    va_end(ap);
    if (n < 0) {
        return;
    }
    struct strbuf line;
    strbuf_init(&line, SIZE_MAX / 2);
    add_head(&line, level, module);
    size_t head = line.len;
    pthread_mutex_lock(&sink_lock);
    /* Secrets go before the line is cut and cleaned: half a secret would not be found any more. */
    redact_locked(str_n(body, (size_t)n), &line);
    make_printable(&line);
    line.len = line.len < LINE_MAX_BYTES - 1 ? line.len : LINE_MAX_BYTES - 1;
    strbuf_add_char(&line, '\n');
    put_locked(level, module, strbuf_view(&line), head);
    pthread_mutex_unlock(&sink_lock);
    mem_wipe(body, (size_t)n);
    mem_free(body);
    strbuf_free(&line);
}
