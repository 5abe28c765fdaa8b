/* progress.h - how far a run is, on stderr.
 *
 * On a terminal a line for each file under way (as far as there is room) and one for the whole,
 * drawn again in place at most ten times a second; anywhere else a plain line at the start and one
 * every ten seconds, so that logs stay short. Log lines come between: the log's hooks take the bar
 * away before a line and draw it again after.
 *
 * Threads: events and log lines come from any thread; one lock guards the state. The log calls the
 * hooks inside its own lock, so nothing here may log.
 */
#ifndef TSI_CLI_PROGRESS_H
#define TSI_CLI_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "tsindexer.h"

enum progress_mode { PROGRESS_OFF, PROGRESS_LINES, PROGRESS_BAR };

struct progress {
    /* Set at start: */
    enum progress_mode mode;
    int fd;
    const volatile int *stop; /* not 0 once the run was asked to stop; may be NULL */
    pthread_mutex_t lock;
    /* Under the lock: */
    struct tsi_progress
        last;     /* the newest event; `phase` is a string of the library's and never freed */
    size_t drawn; /* lines that stand on the terminal */
    bool reading; /* bytes are being read: the figures below are set */
    double reading_since; /* seconds of the run, and bytes and rows done, when reading began: the
                             base of rates */
    uint64_t reading_bytes, reading_rows;
    uint64_t shown_ns; /* monotonic time of the last output */
};

/* Says at once that something happens (`text`: "indexing s3://b/p"), and hooks into the log. */
void progress_start(struct progress *p, enum progress_mode mode, int fd, const volatile int *stop,
                    const char *text);
void progress_event(const struct tsi_progress *event,
                    void *progress); /* tsi_index_options.on_progress */
/* Takes the bar away and unhooks. Safe where progress_start was called with PROGRESS_OFF. */
void progress_end(struct progress *p);

/* The texts, pure, for tests: the bar in at most `width` columns, and the plain line. */
void progress_bar_text(const struct progress *p, size_t width, struct strbuf *out);
/* A file under way, in at most `width` columns: what is done, how far, how long, its key. */
void progress_file_text(const struct tsi_active *a, size_t width, struct strbuf *out);
void progress_line_text(const struct progress *p, struct strbuf *out);

#endif
