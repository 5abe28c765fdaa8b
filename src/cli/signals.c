#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

_Static_assert(_Generic((sig_atomic_t)0, int : 1, default : 0),
               "tsi_index_options.stop is a sig_atomic_t");

static volatile sig_atomic_t stop;

/* Only what is safe in a handler: write and _exit. */
static void on_signal(int number)
{
    if (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        __atomic_store_n(&stop, number, __ATOMIC_RELAXED); /* other threads look at it */
        return;
    }
    static const char text[] =
        "\nts-indexer: stopped at once; every finished file is saved, those being read are not\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {
        /* stderr is gone; the exit code still tells. */
    }
    _exit(128 + number);
}

void signals_ignore_pipe(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &action, NULL);
}

const volatile int *signals_catch(void)
{
    /* Reads and writes under way are taken up again; the run looks at `stop` between its steps. */
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &stop;
}
