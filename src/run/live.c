#include "run/live.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#define WRITE_EVERY_NS 1000000000ull

static char *with_suffix(const char *path, const char *suffix)
{
    size_t n = strlen(path) + strlen(suffix) + 1;
    char *s = mem_alloc(n);
    snprintf(s, n, "%s%s", path, suffix);
    return s;
}

/* When a process began, in clock ticks since the machine did: field 22 of its stat. 0: there is no
 * such process, or no /proc. */
static uint64_t process_started(uint64_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%" PRIu64 "/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) {
        close(fd);
    }
    if (n <= 0) {
        return 0;
    }
    text[n] = '\0';
    /* The name of the program, field 2, may hold anything: count from the last ')'. */
    const char *p = strrchr(text, ')');
    for (int field = 2; p && field < 22; field++) {
        p = strchr(p + 1, ' ');
    }
    return p ? strtoull(p, NULL, 10) : 0;
}

static void host_name(char out[RUN_STATUS_TEXT])
{
    memset(out, 0, RUN_STATUS_TEXT);
    (void)!gethostname(out, RUN_STATUS_TEXT - 1);
}

void live_start(struct live *l, const char *database, const char *source, const char *run_id)
{
    *l = (struct live){.path = with_suffix(database, ".run.json"),
                       .part = with_suffix(database, ".run.json.part"),
                       .start_ns = clock_monotonic_ns()};
    struct run_status *s = &l->status;
    l->moved_ns = l->start_ns;
    snprintf(s->run_id, sizeof s->run_id, "%s", run_id);
    snprintf(s->source, sizeof s->source, "%s", source);
    host_name(s->host);
    s->pid = (uint64_t)getpid();
    s->pid_started = process_started(s->pid);
    s->started_us = (uint64_t)clock_wall_us();
}

static void write_file(struct live *l)
{
    struct strbuf b;
    strbuf_init(&b, RUN_STATUS_MAX);
    run_status_write(&l->status, &b);
    int fd = open(l->part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool ok = fd >= 0 && write(fd, b.data, b.len) == (ssize_t)b.len;
    ok = fd >= 0 && close(fd) == 0 && ok;
    if (!ok || rename(l->part, l->path) != 0) {
        log_debug("run", "cannot write %s: %s", l->path, strerror(errno));
        unlink(l->part);
    }
    strbuf_free(&b);
}

void live_tell(struct live *l, const struct run_progress *p, const struct counters *c)
{
    struct run_status *s = &l->status;
    uint64_t now = clock_monotonic_ns();
    bool new_phase = strcmp(s->phase, p->phase) != 0;
    uint64_t received = counter_get(&c->bytes_received);
    uint64_t mark = received + p->files_done + p->datasets_done;
    if (mark != l->mark || new_phase) {
        l->mark = mark;
        l->moved_ns = now;
    }
    if (!new_phase && now - l->written_ns < WRITE_EVERY_NS) {
        return;
    }
    l->written_ns = now;
    l->reading_ns = l->reading_ns || !p->bytes_total ? l->reading_ns : now;
    snprintf(s->phase, sizeof s->phase, "%s", p->phase);
    s->heartbeat_us = (uint64_t)clock_wall_us();
    s->datasets_total = p->datasets_total;
    s->datasets_done = p->datasets_done;
    s->files_total = p->files_total;
    s->files_done = p->files_done;
    s->files_failed = p->files_failed;
    s->files_unchanged = p->files_unchanged;
    s->bytes_total = p->bytes_total;
    s->bytes_done = p->bytes_done;
    s->bytes_unchanged = p->bytes_unchanged;
    s->bytes_received = received;
    s->requests = counter_get(&c->requests_list) + counter_get(&c->requests_get) +
                  counter_get(&c->requests_other);
    s->rows = p->rows;
    s->seconds = (double)(now - l->start_ns) / 1e9;
    s->reading_seconds = l->reading_ns ? (double)(now - l->reading_ns) / 1e9 : 0;
    s->stalled_seconds = (double)(now - l->moved_ns) / 1e9;
    write_file(l);
}

void live_end(struct live *l)
{
    unlink(l->path);
    mem_free(l->path);
    mem_free(l->part);
    *l = (struct live){0};
}

static bool is_alive(const struct run_status *s)
{
    char here[RUN_STATUS_TEXT];
    host_name(here);
    if (strcmp(here, s->host) != 0) {
        int64_t age = clock_wall_us() - (int64_t)s->heartbeat_us;
        return age < (int64_t)LIVE_SILENCE_SECONDS * 1000000;
    }
    if (s->pid == 0 || s->pid > INT32_MAX) {
        return false;
    }
    bool there = kill((pid_t)s->pid, 0) == 0 || errno == EPERM;
    uint64_t started = process_started(s->pid);
    return there && (!started || !s->pid_started || started == s->pid_started);
}

enum error_code live_read(const char *database, struct run_status *out, bool *found, bool *alive,
                          struct error *err)
{
    char *path = with_suffix(database, ".run.json");
    char *text = mem_alloc(RUN_STATUS_MAX);
    *found = *alive = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int fault = errno;
    ssize_t n = fd < 0 ? -1 : read(fd, text, RUN_STATUS_MAX);
    enum error_code code = OK;
    if (fd >= 0) {
        fault = n < 0 ? errno : 0;
        close(fd);
    }
    if (fault && fault != ENOENT) {
        code = error_set_errno(err, fault, "cannot read %s", path);
    } else if (!fault) {
        code = run_status_parse(str_n(text, (size_t)n), out, err);
        *found = code == OK;
        *alive = *found && is_alive(out);
    }
    mem_free(path);
    mem_free(text);
    return code;
}
