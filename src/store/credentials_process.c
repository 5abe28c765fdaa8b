/* credentials_process.c - credential_process: a program of the user's that prints keys.
 *
 * Its words are split as a POSIX shell splits them, but no shell runs. What it prints is a secret
 * and is never shown; what it says on stderr is, where it fails. Bounded in time and length. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "store/command_words.h"
#include "store/credentials_provider.h"

#define TIMEOUT_S  60 /* somebody may have to touch a key */
#define POLL_MS    50
#define STDERR_MAX 400

extern char **environ;

struct child {
    pid_t pid;
    int out, err; /* our ends; -1 once closed */
    struct strbuf printed, said;
};

static bool is_configured(const struct credential_context *c, const struct aws_profile *p)
{
    (void)c;
    return p->credential_process != NULL;
}

static enum error_code spawn(struct child *child, char *const argv[], struct error *err)
{
    int out[2], said[2];
    if (pipe2(out, O_CLOEXEC) != 0) {
        return error_set_errno(err, errno, "cannot make a pipe");
    }
    if (pipe2(said, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return error_set_errno(err, errno, "cannot make a pipe");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, said[1], STDERR_FILENO);
    int failed = posix_spawnp(&child->pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]);
    close(said[1]);
    child->out = out[0];
    child->err = said[0];
    if (failed) {
        close(child->out);
        close(child->err);
        return error_set(err, ERR_NO_CREDENTIALS, "credential_process: cannot run '%s' (%s)",
                         argv[0], strerror(failed));
    }
    return OK;
}

/* What is there now; the descriptor is closed at its end. */
static void drain(int *fd, struct strbuf *to)
{
    char buffer[4096];
    ssize_t n = read(*fd, buffer, sizeof buffer);
    if (n > 0) {
        strbuf_add(to, buffer, (size_t)n);
    } else if (n == 0 || errno != EINTR) {
        close(*fd);
        *fd = -1;
    }
    mem_wipe(buffer, sizeof buffer);
}

/* False where it took too long, or the run is over. */
static bool listen_to(struct credential_context *c, struct child *child)
{
    uint64_t deadline = clock_monotonic_ns() + (uint64_t)TIMEOUT_S * 1000000000;
    while (child->out >= 0 || child->err >= 0) {
        struct pollfd fds[2] = {{.fd = child->out, .events = POLLIN},
                                {.fd = child->err, .events = POLLIN}};
        if (atomic_load(&c->cancelled) || clock_monotonic_ns() > deadline) {
            return false;
        }
        if (poll(fds, 2, POLL_MS) <= 0) {
            continue;
        }
        if (fds[0].revents) {
            drain(&child->out, &child->printed);
        }
        if (fds[1].revents) {
            drain(&child->err, &child->said);
        }
    }
    return true;
}

static int reap(struct child *child, bool orderly)
{
    int status = 0;
    if (!orderly) {
        kill(child->pid, SIGKILL);
    }
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (child->out >= 0) {
        close(child->out);
    }
    if (child->err >= 0) {
        close(child->err);
    }
    return status;
}

static enum error_code judge(const struct child *child, const struct aws_profile *p, bool orderly,
                             int status, struct access_keys *out, struct error *err)
{
    struct str said = str_trim(strbuf_view(&child->said));
    if (!orderly) {
        return error_set(err, ERR_NO_CREDENTIALS,
                         "credential_process of profile '%s' did not end within %d s", p->name,
                         TIMEOUT_S);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        int code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
        return error_set(err, ERR_NO_CREDENTIALS,
                         "credential_process of profile '%s' ended with %s %d%s" STR_FMT, p->name,
                         WIFEXITED(status) ? "exit code" : "signal", code, said.len ? ": " : "",
                         STR_ARG(said));
    }
    if (child->printed.overflow) {
        return error_set(err, ERR_NO_CREDENTIALS,
                         "credential_process of profile '%s' prints more than %zu KiB", p->name,
                         CREDENTIALS_JSON_MAX >> 10);
    }
    struct str printed = strbuf_view(&child->printed);
    enum error_code rc =
        credentials_json_parse(printed.data, printed.len, CREDENTIALS_OF_PROCESS, out, err);
    return rc == OK ? OK : error_add(err, "from credential_process of profile '%s'", p->name);
}

static enum error_code fetch(struct credential_context *c, const struct aws_profile *p,
                             struct access_keys *out, struct error *err)
{
    struct arena a;
    struct child child = {.out = -1, .err = -1};
    arena_init(&a);
    char **argv = command_words(p->credential_process, &a);
    if (!argv || !argv[0]) {
        arena_reset(&a);
        return error_set(err, ERR_NO_CREDENTIALS,
                         "profile '%s': credential_process has an open quote, or is empty",
                         p->name);
    }
    strbuf_init(&child.printed, CREDENTIALS_JSON_MAX);
    strbuf_init(&child.said, STDERR_MAX);
    enum error_code rc = spawn(&child, argv, err);
    if (rc == OK) {
        bool orderly = listen_to(c, &child);
        rc = judge(&child, p, orderly, reap(&child, orderly), out, err);
    }
    if (child.printed.data) {
        mem_wipe(child.printed.data, child.printed.len);
    }
    strbuf_free(&child.printed);
    strbuf_free(&child.said);
    arena_reset(&a);
    return rc;
}

const struct credential_provider credentials_process = {
    .name = "credential_process", .is_configured = is_configured, .fetch = fetch};
