/* live.h - tell other processes how a run goes: "<database>.run.json" beside the catalog.
 *
 * The run writes it about once a second, aside and renamed, and removes it at its end. A run that
 * was killed leaves it behind; live_read tells by the process whether anybody stands behind it.
 * Failing to write it is no failure of the run.
 */
#ifndef TSI_RUN_LIVE_H
#define TSI_RUN_LIVE_H

#include <stdbool.h>

#include "base/error.h"
#include "format/run_status.h"
#include "run/run.h"

struct live {
    char *path, *part;
    struct run_status status;
    uint64_t start_ns, written_ns;
    uint64_t moved_ns, mark; /* when files or bytes last moved, and where they stood */
    uint64_t reading_ns;     /* when reading began; 0: not yet */
};

void live_start(struct live *l, const char *database, const char *source, const char *run_id);
/* Write, at most once a second unless the phase is new. */
void live_tell(struct live *l, const struct run_progress *p, const struct counters *c);
void live_end(struct live *l);

/* *found false where no run has left a word. *alive: its process lives; where it is another
 * machine's, its heartbeat is younger than LIVE_SILENCE_SECONDS. */
#define LIVE_SILENCE_SECONDS 30
MUST_CHECK enum error_code live_read(const char *database, struct run_status *out, bool *found,
                                     bool *alive, struct error *err);

#endif
